"""How every error is told: what happened, what was kept, what to do; on standard error."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from chimpline.errors import Bug, ChimplineError, UserError
from chimpline.interfaces.cli.screen.fold import columns_of, fold
from chimpline.interfaces.cli.session import console, warn
from chimpline.message import Message
from chimpline.redact import shown

if TYPE_CHECKING:
    from chimpline.interfaces.cli.session import Session

BUG_STATUS = 3
# The system's answers to a question that was wrong: those are our mistakes.
_MISTAKES = frozenset({errno.EBADF, errno.EFAULT, errno.EINVAL, errno.ENOTSOCK})
_BESIDE = 6
"""Columns of the titles, of which the longest is "To do"; in no language one is longer."""
_TITLES = (Message.of("title-what"), Message.of("title-kept"), Message.of("title-do"))


def show_error(error: ChimplineError) -> None:
    """Tell the three parts, each on lines of its own."""
    from chimpline.interfaces.messages import told, words  # not where all goes well

    said = told(error.problem)
    titles = (words(title) for title in _TITLES)
    parts = tuple(zip(titles, (said.what, said.kept, said.do), strict=True))
    terminal = console(stderr=True)
    if terminal is None:
        for title, text in parts:
            warn(f"{_wide(title + ':', _BESIDE + 1)}{_indented(text)}")
        return
    from rich.text import Text

    for (title, text), style in zip(parts, ("bold red", "bold", "bold green"), strict=True):
        lines = "\n".join(" " * _BESIDE + line for line in shown(text.strip()).split("\n"))
        first, *rest = fold(lines, terminal.width)
        if columns_of(first) > terminal.width:  # a path, say: it is left whole on its own line
            first, rest = "", [first, *rest]
        terminal.print(
            Text.assemble((_wide(title, _BESIDE), style), "\n".join([first[_BESIDE:], *rest])),
            soft_wrap=True,
        )


def _wide(title: str, columns: int) -> str:
    return title + " " * (columns - columns_of(title))


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n       ")


def of_surroundings(error: Exception) -> ChimplineError | None:
    """What the machine did not allow, as an error that somebody can act on; None for a bug."""
    if isinstance(error, MemoryError):
        return UserError("too-little-memory", kept="kept-committed")
    if isinstance(error, UnicodeError):
        reason = str(getattr(error, "reason", error))  # a codec's errors have one
        return UserError("not-utf8", kept="kept-committed", reason=reason)
    if isinstance(error, OSError) and error.strerror and error.errno not in _MISTAKES:
        names = [str(name) for name in (error.filename, error.filename2) if name is not None]
        about = Message.of("at-place", place=names) if names else None
        return UserError("not-allowed-here", kept="kept-committed", reason=error.strerror, at=about)
    return None


def show_bug(error: BaseException, session: Session | None) -> int:
    """Tell of a bug of ours: the traceback goes, without secrets, into a log; status 3."""
    trace = "".join(traceback.format_exception(error))
    log = _keep(trace, session)
    what = error.problem.message if isinstance(error, Bug) else own_mistake(error)
    if log is None:
        show_error(Bug("own-mistake-without-log", what=what))
    else:
        kept = Message.of("kept-committed-and-log", log=log)
        show_error(Bug("own-mistake-with-log", what=what, log=log, kept=kept))
    if session is not None and session.verbose:
        warn(trace)
    return BUG_STATUS


def own_mistake(error: BaseException) -> Message:
    """What is told of an error that no class of ours names."""
    return Message.of("own-mistake", name=type(error).__name__)


def _keep(trace: str, session: Session | None) -> Path | None:
    """The log file, or None where nothing can be written."""
    from chimpline.service.history import write_log

    if session is None:
        return None
    try:
        return write_log(session.state_dir or session.cwd / ".chimpline", trace, session.clock)
    except (ChimplineError, OSError):
        return None
