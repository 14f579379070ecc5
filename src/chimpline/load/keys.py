"""Keys of rows, held against one another in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def subtract(keys: pa.Table, others: pa.Table) -> pa.Table:
    """The keys that are not among `others`."""
    if not keys.num_rows or not others.num_rows:
        return keys
    return keys.join(others, keys.column_names, join_type="left anti").cast(keys.schema)
