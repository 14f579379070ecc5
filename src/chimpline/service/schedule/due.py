"""When a schedule is due: pure functions of a schedule and the time.

A cron expression speaks of the wall clock of a time zone, which stands still for nobody: in spring
it skips an hour (the *gap*), in autumn it goes through one twice (the *fold*).

    local    01:00   01:59 | 03:00   03:59        gap: 02:00 to 03:00 is not there
    local    01:00   01:59 | 01:00   01:59        fold: the first pass, and the second

With a fixed hour (`30 2 * * *`) something is meant to happen once a day, so it does on both days:
at the first instant after the gap, and in the first pass of the fold. With a wildcard hour
(`*/15 * * * *`) it is meant to happen again and again, so it goes by elapsed time: nothing of a gap
is made up for, and both passes of a fold count. So it is in the cron of most systems. *Every N
minutes* goes by elapsed time, from its start.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Protocol, TypeAlias, cast
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

MOST_MINUTES = 24 * 60
_MINUTE = dt.timedelta(minutes=1)
_HOUR = dt.timedelta(hours=1)
_NEAR = dt.timedelta(hours=50)
"""Further from an instant than any clock was ever set at once (Samoa left out a day in 2011)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes of elapsed time, the first time at `start` (UTC)."""

    minutes: int
    start: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression of five fields in a time zone; nothing is due before `start` (UTC)."""

    expression: str
    zone: ZoneInfo
    start: dt.datetime | None = None

    @property
    def fixed_hour(self) -> bool:
        """Whether the expression names hours of the day, instead of every one, or every other."""
        return not self.expression.split()[1].startswith("*")


class _Ticks(Protocol):
    """A `croniter` of naive times; its stubs know of floats only."""

    def get_next(self) -> dt.datetime: ...
    def get_prev(self) -> dt.datetime: ...


Schedule: TypeAlias = Every | Cron


def due(schedule: Schedule, after: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """The latest instant in (after, now] at which a run is due (UTC); None if there is none.

    Only the latest: whoever slept through several owes one run, not all of them.
    """
    match schedule:
        case Every():
            found = _latest_every(schedule, now)
        case Cron():
            found = _latest_cron(schedule, after, now)
    early = schedule.start is not None and found is not None and found < schedule.start
    return found if found is not None and found > after and not early else None


def upcoming(schedule: Schedule, after: dt.datetime, count: int) -> list[dt.datetime]:
    """The next instants after `after` (UTC); fewer than `count` if it is never due again."""
    match schedule:
        case Every(minutes=minutes, start=start):
            latest = _latest_every(schedule, after)
            period = minutes * _MINUTE
            following = start if latest is None else latest + period
            return [following + i * period for i in range(count)]
        case Cron(start=start):
            instants = _forwards(schedule, after)
            begun = (one for one in instants if start is None or one >= start)
            return list(itertools.islice(begun, count))


def _latest_every(schedule: Every, now: dt.datetime) -> dt.datetime | None:
    if now < schedule.start:
        return None
    period = schedule.minutes * _MINUTE
    return schedule.start + (now - schedule.start) // period * period


def _latest_cron(schedule: Cron, after: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    begin = after if schedule.start is None else max(after, schedule.start - _MINUTE)
    time = now
    while time > begin:
        if _is_set_near(schedule.zone, time):
            if found := _within(schedule, max(begin, time - _HOUR), time):
                return found[-1]
            time -= _HOUR
            continue
        wall = time.astimezone(schedule.zone) + _MINUTE
        try:
            latest = _utc(_ticks(schedule, wall).get_prev(), schedule.zone)
        except CroniterBadDateError:  # on no day of the years before
            return None
        if time - latest < _NEAR:
            return latest
        time = latest + _NEAR - _HOUR  # on the way the clock may have been set
    return None


def _forwards(schedule: Cron, after: dt.datetime) -> Iterator[dt.datetime]:
    """Every instant after `after`, ascending."""
    time = after
    while True:
        if _is_set_near(schedule.zone, time):
            yield from _within(schedule, time, time + _HOUR)
            time += _HOUR
            continue
        try:
            following = _utc(
                _ticks(schedule, time.astimezone(schedule.zone)).get_next(), schedule.zone
            )
        except CroniterBadDateError:  # on no day of the years to come
            return
        if following - time < _NEAR:
            yield following
            time = following
        else:  # on the way the clock may be set
            time = following - _NEAR + _HOUR


def _within(schedule: Cron, begin: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """The instants in (begin, end], ascending, however the clock is set meanwhile.

    Times of the wall and instants are not in the same order there, so all times that may be meant
    are looked at.
    """
    offsets = _offsets(schedule.zone, begin - _NEAR, begin, end, end + _NEAR)
    ticks = _ticks(schedule, begin + min(offsets) - _MINUTE)
    last = end.replace(tzinfo=None) + max(offsets)
    found: set[dt.datetime] = set()
    while (wall := ticks.get_next()) <= last:
        found.update(one for one in _instants(wall, schedule) if begin < one <= end)
    return sorted(found)


def _instants(wall: dt.datetime, schedule: Cron) -> Iterator[dt.datetime]:
    """When the wall shows this time, or, for a fixed hour, when it is made up for."""
    first, second = (_utc(wall.replace(fold=fold), schedule.zone) for fold in (0, 1))
    if first <= second:
        yield first
        if not schedule.fixed_hour:
            yield second
    elif schedule.fixed_hour:  # within a gap, which ends between the two
        yield _end_of_gap(second, first, schedule.zone)


def _end_of_gap(before: dt.datetime, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant between these at which the clock is set, to the second."""
    (offset,) = _offsets(zone, before)
    while after - before > dt.timedelta(seconds=1):
        middle = before + (after - before) // 2
        if _offsets(zone, middle) == {offset}:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _is_set_near(zone: ZoneInfo, time: dt.datetime) -> bool:
    """Whether the clock is set at about this time."""
    return len(_offsets(zone, time - _NEAR, time, time + _NEAR)) > 1


def _offsets(zone: ZoneInfo, *times: dt.datetime) -> set[dt.timedelta]:
    return {offset for t in times if (offset := t.astimezone(zone).utcoffset()) is not None}


def _utc(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return wall.replace(tzinfo=zone).astimezone(dt.UTC)


def _ticks(schedule: Cron, wall: dt.datetime) -> _Ticks:
    """Times of the wall clock after or before the minute of this one."""
    start = wall.replace(second=0, microsecond=0, tzinfo=None)
    ticks: object = croniter(schedule.expression, start, ret_type=dt.datetime)
    return cast("_Ticks", ticks)
