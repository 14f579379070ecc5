"""The newest members of one ask first: one answer tells what changed, and how many there are.

    since = bookmark - lookback            horizon        now
    ----------+------------------------------+-------------+---> time of change
      known   |  (since, horizon]: changed   |  beyond     |
              |<------------- one answer, read backwards --|

The answer is one for all of time, so its total, less what lies beyond the horizon, is the number of
members up to it. Where its last record is no later than `since`, every change is above that record.
It is a shortcut: whatever of it is not as it should be (too short, not in order, a record without a
time), the audience is read and counted as if it had not been asked.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from chimpline.errors import SliceError
from chimpline.evidence import Definitions
from chimpline.extract.decode.decoder import Page
from chimpline.extract.instants import parse_instant
from chimpline.extract.seek import Sought
from chimpline.extract.source import Source
from chimpline.model import LAST_SECOND, Window
from chimpline.runs.members.membership import Membership

NEWEST = 100
"""So many are asked for. An account at rest sends as many for nothing, at each run and ask."""


@dataclasses.dataclass(frozen=True, slots=True)
class Newest:
    """What one answer tells. Its first `new` records changed since the window began.

    `counted`: how many members there are up to the horizon; `beyond`: how many changed after it.
    """

    new: int
    beyond: int
    counted: int


async def land_newest(
    members: Membership, ask: str, window: Window, defined: Definitions | None
) -> Newest | None:
    """Land what changed in a window that ends at the horizon, where one answer tells of all of it.

    None where it does not: then nothing was landed, and the window is still to be read.
    """
    with members.asking(ask) as source:
        page = await newest(members, source)
        found = told(page, window) if page else None
        if page is None or found is None:
            return None
        collector = members.collector(source, ask=ask, window=window)
        if found.new:
            await collector.take(source.rows(page, 0, found.new), found.new)
        rows = found.new - found.beyond
        proof = f"newest: {rows} rows, in order, and then what was known"
        sought = Sought(source.found(rows, source.requests, proof), window)
        await members.note_window(ask, sought, collector, defined)
        return found


async def newest(members: Membership, source: Source) -> Page | None:
    """The newest members of one ask; None where they cannot be asked for, or are of another ask."""
    order = {"sort_field": members.cursor, "sort_dir": "DESC"}
    always = members.filters(Window(members.whole.since, LAST_SECOND))
    try:
        page = (await source.first(NEWEST, {**always, **order})).value
    except SliceError:  # whoever reads the window meets it as well
        return None
    return None if source.astray(page) else page


def told(page: Page, window: Window) -> Newest | None:
    """What an answer tells of a window; None where it is not known to tell of all of it."""
    times, since = _times(page), window.since
    if times is None or page.total is None or since is None:
        return None
    if len(times) != min(NEWEST, page.total):
        return None
    # Where all are of one second, nothing shows that the order is the one that was asked for.
    if len(times) < page.total and not (times[-1] <= since and times[-1] < times[0]):
        return None
    beyond = sum(time > window.until for time in times)
    new = sum(time > since for time in times)
    return Newest(new, beyond, page.total - beyond)


def _times(page: Page) -> list[dt.datetime] | None:
    """The times of all records, newest first; None where one has none, or is met twice."""
    if page.odd or len(set(page.keys)) < len(page.keys) or len(page.times) != len(page.keys):
        return None
    try:
        times = [parse_instant(time) for time in page.times if time]
    except ValueError:
        return None
    if len(times) < len(page.keys) or times != sorted(times, reverse=True):
        return None
    return times
