"""Keys of rows, held against one another in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


FEW = 500
"""So many keys are held against one another in Python: Arrow needs half a millisecond to begin."""


def as_tuples(keys: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in keys.columns), strict=True))


def subtract(keys: pa.Table, others: pa.Table) -> pa.Table:
    """The keys that are not among `others`."""
    if not keys.num_rows or not others.num_rows:
        return keys
    if keys.num_rows <= FEW and others.num_rows <= FEW:
        known = set(as_tuples(others.select(keys.column_names)))
        return keys.filter([key not in known for key in as_tuples(keys)])
    return keys.join(others, keys.column_names, join_type="left anti").cast(keys.schema)
