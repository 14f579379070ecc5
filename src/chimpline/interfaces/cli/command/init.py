"""`chimpline init`: a first settings file, every setting explained."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from chimpline import private
from chimpline.errors import UserError
from chimpline.interfaces.cli.commands import show_command, this_command
from chimpline.interfaces.cli.session import Session, say
from chimpline.service.destinations import files


def init(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Option("--settings", metavar="FILE", help="Where to write it.")
    ] = Path("chimpline.toml"),
) -> int:
    """Write a first settings file.

    It is called chimpline.toml, and explains every setting. An existing file is never overwritten.
    """
    from chimpline.service.settings.template import settings_template

    session: Session = ctx.obj
    path = session.cwd / file
    try:
        _write_new(path, settings_template())
    except FileExistsError:
        raise UserError("settings-file-exists", kept="kept-it", path=path) from None
    except OSError as error:
        raise UserError("settings-file-unwritable", path=path, reason=error.strerror) from None
    command = this_command()
    say(f"Wrote {path}.")
    say("It explains every setting. Secrets do not belong in it.")
    say("If this directory is under git, add these lines to .gitignore:")
    for ignored in (".chimpline/", *files()):
        say(f"    {ignored}")
    say("Next: sign in to your Mailchimp account, by OAuth or with an API key. The secret is kept:")
    show_command(f"{command} connect main")
    say("Then see what a run would copy and how long it would take:")
    show_command(f"{command} run --dry-run")
    return 0


def _write_new(path: Path, text: str) -> None:
    """The whole file, or none; `FileExistsError` where something has that name already."""
    from chimpline.service.settings.edit import usual_mode

    if os.path.lexists(path):
        raise FileExistsError
    with private.beside(path, text.encode(), usual_mode()) as whole:
        try:
            os.link(whole, path)  # unlike a rename, it replaces nothing
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            whole.rename(path)
