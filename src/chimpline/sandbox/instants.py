"""Instants as whole epoch seconds inside, as Mailchimp writes them outside."""

from __future__ import annotations

import datetime as dt
import math
import time
from functools import cache

START = int(dt.datetime(2026, 6, 1, 12, 0, 0, tzinfo=dt.UTC).timestamp())


def iso(instant: int) -> str:
    """The instant as Mailchimp sends it; 0 is an absent one, which Mailchimp sends as `""`."""
    if not instant:
        return ""
    day, second = divmod(instant, 86400)
    return _date(day) + _time(second)


@cache
def _date(day: int) -> str:
    """An answer holds thousands of instants, but an account knows few days."""
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat()


@cache
def _time(second: int) -> str:
    return f"T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}+00:00"


def parse(text: str | None) -> int | None:
    """The whole second of an ISO 8601 instant; None for what is absent or malformed.

    A raw `+` in a query arrives as a space: such a value is malformed, and ignored without a word.
    """
    if not text:
        return None
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=dt.UTC)
    return math.floor(instant.timestamp())


def months(first: int, last: int) -> list[str]:
    """Every month from one instant to another, both included: `2026-06`."""
    begin, end = iso(first)[:7], iso(last)[:7]
    years = range(int(begin[:4]), int(end[:4]) + 1)
    every = (f"{year}-{month:02d}" for year in years for month in range(1, 13))
    return [month for month in every if begin <= month <= end]


def at(year: int, month: int = 1, day: int = 1) -> int:
    return int(dt.datetime(year, month, day, tzinfo=dt.UTC).timestamp())


class LogicalClock:
    """A fixed start, plus the time that really passes, plus what was added by hand."""

    def __init__(self, start: int = START) -> None:
        self._start = start
        self._began = time.monotonic()
        self._added = 0.0

    def now(self) -> float:
        return self._start + (time.monotonic() - self._began) + self._added

    def second(self) -> int:
        return int(self.now())

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("The logical clock only moves forward.")
        self._added += seconds
