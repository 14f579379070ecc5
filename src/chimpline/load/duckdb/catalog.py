"""What DuckDB tells of a dataset. Names are compared whatever their case, as DuckDB does.

Views are bound by name whenever they are read, so that none follows a table that was renamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimpline.load.duckdb.dialect import ROW_ID
from chimpline.load.upkeep.stored import StoredColumn
from chimpline.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_HERE = "database_name = current_database() AND lower(schema_name) = lower(current_schema())"

_KINDS = f"""
SELECT lower(table_name), 'table' FROM duckdb_tables() WHERE {_HERE}
UNION ALL
SELECT lower(view_name), 'view' FROM duckdb_views() WHERE {_HERE}
"""
_COLUMNS = f"""
SELECT lower(table_name), column_name, data_type, NOT is_nullable,
coalesce(column_default, 'NULL') <> 'NULL'
FROM duckdb_columns() WHERE {_HERE} ORDER BY lower(table_name), column_index
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
SELECT lower(table_name), constraint_column_names FROM duckdb_constraints()
WHERE {_HERE} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
"""


class DuckDBCatalog:
    """See `chimpline.load.upkeep.stored.Catalog`.

    Nobody else writes to the file meanwhile, so that each question is asked once for all tables,
    and again after a statement of this session that may change the answer (`forget`).
    """

    def __init__(self, rows: Callable[..., list[tuple[Any, ...]]]) -> None:
        self._rows = rows
        self._found: dict[str, dict[str, list[tuple[Any, ...]]]] = {}

    def forget(self) -> None:
        """What was found may not be so any more."""
        self._found.clear()

    def made(self, quoted: str) -> None:
        """A table of this name was made by this session; of all others what was found is so."""
        # A statement for each table of a first run would be asked of all tables else (ten times
        # as long: DuckDB goes through the columns of everything that it knows).
        found = self._rows(f"DESCRIBE {quoted}")
        name = quoted[1:-1].replace('""', '"').lower()
        if _KINDS in self._found:
            self._found[_KINDS][name] = [("table",)]
        if _COLUMNS in self._found:
            self._found[_COLUMNS][name] = [
                (column, kind, null == "NO", default is not None)
                for column, kind, null, _, default, _ in found
            ]
        self._found.pop(_KEYS, None)

    def _of(self, name: str, question: str) -> list[tuple[Any, ...]]:
        if question not in self._found:
            found: dict[str, list[tuple[Any, ...]]] = {}
            for table, *rest in self._rows(question):
                found.setdefault(table, []).append(tuple(rest))
            self._found[question] = found
        return self._found[question].get(name.lower(), [])

    def kind(self, name: str) -> str | None:
        found = self._of(name, _KINDS)
        return str(found[0][0]) if found else None

    def columns(self, table: str) -> list[StoredColumn]:
        return [StoredColumn(*row) for row in self._of(table, _COLUMNS)]

    def identity(self, table: str) -> int | None:  # noqa: ARG002
        return None

    def named(self, identity: int) -> str | None:  # noqa: ARG002
        return None

    def hindrance(self, table: str) -> Message | None:
        """Whoever has the file may do all; but a column may hide what DuckDB calls its rows."""
        for column in self.columns(table):
            if column.name.lower() == ROW_ID:
                return Message.of("duckdb-row-id-hidden", table=table, column=column.name)
        return None

    def keeps_distinct(self, table: str, key: Sequence[str]) -> bool:
        return any(set(row[0]) <= set(key) for row in self._of(table, _KEYS))

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
