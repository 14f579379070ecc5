"""The ledger in the destination: whose the dataset is, which runs there were, what was proven.

Its tables lie in the dataset, beside the data. `_chimpline_dataset.format` numbers their form; a
dataset of a newer form is refused, and one of an older form is brought to this one as it is opened
for writing (`format_1`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimpline.clock import utc_now
from chimpline.errors import DestinationError, DestinationReadOnly, WrongAccount
from chimpline.evidence import to_json
from chimpline.load.format_1 import SELECTION, is_form_1, selections_in, to_form_2
from chimpline.load.lines import (
    COLUMNS,
    DATASET,
    JSON,
    RUNS,
    SELECTIONS,
    SLICES,
    SLICES_1,
    TEXT,
    TIMESTAMP,
    VIEWS,
    Columns,
    run_of,
    selection_of,
    selection_text,
    slice_of,
    told,
)
from chimpline.load.sql import json_of, listed, quote
from chimpline.model import (
    Column,
    LandedSelection,
    Owner,
    RunRecord,
    RunState,
    SliceRecord,
    SliceState,
    arrow_schema,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from chimpline.load.contract import Forget, Reopen
    from chimpline.load.sql import Session

FORMAT = 2

_OFFERED = "_chimpline_lines"

# A proven line stands for every earlier line inside its window; any other only for those that are
# not proven now (stale ones among them).
_REPLACED = """
    earlier.table_name = later.table_name AND earlier.parent_key = later.parent_key
    AND earlier.ask = later.ask
    AND (later.since IS NULL OR earlier.since >= later.since) AND earlier.until <= later.until
    AND (later.state = 'proven' OR earlier.state <> 'proven')
"""
_STALE = "state = 'stale', evidence = NULL, odd = NULL"


class Ledger:
    """Lines are read and written here; the transaction is the caller's."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_of_today = False

    def create(self) -> None:
        """Make the tables that are missing, and bring an older form to this one; refuse a newer."""
        is_older = is_form_1(self._session, SLICES)
        try:
            self._create()
            if is_older:
                to_form_2(self._session, slices=SLICES, selections=SELECTIONS)
        except DestinationReadOnly as error:
            if not is_older:
                raise
            raise DestinationReadOnly(
                "load-older-ledger",
                kept="kept-dataset",
                format=str(FORMAT),
                cause=error.problem.message,
            ) from None
        self._session.run(f"UPDATE {quote(DATASET)} SET format = {FORMAT} WHERE format < {FORMAT}")

    def _create(self) -> None:
        types = self._session.dialect.types
        there = {str(row[0]) for row in self._session.rows(self._session.dialect.objects)}
        for name, columns in COLUMNS.items():
            if name in there:  # a user without CREATE may still write
                continue
            body = ", ".join(f"{quote(column)} {types[kind]}" for column, kind in columns)
            self._session.run(f"CREATE TABLE {quote(name)} ({body})")
        if not self._session.rows(f"SELECT 1 FROM {quote(DATASET)}"):
            self._put(DATASET, [(None, None, utc_now(), FORMAT)])
        self.check()

    def _is_form_1(self) -> bool:
        """Whether the lines have the older form; once they have not, it is not asked again."""
        self._is_of_today = self._is_of_today or not is_form_1(self._session, SLICES)
        return not self._is_of_today

    def is_there(self) -> bool:
        objects = self._session.rows(self._session.dialect.objects)
        return any(row[0] == DATASET for row in objects)

    def check(self) -> None:
        """Refuse a form that is newer than this code."""
        found = self._session.rows(f"SELECT max(format) FROM {quote(DATASET)}")[0][0]
        if found is not None and found > FORMAT:
            raise DestinationError(
                "load-newer-ledger", found=str(found), known=str(FORMAT), kept="kept-dataset"
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
                "load-dataset-of-another-account",
                theirs=name,
                their_id=account,
                ours=owner.account_name,
                our_id=owner.account_id,
            )
        if (account, name) != (owner.account_id, owner.account_name):
            self._session.run(
                f"UPDATE {quote(DATASET)} SET account_id = $1, account_name = $2",
                owner.account_id,
                owner.account_name,
            )

    def slices(self) -> list[SliceRecord]:
        # Another process may bring the dataset to this form while it is read here.
        columns = SLICES_1 if self._is_form_1() else COLUMNS[SLICES]
        rows = self._session.rows(
            f"SELECT {self._read(columns)} FROM {quote(SLICES)} WHERE {self._told(columns)} "
            "ORDER BY table_name, parent_key, ask, until, since, committed_at"
        )
        names = [name for name, _ in columns]
        cells = [dict(zip(names, row, strict=True)) for row in rows]
        found = [slice_of(line) for line in cells if line["table_name"] != SELECTION]
        return [one for one in found if one is not None]

    def selections(self) -> dict[str, LandedSelection]:
        if self._is_form_1():
            rows = selections_in(self._session, SLICES)
        else:
            rows = self._session.rows(
                f"SELECT {self._read(COLUMNS[SELECTIONS])} FROM {quote(SELECTIONS)}"
            )
        found = {row[0]: selection_of(row[1]) for row in rows}
        return {name: one for name, one in found.items() if one is not None}

    def put_selections(self, run_id: str, chosen: Mapping[str, LandedSelection]) -> None:
        now = utc_now()
        lines = [(name, selection_text(one), run_id, now) for name, one in chosen.items()]
        self._offer(SELECTIONS, lines)
        self._session.run(
            f"DELETE FROM {quote(SELECTIONS)} "
            f"WHERE table_name IN (SELECT table_name FROM {_OFFERED})"
        )
        self._insert(SELECTIONS)

    def runs(
        self, *, without_end: bool = False, since: dt.datetime | None = None
    ) -> list[RunRecord]:
        columns = [name for name, _ in COLUMNS[RUNS]]
        asked: dict[str, Any] = {}
        if without_end:
            asked["state = "] = RunState.RUNNING.value
        if since is not None:
            asked["started_at >= "] = since
        more = "".join(f"AND {told}${place} " for place, told in enumerate(asked, start=1))
        rows = self._session.rows(
            f"SELECT {self._read(COLUMNS[RUNS])} FROM {quote(RUNS)} "
            f"WHERE {self._told(COLUMNS[RUNS])} {more}ORDER BY started_at DESC, run_id DESC",
            *asked.values(),
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
                None if one.evidence is None else _json(to_json(one.evidence)),
                one.rows,
                one.requests,
                now,
                _json(list(one.odd)) if one.odd else None,
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
            f"UPDATE {quote(SLICES)} SET {_STALE} "
            f"WHERE table_name = $1 AND parent_key IN (SELECT value FROM {_OFFERED})",
            reopen.table_name,
        )

    def reopen_table(self, name: str) -> None:
        """Set every line of a table to stale: its rows lack a column that it has now."""
        self._session.run(f"UPDATE {quote(SLICES)} SET {_STALE} WHERE table_name = $1", name)

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
        columns = self._read(COLUMNS[VIEWS])
        rows = self._session.rows(f"SELECT {columns} FROM {quote(VIEWS)} ORDER BY name")
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def put_view(self, asked: str, name: str, table: str, definition: str) -> None:
        self.forget_view(asked)
        self._put(VIEWS, [(asked, name, table, definition)])

    def forget_view(self, asked: str) -> None:
        self._session.run(f"DELETE FROM {quote(VIEWS)} WHERE asked_name = $1", asked)

    def _told(self, columns: Columns) -> str:
        kind = self._session.dialect.types[TIMESTAMP]
        times = [quote(name) for name, of in columns if of is TIMESTAMP]
        return " AND ".join(told(name, kind) for name in times)

    def _read(self, columns: Columns) -> str:
        return ", ".join(
            f"CAST({quote(name)} AS {self._session.dialect.types[TEXT]})"
            if kind is JSON
            else quote(name)
            for name, kind in columns
        )

    def _put(self, table: str, lines: Sequence[tuple[Any, ...]]) -> None:
        self._offer(table, lines)
        self._insert(table)

    def _offer(self, table: str, lines: Sequence[tuple[Any, ...]]) -> None:
        columns = [Column(name, kind) for name, kind in COLUMNS[table]]
        rows = _columnar(columns, lines)
        self._session.offer(_OFFERED, columns, self._session.storable(columns, rows))

    def _offer_texts(self, texts: Sequence[str]) -> None:
        columns = [Column("value", TEXT)]
        self._session.offer(_OFFERED, columns, _columnar(columns, [(t,) for t in texts]))

    def _insert(self, table: str) -> None:
        types = self._session.dialect.types
        cells = ", ".join(
            f"CAST({quote(name)} AS {types[kind]})" if kind is JSON else quote(name)
            for name, kind in COLUMNS[table]
        )
        names = listed([name for name, _ in COLUMNS[table]])
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
    return None if value is None else json_of(value)
