"""Which windows are left to read: nothing twice but the lookback, no instant never."""

from __future__ import annotations

import dataclasses
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from chimpline.clock import TOLERANCE
from chimpline.model import SliceRecord, SliceState, Window
from chimpline.state.bookmarks import COMPLETE, Bookmarks, sound

ZERO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LATER = ZERO + dt.timedelta(days=1)
NONE = dt.timedelta(0)
UNPROVEN = SliceState.UNPROVEN
Span = tuple[int | None, int]


def at(second: int) -> dt.datetime:
    return ZERO + dt.timedelta(seconds=second)


def window(since: int | None, until: int) -> Window:
    return Window(None if since is None else at(since), at(until))


def line(
    since: int | None,
    until: int,
    *,
    state: SliceState = SliceState.PROVEN,
    table: str = "list_members",
    parent: str = "l1",
    ask: str = "",
) -> SliceRecord:
    return SliceRecord(
        run_id="r",
        table_name=table,
        parent_key=parent,
        ask=ask,
        since=None if since is None else at(since),
        until=at(until),
        state=state,
        proof="p",
        evidence=None,
        rows=0,
        requests=0,
    )


def left(wanted: Span, *spans: Span, lookback: int = 0) -> list[Window]:
    books = Bookmarks((line(*span) for span in spans), LATER)
    return books.windows("list_members", "l1", "", window(*wanted), dt.timedelta(seconds=lookback))


def test_a_table_never_read_is_wanted_whole() -> None:
    assert [window(None, 90)] == left((None, 90))
    assert [window(10, 90)] == left((10, 90))


def test_the_next_run_begins_a_lookback_before_the_proven_end() -> None:
    assert [window(35, 90)] == left((None, 90), (None, 50), lookback=15)


def test_touching_and_overlapping_windows_are_one() -> None:
    assert [window(60, 90)] == left((None, 90), (30, 60), (None, 20), (20, 40))


def test_a_gap_that_a_stopped_run_left_is_read_and_what_it_proved_above_is_not() -> None:
    assert [window(20, 40), window(60, 90)] == left((None, 90), (None, 20), (40, 60))


def test_each_gap_begins_a_lookback_early() -> None:
    assert [window(15, 40), window(55, 90)] == left((None, 90), (None, 20), (40, 60), lookback=5)


def test_the_lookback_ends_where_the_proven_window_begins() -> None:
    assert [window(None, 40), window(40, 90)] == left((None, 90), (40, 50), lookback=15)


def test_a_first_read_that_was_stopped_goes_on_below_what_its_forks_proved() -> None:
    assert [window(None, 45), window(80, 90)] == left((None, 90), (45, 60), (60, 80))


def test_an_earlier_start_date_reads_what_lies_before() -> None:
    assert [window(None, 30), window(50, 90)] == left((None, 90), (30, 50))
    assert [window(10, 30), window(50, 90)] == left((10, 90), (30, 50))


def test_a_later_start_date_reads_nothing_before_itself() -> None:
    assert [window(50, 90)] == left((30, 90), (10, 50))
    assert [window(40, 90)] == left((40, 90), (10, 50), lookback=15)
    assert [window(70, 90)] == left((70, 90), (10, 50))


def test_nothing_is_left_of_a_window_that_is_proven() -> None:
    assert [] == left((10, 90), (None, 90))
    assert [] == left((10, 90), (5, 200))


def test_what_is_proven_beyond_the_wanted_end_is_not_asked_for() -> None:
    assert [window(20, 50)] == left((None, 50), (None, 20), (60, 80))
    assert [window(20, 50)] == left((None, 50), (None, 20), (50, 80))


def test_only_proven_lines_of_the_same_question_count() -> None:
    others = [line(None, 50, state=state) for state in SliceState if state is not SliceState.PROVEN]
    others += [
        line(None, 50, ask="status=archived"),
        line(None, 50, ask=COMPLETE),
        line(None, 50, parent="l12"),
        line(None, 50, table="lists"),
    ]
    books = Bookmarks(others, LATER)
    assert [window(None, 90)] == books.windows("list_members", "l1", "", window(None, 90), NONE)


def test_the_latest_line_is_the_newest_proven_one() -> None:
    lines = [line(None, 20), line(10, 50), line(0, 40), line(0, 90, state=SliceState.UNPROVEN)]
    assert lines[1] == Bookmarks(lines, LATER).latest("list_members", "l1")
    assert Bookmarks(lines, LATER).latest("list_members", "l1", COMPLETE) is None
    assert Bookmarks(lines, LATER).latest("list_members", "l2") is None


def test_a_stale_line_is_no_bookmark_and_its_parent_stays_known() -> None:
    books = Bookmarks([line(None, 50, state=SliceState.STALE)], LATER)
    assert books.latest("list_members", "l1") is None
    assert {"l1"} == books.parents("list_members")
    assert set() == books.parents("lists")


def test_what_speaks_for_a_time_that_has_not_come_is_no_proof_nor_what_its_run_wrote() -> None:
    """A wrong clock: whatever changed until then would never be asked for."""
    written = [
        dataclasses.replace(line(None, 50), run_id="sound"),
        dataclasses.replace(line(50, 90), run_id="ahead"),
        dataclasses.replace(line(90, 10**9), run_id="ahead"),
        dataclasses.replace(line(None, 10**9, ask=COMPLETE), run_id="ahead"),
        dataclasses.replace(line(None, 10**9, parent="l2", state=UNPROVEN), run_id="ahead"),
    ]
    books = Bookmarks(written, at(100))
    assert written[0] == books.latest("list_members", "l1")
    assert [window(50, 100)] == books.windows("list_members", "l1", "", window(None, 100), NONE)
    assert books.latest("list_members", "l1", COMPLETE) is None
    assert books.unfinished("list_members", "l2") is None
    assert {"l1", "l2"} == books.parents("list_members")
    assert (written[:1], written[1:]) == sound(written, at(100))


def test_two_clocks_may_differ_a_little() -> None:
    ahead = int(TOLERANCE.total_seconds())
    assert Bookmarks([line(None, ahead)], at(0)).latest("list_members", "l1") is not None
    assert Bookmarks([line(None, ahead + 1)], at(0)).latest("list_members", "l1") is None


SPANS = st.tuples(st.none() | st.integers(0, 39), st.integers(0, 40)).filter(
    lambda span: span[0] is None or span[0] < span[1]
)
BEFORE = -50
"""Stands for all time before the first second that occurs."""


def seconds(span: Window) -> set[int]:
    """The whole seconds in `(since, until]`."""
    first = BEFORE if span.since is None else int((span.since - ZERO).total_seconds()) + 1
    return set(range(first, int((span.until - ZERO).total_seconds()) + 1))


@given(
    spans=st.lists(SPANS, max_size=6),
    wanted=SPANS,
    lookback=st.integers(0, 12),
    unproven=st.lists(SPANS, max_size=3),
)
@settings(max_examples=250, deadline=None)
def test_gaps_and_proven_windows_are_exactly_what_is_wanted(
    spans: list[Span], wanted: Span, lookback: int, unproven: list[Span]
) -> None:
    lines = [line(*span) for span in spans]
    lines += [line(*span, state=SliceState.UNPROVEN) for span in unproven]
    books = Bookmarks(lines, LATER)
    gaps = books.windows("list_members", "l1", "", window(*wanted), dt.timedelta(seconds=lookback))
    asked = [seconds(gap) for gap in gaps]
    read = set().union(*asked)
    proven: set[int] = set().union(*(seconds(window(*span)) for span in spans))
    want = seconds(window(*wanted))
    # Nothing outside, nothing unproven left out, nothing twice, no gap empty.
    assert read <= want
    assert want - proven <= read
    assert sum(map(len, asked)) == len(read)
    assert all(asked)
    # Again only within the lookback of an end of what is proven, which itself is read again.
    ends = {second for second in proven if second + 1 not in proven}
    soft = {second - back for second in ends for back in range(lookback)}
    assert read & proven <= soft
    firm = {e for e in ends if all(e - back in proven for back in range(lookback))}
    again = {second - back for second in firm for back in range(lookback)} & want
    if max(ends, default=BEFORE) <= wanted[1]:
        assert again <= read
