"""Rows of two sides: matched by key whatever their order, compared by value."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from chimpline.load.merge import latest
from chimpline.model import Column, ColumnType, TableSchema
from chimpline.reconcile.match import differing, match

TABLE = TableSchema(
    "t",
    (
        Column("list_id", ColumnType.TEXT),
        Column("id", ColumnType.INT64),
        Column("name", ColumnType.TEXT),
        Column("rate", ColumnType.DOUBLE),
        Column("extra", ColumnType.JSON),
    ),
    ("list_id", "id"),
)


def rows(*cells: tuple[Any, ...]) -> pa.Table:
    names = [column.name for column in TABLE.columns]
    found = [dict(zip(names, row, strict=True)) for row in cells]
    return pa.Table.from_pylist(found, schema=TABLE.arrow_schema())


def test_rows_are_alone_or_paired_by_the_whole_key() -> None:
    theirs = rows(("a", 1, "x", 0.1, None), ("a", 2, "y", 0.2, None), ("b", 1, "z", 0.3, None))
    ours = rows(("b", 1, "z", 0.3, None), ("c", 1, "w", 0.4, None), ("a", 1, "x", 0.1, None))
    found = match(TABLE.primary_key, theirs, ours)
    assert [1] == found.only_theirs.to_pylist()
    assert [1] == found.only_ours.to_pylist()
    assert {(0, 2), (2, 0)} == set(
        zip(found.pairs_theirs.to_pylist(), found.pairs_ours.to_pylist(), strict=True)
    )


def test_nothing_is_alone_on_either_side_of_nothing() -> None:
    none = rows()
    found = match(TABLE.primary_key, none, none)
    assert [0, 0, 0] == [len(found.only_theirs), len(found.only_ours), len(found.pairs_ours)]


@pytest.mark.parametrize(
    ("column", "left", "right", "unlike"),
    [
        ("name", "a", "a", False),
        ("name", "a", "b", True),
        ("name", "", None, True),
        ("name", None, None, False),
        ("rate", 0.1, 0.1, False),
        ("rate", 0.0, None, True),
        ("extra", '{"a": 1, "b": [2]}', '{"b":[2],"a":1}', False),
        ("extra", '{"a": 1}', '{"a": true}', True),
        ("extra", '{"a": [1, 2]}', '{"a": [2, 1]}', True),
        ("extra", "null", None, False),
        ("extra", "{}", None, True),
    ],
)
def test_cells_differ_by_value_and_by_absence(
    column: str, left: object, right: object, *, unlike: bool
) -> None:
    def side(cell: object) -> pa.Table:
        row = {"list_id": "a", "id": 1, "name": "n", "rate": 1.0, "extra": None, column: cell}
        return rows(tuple(row.values()))

    columns = ["name", "rate", "extra"]
    found = differing(TABLE, columns, side(left), side(right))
    assert ({column: [True]} if unlike else {}) == {n: m.to_pylist() for n, m in found.items()}


def test_of_a_key_that_came_twice_the_last_row_counts() -> None:
    found = latest(
        rows(("a", 1, "old", 1.0, None), ("b", 1, "x", 1.0, None), ("a", 1, "new", 1.0, None)),
        TABLE.primary_key,
    )
    assert {"new", "x"} == set(found["name"].to_pylist())
