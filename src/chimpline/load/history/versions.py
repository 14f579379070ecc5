"""Versions of rows: each state that a row was seen in, with the time from and until which it held.

All follows from one step, *the rows of these keys are such, or gone, as of a time*. It says the
same whether it is taken once, again, or in place of another one of the same time:

- a version that began at that time is undone;
- the one before it ends there, unless the row is again as it was: then it goes on;
- a row that is not gone, and did not go on, begins a version.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from chimpline.load.history.kept import VALID_FROM, VALID_TO, kept_in
from chimpline.load.sql import Session, constant, listed, quote, same
from chimpline.model import DELETED_AT, SYNCED_AT, ColumnType, History

if TYPE_CHECKING:
    from chimpline.load.upkeep.record import Records
    from chimpline.model import TableSchema

_OTHERS = "_chimpline_others"
_ENDED = "_chimpline_ended"
_AGAIN = "_chimpline_again"
_DIFFERING = "_chimpline_differing"


class Versions:
    """The versions of one table, whose place is there; the transaction is the caller's."""

    def __init__(self, session: Session, records: Records, table: TableSchema) -> None:
        self._session = session
        self._records = records
        self._table = table
        self._name = kept_in(table, History.VERSIONS).name
        self._target = quote(self._name)

    def begin(
        self, at: dt.datetime, reached: dt.datetime, synced_at: dt.datetime, *, chosen: bool
    ) -> dt.datetime:
        """Let each live row have a version that goes on, and no other; as of when that is.

        Where there are as many of both, they are taken for each other's; but not where columns are
        `chosen` again.
        """
        session = self._session
        at, held = self._in_order(at, reached)
        live = f"FROM {quote(self._table.name)} AS t WHERE t.{quote(DELETED_AT)} IS NULL"
        still = f"FROM {self._target} AS h WHERE h.{quote(VALID_TO)} IS NULL"
        if held == session.rows(f"SELECT count(*) {live}")[0][0] and not (held and chosen):
            return at
        key, columns = self._table.primary_key, [c.name for c in self._table.columns]
        target, place, fits = quote(self._table.name), session.dialect.row_id, same(key, "h", "t")
        lacking = f"SELECT t.{place} AS place {live}"
        if held:
            lacking = (
                self._lacking(live, still)
                if chosen
                else (f"{lacking} AND NOT EXISTS (SELECT 1 {still} AND {fits})")
            )
            went = f"SELECT {listed(key, 'h.')} {still} AND NOT EXISTS (SELECT 1 {live} AND {fits})"
            session.hold(_DIFFERING, went)
            self.follow(_DIFFERING, at, synced_at, gone=True)
        for some in session.pieces(target, lacking):
            rows = f"SELECT {listed(columns)} FROM {target} WHERE {some}"
            if held:  # else they need not be copied twice
                session.hold(_DIFFERING, rows)
            self.follow(_DIFFERING if held else f"({rows})", at, synced_at)
        session.let_go_of(_DIFFERING)
        return at

    def _lacking(self, live: str, still: str) -> str:
        """The live rows with a value that their versions lack, or with no version."""
        key, place = self._table.primary_key, self._session.dialect.row_id
        others = [quote(c.name) for c in self._table.columns if c.name not in key]
        # Joined without the cells, which may be heavy.
        filled = "".join(f", t.{name} IS NOT NULL AS _filled_{i}" for i, name in enumerate(others))
        empty = "".join(f", h.{name} IS NULL AS _empty_{i}" for i, name in enumerate(others))
        lacks = "".join(f" OR (t._filled_{i} AND h._empty_{i})" for i in range(len(others)))
        rows = f"SELECT t.{place} AS _place, {listed(key, 't.')}{filled} {live}"
        versions = f"SELECT {listed(key, 'h.')}{empty} {still}"
        return (
            f"SELECT t._place AS place FROM ({rows}) AS t LEFT JOIN ({versions}) AS h "
            f"ON {same(key, 't', 'h')} WHERE h.{quote(key[0])} IS NULL{lacks}"
        )

    def end(self, at: dt.datetime, reached: dt.datetime, synced_at: dt.datetime) -> None:
        """Let every version end that goes on: nothing is known of the time after `at`."""
        at, held = self._in_order(at, reached)
        if not held:
            return
        now, still = self._moment(at), f"{quote(VALID_TO)} IS NULL"
        undone = self._session.run(
            f"DELETE FROM {self._target} WHERE {still} AND {quote(VALID_FROM)} >= {now}"
        )
        self._session.run(
            f"UPDATE {self._target} SET {quote(VALID_TO)} = {now}, "
            f"{quote(SYNCED_AT)} = {self._moment(synced_at)} WHERE {still}"
        )
        self._records.add(self._name, -undone)

    def follow(
        self, handed: str, at: dt.datetime, synced_at: dt.datetime, *, gone: bool = False
    ) -> None:
        """Take the step of this module for the rows, or keys, of `handed`, each once.

        That is a table, or a query in parentheses that does not read the versions.
        """
        session, target, key = self._session, self._target, self._table.primary_key
        now, stamp = self._moment(at), self._moment(synced_at)
        begun, ended = f"h.{quote(VALID_FROM)}", f"h.{quote(VALID_TO)}"
        place = session.dialect.row_id
        session.hold(
            _OTHERS,
            f"SELECT h.{place} AS place, {begun} >= {now} AS begun_now, "
            f"{ended} IS NOT NULL AS ended_now FROM {target} AS h JOIN {handed} AS d "
            f"ON {same(key, 'h', 'd')} WHERE {ended} IS NULL OR {ended} >= {now}",
        )
        counts = (
            "SELECT count(*) FILTER (WHERE begun_now), "
            "count(*) FILTER (WHERE NOT begun_now AND NOT ended_now), "
            f"count(*) FILTER (WHERE NOT begun_now AND ended_now) FROM {_OTHERS}"
        )
        undone, open_, ended_now = session.rows(counts)[0]
        met = f"{_OTHERS} AS o WHERE h.{place} = o.place"
        if undone:
            session.run(f"DELETE FROM {target} AS h USING {met} AND o.begun_now")
        if open_:
            session.run(
                f"UPDATE {target} AS h SET {quote(VALID_TO)} = {now}, {quote(SYNCED_AT)} = {stamp} "
                f"FROM {met} AND NOT o.begun_now AND NOT o.ended_now"
            )
        written = 0
        if not gone:
            if ended_now:
                self._let_go_on(handed, now, stamp)
            still = f"h.{quote(VALID_TO)} IS NULL AND {same(key, 'h', 'd')}"
            goes_on = f"EXISTS (SELECT 1 FROM {target} AS h WHERE {still})"
            names = [column.name for column in self._table.columns]
            added = listed([*names, VALID_FROM, VALID_TO, SYNCED_AT])
            written = session.run(
                f"INSERT INTO {target} ({added}) SELECT {listed(names, 'd.')}, {now}, NULL, "
                f"{stamp} FROM {handed} AS d{f' WHERE NOT {goes_on}' if ended_now else ''}"
            )
        session.let_go_of(_OTHERS)
        self._records.add(self._name, written - int(undone))

    def _let_go_on(self, handed: str, now: str, stamp: str) -> None:
        """Let versions go on that ended at this time, where their rows are as they were."""
        session, key = self._session, self._table.primary_key
        names = listed([column.name for column in self._table.columns])
        ended = f"SELECT o.place FROM {_OTHERS} AS o WHERE NOT o.begun_now AND o.ended_now"
        for some in session.pieces(self._target, ended):
            session.hold(_ENDED, f"SELECT {names} FROM {self._target} WHERE {some}")
            session.hold(
                _AGAIN,
                f"SELECT {listed(key, 'h.')} FROM {_ENDED} AS h JOIN {handed} AS d "
                f"ON {same(key, 'h', 'd')}{self._alike('h', 'd')}",
            )
            session.run(
                f"UPDATE {self._target} AS h SET {quote(VALID_TO)} = NULL, "
                f"{quote(SYNCED_AT)} = {stamp} FROM {_AGAIN} AS a "
                f"WHERE {same(key, 'h', 'a')} AND h.{quote(VALID_TO)} = {now}"
            )
        session.let_go_of(_ENDED)
        session.let_go_of(_AGAIN)

    def _in_order(self, at: dt.datetime, reached: dt.datetime) -> tuple[dt.datetime, int]:
        """As of when something is kept: no time before the last one known, none not reached yet.

        What a clock that was ahead has noted of such times is moved to this one. Also how many
        versions go on.
        """
        session, target = self._session, self._target
        begun, ended, limit = quote(VALID_FROM), quote(VALID_TO), self._moment(reached)
        *last, ahead, held = session.rows(
            f"SELECT max({begun}) FILTER (WHERE {begun} <= {limit}), "
            f"max({ended}) FILTER (WHERE {ended} <= {limit}), "
            f"count(*) FILTER (WHERE {begun} > {limit} OR {ended} > {limit}), "
            f"count(*) FILTER (WHERE {ended} IS NULL) FROM {target}"
        )[0]
        at = max([at, *(time for time in last if time is not None)])
        if ahead:
            now = self._moment(at)
            empty = f"{ended} > {limit} AND {begun} >= {now}"
            removed = session.run(f"DELETE FROM {target} WHERE {empty}")
            session.run(f"UPDATE {target} SET {ended} = {now} WHERE {ended} > {limit}")
            session.run(f"UPDATE {target} SET {begun} = {now} WHERE {begun} > {limit}")
            self._records.add(self._name, -removed)
        return at, int(held)

    def _alike(self, left: str, right: str) -> str:
        key = self._table.primary_key
        return "".join(
            f" AND {left}.{quote(c.name)} IS NOT DISTINCT FROM {right}.{quote(c.name)}"
            for c in self._table.columns
            if c.name not in key
        )

    def _moment(self, time: dt.datetime) -> str:
        return constant(self._session.dialect, ColumnType.TIMESTAMP, time)
