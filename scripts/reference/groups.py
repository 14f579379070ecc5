"""The groups that tables are shown in: the modules of the catalog's rows."""

from __future__ import annotations

from types import ModuleType

from chimpline.catalog.rows import (
    account,
    audiences,
    campaigns,
    contacts,
    ecommerce,
    reporting,
    reports,
)
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables

GROUPS: dict[str, ModuleType] = {
    "Account": account,
    "Audiences": audiences,
    "Contacts (beta)": contacts,
    "Campaigns": campaigns,
    "Reports of campaigns": reports,
    "Reports of pages, surveys and ads": reporting,
    "Stores": ecommerce,
}


def groups() -> dict[str, list[Table]]:
    """The tables of each group, in the catalog's order; each table is in one."""
    found = {title: [tables()[row.name] for row in module.ROWS] for title, module in GROUPS.items()}
    shown = {table.name for of in found.values() for table in of}
    if lost := [name for name in tables() if name not in shown]:
        raise LookupError(f"{', '.join(lost)}: add their module to GROUPS in {__file__}")
    return found


def above(table: Table) -> Table | None:
    """The table that one hangs below: its host or its parent."""
    return table.host or table.parent
