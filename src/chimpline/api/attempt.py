"""One attempt at a request: what it cost, and the memory that its answer takes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from chimpline.api.body import Memory


@dataclasses.dataclass(slots=True)
class Attempt:
    """`sent_at` is None while it waits for a connection.

    `waited_s`: for memory, which is not the server's doing.
    """

    monotonic: Callable[[], float]
    memory: Memory | None = None
    sent_at: float | None = None
    waited_s: float = 0.0

    @property
    def spent_s(self) -> float:
        """What the server took so far."""
        return 0.0 if self.sent_at is None else self.monotonic() - self.sent_at - self.waited_s

    def begins(self) -> None:
        self.sent_at = self.monotonic()
        if self.memory is not None:
            self.memory.begins()

    async def more(self, size: int) -> None:
        if self.memory is None:
            return
        began = self.monotonic()
        try:
            await self.memory.more(size)
        finally:
            self.waited_s += self.monotonic() - began

    def ends(self) -> None:
        if self.memory is not None:
            self.memory.rests()
