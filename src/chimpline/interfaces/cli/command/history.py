"""`chimpline status` and `chimpline runs`: what is under way, and what was."""

from __future__ import annotations

import json as json_
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimpline.errors import UserError
from chimpline.interfaces.cli.commands import show_command, this_command
from chimpline.interfaces.cli.options import (
    Dataset,
    Json,
    PipelineName,
    SettingsFile,
    StateDir,
    To,
)
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.view import MARKS, RunView, counted, duration, moment
from chimpline.interfaces.cli.session import Session, say, warn
from chimpline.model import RunState, TableState
from chimpline.runs.report.endings import NOT_READ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from chimpline.model import RunRecord
    from chimpline.runs.report.info import TableStatus
    from chimpline.service.history import DatasetHistory, LiveRun

_RUNS_IN_STATUS = 3
_SOME = 4


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
    found = _histories(
        session,
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


def runs(
    ctx: typer.Context,
    *,
    run_id: Annotated[
        str | None,
        typer.Argument(metavar="RUN_ID", help="One run; the first characters of its id suffice."),
    ] = None,
    last: Annotated[
        int, typer.Option("--last", min=1, max=100_000, help="How many runs to list.")
    ] = 20,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="NAME", help="Runs of this pipeline only.")
    ] = None,
    to: To = None,
    dataset: Dataset = None,
    json: Json = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """List earlier runs.

    The newest run comes first. With RUN_ID, one run is shown table by table.
    """
    session: Session = ctx.obj
    found = _histories(
        session,
        pipeline=pipeline,
        to=to,
        dataset=dataset,
        settings=settings,
        state_dir=state_dir,
    )
    for dataset_found in found:
        if dataset_found.unreadable:
            warn(
                f"Note: of the dataset {dataset_found.dataset}, only runs that were started from "
                f"here are listed, because it cannot be read now. {dataset_found.unreadable}"
            )
    # Pipelines that share a dataset share its ledger.
    once = {run.run_id: run for dataset_found in found for run in dataset_found.runs}
    listed = sorted(once.values(), key=lambda run: run.started_at, reverse=True)
    if run_id is not None:
        order = [table.name for table in session.engine().catalog_tables()]
        _show_one(run_id, listed, order, json=json)
    elif json:
        for run in listed[:last]:
            say(json_.dumps(_run_as_json(run), ensure_ascii=False))
    elif listed:
        _show_runs(listed[:last])
    else:
        _say_no_run()
    return 0


def _histories(
    session: Session,
    *,
    pipeline: str | None,
    to: str | None,
    dataset: str | None,
    settings: Path | None,
    state_dir: Path | None,
) -> list[DatasetHistory]:
    from chimpline.service.history import dataset_history

    configuration = session.read(settings, state_dir)
    names = configuration.pipeline_names()
    if pipeline is not None or len(names) == 1:
        wanted: list[str | None] = [pipeline]
    else:
        wanted = list(names)
    return [
        dataset_history(configuration.choose(name, options), session.engine())
        for name in wanted
        for options in session.datasets(configuration, to, dataset)
    ]


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
        say(f"The database cannot be read now. {found.unreadable}")
    if found.runs:
        _show_runs(found.runs[:_RUNS_IN_STATUS])
        if why := _message(found.runs[0]):
            say(f"{found.runs[0].run_id}: {why}")
    elif not found.unreadable:
        _say_no_run()
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
        all_done = all(state is TableState.DONE for state in found.states.values())
        show_grid(
            headers,
            rows,
            numbers=("rows",),
            below=("full read (UTC)", "state"),
            expendable=("state",) if all_done else (),  # their marks say it
        )


def _show_runs(listed: Sequence[RunRecord]) -> None:
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


def _say_no_run() -> None:
    say("There is no run yet. To copy the account:")
    show_command(f"{this_command()} run")


def _took(run: RunRecord) -> str:
    if run.finished_at is None:
        return "-"
    return duration((run.finished_at - run.started_at).total_seconds())


def _show_one(run_id: str, listed: Sequence[RunRecord], order: list[str], *, json: bool) -> None:
    run = named_run(run_id, listed)
    if json:
        say(json_.dumps(_run_as_json(run), ensure_ascii=False))
        return
    _show_runs([run])
    if run.schema_version:
        say(f"Schema {run.schema_version}, chimpline {run.chimpline_version}.")
    if why := _message(run):
        say(why)
    tables: dict[str, dict[str, Any]] = dict((run.report or {}).get("tables", {}))
    if not tables:
        say("The run left no report on its tables.")
        return
    counts = ("rows_read", "inserted", "updated", "deleted", "left_out", "requests")
    rows = [
        (
            name,
            str(table.get("state", "")),
            *(counted(table.get(count)) for count in counts),
        )
        for name, table in sorted(
            tables.items(), key=lambda item: order.index(item[0]) if item[0] in order else -1
        )
    ]
    headers = [count.replace("_", " ") for count in counts]
    say()
    scoped = any(table.get("left_out") for table in tables.values())
    show_grid(
        ("table", "state", *headers),
        rows,
        numbers=headers,
        below=("left out", "rows read", "state"),
        expendable=("requests",) if scoped else ("requests", "left out"),
    )
    for message, names in _alike(tables).items():
        if message != NOT_READ or run.state is not RunState.CANCELLED:
            say(f"{', '.join(names)}: {message}")


def named_run(typed: str, listed: Sequence[RunRecord]) -> RunRecord:
    """The run with this id, or the only one whose id begins so.

    Ids of earlier versions begin with a time and end, behind a hyphen, in what tells them apart.
    """
    from chimpline.spelling import nearest

    if not typed.strip():
        raise UserError(
            "The id of the run is empty.", do="`chimpline runs` lists the runs with their ids."
        )
    found = [run for run in listed if run.run_id == typed] or [
        run
        for run in listed
        if run.run_id.startswith(typed) or run.run_id.rpartition("-")[2].startswith(typed)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(f"{run.run_id} ({moment(run.started_at)})" for run in found[:_SOME])
        more = f" and {len(found) - _SOME} more" if len(found) > _SOME else ""
        raise UserError(
            f"The ids of {len(found)} runs begin with {typed}: {some}{more}.",
            do="Type more characters of the id.",
        )
    raise UserError(
        f"There is no run {typed}.{nearest(typed, [run.run_id for run in listed])}",
        do="`chimpline runs` lists the runs with their ids.",
    )


def _message(run: RunRecord) -> str:
    """Why the run did not succeed, as it was told then."""
    return str((run.report or {}).get("message") or "")


def _alike(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The messages of tables, each once with those that it is about."""
    found: dict[str, list[str]] = {}
    for name, table in tables.items():
        if table.get("message"):
            found.setdefault(str(table["message"]), []).append(name)
    return found


def _run_as_json(run: RunRecord) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "state": run.state.value,
        "message": _message(run),
        "schema_version": run.schema_version or None,
        "chimpline_version": run.chimpline_version or None,
        "requests": run.requests,
        "rows_changed": run.rows_changed,
        "report": dict(run.report) if run.report is not None else None,
    }


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
            "unreadable": history.unreadable,
            "runs": [_run_as_json(run) for run in history.runs[:_RUNS_IN_STATUS]],
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
