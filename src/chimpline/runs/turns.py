"""Who reads next.

A turn is the right to read one slice; there are a few more than connections, so that a connection
never waits for a page to be decoded or handed on.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import AsyncIterator

SPARE = 2


class Turns:
    """A semaphore whose next holder is the waiter with the largest weight (the longest slice)."""

    def __init__(self, connections: int) -> None:
        self._free = connections + SPARE
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def idle(self) -> bool:
        """Whether a new slice could begin at once: more turns than slices."""
        return self._free > SPARE and not self._waiting

    @contextlib.asynccontextmanager
    async def turn(self, weight: float) -> AsyncIterator[None]:
        await self._take(weight)
        try:
            yield
        finally:
            self._pass_on()

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
