"""The link that lets the first person in: printed in the terminal, good once, for an hour."""

from __future__ import annotations

import datetime as dt
import hmac
import threading

from chimpline.clock import Clock
from chimpline.service.people.secrets import drawn

GOOD_FOR = dt.timedelta(hours=1)


class Welcome:
    """`word` is None while there is no such link."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._word: str | None = None
        self._until: dt.datetime | None = None

    def open(self) -> str:
        """A new link's word, in place of the one before."""
        with self._lock:
            self._word, self._until = drawn(), self._clock() + GOOD_FOR
            return self._word

    def fits(self, word: str) -> bool:
        """Whether this is the word, while it is good."""
        with self._lock:
            return self._fits(word)

    def take(self, word: str) -> bool:
        """Use the link up; whether it was good. Of two at once, one has it."""
        with self._lock:
            fits = self._fits(word)
            if fits:
                self._word = None
            return fits

    def _fits(self, word: str) -> bool:
        if self._word is None or self._until is None or self._clock() >= self._until:
            return False
        return hmac.compare_digest(word.encode(), self._word.encode())
