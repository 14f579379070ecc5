"""Tables follow the catalog: created, widened, altered, and never emptied without a word.

- A table that is not there is created, and its ledger lines, if somebody dropped it, are forgotten.
- A new column is added, empty. A column that the catalog dropped stays.
- A column of another type is altered where every value survives; else it is renamed aside
  (`rating__text`) and a new one is added.
- A table of another key, or with a key column of a type that its values do not fit, is renamed
  aside (`lists_2`) and made anew, and its ledger lines are forgotten, so that it is read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import DestinationError
from chimpline.load.names import distinct
from chimpline.load.sql import Session, quote
from chimpline.load.views import Lifted
from chimpline.model import DELETED_AT, SYNCED_AT, Column, ColumnType, TableSchema

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from chimpline.load.ledger import Ledger

_SERVICE = (SYNCED_AT, DELETED_AT)


class Tables:
    """What is stored, as this session knows it; one writer, so it is asked for once."""

    def __init__(self, session: Session, ledger: Ledger) -> None:
        self._session = session
        self._ledger = ledger
        self._known: dict[str, dict[str, tuple[str, bool]]] = {}

    def has(self, table: str, columns: Sequence[str]) -> bool:
        return set(columns) <= self._stored(table).keys()

    def unknown_columns(self, table: TableSchema) -> list[str]:
        """Columns that are stored and that the catalog dropped."""
        mine = {column.name for column in table.columns} | set(_SERVICE)
        return [name for name in self._stored(table.name) if name not in mine]

    def erase(self, table: str, columns: Sequence[str] | None, at: dt.datetime) -> int:
        """Empty these columns where they are stored, or remove all rows."""
        stored = self._stored(table)
        if not stored:
            return 0
        if columns is None:
            return self._session.run(f"DELETE FROM {quote(table)}")
        there = [quote(name) for name in columns if name in stored]
        if not there:
            return 0
        emptied = ", ".join(f"{name} = NULL" for name in there)
        filled = " OR ".join(f"{name} IS NOT NULL" for name in there)
        return self._session.run(
            f"UPDATE {quote(table)} SET {emptied}, {quote(SYNCED_AT)} = $1 WHERE {filled}", at
        )

    def prepare(self, table: TableSchema) -> list[str]:
        try:
            return self._prepare(table)
        finally:
            self._known.pop(table.name, None)

    def _prepare(self, table: TableSchema) -> list[str]:
        stored = self._stored(table.name)
        if not stored:
            with self._session.transaction():
                self._create(table)
                # Somebody may have dropped it: what was proven of its rows went with them.
                self._ledger.forget_table(table.name)
            return [f"created table {table.name}"]
        if not set(_SERVICE) <= stored.keys():
            raise DestinationError(
                f"The dataset has a table {table.name} that chimpline did not make.",
                kept="It was not changed.",
                do="Rename it, or choose another dataset.",
            )
        required = {name for name, (_, is_required) in stored.items() if is_required}
        if required - {SYNCED_AT} != set(table.primary_key):
            return [self._start_anew(table, "its key changed")]
        changes = []
        for column in table.columns:
            if column.name not in stored:
                with self._session.transaction():
                    self._add(table, column)
                changes.append(f"added column {column.name} to {table.name}")
            else:
                reported = stored[column.name][0]
                if self._session.dialect.kind(reported) is not column.type:
                    changes.append(self._alter(table, column, reported))
                    if column.name in table.primary_key and changes[-1].startswith("renamed"):
                        return changes
        return changes

    def _stored(self, table: str) -> dict[str, tuple[str, bool]]:
        """The stored columns: name to (type, is NOT NULL)."""
        if table not in self._known:
            rows = self._session.rows(
                "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
                "WHERE table_catalog = current_database() AND table_schema = current_schema() "
                "AND table_name = $1 ORDER BY ordinal_position",
                table,
            )
            found = {str(row[0]): (str(row[1]), row[2] == "NO") for row in rows}
            if not found:
                return {}
            self._known[table] = found
        return self._known[table]

    def _create(self, table: TableSchema) -> None:
        types = self._session.dialect.types
        parts = [
            f"{quote(c.name)} {types[c.type]}{' NOT NULL' if c.name in table.primary_key else ''}"
            for c in table.columns
        ]
        parts.append(f"{quote(SYNCED_AT)} {types[ColumnType.TIMESTAMP]} NOT NULL")
        parts.append(f"{quote(DELETED_AT)} {types[ColumnType.TIMESTAMP]}")
        clause, statement = self._session.dialect.key(table)
        if clause is not None:
            parts.append(clause)
        self._session.run(f"CREATE TABLE {quote(table.name)} ({', '.join(parts)})")
        if statement is not None:
            self._session.run(statement)

    def _add(self, table: TableSchema, column: Column) -> None:
        kind = self._session.dialect.types[column.type]
        self._session.run(f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(column.name)} {kind}")
        # In the same transaction: a run that dies right here must not leave it empty and proven.
        self._ledger.reopen_table(table.name)

    def _start_anew(self, table: TableSchema, why: str) -> str:
        names = [str(row[0]) for row in self._session.rows(self._session.dialect.objects)]
        aside = distinct([table.name], names, self._session.capabilities.max_identifier_bytes)[0]
        with self._session.transaction(), self._without_views(table):
            self._session.run(f"ALTER TABLE {quote(table.name)} RENAME TO {quote(aside)}")
            self._create(table)
            self._ledger.forget_table(table.name)
        return f"renamed table {table.name} to {aside}, since {why}; it is read again"

    def _alter(self, table: TableSchema, column: Column, reported: str) -> str:
        dialect = self._session.dialect
        old = dialect.kind(reported)
        wanted = dialect.types[column.type]
        target = quote(table.name)
        cell = quote(column.name)
        cast = None if old is None else dialect.convert(cell, old, column.type)
        if cast is not None:
            try:
                with self._session.transaction(), self._without_views(table):
                    self._session.run(
                        f"ALTER TABLE {target} ALTER COLUMN {cell} TYPE {wanted} USING {cast}"
                    )
            except DestinationError as error:
                if type(error) is not DestinationError:  # it went away, or takes no writes
                    raise
            else:
                return f"changed column {column.name} of {table.name} to {column.type}"
        if column.name in table.primary_key:
            return self._start_anew(table, f"the values of {column.name} are not all {column.type}")
        suffix = old.value if old is not None else "old"
        aside = distinct(
            [f"{column.name}__{suffix}"],
            [*self._stored(table.name), *(c.name for c in table.columns)],
            self._session.capabilities.max_identifier_bytes,
        )[0]
        with self._session.transaction(), self._without_views(table):
            self._session.run(f"ALTER TABLE {target} RENAME COLUMN {cell} TO {quote(aside)}")
            self._add(table, column)
        return (
            f"renamed column {column.name} of {table.name} to {aside} and added {column.name} as "
            f"{column.type}"
        )

    def _without_views(self, table: TableSchema) -> Lifted:
        return Lifted(self._session, self._ledger, table.name)
