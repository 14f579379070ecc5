"""What no specification promised: fields nobody knows yet, values of the wrong type."""

from __future__ import annotations

import copy
from typing import Any

Row = dict[str, Any]


class Oddities:
    """Applied to a record last of all, by the table it belongs to and its key."""

    def __init__(self) -> None:
        self.fields: dict[str, dict[str, Any]] = {}
        self.values: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {}

    def add_field(self, table: str, name: str, value: Any) -> None:
        self.fields.setdefault(table, {})[name] = value

    def set_value(self, table: str, key: tuple[str, ...], path: str, value: Any) -> None:
        self.values.setdefault(table, {}).setdefault(key, {})[path] = value

    def take_back(self, table: str, key: tuple[str, ...]) -> None:
        self.values.get(table, {}).pop(key, None)

    def touches(self, table: str, key: tuple[str, ...]) -> bool:
        """Whether the record with this key looks odd at all."""
        return bool(self.fields.get(table)) or key in self.values.get(table, {})

    def apply(self, table: str, key: tuple[str, ...], row: Row) -> Row:
        fields = self.fields.get(table)
        if fields:
            row.update(copy.deepcopy(fields))
        values = self.values.get(table)
        if values and key in values:
            for path, value in values[key].items():
                _put(row, path.split("."), copy.deepcopy(value))
        return row

    def split(self, table: str, key: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The unknown fields, and the odd values, that the record with this key carries."""
        return self.fields.get(table, {}), self.values.get(table, {}).get(key, {})


def _put(row: Row, path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = row.get(part)
        if not isinstance(inner, dict):
            inner = {}
            row[part] = inner
        row = inner
    row[path[-1]] = value
