"""Pages of an offset walk that are asked before their turn, by further readers.

Where a page was full, the offsets of those behind it can be told, as far as the announced total
reaches; past one that undercounts, as far as the parent's count. Further readers ask them; the walk
takes them in order and judges them as if it had asked each itself, so that nothing is proven by
what was foretold. A page that came shorter than asked ends the foresight: what was asked behind it
does not overlap and is dropped.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Protocol

from chimpline.api.client import Reply
from chimpline.extract.decode.decoder import Page
from chimpline.extract.source import Source

MOST_AHEAD = 16
"""So many pages may be asked or waiting ahead of the walk: more than there are connections."""


class Helper(Protocol):
    """The right to be one further reader."""

    async def wait(self) -> None:
        """Until it may read."""

    def end(self) -> None:
        """It has left, or will not come."""


class Help(Protocol):
    """Who decides how many readers a walk has; `left` counts records."""

    def more(self, left: int) -> Helper | None:
        """One more reader; None while connections have better things to do."""

    def stay(self, left: int) -> bool:
        """Whether a further reader goes on, now that it has read a page."""


class Ahead:
    """The pages of one attempt at a walk, in order; some of them asked early."""

    def __init__(
        self,
        source: Source,
        filters: Mapping[str, str],
        help_: Help | None = None,
        expected: int = 0,
    ) -> None:
        self._source = source
        self._expected = expected
        self._filters = filters
        self._help = help_
        self._asked: dict[int, asyncio.Future[Reply[Page]]] = {}
        self._next: int | None = None  # the first offset that nobody has asked yet
        self._step = 0
        self._total = 0
        self._left = 0
        self._readers: set[asyncio.Task[None]] = set()
        self._reading: set[asyncio.Task[None]] = set()

    async def page(self, offset: int) -> Reply[Page]:
        """The page at `offset`, which the page before it ended on."""
        if offset in self._asked:
            reply = await self._awaited(offset)
        else:
            if offset == self._next:
                self._next += self._step
            reply = await self._source.page(offset, self._filters)
        self._learn(offset, reply)
        return reply

    async def close(self, *, cancelled: bool = False) -> None:
        """End all further readers.

        A request under way is let finish: given up, it would hold its connection for two minutes.
        """
        self._next = None
        for reader in self._readers:
            if cancelled or reader not in self._reading:
                reader.cancel()
        if self._readers:
            await asyncio.gather(*self._readers, return_exceptions=True)

    async def _awaited(self, offset: int) -> Reply[Page]:
        """A page that another reader asked; while it is on its way, one behind it is asked."""
        future = self._asked[offset]
        while not future.done() and (behind := self._claim()) is not None:
            await self._ask(behind)
        try:
            return await future
        finally:
            self._asked.pop(offset, None)

    def _learn(self, offset: int, reply: Reply[Page]) -> None:
        """What a page tells of those behind it."""
        keys, total = len(reply.value.keys), reply.value.total
        behind = offset + keys - 1
        if keys < 2 or keys != reply.count or total is None:
            self._forget(None)
            return
        if behind >= total:
            # It undercounts (docs/mailchimp-facts.md#totals): the parent knows better.
            total = max(total, self._expected)
        self._total, self._left = total, total - behind - 1
        if behind not in self._asked and behind != self._next:
            self._step = keys - 1
            self._forget(behind)
        self._recruit()

    def _forget(self, offset: int | None) -> None:
        self._asked.clear()
        self._next = offset

    def _recruit(self) -> None:
        if self._help is None or self._next is None:
            return
        pages = -((self._next - self._total) // self._step) - 1  # the walk itself asks the first
        while len(self._readers) < min(pages, MOST_AHEAD):
            helper = self._help.more(self._left)
            if helper is None:
                return
            reader = asyncio.get_running_loop().create_task(self._read(self._help, helper))
            self._readers.add(reader)
            reader.add_done_callback(functools.partial(self._ended, helper))

    def _ended(self, helper: Helper, reader: asyncio.Task[None]) -> None:
        # Not in the task itself: one that is cancelled before it begins runs no line of it.
        helper.end()
        self._readers.discard(reader)
        self._reading.discard(reader)

    async def _read(self, help_: Help, helper: Helper) -> None:
        """One further reader: a page after the other, as long as it is wanted."""
        await helper.wait()
        reader = asyncio.current_task()
        if reader is not None:
            self._reading.add(reader)
        while (offset := self._claim()) is not None:
            await self._ask(offset)
            if not help_.stay(self._left):
                return

    def _claim(self) -> int | None:
        """The next offset to be asked early; it is asked by whoever claims it."""
        offset = self._next
        if offset is None or offset >= self._total or len(self._asked) >= MOST_AHEAD:
            return None
        if not self._source.may_ask_ahead():
            return None
        self._next = offset + self._step
        future: asyncio.Future[Reply[Page]] = asyncio.get_running_loop().create_future()
        # Perhaps nobody ever takes it; then its failure is no news either.
        future.add_done_callback(lambda f: f.cancelled() or f.exception())
        self._asked[offset] = future
        return offset

    async def _ask(self, offset: int) -> None:
        future = self._asked[offset]
        try:
            reply = await self._source.page(offset, self._filters)
        except Exception as error:  # noqa: BLE001 - told to the walk, when it comes to this page
            self._next = None
            future.set_exception(error)
        except BaseException:
            future.cancel()
            raise
        else:
            future.set_result(reply)
