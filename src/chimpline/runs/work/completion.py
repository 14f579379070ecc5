"""When a table is done: all that could still plan a slice of it is done, and none is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from chimpline.catalog.row import Changed
from chimpline.catalog.table import Table

MOST_OPEN = 1000
"""Tasks of one table below members; each takes some kilobytes, and there can be a million."""


class Completion:
    """Counts the tasks of each table and tells `finished` of a table, once, when its last ends.

    `after` names the tables whose tasks can still plan slices of a table: its parent (or the table
    that it rides in), and for gated ones of people the members, whose burial opens gates. Before
    the first of these is read, members may be read once more: they are after whatever plans those.
    """

    def __init__(
        self,
        group: asyncio.TaskGroup,
        after: Mapping[str, Iterable[str]],
        finished: Callable[[str], None],
    ) -> None:
        self._group = group
        self._after = after
        self._finished = finished
        self._open = dict.fromkeys(after, 0)
        self._done: set[str] = set()
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def done(self) -> frozenset[str]:
        return frozenset(self._done)

    def spawn(self, table: Table, work: Coroutine[Any, Any, None]) -> None:
        """Run one task of a table."""
        self._open[table.name] += 1
        try:
            task = self._group.create_task(self._counted(table.name, work))
        except asyncio.CancelledError:
            work.close()
            raise
        # Where the task is cancelled before its first step, nobody has begun the work.
        task.add_done_callback(lambda _: work.close())

    def hold(self, name: str) -> None:
        """Work on another table may still land rows of this one, until `release` is called."""
        self._open[name] += 1

    def release(self, name: str) -> None:
        """What was held may be done now."""
        self._ended(name)
        self.check()

    async def room(self, table: Table) -> None:
        """Until fewer than `MOST_OPEN` tasks of a table are open.

        For whoever spawns as many as there are members; not for a task that others wait for.
        """
        while self._open[table.name] >= MOST_OPEN:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    async def _counted(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        await work
        self._ended(name)
        self.check()

    def _ended(self, name: str) -> None:
        self._open[name] -= 1
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    def check(self) -> None:
        """Tell of every table that is done by now."""
        found = True
        while found:
            found = False
            for name, before in self._after.items():
                if name in self._done or self._open[name] or not self._done.issuperset(before):
                    continue
                self._done.add(name)
                self._finished(name)
                found = True


def order(read: Iterable[Table]) -> dict[str, tuple[str, ...]]:
    """`after`, for the tables that a run reads."""
    names = {table.name: table for table in read}
    members = tuple(t.name for t in names.values() if isinstance(t.reading, Changed))
    planners = {
        table.parent.name
        for table in names.values()
        if beside_members(table) and table.parent and not _waits(table.parent)
    }
    return {
        name: (
            *((table.above.name,) if table.above else ()),
            *(members if beside_members(table) else ()),
            *(sorted(planners) if name in members else ()),
        )
        for name, table in names.items()
    }


def beside_members(table: Table) -> bool:
    """Whether its slices are read behind a gate, beside the members whom they hold."""
    return table.row.gate is not None and table.member_column is not None


def _waits(table: Table | None) -> bool:
    """Whether a table is done after the members, being below them or beside them."""
    if table is None:
        return False
    return isinstance(table.reading, Changed) or beside_members(table) or _waits(table.parent)
