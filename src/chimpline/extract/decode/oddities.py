"""Records of a slice that cannot be copied as they came: counted and named, never a page's end."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any

from chimpline.message import Message

MOST_KEYS = 20
"""So many keys of each reason are kept in the ledger; the count is always whole."""

STANDS_IN = "contact:"
"""Before a contact's id, where that is the key of a person without an e-mail address."""


class Reason(enum.StrEnum):
    """What is wrong with a record, or with an event."""

    NO_KEY = "no-key"
    NO_OBJECT = "no-object"
    TWICE = "twice"
    NO_CURSOR = "no-cursor"
    NO_TIME = "no-time"
    NO_EVENTS = "no-events"
    NO_ITEM_KEY = "no-item-key"
    NO_ITEMS = "no-items"

    def of(self, count: int) -> Message:
        """`3 records have no key`."""
        return Message.of("odd", reason=self.value, count=count)


class Nameless(str):
    """Stands for the key of a record that has none, so that pages can be held together by it."""

    __slots__ = ()


def listed(said: Iterable[Message]) -> Message | None:
    """One message of several, with commas between."""
    whole: Message | None = None
    for one in said:
        whole = one if whole is None else Message.of("odd-and", one=whole, other=one)
    return whole


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
    def said(self) -> Message | None:
        """`2 records have no key, 1 event has no readable key`; None where nothing is odd."""
        return listed(reason.of(sum(keys.values())) for reason, keys in self._found.items())

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
