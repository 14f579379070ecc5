"""An account and its copy, within the process.

A module may say which tables its runs read, in `TABLES`. Where it says nothing, all that are on.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.runs.account import World


@pytest.fixture
def new(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """An account of which nothing has been copied yet."""
    return reading(World(tmp_path), request)


@pytest.fixture(scope="session")
def _first(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("first"))
    finished = world.run()
    assert (0, None) == (finished.exit, finished.said)
    return world


@pytest.fixture
def copied(_first: World, tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """An account whose first run, of all tables, has ended."""
    return reading(_first.copy(tmp_path), request)


def reading(world: World, request: pytest.FixtureRequest) -> World:
    world.tables = getattr(request.module, "TABLES", None)
    return world
