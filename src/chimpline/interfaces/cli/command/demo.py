"""`chimpline demo`: see `chimpline.interfaces.demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chimpline.interfaces.cli.session import Session


def demo(
    ctx: typer.Context,
    *,
    directory: Annotated[
        Path, typer.Option("--directory", metavar="DIR", help="Directory for the DuckDB file.")
    ] = Path("demo"),
    members: Annotated[
        int, typer.Option(min=500, max=1_000_000, help="Number of members.")
    ] = 5_000,
    campaigns: Annotated[int, typer.Option(min=8, max=10_000, help="Number of campaigns.")] = 24,
    events: Annotated[
        int, typer.Option(min=500, max=10_000_000, help="Number of opens, clicks and bounces.")
    ] = 45_000,
    seed: Annotated[int, typer.Option(help="Another seed makes another account.")] = 1,
    serve: Annotated[
        bool, typer.Option("--serve", help="Then serve the console on the copy, until Ctrl-C.")
    ] = False,
) -> int:
    """Try chimpline on an emulated account.

    Copies a whole emulated Mailchimp account into a DuckDB file, three times: first everything,
    then again without changes, then after six changes. Nothing leaves this machine, and no
    Mailchimp account is needed. It takes about half a minute.
    """
    from chimpline.interfaces.demo.show import Size, play

    session: Session = ctx.obj
    return play(session, directory, Size(members, campaigns, events, seed), serve=serve)
