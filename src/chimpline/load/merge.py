"""Rows and tombstones into one table, so that only what differs is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.contract import TableChange
from chimpline.load.sql import quote, same
from chimpline.load.upkeep.refusals import refuse_what_fell
from chimpline.model import DELETED_AT, SYNCED_AT, Deletes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pyarrow as pa

    from chimpline.load.contract import Commit, Load
    from chimpline.load.sql import Session
    from chimpline.load.upkeep.tables import Tables
    from chimpline.model import TableSchema

_GONE = "_chimpline_gone"


class Merging:
    """The loads of one commit, inside its transaction; `changes`: by table, what that changed."""

    def __init__(
        self, session: Session, tables: Tables, commit: Commit, changes: dict[str, TableChange]
    ) -> None:
        self._session = session
        self._tables = tables
        self._commit = commit
        self._changes = changes

    def merge(self, load: Load) -> None:
        """Write the rows that differ."""
        change, table = self._changes.setdefault(load.table.name, TableChange()), load.table
        if not load.batches:
            return
        import pyarrow as pa

        names = [column.name for column in table.columns]
        fresh = pa.Table.from_batches(load.batches).select(names)
        if not fresh.num_rows:
            return
        fresh = latest(self._session.storable(table.columns, fresh), table.primary_key)
        kept = self._tables.unknown_columns(table)
        merged = self._session.merge(table, kept, fresh, self._commit.synced_at)
        change.inserted += merged.inserted
        change.updated += merged.updated
        self._tables.records.add(table.name, merged.more)

    def bury(self, load: Load) -> None:
        """Mark, or remove, the rows that are proven gone."""
        if load.tombstones is None or not load.tombstones.num_rows:
            return
        table, key = load.table, load.table.primary_key
        columns = [table.column(name) for name in key]
        gone = self._session.storable(columns, load.tombstones.select(list(key)))
        self._session.offer(_GONE, columns, gone.group_by(list(key)).aggregate([]))
        commit = self._commit
        marked_at = commit.synced_at if commit.deletes is Deletes.MARK else None
        deleted, removed = _bury(self._session, table, marked_at)
        self._changes.setdefault(table.name, TableChange()).deleted += deleted
        self._tables.records.add(table.name, -removed)


def latest(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """`rows` with the last one of each key: what was met twice changed in between."""
    import pyarrow as pa

    place = pa.array(range(rows.num_rows), pa.int64())
    places = (
        rows.select(list(key))
        .append_column("_place", place)
        .group_by(list(key))
        .aggregate([("_place", "max")])
    )
    if places.num_rows == rows.num_rows:
        return rows
    return rows.take(places["_place_max"])


def _bury(session: Session, table: TableSchema, marked_at: dt.datetime | None) -> tuple[int, int]:
    """Mark (or, without `marked_at`, remove) the rows whose keys are offered as gone.

    Returns how many live rows that were, and how many rows were removed.
    """
    target = quote(table.name)
    fits = same(table.primary_key, target, "gone")
    live = f"{target}.{quote(DELETED_AT)} IS NULL"
    if marked_at is not None:
        marked = session.run(
            f"UPDATE {target} SET {quote(DELETED_AT)} = $1, {quote(SYNCED_AT)} = $1 "
            f"FROM {_GONE} AS gone WHERE {fits} AND {live}",
            marked_at,
        )
        _refuse_what_stayed(session, table.name, f"{_GONE} AS gone WHERE {fits} AND {live}", marked)
        return marked, 0
    removed = session.run(f"DELETE FROM {target} USING {_GONE} AS gone WHERE {fits} AND {live}")
    # Those that an earlier `mark` left behind were counted then.
    marked = session.run(f"DELETE FROM {target} USING {_GONE} AS gone WHERE {fits}")
    _refuse_what_stayed(session, table.name, f"{_GONE} AS gone WHERE {fits}", removed + marked)
    return removed, removed + marked


def _refuse_what_stayed(session: Session, table: str, still: str, done: int) -> None:
    """A trigger of theirs may keep rows from being buried, too."""
    if session.catalog.interferes_with(table):
        stayed = session.rows(f"SELECT count(*) FROM {quote(table)}, {still}")[0][0]
        refuse_what_fell(session.catalog, table, done + int(stayed), done)
