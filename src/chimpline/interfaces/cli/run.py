"""`chimpline run`: settings to a request, the request to the engine, its events to a display."""

from __future__ import annotations

import sys
from pathlib import Path
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
from chimpline.interfaces.cli.problems import of_surroundings
from chimpline.interfaces.cli.session import Session, console, noted, warn

if TYPE_CHECKING:
    from collections.abc import Callable

    from chimpline.interfaces.cli.displays import Display
    from chimpline.runs.events import RunFinished
    from chimpline.runs.request import Credential, RunRequest
    from chimpline.service.remembered import Remembered

BUG_STATUS = 3
STOPPED = 1


def _setting(name: str, metavar: str, about: str) -> object:
    return typer.Option(name, metavar=metavar, help=about, rich_help_panel="Settings")


def run(
    ctx: typer.Context,
    *,
    pipeline: PipelineName = None,
    to: To = None,
    dataset: Dataset = None,
    tables: Annotated[str | None, _setting("--tables", "A,B", "Tables to copy.")] = None,
    start_date: Annotated[
        str | None, _setting("--start-date", "DATE", "MM/DD/YYYY or ISO; inclusive.")
    ] = None,
    email_activity_date_window: Annotated[
        str | None,
        _setting("--email-activity-date-window", "DAYS", "Campaigns of the last DAYS; 0: all."),
    ] = None,
    email_activity_date_window_strict: Annotated[
        bool | None,
        typer.Option(
            "--email-activity-date-window-strict",
            help="Leave campaigns that left the window, even if their counters move.",
            rich_help_panel="Settings",
            show_default=False,
        ),
    ] = None,
    connections: Annotated[
        str | None, _setting("--connections", "N", "Requests at once, 1 to 10.")
    ] = None,
    deletes: Annotated[
        str | None, _setting("--deletes", "HOW", "mark, remove or ignore what is gone.")
    ] = None,
    lookback_minutes: Annotated[
        str | None, _setting("--lookback-minutes", "N", "Read again before the bookmark.")
    ] = None,
    complete_read_days: Annotated[
        str | None, _setting("--complete-read-days", "N", "Read completely every N days.")
    ] = None,
    connection: Annotated[
        str | None, _setting("--connection", "NAME", "The connection to read from.")
    ] = None,
    auth: Annotated[str | None, _setting("--auth", "KIND", "api_key or oauth.")] = None,
    client_id: Annotated[
        str | None, _setting("--client-id", "ID", "Of the registered app, for OAuth.")
    ] = None,
    api_root: Annotated[
        str | None, _setting("--api-root", "URL", "The API's address, for a compatible server.")
    ] = None,
    login_root: Annotated[
        str | None, _setting("--login-root", "URL", "Where a token is asked for its data center.")
    ] = None,
    redirect_uri: Annotated[
        str | None, _setting("--redirect-uri", "URI", "Of the registered app; for `connect`.")
    ] = None,
    gateway: Annotated[str | None, _setting("--gateway", "NAME", "none, for now.")] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Read everything again, whatever is proven.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell tables, requests and time; copy nothing.")
    ] = False,
    api_key_stdin: Annotated[
        bool, typer.Option("--api-key-stdin", help="Read the API key from standard input.")
    ] = False,
    access_token_stdin: Annotated[
        bool, typer.Option("--access-token-stdin", help="Read the token from standard input.")
    ] = False,
    json: Json = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only what went wrong, on standard error.")
    ] = False,
    verbose: Verbose = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Copy a Mailchimp account, or what changed in it, into your database.

    The secret comes from standard input, from CHIMPLINE_API_KEY or CHIMPLINE_ACCESS_TOKEN, from
    what `chimpline connect` has kept, or is asked for. Exit status: 0 all proven; 1 some table
    failed or unproven, or stopped; 2 you must act; 3 a bug of ours.
    """
    from chimpline.interfaces.cli.logs import configure_logs

    session: Session = ctx.obj
    session.verbose = verbose
    session.tells_settings = not (json or quiet)
    configure_logs(verbose=verbose)
    options: dict[str, object] = {
        "destination": to,
        "dataset": dataset,
        "tables": tables,
        "start_date": start_date,
        "email_activity_date_window": email_activity_date_window,
        "email_activity_date_window_strict": email_activity_date_window_strict,
        "connections": connections,
        "deletes": deletes,
        "lookback_minutes": lookback_minutes,
        "complete_read_days": complete_read_days,
        "connection": connection,
        "auth": auth,
        "client_id": client_id,
        "api_root": api_root,
        "login_root": login_root,
        "redirect_uri": redirect_uri,
        "gateway": gateway,
    }
    display = display_for(json=json, quiet=quiet)
    remembered: Remembered | None = None
    try:
        request, remembered = _request(
            session,
            pipeline,
            options,
            given=_from_stdin(key=api_key_stdin, token=access_token_stdin),
            notice=_unheard if quiet else warn,
            full_refresh=full_refresh,
            settings=settings,
            state_dir=state_dir,
        )
        if dry_run:
            from chimpline.interfaces.cli.estimates import show_estimate

            show_estimate(session.engine().estimate(request, notice=noted), json=json)
            remembered.worked()
            return 0
        return _go(session, request, display, remembered, json=json, quiet=quiet)
    except Exception as error:
        if remembered is not None and isinstance(error, ChimplineError):
            remembered.failed(error)
        if json and not dry_run and display.view.finished is None:
            display(_broken_off(session, display, error))
        raise


def display_for(*, json: bool, quiet: bool) -> Display:
    from chimpline.interfaces.cli import displays

    if json:
        return displays.JsonLines()
    if quiet:
        return displays.Silent()
    terminal = console()
    return displays.PlainLines() if terminal is None else displays.Bars(terminal)


def _unheard(message: str) -> None:
    del message


def _from_stdin(*, key: bool, token: bool) -> Credential | None:
    from chimpline.service.settings_request import secret

    if key and token:
        raise UserError(
            "Both --api-key-stdin and --access-token-stdin are given.", do="Choose one of them."
        )
    if not key and not token:
        return None
    return secret(sys.stdin.readline(), is_api_key=key)


def _request(
    session: Session,
    pipeline: str | None,
    options: dict[str, object],
    *,
    given: Credential | None,
    notice: Callable[[str], None],
    full_refresh: bool,
    settings: Path | None,
    state_dir: Path | None,
) -> tuple[RunRequest, Remembered]:
    from chimpline.service.remembered import Remembered, hash_salt, only_readable
    from chimpline.service.settings_request import credential

    configuration = session.read(settings, state_dir)
    chosen = configuration.choose(pipeline, options)
    signed_in = configuration.has_control_database
    remembered = Remembered(
        chosen.connection_name,
        (lambda: session.connections(settings, state_dir)) if signed_in else None,
    )
    known = configuration.known_tables
    chosen = only_readable(chosen, remembered.refused(), known, notice)
    found = credential(
        chosen, configuration, given=given, kept=remembered.credential, ask=session.ask()
    )
    salt = hash_salt(chosen, lambda: session.connections(settings, state_dir))
    return chosen.request(found, full_refresh=full_refresh, hash_salt=salt), remembered


def _go(
    session: Session,
    request: RunRequest,
    display: Display,
    remembered: Remembered,
    *,
    json: bool,
    quiet: bool,
) -> int:
    from chimpline.interfaces.cli.interrupts import Interrupts
    from chimpline.interfaces.cli.summary import show_message, show_summary
    from chimpline.model import RunState

    engine = session.engine()
    try:
        with Interrupts() as interrupts, display:
            finished = interrupts.run(
                lambda: engine.run(request, display, cancelled=interrupts.cancelled)
            )
    except ChimplineError:
        if display.view.tables_ended and not json and not quiet:
            show_summary(display.view, request, engine)  # what landed before; then the error
        raise
    if finished.state is not RunState.CANCELLED:
        remembered.worked()
    if display.view.finished is None:
        display(finished)
    if not json and not quiet:
        show_summary(display.view, request, engine)
    show_message(finished, display.view, tables=quiet or json)
    return STOPPED if finished.state is RunState.CANCELLED else finished.exit


def _broken_off(session: Session, display: Display, error: Exception) -> RunFinished:
    """The last line of `--json` where no run could end by itself."""
    from chimpline.model import RunState
    from chimpline.runs.events import RunFinished

    told = error if isinstance(error, ChimplineError) else of_surroundings(error)
    message = str(told or f"chimpline met a mistake of its own ({type(error).__name__}).")
    started = display.view.started
    now = session.clock()
    return RunFinished(
        at=now,
        run_id=started.run_id if started else "",
        state=RunState.FAILED,
        exit=told.exit_status if told is not None else BUG_STATUS,
        requests=0,
        rows_changed=0,
        seconds=(now - started.at).total_seconds() if started else 0.0,
        tables={},
        message=message,
    )
