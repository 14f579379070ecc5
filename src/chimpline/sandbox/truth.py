"""The ground truth: the rows that a complete replica of a table holds, from the account itself.

Written from the shapes of the specification, and from nothing of the catalog: two witnesses must
not share one mistake.
"""

from __future__ import annotations

from typing import Any

from chimpline.sandbox.answers import features
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Collection, Key, Row
from chimpline.sandbox.tables import COLLECTIONS

# Objects whose keys the account itself makes up stay one value.
OPEN_OBJECTS = frozenset({"merge_fields", "interests", "properties"})
EXTRA = "_extra"
"""The column of what no other column holds; a JSON object."""


def truth(account: Account, table: str) -> list[Row]:
    """The rows of a table, flat, as they are at this moment."""
    if table not in COLLECTIONS:
        known = ", ".join(sorted(COLLECTIONS))
        raise ValueError(f"No truth of {table!r}; there is one of: {known}.")
    collection = COLLECTIONS[table]
    if account.lacks and features.lacks(account, collection.path):
        return []
    rows: list[Row] = []
    for key, record, columns in collection.records(account):
        extra = record.pop(EXTRA, {}) | _take_odd_ones(account, table, key, record)
        row = columns | flatten(collection, record)
        if extra:
            row[EXTRA] = extra
        rows.append(row)
    return rows


def flatten(collection: Collection, record: Row, prefix: str = "") -> Row:
    """Objects with fixed fields become columns joined by `__`; `""` in a time is nothing."""
    row: Row = {}
    for name, value in record.items():
        column = f"{prefix}{name}"
        if isinstance(value, dict) and name not in OPEN_OBJECTS:
            row |= flatten(collection, value, f"{column}__")
        elif value == "" and column in collection.times:
            row[column] = None
        else:
            row[column] = value
    return row


def _take_odd_ones(account: Account, table: str, key: Key, record: Row) -> Row:
    """Takes out of the record what no column holds, named as its column would be."""
    fields, values = account.oddities.split(table, key)
    extra: Row = {}
    for name in fields:
        extra[name] = record.pop(name)
    for path in values:
        parts = path.split(".")
        if parts[0] in OPEN_OBJECTS:
            continue  # a JSON column holds any value
        inner: Any = record
        for part in parts[:-1]:
            inner = inner[part]
        extra["__".join(parts)] = inner.pop(parts[-1])
    return extra
