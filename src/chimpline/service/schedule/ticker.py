"""Asks every second which pipelines are due, and asks for their runs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from chimpline.clock import Clock
from chimpline.service.schedule.due import Schedule, due
from chimpline.service.schedule.memory import Asked

EVERY_S = 1.0
FAR = dt.timedelta(days=1)
"""No clock that was right is set back so far; then it was wrong before, and what it was asked up to
does not count."""


@dataclasses.dataclass(frozen=True, slots=True)
class Timed:
    """A pipeline's schedule, and the words of the settings that mean it."""

    schedule: Schedule
    words: str


class Memory(Protocol):
    def asked(self, pipeline: str, words: str) -> Asked: ...
    def note(self, pipeline: str, words: str, until: dt.datetime) -> None: ...


class Ticker:
    """`wanted`: the schedules as they are now, by pipeline. `submit`: asks for a run.

    A run is asked for under the instant at which it was due, and the engine makes one run of an
    instant; so it does no harm that this may ask twice, when it is killed in between.
    """

    def __init__(
        self,
        wanted: Callable[[], Mapping[str, Timed]],
        submit: Callable[[str, dt.datetime], None],
        memory: Memory,
        clock: Clock,
    ) -> None:
        self._wanted = wanted
        self._submit = submit
        self._memory = memory
        self._clock = clock
        self._asked: dict[tuple[str, str], Asked] = {}
        self._changed = threading.Event()

    def tick(self) -> None:
        """Ask once; a pipeline of which that fails keeps no other one waiting."""
        if self._changed.is_set():
            self._changed.clear()
            self._asked.clear()
        failures = []
        for pipeline, timed in self._wanted().items():
            try:
                self._ask(pipeline, timed)
            except Exception as error:  # noqa: BLE001  (raised below, once all are asked)
                failures.append(error)
        if failures:
            raise failures[0]

    def _ask(self, pipeline: str, timed: Timed) -> None:
        place, now = (pipeline, timed.words), self._clock()
        if place not in self._asked:
            self._asked[place] = self._memory.asked(*place)
        asked = self._asked[place]
        if asked.paused:
            return
        # Until a clock that was set back a little is there again, all that is due was asked for.
        until = now if asked.until - now > FAR else asked.until
        instant = due(timed.schedule, until, now)
        if instant is not None:
            self._submit(pipeline, instant)
            until = instant
        if until != asked.until:
            self._memory.note(*place, until)
            self._asked[place] = dataclasses.replace(asked, until=until)

    def changed(self) -> None:
        """Something was paused or resumed: what is remembered is asked anew."""
        self._changed.set()

    def run(self, stopped: threading.Event, failed: Callable[[Exception], None]) -> None:
        """Ask at every full second until it is stopped; what fails is told, and tried again."""
        while not stopped.wait(self._until_the_next()):
            try:
                self.tick()
            except Exception as error:  # noqa: BLE001  (a schedule that ends without a word is worse)
                failed(error)

    def _until_the_next(self) -> float:
        """Seconds; schedules name full minutes, so that nothing is due in between."""
        return EVERY_S - self._clock().microsecond / 1e6
