"""Tables that are read less often than their pipeline runs: which of them a run leaves as they are.

Such a table rests while the run that last proved it is younger than its `every`. It does not where
it holds no row, where something of it is to be read again (its columns or its selection changed, a
repair took a part back), in a full refresh, and in a repair.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from chimpline.message import Message
from chimpline.model import RunRecord, SliceRecord, SliceState, TableState
from chimpline.runs.request import RunRequest

SLACK = dt.timedelta(minutes=10)
"""A schedule may begin a run some seconds earlier than the day before; that is not too early."""


def resting(
    request: RunRequest,
    held: Mapping[str, int],
    runs: Iterable[RunRecord],
    lines: Iterable[SliceRecord],
    now: dt.datetime,
) -> dict[str, dt.datetime]:
    """The tables that rest, and until when (UTC). `held`: the rows that each table has."""
    if request.full_refresh or request.reread is not None:
        return {}
    wanted = {name: every for name, every in request.every.items() if held.get(name)}
    if not wanted:
        return {}
    taken_back = {line.table_name for line in lines if line.state is SliceState.STALE}
    proven = _proven_at(runs)
    found = {}
    for name, every in wanted.items():
        at = proven.get(name)
        if at is None or name in taken_back or at > now:
            continue
        until = at + every - min(every / 10, SLACK)
        if now < until:
            found[name] = until
    return found


def _proven_at(runs: Iterable[RunRecord]) -> dict[str, dt.datetime]:
    """When the last run that came to a table began, where it proved all of it."""
    last: dict[str, tuple[dt.datetime, bool]] = {}
    for run in runs:
        report = run.report or {}
        if report.get("repair"):  # of some slices only
            continue
        for name, told in report.get("tables", {}).items():
            if name not in last or last[name][0] < run.started_at:
                last[name] = (run.started_at, told.get("state") == TableState.DONE.value)
    return {name: at for name, (at, done) in last.items() if done}


def told(rest: Mapping[str, dt.datetime]) -> Message:
    """What a run says of the tables that it leaves as they are."""
    tables = [Message.of("resting-until", table=name, until=until) for name, until in rest.items()]
    return Message.of("tables-resting", tables=tables)
