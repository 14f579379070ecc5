"""Columns that are missing or of another type: added, altered in place, or renamed aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import DestinationError, DestinationUnavailable, TableBlocked
from chimpline.load.contract import Change
from chimpline.load.names import distinct
from chimpline.load.sql import Session, quote
from chimpline.load.upkeep.refusals import blocked
from chimpline.load.views import Lifted
from chimpline.message import Message
from chimpline.model import SYNCED_AT, Column, ColumnType, TableSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chimpline.load.ledger import Ledger
    from chimpline.load.upkeep.making import Making
    from chimpline.load.upkeep.mending import Mending
    from chimpline.load.upkeep.record import Recorded
    from chimpline.load.upkeep.stored import StoredColumn


class Columns:
    def __init__(self, session: Session, ledger: Ledger, mending: Mending, making: Making) -> None:
        self._session = session
        self._ledger = ledger
        self._mending = mending
        self._making = making

    def add_missing(self, table: TableSchema, column: Column, known: Recorded | None) -> Change:
        must = Message("must-be-given-column")
        with blocked(self._session, table, must), self._session.transaction():
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

    def alter(
        self,
        table: TableSchema,
        column: Column,
        stored: Mapping[str, StoredColumn],
        known: Recorded | None,
    ) -> Change:
        """Give a column its type; `stored`: all columns of the table, by name."""
        dialect, reported = self._session.dialect, stored[column.name].type
        old = dialect.kind(reported)
        wanted = dialect.types[column.type]
        target, cell = quote(table.name), quote(column.name)
        by_person = known is not None and dict(known.columns).get(column.name) == wanted
        cast = None if old is None else dialect.convert(cell, old, column.type)
        if by_person and (old is None or column.type is ColumnType.JSON):
            cast = dialect.revert(cell, reported, column.type)
        must = Message.of("must-have-column-changed", column=column.name)
        with blocked(self._session, table, must):
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
                return self._making.start_anew(table, why, by_catalog=not by_person)
            self._refuse_to_mislead(table, column)
            suffix = old.value if old is not None else "old"
            aside = distinct(
                [f"{column.name}__{suffix}"],
                [*stored, *(c.name for c in table.columns)],
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
            name, wanted = column.name, column.type.value
            raise TableBlocked(
                "load-column-in-use", column=name, table=table.name, type=wanted, users=users
            )

    def _add(self, table: TableSchema, column: Column) -> None:
        kind = self._session.dialect.types[column.type]
        self._session.run(f"ALTER TABLE {quote(table.name)} ADD COLUMN {quote(column.name)} {kind}")
        # In the same transaction: a run that dies right here must not leave it empty and proven.
        self._ledger.reopen_table(table.name)
