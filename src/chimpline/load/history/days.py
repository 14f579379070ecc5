"""The rows of a table as the last run of each day left them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from chimpline.load.history.kept import DAY, kept_in
from chimpline.load.sql import Session, constant, listed, quote, same
from chimpline.model import DELETED_AT, SYNCED_AT, ColumnType, History

if TYPE_CHECKING:
    from chimpline.load.upkeep.record import Records
    from chimpline.model import TableSchema

_LACKING = "_chimpline_lacking"


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

    def doubt(self, day: dt.date, synced_at: dt.datetime) -> None:
        """Let all rows of this day be written when it is kept again."""
        before = synced_at - dt.timedelta(microseconds=1)
        self._session.run(
            f"UPDATE {self._target} SET {quote(SYNCED_AT)} = $1 "
            f"WHERE {quote(DAY)} = {self._day(day)}",
            before,
        )

    def keep(self, day: dt.date) -> None:
        """Let the rows of this day be the live ones; only those that differ are written.

        A row that is as it was has been changed by the same run as then.
        """
        session, target, date = self._session, self._target, self._day(day)
        names = listed([*(column.name for column in self._table.columns), SYNCED_AT])
        source, place = quote(self._table.name), session.dialect.row_id
        fits = (
            f"{same(self._table.primary_key, 't', 'd')} "
            f"AND t.{quote(SYNCED_AT)} = d.{quote(SYNCED_AT)}"
        )
        live = f"FROM {source} AS t WHERE t.{quote(DELETED_AT)} IS NULL"
        mine = f"FROM {target} AS d WHERE d.{quote(DAY)} = {date}"
        changed = -session.run(f"DELETE {mine} AND NOT EXISTS (SELECT 1 {live} AND {fits})")
        lacking = f"SELECT t.{place} AS place {live} AND NOT EXISTS (SELECT 1 {mine} AND {fits})"
        session.hold(_LACKING, lacking)
        for some in session.pieces(source, f"SELECT place FROM {_LACKING}"):
            changed += session.run(
                f"INSERT INTO {target} ({names}, {quote(DAY)}) "
                f"SELECT {names}, {date} FROM {source} WHERE {some}"
            )
        session.let_go_of(_LACKING)
        self._records.add(self._name, changed)

    def _day(self, day: dt.date) -> str:
        return constant(self._session.dialect, ColumnType.DATE, day)
