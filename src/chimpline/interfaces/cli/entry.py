"""From the words typed to an exit status (docs/troubleshooting.md#exit-status).

0  all proven
1  some table failed or is unproven, or the command was stopped; the others landed
2  somebody must act; also where Ctrl-C ended a prompt
3  a bug of ours
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import typer

from chimpline.errors import ChimplineError, UserError
from chimpline.interfaces.cli.refusals import refuse_secrets
from chimpline.interfaces.cli.screen.problems import of_surroundings, show_bug, show_error
from chimpline.interfaces.cli.screen.streams import Unwritable, drop_unwritable
from chimpline.interfaces.cli.session import Session, stopped, warn
from chimpline.interfaces.messages import speak

if TYPE_CHECKING:
    from collections.abc import Sequence

READER_GONE = 1
STOPPED = 1
# What typer makes of a KeyboardInterrupt; no command of ours has this status.
_TYPERS_CTRL_C = 130


def main(argv: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run one command; every error ends in one place, and none shows a secret."""
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        session = session or Session()
        speak(session.environ)
        refuse_secrets(arguments)
        return _dispatch(arguments, session)
    except ChimplineError as error:
        return show_bug(error, session) if error.exit_status == 3 else _shown(error)
    except typer.Abort:  # Ctrl-C at a prompt, or its input ended there
        return _stopped(UserError.exit_status)
    except KeyboardInterrupt:
        return _stopped(STOPPED)
    except Unwritable as error:
        drop_unwritable()
        return _shown(UserError("output-unwritable", kept="kept-before", reason=error.strerror))
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say to them.
        drop_unwritable()
        return READER_GONE
    except Exception as error:  # noqa: BLE001  (the last resort: a bug is told, not thrown)
        surroundings = of_surroundings(error)
        return show_bug(error, session) if surroundings is None else _shown(surroundings)


def _shown(error: ChimplineError) -> int:
    show_error(error)
    return error.exit_status


def _stopped(status: int) -> int:
    if sys.stderr.isatty():
        warn("")  # the line on which ^C stands, or a prompt
    show_error(stopped())
    return status


@functools.cache
def _command() -> Any:
    """Made once a process: it keeps nothing of a call, and each making takes 18 ms."""
    from typer.main import get_command

    from chimpline.interfaces.cli.app import app

    return get_command(app)


def _dispatch(arguments: list[str], session: Session) -> int:
    chimpline = _command()
    try:
        result = chimpline.main(
            arguments, prog_name="chimpline", standalone_mode=False, obj=session
        )
    except typer.TyperException as error:
        command = next((word for word in arguments if not word.startswith("-")), "")
        told = error.format_message().rstrip(".")
        raise UserError(
            "command-not-understood",
            told=told if told.endswith("?") else f"{told}.",
            command=f"chimpline {command}" if command in chimpline.commands else "chimpline",
        ) from None
    if result == _TYPERS_CTRL_C:
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0
