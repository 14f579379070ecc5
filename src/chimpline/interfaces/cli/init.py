"""`chimpline init`: a first settings file, every setting explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chimpline.errors import UserError
from chimpline.interfaces.cli.session import Session, say


def init(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Option("--settings", metavar="FILE", help="Where to write it.")
    ] = Path("chimpline.toml"),
) -> int:
    """Write a commented [bold]chimpline.toml[/bold]; one that is there is never overwritten."""
    from chimpline.service.settings_template import settings_template

    session: Session = ctx.obj
    path = session.cwd / file
    try:
        with path.open("x", encoding="utf-8") as written:
            written.write(settings_template())
    except FileExistsError:
        raise UserError(
            f"{path} is there already.",
            kept="It was not changed.",
            do="Edit it, or write another with --settings FILE.",
        ) from None
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}.",
            do="Choose a directory that exists and can be written, with --settings FILE.",
        ) from None
    say(f"Wrote {path}. Every setting is explained in it; none of them is a secret.")
    ignored = (".chimpline/", "*.duckdb", "*.duckdb.wal")
    say(f"Under git? These lines belong into .gitignore: {'  '.join(ignored)}")
    say("Next: CHIMPLINE_API_KEY=<key>-us19 chimpline run --dry-run")
    say("Or sign in by OAuth, with an app of your own: chimpline connect main")
    return 0
