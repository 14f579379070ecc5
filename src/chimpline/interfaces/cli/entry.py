"""From the words typed to an exit status (DESIGN 8).

0  all proven
1  some table failed or is unproven, or the run was stopped; the others landed
2  the user must act
3  a bug of ours
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from chimpline.errors import ChimplineError, UserError
from chimpline.interfaces.cli.problems import show_bug, show_error
from chimpline.interfaces.cli.refusals import refuse_secrets
from chimpline.interfaces.cli.session import Session, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

STOPPED = 1


def main(argv: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run one command; every error ends in one place, and none shows a secret."""
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    session = session or Session()
    try:
        refuse_secrets(arguments)
        return _dispatch(arguments, session)
    except ChimplineError as error:
        if error.exit_status == 3:
            return show_bug(error, session)
        show_error(error)
        return error.exit_status
    except KeyboardInterrupt:
        warn("Stopped. Nothing was read or changed.")
        return STOPPED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STOPPED
    except Exception as error:  # noqa: BLE001  (the last resort: a bug is told, not thrown)
        return show_bug(error, session)


def _dispatch(arguments: list[str], session: Session) -> int:
    import typer
    from typer.main import get_command

    from chimpline.interfaces.cli.app import app

    try:
        result = get_command(app).main(
            arguments, prog_name="chimpline", standalone_mode=False, obj=session
        )
    except typer.TyperException as error:
        command = next((word for word in arguments if not word.startswith("-")), "")
        known = {info.name for info in app.registered_commands} | {
            info.name for info in app.registered_groups
        }
        command = f" {command}" if command in known else ""
        told = error.format_message().rstrip(".")
        raise UserError(
            told if told.endswith("?") else f"{told}.",
            do=f"`chimpline{command} --help` lists what can be typed.",
        ) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    return result if isinstance(result, int) else 0
