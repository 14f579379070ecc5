"""What becomes of a run that could not write its end down."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from chimpline.message import Message, Problem
from chimpline.model import RunRecord, RunState, TableState
from chimpline.runs.report import events
from chimpline.runs.report.endings import (
    ENDED_FROM_OUTSIDE,
    STOPPED_AT_ONCE,
    Words,
    ended,
    note_broken_off,
    words_of,
)
from chimpline.state.directory import StateDirectory
from tests.words import heard, sentence

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
RECORD = RunRecord("r1", "daily", NOON, None, RunState.RUNNING, "3.0.90+1", "0.1.0")

QUEUED = events.RunQueued(
    at=NOON,
    run_id="r1",
    pipeline="daily",
    destination="duckdb:////d",
    dataset="m",
    schema_version="3.0.90+1",
    chimpline_version="0.1.0",
)
STARTED = events.RunStarted(
    at=NOON,
    run_id="r1",
    pipeline="daily",
    account="A",
    destination="duckdb:////d",
    dataset="m",
    tables=("lists",),
    connections=8,
    first_run=True,
)
PROGRESS = events.TableProgress(
    at=NOON,
    table="lists",
    state=TableState.FULL_LOAD,
    rows_read=1,
    rows_expected=None,
    pages=1,
    requests=1,
    slices_open=0,
)
IN_USE = events.ConnectionsInUse(
    at=NOON + dt.timedelta(seconds=9), in_use=3, limit=8, requests=40, seconds_left=None
)
LISTS = events.TableFinished(
    at=NOON + dt.timedelta(seconds=5),
    table="lists",
    state=TableState.DONE,
    rows_read=7,
    inserted=4,
    updated=2,
    deleted=1,
    requests=1,
    left_out=0,
)
GONE = Problem(sentence("The database went away."), Message("kept-committed"))
FINISHED = events.RunFinished(
    at=NOON + dt.timedelta(seconds=10),
    run_id="r1",
    state=RunState.FAILED,
    exit=2,
    requests=41,
    rows_changed=9,
    seconds=10.0,
    tables={"lists": {"state": "done"}},
    said=GONE,
)
NOTICE = events.Notice(at=NOON, said=sentence("Slow."))


@pytest.mark.parametrize("event", [QUEUED, STARTED, PROGRESS, IN_USE, NOTICE, LISTS, FINISHED])
def test_every_event_comes_back_from_json_as_it_was(event: events.Event) -> None:
    assert event == events.from_json(events.as_json(event))


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"event": "run_paused", "at": NOON.isoformat()},
        {"event": "notice", "message": "no time"},
        {**events.as_json(LISTS), "state": "melted"},
        {**events.as_json(LISTS), "at": "noon"},
    ],
)
def test_an_event_of_another_form_is_passed_over(line: dict[str, Any]) -> None:
    assert events.from_json(line) is None


def test_what_an_earlier_version_said_is_read_as_it_is() -> None:
    line = {**events.as_json(NOTICE), "message": "Slow."}
    del line["said"]
    assert NOTICE == events.from_json(line)
    assert events.said_in({"message": ""}) is None


def told(path: Path, *said: events.Event) -> Words:
    state = StateDirectory(path, clock=lambda: NOON)
    with state.event_file("r1") as file:
        for event in said:
            file.write(events.as_json(event))
    return words_of(state, "r1")


def test_a_run_without_a_last_word_was_ended_from_outside(tmp_path: Path) -> None:
    found = ended(RECORD, told(tmp_path, QUEUED, STARTED, PROGRESS, LISTS, IN_USE))
    assert dataclasses.replace(found, report=None) == dataclasses.replace(
        RECORD,
        finished_at=IN_USE.at,
        state=RunState.FAILED,
        requests=40,
        rows_changed=7,
    )
    assert found.report is not None
    assert ENDED_FROM_OUTSIDE.to_json() == found.report["said"]
    assert ["lists"] == list(found.report["tables"])
    assert {"state": "done", "inserted": 4}.items() <= found.report["tables"]["lists"].items()
    assert "at" not in found.report["tables"]["lists"]


def test_a_run_that_was_stopped_at_once_is_told_to_be_so(tmp_path: Path) -> None:
    told(tmp_path, QUEUED, STARTED)
    state = StateDirectory(tmp_path, clock=lambda: NOON)
    note_broken_off(state, "r1")
    found = ended(RECORD, words_of(state, "r1"))
    assert found.report is not None
    assert (RunState.CANCELLED, heard(STOPPED_AT_ONCE)) == (found.state, heard(found.report))


def test_a_table_that_a_killed_run_was_still_to_read_is_not_proven(tmp_path: Path) -> None:
    both = dataclasses.replace(STARTED, tables=("lists", "campaigns"))
    report = ended(RECORD, told(tmp_path, QUEUED, both, LISTS)).report
    assert report is not None
    assert {"lists": "done", "campaigns": "unproven"} == {
        name: table["state"] for name, table in report["tables"].items()
    }


def test_requests_that_only_the_tables_told_of_are_counted(tmp_path: Path) -> None:
    many = dataclasses.replace(LISTS, requests=50)
    assert 50 == ended(RECORD, told(tmp_path, QUEUED, STARTED, IN_USE, many)).requests


def test_a_last_word_that_the_ledger_missed_is_the_runs_end(tmp_path: Path) -> None:
    found = ended(RECORD, told(tmp_path, QUEUED, STARTED, LISTS, IN_USE, FINISHED))
    assert found == dataclasses.replace(
        RECORD,
        finished_at=FINISHED.at,
        state=RunState.FAILED,
        requests=41,
        rows_changed=9,
        report={"tables": FINISHED.tables, "said": GONE.to_json(), "exit": 2},
    )


def test_a_run_of_which_nothing_is_left_has_no_time_of_its_end(tmp_path: Path) -> None:
    found = ended(RECORD, words_of(StateDirectory(tmp_path), "r1"))
    assert (RunState.FAILED, None) == (found.state, found.finished_at)
    assert {"tables": {}, "said": ENDED_FROM_OUTSIDE.to_json()} == found.report


def test_what_a_run_is_of_is_known_from_its_first_word(tmp_path: Path) -> None:
    assert QUEUED == told(tmp_path / "new", QUEUED).about
    assert STARTED == told(tmp_path / "old", STARTED).about
    assert told(tmp_path / "none", NOTICE).about is None


def test_a_run_that_was_taken_up_again_has_not_ended_yet() -> None:
    words = Words()
    for event in (QUEUED, STARTED, LISTS, FINISHED, QUEUED):
        words.hear(event)
    assert (QUEUED, None, None, {}) == (words.queued, words.started, words.finished, words.tables)


def test_what_an_older_version_told_is_understood() -> None:
    line = events.as_json(LISTS)
    for name in ("extra", "seconds", "bookmark", "slices", "proof"):
        del line[name]
    assert LISTS == events.from_json(line)
    told = dataclasses.replace(LISTS, bookmark=NOON, proof="walk")
    assert told == events.from_json(events.as_json(told))
