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

from chimpline.errors import TableBlocked
from chimpline.load.sql import Session, quote
from chimpline.load.upkeep.columns import Columns
from chimpline.load.upkeep.making import Making
from chimpline.load.upkeep.mending import Mending
from chimpline.load.upkeep.record import Recorded, Records
from chimpline.load.views import rebind
from chimpline.message import Message
from chimpline.model import DELETED_AT, SYNCED_AT, TableSchema

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from chimpline.load.contract import Change
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
        self._making = Making(session, ledger, self.records)
        self._columns = Columns(session, ledger, self._mending, self._making)
        self._known: dict[str, dict[str, StoredColumn]] = {}
        self._blocked: set[str] = set()
        self._untold: dict[str, list[Change]] = {}

    def has(self, table: str, columns: Sequence[str]) -> bool:
        return table not in self._blocked and set(columns) <= self._stored(table).keys()

    def unknown_columns(self, table: TableSchema) -> list[str]:
        """Columns that are stored and that the catalog dropped."""
        mine = {column.name for column in table.columns} | set(_SERVICE)
        return [name for name in self._stored(table.name) if name not in mine]

    def name_back(self, table: TableSchema, others: Sequence[str] = ()) -> None:
        """Give columns their names back, as `prepare` would, which tells it then.

        `others`: columns that the table had, and that were perhaps dropped from it.
        """
        self._known.pop(table.name, None)
        if self._session.catalog.kind(table.name) != "table":
            return
        known, stored = self.records.get(table.name), self._stored(table.name)
        if changes := self._mending.names(table, known, stored.values(), others):
            self._untold.setdefault(table.name, []).extend(changes)
            self._known.pop(table.name, None)

    def untold(self, table: str) -> list[Change]:
        """What `name_back` changed, once, where no `prepare` tells it."""
        return self._untold.pop(table, [])

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

    def prepare(self, table: TableSchema) -> list[Change]:
        self._known.pop(table.name, None)
        self._blocked.discard(table.name)
        try:
            changes = self._prepare(table)
            return [*self.untold(table.name), *changes]
        except TableBlocked:
            self._blocked.add(table.name)
            raise
        finally:
            self._known.pop(table.name, None)

    def _prepare(self, table: TableSchema) -> list[Change]:
        known = self.records.get(table.name)
        kind = self._session.catalog.kind(table.name)
        if kind is None:
            return [self._making.make(table, known)]
        if kind != "table":
            raise self._not_ours(table, known, kind)
        if hindrance := self._session.catalog.hindrance(table.name):
            raise TableBlocked("load-table-hindered", cause=hindrance)
        changes = self._mending.names(table, known, self._stored(table.name).values())
        if changes:
            self._known.pop(table.name, None)
        changes += self._mending.moved(table, known, self._stored(table.name).values())
        stored = self._stored(table.name)
        if _is_theirs(table, known, stored):
            raise self._not_ours(table, known, kind)
        gone = [name for name in table.primary_key if name not in stored]
        if gone and (known is None or set(gone) <= set(known.key)):
            why = Message.of("spoilt-key-column", column=gone[0])
            return [*changes, self._making.start_anew(table, why, by_catalog=known is None)]
        if set(self._key(table, known)) != set(table.primary_key):
            anew = self._making.start_anew(table, Message("spoilt-key"), by_catalog=True)
            return [*changes, anew]
        for column in (*table.columns, *self._mending.service(table)):
            if column.name not in stored:
                changes.append(self._columns.add_missing(table, column, known))
                continue
            if self._session.dialect.kind(stored[column.name].type) is not column.type:
                changes.append(self._columns.alter(table, column, stored, known))
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

    def _not_ours(self, table: TableSchema, known: Recorded | None, kind: str) -> TableBlocked:
        moved = self._making.moved_to(known)
        is_moved = moved is not None and moved != table.name
        return TableBlocked(
            "load-table-not-ours-and-moved" if is_moved else "load-table-not-ours",
            type=kind,
            table=table.name,
            moved=moved,
            kept=Message.of("kept-object", type=kind),
        )

    def _key(self, table: TableSchema, known: Recorded | None) -> Sequence[str]:
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


def _is_theirs(table: TableSchema, known: Recorded | None, stored: Collection[str]) -> bool:
    """Whether somebody else made this table, as far as its columns tell."""
    service = set(table.stamps) & set(stored)
    if known is not None or not service:
        return not service
    # A copy that somebody made of a table is no past of it, though it has our columns.
    is_past = DELETED_AT not in table.stamps
    return len(service) < len(table.stamps) or (
        is_past and not set(table.primary_key) <= set(stored)
    )
