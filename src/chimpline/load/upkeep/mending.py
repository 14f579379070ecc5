"""What people did to a table, put right where the table stands; each change in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import DestinationError
from chimpline.load.contract import Change
from chimpline.load.sql import Session, listed, quote
from chimpline.load.upkeep import doubles
from chimpline.load.upkeep.refusals import blocked
from chimpline.load.views import fall_behind
from chimpline.message import Given, Message
from chimpline.model import SYNCED_AT, Column, ColumnType, TableSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chimpline.load.ledger import Ledger
    from chimpline.load.upkeep.record import Recorded, Records
    from chimpline.load.upkeep.stored import StoredColumn

_ASIDE = "_chimpline_name"


class Mending:
    def __init__(self, session: Session, ledger: Ledger, records: Records) -> None:
        self._session = session
        self._ledger = ledger
        self._records = records

    def service(self, table: TableSchema) -> list[Column]:
        """The columns of our own that a table has."""
        return [Column(name, ColumnType.TIMESTAMP) for name in table.stamps]

    def fill_synced_at(self, table: TableSchema) -> None:
        """Of rows whose time is lost, the beginning of time is said."""
        kind = self._session.dialect.types[ColumnType.TIMESTAMP]
        self._session.run(
            f"UPDATE {quote(table.name)} SET {quote(SYNCED_AT)} = "
            f"CAST('1970-01-01 00:00:00+00' AS {kind}) WHERE {quote(SYNCED_AT)} IS NULL"
        )
        # NOT NULL comes back with the other constraints, in a transaction of its own.

    def names(
        self,
        table: TableSchema,
        known: Recorded | None,
        columns: Iterable[StoredColumn],
        others: Iterable[str] = (),
    ) -> list[Change]:
        """Give columns of ours their names back, and these others, which the table had."""
        if known is None:
            return []
        mine = {*(c.name for c in (*table.columns, *self.service(table))), *others}
        changes = []
        for was, now in known.renamed(list(columns)).items():
            if was not in mine:
                continue
            with blocked(self._session, table, Message.of("must-have-column-back", column=was)):
                self._rename(table, now, was)
            changes.append(
                Change(Message.of("column-renamed-back", column=was, table=table.name, now=now))
            )
        return changes

    def _rename(self, table: TableSchema, now: str, was: str) -> None:
        def step(old: str, new: str) -> None:
            self._session.run(
                f"ALTER TABLE {quote(table.name)} RENAME COLUMN {quote(old)} TO {quote(new)}"
            )

        with self._session.transaction():
            if now.casefold() == was.casefold():  # DuckDB takes them for one
                step(now, _ASIDE)
                now = _ASIDE
            step(now, was)

    def moved(
        self, table: TableSchema, known: Recorded | None, columns: Iterable[StoredColumn]
    ) -> list[Change]:
        """A column of a name and type that it always had may hold other values by now."""
        mine = {c.name for c in (*table.columns, *self.service(table))}
        identity = self._session.catalog.identity(table.name)
        if known is None or not mine & known.moved(list(columns), identity):
            return []
        with self._session.transaction():
            self._ledger.reopen_table(table.name)
            fall_behind(self._ledger, table.name)
        return [Change(Message.of("columns-exchanged", table=table.name), again=True)]

    def constraints(self, table: TableSchema, stored: Mapping[str, StoredColumn]) -> list[Change]:
        """NOT NULL where a cell may be empty goes; where it may not, it comes back."""
        changes = []
        mine = {c.name for c in (*table.columns, *self.service(table))}
        must = {*table.primary_key, SYNCED_AT}
        for column in stored.values():
            name = column.name
            if column.always and name in mine:
                with self._session.transaction():
                    self._alter(table, name, "DROP IDENTITY")
                    self._ledger.reopen_table(table.name)
                changes.append(
                    Change(
                        Message.of("column-filled-by-database", column=name, table=table.name),
                        again=True,
                    )
                )
            if not column.required or name in must or (name not in mine and column.filled):
                continue
            self._alter(table, name, "DROP NOT NULL")
            of = {"column": name, "table": table.name}
            if name in mine:
                changes.append(Change(Message.of("column-not-null", **of)))
            else:
                changes.append(Change(Message.of("column-not-null-of-others", **of)))
        if loose := [name for name in sorted(must) if not stored[name].required]:
            changes += self._tighten(table, loose)
        return changes

    def _tighten(self, table: TableSchema, loose: Sequence[str]) -> list[Change]:
        with (
            blocked(self._session, table, Message("must-have-key-filled")),
            self._session.transaction(),
        ):
            removed = doubles.remove_keyless(self._session, table)
            if removed:
                self._ledger.reopen_table(table.name)
            self.fill_synced_at(table)
        for name in loose:
            self._alter(table, name, "SET NOT NULL")
        changes = [
            Change(Message.of("column-not-null-again", column=name, table=table.name))
            for name in loose
        ]
        if removed:
            said = Message.of("rows-without-key", count=removed, table=table.name)
            changes.append(Change(said, again=True))
        return changes

    def _alter(self, table: TableSchema, column: str, how: str) -> None:
        must = Message.of("must-have-column-altered", column=column, how=how)
        with blocked(self._session, table, must):
            self._session.run(f"ALTER TABLE {quote(table.name)} ALTER COLUMN {quote(column)} {how}")

    def rows(
        self, table: TableSchema, known: Recorded | None, columns: Iterable[StoredColumn]
    ) -> list[Change]:
        """Keys that are there twice, the index of the key, and rows that others wrote."""
        changes = []
        with blocked(self._session, table, Message("must-have-rows-once")):
            if surplus := doubles.surplus(self._session, table, "TRUE", ()):
                changes.append(self._once(table, surplus))
        changes += self._index(table)
        found = int(self._session.rows(f"SELECT count(*) FROM {quote(table.name)}")[0][0])
        now = self._records.now(table.name, table.primary_key, columns, found)
        if now != known:
            with self._session.transaction():
                if known is not None and (more := found - known.rows):
                    self._ledger.reopen_table(table.name)
                    changes.append(Change(_others_wrote(table.name, more), again=True))
                self._records.put(table.name, now)
        return changes

    def _once(self, table: TableSchema, surplus: int) -> Change:
        with self._session.transaction():
            unlike = doubles.remove_surplus(self._session, table)
            if unlike:
                self._ledger.reopen_table(table.name)
        facts: dict[str, Given] = {"count": surplus, "table": table.name}
        if unlike:
            return Change(Message.of("rows-twice-unlike", **facts), again=True)
        return Change(Message.of("rows-twice", **facts))

    def _index(self, table: TableSchema) -> list[Change]:
        """The primary key, or the index that stands for it: the merge finds rows by it."""
        session = self._session
        columns, unique = session.dialect.indexed(table)
        target, named = quote(table.name), listed(columns)
        if unique:
            if session.catalog.keeps_distinct(table.name, columns):
                return []
            with blocked(session, table, Message("must-have-primary-key-back")):
                try:
                    session.run(f"ALTER TABLE {target} ADD PRIMARY KEY ({named})")
                except DestinationError as error:
                    if type(error) is not DestinationError:
                        raise
                    # They gave it another primary key, which is theirs.
                    session.run(f"CREATE UNIQUE INDEX ON {target} ({named})")
            said = Message.of("primary-key-again", table=table.name)
        else:
            if session.catalog.finds(table.name, columns):
                return []
            with blocked(session, table, Message("must-have-index-back")):
                session.run(f"CREATE INDEX ON {target} ({named})")
            said = Message.of("index-again", table=table.name)
        return [Change(said)]


def _others_wrote(table: str, more: int) -> Message:
    if more < 0:
        return Message.of("rows-removed-by-others", count=-more, table=table)
    return Message.of("rows-added-by-others", count=more, table=table)
