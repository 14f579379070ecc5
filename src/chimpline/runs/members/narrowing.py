"""From stretches whose counts differ to the leaves that have to be read, by counting parts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pyarrow as pa

from chimpline.api.paging import LARGEST_PAGE
from chimpline.model import ColumnType, Scope, Window
from chimpline.runs.members.bisection import Leaf, middle, packed
from chimpline.runs.members.stretches import Ground, Stretch, joined
from chimpline.runs.work.together import together

INSIDE_A_SECOND = ("status", "timestamp_opt", "email_type")
"""What divides the members of one second further: columns that are also query parameters."""


class Narrowing:
    """`theirs`: how many members Mailchimp holds of an ask in a window of the cursor.

    `counts_by`: how the destination's rows of a scope lie along a column (`value`, `rows`).
    `cursor`: the column of the time of change. `columns`: those that can be asked by, with their
    types. `until`: the horizon.
    """

    def __init__(
        self,
        theirs: Callable[[str, Window], Awaitable[int]],
        counts_by: Callable[[Scope, str], Awaitable[pa.Table]],
        cursor: str,
        columns: Mapping[str, ColumnType],
        until: dt.datetime,
    ) -> None:
        self._theirs = theirs
        self._counts_by = counts_by
        self._cursor = cursor
        self._columns = columns
        self._until = until

    async def leaves(self, stretches: Sequence[Stretch]) -> list[tuple[Ground, Leaf]]:
        """The leaves to be read: level by level, all stretches of a level at once."""
        leaves: list[tuple[Ground, Leaf]] = []
        level = list(stretches)
        while level:
            async with together() as group:
                dividing = [group.create_task(self._divided(one)) for one in level if one.differing]
            level = []
            for task in dividing:
                further, read = task.result()
                level += further
                leaves += read
        return leaves

    async def _divided(self, stretch: Stretch) -> tuple[list[Stretch], list[tuple[Ground, Leaf]]]:
        """What becomes of a stretch whose counts differ: parts to compare, or leaves to read."""
        ground, leaves = stretch.ground, stretch.leaves
        if len(leaves) > 1 and stretch.cost < stretch.pages:
            place = middle(leaves)
            lower, upper = leaves[:place], leaves[place:]
            theirs = await self._count(ground, lower)
            return [
                Stretch(ground, lower, theirs),
                Stretch(ground, upper, stretch.theirs - theirs),
            ], []
        if len(leaves) == 1 and leaves[0].rows > LARGEST_PAGE and stretch.cost < stretch.pages:
            parts = await self._inside(stretch)
            if parts:
                return parts, []
        return [], [(ground, leaf) for leaf in leaves]

    async def _count(self, ground: Ground, leaves: Sequence[Leaf]) -> int:
        """Mailchimp's side of neighbouring leaves."""
        ask, window = ground.asked(Window(leaves[0].since, leaves[-1].until))
        return await self._theirs(ask, window)

    async def _inside(self, stretch: Stretch) -> list[Stretch]:
        """A second divided by the next column that divides it; empty where none does."""
        (leaf,) = stretch.leaves
        ask, second = stretch.ground.asked(Window(leaf.since, leaf.until))
        scope = stretch.ground.rows(leaf)
        for place, name in enumerate(stretch.ground.inside):
            kind = self._columns.get(name)
            if kind not in (ColumnType.TEXT, ColumnType.TIMESTAMP):
                continue
            found = await self._counts_by(scope, name)
            rows = found["rows"].to_pylist()
            if sum(rows) != leaf.rows:
                continue  # rows without a value cannot be asked for
            inside = stretch.ground.inside[place + 1 :]
            if kind is ColumnType.TIMESTAMP:
                ground = Ground(ask, scope, second, name, inside)
                values = found["value"].to_pylist()
                until = max(self._until, values[-1])
                leaves = packed(None, until, values, rows)
                if len(leaves) > 1:
                    return [Stretch(ground, tuple(leaves), stretch.theirs)]
            elif len(rows) > 1:
                return await self._by_value(stretch, name, found, inside)
        return []

    async def _by_value(
        self, stretch: Stretch, name: str, found: pa.Table, inside: tuple[str, ...]
    ) -> list[Stretch]:
        """One part for each value, the most frequent first, until all that differs is found."""
        (leaf,) = stretch.leaves
        ask, second = stretch.ground.asked(Window(leaf.since, leaf.until))
        scope = stretch.ground.rows(leaf)
        parts: list[Stretch] = []
        theirs, differing = stretch.theirs, stretch.differing
        ordered = found.sort_by([("rows", "descending")]).to_pylist()
        for place, one in enumerate(ordered, start=1):
            asked = joined(ask, **{name: one["value"]})
            mine = dataclasses.replace(scope, equals=(*scope.equals, (name, one["value"])))
            ground = Ground(asked, mine, second, self._cursor, inside)
            part = dataclasses.replace(leaf, rows=one["rows"], since=second.since)
            part = dataclasses.replace(part, until=second.until)
            if place == len(ordered):
                parts.append(Stretch(ground, (part,), theirs))
                break
            count = await self._theirs(asked, second)
            parts.append(Stretch(ground, (part,), count))
            theirs, differing = theirs - count, differing - (count - part.rows)
            if not differing:
                break
        return parts
