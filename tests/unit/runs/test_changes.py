"""Each kind of change: the next run makes the copy true again, and touches nothing else.

Of every third kind, a dry run before it says which slices that run reads.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.acceptance.replica import (
    ALL,
    STALE,
    Difference,
    Truth,
    changed_between,
    changes_of,
    differences,
    key_of,
)
from tests.changes import CASES
from tests.unit.runs.account import HOUR_S, World
from tests.unit.runs.foreseen import assert_foreseen, said

AT_ONCE = dt.timedelta(0)
FORESEEN = frozenset(sorted(CASES)[::3])
"""Of these kinds of change; what a dry run says, `test_agreement.py` looks at more closely."""

SIZES = {"members": 60, "campaigns": 8, "events": 120}


@pytest.fixture(scope="module")
def wider(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("wider"), **SIZES)
    assert 0 == world.run().exit
    return world


def truth(world: World) -> Truth:
    return {table: {key_of(table, row): row for row in world.engine.truth(table)} for table in ALL}


def wrong(world: World) -> list[Difference]:
    return [
        one
        for table, expected in truth(world).items()
        for one in differences(table, expected, world.destination.rows(table))
    ]


@pytest.mark.parametrize("case", CASES)
def test_a_run_after_a_change_makes_it_so_and_touches_nothing_else(
    wider: World, tmp_path: Path, case: str
) -> None:
    world = wider.copy(tmp_path)
    before = truth(world)
    CASES[case](world.engine)
    after = truth(world)
    world.engine.advance(HOUR_S)
    foreseen = said(world)

    finished = world.run(after_s=0)

    assert (0, None) == (finished.exit, finished.said)
    assert_foreseen(foreseen, world, finished)
    lagging = wrong(world)
    assert [] == [str(one) for one in lagging if one.column not in STALE.get(one.table, ())]
    least, most = changed_between(before, after, but=STALE), changed_between(before, after)
    done = changes_of(finished)
    assert least.keys() <= done.keys() <= most.keys()
    for table, (inserted, updated, deleted) in done.items():
        fewest = least.get(table, (0, 0, 0))
        assert (table, fewest[0], fewest[2]) == (table, inserted, deleted)
        assert fewest[1] <= updated <= most[table][1]

    if lagging:
        healed = world.run(complete_read_every=AT_ONCE)
        assert 0 == healed.exit
        assert {one.table for one in lagging} == changes_of(healed).keys()
        assert [] == wrong(world)
