"""Tables that are made: for the first time, again, or in the place of one that is put aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.contract import Change
from chimpline.load.names import distinct
from chimpline.load.sql import Session, quote
from chimpline.load.upkeep.refusals import blocked
from chimpline.load.views import fall_behind, rebind
from chimpline.message import Given, Message
from chimpline.model import SYNCED_AT, ColumnType, TableSchema

if TYPE_CHECKING:
    from chimpline.load.ledger import Ledger
    from chimpline.load.upkeep.record import Recorded, Records


class Making:
    def __init__(self, session: Session, ledger: Ledger, records: Records) -> None:
        self._session = session
        self._ledger = ledger
        self._records = records

    def make(self, table: TableSchema, known: Recorded | None) -> Change:
        """Create a table that is not there; say so where it was."""
        moved = self.moved_to(known)
        with self._session.transaction():
            self._create(table)
            # Somebody may have dropped it: what was proven of its rows went with them.
            self._ledger.forget_table(table.name)
            fall_behind(self._ledger, table.name)
        rebind(self._session, self._ledger, table.name)
        if known is None:
            said = Message.of("table-created", table=table.name)
            return Change(said, by_catalog=True, anew=True)
        reading = self._still_reading(moved)
        if moved:
            said = Message.of("table-moved", table=table.name, moved=moved, reading=reading)
        else:
            said = Message.of("table-dropped", table=table.name)
        return Change(said, anew=True)

    def start_anew(self, table: TableSchema, why: Message, *, by_catalog: bool) -> Change:
        """Put a table aside, with all its rows, and make it again, to be read again."""
        names = [str(row[0]) for row in self._session.rows(self._session.dialect.objects)]
        aside = distinct([table.name], names, self._session.capabilities.max_identifier_bytes)[0]
        with blocked(self._session, table, Message("must-be-renamed")), self._session.transaction():
            self._session.run(f"ALTER TABLE {quote(table.name)} RENAME TO {quote(aside)}")
            self._create(table)
            self._ledger.forget_table(table.name)
            fall_behind(self._ledger, table.name)
        rebind(self._session, self._ledger, table.name)
        reading = self._still_reading(aside)
        facts: dict[str, Given] = {
            "table": table.name,
            "aside": aside,
            "why": why,
            "reading": reading,
        }
        if by_catalog:
            return Change(Message.of("table-put-aside", **facts), by_catalog=True, anew=True)
        return Change(Message.of("table-spoilt", **facts), anew=True)

    def moved_to(self, known: Recorded | None) -> str | None:
        """What the table that was known is called now; None where nothing tells."""
        if known is None or known.identity is None:
            return None
        return self._session.catalog.named(known.identity)

    def _still_reading(self, aside: str | None) -> Message | None:
        users = self._session.catalog.users_of(aside) if aside else []
        return Message.of("table-still-used", aside=aside, users=users) if users else None

    def _create(self, table: TableSchema) -> None:
        types = self._session.dialect.types
        parts = [
            f"{quote(c.name)} {types[c.type]}{' NOT NULL' if c.name in table.primary_key else ''}"
            for c in table.columns
        ]
        for name in table.stamps:
            must = " NOT NULL" if name == SYNCED_AT else ""
            parts.append(f"{quote(name)} {types[ColumnType.TIMESTAMP]}{must}")
        clause, statement = self._session.dialect.key(table)
        if clause is not None:
            parts.append(clause)
        self._session.run(f"CREATE TABLE {quote(table.name)} ({', '.join(parts)})")
        if statement is not None:
            self._session.run(statement)
        columns = self._session.catalog.columns(table.name)
        self._records.put(table.name, self._records.now(table.name, table.primary_key, columns, 0))
