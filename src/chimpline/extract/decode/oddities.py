"""Records of a slice that cannot be copied as they came: counted and named, never a page's end."""

from __future__ import annotations

import enum
from typing import Any

MOST_KEYS = 20
"""So many keys of each reason are kept in the ledger; the count is always whole."""

STANDS_IN = "contact:"
"""Before a contact's id, where that is the key of a person without an e-mail address."""


class Reason(enum.StrEnum):
    """What is wrong with a record, in words that follow a number; plural after the bar."""

    NO_KEY = "record has no key|records have no key"
    NO_OBJECT = "record is not an object|records are not objects"
    TWICE = "key came with two records|keys came with two records each"
    NO_CURSOR = "record has no readable time of change|records have no readable time of change"
    NO_TIME = "event has no readable key|events have no readable key"
    NO_EVENTS = "record has events that cannot be read|records have events that cannot be read"

    def words(self, count: int) -> str:
        """`3 records have no key`."""
        one, _, more = self.value.partition("|")
        return f"{count} {one if count == 1 else more}"


class Nameless(str):
    """Stands for the key of a record that has none, so that pages can be held together by it."""

    __slots__ = ()


class Oddities:
    """By reason and key, how many records (or events) of one slice are odd.

    Keys are given as the ledger may hold them: hashed where the rows hold them hashed.
    """

    def __init__(self) -> None:
        self._found: dict[Reason, dict[str, int]] = {}

    def note(self, reason: Reason, key: str, times: int = 1) -> None:
        """A record is odd; noted again, it counts once (a slice may be read more than once)."""
        self._found.setdefault(reason, {})[key] = times

    def clear(self) -> None:
        """The slice is read again from its start."""
        self._found.clear()

    def joined(self, other: Oddities) -> Oddities:
        """These and those of another part of the slice."""
        both = Oddities()
        for reason, keys in (*self._found.items(), *other._found.items()):
            both._found.setdefault(reason, {}).update(keys)
        return both

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def words(self) -> str:
        """`2 records have no key, 1 event has no readable key`."""
        found = self._found.items()
        return ", ".join(reason.words(sum(keys.values())) for reason, keys in found)

    def told(self) -> list[dict[str, Any]]:
        """As the ledger keeps it: reason, count and keys, no content."""
        return [
            {
                "reason": reason.name.lower(),
                "count": sum(keys.values()),
                "keys": [key for key in keys if not key.startswith("?")][:MOST_KEYS],
            }
            for reason, keys in self._found.items()
        ]
