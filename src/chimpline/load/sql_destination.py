"""The destination contract over a session of SQL: what DuckDB and PostgreSQL have in common.

In a commit all rows come first, then all tombstones, then the ledger (forget, reopen, lines): a
tombstone wins over a row of the same key, and a line over a reopening, whatever their order.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from chimpline.errors import DestinationError, DestinationReadOnly
from chimpline.load.contract import (
    Capabilities,
    Change,
    Commit,
    Known,
    TableChange,
    View,
)
from chimpline.load.history.past import Past
from chimpline.load.keys import subtract
from chimpline.load.ledger import Ledger
from chimpline.load.merge import Merging
from chimpline.load.sql import InUse, Session, listed, quote, same, where
from chimpline.load.upkeep import default_set, doubles
from chimpline.load.upkeep.refusals import refuse_rows, refuse_what_went
from chimpline.load.upkeep.strangers import strangers
from chimpline.load.upkeep.tables import Tables
from chimpline.load.views import Views
from chimpline.message import Message
from chimpline.model import (
    DELETED_AT,
    Column,
    ColumnType,
    Deletes,
    History,
    LandedSelection,
    Owner,
    RunRecord,
    Scope,
    SliceRecord,
    TableSchema,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    import pyarrow as pa

    from chimpline.load.history.kept import Kept

_FEW = 10_000
_OFFERED = "_chimpline_offered"


class SqlDestination:
    """See `chimpline.load.contract.Destination`."""

    def __init__(self, session: Session, *, read_only: bool) -> None:
        self._session = session
        self._read_only = read_only
        self._ledger = Ledger(session)
        self._tables = Tables(session, self._ledger)
        self._past = Past(session, self._tables)
        self._views = Views(session, self._ledger)
        try:
            self._there = session.exists()
            if read_only:
                self._there = self._there and self._ledger.is_there()
                if self._there:
                    self._ledger.check()
            else:
                with session.transaction():
                    if not self._there:
                        session.create()
                    self._ledger.create()
                self._there = True
        except BaseException:
            session.close()
            raise

    @property
    def capabilities(self) -> Capabilities:
        return self._session.capabilities

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def let_go(self) -> None:
        self._session.let_go()

    def claim(self, owner: Owner) -> None:
        with self._writing():
            self._ledger.claim(owner)

    def owner(self) -> Owner | None:
        return self._ledger.owner() if self._there else None

    def prepare(self, table: TableSchema) -> Sequence[Change]:
        self._refuse_if_read_only()
        return self._tables.prepare(table)

    def erase(self, table: TableSchema, columns: Sequence[str] | None, at: dt.datetime) -> int:
        self._refuse_if_read_only()
        # What is called otherwise would be passed over, and `prepare` would give it its name back.
        self._tables.name_back(table, columns or ())
        self._past.name_back(table, columns or ())
        with self._writing():
            # In the same transaction: whoever is killed after this reads the table again.
            self._ledger.reopen_table(table.name)
            self._past.erase(table, columns, at)
            return self._tables.erase(table.name, columns, at)

    def keep_history(
        self,
        table: TableSchema,
        kind: History | None,
        at: dt.datetime,
        *,
        reached: dt.datetime,
        synced_at: dt.datetime,
        chosen: bool = False,
    ) -> Kept:
        self._refuse_if_read_only()
        return self._past.keep(table, kind, at, reached, synced_at, chosen=chosen)

    def keep_day(self, table: TableSchema, day: dt.date) -> None:
        self._refuse_if_read_only()
        self._past.keep_day(table, day)

    def commit(self, commit: Commit) -> Mapping[str, TableChange]:
        changes: dict[str, TableChange] = {}
        writing = ""
        try:
            with self._writing():
                merging = Merging(self._session, self._tables, self._past, commit, changes)
                for load in commit.loads:
                    writing = load.table.name
                    merging.merge(load)
                if commit.deletes is not Deletes.IGNORE:
                    for load in commit.loads:
                        writing = load.table.name
                        merging.bury(load)
                writing = ""
                refuse_what_went(self._session, self._tables.records, changes)
                for forget in commit.forget:
                    self._ledger.forget(forget)
                for reopen in commit.reopen:
                    self._ledger.reopen(reopen)
                self._ledger.put_slices(commit.slices)
        except DestinationError as error:
            # A rule shows itself as a statement that cannot be done: `InUse`.
            if writing and type(error) in {DestinationError, InUse}:
                refuse_rows(self._session.catalog, writing, error)
            raise
        return changes

    def missing(self, table: TableSchema, scope: Scope, seen: pa.Table) -> pa.Table:
        schema = table.key_schema()
        if not self._has(table):
            return schema.empty_table()
        key = table.primary_key
        condition, values = where(table, scope, "t")
        sql = f"SELECT {listed(key, 't.')} FROM {quote(table.name)} AS t WHERE {condition}"
        if seen.num_rows <= _FEW:
            # Few are told apart here: to offer the others costs more than that (measured: 5 ms).
            few = self._session.arrow(f"{sql} LIMIT {_FEW + 1}", *values).cast(schema)
            if few.num_rows <= _FEW:
                others = self.storable(table, seen.select(list(key)))
                return subtract(few, others.cast(schema))
        with self._session.transaction():
            sql += self._but(table, seen)
            return self._session.arrow(sql, *values).cast(schema)

    def counts_by(
        self, table: TableSchema, scope: Scope, column: str, without: pa.Table
    ) -> pa.Table:
        import pyarrow as pa

        value = table.arrow_schema().field(column).with_name("value")
        schema = pa.schema([value, pa.field("rows", pa.int64())])
        if not self._has(table):
            return schema.empty_table()
        condition, values = where(table, scope, "t")
        cell = f"t.{quote(column)}"
        with self._session.transaction():
            others = self._but(table, without)
            return self._session.arrow(
                f"SELECT {cell} AS value, count(*) AS rows FROM {quote(table.name)} AS t "
                f"WHERE {condition} AND {cell} IS NOT NULL{others} GROUP BY {cell} ORDER BY {cell}",
                *values,
            ).cast(schema)

    def cells(
        self, table: TableSchema, scope: Scope, columns: Sequence[str], *, buried: bool = False
    ) -> pa.Table:
        import pyarrow as pa

        whole = table.arrow_schema()
        schema = pa.schema([whole.field(name) for name in columns])
        if not self._has(table):
            return schema.empty_table()
        types = self._session.dialect.types
        read = []
        for column in map(table.column, columns):
            name = quote(column.name)
            cell = f"t.{name}" if self._tables.has(table.name, [column.name]) else "NULL"
            if cell == "NULL" or column.type is ColumnType.JSON:
                kind = ColumnType.TEXT if column.type is ColumnType.JSON else column.type
                cell = f"CAST({cell} AS {types[kind]})"
            read.append(f"{cell} AS {name}")
        condition, values = where(table, scope, "t", buried=buried)
        found = self._session.arrow(
            f"SELECT {', '.join(read)} FROM {quote(table.name)} AS t WHERE {condition}", *values
        )
        return found.cast(schema)

    def storable(self, table: TableSchema, rows: pa.Table) -> pa.Table:
        return self._session.storable([table.column(name) for name in rows.column_names], rows)

    def _but(self, table: TableSchema, keys: pa.Table) -> str:
        """A condition that rows `t` with these keys do not meet; inside a transaction."""
        if not keys.num_rows:
            return ""
        key = table.primary_key
        columns = [table.column(name) for name in key]
        offered = self._session.storable(columns, keys.select(list(key)))
        self._session.offer(_OFFERED, columns, offered)
        self._session.read_whole_tables()
        return f" AND NOT EXISTS (SELECT 1 FROM {_OFFERED} AS s WHERE {same(key, 's', 't')})"

    def count(self, table: TableSchema, scope: Scope) -> int:
        if not self._has(table):
            return 0
        condition, values = where(table, scope, "t")
        rows = self._session.rows(
            f"SELECT count(*) FROM {quote(table.name)} AS t WHERE {condition}", *values
        )
        return int(rows[0][0])

    def surplus(self, table: TableSchema, scope: Scope) -> int:
        if not self._has(table):
            return 0
        condition, values = where(table, scope, "t")
        return doubles.surplus(self._session, table, condition, values)

    def holders(
        self,
        table: TableSchema,
        column: str,
        by: str,
        values: Sequence[str],
        *,
        buried: bool = False,
    ) -> list[str]:
        if not values or not self._has(table):
            return []
        import pyarrow as pa

        wanted = [Column("value", ColumnType.TEXT)]
        text = self._session.dialect.types[ColumnType.TEXT]
        with self._session.transaction():
            self._session.offer(
                _OFFERED, wanted, pa.table({"value": pa.array(values, pa.string())})
            )
            rows = self._session.rows(
                f"SELECT DISTINCT CAST({quote(column)} AS {text}) AS holder "
                f"FROM {quote(table.name)} WHERE {quote(column)} IS NOT NULL "
                f"{'' if buried else f'AND {quote(DELETED_AT)} IS NULL '}"
                f"AND CAST({quote(by)} AS {text}) IN (SELECT value FROM {_OFFERED})"
            )
        return sorted(str(row[0]) for row in rows)

    def strangers(self, table: TableSchema, column: str, by: str, known: Known) -> list[str]:
        if not self._has(table):
            return []
        with self._session.transaction():
            return strangers(self._session, self._tables, table, known, column=column, by=by)

    def slices(self) -> list[SliceRecord]:
        return self._ledger.slices() if self._there else []

    def selections(self) -> Mapping[str, LandedSelection]:
        return self._ledger.selections() if self._there else {}

    def keep_selections(self, run_id: str, chosen: Mapping[str, LandedSelection]) -> None:
        with self._writing():
            self._ledger.put_selections(run_id, chosen)

    def default_set(self) -> Mapping[str, bool]:
        return default_set.known(self._session) if self._there else {}

    def keep_default_set(self, run_id: str, tables: Mapping[str, bool]) -> None:
        with self._writing():
            default_set.keep(self._session, run_id, tables)

    def runs(
        self, *, without_end: bool = False, since: dt.datetime | None = None
    ) -> list[RunRecord]:
        return self._ledger.runs(without_end=without_end, since=since) if self._there else []

    def record_run(self, run: RunRecord) -> None:
        with self._writing():
            self._ledger.put_run(run)

    def create_views(
        self, views: Sequence[View], tell: Callable[[Message], None] = lambda _: None
    ) -> list[str]:
        self._refuse_if_read_only()
        return self._views.create(views, tell)

    def drop_views(
        self, names: Sequence[str], tell: Callable[[Message], None] = lambda _: None
    ) -> None:
        self._refuse_if_read_only()
        self._views.drop(names, tell)

    def _has(self, table: TableSchema) -> bool:
        return self._there and self._tables.has(table.name, table.primary_key)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._refuse_if_read_only()
        with self._session.transaction():
            yield

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise DestinationReadOnly("load-opened-for-reading")
