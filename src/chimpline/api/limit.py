"""How many connections this process uses now: halved by 429, slowly restored.

It does not protect from other processes; `budget` does.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import time
from collections.abc import Callable

MOST_CONNECTIONS = 10
"""Of one Mailchimp user, at the same time: docs/mailchimp-facts.md#ten-connections"""
# One burst of 429 answers is one piece of news.
HALVE_EVERY_S = 1.0
RESTORE_EVERY_S = 5.0


class AdaptiveLimit:
    """A semaphore, first come first served, whose size moves between 1 and `most`."""

    def __init__(self, most: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self.limit = most
        self.in_use = 0
        self._monotonic = monotonic
        self._waiters: collections.deque[asyncio.Future[None]] = collections.deque()
        self._halved_at: float | None = None
        self._moved_at = 0.0
        self._successes = 0

    async def acquire(self) -> None:
        if self.in_use < self.limit:  # then nobody waits: see `_admit`
            self.in_use += 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release()
            else:
                with contextlib.suppress(ValueError):  # `_admit` may have met it already
                    self._waiters.remove(waiter)
            raise

    def release(self) -> None:
        self.in_use -= 1
        self._admit()

    def throttled(self) -> bool:
        """Told to slow down. Halves at most once a second; True when it did."""
        now = self._monotonic()
        self._successes = 0
        self._moved_at = now
        if self._halved_at is not None and now - self._halved_at < HALVE_EVERY_S:
            return False
        self._halved_at = now
        before, self.limit = self.limit, max(1, self.limit // 2)
        return self.limit < before

    def succeeded(self) -> None:
        """One more connection after as many successes as there are connections, and 5 s."""
        if self.limit == self.most:
            return
        self._successes += 1
        now = self._monotonic()
        if self._successes >= self.limit and now - self._moved_at >= RESTORE_EVERY_S:
            self.limit += 1
            self._successes = 0
            self._moved_at = now
            self._admit()

    def _admit(self) -> None:
        while self._waiters and self.in_use < self.limit:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self.in_use += 1
                waiter.set_result(None)
