"""The demo's look at what landed, with DuckDB's own client: it trusts nothing of what wrote it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Row = Mapping[str, Any]
SERVICE = ("_synced_at", "_deleted_at")


class Replica:
    """The DuckDB file, open for reading."""

    def __init__(self, file: Path, dataset: str) -> None:
        self._file = file
        self._dataset = dataset

    def __enter__(self) -> Self:
        import duckdb

        self._connection = duckdb.connect(str(self._file), read_only=True)
        self._connection.execute(f'SET schema = "{self._dataset}"')
        self._connection.execute("SET TimeZone = 'UTC'")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def select(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query, each by column name."""
        # Through Arrow: DuckDB's own fetch of a time with a zone wants yet another package.
        rows: list[dict[str, Any]] = (
            self._connection.sql(sql, params=list(values)).to_arrow_table().to_pylist()
        )
        return rows

    def one(self, sql: str, *values: Any) -> Any:
        """The first cell of the first row; None where there is none."""
        rows = self.select(sql, *values)
        return next(iter(rows[0].values())) if rows else None

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The live rows of a table, JSON columns as values."""
        described = self.select(f'DESCRIBE "{table}"')
        json_columns = {c["column_name"] for c in described if c["column_type"] == "JSON"}
        rows = self.select(f'SELECT * FROM "{table}" WHERE _deleted_at IS NULL')
        for row in rows:
            for name in json_columns:
                if row[name] is not None:
                    row[name] = json.loads(row[name])
            for name in SERVICE:
                row.pop(name, None)
        return rows


def difference(
    rows: Iterable[Row], truth: Iterable[Row], key: tuple[str, ...], silent: Iterable[str] = ()
) -> str:
    """What is wrong with the rows, in words; empty where every cell equals.

    `silent` columns are left out.
    """
    have, want, left_out = _keyed(rows, key), _keyed(truth, key), set(silent)
    lost, extra = want.keys() - have.keys(), have.keys() - want.keys()
    changed = [
        k
        for k in want.keys() & have.keys()
        if _cells(want[k], left_out) != _cells(have[k], left_out)
    ]
    told = [
        f"{len(keys)} {word}"
        for word, keys in (("lost", lost), ("too many", extra), ("different", changed))
        if keys
    ]
    return ", ".join(told)


def _keyed(rows: Iterable[Row], key: tuple[str, ...]) -> dict[tuple[Any, ...], Row]:
    return {tuple(_cell(row[name]) for name in key): row for row in rows}


def _cells(row: Row, left_out: set[str]) -> dict[str, Any]:
    return {
        name: _cell(value)
        for name, value in row.items()
        if value is not None and name not in left_out
    }


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    return value
