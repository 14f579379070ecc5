"""One browser for all tests of a process; each that reads with it has profiles of its own."""

from __future__ import annotations

from tests.acceptance.oauth.conftest import chromium

__all__ = ["chromium"]
