"""Seeking by the cursor: every record of the window, whatever ties, forks and moves there are."""

from __future__ import annotations

import collections
import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimpline.catalog.tables import tables
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.seek import ATTEMPTS, Sought, Split, seek
from chimpline.extract.source import Found, instant, parse_instant
from chimpline.model import Window
from tests.unit.extract.fakes import Collection, Record, Taken, run
from tests.words import heard

ZERO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def at(second: int) -> dt.datetime:
    return ZERO + dt.timedelta(seconds=second)


def members(*seconds: int) -> list[Record]:
    return [{"id": f"m{i}", "last_changed": instant(at(s))} for i, s in enumerate(seconds)]


def collection(*seconds: int) -> Collection:
    return Collection("members", members(*seconds), cursor="last_changed")


class Reading:
    """A window read to the end, with all that was forked off it."""

    def __init__(
        self,
        there: Collection,
        *,
        since: int | None = 0,
        until: int = 100,
        count: int = 4,
        wanted: Callable[[int], bool] | None = None,
    ) -> None:
        self.window = Window(None if since is None else at(since), at(until))
        self.taken = Taken()
        self.sought: list[Sought] = []
        decoder = Decoder(tables()["list_members"])
        waiting = [self.window]
        while waiting:
            source = there.source("list_members", ("l1",), count=count, decoder=decoder)
            split = Split(wanted, waiting.append) if wanted else None
            self.sought.append(run(seek(source, waiting.pop(0), self.taken, split)))

    @property
    def found(self) -> Found:
        (only,) = self.sought
        return only.found

    @property
    def rows(self) -> int:
        return sum(sought.found.rows for sought in self.sought)

    @property
    def proven(self) -> bool:
        return all(sought.found.proof for sought in self.sought)

    def is_partition(self) -> bool:
        """Whether the windows that were read are exactly the one that was asked for."""
        windows = sorted((s.window for s in self.sought), key=lambda w: w.until)
        seams = itertools.pairwise(windows)
        return (windows[0].since, windows[-1].until) == (
            self.window.since,
            self.window.until,
        ) and all(lower.until == upper.since for lower, upper in seams)


def test_a_window_that_fits_a_page_is_one_request() -> None:
    there = collection(5, 1, 3)
    reading = Reading(there, count=4)
    assert [
        {
            "exclude_fields": "members._links,_links",
            "since_last_changed": "2026-01-01T00:00:00+00:00",
            "before_last_changed": "2026-01-01T00:01:40+00:00",
            "sort_field": "last_changed",
            "sort_dir": "ASC",
            "offset": "0",
            "count": "4",
        }
    ] == there.asked
    assert ["m1", "m2", "m0"] == reading.taken.ids
    assert (3, 1) == (reading.found.rows, reading.found.requests)
    assert "seek: 3 rows, 1 pages, each in order and full" == reading.found.proof


def test_an_open_window_asks_no_since() -> None:
    there = collection(1)
    Reading(there, since=None)
    assert [(None, "2026-01-01T00:01:40+00:00")] == there.told(
        "since_last_changed", "before_last_changed"
    )


def test_an_empty_window_is_proven_by_its_one_empty_page() -> None:
    reading = Reading(collection(0, 101))
    assert "seek: 0 rows, 1 pages, each in order and full" == reading.found.proof
    assert [] == reading.taken.ids


def test_the_window_leaves_its_begin_out_and_holds_its_end() -> None:
    assert ["m1", "m2"] == Reading(collection(0, 1, 100, 101)).taken.ids


def test_the_next_page_begins_with_the_second_in_which_the_last_was_cut() -> None:
    there = collection(1, 2, 3, 4, 4, 5)
    reading = Reading(there, count=4)
    # The first page ends in second 4, which is asked again whole: (3, 100].
    assert [("2026-01-01T00:00:00+00:00", "0"), ("2026-01-01T00:00:03+00:00", "0")] == there.told(
        "since_last_changed", "offset"
    )
    assert [f"m{i}" for i in range(6)] == reading.taken.ids
    assert 6 == reading.rows


@pytest.mark.parametrize("many", [4, 5, 9])
def test_a_second_that_fills_more_than_a_page_is_walked(many: int) -> None:
    there = collection(1, *[7] * many, 9, 10)
    reading = Reading(there, count=3)
    assert reading.found.proof is not None
    assert collections.Counter(f"m{i}" for i in range(many + 3)) == collections.Counter(
        reading.taken.ids
    )
    assert many + 3 == reading.rows
    inside = [a for a in there.asked if a["before_last_changed"].endswith("00:00:07+00:00")]
    assert {"2026-01-01T00:00:06+00:00"} == {asked["since_last_changed"] for asked in inside}


@pytest.mark.parametrize("shown", [None, "yesterday", "2026-01-01T00:00:07.5+00:00"])
@pytest.mark.parametrize("place", range(1, 10))
def test_no_odd_time_makes_a_long_second_be_asked_for_without_end(
    shown: str | None, place: int
) -> None:
    there = collection(1, *[7] * 9, 9, 10)

    def odd(number: int, answer: Record) -> None:
        assert number < 100, "it asks without end"
        answer["members"] = [
            {**record, "last_changed": shown} if record["id"] == f"m{place}" else record
            for record in answer["members"]
        ]

    there.tamper = odd
    reading = Reading(there, count=3)
    assert {f"m{i}" for i in range(12)} == set(reading.taken.ids)
    assert 12 <= reading.rows  # one without a time may be met twice, and is not proven


def test_a_page_of_parts_of_one_second_is_given_up() -> None:
    there = collection(*[7] * 9, 9)

    def parts(number: int, answer: Record) -> None:
        assert number < 100, "it asks without end"
        answer["members"] = [
            {**record, "last_changed": f"2026-01-01T00:00:00.{i}+00:00"}
            for i, record in enumerate(answer["members"], 1)
        ]

    there.tamper = parts
    reading = Reading(there, count=3)
    assert reading.found.proof is None
    no_further = "a whole page leads no further than 2026-01-01T00:00:00+00:00"
    assert no_further == heard(reading.found.trouble)
    assert {f"m{i}" for i in range(10)} == set(reading.taken.ids)


def test_a_window_whose_last_second_is_walked_ends_with_it() -> None:
    reading = Reading(collection(*[100] * 9), count=3)
    assert reading.found.proof is not None
    assert 9 == reading.rows == len(reading.taken.ids)


@given(
    seconds=st.lists(st.integers(0, 25), max_size=30),
    since=st.none() | st.integers(-1, 12),
    length=st.integers(1, 25),
    count=st.integers(2, 6),
    forks=st.lists(st.booleans(), max_size=12),
)
@settings(max_examples=150, deadline=None)
def test_all_forks_together_hold_the_window_exactly(
    seconds: list[int], since: int | None, length: int, count: int, forks: list[bool]
) -> None:
    until = (since or 0) + length
    decisions = iter(forks)
    reading = Reading(
        collection(*seconds),
        since=since,
        until=until,
        count=count,
        wanted=lambda _: next(decisions, False),
    )
    inside = [i for i, s in enumerate(seconds) if (since is None or s > since) and s <= until]
    assert collections.Counter(f"m{i}" for i in inside) == collections.Counter(reading.taken.ids)
    assert len(inside) == reading.rows
    assert reading.proven
    assert reading.is_partition()


@given(
    seconds=st.lists(st.integers(1, 15), min_size=1, max_size=20),
    count=st.integers(2, 5),
    forks=st.lists(st.booleans(), max_size=8),
    moves=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 19)), max_size=3),
)
@settings(max_examples=150, deadline=None)
def test_a_change_while_reading_leaves_the_window_and_loses_no_other(
    seconds: list[int], count: int, forks: list[bool], moves: list[tuple[int, int]]
) -> None:
    there = collection(*seconds)
    moved: set[str] = set()

    def change(number: int) -> None:
        for moment, index in moves:
            if moment == number and index < len(seconds):
                there.records[index]["last_changed"] = instant(at(500))
                moved.add(f"m{index}")

    there.before = change
    decisions = iter(forks)
    reading = Reading(there, until=20, count=count, wanted=lambda _: next(decisions, False))
    stayed = {f"m{i}" for i in range(len(seconds))} - moved
    assert stayed <= set(reading.taken.ids)
    assert reading.is_partition()
    if len(moves) < ATTEMPTS:
        assert reading.proven


def test_a_row_that_left_is_told_in_the_proof() -> None:
    there = collection(*range(1, 9))

    def change(number: int) -> None:
        if number == 2:
            there.records[7]["last_changed"] = instant(at(500))

    there.before = change
    reading = Reading(there, count=5)
    assert "seek: 7 rows, 2 pages, each in order and full; 7 left there at the end" == (
        reading.found.proof
    )
    assert ("1", "0") == there.told("count", "offset")[-1]


# -- sharing -------------------------------------------------------------------------------------


def test_a_long_rest_is_halved_whenever_a_connection_idles() -> None:
    reading = Reading(collection(*range(1, 100)), count=4, wanted=lambda _: True)
    assert len(reading.sought) > 4
    assert reading.proven
    assert reading.is_partition()
    assert 99 == reading.rows == len(set(reading.taken.ids))


def test_a_rest_of_two_pages_is_not_shared() -> None:
    reading = Reading(collection(*range(1, 13)), count=4, wanted=lambda _: True)
    assert 1 == len(reading.sought)


def test_nothing_is_shared_while_all_connections_are_busy() -> None:
    reading = Reading(collection(*range(1, 100)), count=4, wanted=lambda _: False)
    assert 1 == len(reading.sought)


def test_a_single_second_cannot_be_shared() -> None:
    reading = Reading(collection(*[7] * 30), since=6, until=7, count=4, wanted=lambda _: True)
    assert 1 == len(reading.sought)
    assert reading.proven


# -- answers that a sound server does not give ---------------------------------------------------


def unsorted(_: int, answer: Record) -> None:
    answer["members"].reverse()


def outside(_: int, answer: Record) -> None:
    answer["members"][-1]["last_changed"] = instant(at(101))


def before(_: int, answer: Record) -> None:
    answer["members"][0]["last_changed"] = instant(at(0))


def repeated(_: int, answer: Record) -> None:
    answer["members"][1] = dict(answer["members"][0])


def empty(_: int, answer: Record) -> None:
    answer["members"].clear()


def untimed(_: int, answer: Record) -> None:
    answer["members"][0]["last_changed"] = ""


def nonsense(_: int, answer: Record) -> None:
    answer["members"][0]["last_changed"] = "yesterday"


def without_zone(_: int, answer: Record) -> None:
    answer["members"][0]["last_changed"] = "2026-01-01T00:00:01"


def too_few(_: int, answer: Record) -> None:
    answer["total_items"] = 1


def uncounted(_: int, answer: Record) -> None:
    del answer["total_items"]


ODD = [
    (unsorted, "a page is not in the order of last_changed"),
    (outside, "a page holds records from outside the window it was asked for"),
    (before, "a page holds records from outside the window it was asked for"),
    (repeated, "keys came with two records each"),
    (empty, "an empty page came where 9 records were announced"),
    (untimed, "records have no readable time of change"),
    (nonsense, "records have no readable time of change"),
    (without_zone, "records have no readable time of change"),
    (too_few, "4 records came where 1 were announced"),
    (uncounted, "a page announced no total"),
]


@pytest.mark.parametrize(("tamper", "trouble"), ODD)
def test_an_odd_answer_that_stays_is_not_proven(
    tamper: Callable[[int, Record], None], trouble: str
) -> None:
    there = collection(*range(1, 10))

    def odd(number: int, answer: Record) -> None:
        answer["members"] = [dict(record) for record in answer["members"]]
        tamper(number, answer)

    there.tamper = odd
    reading = Reading(there)
    assert reading.found.proof is None
    assert heard(reading.found.trouble).endswith(trouble)
    assert reading.is_partition()


@pytest.mark.parametrize(("tamper", "trouble"), ODD)
def test_an_odd_answer_that_passes_is_asked_again(
    tamper: Callable[[int, Record], None], trouble: str
) -> None:
    there = collection(*range(1, 10))

    def odd(number: int, answer: Record) -> None:
        if number == 2:
            answer["members"] = [dict(record) for record in answer["members"]]
            tamper(number, answer)

    if trouble.startswith("an empty page"):  # the second page has fewer left
        trouble = "an empty page came where 6 records were announced"
    there.tamper = odd
    reading = Reading(there)
    assert reading.proven
    assert [f"m{i}" for i in range(9)] == sorted(set(reading.taken.ids))
    assert 9 == reading.rows


@pytest.mark.parametrize("tamper", [unsorted, untimed, nonsense, uncounted])
def test_what_cannot_be_proven_is_landed_all_the_same(
    tamper: Callable[[int, Record], None],
) -> None:
    there = collection(*range(1, 10))

    def odd(number: int, answer: Record) -> None:
        answer["members"] = [dict(record) for record in answer["members"]]
        tamper(number, answer)

    if tamper is unsorted:  # sorted backwards whatever is asked
        there.records.reverse()
        there.cursor = None
        for record in there.records:
            record["last_changed"] = instant(at(50))
        there.records[0]["last_changed"] = instant(at(60))
    there.tamper = odd if tamper is not unsorted else lambda _, __: None
    reading = Reading(there)
    assert not reading.proven
    assert {f"m{i}" for i in range(9)} == set(reading.taken.ids)


def skip_one(number: int, answer: Record) -> None:
    if number == 1:
        del answer["members"][1]


def test_a_row_that_the_server_skips_is_missed_by_the_sum_and_read_again() -> None:
    there = collection(*range(1, 10))
    there.tamper = skip_one
    reading = Reading(there)
    assert reading.proven
    assert {f"m{i}" for i in range(9)} == set(reading.taken.ids)


def test_a_fork_does_not_hide_a_row_that_the_server_skipped() -> None:
    there = collection(*range(1, 60))
    there.tamper = skip_one
    reading = Reading(there, wanted=lambda _: True)
    assert reading.proven
    assert reading.is_partition()
    assert {f"m{i}" for i in range(59)} == set(reading.taken.ids)


def test_a_row_that_is_skipped_for_ever_is_not_proven() -> None:
    def skip(_: int, answer: Record) -> None:
        answer["members"] = [r for r in answer["members"] if r["id"] != "m1"]

    there = collection(*range(1, 10))
    there.tamper = skip
    reading = Reading(there)
    assert reading.found.proof is None
    assert "9 records are in the window and 8 were served" == heard(reading.found.trouble)
    assert 8 == reading.found.rows


def test_a_second_that_keeps_shifting_is_not_proven_and_counted_once() -> None:
    there = collection(*[5] * 9, 6)

    def leave(_: int) -> None:
        there.records.insert(0, there.records.pop(8))

    there.before = leave
    reading = Reading(there, count=4)
    assert reading.found.proof is None
    assert heard(reading.found.trouble).startswith("within 2026-01-01T00:00:05+00:00: ")
    assert reading.found.rows <= 10


# -- times ---------------------------------------------------------------------------------------


def test_instants_are_whole_seconds_in_utc() -> None:
    east = dt.timezone(dt.timedelta(hours=9))
    assert "2026-01-01T00:00:07+00:00" == instant(
        dt.datetime(2026, 1, 1, 9, 0, 7, 999999, tzinfo=east)
    )
    assert at(7) == parse_instant("2026-01-01T09:00:07+09:00")


@pytest.mark.parametrize(("ask", "other"), [("", "archived"), ("status=archived", "subscribed")])
def test_the_answer_to_another_ask_is_not_taken_for_this_one(ask: str, other: str) -> None:
    """Whole, in order and inside the window: nothing but the status betrays it."""
    mine = "archived" if ask else "subscribed"

    def lie(number: int, answer: Record) -> None:
        if number == 1:
            one = {"id": "x", "last_changed": instant(at(5)), "status": other}
            answer |= {"members": [one], "total_items": 1}

    records = [record | {"status": mine} for record in members(1, 2, 3)]
    there = Collection("members", records, cursor="last_changed", tamper=lie)
    taken = Taken()
    sought = run(seek(there.source("list_members", ("l1",), ask=ask), Window(at(0), at(9)), taken))
    assert (["m0", "m1", "m2"], 3) == (taken.ids, sought.found.rows)
    assert sought.found.proof


def test_pages_that_lie_now_and_then_do_not_spoil_a_long_window() -> None:
    """Every third answer is another one's, far more often in all than one page may be tried."""
    last: list[Record] = []

    def lie(number: int, answer: Record) -> None:
        if number % 3 == 0:
            answer |= last[-1]
        else:
            last.append(dict(answer))

    there = Collection("members", members(*range(1, 60)), cursor="last_changed", tamper=lie)
    taken = Taken()
    source = there.source("list_members", ("l1",), count=4)
    sought = run(seek(source, Window(at(0), at(100)), taken))
    assert ({f"m{i}" for i in range(59)}, 59) == (set(taken.ids), sought.found.rows)
    assert sought.found.proof


def test_a_second_that_cannot_be_walked_is_given_up() -> None:
    def lie(_: int, answer: Record) -> None:
        if len(answer["members"]) == 4:
            answer["members"][3] = answer["members"][0]

    there = Collection("members", members(*[5] * 9), cursor="last_changed", tamper=lie)
    found = run(seek(there.source("list_members", ("l1",), count=4), Window(at(0), at(9)), Taken()))
    assert found.found.proof is None
