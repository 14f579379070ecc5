"""The groups that tables are shown in, by their titles."""

from __future__ import annotations

from chimpline.catalog.rows import GROUPS
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.message import Message


def groups() -> dict[str, list[Table]]:
    """The tables of each group, in the catalog's order; each table is in one."""
    return {
        catalogue().words(Message(title)): [tables()[row.name] for row in rows]
        for title, rows in GROUPS.items()
    }
