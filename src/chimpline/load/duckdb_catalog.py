"""What DuckDB tells of a dataset. Names are compared whatever their case, as DuckDB does.

Views are bound by name whenever they are read, so that none follows a table that was renamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimpline.load.stored import StoredColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_HERE = "database_name = current_database() AND lower(schema_name) = lower(current_schema())"

_KINDS = f"""
SELECT 'table' AS kind FROM duckdb_tables() WHERE {_HERE} AND lower(table_name) = lower($1)
UNION ALL
SELECT 'view' FROM duckdb_views() WHERE {_HERE} AND lower(view_name) = lower($1)
"""
_COLUMNS = f"""
SELECT column_name, data_type, NOT is_nullable, coalesce(column_default, 'NULL') <> 'NULL'
FROM duckdb_columns() WHERE {_HERE} AND lower(table_name) = lower($1) ORDER BY column_index
"""
_INDEXES = f"""
SELECT index_name FROM duckdb_indexes() WHERE {_HERE} AND lower(table_name) = lower($1)
ORDER BY index_name
"""
_CHECKS = f"""
SELECT lower(constraint_type) || ' ' || constraint_name FROM duckdb_constraints()
WHERE {_HERE} AND lower(table_name) = lower($1) AND constraint_type <> 'NOT NULL' ORDER BY 1
"""
_KEYS = f"""
SELECT constraint_column_names FROM duckdb_constraints()
WHERE {_HERE} AND lower(table_name) = lower($1) AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
"""


class DuckDBCatalog:
    """See `chimpline.load.stored.Catalog`."""

    def __init__(self, rows: Callable[..., list[tuple[Any, ...]]]) -> None:
        self._rows = rows

    def kind(self, name: str) -> str | None:
        found = self._rows(_KINDS, name)
        return str(found[0][0]) if found else None

    def columns(self, table: str) -> list[StoredColumn]:
        return [StoredColumn(*row) for row in self._rows(_COLUMNS, table)]

    def identity(self, table: str) -> int | None:  # noqa: ARG002
        return None

    def named(self, identity: int) -> str | None:  # noqa: ARG002
        return None

    def hindrance(self, table: str) -> tuple[str, str] | None:  # noqa: ARG002
        return None  # whoever has the file may do all

    def keeps_distinct(self, table: str, key: Sequence[str]) -> bool:
        return any(set(row[0]) <= set(key) for row in self._rows(_KEYS, table))

    def primary_key(self, table: str) -> list[str]:  # noqa: ARG002
        return []  # our tables have none

    def finds(self, table: str, columns: Sequence[str]) -> bool:  # noqa: ARG002
        return True  # the merge needs no index

    def users_of(self, name: str) -> list[str]:  # noqa: ARG002
        return []

    def stops_changes_of(self, table: str) -> list[str]:
        return [f"index {row[0]}" for row in self._rows(_INDEXES, table)]

    def interferes_with(self, table: str) -> list[str]:
        checks = [str(row[0]) for row in self._rows(_CHECKS, table)]
        return [*self.stops_changes_of(table), *checks]

    def acts_on(self, table: str) -> list[str]:  # noqa: ARG002
        return []  # it has no triggers
