"""How many bytes of pages may be under way: asked for, decoded, waiting, or being committed.

A page takes room before it is asked for, as much as such pages took before, and whoever finds none
waits its turn. What it weighs is known when it has come. Its body and records hold their room for
as long as they are referenced at all; its rows do so until they are committed.

It cannot stop for good, whoever waits for whom. What *moves* (asked for, or handed to the writer)
comes to an end without any more room; what *rests* (asked ahead, or kept until a part is full)
ends only when its reader goes on. So the first in the queue is let in where it fits, and also where
nothing moves: a page that is larger than everything passes alone.

Nobody knows what a page weighs of whose kind none has come. Then only `UNSEEN` are asked at a time.
"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

MEGABYTE = 1024 * 1024
DECODED = 2
"""A decoded page takes so many times its JSON: the body itself, and the objects made of it
(measured: 1.5 to 1.9 times)."""

USUAL_BYTES = MEGABYTE
"""What a page is taken to weigh until one of its kind has come, unless others were heavier: where
one table's records are heavy, those of the next that shows them are."""

UNSEEN = 2
UNSEEN_S = 30.0
"""An answer that has not come by then says nothing of a page's weight: others are asked too."""

FORGETS = 0.75
"""A page that was heavier than those after it is forgotten little by little."""


class Claim:
    """Bytes that are held, and let go at the latest with the last reference to this."""

    __slots__ = ("_room", "moving", "size")

    def __init__(self, room: Room, size: int, *, moving: bool) -> None:
        self._room = room
        self.size = size
        self.moving = moving

    def __del__(self) -> None:
        # Perhaps in another thread, and in the middle of anything: the room notes it and no more.
        if self.size:
            self._room.dropped.append((self.size, self.moving))


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """A page that may be asked for; `over` is called when it has come, or will not."""

    claim: Claim
    over: Callable[[], None]


@dataclasses.dataclass(eq=False, slots=True)
class _Waiting:
    kind: str
    admitted: asyncio.Future[_Asked]


class Room:
    """`limit` bytes for the pages of one run. All of it belongs to one event loop.

    `on_short` is awaited when somebody begins to wait. `on_aside` is called when that is for news
    of its kind; what it gives, when it is over.
    """

    def __init__(self, limit: int = sys.maxsize) -> None:
        self.limit = limit
        self.on_short: Callable[[], Awaitable[None]] | None = None
        self.on_aside: Callable[[], Callable[[], None]] | None = None
        self.dropped: deque[tuple[int, bool]] = deque()
        self.most = 0
        self._used = 0
        self._moving = 0
        self.waiting: deque[_Waiting] = deque()
        self._known: dict[str, int] = {}
        self._unseen: dict[str, int] = {}

    @property
    def used(self) -> int:
        """Bytes that are held now."""
        while self.dropped:
            size, moving = self.dropped.popleft()
            self._used -= size
            self._moving -= size if moving else 0
        return self._used

    @property
    def short(self) -> bool:
        """Whether somebody waits for room: what can be committed should be."""
        return bool(self.waiting)

    @asynccontextmanager
    async def asking(self, kind: str) -> AsyncIterator[Callable[[int], Claim]]:
        """Room for one page of this kind, from before it is asked for.

        What is yielded takes the bytes of its JSON, once it has come, and gives what holds them.
        """
        asked = await self._admitted(kind)

        def came(size: int) -> Claim:
            self._known[kind] = max(size, int(self._known.get(kind, 0) * FORGETS))
            self._resize(asked.claim, DECODED * size)
            self._rest(asked.claim)
            return asked.claim

        try:
            yield came
        except BaseException:
            self.release(asked.claim)
            raise
        finally:
            asked.over()

    def spare(self, kind: str) -> bool:
        """Whether there is room to ask for a page before its turn, and a quarter besides.

        Whoever asks ahead never waits for room: it holds what the reader before it needs.
        """
        fits = self.used + self._weight(kind) <= self.limit * 3 // 4
        return fits and not self.waiting and self._may_ask(kind)

    def hold(self, size: int) -> Claim:
        """Bytes that are there already."""
        claim = Claim(self, size, moving=False)
        self._used += size
        self.most = max(self.most, self.used)
        return claim

    def move(self, claim: Claim) -> None:
        """From now on it ends by itself."""
        if not claim.moving:
            claim.moving = True
            self._moving += claim.size

    def release(self, claim: Claim) -> None:
        """Let go of what was held; harmless twice."""
        self._rest(claim)
        self._resize(claim, 0)

    def _rest(self, claim: Claim) -> None:
        if claim.moving:
            claim.moving = False
            self._moving -= claim.size
            self._look_soon()

    def _resize(self, claim: Claim, size: int) -> None:
        change = size - claim.size
        claim.size = size
        self._used += change
        self._moving += change if claim.moving else 0
        self.most = max(self.most, self.used)
        if change < 0:
            self._look_soon()

    async def _admitted(self, kind: str) -> _Asked:
        if not self.waiting and self._fits(kind) and self._may_ask(kind):
            return self._let_in(kind)
        waiting = _Waiting(kind, asyncio.get_running_loop().create_future())
        self.waiting.append(waiting)
        self._look_soon()
        # Who only waits for news of its kind lets others read meanwhile, of other kinds.
        unknown = not self._may_ask(kind)
        back = self.on_aside() if unknown and self.on_aside is not None else None
        try:
            if self.on_short is not None:
                await self.on_short()
            return await waiting.admitted
        except BaseException:
            if waiting in self.waiting:
                self.waiting.remove(waiting)
            elif waiting.admitted.done() and not waiting.admitted.cancelled():
                self.release(waiting.admitted.result().claim)
                waiting.admitted.result().over()
            self._look_soon()
            raise
        finally:
            if back is not None:
                back()

    def _weight(self, kind: str) -> int:
        if kind in self._known:
            return DECODED * self._known[kind]
        return DECODED * max(USUAL_BYTES, *self._known.values(), 0)

    def _fits(self, kind: str) -> bool:
        return self.used + self._weight(kind) <= self.limit or not self._moving

    def _may_ask(self, kind: str) -> bool:
        return kind in self._known or self._unseen.get(kind, 0) < UNSEEN

    def _let_in(self, kind: str) -> _Asked:
        claim = self.hold(self._weight(kind))
        self.move(claim)
        return _Asked(claim, self._counted(kind))

    def _counted(self, kind: str) -> Callable[[], None]:
        """Count a page of whose kind none has come yet; what is given ends that."""
        if kind in self._known:
            return lambda: None
        self._unseen[kind] = self._unseen.get(kind, 0) + 1
        counted = [kind]

        def over() -> None:
            late.cancel()
            if counted:
                self._unseen[counted.pop()] -= 1
                self._look_soon()

        late = asyncio.get_running_loop().call_later(UNSEEN_S, over)
        return over

    def _look_soon(self) -> None:
        """Not at once: what has just come to rest may move on within this very step."""
        if self.waiting:
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """Let in whoever may, in the order in which they came."""
        for waiting in list(self.waiting):
            if waiting.admitted.done():
                continue  # it was cancelled, and leaves by itself
            if not self._may_ask(waiting.kind):
                continue  # it waits for news of its kind: others do not wait for that
            if not self._fits(waiting.kind):
                return
            self.waiting.remove(waiting)
            waiting.admitted.set_result(self._let_in(waiting.kind))
