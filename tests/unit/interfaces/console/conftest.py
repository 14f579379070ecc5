"""A console for each test; a module that needs other settings has a `chimpline_toml` of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desks import SETTINGS, Browser, Console


@pytest.fixture
def chimpline_toml() -> str:
    return SETTINGS


@pytest.fixture
def console(tmp_path: Path, chimpline_toml: str) -> Iterator[Console]:
    with contextlib.closing(Console(tmp_path, chimpline_toml)) as made:
        yield made


@pytest.fixture
def admin(console: Console) -> Browser:
    """Anna, who has signed in."""
    return console.admin
