"""Rows of two sides matched by key, and compared cell by cell, as columns."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.model import ColumnType, TableSchema

_THEIRS, _OURS = "_theirs_at", "_ours_at"


@dataclasses.dataclass(frozen=True, slots=True)
class Matched:
    """Row numbers on either side: alone on one, or pairs with the same key."""

    only_theirs: pa.Array
    only_ours: pa.Array
    pairs_theirs: pa.Array
    pairs_ours: pa.Array


def match(key: Sequence[str], theirs: pa.Table, ours: pa.Table) -> Matched:
    """Both have the key columns, and no key twice."""

    def numbered(rows: pa.Table, name: str) -> pa.Table:
        places = pa.array(range(rows.num_rows), pa.int64())
        return rows.select(list(key)).append_column(name, places)

    both = numbered(theirs, _THEIRS).join(
        numbered(ours, _OURS), keys=list(key), join_type="full outer"
    )
    both = both.combine_chunks()
    left, right = both.column(_THEIRS), both.column(_OURS)
    paired = both.filter(pc.and_(pc.is_valid(left), pc.is_valid(right)))
    return Matched(
        only_theirs=left.filter(pc.is_null(right)).combine_chunks(),
        only_ours=right.filter(pc.is_null(left)).combine_chunks(),
        pairs_theirs=paired.column(_THEIRS).combine_chunks(),
        pairs_ours=paired.column(_OURS).combine_chunks(),
    )


def differing(
    table: TableSchema, columns: Sequence[str], theirs: pa.Table, ours: pa.Table
) -> dict[str, pa.Array]:
    """For rows paired one to one: by column, which of them differ; equal columns are left out."""
    found = {}
    for name in columns:
        mask = _unlike(theirs.column(name).combine_chunks(), ours.column(name).combine_chunks())
        if table.column(name).type is ColumnType.JSON:
            mask = _unlike_json(mask, theirs.column(name), ours.column(name))
        if pc.any(mask).as_py():
            found[name] = mask
    return found


def _unlike(left: pa.Array, right: pa.Array) -> pa.Array:
    by_value = pc.fill_null(pc.not_equal(left, right), fill_value=False)
    by_absence = pc.xor(pc.is_null(left), pc.is_null(right))
    return pc.or_(by_value, by_absence)


def _unlike_json(mask: pa.Array, left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.Array:
    """Of the cells whose text differs, those whose value does: order and blanks do not matter."""
    flags = mask.to_pylist()
    for place, flag in enumerate(flags):
        if flag:
            flags[place] = _value(left[place].as_py()) != _value(right[place].as_py())
    return pa.array(flags, pa.bool_())


def _value(text: str | None) -> object:
    """A boolean is told from a number at any depth."""
    return None if text is None else _told(json.loads(text))


def _told(value: object) -> object:
    if isinstance(value, dict):
        return {name: _told(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_told(inner) for inner in value]
    return ("bool", value) if isinstance(value, bool) else value
