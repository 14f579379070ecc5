"""Tables that are read less often than their pipeline runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from chimpline.model import RunRecord, RunState, SliceRecord, SliceState
from chimpline.runs.report.events import Notice
from chimpline.runs.resting import resting
from tests.unit.runs.account import World
from tests.words import heard

DAY = dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)


def record(hours: float, state: str = "done", **report: Any) -> RunRecord:
    """A run that began so many hours after midnight, and what became of `lists` in it."""
    return RunRecord(
        run_id=f"r{hours}",
        pipeline="p",
        started_at=MIDNIGHT + dt.timedelta(hours=hours),
        finished_at=None,
        state=RunState.SUCCEEDED,
        schema_version="1",
        chimpline_version="1",
        report={"tables": {"lists": {"state": state}}, **report},
    )


def taken_back(table: str) -> SliceRecord:
    return SliceRecord(
        run_id="r",
        table_name=table,
        parent_key="",
        ask="",
        since=None,
        until=MIDNIGHT,
        state=SliceState.STALE,
        proof="",
        evidence=None,
        rows=0,
        requests=0,
    )


@pytest.mark.parametrize(
    ("runs", "held", "lines", "after_hours", "rests"),
    [
        ([record(0)], 5, [], 1, True),
        ([record(0)], 5, [], 23.5, True),
        ([record(0)], 5, [], 23.9, False),  # about a day
        ([record(0)], 0, [], 1, False),
        ([record(0)], 5, [taken_back("lists")], 1, False),
        ([record(0)], 5, [taken_back("campaigns")], 1, True),
        ([record(1, "unproven"), record(0)], 5, [], 2, False),
        ([record(0, "failed"), record(1)], 5, [], 2, True),
        ([record(1, repair=True), record(-30)], 5, [], 2, False),
        ([record(5)], 5, [], 2, False),  # by a clock that was ahead
        ([], 5, [], 2, False),
    ],
)
def test_whether_a_table_rests(
    new: World,
    runs: list[RunRecord],
    held: int,
    lines: list[SliceRecord],
    after_hours: float,
    *,
    rests: bool,
) -> None:
    request, now = new.request(every={"lists": DAY}), MIDNIGHT + dt.timedelta(hours=after_hours)
    assert rests == ("lists" in resting(request, {"lists": held}, runs, lines, now))


def test_nothing_rests_in_a_full_refresh_or_a_repair(new: World) -> None:
    now = MIDNIGHT + dt.timedelta(hours=1)
    for chosen in ({"full_refresh": True}, {"reread": {"lists": frozenset({""})}}):
        request = new.request(every={"lists": DAY}, **chosen)
        assert {} == resting(request, {"lists": 1}, [record(0)], [], now)


def test_a_run_leaves_a_table_that_rests_and_reads_it_when_its_time_has_come(copied: World) -> None:
    every = {"campaigns": 3 * dt.timedelta(hours=1)}
    finished = copied.run(every=every)
    assert 0 == finished.exit
    assert "campaigns" not in finished.tables
    assert "lists" in finished.tables
    notices = [heard(one) for one in copied.events if isinstance(one, Notice)]
    assert any("campaigns (until " in one for one in notices)
    copied.engine.change("create_campaign")
    assert copied.truth("campaigns", "id") != set(copied.live("campaigns"))
    later = [copied.run(every=every) for _ in range(2)]  # after two hours, and after three
    assert [False, True] == ["campaigns" in one.tables for one in later]
    assert copied.truth("campaigns", "id") == set(copied.live("campaigns"))


def test_what_hangs_below_a_table_that_rests_is_read(copied: World) -> None:
    copied.engine.change("subscribe")
    finished = copied.run(every={"lists": 7 * DAY})
    assert (0, False) == (finished.exit, "lists" in finished.tables)
    assert copied.truth("list_members", "list_id", "id") == set(copied.live("list_members"))


def test_all_tables_of_a_run_may_rest(copied: World) -> None:
    finished = copied.run(tables=("lists",), every={"lists": DAY})
    assert (0, {}) == (finished.exit, finished.tables)
