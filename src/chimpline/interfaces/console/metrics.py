"""Figures of pipelines and runs, as Prometheus reads them."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from chimpline.interfaces.console.room import Room
from chimpline.model import RunState

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(room: Room) -> bytes:
    """The figures of this moment; made anew each time, since the control database has them all."""
    registry = CollectorRegistry()
    age = Gauge(
        "chimpline_data_age_seconds",
        "Age of a pipeline's data: since the begin of its last run that proved all tables.",
        ["pipeline"],
        registry=registry,
    )
    state = Gauge(
        "chimpline_last_run",
        "1 for the state in which a pipeline's last run ended.",
        ["pipeline", "state"],
        registry=registry,
    )
    changed = Gauge(
        "chimpline_last_run_rows_changed",
        "Rows that a pipeline's last run changed.",
        ["pipeline"],
        registry=registry,
    )
    requests = Gauge(
        "chimpline_last_run_requests",
        "Requests that a pipeline's last run made.",
        ["pipeline"],
        registry=registry,
    )
    going = Gauge("chimpline_runs_going", "Runs that go on now.", registry=registry)
    going.set(len(room.desk.live()))
    for pipeline in room.desk.pipelines(runs=1):
        if pipeline.fresh_at is not None:
            seconds = (room.desk.clock() - pipeline.fresh_at).total_seconds()
            age.labels(pipeline.name).set(seconds)
        for run in pipeline.runs:
            for one in RunState:
                state.labels(pipeline.name, one.value).set(one is run.state)
            changed.labels(pipeline.name).set(run.rows_changed)
            requests.labels(pipeline.name).set(run.requests)
    return generate_latest(registry)
