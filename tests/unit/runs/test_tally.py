"""What a run has done: told at most ten times a second, and once at the end of each table."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import pytest

from chimpline.catalog.tables import select
from chimpline.load.contract import TableChange
from chimpline.model import SliceRecord, SliceState, TableState
from chimpline.runs.report.endings import NOT_READ
from chimpline.runs.report.events import (
    ConnectionsInUse,
    Event,
    Notice,
    TableFinished,
    TableProgress,
)
from chimpline.runs.report.tally import PROGRESS_EVERY_S, TELL_TIME_AFTER_S, Tally
from tests.words import heard, sentence

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
EXTRA = {"lists": 1, "unknown": 2}
PROVEN = SliceRecord(
    run_id="r1",
    table_name="lists",
    parent_key="",
    ask="",
    since=None,
    until=NOON,
    state=SliceState.PROVEN,
    proof="walk: 2 of 2",
    evidence=None,
    rows=2,
    requests=3,
)


class World:
    """A tally of `lists` and of `reports`, of which the first alone is landed, if not told so."""

    def __init__(self, landed: Sequence[str] = ("lists",)) -> None:
        self.events: list[Event] = []
        self.now = 0.0
        self.tally = Tally(
            self.events.append,
            lambda: NOON,
            select(("lists", "reports")),
            landed,
            monotonic=lambda: self.now,
        )

    def progress(self) -> list[TableProgress]:
        return [event for event in self.events if isinstance(event, TableProgress)]

    def finished(self) -> TableFinished:
        (only,) = [event for event in self.events if isinstance(event, TableFinished)]
        return only

    def seconds_left(self) -> float | None:
        self.tally.connections(1, 8, 0)
        event = self.events[-1]
        assert isinstance(event, ConnectionsInUse)
        return event.seconds_left


@pytest.fixture
def world() -> World:
    return World()


def test_progress_counts_records_rows_pages_and_open_slices(world: World) -> None:
    world.tally.begin("lists", full=True, expected=5)
    world.tally.page("lists", records=3, rows=7)
    world.now = 1
    world.tally.page("lists", records=1, rows=2)
    assert (
        TableProgress(
            at=NOON,
            table="lists",
            state=TableState.FULL_LOAD,
            rows_read=4,
            rows_expected=5,
            pages=2,
            requests=2,
            slices_open=1,
        )
        == world.progress()[-1]
    )
    world.now = 2
    world.tally.end("lists", requests=6)
    assert (6, 0) == (world.progress()[-1].requests, world.progress()[-1].slices_open)
    assert 9 == world.tally["lists"].rows_read


def test_progress_is_told_at_once_and_then_ten_times_a_second_at_most(world: World) -> None:
    world.tally.begin("lists", full=True, expected=None)
    for step in range(1, 11):
        world.now = step * PROGRESS_EVERY_S / 4
        world.tally.page("lists", records=1, rows=1)
    assert [0, 4, 8] == [event.rows_read for event in world.progress()]


def test_nothing_is_told_of_a_table_that_is_only_looked_into(world: World) -> None:
    world.tally.begin("reports", full=True, expected=5)
    world.tally.page("reports", records=5, rows=5)
    world.tally.end("reports", requests=1)
    world.tally.finish("reports")
    assert [] == world.events
    assert {} == world.tally.summary()


def test_more_than_was_expected_raises_the_expectation(world: World) -> None:
    world.tally.begin("lists", full=True, expected=5)
    world.now = 1
    world.tally.page("lists", records=9, rows=9)
    assert [5, 9] == [event.rows_expected for event in world.progress()]


@pytest.mark.parametrize("expected", [None, 0])
def test_what_no_parent_told_is_not_expected(world: World, expected: int | None) -> None:
    world.tally.begin("lists", full=True, expected=expected)
    assert [None] == [event.rows_expected for event in world.progress()]


def test_one_full_slice_makes_it_a_full_load(world: World) -> None:
    states = []
    for full in (False, True, False):
        world.tally.begin("lists", full=full, expected=None)
        states.append(world.tally["lists"].state)
    assert [TableState.CHANGES, TableState.FULL_LOAD, TableState.FULL_LOAD] == states


def test_changes_are_summed_over_commits(world: World) -> None:
    world.tally.committed({"lists": TableChange(inserted=1, updated=2, deleted=3)})
    world.tally.committed({"lists": TableChange(inserted=10), "unknown": TableChange(deleted=1)})
    assert TableChange(inserted=11, updated=2, deleted=3) == world.tally["lists"].changes


def test_the_end_of_a_table_is_told_once_with_its_counts(world: World) -> None:
    world.tally.begin("lists", full=True, expected=2)
    world.tally.page("lists", records=2, rows=2)
    world.tally.end("lists", requests=3)
    world.tally.committed({"lists": TableChange(inserted=2)})
    world.tally.landed([PROVEN, dataclasses.replace(PROVEN, state=SliceState.UNPROVEN)], EXTRA)
    world.now = 1.5
    world.tally.finish("lists")
    world.tally.finish("lists")
    world.tally.broken_off()
    assert (
        TableFinished(
            at=NOON,
            table="lists",
            state=TableState.DONE,
            rows_read=2,
            inserted=2,
            updated=0,
            deleted=0,
            requests=3,
            left_out=0,
            extra=1,
            seconds=1.5,
            bookmark=NOON,
            slices=1,
            proof="walk: 2 of 2",
        )
        == world.finished()
    )
    assert TableState.DONE is world.progress()[-1].state
    assert {
        "lists": {
            "state": "done",
            "rows_read": 2,
            "inserted": 2,
            "updated": 0,
            "deleted": 0,
            "requests": 3,
            "left_out": 0,
            "said": None,
            "extra": 1,
            "seconds": 1.5,
            "bookmark": NOON.isoformat(),
            "slices": 1,
            "proof": "walk: 2 of 2",
        }
    } == world.tally.summary()


@pytest.mark.parametrize(
    ("troubles", "worst"),
    [
        ([TableState.UNPROVEN], TableState.UNPROVEN),
        ([TableState.UNPROVEN, TableState.FAILED], TableState.FAILED),
        ([TableState.FAILED, TableState.REFUSED, TableState.UNPROVEN], TableState.REFUSED),
    ],
)
def test_the_worst_trouble_is_the_outcome(
    world: World, troubles: list[TableState], worst: TableState
) -> None:
    for state in troubles:
        world.tally["lists"].spoil(state, sentence(f"{state.value}."))
    world.tally.finish("lists")
    assert (worst, f"{worst.value}.") == (world.finished().state, heard(world.finished()))


def test_many_messages_are_cut_short_and_repeats_left_out(world: World) -> None:
    for text in ("A.", "B.", "A.", "C.", "D.", "E."):
        world.tally["lists"].spoil(TableState.FAILED, sentence(text))
    assert "A. B. C. 2 more parts have such a problem." == heard(world.tally["lists"].said)
    assert TableState.FAILED is world.tally["lists"].outcome


def test_three_messages_are_shown_whole(world: World) -> None:
    for text in ("A.", "B.", "C."):
        world.tally["lists"].spoil(TableState.UNPROVEN, sentence(text))
    assert "A. B. C." == heard(world.tally["lists"].said)


def test_a_table_that_was_not_read_to_its_end_is_unproven(world: World) -> None:
    world.tally.broken_off()
    assert TableState.UNPROVEN is world.finished().state
    assert NOT_READ == world.finished().said


def test_a_notice_names_its_table(world: World) -> None:
    world.tally.notice(sentence("Something."), "lists")
    assert [Notice(at=NOON, said=sentence("Something."), table="lists")] == world.events


def test_the_time_left_is_told_by_the_pace_so_far(world: World) -> None:
    world.tally.begin("lists", full=True, expected=100)
    world.tally.begin("reports", full=True, expected=900)  # not landed, not counted
    world.now = 10 * TELL_TIME_AFTER_S
    assert world.seconds_left() is None
    world.tally.page("lists", records=25, rows=25)
    assert 90.0 == world.seconds_left()
    world.tally.page("lists", records=100, rows=100)
    assert 0.0 == world.seconds_left()


def test_the_time_left_is_not_told_before_every_table_has_begun() -> None:
    world = World(landed=["lists", "reports"])
    world.now = 10 * TELL_TIME_AFTER_S
    world.tally.begin("lists", full=True, expected=100)
    world.tally.page("lists", records=100, rows=100)
    assert world.seconds_left() is None
    world.tally.begin("reports", full=True, expected=100)
    assert 30.0 == world.seconds_left()


def test_the_time_left_is_not_told_too_early(world: World) -> None:
    world.tally.begin("lists", full=True, expected=100)
    world.tally.page("lists", records=25, rows=25)
    world.now = TELL_TIME_AFTER_S - 0.1
    assert world.seconds_left() is None
