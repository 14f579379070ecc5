"""The commands and what each is called; every command's work is imported when it is typed."""

from __future__ import annotations

from typing import Annotated

import typer

import chimpline
from chimpline.interfaces.cli.command import (
    check,
    connect,
    connections,
    demo,
    discover,
    init,
    reconcile,
    run,
    runs,
    sandbox,
    status,
    tables,
)
from chimpline.interfaces.cli.command.serving import serve
from chimpline.interfaces.cli.session import say
from chimpline.interfaces.cli.settings_options import ConnectCommand, RunCommand

app = typer.Typer(
    name="chimpline",
    help="Copy a Mailchimp account into your own database, and keep the copy up to date.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        say(f"chimpline {chimpline.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


app.command("demo")(demo.demo)
app.command("init")(init.init)
app.command("check")(check.check)
app.command("destination")(check.destination)
app.add_typer(connections.app, name="connections")
app.command("connect", cls=ConnectCommand, epilog=connect.epilog())(connect.connect)
app.command("discover")(discover.discover)
app.command("run", cls=RunCommand)(run.run)
app.command("reconcile")(reconcile.reconcile)
app.command("tables")(tables.tables)
app.command("status")(status.status)
app.command("runs")(runs.runs)
app.command("serve")(serve.serve)
app.add_typer(serve.tokens, name="tokens")
app.add_typer(sandbox.app, name="sandbox")
