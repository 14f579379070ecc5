"""What a dry run says that the next run reads, and what that run then reads: to be compared."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from chimpline.catalog.tables import tables
from chimpline.runs.asking.dry_run import estimate
from chimpline.runs.report.events import RunFinished
from chimpline.state.bookmarks import COMPLETE
from tests.unit.runs.account import Emulated, Script, World
from tests.words import heard

GATED = [
    table
    for table in tables().values()
    if table.row.gate and not table.row.off and table.host is None
]
AUDIENCES = re.compile(r"only changes in (\d+) of (\d+) audiences")
LONGEST = dt.timedelta(minutes=30)
"""Of a run: what it notes as of an earlier time was proven by an earlier one."""
SLICES = re.compile(r"(\d+) of \d+ (?:campaigns|segments) are new or have changed")


def said(world: World, **chosen: Any) -> dict[str, int]:
    """Of each gated table, how many campaigns a dry run says; of members, how many are whole."""
    place = f"duckdb:///{world.directory}/copy.duckdb"
    ports = world.services(transport=Emulated(world.engine, Script()))
    reasons = {
        table.table: heard(table.reason)
        for table in estimate(world.request(destination=place, **chosen), ports).tables
    }
    found = {}
    for table in GATED:
        told = SLICES.fullmatch(reasons[table.name])
        assert told is not None
        found[table.name] = int(told[1])
    audiences = len(world.engine.truth("lists"))
    only = AUDIENCES.fullmatch(reasons["list_members"])
    found["list_members"] = audiences - int(only[1]) if only else audiences
    return found


def done(world: World, finished: RunFinished) -> dict[str, int]:
    """The same of the run that came next, by what it asked for and noted."""
    found = {}
    for table in GATED:
        path = re.sub(r"{\w+}", "[^/]+", table.path)
        found[table.name] = len({one.path for one in world.asked(rf"^{path}\?")})
    whole = {
        line.parent_key
        for line in world.destination.lines
        if (line.run_id, line.table_name, line.ask) == (finished.run_id, "list_members", COMPLETE)
        and finished.at - line.until < LONGEST
    }
    return found | {"list_members": len(whole)}


def assert_foreseen(expected: dict[str, int], world: World, finished: RunFinished) -> None:
    """Nothing else was read than was said, but for campaigns that held a member who was buried.

    Nobody knows of these before the run.
    """
    actual = done(world, finished)
    if finished.tables["list_members"]["deleted"]:
        assert [] == [name for name, many in expected.items() if many > actual[name]]
    else:
        assert expected == actual
