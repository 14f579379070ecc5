"""An account and its copy, within the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.runs.account import World


@pytest.fixture
def new(tmp_path: Path) -> World:
    """An account of which nothing has been copied yet."""
    return World(tmp_path)


@pytest.fixture(scope="session")
def _first(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("first"))
    finished = world.run()
    assert (0, None) == (finished.exit, finished.said)
    return world


@pytest.fixture
def copied(_first: World, tmp_path: Path) -> World:
    """An account whose first run has ended."""
    return _first.copy(tmp_path)
