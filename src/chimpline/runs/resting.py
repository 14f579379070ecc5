"""Tables that are read less often than their pipeline runs: which of them are not due.

Such a table is not due while the run that last proved it is younger than its `every`. It is due
where the ledger knows nothing of it, where something of it is to be read again (its columns or its
selection changed, a repair took a part back), in a full refresh, and in a repair.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

from chimpline.catalog.row import due_after
from chimpline.load.contract import Destination
from chimpline.model import RunRecord, SliceRecord, SliceState, TableState
from chimpline.runs.request import RunRequest


@dataclasses.dataclass(frozen=True, slots=True)
class Rest:
    """`read_at`: when the run began that last proved the table. `until`: from then on it is due."""

    read_at: dt.datetime
    until: dt.datetime


def told_lately(request: RunRequest, destination: Destination, now: dt.datetime) -> list[RunRecord]:
    """The runs that can tell whether a table is due: none that began before the longest rest."""
    longest = max(request.every.values(), default=dt.timedelta())
    return destination.runs(since=now - longest) if longest else []


def resting(
    request: RunRequest,
    tables: Iterable[str],
    runs: Iterable[RunRecord],
    lines: Iterable[SliceRecord],
    now: dt.datetime,
) -> dict[str, Rest]:
    """Those of the tables that are not due. `lines`: the whole ledger of slices."""
    if request.full_refresh or request.reread is not None:
        return {}
    wanted = {name: request.every[name] for name in tables if request.every.get(name)}
    if not wanted:
        return {}
    known, taken_back = set(), set()
    for line in lines:
        known.add(line.table_name)
        if line.state is SliceState.STALE:
            taken_back.add(line.table_name)
    proven = _proven_at(runs)
    found = {}
    for name, every in wanted.items():
        at = proven.get(name)
        if at is None or name not in known or name in taken_back or at > now:
            continue
        until = at + due_after(every)
        if now < until:
            found[name] = Rest(at, until)
    return found


def _proven_at(runs: Iterable[RunRecord]) -> dict[str, dt.datetime]:
    """When the last run that came to a table began, where it proved all of it."""
    last: dict[str, tuple[dt.datetime, bool]] = {}
    for run in runs:
        report = run.report or {}
        if report.get("repair"):  # of some slices only
            continue
        for name, told in report.get("tables", {}).items():
            state = told.get("state")
            if state == TableState.NOT_DUE.value:
                continue
            if name not in last or last[name][0] < run.started_at:
                last[name] = (run.started_at, state == TableState.DONE.value)
    return {name: at for name, (at, done) in last.items() if done}
