"""How many records to ask for at once."""

from __future__ import annotations

import dataclasses

LARGEST_PAGE = 1000
"""Records that Mailchimp gives at once, at most: docs/mailchimp-facts.md#count-and-offset"""
# Successes at a size before the next larger one is tried; doubled by each further failure, since
# each try that fails costs the server's whole two minutes.
_PATIENCE = 10
_PATIENCE_MAX = 640
# So many failures of one question before it is asked for less.
_AS_IT_WAS = 2


@dataclasses.dataclass(slots=True)
class PageSize:
    """Halved when the server could not finish in time, doubled again after a row of successes.

    One is shared by the requests for one table, so that the next ask starts from what works.
    """

    start: int = LARGEST_PAGE
    floor: int = 10
    value: int = dataclasses.field(init=False)
    _successes: int = dataclasses.field(init=False, default=0)
    _needed: int = dataclasses.field(init=False, default=_PATIENCE)

    def __post_init__(self) -> None:
        self.value = self.start

    def too_large(self, used: int) -> bool:
        """The server failed at `used`. True when the next try is smaller than that."""
        smaller = self.half(used)
        if smaller < self.value:
            self.value = smaller
            self._successes = 0
            self._needed = min(self._needed * 2, _PATIENCE_MAX)
        return self.value < used

    def half(self, used: int) -> int:
        """The next smaller size to try, not below the floor."""
        return max(min(self.floor, used), used // 2)

    def settle(self, used: int) -> None:
        """A page of `used` came where larger ones had failed again and again."""
        if used < self.value:
            self.value = used
            self._successes = 0
            self._needed = min(self._needed * 2, _PATIENCE_MAX)

    def fitted(self, used: int) -> None:
        """An answer of size `used` came."""
        if used != self.value or self.value >= self.start:
            return
        self._successes += 1
        if self._successes >= self._needed:
            self.value = min(self.start, self.value * 2)
            self._successes = 0


class Sizes:
    """The sizes that one question is asked with.

    A page that is too heavy shows itself as any failure (docs/mailchimp-facts.md#heavy-pages). One
    failure is not a page's fault, and is asked again as it was; from the second on, each next try
    asks for less. Other requests learn of it only when a smaller page came: an outage is nobody's
    size.
    """

    def __init__(self, size: PageSize | None) -> None:
        self._size = size
        self._most: int | None = None
        self._failures = 0

    @property
    def count(self) -> int | None:
        if self._size is None:
            return None
        return min(self._size.value, self._most or self._size.value)

    def too_large(self, used: int | None) -> bool:
        """The server said so, in its way. True when the next try asks for less."""
        return self._size is not None and used is not None and self._size.too_large(used)

    def failed(self, used: int | None) -> bool:
        """It failed, for whatever reason. True when the next try asks for less."""
        if self._size is None or used is None:
            return False
        self._failures += 1
        if self._failures < _AS_IT_WAS:
            return False
        self._most = self._size.half(used)
        return self._most < used

    def answered(self, used: int | None) -> None:
        if self._size is not None and used is not None:
            if self._most is not None:
                self._size.settle(used)
            self._size.fitted(used)
