"""What the recipients of one campaign did, in flat arrays: an account has a million events."""

from __future__ import annotations

import dataclasses
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.member import ip_text

Row = dict[str, Any]

OPEN, CLICK, HARD, SOFT, PROXY_OPEN = range(5)
KINDS = {"open": OPEN, "click": CLICK, "hard": HARD, "soft": SOFT, "proxy_open": PROXY_OPEN}
MAX_EVENTS = 1000  # opens, and clicks, that one recipient shows (docs/mailchimp-facts.md#events)
HOUR = 3600
TIMESERIES_HOURS = 24


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    kind: int
    instant: int
    url: int = 0
    ip: int = 0

    def row(self, urls: list[str]) -> Row:
        if self.kind in (OPEN, PROXY_OPEN):
            return {"action": "open", "timestamp": iso(self.instant), "ip": ip_text(self.ip)}
        if self.kind == CLICK:
            return {
                "action": "click",
                "timestamp": iso(self.instant),
                "url": urls[self.url],
                "ip": ip_text(self.ip),
            }
        kind = "hard" if self.kind == HARD else "soft"
        return {"action": "bounce", "type": kind, "timestamp": iso(self.instant)}


class Activity:
    """Recipients in the order they are listed, and each one's events in the order they came in."""

    __slots__ = ("_instants", "_ips", "_kinds", "_starts", "_urls", "recipients")

    def __init__(self) -> None:
        self.recipients = array("I")
        self._starts = array("I", [0])
        self._kinds = array("B")
        self._instants = array("I")
        self._urls = array("B")
        self._ips = array("I")

    def append(self, number: int, events: Iterable[tuple[int, int, int, int]]) -> None:
        """A further recipient, with its events as (kind, instant, url, ip)."""
        self.recipients.append(number)
        for kind, instant, url, ip in events:
            self._kinds.append(kind)
            self._instants.append(instant)
            self._urls.append(url)
            self._ips.append(ip)
        self._starts.append(len(self._kinds))

    def position(self, number: int) -> int | None:
        try:
            return self.recipients.index(number)
        except ValueError:
            return None

    def events(self, position: int) -> list[Event]:
        return [
            Event(self._kinds[i], self._instants[i], self._urls[i], self._ips[i])
            for i in range(self._starts[position], self._starts[position + 1])
        ]

    def all_events(self) -> Iterator[tuple[int, int, int, int]]:
        """(position, kind, instant, url) of every event."""
        starts = self._starts
        for position in range(len(self.recipients)):
            for i in range(starts[position], starts[position + 1]):
                yield position, self._kinds[i], self._instants[i], self._urls[i]

    def __len__(self) -> int:
        return len(self._kinds)

    def insert(self, position: int, event: Event) -> bool:
        """A further event of one recipient; False where Mailchimp would not show it."""
        present = self.events(position)
        group = (HARD, SOFT) if event.kind in (HARD, SOFT) else (event.kind,)
        limit = 1 if event.kind in (HARD, SOFT) else MAX_EVENTS
        if sum(1 for other in present if other.kind in group) >= limit:
            return False
        at = self._starts[position + 1]
        self._kinds.insert(at, event.kind)
        self._instants.insert(at, event.instant)
        self._urls.insert(at, event.url)
        self._ips.insert(at, event.ip)
        for later in range(position + 1, len(self._starts)):
            self._starts[later] += 1
        return True

    def remove(self, position: int) -> None:
        """Forgets a recipient and all it did."""
        low, high = self._starts[position], self._starts[position + 1]
        for column in (self._kinds, self._instants, self._urls, self._ips):
            del column[low:high]
        del self.recipients[position]
        del self._starts[position + 1]
        for later in range(position + 1, len(self._starts)):
            self._starts[later] -= high - low

    def counters(self, sent: int) -> Counters:
        return _count(self, sent)


@dataclasses.dataclass(slots=True)
class Counters:
    """What a report says of the events that exist."""

    opens: int = 0
    proxy_opens: int = 0
    unique_opens: int = 0
    unique_direct_opens: int = 0
    clicks: int = 0
    unique_clicks: int = 0
    clickers: int = 0
    hard: int = 0
    soft: int = 0
    last_open: int = 0
    last_click: int = 0
    hourly_opens: list[int] = dataclasses.field(default_factory=list)
    hourly_direct_opens: list[int] = dataclasses.field(default_factory=list)
    hourly_clicks: list[int] = dataclasses.field(default_factory=list)

    def plus(self, other: Counters) -> Counters:
        """Sums of the numbers, the later of the instants."""
        merged: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, list):
                merged[field.name] = [a + b for a, b in zip(mine, theirs, strict=True)]
            elif field.name.startswith("last_"):
                merged[field.name] = max(mine, theirs)
            else:
                merged[field.name] = mine + theirs
        return Counters(**merged)

    def minus(self, other: Counters) -> Counters:
        """What is missing in `other`; the instants are our own."""
        merged: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, list):
                merged[field.name] = [a - b for a, b in zip(mine, theirs, strict=True)]
            elif field.name.startswith("last_"):
                merged[field.name] = mine
            else:
                merged[field.name] = mine - theirs
        return Counters(**merged)


def _count(activity: Activity, sent: int) -> Counters:
    found = Counters()
    opened: dict[int, int] = {}
    directly: dict[int, int] = {}
    clicked: dict[int, int] = {}
    links: set[tuple[int, int]] = set()
    for position, kind, instant, url in activity.all_events():
        if kind == CLICK:
            found.clicks += 1
            clicked[position] = min(instant, clicked.get(position, instant))
            links.add((position, url))
            found.last_click = max(found.last_click, instant)
        elif kind in (OPEN, PROXY_OPEN):
            found.opens += 1
            opened[position] = min(instant, opened.get(position, instant))
            if kind == OPEN:
                directly[position] = min(instant, directly.get(position, instant))
            else:
                found.proxy_opens += 1
            found.last_open = max(found.last_open, instant)
        elif kind == HARD:
            found.hard += 1
        else:
            found.soft += 1
    found.unique_opens = len(opened)
    found.unique_direct_opens = len(directly)
    found.clickers = len(clicked)
    found.unique_clicks = len(links)
    found.hourly_opens = _hourly(opened, sent)
    found.hourly_direct_opens = _hourly(directly, sent)
    found.hourly_clicks = _hourly(clicked, sent)
    return found


def _hourly(first: dict[int, int], sent: int) -> list[int]:
    hours = Counter((instant - sent) // HOUR for instant in first.values())
    return [hours[hour] for hour in range(TIMESERIES_HOURS)]
