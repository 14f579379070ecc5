"""The rows of a table as the last run of each day left them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from chimpline.load.history.kept import DAY, kept_in
from chimpline.load.sql import Session, listed, quote, same, text_literal
from chimpline.model import DELETED_AT, SYNCED_AT, ColumnType, History

if TYPE_CHECKING:
    from chimpline.load.upkeep.record import Records
    from chimpline.model import TableSchema


class Days:
    """The days of one table, whose place is there; the transaction is the caller's."""

    def __init__(self, session: Session, records: Records, table: TableSchema) -> None:
        self._session = session
        self._records = records
        self._table = table
        self._name = kept_in(table, History.DAILY).name
        self._target = quote(self._name)

    def begin(self, reached: dt.datetime) -> None:
        """Remove days that have not come yet: a clock that was ahead has noted them."""
        ahead = f"{quote(DAY)} > {self._day(reached.date())}"
        self._records.add(
            self._name, -self._session.run(f"DELETE FROM {self._target} WHERE {ahead}")
        )

    def keep(self, day: dt.date, at: dt.datetime) -> None:
        """Let the rows of this day be the live ones; only those that differ are written."""
        session, target, date = self._session, self._target, self._day(day)
        names = [column.name for column in self._table.columns]
        kind = session.dialect.types[ColumnType.TIMESTAMP]
        stamp = f"CAST({text_literal(at.isoformat())} AS {kind})"
        fits = same(self._table.primary_key, "t", "d")
        alike = "".join(
            f" AND t.{quote(name)} IS NOT DISTINCT FROM d.{quote(name)}"
            for name in names
            if name not in self._table.primary_key
        )
        source, live = quote(self._table.name), f"t.{quote(DELETED_AT)} IS NULL"
        removed = session.run(
            f"DELETE FROM {target} AS d WHERE d.{quote(DAY)} = {date} "
            f"AND NOT EXISTS (SELECT 1 FROM {source} AS t WHERE {fits} AND {live}{alike})"
        )
        written = session.run(
            f"INSERT INTO {target} ({listed([*names, DAY, SYNCED_AT])}) "
            f"SELECT {listed(names, 't.')}, {date}, {stamp} FROM {source} AS t WHERE {live} "
            f"AND NOT EXISTS (SELECT 1 FROM {target} AS d WHERE {fits} AND d.{quote(DAY)} = {date})"
        )
        self._records.add(self._name, written - removed)

    def _day(self, day: dt.date) -> str:
        kind = self._session.dialect.types[ColumnType.DATE]
        return f"CAST({text_literal(day.isoformat())} AS {kind})"
