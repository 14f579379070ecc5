"""Rows and tombstones into one table, so that only what differs is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.sql import Merged, quote, same
from chimpline.load.upkeep.refusals import refuse_what_fell
from chimpline.model import DELETED_AT, SYNCED_AT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pyarrow as pa

    from chimpline.load.sql import Session
    from chimpline.model import TableSchema


def rows(
    session: Session,
    table: TableSchema,
    kept: Sequence[str],
    batches: Sequence[pa.RecordBatch],
    synced_at: dt.datetime,
) -> Merged:
    """Merge `batches`; returns what that changed."""
    import pyarrow as pa

    names = [column.name for column in table.columns]
    fresh = pa.Table.from_batches(batches).select(names)
    if fresh.num_rows == 0:
        return Merged()
    fresh = latest(session.storable(table.columns, fresh), table.primary_key)
    return session.merge(table, kept, fresh, synced_at)


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


def bury(
    session: Session, table: TableSchema, gone: str, marked_at: dt.datetime | None
) -> tuple[int, int]:
    """Mark (or, without `marked_at`, remove) the rows whose keys are in the offered table `gone`.

    Returns how many live rows that were, and how many rows were removed.
    """
    target = quote(table.name)
    fits = same(table.primary_key, target, "gone")
    live = f"{target}.{quote(DELETED_AT)} IS NULL"
    if marked_at is not None:
        marked = session.run(
            f"UPDATE {target} SET {quote(DELETED_AT)} = $1, {quote(SYNCED_AT)} = $1 "
            f"FROM {gone} AS gone WHERE {fits} AND {live}",
            marked_at,
        )
        _refuse_what_stayed(session, table.name, f"{gone} AS gone WHERE {fits} AND {live}", marked)
        return marked, 0
    removed = session.run(f"DELETE FROM {target} USING {gone} AS gone WHERE {fits} AND {live}")
    # Those that an earlier `mark` left behind were counted then.
    marked = session.run(f"DELETE FROM {target} USING {gone} AS gone WHERE {fits}")
    _refuse_what_stayed(session, table.name, f"{gone} AS gone WHERE {fits}", removed + marked)
    return removed, removed + marked


def _refuse_what_stayed(session: Session, table: str, still: str, done: int) -> None:
    """A trigger of theirs may keep rows from being buried, too."""
    if session.catalog.interferes_with(table):
        stayed = session.rows(f"SELECT count(*) FROM {quote(table)}, {still}")[0][0]
        refuse_what_fell(session.catalog, table, done + int(stayed), done)
