"""Which tables a test reads that is about none in particular: one of each kind of reading.

What holds *every* table to the account names `ALL`, or asks for `tables=None`: first and second
runs, full refreshes, kinds of change, kept stories. So a further table of a kind that is
there costs the others nothing, and one of a new kind comes in by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from chimpline.catalog.table import Table
from chimpline.catalog.tables import select
from tests.acceptance.destinations import ALL

OFTEN_CHANGED = ("campaigns", "unsubscribes", "reports_sent_to", "list_member_permissions")
"""Of kinds that others have as well; many tests delete a campaign, or let somebody leave by one."""


def kind_of(table: Table) -> tuple[object, ...]:
    """What the engine reads differently."""
    row = table.row
    return (
        type(row.reading).__name__,
        len(list(above(table))),
        len(row.ask),
        row.gate is not None,
        bool(row.expects),
        row.undercounts,
        row.stands_in is not None,
    )


def above(table: Table) -> Iterator[Table]:
    """Its parent, and so on."""
    while table.parent:
        table = table.parent
        yield table


def _representative() -> Iterator[str]:
    met: set[tuple[object, ...]] = set()
    for table in select(None):
        if kind_of(table) not in met:
            met.add(kind_of(table))
            yield table.name
            yield from (one.name for one in above(table))
    yield from OFTEN_CHANGED


_CHOSEN = frozenset(_representative())
READ = tuple(table for table in ALL if table in _CHOSEN)
"""Each with its parents."""

OTHERS = tuple(table for table in ALL if table not in _CHOSEN)
