"""Orders of rows: by an instant, with ties in an order that is stable and means nothing."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

NUMBER_BITS = 24
SCRAMBLE_BITS = 20
TIE_BITS = NUMBER_BITS + SCRAMBLE_BITS
NUMBER_MASK = (1 << NUMBER_BITS) - 1


def tie(number: int, edits: int = 0) -> int:
    """Where a row stands among its equals: not by id, not by age, and elsewhere after an edit."""
    mixed = (number * 2654435761 + edits * 40503 * 65537 + 0x9E3779B9) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    return ((mixed >> (32 - SCRAMBLE_BITS)) << NUMBER_BITS) | number


class TimeIndex:
    """Member numbers sorted by (instant, tie), so that a window and an offset cost O(log n)."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: list[int] = []

    def fill(self, entries: Iterable[tuple[int, int]]) -> None:
        self._keys = sorted((instant << TIE_BITS) | tied for instant, tied in entries)

    def add(self, instant: int, tied: int) -> None:
        bisect.insort(self._keys, (instant << TIE_BITS) | tied)

    def remove(self, instant: int, tied: int) -> None:
        key = (instant << TIE_BITS) | tied
        place = bisect.bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            raise KeyError(tied & NUMBER_MASK)
        del self._keys[place]

    def __len__(self) -> int:
        return len(self._keys)

    def span(self, since: int | None, before: int | None) -> tuple[int, int]:
        """The stretch `(since, before]`. Rows without an instant are in no window."""
        low, high = 0, len(self._keys)
        if since is not None or before is not None:
            low = bisect.bisect_left(self._keys, (max(since or 0, 0) + 1) << TIE_BITS)
        if before is not None:
            high = max(low, bisect.bisect_left(self._keys, (max(before, 0) + 1) << TIE_BITS))
        return low, high

    def numbers(self, low: int, high: int) -> list[int]:
        return [key & NUMBER_MASK for key in self._keys[low:high]]

    def page(
        self, span: tuple[int, int], offset: int, count: int, *, descending: bool
    ) -> list[int]:
        low, high = span
        if descending:
            stop = max(low, high - offset)
            return self.numbers(max(low, stop - count), stop)[::-1]
        start = min(high, low + offset)
        return self.numbers(start, min(high, start + count))
