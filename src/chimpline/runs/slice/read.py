"""A slice that is read whole: walk, prove, find what is missing, confirm it gone, commit."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from chimpline.api.paging import LARGEST_PAGE
from chimpline.catalog.row import Events
from chimpline.catalog.table import Table
from chimpline.errors import SliceError
from chimpline.evidence import Evidence, ExpectedRows, GateValues, told_records
from chimpline.extract.ahead import Help
from chimpline.extract.plan import DEFINITIONS, Row, children
from chimpline.extract.source import Emit, Found
from chimpline.extract.walk import walk
from chimpline.load.keys import subtract
from chimpline.message import Message
from chimpline.model import Deletes, Scope, SliceRecord, SliceState, parent_key
from chimpline.runs.context import Context
from chimpline.runs.slice.collector import Collector, floor_of
from chimpline.runs.slice.riders import Rider, without
from chimpline.runs.slice.second_look import present
from chimpline.runs.slice.unfinished import Unfinished
from chimpline.runs.work.turns import FIRST
from chimpline.runs.work.writer import Part

NOTHING: Mapping[str, Unfinished] = MappingProxyType({})


async def read_slice(
    context: Context,
    table: Table,
    parent: tuple[str, ...] = (),
    *,
    keep: bool = False,
    expected: int | None = None,
    gate: GateValues | None = None,
    resume: Mapping[str, Unfinished] = NOTHING,
    riders: Sequence[Table] = (),
) -> list[Row] | None:
    """Read a slice whole and commit it; its kept rows, or None where it could not be read.

    `resume`: the part of it that an earlier run has read, if that may be built upon, by table.
    `riders`: the tables that are landed of what rides in its records.
    """
    if table.name in context.failures.refused:
        return None
    reading = SliceReading(
        context,
        table,
        parent,
        keep=keep,
        expected=expected,
        gate=gate,
        resume=resume,
        riders=riders,
    )
    return await reading.read()


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a slice once its missing rows were looked for.

    `gone`: by table, their keys in the key schema, and by which rule, where they are known to be.
    `overlooked`: so many records are missing from the read and exist.
    """

    found: Found
    gone: Mapping[str, tuple[pa.Table, str]] = dataclasses.field(default_factory=dict)
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
        resume: Mapping[str, Unfinished],
        riders: Sequence[Table],
    ) -> None:
        self.context = context
        self.table = table
        self.parent = parent
        self.source = context.source(table, parent, riders=riders)
        self.riders = [
            (
                Rider(one, context.source.decoder(one)),
                Collector(context, one, parent, gate=gate, resume=resume.get(one.name)),
            )
            for one in riders
        ]
        self.collector = Collector(
            context,
            table,
            parent,
            keep=self.source if keep else None,
            gate=gate,
            resume=next(iter(resume.values()), None),
            riders=self.riders,
            source=self.source,
        )
        lands = table.name in context.chosen.selected
        self._landing = [(table, self.collector)] if lands else []
        self._landing += [(rider.table, collector) for rider, collector in self.riders]
        self._expected = self._told = expected
        self._evidence: Evidence | None = gate
        self._resume = next(iter(resume.values()), None)
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
        for rider, _ in self.riders:
            context.tally.begin(rider.table.name, full=self._known is None, expected=None)
        try:
            async with context.turns.turn(weight) as turn:
                self._help = context.turns.helpers(turn)
                found = await self._walk(self._resume)
                looked = Looked(await self._prove(found))
                if self._landing:
                    looked = await self._vanish(looked.found)
                    await self._write(looked)
        except SliceError as error:
            await self.collector.hand_over()
            await context.failures.failed(table, self.parent, error)
            return None
        except asyncio.CancelledError:
            await asyncio.shield(self.collector.hand_over())
            raise
        finally:
            context.tally.end(table.name, self.source.requests)
            for rider, _ in self.riders:
                context.tally.end(rider.table.name, 0)
        self._tell(looked)
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
        for table, collector in self._landing:
            there = await writer.call(writer.destination.count, table.schema, self._scope())
            if there != collector.landed:
                return False
        return True

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
        context = self.context
        if found.proof is None or context.request.deletes is Deletes.IGNORE:
            return Looked(found)
        if self.collector.repeated:
            # What only an earlier attempt met has to be in the destination to be found missing.
            await self._landed()
        missing: dict[str, pa.Table] = {}
        for table, collector in self._landing:
            if self.collector.repeated or table.name not in context.chosen.fresh:
                writer = context.writer
                missing[table.name] = await writer.call(
                    writer.destination.missing, table.schema, self._scope(), collector.keys()
                )
        return await self._confirmed(found, missing)

    async def _confirmed(self, found: Found, missing: Mapping[str, pa.Table]) -> Looked:
        """Which of the missing rows are gone: of what rides, those whose records were met."""
        gone: dict[str, tuple[pa.Table, str]] = {}
        there: list[pa.Table] = []
        overlooked = 0
        names = list(self.table.offered.primary_key)
        for records in (missing.get(self.table.name), self._unmet(missing)):
            if records is None or not records.num_rows:
                continue
            present_, rule = await present(self.source, records, self._listed)
            if present_ is None:
                trouble = Message.of("unread-unconfirmed", why=rule)
                return Looked(Found(found.rows, found.requests, None, trouble))
            left = subtract(records, present_)
            overlooked += records.num_rows - left.num_rows
            there.append(subtract(records, left).select(names))
            if records is missing.get(self.table.name):
                gone[self.table.name] = (left, str(rule))
        for rider, _ in self.riders:
            if (keys := missing.get(rider.table.name)) is not None and keys.num_rows:
                gone[rider.table.name] = (rider.outside(keys, there), "in no record any more")
        return Looked(found, gone, overlooked)

    def _unmet(self, missing: Mapping[str, pa.Table]) -> pa.Table | None:
        """The records of missing rows that ride, where they were not met, nor looked for before."""
        names = list(self.table.offered.primary_key)
        others = [self.collector.keys().select(names)]
        if self.table.name in missing:
            others.append(missing[self.table.name].select(names))
        found = [
            without(rider.hosts(keys), others)
            for rider, _ in self.riders
            if (keys := missing.get(rider.table.name)) is not None and keys.num_rows
        ]
        if not found:
            return None
        return pa.concat_tables(found).group_by(names).aggregate([])

    # -- line -------------------------------------------------------------------------------

    async def _write(self, looked: Looked) -> None:
        """The lines of the slice, with the last rows and the tombstones, in one commit."""
        last: Part | None = None
        riding = []
        for table, collector in self._landing:
            found = self._found_of(table, looked)
            gone = looked.gone.get(table.name)
            line = self._line(table, found, collector)
            tombstones = gone[0] if gone and not found.odd else None
            part = Part(table.schema, tombstones=tombstones, slices=[line])
            if table is self.table:
                last = part
            else:
                riding.append(part)
        await self.collector.hand_over(last=last, riding=riding)

    def _line(self, table: Table, found: Found, collector: Collector) -> SliceRecord:
        rides = table is not self.table
        evidence = self._evidence
        if isinstance(evidence, GateValues):
            evidence = dataclasses.replace(evidence, left_out=collector.left_out)
        elif rides:
            evidence = None
        return self.context.line(
            table,
            self.parent,
            state=SliceState.PROVEN if found.proof else SliceState.UNPROVEN,
            proof=found.proof or str(found.trouble),
            rows=found.rows,
            requests=0 if rides else self.source.requests,
            since=floor_of(self.context, table),
            until=collector.until,
            evidence=evidence,
            odd=found.odd,
        )

    def _found_of(self, table: Table, looked: Looked) -> Found:
        """What the slice came to for one of its tables."""
        found = looked.found
        for rider, collector in self.riders:
            if rider.table is table:
                odd = rider.odd
                found = Found(collector.landed, 0, found.proof, found.trouble)
                if found.proof and odd:
                    found = Found(collector.landed, 0, None, odd.said, odd.told())
        if found.proof and table.name in looked.gone:
            keys, rule = looked.gone[table.name]
            if keys.num_rows or table is self.table:
                proof = f"{found.proof}; {keys.num_rows} gone: {rule}"
                found = dataclasses.replace(found, proof=proof)
        return found

    def _tell(self, looked: Looked) -> None:
        for table in (self.table, *(rider.table for rider, _ in self.riders)):
            found = self._found_of(table, looked)
            if found.proof is None:
                self.context.failures.unproven(table, self.parent, found)
        tally = self.context.tally[self.table.name]
        if tally.left_out is not None:
            tally.left_out += self.collector.left_out


def weight_of(expected: int | None) -> float:
    """What a slice weighs among those that wait: a page, where nothing tells how long it is."""
    return LARGEST_PAGE if expected is None else expected
