"""What decides is what was sent.

The kind: a value that a typed cell cannot hold, so that two different ones look the same there; and
the same value in two forms, which is no difference.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from chimpline.catalog.rows.reports import NEWS
from chimpline.catalog.selected import applied
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from chimpline.evidence import Definitions, GateValues, from_json, to_json
from chimpline.extract import plan
from chimpline.extract.decode.decoder import Decoder

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def kept(table: Table, *records: dict[str, Any]) -> list[plan.Row]:
    decoder = Decoder(table, b"a salt of sixteen")
    body = json.dumps({table.collection: records, "total_items": len(records)}).encode()
    page = decoder.page(body)
    decoder.batch(page, {})
    return decoder.sent(page)


def report(**values: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"id": "c1", "send_time": "2026-11-20T00:00:00+00:00"}
    for name, value in values.items():
        *above, last = name.split("__")
        inner = record
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return record


def gate_of(**values: Any) -> GateValues:
    (row,) = kept(tables()["reports"], report(**values))
    return plan.gate(NEWS, row)


def moved(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a gate opens, by way of the ledger's JSON."""
    (row,) = kept(tables()["reports"], report(**after))
    line = json.dumps(to_json(gate_of(**before)))
    return plan.gate_moved(NEWS, from_json(json.loads(line)), row)


COUNTERS = {name for name in plan.kept_columns(tables()["reports"]) if NEWS.watches(name)}


@pytest.mark.parametrize("name", sorted(COUNTERS))
@pytest.mark.parametrize(
    ("before", "after"),
    [("1", "2"), (1, "2"), ("many", "lots"), (["a"], ["b"]), ({"a": 1}, {"a": 2}), ("1.5", "1.6")],
)
def test_any_difference_of_what_was_sent_opens_a_gate(name: str, before: Any, after: Any) -> None:
    assert moved({name: before}, {name: after})
    assert not moved({name: before}, {name: before})


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("unsubscribed", 1, "1"),
        ("unsubscribed", 1, 1.0),
        ("unsubscribed", None, ""),
        ("opens__open_rate", 0.5, "0.50"),
        ("opens__last_open", "2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+01:00"),
    ],
)
def test_the_same_in_another_form_opens_none(name: str, one: Any, other: Any) -> None:
    assert not moved({name: one}, {name: other})
    assert not moved({name: other}, {name: one})


@pytest.mark.parametrize("nothing", [None, "", []])
@pytest.mark.parametrize("before", [None, "", [], "3"])
def test_no_counters_are_none_whatever_came_before(nothing: Any, before: Any) -> None:
    table = tables()["reports"]
    alone = kept(table, report(opens=nothing))
    assert plan.gate(NEWS, kept(table, report())[0]) == plan.gate(NEWS, alone[0])
    loosened = kept(table, report(opens=before), report(opens=nothing))
    assert plan.gate(NEWS, alone[0]) == plan.gate(NEWS, loosened[1])


def test_true_is_no_one() -> None:
    assert moved({"unsubscribed": 1}, {"unsubscribed": True})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"opens__by_people": 1}, {"opens__by_people": 2}),
        ({}, {"clicks__by_people": {"unique": 1}}),
        ({"bounces": "3"}, {"bounces": "4"}),
        ({"opens__opens_total": 1, "opens__a.b": 1}, {"opens__opens_total": 1, "opens__a.b": 2}),
    ],
)
def test_counters_that_no_specification_knows_open_a_gate(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert moved(before, after)
    assert not moved(before, before)


def test_a_gate_that_an_earlier_version_kept_stays_closed() -> None:
    """It held typed cells, and nothing of what has no column."""
    told = {"unsubscribed": "7", "opens__opens_total": 3, "opens__by_people": 2}
    typed = dict.fromkeys(COUNTERS) | {"unsubscribed": 7, "opens__opens_total": 3}
    (row,) = kept(tables()["reports"], report(**told))
    assert not plan.gate_moved(NEWS, GateValues(typed), row)
    assert plan.gate_moved(NEWS, GateValues(typed | {"unsubscribed": 6}), row)


def test_what_a_parent_tells_as_text_is_expected() -> None:
    known = tables()
    (segment,) = kept(known["list_segments"], {"id": 5, "name": "s", "member_count": "4"})
    assert 4 == plan.expected_rows(known["list_segment_members"], segment)
    (row,) = kept(known["reports"], report(emails_sent="6", unsubscribed="some"))
    assert 6 == plan.expected_rows(known["reports_sent_to"], row)
    assert 0 == plan.expected_rows(known["unsubscribes"], row)
    (audience,) = kept(
        known["lists"], {"id": "l", "stats": {"member_count": "2", "cleaned_count": 3.0}}
    )
    assert 5 == plan.expected_rows(known["list_members"], audience)


@pytest.mark.parametrize(
    ("sent", "inside"),
    [
        ("2026-11-20T00:00:00+00:00", True),
        ("2026-10-01T00:00:00+00:00", False),
        ("", False),
        ("the other day", True),
        ("9999-12-31T23:59:59-14:00", True),
        (20261001, True),
    ],
)
def test_a_campaign_whose_time_names_no_instant_is_not_taken_for_an_old_one(
    sent: Any, inside: bool
) -> None:
    (row,) = kept(tables()["reports"], report(send_time=sent))
    assert inside == plan.in_activity_window(row, 30, NOW)


def test_what_decides_does_not_hang_on_what_is_landed() -> None:
    """Whatever is left out or hashed elsewhere, and in whichever form a page came first."""
    chosen = {"reports": TableSelection(columns=frozenset({"campaign_title"}))}
    chosen["list_members"] = TableSelection(hashed=frozenset({"email_address"}))
    record = report(unsubscribed="1", opens__opens_total=3, bounces="none")
    plain = kept(tables()["reports"], record)
    assert plain == kept(applied(chosen)["reports"], record)
    both = kept(tables()["reports"], record, {**report(unsubscribed=1), "id": "c2"})
    assert [*plain, 1] == [both[0], both[1]["unsubscribed"]]


def test_definitions_are_the_same_in_whichever_form_they_come() -> None:
    def defined(number: Any) -> Definitions:
        fields = kept(
            tables()["list_merge_fields"],
            {"merge_id": 1, "tag": number, "type": "text", "display_order": "x"},
        )
        return plan.definitions(fields, [], [])

    assert defined(5) == defined("5")
    assert defined(5) != defined("6")
