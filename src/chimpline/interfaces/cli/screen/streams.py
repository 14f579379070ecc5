"""Standard streams as they may come: closed, full, without a reader, in another encoding."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys

from chimpline.redact import as_json

ESCAPED = "chimpline.escaped"
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


class Unwritable(BrokenPipeError):
    """A stream takes nothing any more, as a pipe without a reader: its disk is full, say."""


def prepare() -> None:
    """Once, before anything is opened or printed.

    A number that is closed would be given to the next file that is opened, a database say, and
    what is printed would land in it. What an encoding lacks is escaped as JSON escapes it, so that
    a line of JSON keeps its meaning.
    """
    for number, (name, mode) in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest number
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    codecs.register_error(ESCAPED, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def drop_unwritable() -> None:
    """Send what is left to nowhere, where a stream takes nothing any more.

    Else the interpreter would try it once more at its end, and complain.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
                stream.flush()


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return as_json(error.object[error.start : error.end]), error.end
