"""Records that have no id: what tells them apart in a walk, and how their rows are numbered."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from chimpline.catalog.row import ORDINAL, Refresh, T
from chimpline.catalog.rows import ROWS
from chimpline.catalog.tables import made_of
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.source import Found
from chimpline.extract.walk import walk
from tests.unit.extract.fakes import Collection, Record, Taken, run

PATH = "/lists/{list_id}/members/{subscriber_hash}/events"
EVENTS = T("list_member_events", PATH, ("occurred_at", "name", ORDINAL), Refresh())
TABLE = made_of((*(row for row in ROWS if row.path != PATH), EVENTS))[EVENTS.name]
Rows = list[dict[str, Any]]


def event(second: int, name: str = "seen", **properties: str) -> Record:
    time = f"2026-11-23T12:00:{second:02}+00:00"
    return {"occurred_at": time, "name": name, "properties": properties}


def read(there: Collection, count: int) -> tuple[Found, Rows]:
    source = there.source(EVENTS.name, ("l1", "m1"), count=count, decoder=Decoder(TABLE))
    rows: Rows = []

    async def take(batch: Any, _: int) -> None:
        rows.extend(batch.to_pylist())

    return run(walk(source, take, begin=rows.clear)), rows


def numbers(rows: Rows) -> dict[tuple[int, str], list[int]]:
    found: dict[tuple[int, str], list[int]] = {}
    for row in rows:
        found.setdefault((row["occurred_at"].second, row["name"]), []).append(row[ORDINAL])
    return {key: sorted(ordinals) for key, ordinals in found.items()}


SOME = [event(1), event(1, a="1"), event(1, a="2"), event(1, "sold"), event(2), event(2), event(3)]
NUMBERED = {(1, "seen"): [0, 1, 2], (1, "sold"): [0], (2, "seen"): [0, 1], (3, "seen"): [0]}


@pytest.mark.parametrize("count", [2, 3, 4, 100])
def test_each_record_is_one_row_however_long_the_pages_are(count: int) -> None:
    found, rows = read(Collection("events", SOME), count)
    assert (len(SOME), None) == (found.rows, found.trouble)
    assert NUMBERED == numbers(rows)
    held = Counter(row["properties"] for row in rows)
    assert Counter(json.dumps(one["properties"]) for one in SOME) == held


def test_rows_are_the_same_in_whatever_order_a_page_serves_them() -> None:
    def told(records: list[Record]) -> list[str]:
        return sorted(map(str, read(Collection("events", records), 100)[1]))

    shuffled = random.Random(3).sample(SOME, len(SOME))  # noqa: S311
    assert SOME != shuffled
    assert told(SOME) == told(shuffled)


def test_what_comes_twice_in_one_answer_is_there_twice_and_needs_no_second_look() -> None:
    there = Collection("events", [event(1)] * 3)
    found, rows = read(there, 100)
    assert ({(1, "seen"): [0, 1, 2]}, 3) == (numbers(rows), found.rows)
    assert [("0",)] == there.told("offset")


def test_what_comes_twice_in_two_answers_is_looked_at_again() -> None:
    there = Collection("events", [event(2), event(1), event(3), event(1)])
    found, rows = read(there, 2)
    assert (found.proof is not None, ()) == (True, found.odd)
    assert {(1, "seen"): [0, 1], (2, "seen"): [0], (3, "seen"): [0]} == numbers(rows)
    assert [("0",), ("1",), ("2",), ("3",)] * 2 == there.told("offset")


def test_a_record_that_leaves_meanwhile_is_noticed() -> None:
    records = [event(second) for second in range(9)]

    def before(number: int) -> None:
        if number == 2:
            records.pop(0)

    found, rows = read(Collection("events", records, before=before), 4)
    assert (8, True) == (found.rows, found.proof is not None)
    assert set(range(1, 9)) == {row["occurred_at"].second for row in rows}


def test_one_of_two_of_a_second_is_not_taken_for_the_other_where_pages_meet() -> None:
    records = [event(1), event(2, a="1"), event(2, a="2"), event(3)]

    def before(number: int) -> None:
        if number == 2:
            records.pop(0)

    found, rows = read(Collection("events", records, before=before), 2)
    assert (3, True) == (found.rows, found.proof is not None)
    assert {(2, "seen"): [0, 1], (3, "seen"): [0]} == numbers(rows)


@pytest.mark.parametrize(
    ("rows", "offsets"), [(0, ["0"]), (1, ["0"]), (9, ["0"]), (10, ["0", "9"]), (30, ["0", "29"])]
)
def test_a_list_that_never_tells_a_total_ends_where_fewer_came_than_any_page_holds(
    rows: int, offsets: list[str]
) -> None:
    there = Collection(
        "activity",
        [entry(second) for second in range(rows)],
        tamper=lambda _, answer: answer.pop("total_items"),
    )
    source = there.source("list_member_activity", ("l1", "m1"), count=100)
    found = run(walk(source, Taken()))
    assert (rows, True) == (found.rows, found.proof is not None)
    assert offsets == [offset for (offset,) in there.told("offset")]


def entry(second: int) -> Record:
    time = f"2026-11-23T12:00:{second:02}+00:00"
    return {"activity_type": "open", "created_at_timestamp": time, "campaign_id": "c1"}


def test_a_record_without_a_time_makes_no_row_and_costs_no_other_its_own() -> None:
    found, rows = read(Collection("events", [event(1), {"name": "seen"}, event(2)]), 100)
    assert (None, 2) == (found.proof, len(rows))
    assert [{"reason": "no_key", "count": 1, "keys": []}] == list(found.odd)
