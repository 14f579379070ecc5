"""Takes the pages of one slice: on to the writer, their keys and kept columns aside."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.table import Events, Table
from chimpline.extract.plan import Row
from chimpline.extract.room import Claim
from chimpline.extract.source import Source
from chimpline.extract.walk import Reached
from chimpline.model import SliceRecord, SliceState, Window
from chimpline.runs.context import Context
from chimpline.runs.slice.unfinished import Unfinished
from chimpline.runs.work.writer import Part
from chimpline.state.bookmarks import IN_PROGRESS

PART_PAGES = 5
PART_SHARE = 64
"""Of the room for pages: a slice keeps no more than that back until its part is full."""
EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
PIECE_SHARE = 2
"""Of a commit: a page that is heavier is landed in pieces."""


class Collector:
    """Takes the pages of one slice: on to the writer, their keys and kept columns aside.

    `keep`: the source that made them, where the rest of the run asks for what they say. `window`:
    what is read of `ask`, where that is not all. `begun`: there are lines of this parent already,
    which prove what this does not speak for; so no line is written that says it is in progress.
    """

    def __init__(
        self,
        context: Context,
        table: Table,
        parent: tuple[str, ...],
        *,
        keep: Source | None = None,
        gate: dict[str, Any] | None = None,
        resume: Unfinished | None = None,
        ask: str = "",
        window: Window | None = None,
        begun: bool = False,
    ) -> None:
        self.seen: list[pa.RecordBatch] = []
        self.attempts = 0
        self.left_out = 0
        self.landed = 0
        self.resumed: Unfinished | None = None
        self._resume = resume
        self._gate = gate
        self._reached: Reached | None = None
        self._midway = False
        self._context = context
        self._table = table
        self._parent = parent
        self._ask = ask
        self._window = window
        self._begun = begun
        self._floor = floor_of(context, table)
        self._landed = table.name in context.chosen.selected
        self._source = keep
        if keep is not None:
            keep.keeps_sent = True
        self._kept: dict[tuple[Any, ...], Row] = {}
        self._batches: list[pa.RecordBatch] = []
        self._claims: list[Claim] = []
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
        self._midway = False
        self.seen.clear()

    def reached(self, place: Reached) -> None:
        """The page that is taken next ends there."""
        self._reached = place

    async def take(self, batch: pa.RecordBatch, records: int) -> None:
        """One page; every few pages a part goes to the writer."""
        self._context.tally.page(self._table.name, records=records, rows=batch.num_rows)
        self._context.failures.answered()
        if self._source is not None:
            key = self._table.offered.primary_key
            for row in self._source.sent():
                self._kept[tuple(row[name] for name in key)] = row
        if not self._landed:
            return
        batch = self._in_scope(batch)
        self.landed += batch.num_rows
        self.seen.append(batch.select(list(self._table.schema.primary_key)))
        pieces = self._pieces(batch)
        del batch
        for piece in pieces[:-1]:
            self._midway = True
            self._keep(piece)
            await self.hand_over()
        self._midway = False
        self._keep(pieces[-1])
        self._pages += 1
        room = self._context.writer.room
        kept = sum(claim.size for claim in self._claims)
        if self._pages >= PART_PAGES or kept >= room.limit // PART_SHARE or room.short:
            await self.hand_over()

    def _keep(self, rows: pa.RecordBatch) -> None:
        self._batches.append(rows)
        self._claims.append(self._context.writer.room.hold(rows.nbytes))

    def _pieces(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """The rows of one page in batches of a size that a commit can hold."""
        most = max(1, self._context.writer.commit_bytes // PIECE_SHARE)
        pieces = min(-(-batch.nbytes // most), batch.num_rows)
        if pieces <= 1:
            return [batch]
        rows = -(-batch.num_rows // pieces)
        return [batch.slice(begin, rows) for begin in range(0, batch.num_rows, rows)]

    async def hand_over(self, *, last: Part | None = None) -> None:
        """What was taken so far goes to the writer, with `last` at the end of the slice."""
        part = last or Part(self._table.schema)
        if last is None:
            if not self._batches:
                return
            # In the middle of a page no line may say how far one came: to the end of that page.
            if not self._begun or (self._gate is not None and not self._midway):
                self._begun = True
                part.slices = [self._in_progress()]
        part.batches, self._batches = [*self._batches, *part.batches], []
        part.claims, self._claims = self._claims, []
        part.pages, self._pages = self._pages, 0
        await self._context.writer.put(part)

    def _in_progress(self) -> SliceRecord:
        """A line that proves nothing, and tells later runs that this parent has rows here.

        Behind a gate it also tells how far they go without a gap.
        """
        gate = None
        # The ledger holds no key in clear that the rows hold hashed.
        hashed = self._table.selection.hashed.intersection(self._table.record_keys)
        where = None if hashed or self._midway else self._reached
        if self._gate is not None and where is not None:
            told = Unfinished(where, self.landed, self.left_out, self._floor, self.until)
            gate = self._gate | told.told()
        since = until = self.until
        if self._window is not None:
            # Where the window begins, so that its proof, and no other's, takes the line's place.
            since = until = self._window.since or EARLIEST
        return self._context.line(
            self._table,
            self._parent,
            ask=self._ask,
            state=SliceState.UNPROVEN,
            proof=IN_PROGRESS,
            rows=0,
            requests=0,
            since=since,
            until=until,
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
