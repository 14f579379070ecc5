"""How every error is told: what happened, what was kept, what to do; on standard error."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from chimpline.errors import COMMITTED_STAYS, Bug, ChimplineError, UserError
from chimpline.interfaces.cli.screen.fold import columns_of, fold
from chimpline.interfaces.cli.session import console, warn
from chimpline.redact import shown

if TYPE_CHECKING:
    from chimpline.interfaces.cli.session import Session

BUG_STATUS = 3
# The system's answers to a question that was wrong: those are our mistakes.
_MISTAKES = frozenset({errno.EBADF, errno.EFAULT, errno.EINVAL, errno.ENOTSOCK})
_BESIDE = 6
"""Columns of the titles, of which the longest is "To do"."""


def show_error(error: ChimplineError) -> None:
    """Tell the three parts, each on lines of its own."""
    parts = (("Error", error.what), ("Kept", error.kept), ("To do", error.do))
    terminal = console(stderr=True)
    if terminal is None:
        for title, text in parts:
            warn(f"{title + ':':<7}{_indented(text)}")
        return
    from rich.text import Text

    for (title, text), style in zip(parts, ("bold red", "bold", "bold green"), strict=True):
        told = "\n".join(" " * _BESIDE + line for line in shown(text.strip()).split("\n"))
        first, *rest = fold(told, terminal.width)
        if columns_of(first) > terminal.width:  # a path, say: it is left whole on its own line
            first, rest = "", [first, *rest]
        terminal.print(
            Text.assemble((title.ljust(_BESIDE), style), "\n".join([first[_BESIDE:], *rest])),
            soft_wrap=True,
        )


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n       ")


def of_surroundings(error: Exception) -> ChimplineError | None:
    """What the machine did not allow, as an error that somebody can act on; None for a bug."""
    if isinstance(error, MemoryError):
        return UserError(
            "This machine has too little free memory for it.",
            kept=COMMITTED_STAYS,
            do="Free some memory, and run the command again.",
        )
    if isinstance(error, UnicodeError):
        return UserError(
            f"A name, a path or an input is not UTF-8 text ({error.reason})."
            if isinstance(error, UnicodeEncodeError | UnicodeDecodeError)
            else f"A name, a path or an input is not UTF-8 text ({error}).",
            kept=COMMITTED_STAYS,
            do="Name things in UTF-8, and let LC_ALL be a UTF-8 locale, as in LC_ALL=C.UTF-8.",
        )
    if isinstance(error, OSError) and error.strerror and error.errno not in _MISTAKES:
        names = [str(name) for name in (error.filename, error.filename2) if name is not None]
        about = f" ({', '.join(names)})" if names else ""
        return UserError(
            f"This machine did not allow it: {error.strerror}{about}.",
            kept=COMMITTED_STAYS,
            do="See to permissions and to the room on the disk there, and run the command again.",
        )
    return None


def show_bug(error: BaseException, session: Session | None) -> int:
    """Tell of a bug of ours: the traceback goes, without secrets, into a log; status 3."""
    trace = "".join(traceback.format_exception(error))
    log = _keep(trace, session)
    if isinstance(error, Bug):
        what = error.what
    else:
        what = f"chimpline met a mistake of its own ({type(error).__name__})."
    kept = COMMITTED_STAYS + (f" What went wrong is in {log}, without secrets." if log else "")
    bug = Bug(what)
    bug.kept = kept
    bug.do = (
        f"Please report it with {log}, and run again."
        if log
        else "See that the state directory can be written and its disk has room, run again, and "
        "please report it with the log that is kept then."
    )
    show_error(bug)
    if session is not None and session.verbose:
        warn(trace)
    return BUG_STATUS


def _keep(trace: str, session: Session | None) -> Path | None:
    """The log file, or None where nothing can be written."""
    from chimpline.service.history import write_log

    if session is None:
        return None
    try:
        return write_log(session.state_dir or session.cwd / ".chimpline", trace, session.clock)
    except (ChimplineError, OSError):
        return None
