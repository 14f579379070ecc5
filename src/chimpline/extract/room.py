"""How many bytes of pages may be under way: asked for, decoded, waiting, or being committed.

A page takes room before it is asked for, as much as such pages took before, and whoever finds none
waits its turn. Where it turns out to be heavier, its body is read on as room is found. A body and
its records hold their room for as long as they are referenced at all; rows, until they are
committed.

It cannot stop for good, whoever waits for whom. What *moves* (has a connection and is read, or was
handed to the writer) comes to an end without any more room; what *rests* (waits for a connection,
was asked ahead, or is kept until a part is full) ends only when others go on. So the first in the
queue is let in where it fits, and otherwise as the one page *beyond* the limit, of which there is
one at a time: a page that is larger than everything passes alone. Where even that one rests, and
nothing moves for a while, whoever is first goes on.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
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

FORGETS = 0.75
"""A page that was heavier than those after it is forgotten little by little."""

STUCK_S = 2.0
"""Where nothing moves for so long, those who hold the room wait for those who want it. Longer than
a server takes to answer what needs no room."""


class State(enum.IntEnum):
    """What must happen before bytes are let go."""

    RESTS = 0  # asked ahead, or kept until a part is full: others go on
    ASKED = 1  # it gets a connection, is answered, and taken by its reader
    MOVES = 2  # it is being read, or was handed to the writer: nothing


class Claim:
    """Bytes that are held, and let go at the latest with the last reference to this."""

    __slots__ = ("_room", "beyond", "size", "state")

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size = 0
        self.state = State.RESTS
        self.beyond = False

    def __del__(self) -> None:
        # Perhaps in another thread, and in the middle of anything: the room notes it and no more.
        if self.size or self.state:
            self._room.dropped.append((self.size, self.state, self.beyond))


class Asked:
    """Room for one page, from before it is asked for."""

    def __init__(self, room: Room, kind: str, claim: Claim) -> None:
        self._room = room
        self._kind = kind
        self._claim: Claim | None = claim

    def begins(self) -> None:
        """The request has a connection, and will be answered."""
        if self._claim is not None:
            self._room.set(self._claim, State.MOVES)

    async def more(self, size: int) -> None:
        """Wait until there is room for a body of which `size` bytes came so far."""
        claim = self._claim
        if claim is not None:
            await self._room.grow(claim, DECODED * size)
            if self._claim is claim:  # else it was given back meanwhile
                self._room.set(claim, State.MOVES)

    def rests(self) -> None:
        """It has no connection any more, or not yet: it waits for those who have one."""
        if self._claim is not None:
            self._room.set(self._claim, State.ASKED)

    def came(self, size: int) -> Claim:
        """It has come, with so many bytes of JSON: what holds them."""
        if self._claim is None:
            raise RuntimeError("Its room was given back.")
        self._room.came(self._kind, self._claim, size)
        return self._claim

    def end(self) -> None:
        """From now on it holds nothing, and is heard out where nobody wants the rest of it."""
        self._claim = None


@dataclasses.dataclass(eq=False, slots=True)
class _Waiting:
    """For a new page, or for more of the one that is `claim`."""

    size: Callable[[], int]
    claim: Claim | None
    let_in: asyncio.Future[Claim]


class Room:
    """`limit` bytes for the pages of one run. All of it belongs to one event loop.

    `on_short` is awaited when somebody begins to wait.
    """

    def __init__(self, limit: int = sys.maxsize) -> None:
        self.limit = limit
        self.on_short: Callable[[], Awaitable[None]] | None = None
        self.dropped: deque[tuple[int, State, bool]] = deque()
        self.most = 0
        self._used = 0
        self._busy = dict.fromkeys((State.ASKED, State.MOVES), 0)
        self._beyond = 0
        self.waiting: deque[_Waiting] = deque()
        self._known: dict[str, int] = {}
        self._steps = self._steps_seen = 0
        self._watching = False

    @property
    def used(self) -> int:
        """Bytes that are held now."""
        while self.dropped:
            size, state, beyond = self.dropped.popleft()
            self._used -= size
            self._count(state, -1)
            self._beyond -= beyond
            self._steps += 1
        return self._used

    @property
    def short(self) -> bool:
        """Whether somebody waits for room: what can be committed should be."""
        return bool(self.waiting)

    @asynccontextmanager
    async def asking(self, kind: str) -> AsyncIterator[Asked]:
        """Room for one page of this kind, from before it is asked for."""
        claim = await self._admitted(kind)
        asked = Asked(self, kind, claim)
        came = False
        try:
            yield asked
            came = True
        finally:
            asked.end()
            for waiting in [one for one in self.waiting if one.claim is claim]:
                self.waiting.remove(waiting)
                if not waiting.let_in.done():
                    waiting.let_in.set_result(claim)
            if not came:
                self.release(claim)

    def spare(self, kind: str) -> bool:
        """Whether there is room to ask for a page before its turn, and a quarter besides.

        Whoever asks ahead never waits for room: it holds what the reader before it needs.
        """
        return self.used + self._weight(kind) <= self.limit * 3 // 4 and not self.waiting

    def hold(self, size: int) -> Claim:
        """Bytes that are there already."""
        claim = Claim(self)
        self._resize(claim, size)
        return claim

    def move(self, claim: Claim) -> None:
        """From now on it ends by itself."""
        self.set(claim, State.MOVES)

    def set(self, claim: Claim, state: State) -> None:
        """What must happen before it ends, from now on."""
        if claim.state is not state:
            self._count(claim.state, -1)
            self._count(state, 1)
            claim.state = state
            self._look_soon()

    def release(self, claim: Claim) -> None:
        """Let go of what was held; harmless twice."""
        self.set(claim, State.RESTS)
        self._resize(claim, 0)
        self._within(claim)

    def came(self, kind: str, claim: Claim, size: int) -> None:
        """A page that was asked for is there."""
        self._known[kind] = max(size, int(self._known.get(kind, 0) * FORGETS))
        self._resize(claim, DECODED * size)
        self.set(claim, State.RESTS)

    async def grow(self, claim: Claim, size: int) -> None:
        """Hold `size` bytes at least; waits before anybody who has not begun."""
        if size <= claim.size:
            return
        if claim.beyond or self.used - claim.size + size <= self.limit:
            self._resize(claim, size)
            return
        self.set(claim, State.ASKED)
        begun = sum(1 for one in self.waiting if one.claim is not None)
        await self._wait(begun, lambda: size - claim.size, claim)

    async def _admitted(self, kind: str) -> Claim:
        if not self.waiting and self.used + self._weight(kind) <= self.limit:
            return self._let_in(self._weight(kind), None, beyond=False)
        return await self._wait(len(self.waiting), lambda: self._weight(kind), None)

    async def _wait(self, place: int, size: Callable[[], int], claim: Claim | None) -> Claim:
        waiting = _Waiting(size, claim, asyncio.get_running_loop().create_future())
        self.waiting.insert(place, waiting)
        self._look_soon()
        self._watch()
        try:
            if self.on_short is not None:
                await self.on_short()
            return await waiting.let_in
        except BaseException:
            if waiting in self.waiting:
                self.waiting.remove(waiting)
            elif claim is None and waiting.let_in.done() and not waiting.let_in.cancelled():
                self.release(waiting.let_in.result())
            self._look_soon()
            raise

    def _count(self, state: State, more: int) -> None:
        if state is not State.RESTS:
            self._busy[state] += more

    def _weight(self, kind: str) -> int:
        if kind in self._known:
            return DECODED * self._known[kind]
        return DECODED * max(USUAL_BYTES, *self._known.values(), 0)

    def _let_in(self, size: int, claim: Claim | None, *, beyond: bool) -> Claim:
        claim = claim or Claim(self)
        self.set(claim, State.ASKED)
        self._resize(claim, claim.size + size)
        if beyond and not claim.beyond:
            claim.beyond = True
            self._beyond += 1
        return claim

    def _resize(self, claim: Claim, size: int) -> None:
        change = size - claim.size
        claim.size = size
        self._steps += 1
        self._used += change
        self.most = max(self.most, self.used)
        if change < 0:
            self._look_soon()

    def _within(self, claim: Claim) -> None:
        if claim.beyond:
            claim.beyond = False
            self._beyond -= 1
            self._look_soon()

    def _look_soon(self) -> None:
        """Not at once: what has just come to rest may move on within this very step."""
        self._steps += 1
        if self.waiting:
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self, *, stuck: bool = False) -> None:
        """Let in whoever may, in the order in which they came."""
        while self.waiting:
            first = self.waiting[0]
            if not first.let_in.done():  # else it was cancelled, and leaves by itself
                size = first.size()
                fits = self.used + size <= self.limit
                # Else what holds the room ends by itself. Who waits in the middle of a page keeps a
                # connection, for which those who have none yet wait.
                ends = self._busy[State.MOVES] or (first.claim is None and self._busy[State.ASKED])
                if not fits and (ends or (self._beyond and not stuck)):
                    return
                stuck = False
                first.let_in.set_result(self._let_in(size, first.claim, beyond=not fits))
            self.waiting.popleft()

    def _watch(self) -> None:
        """As long as anybody waits."""
        if not self._watching:
            self._watching = True
            self._steps_seen = self._steps
            asyncio.get_running_loop().call_later(STUCK_S, self._look_whether_stuck)

    def _look_whether_stuck(self) -> None:
        self._watching = False
        if not self.waiting:
            return
        moves = self._busy[State.MOVES]
        stuck = self.used > 0 and not moves and self._steps == self._steps_seen
        self._look(stuck=stuck)
        if self.waiting:
            self._watch()
