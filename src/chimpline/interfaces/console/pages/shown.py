"""How values are shown to a reader: numbers, times, durations, messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from chimpline.interfaces.console.saying import said_of
from chimpline.interfaces.messages.catalogue import Catalogue, Told
from chimpline.message import Message, Problem
from chimpline.redact import redact
from chimpline.service.schedule.read import said_of_interval

NONE = "\N{EN DASH}"
"""Where there is no value."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Shown:
    """In one language, at one moment."""

    def __init__(self, words: Catalogue, now: dt.datetime, zone: dt.tzinfo | None = None) -> None:
        self._words = words
        self._now = now
        self._zone = zone

    def time(self, moment: dt.datetime | None, *, seconds: bool = False) -> Markup:
        """In the reader's zone, with the zone named; in UTC until that zone is known.

        Then the script shows it in the reader's zone, and tells the zone for the next page.
        """
        if moment is None:
            return escape(NONE)
        return Markup('<time datetime="{}"{}{}>{}</time>').format(
            moment.astimezone(dt.UTC).isoformat(timespec="seconds"),
            Markup(" data-seconds") if seconds else "",
            Markup(" data-shown") if self._zone else "",
            self.moment(moment, seconds=seconds),
        )

    def time_of(self, moment: dt.datetime | str | None, *, seconds: bool = False) -> Markup:
        """As `time`, also of a time as JSON has it; with `seconds` to the second."""
        if isinstance(moment, str):
            try:
                moment = dt.datetime.fromisoformat(moment)
            except ValueError:
                moment = None
        return self.time(moment, seconds=seconds)

    def moment(self, moment: dt.datetime, *, seconds: bool = False) -> str:
        """The same as plain text, for a name or a title."""
        there = moment.astimezone(self._zone or dt.UTC)
        return there.strftime(f"%Y-%m-%d %H:%M{':%S' if seconds else ''} %Z")

    def age(self, moment: dt.datetime | None) -> str:
        """How long ago: about, in its largest unit."""
        return NONE if moment is None else self.span((self._now - moment).total_seconds())

    def until(self, moment: dt.datetime) -> str:
        return self.span((moment - self._now).total_seconds())

    def span(self, seconds: float | None) -> str:
        if seconds is None:
            return NONE
        seconds = max(0, round(seconds))
        for unit, size in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
            if seconds >= 2 * size or (unit == "minutes" and seconds >= size):
                return self._words.words(Message.of(f"span-{unit}", count=seconds // size))
        return self._words.words(Message.of("span-seconds", count=seconds))

    def seconds(self, seconds: float | None) -> str:
        """A short time, to a tenth of a second below ten."""
        if seconds is None or seconds >= 10:
            return self.span(seconds)
        return self._words.words(Message.of("span-tenths", count=round(seconds, 1)))

    def lasted(self, begin: dt.datetime, end: dt.datetime | None) -> str:
        return self.span(None if end is None else (end - begin).total_seconds())

    def interval(self, text: str) -> str:
        """`15 minutes` of the settings, in words; what is none stays as it is."""
        said = said_of_interval(text)
        return text if said is None else self._words.words(said)

    def schedule(self, text: str) -> str:
        """`every 15 minutes` of the settings, in words; a cron stays as it is."""
        said = said_of_interval(text)
        return text if said is None else self._words.words(Message.of("schedule-every", time=said))

    def number(self, value: float | None) -> str:
        return NONE if value is None else self._words.words(Message.of("number", value=value))

    def told(self, problem: Problem) -> Told:
        """The three parts of a problem, without secrets."""
        told = self._words.told(problem)
        return Told(redact(told.what), redact(told.kept), redact(told.do))

    def parts(self, message: Any) -> Told | None:
        """The three parts of what is kept with a run, where it is a problem."""
        if isinstance(message, Mapping) and "kept" in message:
            return self.told(Problem.from_json(message))
        return None

    def message(self, message: Any) -> Markup:
        """What is kept with a run or a table, in words."""
        return escape(redact(said_of(message, self._words)))
