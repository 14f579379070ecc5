"""The records of a slice that others hang below, where the slice itself is read by its changes.

A run reads the members that changed; what hangs below a member can change while the member does
not. So all of them are listed, as often as anything below them is read. Nothing of it is landed.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa

from chimpline.catalog.table import Table
from chimpline.errors import SliceError
from chimpline.extract.plan import Row
from chimpline.extract.walk import walk
from chimpline.runs.context import Context
from chimpline.runs.work.turns import FIRST


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """The kept rows of all records, and whether it is proven that these are all."""

    rows: list[Row]
    proven: bool


async def listed(context: Context, table: Table, parent: tuple[str, ...]) -> Listed | None:
    """All records, whichever ask shows them; None where they cannot be read.

    Where that is not proven, the tables below are told to be unproven, too.
    """
    rows: dict[Any, Row] = {}
    requests, proven = 0, True
    context.tally.begin(table.name, full=False, expected=None)
    try:
        # The first ask comes again at the end: who is archived, or comes back, between two
        # requests is met by one of the three.
        for ask in (*table.row.ask, *table.row.ask[: len(table.row.ask) - 1]):
            source = context.source(table, parent, ask)
            source.keeps_sent = True

            async def take(_: pa.RecordBatch, __: int) -> None:
                rows.update((row[table.record_key], row) for row in source.sent())  # noqa: B023

            try:
                async with context.turns.turn(FIRST) as turn:
                    found = await walk(source, take, help_=context.turns.helpers(turn))
            finally:
                requests += source.requests
            if found.proof is None:
                proven = False
                context.failures.unproven(table, parent, found)
    except SliceError as error:
        await context.failures.failed(table, parent, error)
        return None
    finally:
        context.tally.end(table.name, requests)
    return Listed(list(rows.values()), proven)
