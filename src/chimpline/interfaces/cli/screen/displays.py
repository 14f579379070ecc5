"""How a run is shown while it goes on: bars, plain lines, JSON or nothing.

Events may come from any thread. A display never stops a run: where its reader is gone, it falls
silent.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import threading
from typing import TYPE_CHECKING, Protocol, Self

from chimpline.interfaces.cli.screen.fold import fold
from chimpline.interfaces.cli.screen.said import say_json, whole
from chimpline.interfaces.cli.screen.view import MARKS, RunView, TableLine, counted, some
from chimpline.interfaces.cli.session import say
from chimpline.model import TableState
from chimpline.redact import redact
from chimpline.runs.report.endings import NOT_READ
from chimpline.runs.report.events import (
    ConnectionsInUse,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    TableFinished,
    TableProgress,
    as_json,
)

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console, RenderableType
    from rich.text import Text

    from chimpline.message import Said

EVERY = dt.timedelta(seconds=10)
_WIDE_ENOUGH_FOR_BARS = 90
_WIDE_ENOUGH_FOR_STATES = 60
_STYLES = {
    TableState.DONE: "green",
    TableState.UNPROVEN: "yellow",
    TableState.FAILED: "red",
    TableState.REFUSED: "magenta",
    TableState.QUEUED: "dim",
    TableState.LACKING: "dim",
    TableState.NOT_DUE: "dim",
}


class Display(Protocol):
    """Shows a run; `view` is what it has been told."""

    view: RunView

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def __call__(self, event: Event) -> None: ...


class Silent:
    """Keeps the picture and shows nothing; the base of the others."""

    def __init__(self) -> None:
        self.view = RunView()
        self._lock = threading.RLock()
        self._reader_gone = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def __call__(self, event: Event) -> None:
        with self._lock:
            self.view.apply(event)
            if self._reader_gone:
                return
            try:
                self.show(event)
            except BrokenPipeError:
                self._reader_gone = True

    def show(self, event: Event) -> None:
        """Draw what this event changes."""


class JsonLines(Silent):
    """One object a line on standard output; warnings stay on standard error.

    `progress` False: for a log, which is read when the run is over.
    """

    def __init__(self, *, progress: bool = True) -> None:
        super().__init__()
        self._progress = progress

    def show(self, event: Event) -> None:
        if self._progress or not isinstance(event, TableProgress | ConnectionsInUse):
            say_json(as_json(event))


class PlainLines(Silent):
    """A line when a table ends, and one every ten seconds of the run's own time.

    What is wrong with a table is told with the first table that it is wrong with, and once more at
    the end of the run, by `summary.show_message`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dt.datetime | None = None
        self._told: set[Said | None] = {None, NOT_READ}

    def show(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._last = event.at
                say(opening(event))
            case TableFinished():
                say(ending(event, tell=event.said not in self._told))
                self._told.add(event.said)
            case Notice():
                say(f"Note: {_about(event)}")
            case _:
                if self._last is not None and event.at - self._last >= EVERY:
                    self._last = event.at
                    if not isinstance(event, RunFinished):
                        say(f"... {self.view.now()}")


class Bars(Silent):
    """One line a table, redrawn in place, in no more lines than the terminal has."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        from rich.live import Live

        self._console = console
        self._live = Live(
            console=console,
            get_renderable=self._drawn,
            refresh_per_second=8,
            transient=True,
            vertical_overflow="ellipsis",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._live.stop()

    def show(self, event: Event) -> None:
        from rich.text import Text

        if isinstance(event, RunStarted):
            self._print(Text(redact(opening(event))))
        elif isinstance(event, Notice):
            self._print(Text(redact(f"Note: {_about(event)}"), style="yellow"))

    def _print(self, text: Text) -> None:
        """Folded by us: rich cuts a word, such as a path, that is wider than the terminal."""
        text.plain = "\n".join(fold(text.plain, self._console.width))
        self._console.print(text, soft_wrap=True)

    def _drawn(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        wide = self._console.width >= _WIDE_ENOUGH_FOR_BARS
        states = self._console.width >= _WIDE_ENOUGH_FOR_STATES
        with self._lock:
            now = redact(self.view.now()) if self.view.started else "Connecting ..."
            foot = fold(now, self._console.width)
            shown, others = self.view.fitting(self._console.height - len(foot))
            grid = Table.grid(padding=(0, 1))
            for line in shown:
                grid.add_row(*_row(line, wide=wide, states=states))
        below = [others, *foot] if others else foot
        lines = (Text(line, no_wrap=True, overflow="ellipsis") for line in below)
        return Group(grid, *lines) if shown else Group(*lines)


def _row(line: TableLine, *, wide: bool, states: bool) -> list[RenderableType]:
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    style = _STYLES.get(line.state, "cyan")
    fraction = line.fraction
    percent = "" if fraction is None else f"{fraction:.0%}"
    cells: list[RenderableType] = [
        Text(MARKS[line.state], style=style),
        Text(line.table, no_wrap=True, overflow="ellipsis"),
    ]
    if states:
        cells.append(Text(line.state.value, style=style, no_wrap=True))
    cells.append(Text(f"{line.read:,} read", justify="right", no_wrap=True))
    if wide:
        cells.append(Text(f"{line.pages:,} pages", justify="right", no_wrap=True))
        if fraction is None:
            cells.append(Text(""))
        else:
            cells.append(ProgressBar(total=1.0, completed=fraction, width=20))
    cells.append(Text(percent, justify="right", no_wrap=True))
    return cells


def opening(event: RunStarted) -> str:
    """The first line of a run."""
    first = "This is the first run" if event.first_run else "This run updates the copy"
    return (
        f"Copying {event.account} to {event.destination}, dataset {event.dataset}. {first}: "
        f"{some(len(event.tables), 'table')}, {some(event.connections, 'connection')}."
    )


def ending(event: TableFinished, *, tell: bool) -> str:
    """The line of a table that has ended; `tell`: with what is wrong with it."""
    line = (
        f"{MARKS[event.state]} {event.table}: {event.state.value}, "
        f"{counted(event.rows_read)} rows read, {counted(event.inserted)} inserted, "
        f"{counted(event.updated)} updated, {counted(event.deleted)} deleted"
    )
    return f"{line}. {whole(event.said)}" if event.said and tell else line


def _about(event: Notice) -> str:
    told = whole(event.said)
    return told if event.table is None or _names(told, event.table) else f"{event.table}: {told}"


def _names(message: str, table: str) -> bool:
    """Whether it says which table it is about; `lists` alone may be a word like any other."""
    name = re.escape(table)
    return re.search(rf"^{name} of |\b(of|to|table) {name}\b", message) is not None
