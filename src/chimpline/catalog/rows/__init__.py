"""The rows of the catalog, a module for each part of the API; parents stand before their children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chimpline.catalog.row import T
from chimpline.catalog.rows import (
    account,
    audiences,
    campaigns,
    contacts,
    ecommerce,
    reporting,
    reports,
)

GROUPS: Mapping[str, Sequence[T]] = {
    "group-account": account.ROWS,
    "group-audiences": audiences.ROWS,
    "group-contacts": contacts.ROWS,
    "group-campaigns": campaigns.ROWS,
    "group-reports": reports.ROWS,
    "group-reporting": reporting.ROWS,
    "group-stores": ecommerce.ROWS,
}
"""The rows of each group that tables are shown in, by the kind of message that names it."""

ROWS = tuple(row for rows in GROUPS.values() for row in rows)
