"""The end of a run: every table, the totals, where the data is, what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.interfaces.cli.commands import command_of, show_command, this_command
from chimpline.interfaces.cli.screen.grid import show_grid
from chimpline.interfaces.cli.screen.said import not_due_of, whole
from chimpline.interfaces.cli.screen.view import MARKS, counted, duration, some
from chimpline.interfaces.cli.session import say, warn
from chimpline.model import RunState, TableState
from chimpline.runs.report.endings import NOT_READ
from chimpline.service.destinations import look

if TYPE_CHECKING:
    from chimpline.interfaces.cli.screen.view import RunView
    from chimpline.message import Said
    from chimpline.runs.report.events import RunFinished
    from chimpline.runs.request import RunRequest
    from chimpline.service.engine import Engine

_HEADERS = ("", "table", "method", "read", "inserted", "updated", "deleted", "left out", "state")
_BELOW = ("left out", "read")
_NUMBERS = frozenset({"read", "inserted", "updated", "deleted", "left out"})


def show_summary(view: RunView, request: RunRequest, engine: Engine) -> None:
    """One line a table, then the run as a whole."""
    methods = {table.name: table.method_shown for table in engine.catalog_tables()}
    rows = [
        (
            MARKS[line.state],
            line.table,
            methods.get(line.table, ""),
            counted(line.read),
            counted(line.finished.inserted) if line.finished else "-",
            counted(line.finished.updated) if line.finished else "-",
            counted(line.finished.deleted) if line.finished else "-",
            counted(line.finished.left_out) if line.finished else "-",
            line.state.value,
        )
        for line in view.tables.values()
    ]
    if rows:
        say()
        scoped = any(row[_HEADERS.index("left out")] not in {"0", "-"} for row in rows)
        expendable = ("method",) if scoped else ("method", "left out")
        show_grid(_HEADERS, rows, numbers=_NUMBERS, below=_BELOW, expendable=expendable)
    finished = view.finished
    if finished is None:
        return
    if rows or finished.state is not RunState.CANCELLED:
        say(
            f"{some(finished.rows_changed, 'row')} changed, with "
            f"{some(finished.requests, 'request')} in {duration(finished.seconds)}."
        )
    if not_due := not_due_of(finished.tables):
        say(not_due)
    if rows:
        say(f"The data is in {request.destination}, dataset {request.dataset}.")
        if finished.state is RunState.CANCELLED:
            return  # its message says what to do
        if command := next_command(finished, request):
            say("Next:")
            show_command(command)


def next_command(finished: RunFinished, request: RunRequest) -> str:
    """What a person is likely to want now; empty where only a tool of theirs shows the rows."""
    if finished.state is not RunState.SUCCEEDED:
        return f"{this_command()} runs {finished.run_id}"
    read = (name for name, told in finished.tables.items() if told.get("rows_read"))
    table = next(read, "lists")
    return command_of(look(request.destination, request.dataset, table))


def show_message(finished: RunFinished, view: RunView) -> None:
    """What went wrong, on standard error: the run first, then its tables, each sentence once.

    That a table was not read to its end is no news where the run was stopped.
    """
    if finished.said:
        warn(whole(finished.said))
    alike: dict[tuple[str, Said], list[str]] = {}
    for line in view.tables.values():
        ended = line.finished
        if ended is not None and ended.state is not TableState.DONE and ended.said:
            alike.setdefault((ended.state.value, ended.said), []).append(ended.table)
    for (state, said), names in alike.items():
        if said != NOT_READ or finished.state is not RunState.CANCELLED:
            warn(f"{', '.join(names)}: {state}. {whole(said)}")
