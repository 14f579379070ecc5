"""The one place that retries: how often, how long, and how far apart.

The wait before retry n is drawn from `[0, min(wait_max_s, wait_initial_s * 2**n)]` (full jitter),
so that connections that failed together do not come back together.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina
from stamina.instrumentation import set_on_retry_hooks

from chimpline.api.transport import Unreachable
from chimpline.errors import TooManyRequests, TransientError
from chimpline.message import Message

T = TypeVar("T")

# stamina would print a line on standard output for each retry; we tell what matters ourselves.
set_on_retry_hooks([])


@dataclasses.dataclass(frozen=True, slots=True)
class Retry:
    """When a request is given up.

    `total_timeout_s` counts attempts and waits, not the time spent queueing for a connection, nor
    attempts that a smaller page answers. 429 is cheap and passes when another tool is done, so it
    has more attempts. A host that was never reached has few.
    """

    attempts: int = 8
    attempts_when_busy: int = 24
    attempts_unreached: int = 3
    wait_initial_s: float = 0.5
    wait_max_s: float = 30.0
    total_timeout_s: float = 300.0
    # Mailchimp cuts a call at 120 s (docs/mailchimp-facts.md#after-120-seconds), so that later no
    # answer can come.
    request_timeout_s: float = 130.0


@dataclasses.dataclass(slots=True)
class Patience:
    """What one request has cost so far; asked after each failure whether to go on."""

    retry: Retry
    reached: Callable[[], bool] = lambda: True
    draw: Callable[[float, float], float] = random.uniform
    attempts: int = 0
    busy: int = 0
    spent_s: float = 0.0

    @property
    def tried(self) -> Message:
        """How often and how long, for a message."""
        return Message.of("api-tried", attempts=self.attempts, seconds=f"{self.spent_s:.0f}")

    def after(self, error: Exception) -> bool | float:
        """False to give up, else the seconds to wait."""
        if not isinstance(error, TransientError):
            return False
        if isinstance(error, TooManyRequests):
            self.busy += 1
        limit = self.retry.attempts
        if isinstance(error, Unreachable) and not self.reached():
            limit = min(limit, self.retry.attempts_unreached)
        if (
            self.busy >= self.retry.attempts_when_busy
            or self.attempts - self.busy >= limit
            or self.spent_s >= self.retry.total_timeout_s
        ):
            return False
        exponent = min(self.attempts - 1, 30)  # far beyond any wait_max_s
        longest = min(self.retry.wait_max_s, self.retry.wait_initial_s * 2.0**exponent)
        wait = self.draw(0.0, longest)
        self.spent_s += wait
        return wait


class Notices:
    """Tells each kind of failure once, so that nobody waits through retries without a word."""

    def __init__(self, on_notice: Callable[[Message], None] | None) -> None:
        self._on_notice = on_notice
        self._told: set[type[TransientError]] = set()

    def __call__(self, error: TransientError) -> None:
        if self._on_notice is not None and type(error) not in self._told:
            self._told.add(type(error))
            self._on_notice(Message.of("api-retrying", cause=error.problem.message))


async def persist(attempt: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """The first success of `attempt`, or its last `TransientError`, or any other error at once."""
    async for turn in stamina.retry_context(on=patience.after, attempts=None, timeout=None):
        with turn:
            patience.attempts += 1
            return await attempt()
    raise AssertionError  # pragma: no cover -- the context returns or raises
