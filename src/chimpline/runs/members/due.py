"""Whether changes suffice to bring an audience up to date, or all its members must be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable

from chimpline.evidence import Definitions
from chimpline.extract.plan import Row, definitions, definitions_changed
from chimpline.model import SliceRecord
from chimpline.runs.request import RunRequest

NEVER = "it was never read completely"
DEFINED_ANEW = "its merge fields, interests or tags changed"


def why_whole(
    request: RunRequest,
    horizon: dt.datetime,
    last: SliceRecord | None,
    begun: Iterable[SliceRecord],
    defined: Definitions | None,
) -> str:
    """Why an audience must be read completely; empty where changes suffice.

    `last`: of its last complete read. `begun`: what a first read that was stopped left behind,
    which the next one goes on from (`NEVER`) if it was read under these definitions. `defined`:
    the definitions of now; None where they may not be read.
    """
    if request.full_refresh:
        return "a full refresh was asked for"
    if request.reread is not None:
        return "it is being repaired"
    if last is None:
        if defined is None:
            return NEVER
        anew = any(definitions_changed(line.evidence, defined) for line in begun)
        return DEFINED_ANEW if anew else NEVER
    if horizon - last.until >= request.complete_read_every:
        return f"the last complete read was on {last.until:%Y-%m-%d}"
    if defined is not None and definitions_changed(last.evidence, defined):
        return DEFINED_ANEW
    return ""


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
