"""Tables follow the catalog, and what people did to them is put right where they stand.

- A table that is not there is created, and its ledger lines, if somebody dropped it, are forgotten.
- A new column is added, empty. A column that the catalog dropped stays, as does one of theirs.
- A column of another type is altered where every value survives; else it is renamed aside
  (`rating__text`) and a new one is added.
- Names, NOT NULLs, the key's index, keys that are there twice and rows that others added or removed
  are put right in place (`mending`).
- A table of another key, or with a key column that is gone or of a type that its values do not fit,
  is renamed aside (`lists_2`) and made anew, and its ledger lines are forgotten, so that it is read
  again. This is the last resort: what is read under the old table's name by others is named.
- What cannot be put right without touching what is theirs is `TableBlocked`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import (
    COMMITTED_STAYS,
    DROP_AND_CREATE,
    DestinationError,
    DestinationUnavailable,
    TableBlocked,
)
from chimpline.load.contract import Change
from chimpline.load.names import distinct
from chimpline.load.sql import Session, quote
from chimpline.load.upkeep.mending import Mending, blocked, said
from chimpline.load.upkeep.record import Known, Records
from chimpline.load.views import Lifted, fall_behind, rebind
from chimpline.model import DELETED_AT, SYNCED_AT, Column, ColumnType, TableSchema

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from chimpline.load.ledger import Ledger
    from chimpline.load.upkeep.stored import StoredColumn

_SERVICE = (SYNCED_AT, DELETED_AT)


class Tables:
    """What is stored, as this session knows it; one writer, so it is asked for once."""

    def __init__(self, session: Session, ledger: Ledger) -> None:
        self._session = session
        self._ledger = ledger
        self.records = Records(session)
        self._mending = Mending(session, ledger, self.records)
        self._known: dict[str, dict[str, StoredColumn]] = {}
        self._blocked: set[str] = set()

    def has(self, table: str, columns: Sequence[str]) -> bool:
        return table not in self._blocked and set(columns) <= self._stored(table).keys()

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
            removed = self._session.run(f"DELETE FROM {quote(table)}")
            self.records.add(table, -removed)
            return removed
        there = [quote(name) for name in columns if name in stored]
        if not there:
            return 0
        emptied = ", ".join(f"{name} = NULL" for name in there)
        filled = " OR ".join(f"{name} IS NOT NULL" for name in there)
        return self._session.run(
            f"UPDATE {quote(table)} SET {emptied}, {quote(SYNCED_AT)} = $1 WHERE {filled}", at
        )

    def refuse_rows(self, table: str, error: DestinationError) -> None:
        """Say what of theirs may have refused rows of a table; nothing where there is none."""
        standing = self._session.catalog.interferes_with(table)
        if standing:
            raise TableBlocked(
                f"The table {table} refused rows: {said(error)}. These objects of yours act on "
                f"every write to it: {', '.join(standing)}.",
                kept=COMMITTED_STAYS,
                do="Drop the one that refuses the rows, and run again. "
                "Do its work in a table or view of your own instead.",
            ) from None

    def refuse_what_went(self, table: str, others: Iterable[str]) -> None:
        """Refuse a write after which a trigger or rule of theirs removed, or added, rows."""
        catalog = self._session.catalog
        standing = [thing for other in others for thing in catalog.acts_on(other)]
        known = self.records.get(table) if standing else None
        if known is None:
            return
        found = int(self._session.rows(f"SELECT count(*) FROM {quote(table)}")[0][0])
        if found != known.rows:
            raise TableBlocked(
                f"The table {table} has {found:,} rows after a write that leaves {known.rows:,}. "
                f"These objects of yours act on every write to it: {', '.join(standing)}.",
                kept=COMMITTED_STAYS,
                do="Drop or disable them (ALTER TABLE .. DISABLE TRIGGER ..), and run again. "
                "Do their work in a table or view of your own instead.",
            )

    def prepare(self, table: TableSchema) -> list[Change]:
        self._known.pop(table.name, None)
        self._blocked.discard(table.name)
        try:
            return self._prepare(table)
        except TableBlocked:
            self._blocked.add(table.name)
            raise
        finally:
            self._known.pop(table.name, None)

    def _prepare(self, table: TableSchema) -> list[Change]:
        known = self.records.get(table.name)
        kind = self._session.catalog.kind(table.name)
        if kind is None:
            return [self._make(table, known)]
        if kind != "table":
            raise self._not_ours(table, known, kind)
        if hindrance := self._session.catalog.hindrance(table.name):
            raise TableBlocked(f"{hindrance[0]}.", do=hindrance[1])
        changes = self._mending.names(table, known, self._stored(table.name).values())
        if changes:
            self._known.pop(table.name, None)
        changes += self._mending.moved(table, known, self._stored(table.name).values())
        stored = self._stored(table.name)
        service = set(_SERVICE) & stored.keys()
        if not service or (known is None and len(service) < len(_SERVICE)):
            raise self._not_ours(table, known, kind)
        gone = [name for name in table.primary_key if name not in stored]
        if gone and (known is None or set(gone) <= set(known.key)):
            why = f"The key column {gone[0]} is not there any more"
            return [*changes, self._start_anew(table, why, by_catalog=known is None)]
        if set(self._key(table, known)) != set(table.primary_key):
            return [*changes, self._start_anew(table, "Its key changed", by_catalog=True)]
        for column in (*table.columns, *self._mending.service()):
            if column.name not in stored:
                changes.append(self._add_missing(table, column, known))
                continue
            reported = stored[column.name].type
            if self._session.dialect.kind(reported) is not column.type:
                changes.append(self._alter(table, column, reported, known))
                if changes[-1].anew:
                    return changes
        if changes:
            self._known.pop(table.name, None)
        changes += self._mending.constraints(table, self._stored(table.name))
        changes += self._mending.rows(table, known, self._stored(table.name).values())
        if changes:
            self._known.pop(table.name, None)
            rebind(self._session, self._ledger, table.name)
        return changes

    def _not_ours(self, table: TableSchema, known: Known | None, kind: str) -> TableBlocked:
        moved = self._moved_to(known)
        also = ""
        if moved is not None and moved != table.name:
            also = f" The table of that name is called {moved} now."
        return TableBlocked(
            f"The dataset has a {kind} {table.name} that chimpline did not make.{also}",
            kept=f"That {kind} was not changed. The other tables are copied.",
            do=f"Rename that {kind}, or choose another dataset.",
        )

    def _moved_to(self, known: Known | None) -> str | None:
        if known is None or known.identity is None:
            return None
        return self._session.catalog.named(known.identity)

    def _key(self, table: TableSchema, known: Known | None) -> Sequence[str]:
        """The columns that tell the rows apart, as the table was made."""
        if known is not None:
            return known.key
        if unique := self._session.catalog.primary_key(table.name):
            return unique
        if all(self._stored(table.name)[name].required for name in table.primary_key):
            # Somebody may have made other columns NOT NULL.
            return table.primary_key
        mine = {column.name for column in table.columns}
        return [c.name for c in self._stored(table.name).values() if c.required and c.name in mine]

    def _stored(self, table: str) -> dict[str, StoredColumn]:
        if table not in self._known:
            found = {column.name: column for column in self._session.catalog.columns(table)}
            if not found:
                return {}
            self._known[table] = found
        return self._known[table]

    def _make(self, table: TableSchema, known: Known | None) -> Change:
        """Create a table that is not there; say so where it was."""
        moved = self._moved_to(known)
        with self._session.transaction():
            self._create(table)
            # Somebody may have dropped it: what was proven of its rows went with them.
            self._ledger.forget_table(table.name)
            fall_behind(self._ledger, table.name)
        rebind(self._session, self._ledger, table.name)
        if known is None:
            return Change(f"created table {table.name}", by_catalog=True, anew=True)
        where = f"it is called {moved} now" if moved else "somebody dropped or renamed it"
        return Change(
            f"The table {table.name} was not there any more: {where}. It was made anew and is read "
            f"again.{self._still_reading(moved)}",
            anew=True,
        )

    def _still_reading(self, aside: str | None) -> str:
        users = self._session.catalog.users_of(aside) if aside else []
        if not users:
            return ""
        return f" chimpline no longer updates {aside}, but these still use it: {', '.join(users)}."

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
        columns = self._session.catalog.columns(table.name)
        self.records.put(table.name, self.records.now(table.name, table.primary_key, columns, 0))

    def _add(self, table: TableSchema, column: Column) -> None:
        kind = self._session.dialect.types[column.type]
        self._session.run(f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(column.name)} {kind}")
        # In the same transaction: a run that dies right here must not leave it empty and proven.
        self._ledger.reopen_table(table.name)

    def _add_missing(self, table: TableSchema, column: Column, known: Known | None) -> Change:
        with blocked(self._session, table, "be given a column"), self._session.transaction():
            self._add(table, column)
            if column.name == SYNCED_AT:
                self._mending.fill_synced_at(table)
        had = known is not None and column.name in dict(known.columns)
        if not had:
            what = f"added column {column.name} to {table.name}"
            return Change(what, by_catalog=True, again=True)
        return Change(
            f"The column {column.name} of {table.name} was not there any more. It was added again, "
            "and the table is read again to fill it.",
            again=True,
        )

    def _start_anew(self, table: TableSchema, why: str, *, by_catalog: bool) -> Change:
        names = [str(row[0]) for row in self._session.rows(self._session.dialect.objects)]
        aside = distinct([table.name], names, self._session.capabilities.max_identifier_bytes)[0]
        with blocked(self._session, table, "be renamed"), self._session.transaction():
            self._session.run(f"ALTER TABLE {quote(table.name)} RENAME TO {quote(aside)}")
            self._create(table)
            self._ledger.forget_table(table.name)
            fall_behind(self._ledger, table.name)
        rebind(self._session, self._ledger, table.name)
        reading = self._still_reading(aside)
        if by_catalog:
            so = f"{why[0].lower()}{why[1:]}"
            what = f"renamed table {table.name} to {aside}, since {so}; it is read again"
            return Change(f"{what}.{reading}".rstrip("."), by_catalog=True, anew=True)
        return Change(
            f"{why} in {table.name}, so that its rows cannot be told apart. The table was renamed "
            f"to {aside}, with all its rows, and is made anew and read again.{reading}",
            anew=True,
        )

    def _alter(
        self, table: TableSchema, column: Column, reported: str, known: Known | None
    ) -> Change:
        dialect = self._session.dialect
        old = dialect.kind(reported)
        wanted = dialect.types[column.type]
        target, cell = quote(table.name), quote(column.name)
        by_person = known is not None and dict(known.columns).get(column.name) == wanted
        cast = None if old is None else dialect.convert(cell, old, column.type)
        if by_person and (old is None or column.type is ColumnType.JSON):
            cast = dialect.revert(cell, reported, column.type)
        with blocked(self._session, table, f"have its column {column.name} changed"):
            if cast is not None and self._cast(table, cell, wanted, cast, again=by_person):
                if not by_person:
                    what = f"changed column {column.name} of {table.name} to {column.type}"
                    return Change(what, by_catalog=True, again=True)
                return Change(
                    f"The column {column.name} of {table.name} had been changed to {reported}. It "
                    f"is {wanted} again, and the table is read again.",
                    again=True,
                )
            if column.name in table.primary_key:
                why = f"The values of {column.name} are not all {column.type}"
                return self._start_anew(table, why, by_catalog=not by_person)
            self._refuse_to_mislead(table, column)
            suffix = old.value if old is not None else "old"
            aside = distinct(
                [f"{column.name}__{suffix}"],
                [*self._stored(table.name), *(c.name for c in table.columns)],
                self._session.capabilities.max_identifier_bytes,
            )[0]
            with self._session.transaction(), Lifted(self._session, self._ledger, table.name):
                self._session.run(f"ALTER TABLE {target} RENAME COLUMN {cell} TO {quote(aside)}")
                self._add(table, column)
        what = f"renamed column {column.name} of {table.name} to {aside} and added {column.name} as"
        if not by_person:
            return Change(f"{what} {column.type}", by_catalog=True, again=True)
        return Change(
            f"The column {column.name} of {table.name} had been changed to {reported}, and its "
            f"values do not fit {wanted} any more. It is called {aside} now; {column.name} was "
            "added anew, and the table is read again to fill it.",
            again=True,
        )

    def _cast(self, table: TableSchema, cell: str, wanted: str, cast: str, *, again: bool) -> bool:
        """Change a type in place; false where a value would be lost."""
        try:
            with self._session.transaction(), Lifted(self._session, self._ledger, table.name):
                self._session.run(
                    f"ALTER TABLE {quote(table.name)} ALTER COLUMN {cell} TYPE {wanted} "
                    f"USING {cast}"
                )
                if again:
                    self._ledger.reopen_table(table.name)
        except DestinationUnavailable:
            raise
        except DestinationError as error:
            if type(error) is not DestinationError or self._session.catalog.stops_changes_of(
                table.name
            ):
                raise
            return False
        return True

    def _refuse_to_mislead(self, table: TableSchema, column: Column) -> None:
        """A view of theirs would follow a column that is renamed, and show it for ever."""
        if users := self._session.catalog.users_of(table.name):
            raise TableBlocked(
                f"The column {column.name} of {table.name} has to become {column.type}, but these "
                f"objects of yours use the table: {', '.join(users)}.",
                do=DROP_AND_CREATE,
            )
