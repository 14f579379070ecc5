"""The rows of the catalog, a module for each part of the API; parents stand before their children."""

from __future__ import annotations

from chimpline.catalog.rows import account, audiences, campaigns, ecommerce, reporting, reports

ROWS = (
    *account.ROWS,
    *audiences.ROWS,
    *campaigns.ROWS,
    *reports.ROWS,
    *reporting.ROWS,
    *ecommerce.ROWS,
)
