"""An account and its copy, within the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.runs.account import World


@pytest.fixture
def new(tmp_path: Path) -> World:
    """An account of which nothing has been copied yet."""
    return World(tmp_path)


@pytest.fixture
def copied(new: World) -> World:
    """An account whose first run has ended."""
    finished = new.run()
    assert (0, "") == (finished.exit, finished.message)
    return new
