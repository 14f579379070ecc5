"""An offset walk: what it asks, what it notices, and what it may call proven."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from chimpline.catalog.tables import tables
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.source import Found
from chimpline.extract.walk import ATTEMPTS, EMPTY, Reached, walk
from tests.unit.extract.fakes import Collection, Record, Taken, run
from tests.words import heard

TABLE = "list_interest_categories"
DECODER = Decoder(tables()[TABLE])


def records(n: int, prefix: str = "k") -> list[Record]:
    return [{"id": f"{prefix}{i}", "title": "t"} for i in range(n)]


def collection(n: int) -> Collection:
    return Collection("categories", records(n))


def read(there: Collection, count: int) -> tuple[Found, Taken]:
    taken = Taken()
    source = there.source(TABLE, ("l1",), count=count, decoder=DECODER)
    return run(walk(source, taken)), taken


def ids(n: int) -> list[str]:
    return [record["id"] for record in records(n)]


@pytest.mark.parametrize(
    ("rows", "count", "offsets"),
    [
        (0, 4, ["0"]),
        (1, 4, ["0"]),
        (3, 4, ["0"]),
        (4, 4, ["0", "3"]),
        (5, 4, ["0", "3"]),
        (7, 4, ["0", "3", "6"]),
        (8, 4, ["0", "3", "6"]),
        (3, 2, ["0", "1", "2"]),
    ],
)
def test_pages_overlap_by_one_and_end_on_a_short_one(
    rows: int, count: int, offsets: list[str]
) -> None:
    there = collection(rows)
    found, taken = read(there, count)
    assert offsets == [offset for (offset,) in there.told("offset")]
    assert ids(rows) == taken.ids
    assert rows == found.rows == taken.records
    assert len(offsets) == found.requests
    assert f"walk: {rows} of {rows}, {len(offsets)} pages, overlaps match" == found.proof


def test_every_page_is_asked_with_the_rows_parameters_and_without_links() -> None:
    there = Collection("segments", [{"id": i, "name": "s"} for i in range(3)])
    run(walk(there.source("list_segments", ("l1",), count=2), Taken()))
    expected = {
        "include_cleaned": "true",
        "include_transactional": "true",
        "include_unsubscribed": "true",
        "exclude_fields": "segments._links,_links",
        "count": "2",
    }
    assert [{**expected, "offset": offset} for offset in ("0", "1", "2")] == there.asked


def test_filters_and_asks_go_into_every_request() -> None:
    there = Collection("members", [{"id": f"m{i}"} for i in range(3)])
    source = there.source("list_members", ("l1",), count=2, ask="status=archived")
    run(walk(source, Taken(), {"since_last_changed": "then"}))
    assert [("archived", "then")] * 3 == there.told("status", "since_last_changed")


def test_a_table_that_documents_no_paging_is_asked_for_pages_all_the_same() -> None:
    there = Collection("emails", [{"id": f"e{i}"} for i in range(37)])
    taken = Taken()
    found = run(walk(there.source("automation_emails", ("w1",), count=30), taken))
    expected = [{"count": "30", "offset": "0"}, {"count": "30", "offset": "29"}]
    assert expected == there.asked  # it takes no exclude_fields either
    assert [f"e{i}" for i in range(37)] == taken.ids
    assert "walk: 37 of 37, 2 pages, overlaps match" == found.proof


NEITHER = ("count", "offset")
SERVERS: dict[str, dict[str, Any]] = {
    "reads both": {},
    "sends ten of each": {"most": 10},
    "sends seven of each": {"most": 7},
    "sends one of each": {"most": 1},
    "reads no count and sends ten": {"unread": ("count",)},
    "reads no count and sends all": {"unread": ("count",), "default": None},
    "reads no offset": {"unread": ("offset",)},
    "reads neither and sends ten": {"unread": NEITHER},
    "reads neither and sends all": {"unread": NEITHER, "default": None},
}
TOTALS: dict[str, Callable[[Record], object]] = {
    "right": lambda _: None,
    "absent": lambda answer: answer.pop("total_items"),
    "null": lambda answer: answer.update(total_items=None),
    "of the page": lambda answer: answer.update(total_items=len(answer["categories"])),
    "zero": lambda answer: answer.update(total_items=0),
    "ten": lambda answer: answer.update(total_items=10),
    "too high": lambda answer: answer.update(total_items=answer["total_items"] + 5),
    "too low": lambda answer: answer.update(total_items=max(0, answer["total_items"] - 5)),
}


def announcing(total: str) -> Callable[[int, Record], None]:
    def tamper(_: int, answer: Record) -> None:
        TOTALS[total](answer)

    return tamper


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("total", TOTALS)
def test_however_a_server_pages_no_part_is_taken_for_all(server: str, total: str) -> None:
    """The kind: what a server does with `count` and `offset`, and what it announces, is its own."""
    for rows in (0, 1, 2, 6, 7, 8, 9, 10, 11, 19, 20, 21, 25, 37):
        _no_part_is_taken_for_all(server, total, rows)


def _no_part_is_taken_for_all(server: str, total: str, rows: int) -> None:
    there = Collection("categories", records(rows), **SERVERS[server])
    there.tamper = announcing(total)
    found, taken = read(there, 20)
    assert found.requests <= 3 * (rows + 3)
    assert set(taken.ids) <= set(ids(rows))
    told = there.answer({"offset": "0", "count": "20"})
    TOTALS[total](told)
    # One that says of a page that it is all is believed, once it was asked for more than ten.
    lied = total != "right" and told.get("total_items") == len(told["categories"])
    if found.proof is not None and not lied:
        assert ids(rows) == list(dict.fromkeys(taken.ids))
    all_come = len(told["categories"]) == rows or "offset" not in SERVERS[server].get("unread", ())
    # Ten and twenty without a total are as many as a page holds.
    told_enough = total == "right" or (total in ("absent", "null") and rows not in (10, 20))
    if told_enough and all_come and server != "sends one of each":
        assert found.proof is not None


@pytest.mark.parametrize(
    ("server", "rows", "total", "requests"),
    [
        ("reads both", 19, "right", 1),  # the usual case costs nothing more
        ("reads both", 25, "right", 2),
        ("reads both", 10, "right", 2),
        ("reads both", 25, "absent", 3),
        ("reads both", 1, "absent", 3),
        ("sends ten of each", 37, "ten", 5),
        ("sends ten of each", 37, "of the page", 5),
        ("sends ten of each", 37, "right", 5),
        ("reads neither and sends all", 12, "right", 1),
        ("reads neither and sends all", 37, "right", 2),
        ("reads neither and sends all", 10, "right", 2),
        ("reads neither and sends all", 12, "absent", 2),
    ],
)
def test_only_where_a_page_can_be_a_part_one_more_is_asked_for(
    server: str, rows: int, total: str, requests: int
) -> None:
    there = Collection("categories", records(rows), **SERVERS[server])
    there.tamper = announcing(total)
    found, taken = read(there, 20)
    assert ids(rows) == taken.ids
    assert (requests, True) == (found.requests, found.proof is not None)


@pytest.mark.parametrize(
    ("rows", "total", "trouble"),
    [
        (37, "right", "the same 10 records come at every offset, and 37 records were announced"),
        (37, "absent", "the same 10 records come at every offset, and no total is announced"),
        (10, "absent", "the same 10 records come at every offset, and no total is announced"),
    ],
)
def test_the_same_page_again_is_no_second_one(rows: int, total: str, trouble: str) -> None:
    there = Collection("categories", records(rows), unread=NEITHER)
    there.tamper = announcing(total)
    found, taken = read(there, 20)
    assert (None, trouble) == (found.proof, heard(found.trouble))
    assert ids(10) == list(dict.fromkeys(taken.ids))


@pytest.mark.parametrize("server", [{"most": 7}, {"unread": NEITHER, "default": 25}])
@pytest.mark.parametrize("total", ["absent", "null"])
def test_a_page_of_a_size_of_its_own_is_not_all_where_the_parent_tells_more(
    server: dict[str, Any], total: str
) -> None:
    def found(rows: int, expected: int) -> Found:
        there = Collection("categories", records(rows), **{"unread": ("offset",), **server})
        there.tamper = announcing(total)
        source = there.source(TABLE, ("l1",), count=20, decoder=DECODER)
        return run(walk(source, Taken(), expected=expected))

    part = found(37, 37)
    assert part.proof is None
    assert heard(part.trouble).endswith("no total is announced; its parent tells 37")
    assert found(6, 6).proof is not None
    assert found(6, 0).proof is not None


def test_a_shift_is_noticed_and_all_is_read_again() -> None:
    there = collection(5)

    def leave(number: int) -> None:
        if number == 2:
            del there.records[0]

    there.before = leave
    found, taken = read(there, 3)
    assert ["0", "2", "0", "2"] == [offset for (offset,) in there.told("offset")]
    assert found.proof is not None
    assert (4, 4) == (found.rows, found.requests)
    assert {"k1", "k2", "k3", "k4"} <= set(taken.ids)


def test_what_shifts_at_every_attempt_is_not_proven() -> None:
    there = collection(12)

    def leave(number: int) -> None:
        if number % 2 == 0:
            del there.records[0]

    there.before = leave
    found, _ = read(there, 3)
    assert found.proof is None
    assert "the collection shifted while it was read" == heard(found.trouble)
    assert 2 * ATTEMPTS == found.requests


def test_a_key_that_comes_twice_is_no_proof_and_costs_no_other() -> None:
    there = collection(7)
    there.records[4] = dict(there.records[1])
    found, taken = read(there, 3)
    assert (None, "1 key came with two records") == (found.proof, heard(found.trouble))
    assert [{"reason": "twice", "count": 1, "keys": ["k1"]}] == found.odd
    assert {f"k{i}" for i in range(7) if i != 4} == set(taken.ids)
    assert 2 * 4 == found.requests  # read twice, not tried again and again


def test_a_key_that_comes_again_alone_on_the_last_page_came_twice() -> None:
    there = collection(4)
    there.records[3] = dict(there.records[0])
    found, taken = read(there, 3)
    assert (None, "1 key came with two records") == (found.proof, heard(found.trouble))
    assert set(ids(3)) == set(taken.ids)


def test_a_key_that_comes_twice_for_a_moment_is_read_again() -> None:
    there = collection(7)

    def twice(number: int, answer: Record) -> None:
        if number == 2:
            answer["categories"][-1] = dict(answer["categories"][1])

    there.tamper = twice
    found, taken = read(there, 4)
    assert found.proof is not None
    assert set(ids(7)) == set(taken.ids)


def test_a_page_that_comes_again_in_anothers_place_is_no_proof_and_ends() -> None:
    records = [{"id": name} for name in ("a", "b", "a")]

    def same(_: int, answer: Record) -> None:
        answer["categories"] = records
        del answer["total_items"]

    found, _ = read(Collection("categories", records, tamper=same), 3)
    assert (None, "a page came again in another's place") == (found.proof, heard(found.trouble))


@pytest.mark.parametrize("cut", [1, 2])
def test_a_short_page_before_the_end_is_read_on_from(cut: int) -> None:
    def short(number: int, answer: Record) -> None:
        if number == 1:
            del answer["categories"][cut:]

    there = collection(6)
    there.tamper = short
    found, taken = read(there, 4)
    assert found.proof is not None
    assert ids(6) == taken.ids


@pytest.mark.parametrize("total", [0, 3, 5])
def test_a_total_that_undercounts_does_not_end_the_walk(total: int) -> None:
    def undercount(_: int, answer: Record) -> None:
        answer["total_items"] = total

    there = collection(9)
    there.tamper = undercount
    found, taken = read(there, 4)
    assert f"walk: 9 of {total}, 3 pages, overlaps match" == found.proof
    assert ids(9) == taken.ids


@pytest.mark.parametrize("rows", [0, 1, 3, 4, 5, 8])
def test_a_total_that_overcounts_is_never_proven(rows: int) -> None:
    def overcount(_: int, answer: Record) -> None:
        answer["total_items"] += 2

    there = collection(rows)
    there.tamper = overcount
    found, taken = read(there, 4)
    assert found.proof is None
    assert f"{rows + 2} records were announced and {rows} served" == heard(found.trouble)
    assert set(ids(rows)) == set(taken.ids)


@pytest.mark.parametrize("rows", [0, 2, 4, 5])
def test_without_a_total_only_a_page_that_brings_nothing_is_the_end(rows: int) -> None:
    def short(number: int, answer: Record) -> None:
        del answer["total_items"]
        if number == 1:
            del answer["categories"][2:]

    there = collection(rows)
    there.tamper = short
    found, taken = read(there, 4)
    assert found.proof is not None
    assert ids(rows) == taken.ids


def test_an_empty_page_where_records_are_announced_is_not_proven() -> None:
    def empty(_: int, answer: Record) -> None:
        answer["categories"].clear()

    there = collection(5)
    there.tamper = empty
    found, taken = read(there, 4)
    assert (None, "5 records were announced and 0 served") == (found.proof, heard(found.trouble))
    assert ATTEMPTS == found.requests
    assert [] == taken.ids


def test_a_page_that_repeats_the_one_before_is_not_proven() -> None:
    def repeat(_: int, answer: Record) -> None:
        answer["categories"] = records(4)

    there = collection(9)
    there.tamper = repeat
    found, _ = read(there, 4)
    assert found.proof is None


def test_pages_of_one_record_end_instead_of_going_on_for_ever() -> None:
    found, _ = read(collection(3), 1)
    assert found.proof is None
    assert "pages of one record leave no room for an overlap" == heard(found.trouble)


def test_a_page_size_that_shrinks_and_grows_loses_nothing() -> None:
    there = collection(12)
    there.shrink = {2: 2, 4: 5}
    found, taken = read(there, 4)
    assert [("0", "4"), ("3", "2"), ("4", "2"), ("5", "5"), ("9", "5")] == there.told(
        "offset", "count"
    )
    assert found.proof is not None
    assert ids(12) == taken.ids


def remove(index: int) -> Callable[[Collection], None]:
    def change(there: Collection) -> None:
        if index < len(there.records):
            del there.records[index]

    return change


def insert(index: int, key: str = "new") -> Callable[[Collection], None]:
    def change(there: Collection) -> None:
        there.records.insert(index, {"id": f"{key}{index}"})

    return change


def survivors_are_read(
    rows: int, count: int, changes: dict[int, list[Callable[[Collection], None]]]
) -> Found:
    """Walk while `changes` happen before these requests; a proof must hold for all that stayed."""
    there = collection(rows)

    def happen(number: int) -> None:
        for change in changes.get(number, []):
            change(there)

    there.before = happen
    found, taken = read(there, count)
    if found.proof:
        stayed = {record["id"] for record in there.records} & set(ids(rows))
        assert stayed <= set(taken.ids), (rows, count, changes)
    return found


@pytest.mark.parametrize("count", [2, 3, 4])
def test_no_survivor_is_missed_wherever_and_whenever_one_record_goes_or_comes(count: int) -> None:
    for rows in range(8):
        for moment in range(1, rows // (count - 1) + 3):
            for index in range(rows + 1):
                for change in (remove(index), insert(index)):
                    found = survivors_are_read(rows, count, {moment: [change]})
                    assert found.proof is not None  # the next attempt was undisturbed


@pytest.mark.parametrize("count", [2, 3])
def test_no_survivor_is_missed_when_one_goes_and_one_comes(count: int) -> None:
    rows = 5
    places = list(itertools.product(range(rows + 1), repeat=2))
    for first, second in itertools.product(range(1, 5), repeat=2):
        for gone, come in places:
            changes = {first: [remove(gone)]}
            changes.setdefault(second, []).append(insert(come))
            survivors_are_read(rows, count, changes)
            survivors_are_read(rows, count, {first: [remove(gone)], second + 1: [remove(come)]})


def test_a_page_of_another_ask_is_not_taken_for_the_collection_s() -> None:
    members = [{"id": f"m{i}", "status": "archived"} for i in range(3)]
    others = [{"id": f"x{i}", "status": "subscribed"} for i in range(3)]

    def lie(number: int, answer: Record) -> None:
        if number == 1:
            answer |= {"members": others}

    there = Collection("members", members, tamper=lie)
    taken = Taken()
    found = run(walk(there.source("list_members", ("l1",), ask="status=archived"), taken))
    assert (["m0", "m1", "m2"], 3) == (taken.ids, found.rows)
    assert found.proof


def test_a_page_that_lost_an_event_is_not_reached() -> None:
    """Or whoever goes on from there would begin behind it, and know nothing of the loss."""
    emails = [
        {"campaign_id": "c", "email_id": f"e{i}", "activity": [{"action": "open", "ip": ""}]}
        for i in range(6)
    ]
    for record in emails[:3]:
        record["activity"][0]["timestamp"] = "2026-01-01T00:00:00+00:00"  # type: ignore[index]
    there = Collection("emails", emails)
    places: list[Reached] = []
    source = there.source("reports_email_activity", ("c",), count=3)
    found = run(walk(source, Taken("email_id"), reached=places.append))
    assert [3] == [place.records for place in places]
    assert (None, "3 events have no readable key") == (found.proof, heard(found.trouble))
    assert [{"reason": "no_time", "count": 3, "keys": ["e3", "e4", "e5"]}] == found.odd


def read_segment(there: Collection, count: int, told: int) -> tuple[Found, Taken]:
    taken = Taken()
    source = there.source("list_segment_members", ("l1", "7"), count=count)
    return run(walk(source, taken, expected=told)), taken


def members(n: int) -> Collection:
    return Collection("members", [{"id": f"k{i}"} for i in range(n)])


def test_a_short_page_is_not_the_end_where_the_total_undercounts_and_the_parent_tells_of_more() -> (
    None
):
    there = members(9)

    def short(number: int, answer: Record) -> None:
        answer["total_items"] = 2
        if number == 1:
            del answer["members"][3:]

    there.tamper = short
    found, taken = read_segment(there, 5, 9)
    assert (9, ids(9)) == (found.rows, taken.ids)
    assert found.proof is not None


@pytest.mark.parametrize("lost", [1, EMPTY - 1])
def test_nobody_is_looked_for_again_where_the_parent_tells_of_somebody(lost: int) -> None:
    there = members(3)

    def empty(number: int, answer: Record) -> None:
        answer["total_items"] = 0
        if number <= lost:
            answer["members"] = []

    there.tamper = empty
    found, taken = read_segment(there, 5, 3)
    assert ids(3) == taken.ids
    assert found.requests == lost + 1
    assert found.proof is not None


def test_a_parent_that_tells_too_much_is_not_believed_for_ever() -> None:
    found, _ = read_segment(members(0), 5, 3)
    assert (0, EMPTY) == (found.rows, found.requests)
    assert f"empty {EMPTY} times, where its parent tells 3" in str(found.proof)
    found, _ = read_segment(members(4), 5, 6)
    assert (4, 2) == (found.rows, found.requests)
    assert found.proof is not None


def test_where_the_parent_tells_of_nobody_one_empty_answer_will_do() -> None:
    found, _ = read_segment(members(0), 5, 0)
    assert 1 == found.requests
    assert found.proof is not None
