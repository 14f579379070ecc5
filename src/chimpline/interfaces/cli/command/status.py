"""`chimpline status`: what is under way, and how far each table has come."""

from __future__ import annotations

import json as json_
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from chimpline.interfaces.cli.options import (
    Dataset,
    Json,
    PipelineName,
    SettingsFile,
    StateDir,
    To,
)
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.history import run_as_json, say_no_run, show_runs, why_not
from chimpline.interfaces.cli.screen.view import MARKS, RunView, counted, moment
from chimpline.interfaces.cli.session import Session, in_words, say
from chimpline.model import TableState

if TYPE_CHECKING:
    from chimpline.runs.report.info import TableStatus
    from chimpline.service.history import DatasetHistory, LiveRun

_RUNS_IN_STATUS = 3


def status(
    ctx: typer.Context,
    *,
    pipeline: PipelineName = None,
    to: To = None,
    dataset: Dataset = None,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Show current and last runs.

    Shows what runs now, the last runs of each pipeline, and for each table how many rows it has and
    until when it is complete.
    """
    from chimpline.service.history import live_runs

    session: Session = ctx.obj
    session.tells_settings = not json
    found = session.histories(
        pipeline=pipeline,
        to=to,
        dataset=dataset,
        settings=settings,
        state_dir=state_dir,
    )
    assert session.state_dir is not None  # noqa: S101  (reading the settings decided it)
    live = live_runs(session.state_dir)
    if json:
        _status_as_json(live, found)
        return 0
    if not live:
        say("No run is in progress.")
    for run in live:
        _show_live(run)
    for dataset_found in found:
        _show_dataset(dataset_found)
    return 0


def _show_live(run: LiveRun) -> None:
    view = RunView.of(run.events)
    say(
        f"Run {run.run_id} of pipeline {run.pipeline} is in progress: process {run.pid} on "
        f"{run.host}, since {moment(run.started_at)} UTC."
    )
    if view.tables:
        say(view.now() + ".")
        rows = [
            (
                MARKS[line.state],
                line.table,
                line.state.value,
                counted(line.read),
                "" if line.fraction is None else f"{line.fraction:.0%}",
            )
            for line in view.tables.values()
        ]
        show_grid(("", "table", "state", "read", ""), rows, numbers=("read", ""))


def _show_dataset(found: DatasetHistory) -> None:
    say()
    schema = f" Schema {found.schema_version}." if found.schema_version else ""
    say(f"Pipeline {found.pipeline}: {found.destination}, dataset {found.dataset}.{schema}")
    if found.held_by:
        say("The database cannot be read now, because the run above has it open.")
    elif found.unreadable:
        say(f"The database cannot be read now. {in_words(found.unreadable)}")
    if found.runs:
        show_runs(found.runs[:_RUNS_IN_STATUS])
        if why := why_not(found.runs[0]):
            say(f"{found.runs[0].run_id}: {why}")
    elif not found.unreadable:
        say_no_run()
    if found.states:
        landed = {table.table: table for table in found.tables}
        rows = [
            (
                MARKS[state],
                name,
                state.value,
                counted(landed[name].rows if name in landed else None),
                moment(landed[name].proven_until if name in landed else None),
                moment(landed[name].complete_at if name in landed else None),
            )
            for name, state in found.states.items()
        ]
        say()
        headers = ("", "table", "state", "rows", "complete until (UTC)", "full read (UTC)")
        all_done = all(state in _SAID_BY_MARKS for state in found.states.values())
        show_grid(
            headers,
            rows,
            numbers=("rows",),
            below=("full read (UTC)", "state"),
            expendable=("state",) if all_done else (),  # their marks say it
        )


_SAID_BY_MARKS = (TableState.DONE, TableState.LACKING)


def _status_as_json(live: Sequence[LiveRun], found: Sequence[DatasetHistory]) -> None:
    for run in live:
        line = {
            "live": run.run_id,
            "pipeline": run.pipeline,
            "pid": run.pid,
            "host": run.host,
            "started_at": run.started_at.isoformat(),
        }
        say(json_.dumps(line, ensure_ascii=False))
    for history in found:
        landed = {table.table: table for table in history.tables}
        line = {
            "pipeline": history.pipeline,
            "destination": history.destination,
            "dataset": history.dataset,
            "schema_version": history.schema_version or None,
            "unreadable": in_words(history.unreadable) if history.unreadable else "",
            "runs": [run_as_json(run) for run in history.runs[:_RUNS_IN_STATUS]],
            "tables": {
                name: _table_as_json(state, landed.get(name))
                for name, state in history.states.items()
            },
        }
        say(json_.dumps(line, ensure_ascii=False))


def _table_as_json(state: TableState, landed: TableStatus | None) -> dict[str, Any]:
    return {
        "state": state.value,
        "rows": landed.rows if landed else None,
        "slices": landed.slices if landed else 0,
        "unproven_slices": landed.unproven_slices if landed else 0,
        "proven_until": _iso(landed.proven_until if landed else None),
        "complete_at": _iso(landed.complete_at if landed else None),
    }


def _iso(at: Any) -> str | None:
    return at.isoformat() if at else None
