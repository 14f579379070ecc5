"""Records that are asked for by their ids: whether one is still there, its listing aside."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from chimpline.catalog.table import Table
from chimpline.errors import NotUnderstood
from chimpline.extract.decode.decoder import Page
from chimpline.extract.decode.oddities import STANDS_IN
from chimpline.extract.source import Source
from chimpline.runs.work.together import together

FEW = 10
"""So many are asked for by id whatever else is known."""

CONFIRM_ONE_BY_ONE = 50
"""So many candidates are asked for by id (404); more are confirmed by reading the slice again."""


def some(keys: pa.Table) -> pa.Table:
    """Ten of them at most, drawn evenly: who has many to confirm asks for these by id."""
    many = min(FEW, keys.num_rows)
    return keys.take(pa.array([place * keys.num_rows // many for place in range(many)], pa.int64()))


def askable(table: Table) -> bool:
    """Whether single records can be asked for: a hashed key tells Mailchimp nothing."""
    hashed = table.selection.hashed.intersection(table.record_keys)
    return table.record_path is not None and not hashed


async def found_by_id(source: Source, ids: Iterable[str]) -> dict[str, Page]:
    """The answers for those ids that do not answer 404, all asked for at once."""
    async with together() as group:
        asked = {one: group.create_task(looked_up(source, one)) for one in ids}
    return {one: page for one, task in asked.items() if (page := task.result())}


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
