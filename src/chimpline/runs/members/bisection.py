"""Where two counts of the same rows differ: what to ask next, and what to read at once.

The destination tells how its rows lie along a column; they are packed into leaves of at most a
page. A stretch of leaves whose counts differ is halved by one count at Mailchimp, until it is a
leaf, or until reading it costs no more than going on.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Sequence

from chimpline.api.paging import LARGEST_PAGE
from chimpline.model import second_before

SECOND = dt.timedelta(seconds=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Leaf:
    """The stretch of time `(since, until]`, and how many rows the destination holds in it."""

    since: dt.datetime | None
    until: dt.datetime
    rows: int

    @property
    def pages(self) -> int:
        return max(1, math.ceil(self.rows / LARGEST_PAGE))


def packed(
    since: dt.datetime | None,
    until: dt.datetime,
    values: Sequence[dt.datetime],
    rows: Sequence[int],
) -> list[Leaf]:
    """Leaves that cover `(since, until]` without a gap.

    Each holds at most a page, but for one second that alone holds more: it is a leaf of its own.
    `values` are ascending and whole seconds, `rows` says how many rows have each.
    """
    leaves: list[Leaf] = []
    begin, last, held = since, since, 0
    for value, count in zip(values, rows, strict=True):
        thick = count > LARGEST_PAGE
        if held and (thick or held + count > LARGEST_PAGE) and last is not None:
            leaves.append(Leaf(begin, last, held))
            begin, held = last, 0
        if thick:
            before = second_before(value)
            if before is not None and (begin is None or begin < before):
                if leaves:
                    # The gap before it belongs to the leaf before it.
                    leaves[-1] = dataclasses.replace(leaves[-1], until=before)
                else:
                    leaves.append(Leaf(begin, before, 0))
            leaves.append(Leaf(before, value, count))
            begin = value
        else:
            held += count
        last = value
    if held or not leaves:
        return [*leaves, Leaf(begin, until, held)]
    if leaves[-1].rows <= LARGEST_PAGE:
        leaves[-1] = dataclasses.replace(leaves[-1], until=until)
    elif leaves[-1].until < until:
        leaves.append(Leaf(leaves[-1].until, until, 0))
    return leaves


def middle(leaves: Sequence[Leaf]) -> int:
    """How many leaves the lower half has, so that both halves take about as many pages.

    Two leaves at least; neither half is empty.
    """
    whole = sum(leaf.pages for leaf in leaves)
    lower = 0
    for place, leaf in enumerate(leaves[:-1], start=1):
        if 2 * (lower + leaf.pages) >= whole:
            # Before or after this leaf, whichever is nearer to the half.
            nearer_before = whole - 2 * lower < 2 * (lower + leaf.pages) - whole
            return place - 1 if nearer_before and place > 1 else place
        lower += leaf.pages
    return len(leaves) - 1


def cost(pages: int, differing: int) -> float:
    """The requests that finding so many differing rows among so many pages can be expected to take.

    A count for each window that is halved since it holds one of them, and a page for each page that
    holds one, if they lie anywhere. Reading all takes `pages`.
    """
    requests, windows = _hit(pages, differing), 1
    while windows < pages:
        halved = min(1.0, (pages - windows) / windows)
        requests += halved * _hit(windows, differing)
        windows *= 2
    return requests


def _hit(windows: int, differing: int) -> float:
    """How many of so many windows hold at least one of the differing rows, on average."""
    return windows * (1 - (1 - 1 / windows) ** differing)
