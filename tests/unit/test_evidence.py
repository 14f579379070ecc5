"""Evidence: each kind has one form in JSON, and comes back from it as it was."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimpline.evidence import (
    Definitions,
    Evidence,
    ExpectedRows,
    FirstPart,
    GateValues,
    from_json,
    left_out,
    to_json,
)

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
GATE = GateValues({"opens__opens_total": 3, "opens__last_open": None}, {"opens__new": "1"}, 2)
FORMS = (
    (
        GATE,
        {
            "kind": "gate",
            "values": {"opens__opens_total": 3, "opens__last_open": None},
            "more": {"opens__new": "1"},
            "left_out": 2,
            "records": None,
        },
    ),
    (ExpectedRows(7), {"kind": "expected", "records": 7}),
    (
        Definitions("ab12", {"7": "vip"}),
        {"kind": "definitions", "fields": "ab12", "tags": {"7": "vip"}},
    ),
    (
        FirstPart(GateValues({"opens": 1}), 1999, ("US", ""), 1998, NOON),
        {
            "kind": "first part",
            "gate": {"values": {"opens": 1}, "more": None, "left_out": 0, "records": None},
            "records": 1999,
            "key": ["US", ""],
            "landed": 1998,
            "floor": "2026-11-23T12:00:00Z",
        },
    ),
)


def through(evidence: Evidence) -> Evidence:
    return from_json(json.loads(json.dumps(to_json(evidence))))


@pytest.mark.parametrize(("evidence", "form"), FORMS)
def test_each_kind_has_one_form(evidence: Evidence, form: dict[str, Any]) -> None:
    assert form == json.loads(json.dumps(to_json(evidence)))
    assert evidence == from_json(form)


TEXT = st.text(max_size=5)
CELLS = st.dictionaries(
    TEXT,
    st.none() | st.booleans() | st.integers() | TEXT | st.floats(allow_nan=False, width=32),
    max_size=4,
)
COUNTS = st.integers(0, 2**40)
GATES = st.builds(GateValues, CELLS, st.none() | CELLS, COUNTS)
KEYS = TEXT | st.integers(0, 2**40) | st.lists(TEXT | st.none(), max_size=3).map(tuple)
FLOORS = st.none() | st.datetimes(timezones=st.just(dt.UTC))

EVIDENCE: st.SearchStrategy[Evidence] = (
    GATES
    | st.builds(ExpectedRows, st.none() | COUNTS)
    | st.builds(Definitions, TEXT, st.dictionaries(TEXT, st.none() | TEXT, max_size=4))
    | st.builds(FirstPart, GATES, COUNTS, KEYS, COUNTS, FLOORS)
)


@given(EVIDENCE)
def test_whatever_it_holds_comes_back(evidence: Evidence) -> None:
    assert evidence == through(evidence)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"kind": "hello"},
        {"kind": None},
        {"kind": ["gate"]},
        {"values": {}},
        {"kind": "gate"},
        {"kind": "gate", "values": []},
        {"kind": "gate", "values": {}, "left_out": "2"},
        {"kind": "gate", "values": {}, "left_out": True},
        {"kind": "expected", "records": 1.5},
        {"kind": "definitions", "fields": "x"},
        {"kind": "first part", "gate": None, "records": 1, "key": "a", "landed": 1, "floor": None},
    ],
)
def test_what_chimpline_cannot_have_written_is_no_evidence(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, its line is left out
        from_json(told)


def test_only_a_gate_tells_what_the_start_date_left_out() -> None:
    assert [2, 0, 0] == [left_out(one) for one in (GATE, ExpectedRows(3), None)]
