"""How every error is told: what happened, what was kept, what to do; on standard error."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from chimpline.errors import COMMITTED_STAYS, Bug, ChimplineError
from chimpline.interfaces.cli.session import console, warn
from chimpline.redact import shown

if TYPE_CHECKING:
    from chimpline.interfaces.cli.session import Session

BUG_STATUS = 3


def show_error(error: ChimplineError) -> None:
    """Tell the three parts, each on lines of its own."""
    parts = (("Error", error.what), ("Kept", error.kept), ("To do", error.do))
    terminal = console(stderr=True)
    if terminal is None:
        for title, text in parts:
            warn(f"{title + ':':<7}{_indented(text)}")
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for (title, text), style in zip(parts, ("bold red", "bold", "bold green"), strict=True):
        grid.add_row(Text(title, style=style), Text(shown(text.strip())))
    terminal.print(grid)


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n       ")


def show_bug(error: BaseException, session: Session) -> int:
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
    bug.do = f"Please report it{f' with {log}' if log else ''}, and run again."
    show_error(bug)
    if session.verbose or log is None:
        warn(trace)
    return BUG_STATUS


def _keep(trace: str, session: Session) -> Path | None:
    """The log file, or None where nothing can be written."""
    from chimpline.service.history import write_log

    try:
        return write_log(session.state_dir or session.cwd / ".chimpline", trace, session.clock)
    except (ChimplineError, OSError):
        return None
