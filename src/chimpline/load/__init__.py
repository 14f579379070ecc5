"""Destinations: Arrow batches in, one transaction a commit, and a ledger of what was proven.

`contract` says what each of them promises. Opening is here; it loads a driver only for the kind of
destination that the URL names, so that importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import SettingsError
from chimpline.load.locate import DuckDBFile, locate

if TYPE_CHECKING:
    from chimpline.load.contract import Destination

__all__ = ["open_destination"]


def open_destination(url: str, dataset: str, *, read_only: bool = False) -> Destination:
    """Open `dataset` at `url`, and create what is missing.

    With `read_only` nothing is created or changed, and what is missing reads as empty.
    """
    place = locate(url, dataset)
    if isinstance(place, DuckDBFile):
        from chimpline.load.duckdb.session import DuckDBSession
        from chimpline.load.sql_destination import SqlDestination

        return SqlDestination(DuckDBSession(place, read_only=read_only), read_only=read_only)
    try:
        from chimpline.load.postgres.session import PostgresSession
    except ModuleNotFoundError:
        raise SettingsError(
            "The driver for PostgreSQL is not installed.",
            do="Install it with: pip install 'chimpline[postgres]'.",
        ) from None
    from chimpline.load.sql_destination import SqlDestination

    return SqlDestination(PostgresSession(place, read_only=read_only), read_only=read_only)
