"""Whom a run tells what happens: who started it, and a file in the state directory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from chimpline.runs.report.events import ConnectionsInUse, Event, TableProgress, as_json

if TYPE_CHECKING:
    from chimpline.state.directory import EventFile

WRITE_PROGRESS_EVERY_S = 0.2


class Telling:
    """Tells both. The file is for others to look at, now and then: not ten times a second."""

    def __init__(
        self,
        events: Callable[[Event], None],
        file: EventFile,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._events = events
        self._file = file
        self._monotonic = monotonic
        self._written = float("-inf")

    def __call__(self, event: Event) -> None:
        self._events(event)
        if isinstance(event, TableProgress | ConnectionsInUse):
            now = self._monotonic()
            if now - self._written < WRITE_PROGRESS_EVERY_S:
                return
            self._written = now
        self._file.write(as_json(event))
