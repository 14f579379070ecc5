"""`chimpline run`: settings to a request, the request to the engine, its events to a display."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from chimpline.errors import ChimplineError, UserError
from chimpline.interfaces.cli.options import (
    Dataset,
    Json,
    PipelineName,
    SettingsFile,
    StateDir,
    To,
    Verbose,
)
from chimpline.interfaces.cli.screen.problems import of_surroundings, own_mistake
from chimpline.interfaces.cli.session import Session, console, noted, warn
from chimpline.interfaces.cli.settings_options import given_settings
from chimpline.message import Message

if TYPE_CHECKING:
    from chimpline.interfaces.cli.screen.displays import Display
    from chimpline.runs.report.events import Event, RunFinished
    from chimpline.runs.request import Credential
    from chimpline.service.connection.remembered import Remembered
    from chimpline.service.prepared import Prepared

BUG_STATUS = 3
STOPPED = 1


def run(
    ctx: typer.Context,
    *,
    pipeline: PipelineName = None,
    to: To = None,
    dataset: Dataset = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Read everything again.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what a run would do; copy nothing.")
    ] = False,
    api_key_stdin: Annotated[
        bool, typer.Option("--api-key-stdin", help="Read the API key from standard input.")
    ] = False,
    access_token_stdin: Annotated[
        bool,
        typer.Option("--access-token-stdin", help="Read the access token from standard input."),
    ] = False,
    json: Json = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only what went wrong.")
    ] = False,
    verbose: Verbose = False,
    run_id: Annotated[str | None, typer.Option("--run-id", hidden=True)] = None,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Copy the account into your database.

    The first run copies everything; later runs copy what changed. The API key or access token is
    taken from standard input, from CHIMPLINE_API_KEY or CHIMPLINE_ACCESS_TOKEN, from what
    `chimpline connect` stored, or is asked for.

    Exit status: 0: every table is complete. 1: some tables may be incomplete, or the run was
    stopped. 2: someone has to fix something (settings, key, database). 3: a bug in chimpline.
    """
    from chimpline.interfaces.cli.screen.logs import configure_logs
    from chimpline.service.prepared import prepare

    session: Session = ctx.obj
    session.verbose = verbose
    session.tells_settings = not (json or quiet)
    configure_logs(verbose=verbose)
    options: dict[str, object] = {
        "destination": to,
        "dataset": dataset,
        **given_settings(ctx),
    }
    display = display_for(json=json, quiet=quiet, verbose=verbose, progress=run_id is None)
    remembered: Remembered | None = None
    try:
        given = _from_stdin(key=api_key_stdin, token=access_token_stdin)
        configuration = session.read(settings, state_dir)
        prepared = prepare(
            configuration,
            configuration.choose(pipeline, options),
            environ=session.environ,
            connections=lambda: session.connections(settings, state_dir),
            notice=_unheard if quiet else warn,
            given=given,
            ask=session.ask(),
            full_refresh=full_refresh,
        )
        if run_id is not None:
            chosen_before = dataclasses.replace(prepared.request, run_id=run_id)
            prepared = dataclasses.replace(prepared, request=chosen_before)
        remembered = prepared.remembered
        if dry_run:
            from chimpline.interfaces.cli.screen.estimates import show_estimate

            request, services = prepared.request, prepared.services
            show_estimate(session.engine().estimate(request, services, notice=noted), json=json)
            remembered.worked(request)
            return 0
        return _go(session, prepared, display, json=json, quiet=quiet)
    except ChimplineError as error:
        said = error if remembered is None else remembered.failed(error)
        if json and not dry_run and display.view.finished is None:
            display(_broken_off(session, display, said))
        raise said from error.__cause__
    except Exception as error:
        if json and not dry_run and display.view.finished is None:
            display(_broken_off(session, display, error))
        raise


def display_for(
    *, json: bool, quiet: bool, verbose: bool = False, progress: bool = True
) -> Display:
    """Logs and bars would write over each other: with `verbose` there are lines."""
    from chimpline.interfaces.cli.screen import displays

    if json:
        return displays.JsonLines(progress=progress)
    if quiet:
        return displays.Silent()
    terminal = None if verbose else console()
    return displays.PlainLines() if terminal is None else displays.Bars(terminal)


def _unheard(message: str | Message) -> None:
    del message


def _from_stdin(*, key: bool, token: bool) -> Credential | None:
    from chimpline.service.settings.credentials import secret

    if key and token:
        raise UserError("both-from-stdin")
    if not key and not token:
        return None
    return secret(sys.stdin.readline(), is_api_key=key)


def _go(session: Session, prepared: Prepared, display: Display, *, json: bool, quiet: bool) -> int:
    from chimpline.interfaces.cli.interrupts import Interrupts
    from chimpline.interfaces.cli.screen.summary import show_message, show_summary
    from chimpline.model import RunState
    from chimpline.runs.report.events import RunQueued, RunStarted
    from chimpline.service.connection.remembered import note_address
    from chimpline.service.history import stopped_at_once

    engine, request = session.engine(), prepared.request

    queued: list[str] = []

    def emit(event: Event) -> None:
        if isinstance(event, RunQueued):
            queued.append(event.run_id)
        if isinstance(event, RunStarted):  # a run that is killed later says nothing more
            note_address(request)
        display(event)

    def last_words() -> None:
        for run_id in queued:
            stopped_at_once(request.state_dir, run_id, session.clock)

    try:
        with Interrupts(last_words) as interrupts, display:
            finished = interrupts.run(
                lambda: engine.run(
                    request, prepared.services.telling(emit), cancelled=interrupts.cancelled
                )
            )
    except ChimplineError:
        if display.view.tables_ended and not json and not quiet:
            show_summary(display.view, request, engine)  # what landed before; then the error
        raise
    stopped = finished.state is RunState.CANCELLED
    if not stopped or display.view.started is not None:
        prepared.remembered.worked(request)
    if display.view.finished is None:
        display(finished)
    if stopped:
        show_message(finished, display.view)
    if not json and not quiet:
        show_summary(display.view, request, engine)
    if not stopped:
        show_message(finished, display.view)
    return STOPPED if finished.state is RunState.CANCELLED else finished.exit


def _broken_off(session: Session, display: Display, error: Exception) -> RunFinished:
    """The last line of `--json` where no run could end by itself."""
    from chimpline.model import RunState
    from chimpline.runs.report.events import RunFinished

    known = error if isinstance(error, ChimplineError) else of_surroundings(error)
    said = own_mistake(error) if known is None else known.problem
    started = display.view.started
    now = session.clock()
    return RunFinished(
        at=now,
        run_id=started.run_id if started else "",
        state=RunState.FAILED,
        exit=known.exit_status if known is not None else BUG_STATUS,
        requests=0,
        rows_changed=0,
        seconds=(now - started.at).total_seconds() if started else 0.0,
        tables={},
        said=said,
    )
