"""How far a run is, from what it has said."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

PACE_OVER = dt.timedelta(seconds=10)
"""Rows a second are those of about the last ten seconds; a run comes in waves."""


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
    """`pace`: rows a second; None before anything came."""

    tables: tuple[TableNow, ...]
    rows_read: int
    requests: int
    in_use: int
    limit: int
    seconds_left: float | None
    pace: float | None
    notices: tuple[Any, ...]


def progress_of(events: Iterable[Mapping[str, Any]]) -> Progress:
    """From the events of a run, in the order in which they came."""
    tables: dict[str, TableNow] = {}
    last: Mapping[str, Any] = {}
    readings: list[tuple[dt.datetime, int]] = []
    notices: list[Any] = []
    for event in events:
        match event.get("event"):
            case "run_queued":  # taken up again, it begins anew
                tables, last = {}, {}
                readings.clear()
                notices.clear()
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
            readings.append((dt.datetime.fromisoformat(at), read))
    return Progress(
        tables=tuple(tables.values()),
        rows_read=sum(table.rows_read for table in tables.values()),
        requests=last.get("requests", 0),
        in_use=last.get("in_use", 0),
        limit=last.get("limit", 0),
        seconds_left=last.get("seconds_left"),
        pace=_pace(readings),
        notices=tuple(notices[-5:]),
    )


def _pace(readings: list[tuple[dt.datetime, int]]) -> float | None:
    if not readings:
        return None
    end, rows = readings[-1]
    begin, before = next(one for one in readings if one[0] >= end - PACE_OVER)
    seconds = (end - begin).total_seconds()
    return max(0, rows - before) / seconds if seconds else None
