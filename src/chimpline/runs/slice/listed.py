"""The records of a slice that others hang below, where the slice itself is read by its changes.

A run reads the members that changed; what hangs below a member can change while the member does
not. So all of them are listed, as often as anything below them is read. Nothing of it is landed.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from chimpline.catalog.table import Table
from chimpline.errors import SliceError
from chimpline.extract.plan import Row
from chimpline.extract.source import Emit, Found, Source
from chimpline.extract.walk import walk
from chimpline.message import Message
from chimpline.model import Deletes, Scope, SliceState
from chimpline.runs.context import Context
from chimpline.runs.slice.collector import Collector
from chimpline.runs.slice.riders import Rider, without
from chimpline.runs.slice.second_look import present
from chimpline.runs.work.turns import FIRST
from chimpline.runs.work.writer import Part


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """The kept rows of all records, and whether it is proven that these are all."""

    rows: list[Row]
    proven: bool


async def listed(
    context: Context, table: Table, parent: tuple[str, ...], riders: Sequence[Table] = ()
) -> Listed | None:
    """All records, whichever ask shows them; None where they cannot be read.

    Where that is not proven, the tables below are told to be unproven, too. `riders`: the tables
    that are landed of what rides in them, where the records themselves are not.
    """
    rows: dict[Any, Row] = {}
    collectors: list[Collector] = []
    requests, proofs = 0, []
    context.tally.begin(table.name, full=False, expected=None)
    try:
        # The first ask comes again at the end: who is archived, or comes back, between two
        # requests is met by one of the three.
        for ask in (*table.row.ask, *table.row.ask[: len(table.row.ask) - 1]):
            source = context.source(table, parent, ask, riders)
            source.keeps_sent = True

            async def take(_: pa.RecordBatch, __: int) -> None:
                rows.update((row[table.record_key], row) for row in source.sent())  # noqa: B023

            if riders:
                collectors.append(_collector(context, table, parent, source, riders))
            emit = collectors[-1].take if riders else take
            try:
                async with context.turns.turn(FIRST) as turn:
                    found = await walk(source, emit, help_=context.turns.helpers(turn))
            finally:
                requests += source.requests
                if riders:
                    await asyncio.shield(collectors[-1].hand_over())
            proofs.append(found.proof)
            if found.proof is None:
                context.failures.unproven(table, parent, found)
        for place, rider in enumerate(riders):
            await _replaced(context, rider, parent, place, collectors, proven=None not in proofs)
    except SliceError as error:
        await context.failures.failed(table, parent, error)
        return None
    finally:
        context.tally.end(table.name, requests)
    rows |= {row[table.record_key]: row for one in collectors for row in one.rows}
    return Listed(list(rows.values()), None not in proofs)


def _collector(
    context: Context,
    table: Table,
    parent: tuple[str, ...],
    source: Source,
    riders: Sequence[Table],
) -> Collector:
    """Takes what rides in the records, which are not landed themselves."""
    riding = [
        (Rider(one, context.source.decoder(one)), Collector(context, one, parent)) for one in riders
    ]
    return Collector(context, table, parent, keep=source, riders=riding)


async def _replaced(
    context: Context,
    table: Table,
    parent: tuple[str, ...],
    place: int,
    collectors: Sequence[Collector],
    *,
    proven: bool,
) -> None:
    """Bury what rode in these records and does no more, or in others that are gone; note it."""
    (rider, _), source = collectors[0].riders[place], context.source(table, parent)
    own = [one.riders[place] for one in collectors]
    odd = next((found.odd for found, _ in own if found.odd), None)
    trouble = odd.said if odd else Message("read-shifted")
    proof, gone = "listed with all asks", None
    if proven and not odd and context.request.deletes is not Deletes.IGNORE:
        await context.writer.settled()
        scope = Scope(equals=tuple(source.parent_values.items()))
        met = pa.concat_tables([collector.keys() for _, collector in own])
        destination, host = context.writer.destination, table.host
        gone = await context.writer.call(destination.missing, table.schema, scope, met)
        if gone.num_rows and host is not None:
            names = list(host.offered.primary_key)
            records = without(rider.hosts(gone), [one.keys().select(names) for one in collectors])
            hosts = context.source(host, parent)

            async def walked(take: Emit) -> Found:
                return await walk(hosts, take)

            there, rule = await present(hosts, records, walked) if records.num_rows else (None, "")
            if there is not None:
                gone = rider.outside(gone, [there])
            elif records.num_rows:
                gone, proven, trouble = None, False, Message.of("unread-unconfirmed", why=rule)
    if not proven or odd:
        found = Found(0, 0, None, trouble, odd.told() if odd else ())
        context.failures.unproven(table, parent, found)
    line = context.line(
        table,
        parent,
        state=SliceState.PROVEN if proven and not odd else SliceState.UNPROVEN,
        proof=proof if proven and not odd else str(trouble),
        rows=sum(collector.landed for _, collector in own),
        requests=0,
        odd=odd.told() if odd else (),
    )
    await context.writer.put(Part(table.schema, tombstones=gone, slices=[line], pages=0))
