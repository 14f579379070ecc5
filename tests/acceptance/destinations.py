"""Destinations as the tests read them: with their own drivers, never through `chimpline.load`.

What is under test must not be its own witness.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import psycopg.rows

from chimpline.catalog.tables import select
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES

Row = dict[str, Any]
Key = tuple[Any, ...]

DATASET = "mailchimp"

# As the account states them; a test of the catalog must not take them from the catalog.
KEYS = {name: table.primary_key for name, table in TABLES.items()}
ALL = tuple(table.name for table in select(None))
"""What is copied unless other tables are named."""


class Replica:
    """A dataset in a destination."""

    url = ""
    kind = ""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir

    def queries(self, statements: Sequence[str]) -> list[list[Row]]:
        """Rows by column name, for each statement; times are text in UTC, JSON is decoded."""
        raise NotImplementedError

    def query(self, sql: str) -> list[Row]:
        return self.queries([sql])[0]

    def execute(self, sql: str) -> None:
        raise NotImplementedError

    def tables(self) -> list[str]:
        """Those of the catalog that are there."""
        rows = self.query(
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_schema = '{DATASET}' AND table_type = 'BASE TABLE'"
        )
        there = {row["table_name"] for row in rows}
        return [table for table in ALL if table in there]

    def stored(self, table: str) -> list[Row]:
        """Every row, buried ones too, with the service columns."""
        return self.query(f'SELECT * FROM {DATASET}."{table}"')

    def stored_in(self, tables: Sequence[str]) -> dict[str, list[Row]]:
        found = self.queries([f'SELECT * FROM {DATASET}."{table}"' for table in tables])
        return dict(zip(tables, found, strict=True))

    def lines(self, table: str) -> list[Row]:
        """Those of the ledger, in the order in which they were committed."""
        return self.query(
            f"SELECT * FROM {DATASET}._chimpline_slices WHERE table_name = '{table}'"
            " ORDER BY committed_at"
        )

    def date_ahead(self, days: int) -> None:
        """Of the newest run's lines, let what they speak for end so many days later."""
        self.execute(
            f"UPDATE {DATASET}._chimpline_slices SET until = until + INTERVAL '{days} days'"
            f" WHERE run_id = (SELECT max(run_id) FROM {DATASET}._chimpline_slices)"
        )

    def remove(self, table: str, where: Mapping[str, Any]) -> None:
        """Rows that have these cells, behind chimpline's back; so with those that follow."""
        self.execute(f'DELETE FROM {DATASET}."{table}" WHERE {_cells(where)}')

    def bury(self, table: str, where: Mapping[str, Any]) -> None:
        self.execute(
            f'UPDATE {DATASET}."{table}" SET _deleted_at = _synced_at WHERE {_cells(where)}'
        )

    def repeat(self, table: str, where: Mapping[str, Any], id_: str) -> None:
        """A row once more, with another id."""
        others = (name for name in self.live(table)[0] if name != "id")
        names = ", ".join(f'"{name}"' for name in (*others, "_synced_at"))
        self.execute(
            f'INSERT INTO {DATASET}."{table}" (id, {names})'
            f" SELECT '{id_}', {names} FROM {DATASET}.\"{table}\" WHERE {_cells(where)}"
        )

    def states_of_runs(self) -> list[str]:
        """How each run ended, the oldest first."""
        told = self.query(f"SELECT state FROM {DATASET}._chimpline_runs ORDER BY started_at")
        return [str(row["state"]) for row in told]

    def live(self, table: str) -> list[Row]:
        return self.live_in([table])[table]

    def live_in(self, tables: Sequence[str]) -> dict[str, list[Row]]:
        """The live rows of each table, without the service columns."""
        found = self.queries(
            [f'SELECT * FROM {DATASET}."{table}" WHERE _deleted_at IS NULL' for table in tables]
        )
        return {
            table: [{n: v for n, v in row.items() if n not in SERVICE} for row in rows]
            for table, rows in zip(tables, found, strict=True)
        }

    def cells(self, table: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """These columns of the live rows, where all of them would be too many to compare."""
        columns = ", ".join(f'"{name}"' for name in names)
        rows = self.query(f'SELECT {columns} FROM {DATASET}."{table}" WHERE _deleted_at IS NULL')
        return [tuple(row.values()) for row in rows]

    def buried(self, table: str) -> set[Key]:
        return {key_of(table, row) for row in self.stored(table) if row["_deleted_at"]}

    def buried_in(self, tables: Sequence[str]) -> dict[str, set[Key]]:
        """Of the tables that have some."""
        found = {
            table: {key_of(table, row) for row in rows if row["_deleted_at"]}
            for table, rows in self.stored_in(tables).items()
        }
        return {table: keys for table, keys in found.items() if keys}

    def ports(self, sandbox: Sandbox) -> dict[str, Any]:  # noqa: ARG002
        """Ports of a run that are other than those which a command would give it."""
        return {}

    def synced(self) -> dict[str, list[Any]]:
        """`_synced_at` of every row, by table."""
        tables = self.tables()
        names = {table: ", ".join(f'"{name}"' for name in KEYS[table]) for table in tables}
        found = self.queries(
            [f'SELECT {names[table]}, _synced_at FROM {DATASET}."{table}"' for table in tables]
        )
        return {
            table: sorted(str(list(row.values())) for row in rows)
            for table, rows in zip(tables, found, strict=True)
        }


SERVICE = frozenset({"_synced_at", "_deleted_at"})


def _cells(where: Mapping[str, Any]) -> str:
    return " AND ".join(f"\"{name}\" = '{cell}'" for name, cell in where.items())


class DuckDBReplica(Replica):
    kind = "duckdb"

    def __init__(self, state_dir: Path, path: Path) -> None:
        super().__init__(state_dir)
        self.path = path
        self.url = f"duckdb:///{path}"

    def queries(self, statements: Sequence[str]) -> list[list[Row]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return [self._rows(connection.sql(sql)) for sql in statements]

    def _rows(self, relation: duckdb.DuckDBPyRelation) -> list[Row]:
        names, kinds = relation.columns, [str(kind) for kind in relation.types]
        # The driver's own rows need pytz for times.
        arrow = relation.to_arrow_table().columns
        columns = [
            _decoded(kind, column.to_pylist()) for kind, column in zip(kinds, arrow, strict=True)
        ]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)


def _decoded(kind: str, cells: list[Any]) -> list[Any]:
    """A column of DuckDB's, of this type: only what holds a time or JSON is looked at by cell."""
    if kind == "JSON":
        return [None if cell is None else json.loads(cell) for cell in cells]
    return list(map(plain, cells)) if "DATE" in kind or "TIME" in kind else cells


class PostgresReplica(Replica):
    kind = "postgresql"

    def __init__(self, state_dir: Path, url: str) -> None:
        super().__init__(state_dir)
        self.url = url

    def queries(self, statements: Sequence[str]) -> list[list[Row]]:
        with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return [_with_texts(connection.execute(sql.encode())) for sql in statements]

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())


_TIMES = frozenset(
    psycopg.adapters.types[name].oid
    for name in ("date", "time", "timetz", "timestamp", "timestamptz")
)


def _with_texts(cursor: psycopg.Cursor[Row]) -> list[Row]:
    """Rows of PostgreSQL: only columns of a type of time are looked at by cell."""
    rows = cursor.fetchall()
    for column in cursor.description or ():
        if column.type_code in _TIMES:
            for row in rows:
                row[column.name] = plain(row[column.name])
    return rows


def plain(cell: Any) -> Any:
    """Times as Mailchimp writes them; all else as it is."""
    if isinstance(cell, dt.datetime):
        return cell.astimezone(dt.UTC).isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return cell


def key_of(table: str, row: Mapping[str, Any]) -> Key:
    # What is absent from a key is '' (docs/destinations.md#types).
    return tuple("" if row.get(name) is None else row[name] for name in KEYS[table])
