"""Tables that are read less often than their pipeline runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from chimpline.catalog.row import SLACK
from chimpline.model import RunRecord, RunState, SliceRecord, SliceState
from chimpline.runs.resting import resting
from tests.unit.runs.account import World

TABLES = ("lists", "list_members", "campaigns", "template_folders")
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


def line(table: str, state: SliceState = SliceState.PROVEN) -> SliceRecord:
    return SliceRecord(
        run_id="r",
        table_name=table,
        parent_key="",
        ask="",
        since=None,
        until=MIDNIGHT,
        state=state,
        proof="",
        evidence=None,
        rows=0,
        requests=0,
    )


KNOWN = [line("lists")]
BACK = SliceState.STALE


@pytest.mark.parametrize(
    ("runs", "lines", "after_hours", "rests"),
    [
        ([record(0)], KNOWN, 1, True),
        ([record(0)], KNOWN, 23.5, True),
        ([record(0)], KNOWN, 23.9, False),  # about a day
        ([record(0)], [], 1, False),  # somebody dropped the table, or emptied the ledger
        ([record(0)], [*KNOWN, line("lists", BACK)], 1, False),
        ([record(0)], [*KNOWN, line("campaigns", BACK)], 1, True),
        ([record(1, "unproven"), record(0)], KNOWN, 2, False),
        ([record(0, "failed"), record(1)], KNOWN, 2, True),
        ([record(1, "not due"), record(0)], KNOWN, 2, True),
        ([record(1, "not due"), record(0)], KNOWN, 24, False),
        ([record(1, repair=True), record(-30)], KNOWN, 2, False),
        ([record(5)], KNOWN, 2, False),  # by a clock that was ahead
        ([], KNOWN, 2, False),
    ],
)
def test_whether_a_table_rests(
    new: World,
    runs: list[RunRecord],
    lines: list[SliceRecord],
    after_hours: float,
    *,
    rests: bool,
) -> None:
    request, now = new.request(every={"lists": DAY}), MIDNIGHT + dt.timedelta(hours=after_hours)
    found = resting(request, ["lists", "campaigns"], runs, lines, now)
    assert rests == ("lists" in found)


def test_nothing_rests_in_a_full_refresh_or_a_repair_or_where_every_run_reads_it(
    new: World,
) -> None:
    now = MIDNIGHT + dt.timedelta(hours=1)
    every_run = {"every": {"lists": dt.timedelta()}}
    for chosen in ({"full_refresh": True}, {"reread": {"lists": frozenset({""})}}, every_run):
        request = new.request(**{"every": {"lists": DAY}, **chosen})
        assert {} == resting(request, ["lists"], [record(0)], KNOWN, now)


def test_a_run_leaves_a_table_that_rests_and_reads_it_when_its_time_has_come(copied: World) -> None:
    every = {"campaigns": 3 * dt.timedelta(hours=1)}
    (before,) = copied.destination.runs()
    finished = copied.run(every=every)
    assert 0 == finished.exit
    told = finished.tables["campaigns"]
    until = before.started_at + every["campaigns"] - SLACK
    assert ("not due", before.started_at.isoformat(), until.isoformat()) == (
        told["state"],
        told["read_at"],
        told["due_at"],
    )
    assert "done" == finished.tables["lists"]["state"]
    copied.engine.change("create_campaign")
    assert copied.truth("campaigns", "id") != set(copied.live("campaigns"))
    later = [copied.run(every=every) for _ in range(2)]  # after two hours, and after three
    assert ["not due", "done"] == [one.tables["campaigns"]["state"] for one in later]
    assert copied.truth("campaigns", "id") == set(copied.live("campaigns"))


def test_a_table_that_has_no_row_rests_too(copied: World) -> None:
    for _ in copied.truth("template_folders", "id"):
        copied.engine.change("delete_template_folder")
    copied.run()
    finished = copied.run(every={"template_folders": DAY})
    assert ({}, "not due") == (
        copied.live("template_folders"),
        finished.tables["template_folders"]["state"],
    )


def test_what_hangs_below_a_table_that_rests_is_read(copied: World) -> None:
    copied.engine.change("subscribe")
    finished = copied.run(every={"lists": 7 * DAY})
    assert (0, "not due") == (finished.exit, finished.tables["lists"]["state"])
    assert copied.truth("list_members", "list_id", "id") == set(copied.live("list_members"))


def test_all_tables_of_a_run_may_rest(copied: World) -> None:
    finished = copied.run(tables=("lists",), every={"lists": DAY})
    assert (0, ["not due"]) == (finished.exit, [one["state"] for one in finished.tables.values()])
