"""A slice that runs read whole, compared with its account: totals, keys or cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.row import Changed, Events, Gate
from chimpline.catalog.table import Table
from chimpline.extract.instants import instant
from chimpline.extract.plan import Row, expected_rows, gate_moved
from chimpline.extract.source import NONE, Source
from chimpline.extract.walk import walk
from chimpline.load.merge import latest
from chimpline.message import Message
from chimpline.model import Scope, parent_key
from chimpline.reconcile.copy import MADE, MOVED, Checking, ComparedSlice
from chimpline.reconcile.difference import Kind, Level
from chimpline.reconcile.match import match


def uncountable(table: Table) -> Message | None:
    """Why `total_items` is no number of this table's rows; None where it is.

    See docs/mailchimp-facts.md#totals and docs/mailchimp-facts.md#recipients-and-their-activity.
    """
    if table.row.undercounts:
        return Message("note-undercounted")
    if table.host:
        return Message.of("note-riding", host=table.host.name)
    return Message("note-recipients") if table.row.unnest else None


class SliceCheck:
    """One such slice. `rests`: nothing tells of all that changes in it, and it is not due."""

    def __init__(
        self, checking: Checking, table: Table, parent: tuple[str, ...], *, rests: bool = False
    ) -> None:
        self.checking = checking
        self.table = table
        self.slice = ComparedSlice(checking, table, parent)
        self.source = checking.source(table, parent, narrow=checking.level is Level.KEYS)
        self.line = checking.bookmarks.latest(table.name, parent_key(parent))
        self.gate: Gate | None = None
        self.moved = False
        self.rests = rests
        self.met: pa.Array | None = None
        self.scope = Scope(equals=tuple(self.source.parent_values.items()))

    async def compare(self, *, row: Row | None = None, rows: pa.Table | None = None) -> None:
        """Compare; `row` is the parent's, `rows` where the slice's records are read already."""
        self.slice.result.slices += 1
        by = self.table.row.gate
        if row is not None and by is not None and by.holds(row):
            self.gate = by
            self.moved = self.line is not None and gate_moved(by, self.line.evidence, row)
        if self.checking.level is Level.COUNTS:
            await self._count(rows)
            return
        if rows is None:
            read = await self._read(expected_rows(self.table, row) if row else None)
            if isinstance(read, Message):
                self.slice.differ(Kind.UNREAD, 1, note=read)
                return
            rows = read
        columns = self.checking.columns(self.table)
        rows = rows.filter(pc.invert(self._outside(rows)))
        self.met = rows.column(self.table.record_key).combine_chunks() if self._since() else None
        theirs = await self.slice.storable(rows.select(columns))
        ours = await self.slice.cells(self.scope, columns)
        outside = self._outside(ours)
        self.slice.differ(Kind.OUTSIDE, int(pc.sum(outside).as_py() or 0))
        ours = ours.filter(pc.invert(outside))
        self.slice.result.add(theirs.num_rows, ours.num_rows)
        ours = latest(ours, self.table.schema.primary_key)
        matched = match(self.table.schema.primary_key, theirs, ours)
        await self._missing(theirs.take(matched.only_theirs))
        extra = ours.take(matched.only_ours)
        self.slice.group(extra, [Kind.GONE] * extra.num_rows)
        if self.checking.level is Level.ROWS:
            self._cells(theirs.take(matched.pairs_theirs), ours.take(matched.pairs_ours))

    async def _read(self, expected: int | None) -> pa.Table | Message:
        """All rows; of what rides, those of each ask of its host."""
        if self.table.host is None or len(self.table.host.row.ask) == 1:
            return await read_whole(self.source, expected)
        parts = []
        for ask in self.table.host.row.ask:
            narrow = self.checking.level is Level.KEYS
            source = self.checking.source(self.table, self.slice.parent, ask, narrow=narrow)
            read = await read_whole(source, filters=self._since())
            if isinstance(read, Message):
                return read
            parts.append(read)
        return latest(pa.concat_tables(parts), self.table.schema.primary_key)

    def _since(self) -> dict[str, str]:
        """What rides in members is landed of those since the start date, as they are."""
        floor, host = self.checking.request.floor, self.table.host
        if floor is None or host is None or not isinstance(host.reading, Changed):
            return {}
        return {f"since_{host.reading.cursor}": instant(floor)}

    async def _count(self, rows: pa.Table | None) -> None:
        result, ours = self.slice.result, await self.slice.count(self.scope)
        if rows is not None:
            theirs: int | None = rows.num_rows
        else:
            theirs = await self.source.total()
        result.add(theirs, ours)
        if theirs is None:
            result.note = Message.of("note-uncountable", why=Message("note-no-total"))
            return
        ours -= await self.slice.surplus(self.scope)
        if theirs != ours:
            if self.line is None:
                kind = self.slice.never_proven()
            elif self.moved:
                kind = Kind.CHANGED
            else:
                kind = Kind.FEWER if theirs > ours else Kind.MORE
            note = Message.of("note-counts", theirs=theirs, ours=ours)
            self.slice.differ(kind, abs(theirs - ours), note=note)

    def _outside(self, rows: pa.Table) -> pa.Array:
        """Which rows lie before the start date.

        Those that ride tell no time: what rides in a record of which nothing was read is taken to.
        """
        if self._since() and self.met is not None:
            records = rows.column(self.table.record_key).combine_chunks()
            return pc.invert(pc.is_in(records, self.met))
        floor = self.checking.request.floor
        if floor is None or not isinstance(self.table.reading, Events):
            return pa.array([False] * rows.num_rows, pa.bool_())
        times = rows.column(self.table.reading.cursor)
        return pc.less_equal(times, pa.scalar(floor, times.type)).combine_chunks()

    async def _missing(self, rows: pa.Table) -> None:
        """Sort the rows that only Mailchimp has."""
        if not rows.num_rows:
            return
        line = self.line
        if line is None:
            self.slice.group(rows, [self.slice.never_proven()] * rows.num_rows)
            return
        marked = await self.slice.buried(rows, self.scope)
        joined = _times(rows, MOVED if self.gate is not None and self.gate.audience else ())
        kinds = []
        for place, time in enumerate(_times(rows, MADE)):
            if time is not None and time > line.until:
                kinds.append(Kind.NEW)
            elif self.moved or (joined[place] or line.until) > line.until:
                kinds.append(Kind.REOPENED)
            elif place in marked:
                kinds.append(Kind.BURIED)
            else:
                untold = Kind.NOT_DUE if self.rests else Kind.UNTOLD_ROW
                told = time is not None or self._tells_all
                kinds.append(Kind.LOST if told else untold)
        self.slice.group(rows, kinds)

    @property
    def _tells_all(self) -> bool:
        """Whether there is no news while the gate stays; of a segment there can be."""
        return self.gate is not None and not self.gate.audience

    def _cells(self, theirs: pa.Table, ours: pa.Table) -> None:
        """Sort the rows whose cells differ; those of silent columns are only counted."""
        unlike = self.slice.unlike(theirs, ours)
        some = theirs.take(pa.array(list(unlike), pa.int64()))
        kinds = [self._why(time) for time in _times(some, MOVED)]
        self.slice.group(some, kinds, columns=list(unlike.values()))

    def _why(self, moved_at: dt.datetime | None) -> Kind:
        if self.line is None:
            return self.slice.never_proven()
        since = moved_at is not None and moved_at > self.line.until
        if self.moved or since:
            return Kind.CHANGED
        untold = Kind.NOT_DUE if self.rests else Kind.UNTOLD_CELL
        return Kind.ALTERED if self._tells_all else untold


def _times(rows: pa.Table, names: Sequence[str]) -> list[dt.datetime | None]:
    """Of each row, what stands in the first of these columns that there is."""
    name = next((one for one in names if one in rows.column_names), None)
    return rows.column(name).to_pylist() if name else [None] * rows.num_rows


async def read_whole(
    source: Source,
    expected: int | None = None,
    sent: list[Row] | None = None,
    *,
    filters: Mapping[str, str] = NONE,
) -> pa.Table | Message:
    """All records of a slice, each once; or why they could not be read.

    `expected`: how many its parent tells. `filters` are further query parameters. `sent` takes
    their kept columns as they were sent.
    """
    batches: list[pa.RecordBatch] = []
    met: dict[Any, Row] = {}
    source.keeps_sent = sent is not None

    async def take(batch: pa.RecordBatch, _: int) -> None:
        batches.append(batch)
        if sent is not None:
            keys = source.table.record_keys
            met.update((tuple(row[name] for name in keys), row) for row in source.sent())

    def begin() -> None:
        batches.clear()
        met.clear()

    found = await walk(source, take, filters, begin=begin, expected=expected or 0)
    if found.trouble is not None:
        return found.trouble
    if sent is not None:
        sent.extend(met.values())
    schema = source.table.schema
    return latest(pa.Table.from_batches(batches, schema.arrow_schema()), schema.primary_key)
