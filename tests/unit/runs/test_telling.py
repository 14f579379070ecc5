"""What a run tells: whoever started it hears everything, and a file is not written all the time."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from chimpline.model import TableState
from chimpline.runs.report.events import ConnectionsInUse, Event, Notice, TableProgress
from chimpline.runs.report.telling import WRITE_PROGRESS_EVERY_S, Telling
from chimpline.state.directory import EventFile
from tests.words import sentence

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
PROGRESS = TableProgress(
    at=NOON,
    table="lists",
    state=TableState.FULL_LOAD,
    rows_read=1,
    rows_expected=2,
    pages=1,
    requests=1,
    slices_open=1,
)
IN_USE = ConnectionsInUse(at=NOON, in_use=1, limit=8, requests=2, seconds_left=None)
NOTICE = Notice(at=NOON, said=sentence("schema"))


class Written:
    """An event file in memory."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def write(self, event: dict[str, Any]) -> None:
        self.events.append(event["event"])


def test_progress_is_written_now_and_then_and_all_else_at_once() -> None:
    now, heard, written = [0.0], list[Event](), Written()
    tell = Telling(heard.append, cast("EventFile", written), lambda: now[0])
    for event in (PROGRESS, PROGRESS, IN_USE, NOTICE):
        tell(event)
    now[0] += WRITE_PROGRESS_EVERY_S
    tell(IN_USE)
    tell(PROGRESS)
    assert [PROGRESS, PROGRESS, IN_USE, NOTICE, IN_USE, PROGRESS] == heard
    assert ["table_progress", "notice", "connections_in_use"] == written.events
