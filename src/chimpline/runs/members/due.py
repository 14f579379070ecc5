"""What shapes the rows of an audience's members: with other definitions, all are read again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chimpline.evidence import Definitions
from chimpline.extract.plan import Row, definitions


async def definitions_of(
    kept: Callable[[str, tuple[str, ...]], Awaitable[list[Row]]], list_id: str
) -> Definitions:
    """What shapes the rows of an audience's members; `kept` gives the records of a slice."""
    fields = await kept("list_merge_fields", (list_id,))
    segments = await kept("list_segments", (list_id,))
    interests: list[Row] = []
    for category in await kept("list_interest_categories", (list_id,)):
        interests += await kept("list_interests", (list_id, category["id"]))
    return definitions(fields, interests, segments)
