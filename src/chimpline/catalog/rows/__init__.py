"""The rows of the catalog, a module for each part of the API; parents stand before their children."""

from __future__ import annotations

from chimpline.catalog.rows import (
    account,
    audiences,
    campaigns,
    contacts,
    ecommerce,
    reporting,
    reports,
)

ROWS = (
    *account.ROWS,
    *audiences.ROWS,
    *contacts.ROWS,
    *campaigns.ROWS,
    *reports.ROWS,
    *reporting.ROWS,
    *ecommerce.ROWS,
)
