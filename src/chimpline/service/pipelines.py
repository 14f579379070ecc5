"""A pipeline as it stands: its settings, its runs, and when it is due."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from chimpline.errors import ChimplineError
from chimpline.load.history.kept import SUFFIXES
from chimpline.service.execution.past import PastRun
from chimpline.service.schedule.read import read_schedule, read_zone
from chimpline.service.schedule.ticker import Timed
from chimpline.service.settings.every import Pipeline
from chimpline.service.settings.request import (
    Chosen,
)

ORDERS_KEPT = 500
"""Of those that have ended, in the engine; the history has its own rule."""

NEXT_RUNS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class PipelineNow:
    """A pipeline as it stands. `problem`: why its settings cannot be used.

    `upcoming`: the next instants at which it is due (UTC); none where it has no schedule, or is
    paused. `fresh_at`: up to when its data is true: the begin of the last run that proved all of
    its tables. `runs`: the last ones, newest first.
    """

    name: str
    chosen: Chosen | None
    problem: ChimplineError | None = None
    live: PastRun | None = None
    runs: Sequence[PastRun] = ()
    fresh_at: dt.datetime | None = None
    paused: bool = False
    upcoming: Sequence[dt.datetime] = ()


def tables_of(chosen: Chosen) -> list[str]:
    """The names of the tables that a pipeline copies."""
    from chimpline.catalog.selected import resolve

    return [table.name for table in resolve(chosen.pipeline.tables, chosen.selections).landed]


def written_by(chosen: Chosen) -> list[str]:
    """The same, and the tables that the past of these is kept in."""
    tables = tables_of(chosen)
    kept = [name + SUFFIXES[kind] for name, kind in chosen.history.items() if name in tables]
    return [*tables, *kept]


def timed_of(pipeline: Pipeline) -> Timed | None:
    """A pipeline's schedule; None where it has none."""
    if pipeline.schedule is None:
        return None
    zone = read_zone(pipeline.time_zone)
    start = pipeline.schedule_start
    begins = None
    if start is not None:
        begins = dt.datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(dt.UTC)
    words = "; ".join(filter(None, (pipeline.schedule, zone.key, start)))
    return Timed(read_schedule(pipeline.schedule, zone, begins), words)
