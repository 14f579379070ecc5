"""What the API gives: one shape a thing, the same words as everywhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chimpline.interfaces.console.saying import said_of
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.model import Deletes
from chimpline.redact import redact
from chimpline.service.editing.trying import Tried
from chimpline.service.execution.logs import LogLine
from chimpline.service.execution.past import PastRun
from chimpline.service.pipelines import PipelineNow


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class TableOfRun(_Shape):
    """One table of a run."""

    state: str
    rows_read: int | None = None
    inserted: int | None = None
    updated: int | None = None
    deleted: int | None = None
    requests: int | None = None
    left_out: int | None = None
    extra: int | None = Field(None, description="Rows with something in `_extra`.")
    seconds: float | None = None
    bookmark: dt.datetime | None = Field(None, description="Read and proven up to here.")
    slices: int | None = Field(None, description="Parts that were read and proven.")
    proof: str | None = Field(None, description="By which rule the last of them was proven.")
    read_at: dt.datetime | None = Field(
        None, description="Of a table that is not due: when the run that read it last began."
    )
    due_at: dt.datetime | None = Field(None, description="Of such a table: when it is due again.")
    message: str = ""


class Run(_Shape):
    """A run; `state` is queued, running, succeeded, unproven, failed, cancelled or skipped."""

    id: str
    pipeline: str
    state: str
    queued_at: dt.datetime
    finished_at: dt.datetime | None
    due: dt.datetime | None = Field(description="When a schedule asked for it.")
    exit: int | None
    requests: int
    rows_changed: int
    message: str
    tables: dict[str, TableOfRun]

    @classmethod
    def of(cls, run: PastRun) -> Run:
        return cls(
            id=run.run_id,
            pipeline=run.pipeline,
            state=run.state.value,
            queued_at=run.queued_at,
            finished_at=run.finished_at,
            due=run.due,
            exit=run.exit,
            requests=run.requests,
            rows_changed=run.rows_changed,
            message=redact(said_of(run.message, catalogue())),
            tables={name: _table(told) for name, told in run.tables.items()},
        )


def _table(told: Any) -> TableOfRun:
    known = {name: told.get(name) for name in TableOfRun.model_fields if name != "message"}
    return TableOfRun(
        **known, message=redact(said_of(told.get("said", told.get("message")), catalogue()))
    )


class Runs(_Shape):
    runs: list[Run]


Names = Annotated[list[str], Field(max_length=500)]


class LineOfLog(_Shape):
    """A line of a run's log; `at` is null where it does not say when it was written."""

    at: dt.datetime | None
    severity: Literal["debug", "info", "warning", "error"]
    text: str


class RunLog(_Shape):
    """`more`: there are older lines than these, which a higher `limit` or `log.txt` has."""

    lines: list[LineOfLog]
    more: bool

    @classmethod
    def of(cls, lines: Sequence[LogLine], limit: int) -> RunLog:
        return cls(
            lines=[
                LineOfLog(at=line.at, severity=line.severity.name.lower(), text=line.text)  # type: ignore[arg-type]
                for line in lines[-limit:]
            ],
            more=len(lines) > limit,
        )


class PipelineSettings(BaseModel):
    """What the settings file says of a pipeline; what it does not say has its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connection: str | None = Field(None, max_length=200)
    destination: str | None = Field(
        None,
        max_length=2000,
        description="The name of a destination, or a URL: one that the settings file has already, "
        "or that of a file below `data_dir`.",
    )
    dataset: str | None = Field(None, max_length=200)
    tables: Literal["all", "default"] | Names | None = None
    deletes: Deletes | None = None
    lookback_minutes: int | None = None
    complete_read_days: int | None = None
    segment_members: Literal["when changed", "every run"] | None = None
    pages_in_memory_mb: int | None = None
    keep_runs: int | None = None
    keep_logs_days: int | None = None
    schedule: str | None = Field(None, max_length=200)
    time_zone: str | None = Field(None, max_length=200)
    schedule_start: str | None = Field(None, max_length=200)
    fresh_within: str | None = Field(None, max_length=200)


class Pipeline(_Shape):
    """A pipeline; `problem` says why its settings cannot be used, and is empty otherwise."""

    name: str
    connection: str | None
    destination: str | None
    dataset: str | None
    schedule: str | None
    time_zone: str | None
    paused: bool
    upcoming: list[dt.datetime]
    fresh_at: dt.datetime | None
    running: str | None = Field(description="The id of the run that goes on.")
    last_run: Run | None
    problem: str
    settings: PipelineSettings | None = Field(
        None, description="As a PUT takes them; not in lists, nor where the file is wrong."
    )

    @classmethod
    def of(cls, now: PipelineNow, settings: PipelineSettings | None = None) -> Pipeline:
        chosen = now.chosen
        return cls(
            name=now.name,
            connection=chosen.connection_name if chosen else None,
            destination=chosen.destination_name or chosen.destination if chosen else None,
            dataset=chosen.pipeline.dataset if chosen else None,
            schedule=chosen.pipeline.schedule if chosen else None,
            time_zone=chosen.pipeline.time_zone if chosen else None,
            paused=now.paused,
            upcoming=list(now.upcoming),
            fresh_at=now.fresh_at,
            running=now.live.run_id if now.live else None,
            last_run=Run.of(now.runs[0]) if now.runs else None,
            problem=redact(said_of(now.problem, catalogue())),
            settings=settings,
        )


class TriedDestination(_Shape):
    """Whether a run could write to a destination; `problem` says why not, and is empty otherwise.

    `tables`: how many were looked at. `owner`: the account whose copy the dataset holds.
    """

    works: bool
    kind: str
    destination: str
    dataset: str
    tables: int
    owner: str | None
    problem: str

    @classmethod
    def of(cls, tried: Tried) -> TriedDestination:
        return cls(
            works=tried.refused is None,
            kind=tried.kind,
            destination=redact(tried.destination),
            dataset=tried.dataset,
            tables=tried.tables,
            owner=tried.owner,
            problem=redact(said_of(tried.refused, catalogue())),
        )


class Pipelines(_Shape):
    pipelines: list[Pipeline]
