"""A second look at what a proven read did not meet: what Mailchimp still has of it, if anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.extract.decode.decoder import Page
from chimpline.extract.decode.oddities import STANDS_IN, Oddities
from chimpline.extract.source import Found, Source
from chimpline.load.keys import subtract
from chimpline.message import Message
from chimpline.runs.slice.by_id import (
    CONFIRM_ONE_BY_ONE,
    askable,
    found_by_id,
    looked_up,
    some,
)

Walked = Callable[..., Awaitable[Found]]
"""A walk of the slice: it takes whoever takes the pages."""


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
    keys = missing.column_names
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
            met = pa.Table.from_batches(batches, missing.schema)
            for key in some(subtract(missing, met)).column(table.record_key).to_pylist():
                if await looked_up(source, str(key)):
                    return None, Message("unread-unmet")
            rule += ", ten asked by id"
    return pa.Table.from_batches(batches, missing.schema), rule


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
