"""A copy compared with its account, from the roots down: what is within the scope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chimpline.catalog.rows import ROWS
from chimpline.catalog.tables import made_of
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Kind, Level, Reconciliation
from tests.unit.runs.account import Emulated, Script, World, always, problem
from tests.unit.runs.test_segments import swapped
from tests.words import heard

ACTIVITY = "reports_email_activity"
DAY_S = 86_400.0
TABLES = (
    *("lists", "list_segments", "list_segment_members", "list_members"),
    *("campaigns", "reports", ACTIVITY, "templates"),
)
"""But where a test asks for all."""
EACH = pytest.mark.parametrize("level", list(Level))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("first"))
    assert 0 == world.run().exit
    return world


@pytest.fixture
def copied(first: World, tmp_path: Path) -> World:
    world = first.copy(tmp_path)
    world.tables = TABLES
    return world


def compared(
    world: World,
    level: Level,
    *,
    catalog: Any = None,
    script: Script | None = None,
    **chosen: Any,
) -> Reconciliation:
    ports = world.services(transport=Emulated(world.engine, script or Script()), catalog=catalog)
    return reconcile(world.request(**chosen), ports, level)


def differing(found: Reconciliation) -> dict[str, int]:
    return {table.table: len(table.differences) for table in found.tables if table.differences}


@EACH
def test_a_copy_that_a_run_just_made_differs_nowhere(copied: World, level: Level) -> None:
    assert {} == differing(compared(copied, level, tables=None))


@pytest.mark.parametrize("strict", [False, True])
def test_a_strict_window_leaves_campaigns_out_that_have_landed(
    copied: World, *, strict: bool
) -> None:
    """Otherwise they are compared, as a run follows them."""
    copied.engine.advance(400 * DAY_S)
    copied.engine.change("add_event")
    window: dict[str, Any] = {"activity_window_days": 1, "activity_window_strict": strict}
    found = {table.table: table for table in compared(copied, Level.KEYS, **window).tables}
    left = "3 campaigns are outside the activity window"
    assert (left if strict else "", not strict) == (
        heard(found[ACTIVITY].note),
        bool(found[ACTIVITY].differences),
    )


@EACH
def test_the_tables_are_those_of_the_catalog_that_is_given(copied: World, level: Level) -> None:
    few = ("lists", "list_segments", "campaigns")
    catalog = made_of(tuple(row for row in ROWS if row.name in few))
    copied.engine.change("create_segment")
    found = compared(copied, level, catalog=catalog, tables=None)
    assert set(few) == {table.table for table in found.tables}
    assert {"list_segments"} == set(differing(found))


def test_what_is_refused_is_told_with_what_hangs_below_it(copied: World) -> None:
    refused = Script((r"/segments\?", always(problem("Forbidden", 403))))
    found = compared(copied, Level.KEYS, script=refused, connections=1)
    assert {"list_segments", "list_segment_members"} == set(differing(found))
    kinds = {one.kind for table in found.tables for one in table.differences}
    assert {Kind.UNREAD} == kinds


def test_who_joined_a_segment_that_is_not_due_is_no_loss(copied: World) -> None:
    """What its conditions look at changes without a sign: it is as of the last read."""
    swapped(copied, "leave_segment", "join_segment")
    copied.engine.advance(20 * 60.0)
    for every_run in (False, True):
        found = compared(copied, Level.KEYS, segments_every_run=every_run).tables
        (told,) = [one for one in found if one.table == "list_segment_members"]
        joined = Kind.UNTOLD_ROW if every_run else Kind.NOT_DUE
        assert {Kind.GONE, joined} == {one.kind for one in told.differences}
