"""Who reads next, and which slice is too long for one reader.

A turn is the right to read one slice; there are a few more than connections, so that a connection
never waits for a page to be decoded or handed on. A slice is read one page after the other, so the
longest begin first, and one that would be read alone at the end is shared before that.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import heapq
import itertools
from collections.abc import AsyncIterator

SPARE = 2
FIRST = float("inf")
"""The weight of a slice that others cannot begin without."""
PAGE = 1000


@dataclasses.dataclass(eq=False, slots=True)
class Turn:
    """One slice, waiting or being read, and how many records are left of it."""

    left: float


class Turns:
    """A semaphore whose next holder is the waiter with the largest weight (the longest slice)."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._open: set[Turn] = set()
        self._free = connections + SPARE
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def idle(self) -> bool:
        """Whether a new slice could begin at once: more turns than slices."""
        return self._free > SPARE and not self._waiting

    def too_long(self, turn: Turn, left: float) -> bool:
        """Whether a slice has more left than all that is left, shared by the connections.

        Then it would be read alone in the end, or is read alone already.
        """
        turn.left = left
        return self.idle() or left > sum(one.left for one in self._open) / self._connections

    @contextlib.asynccontextmanager
    async def turn(self, weight: float) -> AsyncIterator[Turn]:
        """Wait for a turn. `weight`: the expected records, or `FIRST`."""
        mine = Turn(PAGE if weight == FIRST else max(weight, PAGE))
        self._open.add(mine)
        try:
            await self._take(weight)
            try:
                yield mine
            finally:
                self._pass_on()
        finally:
            self._open.discard(mine)

    async def _take(self, weight: float) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        mine = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-weight, next(self._order), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
