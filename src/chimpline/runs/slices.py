"""A slice that is read whole: walk, prove, find what vanished, confirm, commit."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.table import Events, Table
from chimpline.errors import BrokenAnswer, NotFound, Refused, SourceUnavailable
from chimpline.extract.plan import DEFINITIONS, Row, children, kept_columns
from chimpline.extract.source import Found, Source
from chimpline.extract.walk import Reached, walk
from chimpline.model import Deletes, Scope, SliceRecord, SliceState, parent_key
from chimpline.runs.context import Context
from chimpline.runs.turns import FIRST, Helpers
from chimpline.runs.unfinished import Unfinished
from chimpline.runs.writer import Part
from chimpline.state.bookmarks import IN_PROGRESS

PART_PAGES = 5
CONFIRM_ONE_BY_ONE = 50
"""So many candidates are asked for by id (404); more are confirmed by reading the slice again."""


class Collector:
    """Takes the pages of one slice: on to the writer, their keys and kept columns aside."""

    def __init__(
        self,
        context: Context,
        table: Table,
        parent: tuple[str, ...],
        *,
        keep: bool = False,
        gate: dict[str, Any] | None = None,
        resume: Unfinished | None = None,
    ) -> None:
        self.seen: list[pa.RecordBatch] = []
        self.attempts = 0
        self.left_out = 0
        self.landed = 0
        self.resumed: Unfinished | None = None
        self._resume = resume
        self._gate = gate
        self._reached: Reached | None = None
        self._context = context
        self._table = table
        self._parent = parent
        self._begun = False
        self._floor = floor_of(context, table)
        self._landed = table.name in context.selected
        self._columns = kept_columns(table) if keep else None
        self._kept: dict[tuple[Any, ...], Row] = {}
        self._batches: list[pa.RecordBatch] = []
        self._pages = 0

    @property
    def rows(self) -> list[Row]:
        """The kept columns, each row once: a collection that shifts is read, and met, again."""
        return list(self._kept.values())

    @property
    def until(self) -> dt.datetime:
        """As of when the slice is read: where it goes on, as of its first part."""
        return self.resumed.until if self.resumed else self._context.horizon

    def begin(self) -> None:
        """A new attempt: what an earlier one met may be gone by now. The first may be resumed."""
        self.attempts += 1
        self.resumed = self._resume if self.attempts == 1 else None
        self.left_out = self.resumed.left_out if self.resumed else 0
        self.landed = self.resumed.landed if self.resumed else 0
        self._reached = None
        self.seen.clear()

    def reached(self, place: Reached) -> None:
        """The page that is taken next ends there."""
        self._reached = place

    async def take(self, batch: pa.RecordBatch, records: int) -> None:
        """One page; every few pages a part goes to the writer."""
        self._context.tally.page(self._table.name, records=records, rows=batch.num_rows)
        self._context.failures = 0
        if self._columns is not None:
            key = self._table.offered.primary_key
            for row in batch.select(self._columns).to_pylist():
                self._kept[tuple(row[name] for name in key)] = row
        if not self._landed:
            return
        batch = self._in_scope(batch)
        self.landed += batch.num_rows
        self.seen.append(batch.select(list(self._table.schema.primary_key)))
        self._batches.append(batch)
        self._pages += 1
        if self._pages >= PART_PAGES:
            await self.hand_over()

    async def hand_over(self, *, last: Part | None = None) -> None:
        """What was taken so far goes to the writer, with `last` at the end of the slice."""
        part = last or Part(self._table.schema)
        if last is None:
            if not self._batches:
                return
            if not self._begun or self._gate is not None:
                self._begun = True
                part.slices = [self._in_progress()]
        part.batches, self._batches = [*self._batches, *part.batches], []
        part.pages, self._pages = self._pages, 0
        await self._context.writer.put(part)

    def _in_progress(self) -> SliceRecord:
        """A line that proves nothing, and tells later runs that this parent has rows here.

        Behind a gate it also tells how far they go without a gap.
        """
        gate = None
        if self._gate is not None and self._reached is not None:
            told = Unfinished(self._reached, self.landed, self.left_out, self._floor, self.until)
            gate = self._gate | told.told()
        return self._context.line(
            self._table,
            self._parent,
            state=SliceState.UNPROVEN,
            proof=IN_PROGRESS,
            rows=0,
            requests=0,
            since=self.until,
            until=self.until,
            gate=gate,
        )

    def keys(self) -> pa.Table:
        """All keys taken, in the key schema."""
        schema = self._table.schema.key_schema()
        return pa.Table.from_batches(self.seen, schema) if self.seen else schema.empty_table()

    def _in_scope(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self._floor is None or not isinstance(self._table.reading, Events):
            return batch
        cursor = batch.column(self._table.reading.cursor)
        inside = batch.filter(pc.greater(cursor, pa.scalar(self._floor, cursor.type)))
        self.left_out += batch.num_rows - inside.num_rows
        return inside


def floor_of(context: Context, table: Table) -> dt.datetime | None:
    """The start date, where it trims this table; None elsewhere."""
    return context.floor if isinstance(table.reading, Events) else None


def scope_of(context: Context, table: Table, parent: tuple[str, ...]) -> Scope:
    """The rows that a slice speaks for."""
    values = context.source(table, parent).parent_values
    cursor = table.reading.cursor if isinstance(table.reading, Events) else None
    return Scope(
        equals=tuple(values.items()),
        cursor=cursor if context.floor else None,
        since=context.floor if cursor else None,
    )


async def read_slice(
    context: Context,
    table: Table,
    parent: tuple[str, ...] = (),
    *,
    keep: bool = False,
    expected: int | None = None,
    gate: dict[str, Any] | None = None,
    resume: Unfinished | None = None,
) -> list[Row] | None:
    """Read a slice whole and commit it; its kept rows, or None where it could not be read.

    `resume`: the part of it that an earlier run has read, if that may be built upon.
    """
    if table.name in context.refused:
        return None
    full = context.bookmarks.latest(table.name, parent_key(parent)) is None
    if resume and expected:
        expected = max(0, expected - resume.reached.records)
    context.tally.begin(table.name, full=full, expected=expected)
    source = context.source(table, parent)
    collector = Collector(context, table, parent, keep=keep, gate=gate, resume=resume)
    try:
        async with context.turns.turn(FIRST if _awaited(table) else expected or 0) as turn:
            help_ = context.turns.helpers(turn)
            found = await _walked(source, collector, help_, resume.reached if resume else None)
            if found.proof and collector.resumed and not await _held(context, source, collector):
                found = await _walked(source, collector, help_)
            tombstones = None
            if table.name in context.selected:
                if found.proof and not collector.resumed:
                    tombstones, found = await _vanished(context, source, collector, found, help_)
                line = _line(context, source, found, gate, collector)
                part = Part(table.schema, tombstones=tombstones, slices=[line])
                await collector.hand_over(last=part)
    except (NotFound, Refused, SourceUnavailable, BrokenAnswer) as error:
        await collector.hand_over()
        await context.failed(table, parent, error)
        return None
    except asyncio.CancelledError:
        await asyncio.shield(collector.hand_over())
        raise
    finally:
        context.tally.end(table.name, source.requests)
    if found.proof is None:
        context.unproven(table, parent, found.trouble)
    left_out = context.tally[table.name].left_out
    if left_out is not None:
        context.tally[table.name].left_out = left_out + collector.left_out
    return collector.rows


async def _walked(
    source: Source, collector: Collector, help_: Helpers, resume: Reached | None = None
) -> Found:
    return await walk(
        source,
        collector.take,
        begin=collector.begin,
        reached=collector.reached,
        resume=resume,
        help_=help_,
    )


async def _held(context: Context, source: Source, collector: Collector) -> bool:
    """Whether the destination holds what both parts of a slice brought, and nothing else of it."""
    await collector.hand_over()
    await context.writer.settled()
    scope = scope_of(context, source.table, source.parent)
    destination = context.writer.destination
    there = await context.writer.call(destination.count, source.table.schema, scope)
    return there == collector.landed


def _awaited(table: Table) -> bool:
    """Whether other tables cannot begin before this one is read."""
    return table.name in DEFINITIONS or bool(children(table))


def _line(
    context: Context,
    source: Source,
    found: Found,
    gate: dict[str, Any] | None,
    collector: Collector,
) -> SliceRecord:
    table, left_out = source.table, collector.left_out
    since = floor_of(context, table)
    kept = {**(gate or {}), "_left_out": left_out} if left_out else gate
    return context.line(
        table,
        source.parent,
        state=SliceState.PROVEN if found.proof else SliceState.UNPROVEN,
        proof=found.proof or found.trouble,
        rows=found.rows,
        requests=source.requests,
        since=since,
        until=collector.until,
        gate=kept,
    )


async def _vanished(
    context: Context, source: Source, collector: Collector, found: Found, help_: Helpers
) -> tuple[pa.Table | None, Found]:
    """Keys of rows that a proven read did not meet, confirmed to be gone a second time."""
    table = source.table
    if context.request.deletes is Deletes.IGNORE:
        return None, found
    if collector.attempts > 1:
        # What only an earlier attempt met has to be in the destination to be found missing.
        await collector.hand_over()
        await context.writer.settled()
    elif table.name in context.fresh:
        return None, found
    scope = scope_of(context, table, source.parent)
    missing = await context.writer.call(
        context.writer.destination.missing, table.schema, scope, collector.keys()
    )
    if not missing.num_rows:
        return None, found
    there, rule = await present(source, missing, help_)
    if there is None:
        return None, Found(found.rows, found.requests, None, f"absences not confirmed: {rule}")
    gone = subtract(missing, there)
    return gone, Found(found.rows, found.requests, f"{found.proof}; {gone.num_rows} gone: {rule}")


async def present(
    source: Source, missing: pa.Table, help_: Helpers | None = None
) -> tuple[pa.Table | None, str]:
    """Which rows of the records in `missing` Mailchimp still has, asked a second time.

    None where that could not be told.
    """
    table = source.table
    ids = pc.unique(missing.column(table.record_key)).to_pylist()
    batches: list[pa.RecordBatch] = []
    keys = list(table.schema.primary_key)
    if askable(table) and len(ids) <= CONFIRM_ONE_BY_ONE:
        for key in ids:
            page = await source.record(str(key))
            if page is not None:
                batches.append(source.rows(page).select(keys))
        rule = f"{len(ids)} asked by id"
    else:

        async def take(batch: pa.RecordBatch, _: int) -> None:
            batches.append(batch.select(keys))

        found = await walk(source, take, help_=help_)
        if found.proof is None:
            return None, found.trouble
        rule = "absent from a second walk too"
    return pa.Table.from_batches(batches, table.schema.key_schema()), rule


def askable(table: Table) -> bool:
    """Whether single records can be asked for: a hashed key tells Mailchimp nothing."""
    return table.record_path is not None and table.record_key not in table.selection.hashed


def subtract(keys: pa.Table, others: pa.Table) -> pa.Table:
    """The keys that are not among `others`."""
    if not others.num_rows:
        return keys
    return keys.join(others, keys.column_names, join_type="left anti").cast(keys.schema)
