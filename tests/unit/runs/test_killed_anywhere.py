"""A run killed in the middle of each kind of table: what landed stays, and the next run is true.

Whoever is killed leaves a destination as it was at some moment. So one run tells of all: at each of
its requests the destination is put by, and a run on what was put by goes on where that one ended.
Runs read one table of each kind, with those above it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from tests.acceptance.kinds import above, kind_of
from tests.acceptance.replica import STALE, differences, key_of
from tests.memory import MemoryDestination
from tests.unit.runs.account import Asked, Script, World

SIZES = {"members": 14, "campaigns": 4, "events": 40, "tags_of_one_member": 52}


def _one_of_each_kind() -> Iterator[Table]:
    met = set()
    for table in tables().values():
        kind = (*kind_of(table), bool(table.row.every), table.chained, bool(table.row.off))
        if table.host is None and kind not in met:
            met.add(kind)
            yield table


def _with_those_above(kinds: list[Table]) -> Iterator[str]:
    for table in kinds:
        yield from (one.name for one in (table, *above(table)))
        if table.row.gate:
            yield table.row.gate.of


KINDS = list(_one_of_each_kind())
TABLES = tuple(sorted(set(_with_those_above(KINDS))))


class Moments:
    """A first run, and the destination as it was at each request for a table."""

    def __init__(self, directory: Path) -> None:
        self.world = World(directory, **SIZES)
        self.left: dict[str, list[MemoryDestination]] = defaultdict(list)
        paths = {t.name: re.compile(re.sub(r"{\w+}", "[^/]+", t.path)) for t in KINDS}

        def put_by(asked: Asked) -> None:
            for name, path in paths.items():
                if path.fullmatch(asked.path):
                    self.left[name].append(self.world.destination.copy())

        self.world.tables = TABLES
        finished = self.world.run(Script(("", put_by)))
        assert (0, None) == (finished.exit, finished.said)


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Moments:
    return Moments(tmp_path_factory.mktemp("moments"))


@pytest.mark.parametrize("table", KINDS, ids=lambda table: table.name)
def test_a_run_killed_in_the_middle_of_a_table_is_gone_on_with(
    table: Table, moments: Moments, tmp_path: Path
) -> None:
    met = moments.left[table.name]
    world = moments.world.copy(tmp_path)
    world.destination = met[len(met) // 2]
    landed = {name: set(world.live(name)) for name in world.destination.stored}

    finished = world.run()

    assert (0, None) == (finished.exit, finished.said)
    for name in TABLES:
        truth = {key_of(name, row): row for row in world.engine.truth(name)}
        found = differences(name, truth, world.destination.rows(name))
        assert [] == [str(one) for one in found if one.column not in STALE.get(name, ())]
        assert landed.get(name, set()) <= set(world.live(name))
