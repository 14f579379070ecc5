"""How far a run is, from what it has said."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

PACE_OVER = dt.timedelta(seconds=10)
"""Rows a second are those of about the last ten seconds; a run comes in waves."""
SILENT_AFTER = dt.timedelta(seconds=10)
"""A request that failed is news once nothing came for so long; most failures pass at once."""
WRONG = ("failed", "unproven", "refused")
_RUNNING = ("full load", "changes")


@dataclasses.dataclass(frozen=True, slots=True)
class TableNow:
    """One table of a run that goes on. `share`: of 100, None where no end is known."""

    name: str
    state: str
    rows_read: int
    rows_expected: int | None
    requests: int

    @property
    def share(self) -> int | None:
        if not self.rows_expected:
            return None
        return min(100, 100 * self.rows_read // self.rows_expected)


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """`pace`: rows a second; None before anything came.

    `silent_since`: when the last rows came, where requests have failed since and nothing came.
    """

    tables: tuple[TableNow, ...]
    rows_read: int
    requests: int
    in_use: int
    limit: int
    seconds_left: float | None
    pace: float | None
    notices: tuple[Any, ...]
    silent_since: dt.datetime | None = None

    @property
    def first(self) -> tuple[TableNow, ...]:
        """What somebody who watches looks for: what went wrong, then what is being read."""
        return self._in(WRONG) + self._in(_RUNNING)

    @property
    def waiting(self) -> tuple[TableNow, ...]:
        return self._in(("queued",))

    @property
    def done(self) -> tuple[TableNow, ...]:
        others = {*WRONG, *_RUNNING, "queued"}
        return tuple(one for one in self.tables if one.state not in others)

    def _in(self, states: tuple[str, ...]) -> tuple[TableNow, ...]:
        return tuple(one for one in self.tables if one.state in states)


def progress_of(events: Iterable[Mapping[str, Any]]) -> Progress:
    """From the events of a run, in the order in which they came."""
    tables: dict[str, TableNow] = {}
    last: Mapping[str, Any] = {}
    readings: list[tuple[dt.datetime, int]] = []
    notices: list[Any] = []
    silence = _Silence()
    for event in events:
        match event.get("event"):
            case "run_queued":  # taken up again, it begins anew
                tables, last = {}, {}
                readings.clear()
                notices.clear()
                silence = _Silence()
            case "run_started":
                for name in event.get("tables", ()):
                    tables[name] = TableNow(name, "queued", 0, None, 0)
            case "table_progress":
                name = event["table"]
                tables[name] = TableNow(
                    name,
                    event["state"],
                    event["rows_read"],
                    event["rows_expected"],
                    event["requests"],
                )
            case "table_finished":
                name = event["table"]
                rows = event["rows_read"]
                tables[name] = TableNow(name, event["state"], rows, rows, event["requests"])
            case "connections_in_use":
                last = event
            case "notice":
                notices.append(event.get("said", event.get("message")))
            case _:
                continue
        if at := event.get("at"):
            read = sum(table.rows_read for table in tables.values())
            moment = dt.datetime.fromisoformat(at)
            readings.append((moment, read))
            silence.hears(event, moment)
    return Progress(
        tables=tuple(tables.values()),
        rows_read=sum(table.rows_read for table in tables.values()),
        requests=last.get("requests", 0),
        in_use=last.get("in_use", 0),
        limit=last.get("limit", 0),
        seconds_left=last.get("seconds_left"),
        pace=_pace(readings),
        notices=tuple(notices[-5:]),
        silent_since=silence.since,
    )


@dataclasses.dataclass(slots=True)
class _Silence:
    """Whether anything comes from Mailchimp, from events in their order."""

    heard: dt.datetime | None = None
    failed: bool = False
    last: dt.datetime | None = None

    def hears(self, event: Mapping[str, Any], at: dt.datetime) -> None:
        self.last = at
        match event:
            case {"event": "run_started" | "table_progress" | "table_finished"}:
                self.heard, self.failed = at, False
            case {"event": "notice", "said": {"kind": "api-retrying"}}:
                self.failed = True

    @property
    def since(self) -> dt.datetime | None:
        if not self.failed or self.heard is None or self.last is None:
            return None
        return self.heard if self.last - self.heard >= SILENT_AFTER else None


def _pace(readings: list[tuple[dt.datetime, int]]) -> float | None:
    if not readings:
        return None
    end, rows = readings[-1]
    begin, before = next(one for one in readings if one[0] >= end - PACE_OVER)
    seconds = (end - begin).total_seconds()
    return max(0, rows - before) / seconds if seconds else None
