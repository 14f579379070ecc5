"""Whether a run could write to a destination, found out without writing: for a dry run."""

from __future__ import annotations

import os
from collections.abc import Collection

from chimpline.errors import DestinationReadOnly
from chimpline.load.ledger import DATASET, RUNS, SLICES, TABLES, VIEWS
from chimpline.load.locate import DuckDBFile, PostgresDatabase, locate

_MAY_CREATE = """
    SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)
           THEN has_schema_privilege($1, 'CREATE')
           ELSE has_database_privilege(current_database(), 'CREATE') END
"""
_TABLES = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = $1"


def check_writable(url: str, dataset: str, tables: Collection[str]) -> None:
    """Raise the `DestinationError` that a run on these tables would meet at its start."""
    place = locate(url, dataset)
    if isinstance(place, DuckDBFile):
        _check_file(place)
    else:
        _check_database(place, {*tables, DATASET, RUNS, SLICES, VIEWS, TABLES})


def _check_file(place: DuckDBFile) -> None:
    from chimpline.load.duckdb.errors import check_file

    check_file(place.path, read_only=False)
    # DuckDB writes a log beside the file.
    for path in (place.path, place.path.absolute().parent):
        if path.exists() and not os.access(path, os.W_OK):
            raise DestinationReadOnly(
                f"{path} cannot be written.",
                kept="Nothing was changed.",
                do="Change its permissions, or name another file.",
            )


def _check_database(place: PostgresDatabase, needed: set[str]) -> None:
    from chimpline.load.postgres.session import PostgresSession

    session = PostgresSession(place, read_only=True)
    try:
        ((may_create,),) = session.rows(_MAY_CREATE, place.dataset)
        there = {name for (name,) in session.rows(_TABLES, place.dataset)}
    finally:
        session.close()
    if not may_create and needed - there:  # who may only write rows can go on where all is made
        raise DestinationReadOnly(
            f"The user may not create tables in schema {place.dataset} of {place.shown}.",
            kept="Nothing was changed.",
            do="Ask the database's owner for the right: GRANT CREATE ON DATABASE (for a new "
            "schema), or GRANT CREATE, USAGE ON SCHEMA (for one that exists).",
        )
