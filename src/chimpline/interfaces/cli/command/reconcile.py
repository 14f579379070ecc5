"""`chimpline reconcile`: is the copy what Mailchimp holds, where is it not, and why."""

from __future__ import annotations

import json as json_
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chimpline.errors import ChimplineError, UserError
from chimpline.interfaces.cli.options import (
    ApiRoot,
    Dataset,
    Json,
    PipelineName,
    SettingsFile,
    StateDir,
    To,
    Verbose,
)
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.said import say_json, whole
from chimpline.interfaces.cli.screen.view import counted, some
from chimpline.interfaces.cli.session import Session, in_words, say, warn
from chimpline.interfaces.messages import told
from chimpline.message import Message, Problem

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from chimpline.reconcile.difference import Difference, Level, Reconciliation
    from chimpline.runs.report.events import Event
    from chimpline.runs.request import RunRequest
    from chimpline.service.prepared import Prepared
    from chimpline.service.reconciliation import Reconciled

LEVELS = ("counts", "keys", "rows")
SHOWN = 25
"""So many differences are written out; `--json` has all of them."""


def reconcile(
    ctx: typer.Context,
    *,
    pipeline: PipelineName = None,
    tables: Annotated[
        str | None, typer.Option("--tables", metavar="A,B", help="Tables to compare. Default: all.")
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            "--level",
            metavar="LEVEL",
            help="counts: totals; keys: which rows; rows: every cell.",
        ),
    ] = "counts",
    repair: Annotated[
        bool, typer.Option("--repair", help="Read what differs again, then compare again.")
    ] = False,
    to: To = None,
    dataset: Dataset = None,
    api_root: ApiRoot = None,
    json: Json = False,
    verbose: Verbose = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Compare the copy with the account.

    Says why each difference is there. Nothing is changed without --repair.

    Exit status: 0: equal, or every difference is explained and nothing is lost. 1: the copy is
    wrong somewhere, or could not be compared. 2: someone has to fix something.
    """
    from chimpline.interfaces.cli.screen.logs import configure_logs
    from chimpline.reconcile.difference import Level

    if level not in LEVELS:
        raise UserError("level-unknown", level=repr(level), levels=list(LEVELS))
    session: Session = ctx.obj
    session.verbose = verbose
    session.tells_settings = not json
    configure_logs(verbose=verbose)
    options = {"destination": to, "dataset": dataset, "tables": tables, "api_root": api_root}
    prepared = _prepared(session, pipeline, options, settings, state_dir)
    request = prepared.request
    try:
        done = _compared(session, prepared, Level(level), repair=repair, json=json)
    except ChimplineError as error:
        if json:
            _as_lines(
                {
                    "event": "reconcile_failed",
                    "exit": error.exit_status,
                    "message": str(told(error.problem)),
                    "problem": error.problem.to_json(),
                }
            )
        raise prepared.remembered.failed(error) from error.__cause__
    prepared.remembered.worked(request)
    if json:
        say(json_.dumps({**(done.after or done.before).as_json(), "exit": done.exit}))
    else:
        _show_end(done, request, repair=repair)
    return done.exit


def _prepared(
    session: Session,
    pipeline: str | None,
    options: dict[str, str | None],
    settings: Path | None,
    state_dir: Path | None,
) -> Prepared:
    from chimpline.service.prepared import prepare

    configuration = session.read(settings, state_dir)
    place = session.dataset(configuration, options["destination"], options["dataset"])
    return prepare(
        configuration,
        configuration.choose(pipeline, {**options, **place}),
        environ=session.environ,
        connections=lambda: session.connections(settings, state_dir),
        notice=warn,
        ask=session.ask(),
    )


def _compared(
    session: Session, prepared: Prepared, level: Level, *, repair: bool, json: bool
) -> Reconciled:
    from chimpline.interfaces.cli.interrupts import Interrupts
    from chimpline.service.reconciliation import reconcile as work

    def compared(cancelled: threading.Event | None = None) -> Reconciled:
        return work(
            session.engine(),
            prepared.request,
            prepared.services.telling(_event_as_line if json else _event_in_words),
            level,
            repair=repair,
            found=_found_as_lines if json else _show,
            cancelled=cancelled,
        )

    if not repair:
        return compared()  # Ctrl-C breaks off at once: nothing is being written
    with Interrupts() as interrupts:
        return interrupts.run(lambda: compared(interrupts.cancelled))


# -- as JSON --------------------------------------------------------------------------------------


def _as_lines(told: dict[str, Any]) -> None:
    say(json_.dumps(told, ensure_ascii=False))


def _event_as_line(event: Event) -> None:
    from chimpline.runs.report.events import as_json

    say_json(as_json(event))


def _found_as_lines(found: Reconciliation) -> None:
    for table in found.tables:
        for one in table.differences:
            _as_lines(_noted(one.as_json(), one.note) | {"why": whole(one.kind.said)})
        _as_lines(_noted(table.as_json(), table.note))
    for note in found.dashboard:
        say_json({"event": "dashboard_note", "said": note.to_json()})


def _noted(line: dict[str, Any], note: Message | Problem | None) -> dict[str, Any]:
    """`note` in words; `noted`: its kind and facts, to be said in another language."""
    return line | {"note": whole(note), "noted": note.to_json() if note else None}


# -- in words -------------------------------------------------------------------------------------


def _event_in_words(event: Event) -> None:
    from chimpline.runs.report.events import Notice, ReconcileStarted, RunFinished, RunStarted

    match event:
        case ReconcileStarted():
            say(
                f"Comparing the {event.level} of {some(len(event.tables), 'table')}. This takes"
                f" about {some(event.requests_expected, 'request')}."
            )
        case RunStarted():
            say("Reading what differs again.")
        case Notice():
            warn(whole(event.said))
        case RunFinished():
            say(f"{event.rows_changed:,} rows changed, with {event.requests:,} requests.")
        case _:
            pass


def _show(found: Reconciliation) -> None:
    say()
    rows = [
        (
            table.table,
            counted(table.theirs),
            counted(table.ours),
            counted(table.losses),
            counted(sum(one.count for one in table.differences if not one.kind.is_loss)),
            table.verdict,
            whole(table.note),
        )
        for table in found.tables
    ]
    headers = ("table", "Mailchimp", "copy", "wrong", "explained", "result", "note")
    show_grid(headers, rows, numbers=headers[1:5], below=("note", "explained"))
    differences = [one for table in found.tables for one in table.differences]
    differences.sort(key=lambda one: not one.kind.is_loss)
    for one in differences[:SHOWN]:
        say(_told(one))
    if len(differences) > SHOWN:
        say(f"And {len(differences) - SHOWN} more differences; --json lists all of them.")
    for table in found.tables:
        if table.silent:
            say(
                f"{table.table}: {table.silent:,} cells differ in columns that Mailchimp changes"
                " without notice. They are as of the last complete read."
            )
    for note in found.dashboard:
        say(whole(note))


def _told(one: Difference) -> str:
    of = in_words(one.where) if isinstance(one.where, Message) else one.where or one.parent
    where = f"{one.table} of {of}" if one.parent else one.table
    told = f"{where}: {one.count:,} {whole(one.kind.said)}"
    if one.columns:
        told += f", in {', '.join(one.columns)}"
    if one.keys:
        more = ", .." if one.count > len(one.keys) else ""
        told += f" ({', '.join(one.keys)}{more})"
    return f"{told}; {whole(one.note)}." if one.note else f"{told}."


def _show_end(done: Reconciled, request: RunRequest, *, repair: bool) -> None:
    last = done.after or done.before
    say()
    requests = f"The comparison took {done.requests:,} requests."
    if last.exit == 0:
        explained = any(table.differences for table in last.tables)
        say(
            "Nothing is lost. Every difference is explained above. " + requests
            if explained
            else "Everything that was compared is equal. " + requests
        )
        return
    wrong = sum(table.losses for table in last.tables)
    say(f"{wrong:,} rows are wrong in {request.destination}, dataset {request.dataset}. {requests}")
    say(
        "They are still wrong after the repair: try `chimpline run --full-refresh`, and report it "
        "if they stay wrong."
        if repair
        else "Nothing was changed. The same command with --repair reads these rows again."
    )
