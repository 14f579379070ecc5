"""Each gate of the catalog is needed: made of its rows, so that a further one is held to the same.

Where the gate of a row goes, or a row comes without one below campaigns, reports, segments, members
or links, `test_a_quiet_run_asks_for_nothing_below_these` fails. Where a gate sees nothing of what
moves, `test_a_gate_sees_what_changes` shows that its table would stay wrong.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from chimpline.catalog.row import Gate
from chimpline.catalog.rows import ROWS
from chimpline.catalog.table import Table
from chimpline.catalog.tables import default_set, made_of, tables, usual_intervals
from chimpline.model import TableState
from chimpline.sandbox.engine import Engine
from tests.acceptance.replica import STALE, differences, key_of
from tests.changes import CASES, change
from tests.unit.runs.account import World

MANY = ("campaigns", "reports", "list_segments", "list_members", "reports_click_details")
"""Of these an account has so many that a quiet run must not ask for each of them."""
BELOW = [
    table
    for table in tables().values()
    if table.parent is not None and table.parent.name in MANY and table.host is None
]
GATED = [table for table in tables().values() if table.row.gate and table.host is None]


def untag(engine: Engine) -> None:
    """Of whoever has more tags than a record shows."""
    member = max(engine.truth("list_members"), key=lambda row: int(row["tags_count"]))
    ids = {"list_id": member["list_id"], "member_id": member["id"]}
    engine.change("untag", **ids, segment_id=member["tags"][0]["id"])


CHANGES = CASES | {"edit_content": change("edit_content"), "untag": untag}
TAGS = 52
MINUTES_S = 20 * 60.0


def asked(world: World, table: Table) -> set[str]:
    path = re.sub(r"{\w+}", "[^/]+", table.path)
    return {one.path for one in world.asked(rf"^{path}\?")}


# -- while nothing moves --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> World:
    """All tables, the usual intervals: a complete run, and one within the hour of it."""
    world = World(tmp_path_factory.mktemp("quiet"), tags_of_one_member=TAGS)
    for after_s in (0, MINUTES_S):
        finished = world.run(tables=tuple(tables()), every=usual_intervals(), after_s=after_s)
        assert (0, None) == (finished.exit, finished.said)
    assert 0 == finished.rows_changed
    return world


@pytest.mark.parametrize("table", BELOW, ids=lambda table: table.name)
def test_a_quiet_run_asks_for_nothing_below_these(quiet: World, table: Table) -> None:
    """But of drafts, of which nothing tells, and of links where their people are read as well."""
    gate, parent = table.row.gate, table.parent
    assert parent is not None
    found = asked(quiet, table)
    if any(one.parent is table for one in GATED):
        return
    if gate is not None and not gate.audience:
        told = [row for row in quiet.engine.truth(parent.name) if not gate.holds(row)]
        assert len(told) == len(found)
        return
    assert set() == found


def test_a_quiet_run_of_the_default_set_asks_once_for_what_nothing_tells_of(
    quiet: World, tmp_path: Path
) -> None:
    """Once for each parent of a table without a gate, and of members for each ask."""
    world = quiet.copy(tmp_path)
    names = set(default_set())
    finished = world.run(tables=tuple(names), every=usual_intervals(), after_s=MINUTES_S)
    rests = {n for n, told in finished.tables.items() if told["state"] == TableState.NOT_DUE}
    assert usual_intervals().keys() == rests
    assert [] == [one.name for one in BELOW if one.name in names and asked(world, one)]
    requests = 2  # whose account is this, what time is it there?
    for table in tables().values():
        if table.name in names - rests and table.row.gate is None and table.host is None:
            parents = len(world.engine.truth(table.parent.name)) if table.parent else 1
            assert parents == len(asked(world, table)), table.name
            requests += parents * len(table.row.ask)
    assert requests == finished.requests


# -- when something moves -------------------------------------------------------------------------


def blind(table: Table) -> Mapping[str, Table]:
    """The catalog, with a gate of this table that sees nothing but another parent."""
    of = table.row.gate.among if table.row.gate else None
    gate = Gate(str(table.parent and table.parent.name), ("id",), among=of)
    rows = (dataclasses.replace(row, gate=gate) if row.name == table.name else row for row in ROWS)
    return made_of(tuple(rows))


@functools.cache
def moving() -> dict[str, str]:
    """For each gated table a change that moves rows of it, below a parent that stays and tells."""
    first = World(Path(), tags_of_one_member=TAGS).engine
    before = {table.name: State(first, table) for table in GATED}
    found: dict[str, str] = {}
    for case, made in CHANGES.items():
        left = [table for table in GATED if table.name not in found]
        if not left:
            break
        engine = World(Path(), tags_of_one_member=TAGS).engine
        try:
            made(engine)
        except ValueError:  # this small account has nothing of that kind
            continue
        for table in left:
            then, now = before[table.name], State(engine, table)
            moved = now.moved(then)
            if moved and (_of_members(table) or all(now.tells(then, key) for key in moved)):
                found[table.name] = case
    return found


class State:
    """What an account has in a gated table, by parent, and what these tell of that."""

    def __init__(self, engine: Engine, table: Table) -> None:
        gate, parent = table.row.gate, table.parent
        assert gate is not None
        assert parent is not None
        silent = {*STALE.get(table.name, ()), *table.silent_columns}
        self.rows: dict[tuple[str, ...], list[str]] = {}
        for row in engine.truth(table.name):
            key = tuple(str(row[name]) for name in table.variables)
            told = {name: cell for name, cell in row.items() if name not in silent}
            self.rows.setdefault(key, []).append(repr(sorted(told.items(), key=str)))
        self.told = {
            tuple(str(row[name]) for name in parent.schema.primary_key): (
                repr([cell for name, cell in sorted(row.items()) if gate.watches(name)]),
                not gate.holds(row),
            )
            for row in engine.truth(parent.name)
        }

    def moved(self, before: State) -> set[tuple[str, ...]]:
        """The parents below which rows are others."""
        keys = self.rows.keys() | before.rows.keys()
        return {key for key in keys if self.rows.get(key) != before.rows.get(key)}

    def tells(self, before: State, key: tuple[str, ...]) -> bool:
        """Whether a parent was there, and says that something below it is another."""
        if key not in self.told or key not in before.told:
            return False
        return self.told[key] != before.told[key] or self.told[key][1]


def _of_members(table: Table) -> bool:
    return table.row.gate is not None and table.row.gate.of == "list_members"


def changed(engine: Engine, table: Table) -> None:
    """The change, and of whatever lies below members an edit of theirs, which moves their row."""
    before = State(engine, table)
    CHANGES[moving()[table.name]](engine)
    for list_id, member_id in State(engine, table).moved(before) if _of_members(table) else ():
        engine.change("edit_merge_fields", list_id=list_id, member_id=member_id)


def wrong(world: World, table: Table) -> list[str]:
    truth = {key_of(table.name, row): row for row in world.engine.truth(table.name)}
    silent = {*STALE.get(table.name, ()), *table.silent_columns}
    found = differences(table.name, truth, world.destination.rows(table.name))
    return [str(one) for one in found if one.column not in silent]


@pytest.mark.parametrize("table", GATED, ids=lambda table: table.name)
def test_a_gate_sees_what_changes(table: Table, tmp_path: Path) -> None:
    """The same change of the account, with a gate that sees nothing, leaves its table wrong."""
    assert table.name in moving(), f"no change of the account moves {table.name}"
    gate = table.row.gate
    assert gate is not None
    chosen = (*([] if not gate.audience else ["list_members"]), table.name)
    for name, catalog in (("own", tables()), ("blind", blind(table))):
        world = World(tmp_path / name, tags_of_one_member=TAGS)
        ports = {"catalog": catalog}
        assert 0 == world.run(tables=chosen, services=ports).exit
        assert [] == wrong(world, table)
        changed(world.engine, table)
        assert 0 == world.run(tables=chosen, services=ports).exit
        assert (name == "blind") == bool(wrong(world, table))
