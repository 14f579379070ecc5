"""The members of one audience on both sides: counted, and read by the time of their change."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.row import Changed
from chimpline.extract.seek import seek
from chimpline.extract.source import Emit
from chimpline.extract.walk import walk
from chimpline.load.merge import latest
from chimpline.message import Message
from chimpline.model import LAST_SECOND, Scope, Window
from chimpline.reconcile.copy import ComparedSlice
from chimpline.reconcile.difference import Level
from chimpline.runs.members.asks import of_ask, window_filters
from chimpline.runs.members.bisection import Leaf, packed
from chimpline.runs.work.together import together


class UnprovenError(Exception):
    """Members could not be read to a proof."""

    def __init__(self, said: Message) -> None:
        super().__init__(said)
        self.said = said


class MemberSides:
    """`columns`: those that are read of every member. `none`: no rows, with these columns."""

    def __init__(self, slice_: ComparedSlice) -> None:
        self.slice = slice_
        self.checking = slice_.checking
        self.table = slice_.table
        self.parent = slice_.parent
        if not isinstance(self.table.reading, Changed):
            raise TypeError(self.table.name)
        self.cursor = self.table.reading.cursor
        self.floor = self.checking.request.floor
        self.columns = self.checking.columns(self.table)
        stored = self.table.schema.arrow_schema()
        self.none = pa.schema([stored.field(name) for name in self.columns]).empty_table()

    async def total(self, ask: str, window: Window) -> int | None:
        """How many members Mailchimp holds in a window; None where it does not tell."""
        filters = window_filters(self.cursor, window)
        return await self.checking.source(self.table, self.parent, ask).total(filters)

    def scope(self, window: Window | None = None, ask: str | None = None) -> Scope:
        """Rows of the copy: all of the audience, or those of a window, or of one ask."""
        scope = Scope(equals=(("list_id", self.parent[0]),))
        if window is not None:
            scope = dataclasses.replace(
                scope, cursor=self.cursor, since=window.since, until=window.until
            )
        return scope if ask is None else of_ask(scope, ask, self.table.row.ask)

    async def leaves(self, ask: str) -> list[Leaf]:
        """Stretches of time that hold a page each, by what the copy holds of the ask."""
        window = Window(self.floor, LAST_SECOND)
        copy, none = self.checking.copy, self.table.schema.key_schema().empty_table()
        found = await copy.call(
            copy.destination.counts_by,
            self.table.schema,
            self.scope(window, ask),
            self.cursor,
            none,
        )
        return packed(
            window.since, window.until, found["value"].to_pylist(), found["rows"].to_pylist()
        )

    async def read(self, ask: str, leaves: Sequence[Leaf]) -> tuple[pa.Table, pa.Table]:
        """Neighbouring stretches of time, theirs and ours, each key once."""
        batches: list[pa.RecordBatch] = []
        async with together() as group:
            for leaf in leaves:
                group.create_task(self._sought(ask, Window(leaf.since, leaf.until), batches))
        theirs = await self._landed(batches)
        window = Window(leaves[0].since, leaves[-1].until)
        ours = await self.slice.cells(self.scope(window, ask), self.columns)
        self.slice.result.add(theirs.num_rows, ours.num_rows)
        return theirs, latest(ours, self.table.schema.primary_key)

    async def without_time(self) -> tuple[pa.Table, pa.Table]:
        """Members without a time of change are in no window: they show as a difference of totals.

        They are walked for on Mailchimp's side, and left after the windows on ours.
        """
        ours = self.none
        timed = self.scope(Window(None, LAST_SECOND))
        if await self.slice.count(self.scope()) > await self.slice.count(timed):
            ours = await self.slice.cells(self.scope(), self.columns)
            ours = ours.filter(pc.is_null(ours[self.cursor]))
            self.slice.result.add(0, ours.num_rows)
        batches: list[pa.RecordBatch] = []
        for ask in self.table.row.ask:
            await self._walked(ask, batches)
        theirs = await self._landed(batches)
        theirs = theirs.filter(pc.is_null(theirs[self.cursor]))
        self.slice.result.add(theirs.num_rows, 0)
        return theirs, ours

    async def _sought(self, ask: str, window: Window, batches: list[pa.RecordBatch]) -> None:
        source = self.checking.source(self.table, self.parent, ask, narrow=self._narrow)
        async with self.checking.turns:
            sought = await seek(source, window, _into(batches))
        if sought.found.trouble:
            raise UnprovenError(sought.found.trouble)

    async def _walked(self, ask: str, batches: list[pa.RecordBatch]) -> None:
        source = self.checking.source(self.table, self.parent, ask, narrow=self._narrow)
        everyone = await source.total()
        timed = await self.total(ask, Window(None, LAST_SECOND))
        if everyone is None or timed is None or everyone <= timed:
            return
        found = await walk(source, _into(batches))
        if found.trouble:
            raise UnprovenError(found.trouble)

    async def _landed(self, batches: list[pa.RecordBatch]) -> pa.Table:
        """Rows as they would be stored, the later one of each key."""
        narrow = self.checking.source(self.table, self.parent, narrow=self._narrow)
        rows = pa.Table.from_batches(batches, narrow.table.schema.arrow_schema())
        rows = latest(rows.sort_by(self.cursor), self.table.schema.primary_key)
        return await self.slice.storable(rows.select(self.columns))

    @property
    def _narrow(self) -> bool:
        return self.checking.level is Level.KEYS


def _into(batches: list[pa.RecordBatch]) -> Emit:
    async def take(batch: pa.RecordBatch, _: int) -> None:
        batches.append(batch)

    return take
