"""A destination in memory, for tests of what reads and writes: it keeps the contract, and no file.

`tests/unit/runs/test_memory.py` holds it to the tests of the contract that need no SQL. It has one
form of each table: schemas that change, and what people do to tables, are shown on real engines.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace, TracebackType
from typing import Any, Self, cast

import pyarrow as pa

from chimpline.errors import DestinationError, WrongAccount
from chimpline.load.contract import (
    Capabilities,
    Change,
    Commit,
    Known,
    Load,
    TableChange,
    View,
)
from chimpline.load.history.kept import Handed, Kept, kept_in
from chimpline.message import Message
from chimpline.model import (
    ColumnType,
    Deletes,
    History,
    LandedSelection,
    Owner,
    RunRecord,
    RunState,
    Scope,
    SliceRecord,
    SliceState,
    TableSchema,
)
from tests.past import Past
from tests.words import saying

Row = dict[str, Any]
Key = tuple[Any, ...]
SYNCED, DELETED = "_synced_at", "_deleted_at"
NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


class MemoryDestination:
    """See `chimpline.load.contract.Destination`.

    It can be opened again: what was landed stays. `during` is called before each commit, on the
    writing thread; what it raises, the commit fails with. `let_go_of` is set by `let_go`.
    """

    def __init__(self) -> None:
        self.stored: dict[str, dict[Key, Row]] = {}
        self.schemas: dict[str, TableSchema] = {}
        self.lines: list[SliceRecord] = []
        self.chosen: dict[str, LandedSelection] = {}
        self.defaults: dict[str, bool] = {}
        self.views: dict[str, View] = {}
        self.past = Past()
        self.commits: list[Commit] = []
        self.opened = 0
        self.closed = 0
        self.during: Callable[[Commit], None] = lambda _: None
        self.let_go_of = threading.Event()
        self._owner: Owner | None = None
        self._runs: dict[str, RunRecord] = {}

    def __call__(self, *, read_only: bool = False) -> Self:
        """A port of `Services`: the same dataset, opened once more."""
        del read_only
        self.opened += 1
        return self

    def copy(self) -> MemoryDestination:
        """Another one that holds the same."""
        other = MemoryDestination()
        other.stored = {
            table: {key: dict(row) for key, row in rows.items()}
            for table, rows in self.stored.items()
        }
        other.schemas = dict(self.schemas)
        other.past = self.past.copy()
        other.lines, other.views = list(self.lines), dict(self.views)
        other.chosen, other.defaults = dict(self.chosen), dict(self.defaults)
        other._owner, other._runs = self._owner, dict(self._runs)
        return other

    @property
    def capabilities(self) -> Capabilities:
        told = SimpleNamespace(views=True, max_identifier_bytes=63, transactions=True)
        return cast("Capabilities", told)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closed += 1

    def let_go(self) -> None:
        self.let_go_of.set()

    def claim(self, owner: Owner) -> None:
        if self._owner is not None and self._owner.account_id != owner.account_id:
            raise saying(
                WrongAccount, f"The dataset is of {self._owner.account_name}.", do="Another."
            )
        self._owner = owner

    def owner(self) -> Owner | None:
        return self._owner

    def prepare(self, table: TableSchema) -> Sequence[Change]:
        self.schemas[table.name] = table
        if table.name in self.stored:
            return []
        self.stored[table.name] = {}
        return [Change(Message.of("table-created", table=table.name), by_catalog=True, anew=True)]

    def erase(self, table: TableSchema, columns: Sequence[str] | None, at: dt.datetime) -> int:
        rows = self.stored.get(table.name, {})
        touched = len(rows)
        if columns is None:
            rows.clear()
            self.past.remove(table.name)
        self.past.empty(table.name, columns or ())
        for row in rows.values():
            row.update({name: None for name in columns or () if name in row}, **{SYNCED: at})
        self._reopen(lambda line: line.table_name == table.name)
        return touched

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
        del synced_at
        changes = []
        if kind and kept_in(table, kind).name not in self.schemas:
            place = self.schemas[kept_in(table, kind).name] = kept_in(table, kind)
            said = Message.of("table-created", table=place.name)
            changes.append(Change(said, by_catalog=True, anew=True))
        if kind is History.VERSIONS or table.name in self.past.versions:
            live = self._plain(table) if kind is History.VERSIONS else {}
            at = self.past.begin(table.name, live, at, reached, every=chosen)
        if kind is History.DAILY:
            days = self.past.days.setdefault(table.name, {})
            for day in [day for day in days if day > reached.date()]:
                del days[day]
        return Kept(changes, at)

    def keep_day(self, table: TableSchema, day: dt.date) -> None:
        self.past.days.setdefault(table.name, {})[day] = self._plain(table)

    def _plain(self, table: TableSchema) -> dict[Key, Row]:
        """The live rows, without what destinations add."""
        names = [column.name for column in table.columns]
        rows = self.live(table.name)
        return {key: {name: row.get(name) for name in names} for key, row in rows.items()}

    def commit(self, commit: Commit) -> Mapping[str, TableChange]:
        self.during(commit)
        for load in commit.loads:
            if load.table.name not in self.stored:
                raise saying(
                    DestinationError, f"There is no table {load.table.name}.", do="Prepare it."
                )
        self.commits.append(commit)
        changes = {load.table.name: TableChange() for load in commit.loads}
        told = [_Told(load, commit.deletes is Deletes.REMOVE) for load in commit.loads]
        for load, hears in zip(commit.loads, told, strict=True):
            names = load.table.primary_key
            rows = [row for batch in load.batches for row in batch.to_pylist()]
            # The later of two rows with one key wins.
            for row in {tuple(row[name] for name in names): row for row in rows}.values():
                how = self._merge(load.table, row, commit.synced_at, changes[load.table.name])
                hears(how, row)
        for load, hears in zip(commit.loads, told, strict=True):
            if load.tombstones is not None and commit.deletes is not Deletes.IGNORE:
                for cells in load.tombstones.to_pylist():
                    key = tuple(cells[name] for name in load.table.primary_key)
                    if self._bury(load.table, key, commit, changes[load.table.name]):
                        hears("gone", cells)
                    if commit.deletes is Deletes.REMOVE:
                        self.past.remove(load.table.name, key.__eq__)
        for load, hears in zip(commit.loads, told, strict=True):
            hears.tell(changes[load.table.name])
            self._follow(load, hears)
        for forget in commit.forget:
            self.lines = [
                line
                for line in self.lines
                if line.table_name != forget.table_name
                or not f"{line.parent_key}/".startswith(f"{forget.parent_key}/")
            ]
        for reopen in commit.reopen:
            table, parents = reopen.table_name, set(reopen.parent_keys)
            self._reopen(
                lambda line, table=table, parents=parents: (  # type: ignore[misc]
                    line.table_name == table and line.parent_key in parents
                )
            )
        for line in commit.slices:
            self.lines = [old for old in self.lines if not _stands_for(line, old)]
            self.lines.append(dataclasses.replace(line, committed_at=NOW))
        return changes

    def missing(self, table: TableSchema, scope: Scope, seen: pa.Table) -> pa.Table:
        met, inside = set(_keys(table, seen)), _inside(table, scope)
        lacking = [
            {name: row[name] for name in table.primary_key}
            for key, row in self.stored.get(table.name, {}).items()
            if row[DELETED] is None and key not in met and inside(row)
        ]
        return pa.Table.from_pylist(lacking, schema=table.key_schema())

    def count(self, table: TableSchema, scope: Scope) -> int:
        return len(self._live(table, scope))

    def surplus(self, table: TableSchema, scope: Scope) -> int:
        del table, scope  # one row a key is all that it can hold
        return 0

    def counts_by(
        self, table: TableSchema, scope: Scope, column: str, without: pa.Table
    ) -> pa.Table:
        left_out = set(_keys(table, without))
        counts: dict[Any, int] = {}
        for row in self._live(table, scope):
            key = tuple(row[name] for name in table.primary_key)
            if row[column] is not None and key not in left_out:
                counts[row[column]] = counts.get(row[column], 0) + 1
        kind = table.arrow_schema().field(column).type
        schema = pa.schema([pa.field("value", kind), pa.field("rows", pa.int64())])
        found = [{"value": value, "rows": counts[value]} for value in sorted(counts)]
        return pa.Table.from_pylist(found, schema=schema)

    def cells(
        self, table: TableSchema, scope: Scope, columns: Sequence[str], *, buried: bool = False
    ) -> pa.Table:
        schema = pa.schema([table.arrow_schema().field(name) for name in columns])
        rows = self._live(table, scope, buried=buried)
        return pa.Table.from_pylist(
            [{name: row.get(name) for name in columns} for row in rows], schema=schema
        )

    def storable(self, table: TableSchema, rows: pa.Table) -> pa.Table:
        del table
        return rows

    def holders(
        self,
        table: TableSchema,
        column: str,
        by: str,
        values: Sequence[str],
        *,
        buried: bool = False,
    ) -> list[str]:
        found = {
            str(row[column])
            for row in self.stored.get(table.name, {}).values()
            if (buried or row[DELETED] is None)
            and row[column] is not None
            and row[by] is not None
            and str(row[by]) in values
        }
        return sorted(found)

    def strangers(self, table: TableSchema, column: str, by: str, known: Known) -> list[str]:
        narrow, value = known.within

        def inside(row: Row) -> bool:
            return row.get(narrow) is None or str(row[narrow]) == value

        accounted = {
            str(row[known.key])
            for row in self.stored.get(known.table.name, {}).values()
            if inside(row)
            and (row[DELETED] is None or (known.told_by and str(row[known.told_by] or "")))
        }
        found = {
            str(row[column])
            for row in self._live(table, Scope())
            if row[column] is not None and inside(row) and str(row[by]) not in accounted
        }
        return sorted(found)

    def slices(self) -> list[SliceRecord]:
        return list(self.lines)

    def selections(self) -> Mapping[str, LandedSelection]:
        return dict(self.chosen)

    def keep_selections(self, run_id: str, chosen: Mapping[str, LandedSelection]) -> None:
        del run_id
        self.chosen.update(chosen)

    def default_set(self) -> Mapping[str, bool]:
        return dict(self.defaults)

    def keep_default_set(self, run_id: str, tables: Mapping[str, bool]) -> None:
        del run_id
        self.defaults.update(tables)

    def runs(
        self, *, without_end: bool = False, since: dt.datetime | None = None
    ) -> list[RunRecord]:
        newest = sorted(self._runs.values(), key=lambda run: run.started_at, reverse=True)
        return [
            run
            for run in newest
            if (not without_end or run.state is RunState.RUNNING)
            and (since is None or run.started_at >= since)
        ]

    def record_run(self, run: RunRecord) -> None:
        self._runs[run.run_id] = run

    def create_views(
        self, views: Sequence[View], tell: Callable[[Message], None] = lambda _: None
    ) -> list[str]:
        del tell
        self.views.update({view.name: view for view in views})
        return [view.name for view in views]

    def drop_views(
        self, names: Sequence[str], tell: Callable[[Message], None] = lambda _: None
    ) -> None:
        del tell
        for name in names:
            self.views.pop(name, None)

    # -- what tests look at, and what the methods above are made of ---------------------------

    def live(self, table: str) -> dict[Key, Row]:
        """The rows without a tombstone, by key."""
        rows = self.stored.get(table, {})
        return {key: row for key, row in rows.items() if row[DELETED] is None}

    def rows(self, table: str) -> list[Row]:
        """The same, as tests compare them with an account: times as text, and JSON decoded."""
        return self.shown(table, self.live(table).values())

    def shown(self, table: str, rows: Iterable[Row]) -> list[Row]:
        """Rows of a table in that form."""
        kinds = {column.name: column.type for column in self.schemas[table].columns}

        def plain(name: str, cell: Any) -> Any:
            if isinstance(cell, dt.datetime):
                return cell.isoformat()
            is_json = cell is not None and kinds[name] is ColumnType.JSON
            return json.loads(cell) if is_json else cell

        return [{name: plain(name, row[name]) for name in kinds} for row in rows]

    def every_row(self, table: str) -> list[Row]:
        """Buried ones too, with the service columns; JSON is decoded."""
        if table not in self.stored:
            return []
        kinds = {column.name: column.type for column in self.schemas[table].columns}
        are_json = {name for name, kind in kinds.items() if kind is ColumnType.JSON}
        return [
            {
                name: json.loads(cell) if name in are_json and cell is not None else cell
                for name, cell in row.items()
            }
            for row in self.stored[table].values()
        ]

    def buried(self, table: str) -> set[Key]:
        return self.stored.get(table, {}).keys() - self.live(table).keys()

    def told(self, table: str, parent: str = "") -> list[tuple[str, str]]:
        """(state, proof) of the lines of a slice."""
        return [
            (line.state.value, line.proof)
            for line in self.lines
            if (line.table_name, line.parent_key) == (table, parent)
        ]

    def _live(self, table: TableSchema, scope: Scope, *, buried: bool = False) -> list[Row]:
        inside = _inside(table, scope)
        return [
            row
            for row in self.stored.get(table.name, {}).values()
            if (row[DELETED] is not None) == buried and inside(row)
        ]

    def _follow(self, load: Load, heard: _Told) -> None:
        if load.versions is not None:
            live = self._plain(load.table)
            for key in dict.fromkeys(heard.keys):
                if heard.removes and key not in live:
                    continue
                self.past.set(load.table.name, key, live.get(key), load.versions)

    def _merge(self, table: TableSchema, row: Row, at: dt.datetime, change: TableChange) -> str:
        rows = self.stored[table.name]
        key = tuple(row[name] for name in table.primary_key)
        old = rows.get(key)
        how = "changed"
        if old is None or old[DELETED] is not None:
            change.inserted += 1
            how = "new"
        elif any(old.get(name) != cell for name, cell in row.items()):
            change.updated += 1
        else:
            return ""
        rows[key] = {**(old or {}), **row, SYNCED: at, DELETED: None}
        return how

    def _bury(self, table: TableSchema, key: Key, commit: Commit, change: TableChange) -> bool:
        """Whether it was live."""
        rows = self.stored[table.name]
        row = rows.get(key)
        if row is None:
            return False
        was_live = row[DELETED] is None
        change.deleted += was_live
        if commit.deletes is Deletes.REMOVE:
            del rows[key]
        elif row[DELETED] is None:
            row.update({SYNCED: commit.synced_at, DELETED: commit.synced_at})
        return was_live

    def _reopen(self, which: Callable[[SliceRecord], bool]) -> None:
        self.lines = [
            dataclasses.replace(line, state=SliceState.STALE, evidence=None, odd=())
            if which(line)
            else line
            for line in self.lines
        ]


class _Told:
    """What a commit changes of one load, as it is handed out."""

    def __init__(self, load: Load, removes: bool) -> None:
        self.keys: list[Key] = []
        self.removes = removes
        self._load = load
        self._rows: dict[str, list[Row]] = {"new": [], "changed": [], "gone": []}

    def __call__(self, how: str, row: Row) -> None:
        if how:
            self._rows[how].append(row)
            self.keys.append(tuple(row[name] for name in self._load.table.primary_key))

    def tell(self, change: TableChange) -> None:
        if self._load.hands_out:
            rows, keys = self._load.table.arrow_schema(), self._load.table.key_schema()
            of = {"new": rows, "changed": rows, "gone": keys}
            tables = {n: pa.Table.from_pylist(self._rows[n], schema=of[n]) for n in of}
            change.handed = Handed(**tables)


def _stands_for(new: SliceRecord, old: SliceRecord) -> bool:
    """Whether a line takes another's place, as the contract of `commit` says."""
    ours = (new.table_name, new.parent_key, new.ask)
    if ours != (old.table_name, old.parent_key, old.ask) or old.until > new.until:
        return False
    if new.since is not None and (old.since is None or old.since < new.since):
        return False
    return new.state is SliceState.PROVEN or old.state is not SliceState.PROVEN


def _keys(table: TableSchema, keys: pa.Table) -> Iterator[Key]:
    for row in keys.to_pylist():
        yield tuple(row[name] for name in table.primary_key)


def _inside(table: TableSchema, scope: Scope) -> Callable[[Row], bool]:
    """Tells of a row whether it lies in the scope, whose parts are looked at once."""
    times: list[tuple[str, Any, Any]] = [
        (name, window.since, window.until) for name, window in scope.within
    ]
    if scope.cursor is not None:
        times.append((scope.cursor, scope.since, scope.until))
    times = [one for one in times if one[1:] != (None, None)]

    def told(pairs: Iterable[tuple[str, str | int]]) -> list[tuple[str, bool, str]]:
        return [
            (name, table.column(name).type is ColumnType.INT64, str(value)) for name, value in pairs
        ]

    equals, unless = told(scope.equals), told(scope.unless)

    def same(row: Row, name: str, is_number: bool, value: str) -> bool:
        cell = row[name]
        return cell is not None and (str(cell) if is_number else cell) == value

    among = None if scope.among is None else (scope.among[0], frozenset(scope.among[1]))

    def inside(row: Row) -> bool:
        if among is not None and row[among[0]] not in among[1]:
            return False
        for one in equals:
            if not same(row, *one):
                return False
        for one in unless:
            if same(row, *one):
                return False
        for name, since, until in times:
            at = row[name]
            if at is None or (since is not None and at <= since):
                return False
            if until is not None and at > until:
                return False
        return True

    return inside
