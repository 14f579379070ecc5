"""The past of all tables of a dataset: what is kept of it, what is taken out of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from chimpline.load.history.days import Days
from chimpline.load.history.kept import Kept, kept_in
from chimpline.load.history.mended import of_a_past
from chimpline.load.history.versions import Versions
from chimpline.load.sql import Session, quote, same
from chimpline.model import History

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chimpline.load.contract import Change
    from chimpline.load.upkeep.tables import Tables
    from chimpline.model import TableSchema


class Past:
    """See `chimpline.load.history.kept.KeepsHistory`."""

    def __init__(self, session: Session, tables: Tables) -> None:
        self._session = session
        self._tables = tables
        self._made: set[str] | None = None

    def keep(
        self,
        table: TableSchema,
        kind: History | None,
        at: dt.datetime,
        reached: dt.datetime,
        synced_at: dt.datetime,
        *,
        chosen: bool,
    ) -> Kept:
        """See `KeepsHistory.keep_history`."""
        changes = self._named_back(table, kind)
        if kind is not None:
            changes += [of_a_past(one) for one in self._tables.prepare(kept_in(table, kind))]
            self._made = None
        elif not self._is_kept(table, History.VERSIONS):
            return Kept(changes, at)
        with self._session.transaction():
            if kind is History.VERSIONS:
                at = self.versions(table).begin(at, reached, synced_at, chosen=chosen)
            elif self._is_kept(table, History.VERSIONS):
                self.versions(table).end(at, reached, synced_at)
            if kind is History.DAILY:
                self._days(table).begin(reached)
                if chosen:
                    self._days(table).doubt(at.date(), synced_at)
        return Kept(changes, at)

    def _named_back(self, table: TableSchema, kept: History | None) -> list[Change]:
        """Give pasts that are kept no more their names back: what is removed goes from them too."""
        changes: list[Change] = []
        for kind in History:
            place = kept_in(table, kind)
            if kind is not kept and place.name in self._names():
                self._tables.name_back(place)
                changes += self._tables.untold(place.name)
        return changes

    def keep_day(self, table: TableSchema, day: dt.date) -> None:
        """See `KeepsHistory.keep_day`."""
        with self._session.transaction():
            self._days(table).keep(day)

    def name_back(self, table: TableSchema, columns: Sequence[str]) -> None:
        """Let what others renamed be found by `erase`; these columns too, if they are dropped."""
        for kind in History:
            self._tables.name_back(kept_in(table, kind), columns)

    def erase(self, table: TableSchema, columns: Sequence[str] | None, at: dt.datetime) -> None:
        """Empty these columns, or remove all; whether it is kept still does not matter."""
        # A row of a day that is written anew by the same run is not as it was (`Days.keep`).
        before = at - dt.timedelta(microseconds=1)
        for kind in History:
            if self._is_kept(table, kind):
                self._tables.erase(kept_in(table, kind).name, columns, before)

    def remove(self, table: TableSchema, gone: str) -> None:
        """Remove what is kept of the keys in the offered table `gone`."""
        for kind in History:
            if self._is_kept(table, kind):
                name = kept_in(table, kind).name
                # A key can have been extended since the past was kept.
                key = [one for one in table.primary_key if self._tables.has(name, [one])]
                fits = same(key, "h", "gone")
                removed = self._session.run(
                    f"DELETE FROM {quote(name)} AS h USING {gone} AS gone WHERE {fits}"
                )
                self._tables.records.add(name, -removed)

    def versions(self, table: TableSchema) -> Versions:
        """The versions of a table that keeps them."""
        return Versions(self._session, self._tables.records, table)

    def _days(self, table: TableSchema) -> Days:
        return Days(self._session, self._tables.records, table)

    def _is_kept(self, table: TableSchema, kind: History) -> bool:
        """Whether there is a past of this kind: a table of ours, with its time in the key."""
        place = kept_in(table, kind)
        marker = place.primary_key[-1]
        return place.name in self._names() and self._tables.has(place.name, [marker])

    def _names(self) -> set[str]:
        if self._made is None:
            self._made = self._tables.records.names()
        return self._made
