"""Each kind of change: the next run makes the copy true again, and touches nothing else.

A run carries several kinds that do not help one another to be seen (carried.py), which is looked at
first. Before every third run, a dry run says which slices it reads.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from chimpline.catalog.tables import tables
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
from tests.unit.runs.carried import UNSEEN, family_of, together
from tests.unit.runs.foreseen import assert_foreseen, said

AT_ONCE = dt.timedelta(0)
SIEVED = {family_of("list_members")} | {
    family_of(table.row.gate.of) for table in tables().values() if table.row.gate
}
"""The families of which a run reads what a cursor or a gate lets through."""
TOGETHER = list(together())
FORESEEN = frozenset(TOGETHER[::3])
"""Of these runs; what a dry run says, `test_agreement.py` looks at more closely."""
HEALED = (*STALE, "lists", "list_segments", "campaigns", "reports", "templates")
"""The tables that may lag behind, and what lies above and beside them."""
PEOPLE = re.compile(r"/lists/[^/]+/(segments/[^/]+/)?members")

SIZES = {"members": 60, "campaigns": 8, "events": 120}


@pytest.fixture(scope="module")
def wider(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("wider"), **SIZES)
    assert 0 == world.run().exit
    return world


@pytest.fixture(scope="module")
def before(wider: World) -> Truth:
    return truth(wider)


@pytest.fixture(scope="module")
def quiet(wider: World, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, ...]]:
    """What a run asks of people after nothing has happened."""
    world = wider.copy(tmp_path_factory.mktemp("quiet"))
    assert {} == changes_of(world.run())
    return asked_of_people(world)


def asked_of_people(world: World) -> set[tuple[str, ...]]:
    return {
        (one.path, *sorted({name for name, _ in parse_qsl(one.query)} - {"offset"}))
        for one in world.transport.asked
        if PEOPLE.match(one.path)
    }


def truth(world: World) -> Truth:
    return {table: {key_of(table, row): row for row in world.engine.truth(table)} for table in ALL}


def wrong(world: World) -> list[Difference]:
    return [
        one
        for table, expected in truth(world).items()
        for one in differences(table, expected, world.destination.rows(table))
    ]


class Made:
    """What each of some kinds changes in an account, one after the other."""

    def __init__(self, world: World, before: Truth, cases: tuple[str, ...]) -> None:
        self.before = self.after = before
        self._by_row: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._by_family: dict[str, set[str]] = defaultdict(set)
        for case in cases:
            CASES[case](world.engine)
            earlier, self.after = self.after, truth(world)
            for table, rows in self.after.items():
                old = earlier[table]
                for key in rows.keys() | old.keys():
                    if rows.get(key) != old.get(key):
                        self._by_row[table, *key].append(case)
                        self._by_family[family_of(table)].add(case)

    def helping(self) -> list[object]:
        """The kinds of which one may hide that another is not seen."""
        unseen = frozenset(case for some in UNSEEN for case in some)
        same_row = [(row, by) for row, by in self._by_row.items() if len(by) > 1]
        same_slices = [
            (family, sorted(by))
            for family, by in self._by_family.items()
            if family in SIEVED and len(by) > 1 and not by <= unseen
        ]
        return [*same_row, *same_slices]

    def told(self, found: list[Difference]) -> str:
        """Of each kind a difference that it made."""
        by = {", ".join(self._by_row[one.table, *one.key]) or "no kind": one for one in found}
        return f"{len(found)} differ: " + "; ".join(
            f"{kind} made {one}" for kind, one in by.items()
        )


@pytest.mark.parametrize("cases", TOGETHER, ids=", ".join)
def test_a_run_after_changes_makes_it_so_and_touches_nothing_else(
    wider: World,
    before: Truth,
    quiet: set[tuple[str, ...]],
    tmp_path: Path,
    cases: tuple[str, ...],
) -> None:
    world = wider.copy(tmp_path)
    made = Made(world, before, cases)
    world.engine.advance(HOUR_S)
    foreseen = said(world) if cases in FORESEEN else None

    finished = world.run(after_s=0)

    assert (0, None) == (finished.exit, finished.said)
    assert [] == made.helping()
    if any(set(some) <= set(cases) for some in UNSEEN):
        assert quiet == asked_of_people(world)
    if foreseen is not None:
        assert_foreseen(foreseen, world, finished)
    lagging = wrong(world)
    found = [one for one in lagging if one.column not in STALE.get(one.table, ())]
    assert not found, made.told(found)
    least = changed_between(made.before, made.after, but=STALE)
    most = changed_between(made.before, made.after)
    done = changes_of(finished)
    assert least.keys() <= done.keys() <= most.keys()
    for table, (inserted, updated, deleted) in done.items():
        fewest = least.get(table, (0, 0, 0))
        assert (table, fewest[0], fewest[2]) == (table, inserted, deleted)
        assert fewest[1] <= updated <= most[table][1]

    if lagging:
        healed = world.run(complete_read_every=AT_ONCE, tables=HEALED)
        assert 0 == healed.exit
        assert {one.table for one in lagging} == changes_of(healed).keys()
        unhealed = wrong(world)
        assert not unhealed, made.told(unhealed)
