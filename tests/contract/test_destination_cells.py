"""Random rows of every type go in and come back equal."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimpline.load.contract import Destination, Forget
from chimpline.model import Column, ColumnType, Scope, TableSchema
from tests.conftest import chance_of
from tests.contract.conftest import Place
from tests.contract.samples import HOUR, MEMBERS, T0, commit, keys, load, member

FEW, MANY = 20, 2000

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", " ", "'", '"', "\\", "a\nb\r\t", "\\N", "🐒", "메일", "NULL", "{}"]),
)
TIMES = st.datetimes(
    min_value=dt.datetime(1, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=dt.datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
JSON_TEXTS = st.builds(
    lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only),
    JSON_VALUES,
    st.booleans(),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "list_id": TEXTS,
            "id": TEXTS,
            "rating": st.none() | st.integers(-(2**63), 2**63 - 1),
            "rate": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "vip": st.none() | st.booleans(),
            "changed": st.none() | TIMES,
            "merge_fields": st.none() | JSON_TEXTS,
            "_extra": st.none() | JSON_TEXTS,
        }
    ),
    max_size=12,
)


def read(destination: Any) -> list[dict[str, Any]]:
    session = destination._session
    names = [column.name for column in MEMBERS.columns]
    cells = ", ".join(
        f'CAST("{c.name}" AS text)' if c.type is ColumnType.JSON else f'"{c.name}"'
        for c in MEMBERS.columns
    )
    return [
        dict(zip(names, row, strict=True))
        for row in session.rows(f'SELECT {cells} FROM "{MEMBERS.name}"')
    ]


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """JSON by its value; a NUL as PostgreSQL keeps it, where it is the engine."""
    return {
        name: cell
        if cell is None or MEMBERS.column(name).type is not ColumnType.JSON
        else json.loads(cell)
        for name, cell in row.items()
    }


def without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case list():
            return [without_nul(one) for one in value]
        case dict():
            return {without_nul(key): without_nul(one) for key, one in value.items()}
        case _:
            return value


def test_what_goes_in_comes_back(place: Place, pytestconfig: pytest.Config) -> None:
    """U+0000 alone is another character in PostgreSQL, which cannot hold it."""
    destination = place.open()
    destination.prepare(MEMBERS)

    @settings(max_examples=MANY if chance_of(pytestconfig).soak else FEW, deadline=None)
    @given(rows=ROWS)
    def check(rows: list[dict[str, Any]]) -> None:
        goes_in_and_comes_back(destination, place.engine, rows)

    check()


def goes_in_and_comes_back(destination: Any, engine: str, rows: list[dict[str, Any]]) -> None:
    destination._session.run(f'DELETE FROM "{MEMBERS.name}"')
    expected = {}
    for row in rows:
        kept = comparable(row)
        if engine == "postgresql":
            kept = {name: without_nul(cell) for name, cell in kept.items()}
        expected[kept["list_id"], kept["id"]] = kept
    change = destination.commit(commit(load(MEMBERS, *rows)))[MEMBERS.name]
    assert len(expected) == change.inserted
    found = {(row["list_id"], row["id"]): comparable(row) for row in read(destination)}
    assert expected == found
    again = destination.commit(commit(load(MEMBERS, *rows), at=T0 + HOUR))
    assert again[MEMBERS.name].total == 0
    for row in rows:
        scope = Scope((("list_id", row["list_id"]), ("id", row["id"])))
        if "\0" not in row["list_id"] + row["id"]:
            assert destination.count(MEMBERS, scope) == 1
    seen = keys(MEMBERS, *((row["list_id"], row["id"]) for row in rows))
    assert destination.missing(MEMBERS, Scope(), seen).num_rows == 0


# DuckDB keeps JSON as its text.
@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (r'{"a":"x\u0000y"}', {"a": "x\ufffdy"}),
        (r'{"a":"\\u0000"}', {"a": "\\u0000"}),
        (r'{"a":"\ud83d\udc12"}', {"a": "🐒"}),
        (r'{"a":"\ud83d"}', {"a": "\ufffd"}),
        (r'{"a":"\udc12\ud83d x"}', {"a": "\ufffd\ufffd x"}),
    ],
)
def test_json_that_postgresql_refuses_is_kept_without_what_it_refuses(
    place: Place, sent: str, kept: object
) -> None:
    destination = place.open()
    destination.prepare(MEMBERS)
    rows = load(MEMBERS, member("a", merge_fields=sent))
    destination.commit(commit(rows))
    assert kept == json.loads(read(destination)[0]["merge_fields"])
    assert destination.commit(commit(rows))[MEMBERS.name].total == 0


def test_names_that_need_quoting_are_quoted_everywhere(destination: Destination) -> None:
    extra = Column('from "y"', ColumnType.TEXT)
    odd = TableSchema('select "x"; --', (*MEMBERS.columns, extra), MEMBERS.primary_key)
    destination.prepare(odd)
    row = member("a") | {'from "y"': "1"}
    assert destination.commit(commit(load(odd, row)))[odd.name].inserted == 1
    assert destination.commit(commit(load(odd, row)))[odd.name].total == 0
    assert destination.count(odd, Scope((('from "y"', "1"),))) == 1
    destination.commit(commit(load(odd, gone=[("list1", "a")]), forget=[Forget(odd.name, "a'b")]))
    assert destination.count(odd, Scope()) == 0
