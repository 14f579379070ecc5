"""A slice that is read whole: walk, prove, find what is missing, confirm it gone, commit."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.api.paging import LARGEST_PAGE
from chimpline.catalog.table import Events, Table
from chimpline.errors import SliceError
from chimpline.evidence import Evidence, ExpectedRows, GateValues, told_records
from chimpline.extract.ahead import Help
from chimpline.extract.decode.decoder import Page
from chimpline.extract.decode.oddities import STANDS_IN, Oddities
from chimpline.extract.plan import DEFINITIONS, Row, children
from chimpline.extract.source import Emit, Found, Source
from chimpline.extract.walk import walk
from chimpline.load.keys import subtract
from chimpline.message import Message
from chimpline.model import Deletes, Scope, SliceRecord, SliceState, parent_key
from chimpline.runs.context import Context
from chimpline.runs.slice.by_id import (
    CONFIRM_ONE_BY_ONE,
    askable,
    found_by_id,
    looked_up,
    some,
)
from chimpline.runs.slice.collector import Collector, floor_of
from chimpline.runs.slice.unfinished import Unfinished
from chimpline.runs.work.turns import FIRST
from chimpline.runs.work.writer import Part

Walked = Callable[..., Awaitable[Found]]
"""A walk of the slice: it takes whoever takes the pages."""


async def read_slice(
    context: Context,
    table: Table,
    parent: tuple[str, ...] = (),
    *,
    keep: bool = False,
    expected: int | None = None,
    gate: GateValues | None = None,
    resume: Unfinished | None = None,
) -> list[Row] | None:
    """Read a slice whole and commit it; its kept rows, or None where it could not be read.

    `resume`: the part of it that an earlier run has read, if that may be built upon.
    """
    if table.name in context.failures.refused:
        return None
    reading = SliceReading(
        context, table, parent, keep=keep, expected=expected, gate=gate, resume=resume
    )
    return await reading.read()


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a slice once its missing rows were looked for.

    `gone`: their keys, in the key schema, where they are; None where none is known to be.
    `overlooked`: so many are missing from the read and exist.
    """

    found: Found
    gone: pa.Table | None = None
    overlooked: int = 0


class SliceReading:
    """One slice from its first request to its line in the ledger: walk, prove, vanish, line."""

    def __init__(
        self,
        context: Context,
        table: Table,
        parent: tuple[str, ...],
        *,
        keep: bool,
        expected: int | None,
        gate: GateValues | None,
        resume: Unfinished | None,
    ) -> None:
        self.context = context
        self.table = table
        self.parent = parent
        self.source = context.source(table, parent)
        kept = self.source if keep else None
        self.collector = Collector(context, table, parent, keep=kept, gate=gate, resume=resume)
        self._expected = self._told = expected
        self._evidence: Evidence | None = gate
        self._resume = resume
        self._help: Help | None = None
        self._known = context.bookmarks.latest(table.name, parent_key(parent))
        if table.row.undercounts:
            self._evidence = (
                dataclasses.replace(gate, records=expected) if gate else ExpectedRows(expected)
            )
            known = self._known
            if known and known.rows == 0 and told_records(known.evidence) == (expected,):
                self._told = None  # so it was then, and eight looks found nobody

    async def read(self) -> list[Row] | None:
        """The kept rows; None where a `SliceError` ended it: what was taken lands all the same."""
        context, table = self.context, self.table
        left, weight = self._size()
        context.tally.begin(table.name, full=self._known is None, expected=left)
        try:
            async with context.turns.turn(weight) as turn:
                self._help = context.turns.helpers(turn)
                found = await self._walk(self._resume)
                found = await self._prove(found)
                if table.name in context.chosen.selected:
                    looked = await self._vanish(found)
                    await self._write(looked)
                    found = looked.found
        except SliceError as error:
            await self.collector.hand_over()
            await context.failures.failed(table, self.parent, error)
            return None
        except asyncio.CancelledError:
            await asyncio.shield(self.collector.hand_over())
            raise
        finally:
            context.tally.end(table.name, self.source.requests)
        self._tell(found)
        return self.collector.rows

    def _size(self) -> tuple[int | None, float]:
        """How many records are left to be read, where that is known, and what the slice weighs."""
        table, tables = self.table, self.context.chosen.tables
        awaited = table.name in DEFINITIONS or children(table, tables)  # others begin after it
        weight = FIRST if awaited else weight_of(self._expected)
        if not self._resume or not self._expected:
            return self._expected, weight
        left = max(0, self._expected - self._resume.reached.records)
        return left, min(weight, left)

    # -- walk -------------------------------------------------------------------------------

    async def _walk(self, resume: Unfinished | None = None) -> Found:
        """The records, page after page, to the collector."""
        return await self._listed(
            self.collector.take,
            begin=self.collector.begin,
            reached=self.collector.reached,
            resume=resume.reached if resume else None,
        )

    async def _listed(self, take: Emit, **how: Any) -> Found:
        """A walk of the slice, for whoever takes its pages."""
        return await walk(self.source, take, help_=self._help, expected=self._told or 0, **how)

    # -- prove ------------------------------------------------------------------------------

    async def _prove(self, found: Found) -> Found:
        """A walk proves itself. One that went on from a part needs that part to be there still."""
        if found.proof and self.collector.resumed and not await self._held():
            return await self._walk()
        return found

    async def _held(self) -> bool:
        """Whether the destination holds what both parts brought, and nothing else of the slice."""
        await self._landed()
        writer = self.context.writer
        there = await writer.call(writer.destination.count, self.table.schema, self._scope())
        return there == self.collector.landed

    def _scope(self) -> Scope:
        """The rows that the slice speaks for."""
        floor, reading = self.context.floor, self.table.reading
        cursor = reading.cursor if isinstance(reading, Events) and floor else None
        equals = tuple(self.source.parent_values.items())
        return Scope(equals=equals, cursor=cursor, since=floor if cursor else None)

    async def _landed(self) -> None:
        """Wait until all that was taken is in the destination."""
        await self.collector.hand_over()
        await self.context.writer.settled()

    # -- vanish -----------------------------------------------------------------------------

    async def _vanish(self, found: Found) -> Looked:
        """Which rows are gone. What exists after all is read again, so that it lands as it is now.

        Those that the listing does not show that time either stay as they are.
        """
        if self.collector.resumed:  # the destination holds as many as both parts: none is missing
            return Looked(found)
        looked = await self._missing(found)
        return await self._missing(await self._walk()) if looked.overlooked else looked

    async def _missing(self, found: Found) -> Looked:
        """What a second look tells of the rows that a proven read did not meet."""
        context, table = self.context, self.table
        if found.proof is None or context.request.deletes is Deletes.IGNORE:
            return Looked(found)
        if self.collector.repeated:
            # What only an earlier attempt met has to be in the destination to be found missing.
            await self._landed()
        elif table.name in context.chosen.fresh:
            return Looked(found)
        missing = await context.writer.call(
            context.writer.destination.missing, table.schema, self._scope(), self.collector.keys()
        )
        if not missing.num_rows:
            return Looked(found)
        there, rule = await present(self.source, missing, self._listed)
        if there is None:
            trouble = Message.of("unread-unconfirmed", why=rule)
            return Looked(Found(found.rows, found.requests, None, trouble))
        gone = subtract(missing, there)
        proof = f"{found.proof}; {gone.num_rows} gone: {rule}"
        overlooked = missing.num_rows - gone.num_rows
        return Looked(Found(found.rows, found.requests, proof), gone, overlooked)

    # -- line -------------------------------------------------------------------------------

    async def _write(self, looked: Looked) -> None:
        """The slice's line, with the last rows and the tombstones, in one part."""
        line = _line(self.context, self.source, looked.found, self._evidence, self.collector)
        part = Part(self.table.schema, tombstones=looked.gone, slices=[line])
        await self.collector.hand_over(last=part)

    def _tell(self, found: Found) -> None:
        if found.proof is None:
            self.context.failures.unproven(self.table, self.parent, found)
        tally = self.context.tally[self.table.name]
        if tally.left_out is not None:
            tally.left_out += self.collector.left_out


def weight_of(expected: int | None) -> float:
    """What a slice weighs among those that wait: a page, where nothing tells how long it is."""
    return LARGEST_PAGE if expected is None else expected


def _line(
    context: Context,
    source: Source,
    found: Found,
    evidence: Evidence | None,
    collector: Collector,
) -> SliceRecord:
    table = source.table
    if isinstance(evidence, GateValues):
        evidence = dataclasses.replace(evidence, left_out=collector.left_out)
    return context.line(
        table,
        source.parent,
        state=SliceState.PROVEN if found.proof else SliceState.UNPROVEN,
        proof=found.proof or str(found.trouble),
        rows=found.rows,
        requests=source.requests,
        since=floor_of(context, table),
        until=collector.until,
        evidence=evidence,
        odd=found.odd,
    )


async def present(
    source: Source, missing: pa.Table, walked: Walked
) -> tuple[pa.Table, str] | tuple[None, Message | None]:
    """Which rows of the records in `missing` Mailchimp still has, asked a second time.

    Beside them the rule. None where that could not be told, and why.
    """
    table = source.table
    single = len(table.record_keys) == 1 and not table.numbered
    ids = pc.unique(missing.column(table.record_key)).to_pylist() if single else []
    batches: list[pa.RecordBatch] = []
    keys = list(table.schema.primary_key)
    contacts = any(str(key).startswith(STANDS_IN) for key in ids)  # 404 says nothing of those
    if askable(table) and len(ids) <= CONFIRM_ONE_BY_ONE and not contacts:
        for key, page in (await found_by_id(source, map(str, ids))).items():
            rows, told = _rows_of(source, page, key)
            if told:
                return None, told
            batches.append(rows.select(keys))
        rule = f"{len(ids)} asked by id"
    else:

        async def take(batch: pa.RecordBatch, _: int) -> None:
            batches.append(batch.select(keys))

        found = await walked(take)
        if found.proof is None:
            return None, found.trouble
        rule = "absent from a second walk too"
        if askable(table):
            # A listing that answers everything with nobody agrees with itself.
            met = pa.Table.from_batches(batches, table.schema.key_schema())
            for key in some(subtract(missing, met)).column(table.record_key).to_pylist():
                if await looked_up(source, str(key)):
                    return None, Message("unread-unmet")
            rule += ", ten asked by id"
    return pa.Table.from_batches(batches, table.schema.key_schema()), rule


def _rows_of(source: Source, page: Page, key: str) -> tuple[pa.RecordBatch, Message | None]:
    """The rows of the answer to one key, and why it does not tell which there are."""
    outside, source.odd = source.odd, Oddities()
    try:
        rows, odd = source.rows(page), source.odd.said
    finally:
        source.odd = outside
    if odd:
        return rows, Message.of("unread-answer-odd", why=odd)
    is_its_own = [key] == [str(one) for one in page.keys]
    return rows, None if is_its_own else Message("unread-answer-of-another")
