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
            added = Message.of("column-added", column=column.name, table=table.name)
            return Change(added, by_catalog=True, again=True)
        back = Message.of("column-added-again", column=column.name, table=table.name)
        return Change(back, again=True)

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
        of = {"column": column.name, "table": table.name}
        must = Message.of("must-have-column-changed", column=column.name)
        with blocked(self._session, table, must):
            if cast is not None and self._cast(table, cell, wanted, cast, again=by_person):
                if not by_person:
                    said = Message.of("column-changed", **of, type=column.type.value)
                    return Change(said, by_catalog=True, again=True)
                said = Message.of("column-changed-back", **of, reported=reported, wanted=wanted)
                return Change(said, again=True)
            if column.name in table.primary_key:
                kind = column.type.value
                why = Message.of("spoilt-values", column=column.name, type=kind)
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
        if not by_person:
            said = Message.of("column-put-aside", **of, aside=aside, type=column.type.value)
            return Change(said, by_catalog=True, again=True)
        types = {"reported": reported, "wanted": wanted}
        return Change(Message.of("column-misfit", **of, **types, aside=aside), again=True)

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
