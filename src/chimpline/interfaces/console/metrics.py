"""Figures of pipelines and runs, as Prometheus reads them.

A pipeline that is not there any more has none. What is known of a table is what its last run told,
so that no destination is asked: one that is busy, or far away, holds nobody up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

import chimpline
from chimpline.interfaces.console.room import Room
from chimpline.model import RunState, TableState
from chimpline.service.alerts.kinds import AlertKind
from chimpline.service.alerts.memory import AlertMemory
from chimpline.service.alerts.standing import Standing, standing
from chimpline.service.connection.statuses import ConnectionState
from chimpline.service.execution.past import PastRun
from chimpline.service.pipelines import PipelineNow

CONTENT_TYPE = CONTENT_TYPE_LATEST
PREFIX = "chimpline_"
_PIPELINE, _TABLE = ("pipeline",), ("pipeline", "table")
_ENDED = (RunState.SUCCEEDED, RunState.UNPROVEN, RunState.FAILED)
_ENDS = (
    TableState.DONE,
    TableState.UNPROVEN,
    TableState.FAILED,
    TableState.REFUSED,
    TableState.LACKING,
    TableState.NOT_DUE,
)

FIGURES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "build_info": ("1, with the version that serves.", ("version",)),
    "settings_valid": ("1 while the settings file can be used.", ()),
    "pipeline_settings_valid": ("1 while the settings of a pipeline can be used.", _PIPELINE),
    "pipeline_paused": ("1 while the schedule of a pipeline is paused.", _PIPELINE),
    "pipeline_running": ("1 while a run of a pipeline goes on, or is queued.", _PIPELINE),
    "pipeline_next_run_timestamp_seconds": (
        "When the next run of a pipeline is due, as Unix time.",
        _PIPELINE,
    ),
    "data_timestamp_seconds": (
        "When the last run of a pipeline began that proved all of its tables, as Unix time.",
        _PIPELINE,
    ),
    "data_age_seconds": ("Age of the data of a pipeline: the time since then.", _PIPELINE),
    "data_age_target_seconds": ("How old the data of a pipeline may be: fresh_within.", _PIPELINE),
    "data_late": ("1 while the data of a pipeline is older than its target.", _PIPELINE),
    "last_run": (
        "1 for the state in which the last run of a pipeline ended; cancelled or skipped is none.",
        ("pipeline", "state"),
    ),
    "last_run_timestamp_seconds": (
        "When that run began, as Unix time.",
        _PIPELINE,
    ),
    "last_run_duration_seconds": ("How long that run took.", _PIPELINE),
    "last_run_requests": ("Requests that that run made to Mailchimp.", _PIPELINE),
    "last_run_rows_changed": ("Rows that that run changed.", _PIPELINE),
    "table_last_run": (
        "1 for the state in which a table ended in that run.",
        ("pipeline", "table", "state"),
    ),
    "table_last_run_rows_read": ("Rows of a table that that run read.", _TABLE),
    "table_last_run_rows_changed": ("Rows of a table that that run changed.", _TABLE),
    "table_data_timestamp_seconds": (
        "When a run last began that proved this table, as Unix time; of the last 30 runs.",
        _TABLE,
    ),
    "connection_needs_reauthentication": (
        "1 while Mailchimp no longer accepts the sign-in of a connection.",
        ("connection",),
    ),
    "runs_going": ("Runs that go on now, those of a terminal too.", ()),
    "runs_kept": ("Runs in the history, by their state.", ("state",)),
    "alert_open": ("1 while an alert is open: told, and not over.", ("kind", "subject")),
    "alert_messages_unsent": ("Messages of alerts that are tried again, or were given up.", ()),
}
"""name: (help, labels), each a gauge."""


class _Figures:
    """The gauges of one answer; each is there, with its help, also where it has no value."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauges = {
            name: Gauge(PREFIX + name, about, labels, registry=self.registry)
            for name, (about, labels) in FIGURES.items()
            if labels
        }

    def __call__(self, name: str, value: float | None, *labels: str) -> None:
        if value is None:
            return
        if not labels:  # made only now: without labels it would be 0 where nothing is known
            self._gauges[name] = Gauge(PREFIX + name, FIGURES[name][0], registry=self.registry)
            self._gauges[name].set(value)
        else:
            self._gauges[name].labels(*labels).set(value)


def exposition(room: Room) -> bytes:
    """The figures of this moment; made anew each time, since the control database has them all."""
    desk, put = room.desk, _Figures()
    stands = standing(desk)
    put("build_info", 1, chimpline.__version__)
    put("settings_valid", desk.wrong_settings() is None)
    put("runs_going", len(desk.live()))
    for state, count in desk.past.states().items():
        put("runs_kept", count, state.value)
    for pipeline in desk.pipelines():
        _pipeline(put, pipeline)
    _standing(put, stands, desk.clock().timestamp())
    memory = AlertMemory(desk.database, desk.clock)
    for incident in memory.open():
        if incident.kind is not AlertKind.SCHEMA:
            put("alert_open", 1, incident.kind.value, incident.subject)
    put("alert_messages_unsent", memory.unsent())
    return generate_latest(put.registry)


def _pipeline(put: _Figures, pipeline: PipelineNow) -> None:
    name = pipeline.name
    put("pipeline_settings_valid", pipeline.problem is None, name)
    put("pipeline_paused", pipeline.paused, name)
    put("pipeline_running", pipeline.live is not None, name)
    if pipeline.upcoming:
        put("pipeline_next_run_timestamp_seconds", pipeline.upcoming[0].timestamp(), name)
    for table, at in _proven_at(pipeline.runs).items():
        put("table_data_timestamp_seconds", at, name, table)


def _standing(put: _Figures, stands: Standing, now: float) -> None:
    late = {one.subject for one in stands.conditions if one.kind is AlertKind.LATE}
    for known in stands.known:
        name = known.pipeline
        if known.fresh_at is not None:
            put("data_timestamp_seconds", known.fresh_at.timestamp(), name)
            put("data_age_seconds", now - known.fresh_at.timestamp(), name)
        if known.fresh_within is not None:
            put("data_age_target_seconds", known.fresh_within.total_seconds(), name)
            put("data_late", name in late, name)
        if known.last is not None:
            _run(put, name, known.last)
    for connection, status in stands.statuses.items():
        refused = status.state is ConnectionState.NEEDS_REAUTHENTICATION
        put("connection_needs_reauthentication", refused, connection)


def _run(put: _Figures, pipeline: str, run: PastRun) -> None:
    for state in _ENDED:
        put("last_run", run.state is state, pipeline, state.value)
    put("last_run_timestamp_seconds", run.queued_at.timestamp(), pipeline)
    if run.finished_at is not None:
        seconds = (run.finished_at - run.queued_at).total_seconds()
        put("last_run_duration_seconds", seconds, pipeline)
    put("last_run_requests", run.requests, pipeline)
    put("last_run_rows_changed", run.rows_changed, pipeline)
    for table, told in run.tables.items():
        for ended in _ENDS:
            put("table_last_run", told.get("state") == ended.value, pipeline, table, ended.value)
        put("table_last_run_rows_read", told.get("rows_read"), pipeline, table)
        put("table_last_run_rows_changed", _changed(told), pipeline, table)


def _changed(told: Mapping[str, Any]) -> int | None:
    counts = [told.get(name) for name in ("inserted", "updated", "deleted")]
    known = [count for count in counts if isinstance(count, int)]
    return sum(known) if known else None


def _proven_at(runs: Iterable[PastRun]) -> dict[str, float]:
    """By table, the begin of the newest of these runs (newest first) that proved it."""
    found: dict[str, float] = {}
    for run in runs:
        for table, told in run.tables.items():
            if told.get("state") == TableState.DONE.value:
                found.setdefault(table, run.queued_at.timestamp())
    return found
