"""The ledger in the destination: whose the dataset is, which runs there were, what was proven.

Its tables lie in the dataset, beside the data. `_chimpline_dataset.format` numbers their form; a
dataset of a newer form is refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chimpline.clock import utc_now
from chimpline.errors import DestinationError, WrongAccount
from chimpline.load.lines import run_of, slice_of, told
from chimpline.load.sql import listed, quote
from chimpline.model import (
    Column,
    ColumnType,
    Owner,
    RunRecord,
    RunState,
    SliceRecord,
    SliceState,
    arrow_schema,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from chimpline.load.contract import Forget, Reopen
    from chimpline.load.sql import Session

FORMAT = 1

_TEXT, _INT64 = ColumnType.TEXT, ColumnType.INT64
_TIMESTAMP, _JSON = ColumnType.TIMESTAMP, ColumnType.JSON

DATASET = "_chimpline_dataset"
RUNS = "_chimpline_runs"
SLICES = "_chimpline_slices"
VIEWS = "_chimpline_views"
TABLES = "_chimpline_tables"
TABLES_OF_OUR_OWN = (DATASET, RUNS, SLICES, VIEWS, TABLES)

_COLUMNS: dict[str, tuple[tuple[str, ColumnType], ...]] = {
    DATASET: (
        ("account_id", _TEXT),
        ("account_name", _TEXT),
        ("created_at", _TIMESTAMP),
        ("format", _INT64),
    ),
    RUNS: (
        ("run_id", _TEXT),
        ("pipeline", _TEXT),
        ("started_at", _TIMESTAMP),
        ("finished_at", _TIMESTAMP),
        ("state", _TEXT),
        ("schema_version", _TEXT),
        ("chimpline_version", _TEXT),
        ("requests", _INT64),
        ("rows_changed", _INT64),
        ("report", _JSON),
    ),
    SLICES: (
        ("run_id", _TEXT),
        ("table_name", _TEXT),
        ("parent_key", _TEXT),
        ("ask", _TEXT),
        ("since", _TIMESTAMP),
        ("until", _TIMESTAMP),
        ("state", _TEXT),
        ("proof", _TEXT),
        ("gate", _JSON),
        ("rows", _INT64),
        ("requests", _INT64),
        ("committed_at", _TIMESTAMP),
    ),
    VIEWS: (
        ("asked_name", _TEXT),
        ("name", _TEXT),
        ("table_name", _TEXT),
        ("definition", _TEXT),
    ),
    TABLES: (
        ("table_name", _TEXT),
        ("shape", _JSON),
        ("rows", _INT64),
    ),
}
_OFFERED = "_chimpline_lines"

# A proven line stands for every earlier line inside its window; any other only for those that are
# not proven now (stale ones among them).
_REPLACED = """
    earlier.table_name = later.table_name AND earlier.parent_key = later.parent_key
    AND earlier.ask = later.ask
    AND (later.since IS NULL OR earlier.since >= later.since) AND earlier.until <= later.until
    AND (later.state = 'proven' OR earlier.state <> 'proven')
"""


class Ledger:
    """Lines are read and written here; the transaction is the caller's."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self) -> None:
        """Make the tables that are missing, and refuse a form that is newer than this code."""
        types = self._session.dialect.types
        there = {str(row[0]) for row in self._session.rows(self._session.dialect.objects)}
        for name, columns in _COLUMNS.items():
            if name in there:  # a user without CREATE may still write
                continue
            body = ", ".join(f"{quote(column)} {types[kind]}" for column, kind in columns)
            self._session.run(f"CREATE TABLE {quote(name)} ({body})")
        if not self._session.rows(f"SELECT 1 FROM {quote(DATASET)}"):
            self._put(DATASET, [(None, None, utc_now(), FORMAT)])
        self.check()

    def is_there(self) -> bool:
        objects = self._session.rows(self._session.dialect.objects)
        return any(row[0] == DATASET for row in objects)

    def check(self) -> None:
        """Refuse a form that is newer than this code."""
        found = self._session.rows(f"SELECT max(format) FROM {quote(DATASET)}")[0][0]
        if found is not None and found > FORMAT:
            raise DestinationError(
                f"The dataset was written by a newer chimpline (ledger format {found}; "
                f"this one knows {FORMAT}).",
                kept="The dataset was not changed.",
                do="Upgrade chimpline, or choose another dataset.",
            )

    def owner(self) -> Owner | None:
        known = self._session.rows(f"SELECT account_id, account_name FROM {quote(DATASET)}")
        account, name = known[0] if known else (None, None)
        return None if account is None else Owner(account, name or "")

    def claim(self, owner: Owner) -> None:
        known = self.owner()
        account, name = (known.account_id, known.account_name) if known else (None, None)
        if account is not None and account != owner.account_id:
            raise WrongAccount(
                f"The dataset belongs to the Mailchimp account {name or ''} ({account}), "
                f"and this run is for {owner.account_name} ({owner.account_id}).",
                do="Choose another dataset for this account, or the connection of that one.",
            )
        if (account, name) != (owner.account_id, owner.account_name):
            self._session.run(
                f"UPDATE {quote(DATASET)} SET account_id = $1, account_name = $2",
                owner.account_id,
                owner.account_name,
            )

    def slices(self) -> list[SliceRecord]:
        columns = [name for name, _ in _COLUMNS[SLICES]]
        rows = self._session.rows(
            f"SELECT {self._read(SLICES)} FROM {quote(SLICES)} WHERE {self._told(SLICES)} "
            "ORDER BY table_name, parent_key, ask, until, since, committed_at"
        )
        found = [slice_of(dict(zip(columns, row, strict=True))) for row in rows]
        return [one for one in found if one is not None]

    def runs(self, *, without_end: bool = False) -> list[RunRecord]:
        columns = [name for name, _ in _COLUMNS[RUNS]]
        rows = self._session.rows(
            f"SELECT {self._read(RUNS)} FROM {quote(RUNS)} "
            f"WHERE {self._told(RUNS)} {'AND state = $1 ' if without_end else ''}"
            "ORDER BY started_at DESC, run_id DESC",
            *([RunState.RUNNING.value] if without_end else []),
        )
        found = [run_of(dict(zip(columns, row, strict=True))) for row in rows]
        return [one for one in found if one is not None]

    def put_run(self, run: RunRecord) -> None:
        self._session.run(f"DELETE FROM {quote(RUNS)} WHERE run_id = $1", run.run_id)
        line = (
            run.run_id,
            run.pipeline,
            run.started_at,
            run.finished_at,
            run.state.value,
            run.schema_version,
            run.chimpline_version,
            run.requests,
            run.rows_changed,
            _json(run.report),
        )
        self._put(RUNS, [line])

    def put_slices(self, slices: Iterable[SliceRecord]) -> None:
        """Write lines, as if one after the other, in place of those they stand for."""
        now = utc_now()
        lines = [
            (
                one.run_id,
                one.table_name,
                one.parent_key,
                one.ask,
                one.since,
                one.until,
                one.state.value,
                one.proof,
                _json(one.gate),
                one.rows,
                one.requests,
                now,
            )
            for one in _last_words(slices)
        ]
        if lines:
            self._offer(SLICES, lines)
            self._session.run(
                f"DELETE FROM {quote(SLICES)} AS earlier USING {_OFFERED} AS later "
                f"WHERE {_REPLACED}"
            )
            self._insert(SLICES)

    def reopen(self, reopen: Reopen) -> None:
        if not reopen.parent_keys:
            return
        self._offer_texts(reopen.parent_keys)
        self._session.run(
            f"UPDATE {quote(SLICES)} SET state = 'stale', gate = NULL "
            f"WHERE table_name = $1 AND parent_key IN (SELECT value FROM {_OFFERED})",
            reopen.table_name,
        )

    def reopen_table(self, name: str) -> None:
        """Set every line of a table to stale: its rows lack a column that it has now."""
        self._session.run(
            f"UPDATE {quote(SLICES)} SET state = 'stale', gate = NULL WHERE table_name = $1", name
        )

    def forget(self, forget: Forget) -> None:
        self._session.run(
            f"DELETE FROM {quote(SLICES)} WHERE table_name = $1 "
            "AND (parent_key = $2 OR starts_with(parent_key, $3))",
            forget.table_name,
            forget.parent_key,
            forget.parent_key + "/",
        )

    def forget_table(self, name: str) -> None:
        """Delete every line of a table that starts anew."""
        self._session.run(f"DELETE FROM {quote(SLICES)} WHERE table_name = $1", name)

    def views(self) -> list[tuple[str, str, str, str]]:
        """(asked name, name, table, definition) of every view that is ours."""
        rows = self._session.rows(f"SELECT {self._read(VIEWS)} FROM {quote(VIEWS)} ORDER BY name")
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def put_view(self, asked: str, name: str, table: str, definition: str) -> None:
        self.forget_view(asked)
        self._put(VIEWS, [(asked, name, table, definition)])

    def forget_view(self, asked: str) -> None:
        self._session.run(f"DELETE FROM {quote(VIEWS)} WHERE asked_name = $1", asked)

    def _told(self, table: str) -> str:
        kind = self._session.dialect.types[_TIMESTAMP]
        times = [quote(name) for name, of in _COLUMNS[table] if of is _TIMESTAMP]
        return " AND ".join(told(name, kind) for name in times)

    def _read(self, table: str) -> str:
        return ", ".join(
            f"CAST({quote(name)} AS {self._session.dialect.types[_TEXT]})"
            if kind is _JSON
            else quote(name)
            for name, kind in _COLUMNS[table]
        )

    def _put(self, table: str, lines: Sequence[tuple[Any, ...]]) -> None:
        self._offer(table, lines)
        self._insert(table)

    def _offer(self, table: str, lines: Sequence[tuple[Any, ...]]) -> None:
        columns = [Column(name, kind) for name, kind in _COLUMNS[table]]
        rows = _columnar(columns, lines)
        self._session.offer(_OFFERED, columns, self._session.storable(columns, rows))

    def _offer_texts(self, texts: Sequence[str]) -> None:
        columns = [Column("value", _TEXT)]
        self._session.offer(_OFFERED, columns, _columnar(columns, [(t,) for t in texts]))

    def _insert(self, table: str) -> None:
        types = self._session.dialect.types
        cells = ", ".join(
            f"CAST({quote(name)} AS {types[kind]})" if kind is _JSON else quote(name)
            for name, kind in _COLUMNS[table]
        )
        names = listed([name for name, _ in _COLUMNS[table]])
        self._session.run(f"INSERT INTO {quote(table)} ({names}) SELECT {cells} FROM {_OFFERED}")


def _last_words(slices: Iterable[SliceRecord]) -> list[SliceRecord]:
    """Lines of one commit, without those that a later one of them replaces."""
    by_ask: dict[tuple[str, str, str], list[SliceRecord]] = {}
    for new in slices:
        lines = by_ask.setdefault((new.table_name, new.parent_key, new.ask), [])
        lines[:] = [old for old in lines if not _replaces(new, old)] + [new]
    return [line for lines in by_ask.values() for line in lines]


def _replaces(new: SliceRecord, old: SliceRecord) -> bool:
    """The rule of `_REPLACED`, for two lines of the same ask."""
    inside = (
        new.since is None or (old.since is not None and old.since >= new.since)
    ) and old.until <= new.until
    return inside and (new.state is SliceState.PROVEN or old.state is not SliceState.PROVEN)


def _columnar(columns: Sequence[Column], lines: Sequence[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    schema = arrow_schema(tuple(columns))
    arrays = [
        pa.array([line[i] for line in lines], schema.field(i).type) for i in range(len(columns))
    ]
    return pa.table(arrays, schema=schema)


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
