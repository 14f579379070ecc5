"""Whoever guesses passwords waits longer and longer."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterable

FREE = 5
"""Failures that cost nothing: people mistype."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
FORGOTTEN_AFTER_S = 3600.0
MOST = 10_000
"""Names remembered at once; guessing under more of them forgets the oldest."""


@dataclasses.dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failures of a name, and of an address; both wait. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, _Failures] = {}
        self._lock = threading.Lock()

    def wait_s(self, *whos: str) -> float:
        """How long these have to wait before they may try again; 0 if not at all."""
        now = self._clock()
        with self._lock:
            return max((self._wait_s(who, now) for who in whos), default=0.0)

    def begin(self, *whos: str) -> float:
        """Try once: 0, and it counts as a failure until `worked`; or how long to wait, uncounted.

        Counted before it is known how it ends: a hundred attempts at once are not one.
        """
        now = self._clock()
        with self._lock:
            wait_s = max((self._wait_s(who, now) for who in whos), default=0.0)
            if wait_s <= 0:
                self._failed(whos, now)
            return wait_s

    def failed(self, *whos: str) -> None:
        with self._lock:
            self._failed(whos, self._clock())

    def _failed(self, whos: Iterable[str], now: float) -> None:
        for who in whos:
            known = self._failures.pop(who, None)
            fresh = known is None or now - known.last > FORGOTTEN_AFTER_S
            count = 1 if fresh or known is None else known.count + 1
            self._failures[who] = _Failures(count, now)
        while len(self._failures) > MOST:
            del self._failures[next(iter(self._failures))]

    def worked(self, *whos: str) -> None:
        with self._lock:
            for who in whos:
                self._failures.pop(who, None)

    def _wait_s(self, who: str, now: float) -> float:
        known = self._failures.get(who)
        if known is None or known.count < FREE:
            return 0.0
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (known.count - FREE))
        return max(0.0, known.last + wait_s - now)
