"""The records of a slice for whoever asks an account and lands nothing."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

from chimpline.api.paging import LARGEST_PAGE
from chimpline.extract.plan import Row
from chimpline.extract.source import Source
from chimpline.extract.walk import walk


async def rows_of(source: Source) -> list[Row]:
    """The kept rows of all records of a slice, each once, also where it is walked again."""
    met: dict[tuple[Any, ...], Row] = {}
    source.keeps_sent = True

    async def take(_: pa.RecordBatch, __: int) -> None:
        keys = source.table.record_keys
        met.update((tuple(row[name] for name in keys), row) for row in source.sent())

    await walk(source, take, begin=met.clear)
    return list(met.values())


def pages(rows: int | None) -> int:
    """How many requests so many rows take; one, where that is not known."""
    return max(1, math.ceil((rows or 0) / LARGEST_PAGE))
