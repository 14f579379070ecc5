"""`chimpline serve` and `chimpline tokens`: the console, the schedules, and who may use the API."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import chimpline
from chimpline.interfaces.cli.options import SettingsFile, StateDir
from chimpline.interfaces.cli.session import Session, noted, say, warn

if TYPE_CHECKING:
    from chimpline.service.desk import Desk

log = logging.getLogger(__name__)
DEFAULT_PORT = 8720
tokens = typer.Typer(help="Make, list and revoke tokens of the API.", rich_markup_mode=None)


def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0: any free one.", min=0, max=65535)
    ] = DEFAULT_PORT,
    public_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Address in the browser, where a proxy stands before it."),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address or network of a proxy whose X-Forwarded-For header is believed; "
            "may be given several times.",
        ),
    ] = None,
    reset_password: Annotated[
        bool, typer.Option("--reset-password", help="Print a link that sets a new password.")
    ] = False,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Write the log as JSON, one object a line.")
    ] = False,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Serve the console, run what is due, until Ctrl-C.

    Runs that were going when it stopped go on when it starts again.
    """
    from chimpline.interfaces.cli.command.serving import logs
    from chimpline.interfaces.console.security.guard import (
        Address,
        check_network,
        check_public_url,
    )
    from chimpline.interfaces.console.serve import serve as serve_console

    session: Session = ctx.obj
    for proxy in trusted_proxy or []:
        check_network(proxy)
    if public_url is not None:
        check_public_url(public_url)
    logs.configure(as_json=log_json)
    beside = log.info if log_json else noted
    """What is said on standard error, where a program reads each line as JSON."""

    def ready(url: str, link: str | None) -> None:
        log.info("serving", extra={"url": url, "version": chimpline.__version__})
        say(f"The console is at {url}. Stop it with Ctrl-C.")
        if link is not None:
            say("Open this link to set a password. It is good once, for an hour:")
            print(link, flush=True)  # noqa: T201  (`say` would hide the word in it)
        if host in {"127.0.0.1", "localhost", "::1"}:
            if public_url is None:
                beside("Only this machine can reach it. --host and --public-url change that.")
        else:
            beside(
                f"It listens on {host}, so other machines can reach it. Put a proxy with TLS before"
                " it, and name its address with --public-url."
            )

    serve_console(
        _desk(session, settings, state_dir),
        Address(host, port, public_url),
        settings=settings,
        ready=ready,
        failed=lambda error: log.error(
            "background work failed", extra={"error": f"{type(error).__name__}: {error}"}
        ),
        reset_password=reset_password,
        trusted_proxies=trusted_proxy or [],
    )
    (log.info if log_json else warn)("Stopped. Runs that were going go on when it starts again.")
    return 0


def _desk(session: Session, settings: Path | None, state_dir: Path | None) -> Desk:
    from chimpline.service.desk import Desk

    return Desk(
        session.environ, session.cwd, settings=settings, state_dir=state_dir, clock=session.clock
    )


Name = Annotated[str, typer.Argument(help="Name of the token.")]


@tokens.command("create")
def create(
    ctx: typer.Context,
    *,
    name: Name,
    scope: Annotated[
        str,
        typer.Option(help="What it may do: read, operate, admin, data; several with commas."),
    ] = "read",
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until it expires. Default: never.")
    ] = None,
    settings: SettingsFile = None,
    state_dir: StateDir = None,
) -> int:
    """Make a token. It is printed once, as the last word of the output."""
    from chimpline.errors import UserError
    from chimpline.service.people.tokens import Scope

    session: Session = ctx.obj
    asked = [one.strip() for one in scope.split(",") if one.strip()]
    for one in asked:
        if one not in set(Scope):
            raise UserError(
                "token-scope-unknown", scope=one, scopes=tuple(known.value for known in Scope)
            )
    until = None if days is None else session.clock() + dt.timedelta(days=days)
    desk = _desk(session, settings, state_dir)
    made = desk.tokens.create(name, [Scope(one) for one in asked], until)
    desk.close()
    say(f"The token {name} is shown this once:")
    print(made, flush=True)  # noqa: T201  (`say` would hide it)
    return 0


@tokens.command("list")
def list_tokens(
    ctx: typer.Context, *, settings: SettingsFile = None, state_dir: StateDir = None
) -> int:
    """List the tokens, with scopes and last use."""
    session: Session = ctx.obj
    desk = _desk(session, settings, state_dir)
    for token in desk.tokens.everything():
        scopes = ", ".join(sorted(one.value for one in token.scopes))
        ends = f"{token.expires_at:%Y-%m-%d}" if token.expires_at else "never"
        used = f"{token.used_at:%Y-%m-%d %H:%M} UTC" if token.used_at else "never"
        say(f"{token.name}: {scopes}; expires {ends}; last used {used}")
    desk.close()
    return 0


@tokens.command("revoke")
def revoke(
    ctx: typer.Context, *, name: Name, settings: SettingsFile = None, state_dir: StateDir = None
) -> int:
    """Revoke a token at once."""
    session: Session = ctx.obj
    desk = _desk(session, settings, state_dir)
    desk.tokens.revoke(name)
    desk.close()
    say(f"The token {name} is revoked.")
    return 0
