from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.interfaces.console.security.world import Console


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Console]]:
    made: list[Console] = []

    def console(public_url: str | None = None) -> Console:
        made.append(Console(tmp_path, public_url))
        return made[-1]

    yield console
    for one in made:
        one.desk.close()


@pytest.fixture
def console(make: Callable[..., Console]) -> Console:
    return make()
