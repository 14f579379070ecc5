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

from chimpline.api.paging import LARGEST_PAGE

SPARE = 2
FIRST = float("inf")
"""The weight of a slice that others cannot begin without."""


@dataclasses.dataclass(eq=False, slots=True)
class Turn:
    """One slice, waiting or being read, and how many records are left of it."""

    left: float


class Turns:
    """A semaphore whose next holder is the waiter with the largest weight (the longest slice)."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self.opened: set[Turn] = set()
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
        return self.idle() or left > self.fair()

    def helpers(self, turn: Turn) -> Helpers:
        """Further readers for the slice that is read in this turn."""
        return Helpers(self, turn)

    def crowded(self) -> bool:
        """Whether somebody waits for a turn."""
        return bool(self._waiting)

    def fair(self) -> float:
        """What each connection would have to read of all that is left."""
        return sum(one.left for one in self.opened) / self._connections

    @contextlib.asynccontextmanager
    async def turn(self, weight: float) -> AsyncIterator[Turn]:
        """Wait for a turn. `weight`: the expected records, or `FIRST`."""
        mine = Turn(LARGEST_PAGE if weight == FIRST else max(weight, LARGEST_PAGE))
        self.opened.add(mine)
        try:
            await self.take(weight)
            try:
                yield mine
            finally:
                self.pass_on()
        finally:
            self.opened.discard(mine)

    def take_idle(self) -> bool:
        """Take a turn at once, where a connection idles."""
        if not self.idle():
            return False
        self._free -= 1
        return True

    async def take(self, weight: float) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        mine = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-weight, next(self._order), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.pass_on()
            raise

    def pass_on(self) -> None:
        while self._waiting:
            _, _, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1


class Helpers:
    """The further readers of one slice, so that it is not read alone while connections idle.

    One comes where a connection is free, or where this slice, shared by all its readers, would
    still be left at the end. It goes when others wait and that is not so any more.
    """

    def __init__(self, turns: Turns, turn: Turn) -> None:
        self._turns = turns
        self.sharing = [turn]

    def more(self, left: int) -> Helper | None:
        """One more reader of the `left` records; None where it is not worth one."""
        share = self._spread(left)
        taken = self._turns.take_idle()
        if not taken and share <= self._turns.fair():
            return None
        helper = Helper(self._turns, self.sharing, share, taken=taken)
        self._spread(left)
        return helper

    def stay(self, left: int) -> bool:
        """Whether a further reader goes on, now that it has read a page."""
        return not self._turns.crowded() or self._spread(left) > self._turns.fair()

    def _spread(self, left: int) -> float:
        """What each reader has to read of it."""
        share = left / len(self.sharing)
        for turn in self.sharing:
            turn.left = share
        return share


class Helper:
    """The turn of a further reader, to be waited for, and to be given back by `end`."""

    def __init__(self, turns: Turns, sharing: list[Turn], share: float, *, taken: bool) -> None:
        self._turns = turns
        self._sharing = sharing
        self._turn = Turn(share)
        self._taken = taken
        self._ended = False
        sharing.append(self._turn)
        turns.opened.add(self._turn)

    async def wait(self) -> None:
        """Until it may read."""
        if not self._taken:
            await self._turns.take(self._turn.left)
            self._taken = True

    def end(self) -> None:
        """Also for one that never came to read; harmless twice."""
        if self._ended:
            return
        self._ended = True
        self._sharing.remove(self._turn)
        self._turns.opened.discard(self._turn)
        if self._taken:
            self._turns.pass_on()
