"""How many records to ask for at once."""

from __future__ import annotations

import dataclasses

# Successes at a size before the next larger one is tried; doubled by each further failure, since
# each try that fails costs the server's whole two minutes.
_PATIENCE = 10
_PATIENCE_MAX = 640


@dataclasses.dataclass(slots=True)
class PageSize:
    """Halved when the server could not finish in time, doubled again after a row of successes.

    One is shared by the requests for one table, so that the next ask starts from what works.
    """

    start: int = 1000  # the API's maximum (FACTS 3)
    floor: int = 10
    value: int = dataclasses.field(init=False)
    _successes: int = dataclasses.field(init=False, default=0)
    _needed: int = dataclasses.field(init=False, default=_PATIENCE)

    def __post_init__(self) -> None:
        self.value = self.start

    def too_large(self, used: int) -> bool:
        """The server failed at `used`. True when the next try is smaller than that."""
        smaller = max(min(self.floor, used), used // 2)
        if smaller < self.value:
            self.value = smaller
            self._successes = 0
            self._needed = min(self._needed * 2, _PATIENCE_MAX)
        return self.value < used

    def fitted(self, used: int) -> None:
        """An answer of size `used` came."""
        if used != self.value or self.value >= self.start:
            return
        self._successes += 1
        if self._successes >= self._needed:
            self.value = min(self.start, self.value * 2)
            self._successes = 0
