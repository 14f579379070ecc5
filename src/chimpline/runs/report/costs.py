"""What a first read of a table takes, by the rows that a dataset has of what it hangs below."""

from __future__ import annotations

from collections.abc import Mapping

from chimpline.api.paging import LARGEST_PAGE
from chimpline.catalog.table import Table
from chimpline.extract.plan import number
from chimpline.load.contract import Destination
from chimpline.model import Scope


def first_requests(table: Table, rows: Mapping[str, int], destination: Destination) -> int | None:
    """About how many requests a first read of a table takes; None where that is not known.

    `rows`: how many live ones each table has, of those that are landed.
    """
    own, parent = _pages(rows.get(table.name, 0)), table.parent
    if parent is None:
        return max(own, 1)
    if parent.name not in rows:
        return None
    if not table.row.expects:
        return max(rows[parent.name], own)
    above = destination.cells(parent.schema, Scope(), list(table.row.expects)).to_pylist()
    return sum(max(_pages(sum(map(number, row.values()))), 1) for row in above if table.takes(row))


def _pages(records: int) -> int:
    return -(-records // LARGEST_PAGE)
