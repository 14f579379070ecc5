"""What an attempt costs the server's patience, and when its memory is on its way."""

from __future__ import annotations

import asyncio

from chimpline.api.attempt import Attempt
from tests.unit.api.conftest import Clock


class Memory:
    def __init__(self, clock: Clock, waits_s: float) -> None:
        self.log: list[str] = []
        self._clock, self._waits_s = clock, waits_s

    def begins(self) -> None:
        self.log.append("begins")

    async def more(self, size: int) -> None:
        self.log.append(f"{size}")
        self._clock.now += self._waits_s

    def rests(self) -> None:
        self.log.append("rests")


def test_what_it_waits_for_memory_is_not_the_servers_time() -> None:
    clock = Clock()
    memory = Memory(clock, waits_s=60)
    attempt = Attempt(clock, memory)
    assert 0 == attempt.spent_s
    attempt.begins()
    clock.now += 5
    asyncio.run(attempt.more(10))
    clock.now += 2
    attempt.ends()
    assert 7 == attempt.spent_s
    assert ["begins", "10", "rests"] == memory.log


def test_without_anybody_who_lends_memory_nothing_waits() -> None:
    clock = Clock()
    attempt = Attempt(clock)
    attempt.begins()
    asyncio.run(attempt.more(10**9))
    attempt.ends()
    assert (0, 0) == (attempt.spent_s, attempt.waited_s)
