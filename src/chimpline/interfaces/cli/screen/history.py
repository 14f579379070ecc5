"""Earlier runs, as `chimpline status` and `chimpline runs` show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chimpline.interfaces.cli.commands import show_command, this_command
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.said import whole, with_words
from chimpline.interfaces.cli.screen.view import counted, duration, moment
from chimpline.interfaces.cli.session import say
from chimpline.runs.report.events import said_in

if TYPE_CHECKING:
    from chimpline.model import RunRecord


def show_runs(listed: Sequence[RunRecord]) -> None:
    rows = [
        (
            run.run_id,
            run.pipeline,
            moment(run.started_at),
            _took(run),
            run.state.value,
            counted(run.rows_changed),
            counted(run.requests),
        )
        for run in listed
    ]
    headers = ("run", "pipeline", "started (UTC)", "took", "state", "changed", "requests")
    show_grid(
        headers,
        rows,
        numbers=("took", "changed", "requests"),
        below=("requests", "pipeline", "took", "changed"),
    )


def say_no_run() -> None:
    say("There is no run yet. To copy the account:")
    show_command(f"{this_command()} run")


def _took(run: RunRecord) -> str:
    if run.finished_at is None:
        return "-"
    return duration((run.finished_at - run.started_at).total_seconds())


def why_not(run: RunRecord) -> str:
    """Why the run did not succeed."""
    return whole(said_in(run.report or {}))


def run_as_json(run: RunRecord) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "state": run.state.value,
        "message": why_not(run),
        "schema_version": run.schema_version or None,
        "chimpline_version": run.chimpline_version or None,
        "requests": run.requests,
        "rows_changed": run.rows_changed,
        "report": with_words(dict(run.report)) if run.report is not None else None,
    }
