"""The forms of settings that say when something runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from chimpline.message import Message
from chimpline.service.schedule.read import (
    NoSchedule,
    read_interval,
    read_rest,
    read_schedule,
    read_zone,
)
from chimpline.service.settings.form.plain import refused

YEARS = range(1970, 3000)
"""Of the first and the last years there are, no other time zone can tell the time."""


def _schedule(text: str) -> str:
    try:
        read_schedule(text, ZoneInfo("UTC"))
    except NoSchedule as error:
        raise refused(error.message) from None
    return " ".join(text.split())


def _time_zone(name: str) -> str:
    try:
        read_zone(name)
    except NoSchedule as error:
        raise refused(error.message) from None
    return name


def _moment(value: object) -> object:
    """A time of the wall clock, to the minute; a date alone is its midnight."""
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise refused(Message("reason-no-moment")) from None
    if isinstance(found, dt.date) and not isinstance(found, dt.datetime):
        found = dt.datetime.combine(found, dt.time())
    if isinstance(found, dt.datetime) and found.tzinfo is not None:
        raise refused(Message("reason-moment-with-zone"))
    if isinstance(found, dt.datetime) and found.year not in YEARS:
        raise refused(Message("reason-no-moment"))
    return f"{found:%Y-%m-%d %H:%M}" if isinstance(found, dt.datetime) else value


def _interval(text: str) -> str:
    return _as(read_interval, text)


def _rest(text: str) -> str:
    return _as(read_rest, text)


def _as(reads: Callable[[str], dt.timedelta], text: str) -> str:
    try:
        reads(text)
    except NoSchedule as error:
        raise refused(error.message) from None
    return " ".join(text.split())


Schedule = Annotated[str, AfterValidator(_schedule)]
Interval = Annotated[str, AfterValidator(_interval)]
Rest = Annotated[str, AfterValidator(_rest)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
ScheduleStart = Annotated[str | None, BeforeValidator(_moment)]
