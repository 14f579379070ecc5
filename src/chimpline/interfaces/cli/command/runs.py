"""`chimpline runs`: what was, run by run, and one run table by table."""

from __future__ import annotations

import json as json_
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimpline.errors import UserError
from chimpline.interfaces.cli.options import (
    Dataset,
    Json,
    SettingsFile,
    StateDir,
    To,
)
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.history import run_as_json, say_no_run, show_runs, why_not
from chimpline.interfaces.cli.screen.said import not_due_of, whole
from chimpline.interfaces.cli.screen.view import counted, moment
from chimpline.interfaces.cli.session import Session, in_words, noted, say
from chimpline.message import Message
from chimpline.model import RunState
from chimpline.runs.report.endings import NOT_READ
from chimpline.runs.report.events import said_in
from chimpline.spelling import did_you_mean

if TYPE_CHECKING:
    from chimpline.model import RunRecord

_SOME = 4


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
    found = session.histories(
        pipeline=pipeline,
        to=to,
        dataset=dataset,
        settings=settings,
        state_dir=state_dir,
    )
    for dataset_found in found:
        if dataset_found.unreadable:
            why = in_words(dataset_found.unreadable)
            noted(Message.of("runs-of-here-only", dataset=dataset_found.dataset, why=why))
    # Pipelines that share a dataset share its ledger.
    once = {run.run_id: run for dataset_found in found for run in dataset_found.runs}
    listed = sorted(once.values(), key=lambda run: run.started_at, reverse=True)
    if run_id is not None:
        order = [table.name for table in session.engine().catalog_tables()]
        _show_one(run_id, listed, order, json=json)
    elif json:
        for run in listed[:last]:
            say(json_.dumps(run_as_json(run), ensure_ascii=False))
    elif listed:
        show_runs(listed[:last])
    else:
        say_no_run()
    return 0


def _show_one(run_id: str, listed: Sequence[RunRecord], order: list[str], *, json: bool) -> None:
    run = named_run(run_id, listed)
    if json:
        say(json_.dumps(run_as_json(run), ensure_ascii=False))
        return
    show_runs([run])
    if run.schema_version:
        say(f"Schema {run.schema_version}, chimpline {run.chimpline_version}.")
    if why := why_not(run):
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
    if not_due := not_due_of(tables):
        say(not_due)
    not_read = whole(NOT_READ)
    for message, names in _alike(tables).items():
        if message != not_read or run.state is not RunState.CANCELLED:
            say(f"{', '.join(names)}: {message}")


def named_run(typed: str, listed: Sequence[RunRecord]) -> RunRecord:
    """The run with this id, or the only one whose id begins so.

    Ids of earlier versions begin with a time and end, behind a hyphen, in what tells them apart.
    """
    if not typed.strip():
        raise UserError("run-id-empty")
    found = [run for run in listed if run.run_id == typed] or [
        run
        for run in listed
        if run.run_id.startswith(typed) or run.run_id.rpartition("-")[2].startswith(typed)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        some = [f"{run.run_id} ({moment(run.started_at)})" for run in found[:_SOME]]
        more = Message.of("and-more", more=len(found) - _SOME) if len(found) > _SOME else None
        raise UserError("run-id-of-several", count=len(found), id=typed, runs=some, more=more)
    near = did_you_mean(typed, [run.run_id for run in listed])
    raise UserError("run-unknown", id=typed, near=near)


def _alike(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The messages of tables, each once with those that it is about."""
    found: dict[str, list[str]] = {}
    for name, table in tables.items():
        if message := whole(said_in(table)):
            found.setdefault(message, []).append(name)
    return found
