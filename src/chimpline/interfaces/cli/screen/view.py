"""What a run has said so far, as one picture; bars, lines and `status` all draw it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from chimpline.model import TableState
from chimpline.runs.report.events import (
    ConnectionsInUse,
    Notice,
    RunFinished,
    RunStarted,
    TableFinished,
    TableProgress,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chimpline.runs.report.events import Event

MARKS = {
    TableState.QUEUED: "·",
    TableState.FULL_LOAD: "▸",
    TableState.CHANGES: "▸",
    TableState.DONE: "✓",
    TableState.UNPROVEN: "?",
    TableState.FAILED: "✗",
    TableState.REFUSED: "⊘",
    TableState.LACKING: "∅",
    TableState.NOT_DUE: "◦",
}

_WRONG = (TableState.FAILED, TableState.UNPROVEN, TableState.REFUSED)
_RUNNING = (TableState.FULL_LOAD, TableState.CHANGES)


@dataclasses.dataclass(slots=True)
class TableLine:
    """One table's line; `finished` once it is."""

    table: str
    state: TableState = TableState.QUEUED
    rows_read: int = 0
    records_read: int = 0
    records_expected: int | None = None
    pages: int = 0
    finished: TableFinished | None = None

    @property
    def fraction(self) -> float | None:
        """How much is read, from 0 to 1; None where it cannot be known."""
        if self.finished is not None:
            return 1.0
        if not self.records_expected:
            return None
        return min(self.records_read / self.records_expected, 1.0)

    @property
    def read(self) -> int:
        """Rows once the table has ended; records, as Mailchimp counts them, until then."""
        return self.rows_read if self.finished is not None else self.records_read


@dataclasses.dataclass(slots=True)
class RunView:
    """Fed with events in order; keeps only what is drawn."""

    started: RunStarted | None = None
    finished: RunFinished | None = None
    tables: dict[str, TableLine] = dataclasses.field(default_factory=dict)
    connections: ConnectionsInUse | None = None
    notices: list[Notice] = dataclasses.field(default_factory=list)
    last_at: dt.datetime | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> RunView:
        view = cls()
        for event in events:
            view.apply(event)
        return view

    def apply(self, event: Event) -> None:
        self.last_at = event.at
        match event:
            case RunStarted():
                self.started = event
                for table in event.tables:
                    self._line(table)
            case TableProgress():
                line = self._line(event.table)
                line.state = event.state
                line.records_read = event.rows_read
                line.records_expected = event.rows_expected
                line.pages = event.pages
            case TableFinished():
                line = self._line(event.table)
                line.state = event.state
                line.rows_read = event.rows_read
                line.finished = event
            case ConnectionsInUse():
                self.connections = event
            case Notice():
                self.notices.append(event)
            case RunFinished():
                self.finished = event
            case _:
                pass  # an event of a newer version

    def _line(self, table: str) -> TableLine:
        return self.tables.setdefault(table, TableLine(table))

    def fitting(self, room: int) -> tuple[list[TableLine], str]:
        """The tables that are shown in so many lines, and a line that counts the others.

        All, where they fit. Else those that went wrong, then those that are being read.
        """
        lines = list(self.tables.values())
        if len(lines) <= room:
            return lines, ""
        first = [line for line in lines if line.state in _WRONG]
        first += [line for line in lines if line.state in _RUNNING]
        shown = first[: max(room - 1, 0)]
        names = {line.table for line in shown}
        return shown, _counts(line.state for line in lines if line.table not in names)

    @property
    def tables_ended(self) -> int:
        return sum(1 for line in self.tables.values() if line.finished is not None)

    @property
    def read(self) -> int:
        return sum(line.read for line in self.tables.values())

    def now(self) -> str:
        """One line on how far the run is."""
        parts = [
            f"{self.tables_ended} of {len(self.tables)} tables",
            f"{self.read:,} read",
        ]
        if self.connections is not None:
            used = self.connections
            parts.append(f"{used.requests:,} requests")
            parts.append(f"{used.in_use} of {used.limit} connections in use")
            if used.seconds_left is not None:
                parts.append(f"about {duration(used.seconds_left)} left")
        return ", ".join(parts)


def _counts(states: Iterable[TableState]) -> str:
    """`41 tables done, 3 waiting`."""
    words = {TableState.QUEUED: "waiting", **dict.fromkeys(_RUNNING, "running")}
    counts = Counter(words.get(state, state.value) for state in states)
    first = "done, running, waiting"
    leading, *others = sorted(counts, key=lambda word: (word not in first, first.find(word)))
    told = [f"{some(counts[leading], 'table')} {leading}"]
    return ", ".join(told + [f"{counts[word]:,} {word}" for word in others])


def duration(seconds: float) -> str:
    """`8 s`, `2 min 5 s`, `3 h 20 min`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def moment(at: dt.datetime | None) -> str:
    """A time as people read it, in UTC."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S") if at else "never"


def some(number: int, what: str) -> str:
    """`1 request`, `2,000 requests`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def counted(number: int | None) -> str:
    """A number with separators; a dash where it is not known."""
    return "-" if number is None else f"{number:,}"
