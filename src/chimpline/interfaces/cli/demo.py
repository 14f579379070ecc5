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
        Path, typer.Option("--directory", metavar="DIR", help="Where the DuckDB file goes.")
    ] = Path("demo"),
    members: Annotated[int, typer.Option(min=500, help="Members of the account.")] = 5_000,
    campaigns: Annotated[int, typer.Option(min=8, help="Campaigns of the account.")] = 24,
    events: Annotated[int, typer.Option(min=500, help="Opens, clicks and bounces.")] = 45_000,
    seed: Annotated[int, typer.Option(help="Another seed is another account.")] = 1,
) -> int:
    """Copy a whole emulated Mailchimp account into a DuckDB file, in three acts.

    Nothing leaves this machine, and no account is needed.
    """
    from chimpline.interfaces.demo.show import Size, play

    session: Session = ctx.obj
    return play(session, directory, Size(members, campaigns, events, seed))
