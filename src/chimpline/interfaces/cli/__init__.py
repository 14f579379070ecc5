"""The command line: thin, and quick to start; whatever loads slowly is imported by its command."""

from __future__ import annotations

__all__ = ["main"]

from chimpline.interfaces.cli.entry import main
