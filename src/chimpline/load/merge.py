"""Rows and tombstones into one table, so that only what differs is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.contract import TableChange
from chimpline.load.history.kept import Handed
from chimpline.load.keys import FEW, as_tuples
from chimpline.load.sql import IS_NEW, listed, quote, same
from chimpline.load.upkeep.refusals import refuse_what_fell
from chimpline.model import DELETED_AT, SYNCED_AT, ColumnType, Deletes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from chimpline.load.contract import Commit, Load
    from chimpline.load.history.past import Past
    from chimpline.load.sql import Session
    from chimpline.load.upkeep.tables import Tables
    from chimpline.model import Column, TableSchema

_GONE, _HANDED = "_chimpline_gone", "_chimpline_handed"


class Merging:
    """The loads of one commit, inside its transaction; `changes`: by table, what that changed."""

    def __init__(
        self,
        session: Session,
        tables: Tables,
        past: Past,
        commit: Commit,
        changes: dict[str, TableChange],
    ) -> None:
        self._session = session
        self._tables = tables
        self._past = past
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
        kept, handed = self._tables.unknown_columns(table), _HANDED if _is_followed(load) else None
        merged = self._session.merge(table, kept, fresh, self._commit.synced_at, handed=handed)
        change.inserted += merged.inserted
        change.updated += merged.updated
        self._tables.records.add(table.name, merged.more)
        self._follow(load, gone=False)

    def bury(self, load: Load) -> None:
        """Mark, or remove, the rows that are proven gone."""
        if load.tombstones is None or not load.tombstones.num_rows:
            return
        table, key = load.table, load.table.primary_key
        columns = [table.column(name) for name in key]
        gone = self._session.storable(columns, load.tombstones.select(list(key)))
        self._session.offer(_GONE, columns, gone.group_by(list(key)).aggregate([]))
        if _is_followed(load):
            self._session.hold(
                _HANDED,
                f"SELECT DISTINCT {listed(key, 't.')} FROM {quote(table.name)} AS t "
                f"JOIN {_GONE} AS gone ON {same(key, 't', 'gone')} "
                f"WHERE t.{quote(DELETED_AT)} IS NULL",
            )
            self._follow(load, gone=True)
        commit = self._commit
        if commit.deletes is Deletes.REMOVE:
            self._past.remove(table, _GONE)
        marked_at = commit.synced_at if commit.deletes is Deletes.MARK else None
        deleted, removed = _bury(self._session, table, marked_at)
        self._changes.setdefault(table.name, TableChange()).deleted += deleted
        self._tables.records.add(table.name, -removed)

    def _follow(self, load: Load, *, gone: bool) -> None:
        """What was changed goes into the table's past, and to whoever asked for it."""
        table = load.table
        if load.versions:
            versions, synced_at = self._past.versions(table), self._commit.synced_at
            versions.follow(_HANDED, load.versions, synced_at, gone=gone)
        if load.hands_out:
            if gone:
                found = {"gone": self._held(table.columns, table.primary_key)}
            else:
                names = [column.name for column in table.columns]
                found = {
                    "new": self._held(table.columns, names, f"WHERE {IS_NEW}"),
                    "changed": self._held(table.columns, names, f"WHERE NOT {IS_NEW}"),
                }
            _hand(table, self._changes[table.name], found)
        if _is_followed(load):
            self._session.let_go_of(_HANDED)

    def _held(self, columns: Sequence[Column], names: Sequence[str], which: str = "") -> pa.Table:
        text = self._session.dialect.types[ColumnType.TEXT]
        cells = ", ".join(
            f"CAST({quote(c.name)} AS {text}) AS {quote(c.name)}"
            if c.type is ColumnType.JSON
            else quote(c.name)
            for c in columns
            if c.name in names
        )
        return self._session.arrow(f"SELECT {cells} FROM {_HANDED} {which}")


def _is_followed(load: Load) -> bool:
    """Whether anybody wants to know what the merge changes."""
    return load.versions is not None or load.hands_out


def _hand(table: TableSchema, change: TableChange, found: Mapping[str, pa.Table]) -> None:
    """Add to what a commit hands out of a table."""
    import pyarrow as pa

    rows, keys = table.arrow_schema(), table.key_schema()
    parts = {}
    for name, schema in {"new": rows, "changed": rows, "gone": keys}.items():
        before = [getattr(change.handed, name)] if change.handed else []
        now = [found[name].select(schema.names).cast(schema)] if name in found else []
        parts[name] = pa.concat_tables([*before, *now]) if before or now else schema.empty_table()
    change.handed = Handed(**parts)


def latest(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """`rows` with the last one of each key: what was met twice changed in between."""
    import pyarrow as pa

    keys = rows.select(list(key))
    if rows.num_rows <= FEW and len(set(as_tuples(keys))) == rows.num_rows:
        return rows
    place = pa.array(range(rows.num_rows), pa.int64())
    places = keys.append_column("_place", place).group_by(list(key)).aggregate([("_place", "max")])
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
