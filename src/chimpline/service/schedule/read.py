"""A schedule from the words of the settings: `every 15 minutes`, or a cron expression."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from croniter import CroniterError, croniter

from chimpline.message import Message
from chimpline.service.schedule.due import MOST_MINUTES, Cron, Every, Schedule, upcoming

_EVERY = re.compile(r"every\s+(?:(?P<count>\d{1,5})\s+)?(?P<unit>minute|hour|day)s?", re.IGNORECASE)
_MINUTES = {"minute": 1, "hour": 60, "day": MOST_MINUTES}
_INTERVAL = re.compile(
    r"(?:every\s+)?(?:(?P<count>\d{1,6})\s+)?(?P<unit>minute|hour|day|week)s?", re.IGNORECASE
)
_UNITS = {
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(weeks=1),
}
_BY_CHANCE = re.compile(r"\br\b", re.IGNORECASE)
EVERY_RUN = "every run"
SHORTEST_INTERVAL = dt.timedelta(minutes=1)
LONGEST_INTERVAL = dt.timedelta(days=365)
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""From here *every N minutes* counts where no start is given: at full hours, midnight UTC."""


class NoSchedule(ValueError):
    """It is no schedule; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.kind)
        self.message = message


def read_schedule(text: str, zone: ZoneInfo, start: dt.datetime | None = None) -> Schedule:
    """The schedule that the words mean. `start`: nothing is due before it (UTC).

    Raises `NoSchedule`.
    """
    words = " ".join(text.split())
    if found := _EVERY.fullmatch(words):
        minutes = int(found["count"] or 1) * _MINUTES[found["unit"].lower()]
        if not 1 <= minutes <= MOST_MINUTES:
            raise NoSchedule(Message("reason-schedule-minutes-out-of-range"))
        return Every(minutes, start or EPOCH)
    # R is a time by chance, another one whenever it is asked.
    if len(words.split(" ")) != 5 or words.startswith("@") or _BY_CHANCE.search(words):
        raise NoSchedule(Message("reason-schedule-not-understood"))
    try:
        croniter.expand(words)
        cron = Cron(words, zone, start)
    except (CroniterError, ValueError, KeyError):
        raise NoSchedule(Message("reason-schedule-not-understood")) from None
    if not upcoming(cron, start or EPOCH, 1):
        raise NoSchedule(Message("reason-schedule-never-due"))
    return cron


def read_interval(text: str) -> dt.timedelta:
    """How long `1 day` or `6 hours` is. Raises `NoSchedule`."""
    found = _INTERVAL.fullmatch(" ".join(text.split()))
    if not found:
        raise NoSchedule(Message("reason-interval-not-understood"))
    length = int(found["count"] or 1) * _UNITS[found["unit"].lower()]
    if not SHORTEST_INTERVAL <= length <= LONGEST_INTERVAL:
        raise NoSchedule(Message("reason-interval-out-of-range"))
    return length


def said_of_interval(text: str) -> Message | None:
    """An interval, such as `15 minutes`, as a message; None where it is none, as a cron."""
    found = _INTERVAL.fullmatch(" ".join(text.split()))
    if not found:
        return None
    return Message.of(f"interval-{found['unit'].lower()}s", count=int(found["count"] or 1))


def read_rest(text: str) -> dt.timedelta:
    """How long a table is left as it is; not at all for `every run`. Raises `NoSchedule`."""
    if " ".join(text.split()).lower() == EVERY_RUN:
        return dt.timedelta()
    return read_interval(text)


def read_zone(name: str) -> ZoneInfo:
    """The IANA time zone of this name. Raises `NoSchedule`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoSchedule(Message("reason-time-zone-unknown")) from None


def zones() -> list[str]:
    """The names of all time zones, for a list to choose from."""
    return sorted(available_timezones())
