"""Takes the pages of one slice: on to the writer, their keys and kept columns aside."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.row import Events
from chimpline.catalog.table import Table
from chimpline.evidence import GateValues
from chimpline.extract.plan import Row
from chimpline.extract.room import Claim
from chimpline.extract.source import Source
from chimpline.extract.walk import Reached
from chimpline.model import Deletes, Scope, SliceRecord, SliceState, Window
from chimpline.runs.context import Context
from chimpline.runs.slice.riders import Rider
from chimpline.runs.slice.unfinished import Unfinished
from chimpline.runs.work.writer import Part
from chimpline.state.bookmarks import IN_PROGRESS

PART_PAGES = 5
PART_SHARE = 64
"""Of the room for pages: a slice keeps no more than that back until its part is full."""
EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
PIECE_SHARE = 2
"""Of a commit: a page that is heavier is landed in pieces."""


@dataclasses.dataclass(slots=True)
class _Attempt:
    """What one attempt came to so far. `resumed`: the part that it goes on from, of a stopped run.

    `midway`: of its last page, only a piece was taken.
    """

    resumed: Unfinished | None = None
    landed: int = 0
    left_out: int = 0
    reached: Reached | None = None
    midway: bool = False
    seen: list[pa.RecordBatch] = dataclasses.field(default_factory=list)


class Collector:
    """Takes the pages of one slice: on to the writer, their keys and kept columns aside.

    Its life: `begin` an attempt, which may be the first of several; then, page after page,
    `reached` and `take`; and `hand_over` at the end, with the slice's line. Where the slice ends
    otherwise, `hand_over` too, so that what was taken lands. Whoever makes one attempt only need
    not `begin` it.

    `riders`: each table whose rows ride in the pages, with a collector of its own, which is driven
    by this one; `source` made the pages then; `replaces`: what rides in a record that is met is
    all that does, and the rest is buried, though nothing speaks for the records that are not met.
    `forgets`: nobody asks for its keys. `keep`: the source as well, where the rest of the run asks
    for what its pages say. `window`: what is read of `ask`, where that is not all. `begun`: there
    are lines of this parent already, which prove what this does not speak for; so no line is
    written that says it is in progress.
    """

    def __init__(
        self,
        context: Context,
        table: Table,
        parent: tuple[str, ...],
        *,
        keep: Source | None = None,
        gate: GateValues | None = None,
        resume: Unfinished | None = None,
        ask: str = "",
        window: Window | None = None,
        begun: bool = False,
        riders: Sequence[tuple[Rider, Collector]] = (),
        source: Source | None = None,
        replaces: bool = False,
        forgets: bool = False,
    ) -> None:
        self._context = context
        self._table = table
        self._parent = parent
        self._ask = ask
        self._window = window
        self._begun = begun
        self._resume = resume
        self._gate = gate
        self._floor = floor_of(context, table)
        self._lands = table.name in context.chosen.selected
        self._kept_of = keep
        self.riders = riders
        self._replaces = replaces
        self._forgets = forgets
        self._pending: list[pa.RecordBatch] = []
        self._source = source or keep
        if self._source is not None:
            self._source.keeps_sent = keep is not None or bool(riders)
        self._attempts = 0
        self._now = _Attempt()
        self._kept: dict[tuple[Any, ...], Row] = {}
        self._batches: list[pa.RecordBatch] = []
        self.claims: list[Claim] = []
        self._pages = 0

    # -- what it came to --------------------------------------------------------------------

    @property
    def rows(self) -> list[Row]:
        """The kept columns, each row once: a collection that shifts is read, and met, again."""
        return list(self._kept.values())

    @property
    def repeated(self) -> bool:
        """Whether an earlier attempt took what this one may not have met."""
        return self._attempts > 1

    @property
    def resumed(self) -> bool:
        """Whether this attempt goes on from a part that another run has read."""
        return self._now.resumed is not None

    @property
    def until(self) -> dt.datetime:
        """As of when the slice is read: where it goes on, as of its first part."""
        return self._now.resumed.until if self._now.resumed else self._context.horizon

    @property
    def landed(self) -> int:
        """Rows of this attempt, and of the part that it goes on from, in the chosen scope."""
        return self._now.landed

    @property
    def left_out(self) -> int:
        """Rows that the start date leaves out, counted in the same way."""
        return self._now.left_out

    def keys(self) -> pa.Table:
        """All keys that this attempt took, in the key schema."""
        return pa.Table.from_batches(self._now.seen, self._table.schema.key_schema())

    # -- its life ---------------------------------------------------------------------------

    def begin(self) -> None:
        """A new attempt: what an earlier one met may be gone by now. The first may be resumed."""
        for rider, collector in self.riders:
            rider.odd.clear()
            collector.begin()
        self._attempts += 1
        resume = self._resume if self._attempts == 1 else None
        self._now = _Attempt(resume, resume.landed, resume.left_out) if resume else _Attempt()

    def reached(self, place: Reached) -> None:
        """The page that is taken next ends there."""
        self._now.reached = place
        for _, collector in self.riders:
            collector.reached(place)

    async def take(self, batch: pa.RecordBatch, records: int) -> None:
        """One page; every few pages a part goes to the writer."""
        self._context.tally.page(self._table.name, records=records, rows=batch.num_rows)
        self._context.failures.answered()
        pieces = self.scoped(batch) if self._lands else []
        landing = int(self._lands)
        if self.riders and not self._lands:
            # What is gone of the riders is told by the records that are met.
            self._now.seen.append(batch.select(list(self._table.schema.primary_key)))
        for rider, collector in self.riders:
            if self._source is not None:
                rows = self._source.ridden(rider.decoder, rider.odd)
                self._context.tally.rode(rider.table.name, rows.num_rows)
                pieces += collector.scoped(rows)
                landing += 1
                del rows
        self._keep_sent()
        del batch
        if not pieces:
            return
        heavy = len(pieces) > landing
        for collector, piece in pieces[:-1]:
            collector.hold_back(piece)
            if heavy:
                self.set_midway(midway=True)
                await self.hand_over()
        self.set_midway(midway=False)
        collector, piece = pieces.pop()
        collector.hold_back(piece)
        del pieces, piece
        self._pages += 1
        if self._enough():
            await self.hand_over()

    async def hand_over(self, *, last: Part | None = None, riding: Sequence[Part] = ()) -> None:
        """What was taken so far goes to the writer, with `last` at the end of the slice.

        `riding`: the last parts of the riders, in their order.
        """
        left = [await self._left_over(*one) for one in self.riders] if self._replaces else []
        found = [self.part(last)]
        for place, (_, collector) in enumerate(self.riders):
            found.append(collector.part(riding[place] if riding else None))
            if left and found[-1] is not None:
                found[-1].tombstones = left[place]
        parts = [part for part in found if part is not None]
        if parts:
            parts[0].pages, self._pages = self._pages, 0
            await self._context.writer.put(*parts)

    async def _left_over(self, rider: Rider, collector: Collector) -> pa.Table | None:
        """What the destination holds of the records met since the last part, and was not met."""
        context, schema = self._context, rider.table.schema
        name, (mine, *_) = self._table.record_key, rider.table.record_keys
        records = {one for batch in self._pending for one in batch.column(name).to_pylist()}
        ignored = context.request.deletes is Deletes.IGNORE
        if not records or ignored or rider.table.name in context.chosen.fresh:
            return None
        within = tuple(zip(rider.table.variables, self._parent, strict=True))
        return await context.writer.call(
            context.writer.destination.missing,
            schema,
            Scope(equals=within, among=(mine, tuple(sorted(records)))),
            pa.Table.from_batches(collector._pending, schema.key_schema()),
        )

    def part(self, last: Part | None) -> Part | None:
        """What was taken so far of this table, as a part; None where that is nothing."""
        part = last or Part(self._table.schema)
        if last is None:
            if not self._batches:
                return None
            # In the middle of a page no line may say how far one came: to the end of that page.
            if not self._begun or (self._gate is not None and not self._now.midway):
                self._begun = True
                part.slices = [self._in_progress()]
        part.batches, self._batches = [*self._batches, *part.batches], []
        part.claims, self.claims = self.claims, []
        self._pending = []
        part.pages = 0
        return part

    def _keep_sent(self) -> None:
        """The kept columns of the page's records, where they are asked for; the page is let go."""
        if self._source is None:
            return
        sent = self._source.sent() if self._kept_of is not None else self._source.let_go()
        key = self._table.offered.primary_key
        for row in sent:
            self._kept[tuple(row[name] for name in key)] = row

    def scoped(self, batch: pa.RecordBatch) -> list[tuple[Collector, pa.RecordBatch]]:
        """The rows of one page that are in the chosen scope, in pieces."""
        batch = self._in_scope(batch)
        self._now.landed += batch.num_rows
        keys = batch.select(list(self._table.schema.primary_key))
        self._pending.append(keys)
        if not self._forgets:
            self._now.seen.append(keys)
        return [(self, piece) for piece in self._pieces(batch)]

    def set_midway(self, *, midway: bool) -> None:
        self._now.midway = midway
        for _, collector in self.riders:
            collector.set_midway(midway=midway)

    def hold_back(self, rows: pa.RecordBatch) -> None:
        self._batches.append(rows)
        self.claims.append(self._context.writer.room.hold(rows.nbytes))

    def _enough(self) -> bool:
        """Whether what waits here is a part, or somebody waits for the room that it takes."""
        room = self._context.writer.room
        claims = [*self.claims, *(one for _, rider in self.riders for one in rider.claims)]
        kept = sum(claim.size for claim in claims)
        return self._pages >= PART_PAGES or kept >= room.limit // PART_SHARE or room.short

    def _pieces(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """The rows of one page in batches of a size that a commit can hold."""
        most = max(1, self._context.writer.commit_bytes // PIECE_SHARE)
        pieces = min(-(-batch.nbytes // most), batch.num_rows)
        if pieces <= 1:
            return [batch]
        rows = -(-batch.num_rows // pieces)
        return [batch.slice(begin, rows) for begin in range(0, batch.num_rows, rows)]

    def _in_progress(self) -> SliceRecord:
        """A line that proves nothing, and tells later runs that this parent has rows here.

        Behind a gate it also tells how far they go without a gap.
        """
        evidence, now = None, self._now
        # The ledger holds no key in clear that the rows hold hashed.
        hashed = self._table.selection.hashed.intersection(self._table.record_keys)
        # How many records of one key a part has is known to its own run only (`numbered`).
        unknown = hashed or now.midway or self._table.numbered
        where = None if unknown else now.reached
        if self._gate is not None and where is not None:
            part = Unfinished(where, now.landed, now.left_out, self._floor, self.until)
            evidence = part.evidence(self._gate)
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
            evidence=evidence,
        )

    def _in_scope(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self._floor is None or not isinstance(self._table.reading, Events):
            return batch
        cursor = batch.column(self._table.reading.cursor)
        inside = batch.filter(pc.greater(cursor, pa.scalar(self._floor, cursor.type)))
        self._now.left_out += batch.num_rows - inside.num_rows
        return inside


def floor_of(context: Context, table: Table) -> dt.datetime | None:
    """The start date, where it trims this table; None elsewhere."""
    return context.floor if isinstance(table.reading, Events) else None
