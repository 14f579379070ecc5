"""The groups that tables are shown in: the modules of the catalog's rows, in their order."""

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
"""The rows of each, by the kind of message that names it."""
