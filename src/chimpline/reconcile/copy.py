"""One slice of a copy compared with its account; nothing is written.

What differs is sorted by what can be said of it: the time in a row and the counters of its report
tell whether it changed since the run that read it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.api.client import Client
from chimpline.catalog.row import Changed
from chimpline.catalog.table import Table
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.source import Source
from chimpline.load.contract import Destination
from chimpline.message import Message, Said
from chimpline.model import ColumnType, Scope, parent_key
from chimpline.reconcile.difference import EXAMPLES, Difference, Kind, Level, TableCompared
from chimpline.reconcile.match import differing, match
from chimpline.runs.members.asks import ask_columns
from chimpline.runs.report.names import Names
from chimpline.runs.request import RunRequest
from chimpline.runs.work.thread import LoneThread, Silence
from chimpline.state.bookmarks import Bookmarks

P = ParamSpec("P")
R = TypeVar("R")

MADE = ("create_time", "created_at", "date_created", "timestamp", "send_time")
"""Columns that say since when a record has been there, the first that a table has."""
MOVED = ("updated_at", "last_changed")
"""Columns that say when a record changed last."""


class Copy:
    """The destination, every call on one thread of its own."""

    def __init__(self, destination: Destination, on_silence: Callable[[Message], None]) -> None:
        self.destination = destination
        self._thread = LoneThread(Silence(), on_silence)

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._thread.do(lambda: function(*args, **kwargs))

    def close(self, *, wait: bool = True) -> None:
        self._thread.close(lambda: self.destination.__exit__(None, None, None), wait=wait)


@dataclasses.dataclass
class Checking:
    """What the comparisons of all slices share.

    `now`: the server's time. `turns`: a little more than the connections, so that pages wait for
    connections and not all in memory.
    """

    request: RunRequest
    client: Client
    copy: Copy
    bookmarks: Bookmarks
    tables: Mapping[str, Table]
    level: Level
    now: dt.datetime
    results: dict[str, TableCompared]
    turns: asyncio.Semaphore
    decoders: dict[tuple[str, bool], Decoder] = dataclasses.field(default_factory=dict)
    names: Names = dataclasses.field(default_factory=Names)

    def source(
        self, table: Table, parent: tuple[str, ...], ask: str = "", *, narrow: bool = False
    ) -> Source:
        key = (table.name, narrow)
        if key not in self.decoders:
            shaped = _narrowed(table) if narrow else table
            self.decoders[key] = Decoder(shaped, self.request.hash_salt)
        return Source(self.client, self.decoders[key], parent, ask)

    def columns(self, table: Table) -> list[str]:
        """What is compared: the key and the time at least, every cell at level `rows`."""
        names = [column.name for column in table.schema.columns]
        if self.level is Level.ROWS:
            return names
        wanted = {*table.schema.primary_key, *_telling(table)}
        return [name for name in names if name in wanted]


@dataclasses.dataclass(frozen=True, slots=True)
class ComparedSlice:
    """The slice that is compared, and where its differences are taken down."""

    checking: Checking
    table: Table
    parent: tuple[str, ...]

    @property
    def result(self) -> TableCompared:
        return self.checking.results[self.table.name]

    def differ(
        self,
        kind: Kind,
        count: int,
        *,
        keys: Iterable[str] = (),
        columns: Iterable[str] = (),
        note: Said | None = None,
    ) -> None:
        """Take down so many rows; those of the same kind are one difference."""
        if not count:
            return
        where, same = parent_key(self.parent), None
        for one in self.result.differences:
            if (one.parent, one.kind, one.note) == (where, kind, note):
                same = one
        if same is None:
            below = self.checking.names.below(self.table, self.parent)
            same = Difference(self.table.name, where, kind, 0, note=note, where=below)
            self.result.differences.append(same)
        same.count += count
        same.keys = (*same.keys, *keys)[:EXAMPLES]
        same.columns = tuple(sorted({*same.columns, *columns}))

    def group(
        self,
        rows: pa.Table,
        kinds: Sequence[Kind],
        *,
        columns: Sequence[frozenset[str]] = (),
        note: Said | None = None,
    ) -> None:
        """Take down rows by kind, with the first keys of each.

        `columns`: of each row, those that differ, where rows of both sides are compared.
        """
        for kind in dict.fromkeys(kinds):
            mask = [one is kind for one in kinds]
            some = rows.filter(pa.array(mask, pa.bool_()))
            self.differ(
                kind,
                some.num_rows,
                keys=named(self.table, some.slice(0, EXAMPLES)),
                columns=frozenset().union(*itertools.compress(columns, mask)),
                note=note,
            )

    async def buried(self, rows: pa.Table, scope: Scope) -> set[int]:
        """The places of those of the rows that the copy holds as gone."""
        key = self.table.schema.primary_key
        gone = await self.cells(scope, key, buried=True)
        return set(match(key, rows, gone).pairs_theirs.to_pylist())

    def unlike(self, theirs: pa.Table, ours: pa.Table) -> dict[int, frozenset[str]]:
        """Of rows paired one to one: by the place of those that differ, the columns that do.

        Cells of silent columns are only counted.
        """
        found = differing(self.table.schema, theirs.column_names, theirs, ours)
        silent = [found.pop(name) for name in self.table.silent_columns if name in found]
        self.result.silent += sum(pc.sum(mask).as_py() for mask in silent)
        if not found:
            return {}
        places = pc.indices_nonzero(functools.reduce(pc.or_, found.values()))
        flags = {name: mask.take(places).to_pylist() for name, mask in found.items()}
        named = [
            frozenset(itertools.compress(flags, row)) for row in zip(*flags.values(), strict=True)
        ]
        return dict(zip(places.to_pylist(), named, strict=True))

    def never_proven(self) -> Kind:
        """Why rows may lack that no proven line speaks for."""
        known = parent_key(self.parent) in self.checking.bookmarks.parents(self.table.name)
        return Kind.UNPROVEN if known else Kind.NOT_COPIED

    async def cells(
        self, scope: Scope, columns: Sequence[str], *, buried: bool = False
    ) -> pa.Table:
        copy = self.checking.copy
        return await copy.call(
            copy.destination.cells, self.table.schema, scope, columns, buried=buried
        )

    async def count(self, scope: Scope) -> int:
        copy = self.checking.copy
        return await copy.call(copy.destination.count, self.table.schema, scope)

    async def surplus(self, scope: Scope) -> int:
        """How many rows are there beside another one of their key."""
        if not self.result.surplus:
            return 0
        copy = self.checking.copy
        return await copy.call(copy.destination.surplus, self.table.schema, scope)

    async def storable(self, rows: pa.Table) -> pa.Table:
        copy = self.checking.copy
        return await copy.call(copy.destination.storable, self.table.schema, rows)


def named(table: Table, rows: pa.Table) -> list[str]:
    """Own keys as a person reads them."""
    names = [name for name in table.schema.primary_key if name not in table.variables]
    return [
        " ".join(
            cell.isoformat() if isinstance(cell, dt.datetime) else str(cell)
            for cell in row.values()
        )
        for row in rows.select(names).to_pylist()
    ]


def _telling(table: Table) -> list[str]:
    """The columns that tell when a record came or changed, and which ask it answers."""
    has = {c.name for c in table.schema.columns if c.type is ColumnType.TIMESTAMP}
    names = [name for name in (*MADE, *MOVED) if name in has]
    if isinstance(table.reading, Changed):
        names = [table.reading.cursor, *ask_columns(table.row.ask)]
    return names


def _narrowed(table: Table) -> Table:
    """The table as it is asked for where only its keys are wanted: pages are small then."""
    # An event is put in order by what it holds besides (see the decoder's ordinal).
    events = [f.column.name for f in table.fields if f.in_event]
    columns = frozenset({*table.schema.primary_key, *_telling(table), *events})
    known = {column.name for column in table.offered.columns}
    selection = dataclasses.replace(
        table.selection, columns=columns & known, exclude=frozenset(), dropped=frozenset()
    )
    return dataclasses.replace(table, selection=selection)
