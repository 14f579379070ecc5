"""Of which tables the past can be kept, and how."""

from __future__ import annotations

from collections.abc import Iterator

from chimpline.catalog.row import Changed, Events
from chimpline.catalog.selected import of_people
from chimpline.catalog.table import Table
from chimpline.message import Message
from chimpline.model import History


def history_refused(table: Table, kind: History) -> Message | None:
    """Why the past of a table cannot be kept so; None where it can.

    Events never change. As many rows as there are people, again each day, are more than anybody
    asks for: the versions of these say the same.
    """
    if isinstance(table.reading, Events):
        return Message("history-of-events")
    if kind is History.DAILY and any(of_people(one) or _moves(one) for one in _above(table)):
        return Message("history-daily-of-people")
    return None


def _moves(table: Table) -> bool:
    return isinstance(table.reading, Changed)


def _above(table: Table) -> Iterator[Table]:
    """The table, and those whose rows tell whose its own are."""
    one: Table | None = table
    while one is not None:
        yield one
        one = one.above
