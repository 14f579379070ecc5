"""When a schedule is due, where clocks are set too."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chimpline.service.schedule.due import Cron, Every, due, upcoming

NEW_YORK, SEOUL = ZoneInfo("America/New_York"), ZoneInfo("Asia/Seoul")
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
SPRING, AUTUMN = dt.date(2026, 3, 8), dt.date(2026, 11, 1)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def fired_on(day: dt.date, expression: str, zone: ZoneInfo = NEW_YORK) -> list[str]:
    """What is due on a day of the wall clock: the time in UTC."""
    begin = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    end = dt.datetime.combine(day + DAY, dt.time(), zone).astimezone(dt.UTC)
    found = upcoming(Cron(expression, zone), begin - MINUTE, 60)
    assert found[-1] >= end
    return [f"{one:%H:%M}" for one in found if begin <= one < end]


def test_a_fixed_hour_runs_once_where_it_is_left_out() -> None:
    assert ["07:00"] == fired_on(SPRING, "30 2 * * *")
    assert ["07:00"] == fired_on(SPRING, "*/15 2 * * *")
    assert ["07:00", "07:30"] == fired_on(SPRING, "30 2-3 * * *")


def test_a_fixed_hour_runs_once_where_it_comes_twice() -> None:
    assert ["05:30"] == fired_on(AUTUMN, "30 1 * * *")
    assert ["05:00", "05:30"] == fired_on(AUTUMN, "0,30 1 * * *")


def test_a_wildcard_hour_goes_by_elapsed_time() -> None:
    assert 23 == len(fired_on(SPRING, "30 * * * *"))
    assert 25 == len(fired_on(AUTUMN, "30 * * * *"))
    assert ["05:10", "06:10"] == fired_on(AUTUMN, "10 */1 * * *")[1:3]


def test_every_goes_by_elapsed_time_from_its_start() -> None:
    every = Every(90, utc("2026-03-08 00:10"))
    assert None is due(every, utc("2026-03-01 00:00"), utc("2026-03-08 00:09"))
    assert utc("2026-03-08 00:10") == due(every, utc("2026-03-01 00:00"), utc("2026-03-08 00:10"))
    assert [utc("2026-03-08 06:10"), utc("2026-03-08 07:40")] == upcoming(
        every, utc("2026-03-08 04:40"), 2
    )


def test_after_a_sleep_one_run_is_due() -> None:
    cron = Cron("0 * * * *", SEOUL)
    assert utc("2026-05-04 09:00") == due(cron, utc("2026-05-01 00:00"), utc("2026-05-04 09:59"))
    assert None is due(cron, utc("2026-05-04 09:00"), utc("2026-05-04 09:59:59"))


def test_nothing_is_due_before_the_start() -> None:
    cron = Cron("0 * * * *", SEOUL, start=utc("2026-05-04 09:00"))
    assert None is due(cron, utc("2026-05-01 00:00"), utc("2026-05-04 08:59"))
    assert utc("2026-05-04 09:00") == due(cron, utc("2026-05-01 00:00"), utc("2026-05-04 09:30"))
    assert [utc("2026-05-04 09:00")] == upcoming(cron, utc("2026-05-01 00:00"), 1)


def test_a_day_that_comes_rarely_or_never() -> None:
    leap = Cron("0 6 29 2 *", NEW_YORK)
    assert [utc("2028-02-29 11:00"), utc("2032-02-29 11:00")] == upcoming(
        leap, utc("2026-01-01 00:00"), 2
    )
    assert utc("2024-02-29 11:00") == due(leap, utc("2020-03-01 00:00"), utc("2026-01-01 00:00"))
    assert [] == upcoming(Cron("0 0 30 2 *", NEW_YORK), utc("2026-01-01 00:00"), 1)
    assert None is due(Cron("0 0 30 2 *", NEW_YORK), utc("2020-01-01 00:00"), utc("2026-01-01"))


def expected(cron: Cron, begin: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """What is due in (begin, end], minute by minute, straight from the rule's words.

    The expressions drawn speak of minute, hour and day of the month, and of nothing else.
    """
    found = []
    wanted = croniter.expand(cron.expression)[0]

    def matches(shown: dt.datetime) -> bool:
        given = zip(wanted, (shown.minute, shown.hour, shown.day), strict=False)
        return all("*" in words or value in words for words, value in given)

    minute = begin.replace(second=0, microsecond=0) + MINUTE
    while minute <= end:
        wall = minute.astimezone(cron.zone)
        before = (minute - MINUTE).astimezone(cron.zone)
        shown = [wall.replace(tzinfo=None)]
        if cron.fixed_hour:
            if wall.fold:
                shown = []
            skipped = before.replace(tzinfo=None) + MINUTE
            while skipped < wall.replace(tzinfo=None):
                shown.append(skipped)
                skipped += MINUTE
        if any(map(matches, shown)):
            found.append(minute)
        minute += MINUTE
    return found


@settings(max_examples=25, deadline=None)
@given(
    when=st.sampled_from(
        [
            (NEW_YORK, "2026-03-08 07:00"),
            (NEW_YORK, "2026-11-01 06:00"),
            (ZoneInfo("Australia/Lord_Howe"), "2026-04-04 15:00"),
            (ZoneInfo("Australia/Lord_Howe"), "2026-10-03 15:30"),
            (ZoneInfo("Pacific/Apia"), "2011-12-30 10:00"),
            (ZoneInfo("Europe/Dublin"), "2026-10-25 01:00"),
            (SEOUL, "2026-07-01 00:00"),
        ]
    ),
    expression=st.sampled_from(
        ["30 2 * * *", "*/7 1-3 * * *", "*/11 * * * *", "5 */2 * * *", "59 23 * * *", "0 0 30 * *"]
    ),
    offset_minutes=st.integers(-2000, 600),
)
@example(
    when=(ZoneInfo("Pacific/Apia"), "2011-12-30 10:00"), expression="30 2 * * *", offset_minutes=0
)
def test_no_instant_is_missed_or_doubled(
    when: tuple[ZoneInfo, str], expression: str, offset_minutes: int
) -> None:
    zone, moment = when
    cron = Cron(expression, zone)
    begin = utc(moment) + offset_minutes * MINUTE
    end = begin + dt.timedelta(hours=30)
    wanted = expected(cron, begin, end)
    assert wanted == [one for one in upcoming(cron, begin, len(wanted) + 1) if one <= end]
    assert (wanted[-1] if wanted else None) == due(cron, begin, end)


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_it_is_due_at_its_second_and_not_before(seconds: int) -> None:
    cron, at = Cron("15 9 * * *", SEOUL), utc("2026-05-04 00:15")
    now = at + dt.timedelta(seconds=seconds)
    assert at == due(cron, at - MINUTE, now)
    assert None is due(cron, at - MINUTE, at - dt.timedelta(seconds=1))
    assert None is due(cron, at, now)
