"""A slice that is read whole: walk, prove, find what is missing, confirm it gone, commit."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.api.paging import LARGEST_PAGE
from chimpline.catalog.table import Events, Table
from chimpline.errors import NotUnderstood, SliceError
from chimpline.extract.decode.decoder import Page
from chimpline.extract.decode.oddities import STANDS_IN, Oddities
from chimpline.extract.plan import DEFINITIONS, Row, children
from chimpline.extract.source import Found, Source
from chimpline.extract.walk import walk
from chimpline.load.keys import subtract
from chimpline.model import Deletes, Scope, SliceRecord, SliceState, parent_key
from chimpline.runs.context import Context
from chimpline.runs.slice.collector import Collector, floor_of
from chimpline.runs.slice.unfinished import Unfinished
from chimpline.runs.work.turns import FIRST
from chimpline.runs.work.writer import Part

Walked = Callable[..., Awaitable[Found]]
"""A walk of the slice: it takes whoever takes the pages."""

FEW = 10
"""So many are asked for by id whatever else is known."""

CONFIRM_ONE_BY_ONE = 50
"""So many candidates are asked for by id (404); more are confirmed by reading the slice again."""


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
    if table.name in context.failures.refused:
        return None
    known = context.bookmarks.latest(table.name, parent_key(parent))
    left = told = expected
    weight = FIRST if _awaited(context, table) else weight_of(expected)
    marked = gate
    if table.row.undercounts:
        marked = {"told": expected}
        if known is not None and known.rows == 0 and known.gate == marked:
            told = None  # so it was then, and eight looks found nobody
    if resume and expected:
        left = max(0, expected - resume.reached.records)
        weight = min(weight, left)
    context.tally.begin(table.name, full=known is None, expected=left)
    source = context.source(table, parent)
    kept = source if keep else None
    collector = Collector(context, table, parent, keep=kept, gate=gate, resume=resume)
    try:
        async with context.turns.turn(weight) as turn:
            help_ = context.turns.helpers(turn)
            walked = functools.partial(walk, source, help_=help_, expected=told or 0)
            taken = functools.partial(
                walked, collector.take, begin=collector.begin, reached=collector.reached
            )
            found = await taken(resume=resume.reached if resume else None)
            if found.proof and collector.resumed and not await _held(context, source, collector):
                found = await taken()
            tombstones = None
            if table.name in context.chosen.selected:
                if not collector.resumed:
                    missed = functools.partial(_vanished, context, source, collector, walked)
                    tombstones, found, unmet = await missed(found)
                    if unmet:
                        # They exist: what they hold now has to land. Those that the listing does
                        # not show this time either stay as they are.
                        tombstones, found, _ = await missed(await taken())
                line = _line(context, source, found, marked, collector)
                part = Part(table.schema, tombstones=tombstones, slices=[line])
                await collector.hand_over(last=part)
    except SliceError as error:
        await collector.hand_over()
        await context.failures.failed(table, parent, error)
        return None
    except asyncio.CancelledError:
        await asyncio.shield(collector.hand_over())
        raise
    finally:
        context.tally.end(table.name, source.requests)
    if found.proof is None:
        context.failures.unproven(table, parent, found)
    left_out = context.tally[table.name].left_out
    if left_out is not None:
        context.tally[table.name].left_out = left_out + collector.left_out
    return collector.rows


async def _held(context: Context, source: Source, collector: Collector) -> bool:
    """Whether the destination holds what both parts of a slice brought, and nothing else of it."""
    await collector.hand_over()
    await context.writer.settled()
    scope = scope_of(context, source.table, source.parent)
    destination = context.writer.destination
    there = await context.writer.call(destination.count, source.table.schema, scope)
    return there == collector.landed


def _awaited(context: Context, table: Table) -> bool:
    """Whether other tables cannot begin before this one is read."""
    return table.name in DEFINITIONS or bool(children(table, context.chosen.tables))


def weight_of(expected: int | None) -> float:
    """What a slice weighs among those that wait: a page, where nothing tells how long it is."""
    return LARGEST_PAGE if expected is None else expected


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
    if found.odd:
        kept = {**(kept or {}), "_odd": found.odd}
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
    context: Context, source: Source, collector: Collector, walked: Walked, found: Found
) -> tuple[pa.Table | None, Found, int]:
    """Keys of rows that a proven read did not meet, confirmed to be gone a second time.

    And of how many a second look told that they are there.
    """
    table = source.table
    if found.proof is None or context.request.deletes is Deletes.IGNORE:
        return None, found, 0
    if collector.repeated:
        # What only an earlier attempt met has to be in the destination to be found missing.
        await collector.hand_over()
        await context.writer.settled()
    elif table.name in context.chosen.fresh:
        return None, found, 0
    scope = scope_of(context, table, source.parent)
    missing = await context.writer.call(
        context.writer.destination.missing, table.schema, scope, collector.keys()
    )
    if not missing.num_rows:
        return None, found, 0
    there, rule = await present(source, missing, walked)
    if there is None:
        trouble = f"missing records could not be confirmed as deleted: {rule}"
        return None, Found(found.rows, found.requests, None, trouble), 0
    gone = subtract(missing, there)
    proof = f"{found.proof}; {gone.num_rows} gone: {rule}"
    unmet = missing.num_rows - gone.num_rows
    return gone, Found(found.rows, found.requests, proof), unmet


async def present(source: Source, missing: pa.Table, walked: Walked) -> tuple[pa.Table | None, str]:
    """Which rows of the records in `missing` Mailchimp still has, asked a second time.

    None where that could not be told.
    """
    table = source.table
    single = len(table.record_keys) == 1
    ids = pc.unique(missing.column(table.record_key)).to_pylist() if single else []
    batches: list[pa.RecordBatch] = []
    keys = list(table.schema.primary_key)
    contacts = any(str(key).startswith(STANDS_IN) for key in ids)  # 404 says nothing of those
    if askable(table) and len(ids) <= CONFIRM_ONE_BY_ONE and not contacts:
        for key in ids:
            page = await source.record(str(key))
            if page is None:
                continue
            rows, told = _rows_of(source, page, str(key))
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
                if await looked_up(source, str(key)) is not None:
                    return None, "a record exists that two walks did not meet"
            rule += ", ten asked by id"
    return pa.Table.from_batches(batches, table.schema.key_schema()), rule


def _rows_of(source: Source, page: Page, key: str) -> tuple[pa.RecordBatch, str]:
    """The rows of the answer to one key, and why it does not tell which there are."""
    outside, source.odd = source.odd, Oddities()
    try:
        rows, words = source.rows(page), source.odd.words
    finally:
        source.odd = outside
    if words:
        return rows, f"in an answer by id, {words}"
    return rows, "" if [key] == [str(one) for one in page.keys] else "an answer by id is another's"


def some(keys: pa.Table) -> pa.Table:
    """Ten of them at most, drawn evenly: who has many to confirm asks for these by id."""
    many = min(FEW, keys.num_rows)
    return keys.take(pa.array([place * keys.num_rows // many for place in range(many)], pa.int64()))


def askable(table: Table) -> bool:
    """Whether single records can be asked for: a hashed key tells Mailchimp nothing."""
    hashed = table.selection.hashed.intersection(table.record_keys)
    return table.record_path is not None and not hashed


async def looked_up(source: Source, key: str) -> Page | None:
    """A record by its key; None where it is not found.

    Of a person without an e-mail address that says nothing: whether Mailchimp takes the id of a
    contact there is not established, so it may not take the question either. A hash of it tells
    Mailchimp nothing, and is not asked for.
    """
    stands_in = source.table.row.stands_in
    if not stands_in or not key.startswith(STANDS_IN):
        return await source.record(key)
    if stands_in in source.table.selection.hashed:
        return None
    try:
        return await source.record(key)
    except NotUnderstood:
        source.requests += 1
        return None
