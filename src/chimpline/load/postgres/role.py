"""The role that may read one dataset and nothing else: its grants, to be read or carried out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from chimpline.load.sql import quote

if TYPE_CHECKING:
    from chimpline.load.postgres import PostgresDatabase


def reader_of(dataset: str) -> str:
    """The name of the role."""
    return f"chimpline_reader_{hashlib.sha256(dataset.encode()).hexdigest()[:8]}"


def grants(dataset: str, lands: str = "") -> list[str]:
    """What makes the role what it is; its password is set apart.

    `lands`: the user who makes the tables, where somebody else may carry this out.
    """
    role, schema = quote(reader_of(dataset)), quote(dataset)
    whose = f"FOR ROLE {quote(lands)} " if lands else ""
    return [
        f"ALTER ROLE {role} LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 8",
        f"ALTER ROLE {role} SET default_transaction_read_only = on",
        f"ALTER ROLE {role} SET statement_timeout = '10s'",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"ALTER DEFAULT PRIVILEGES {whose}IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role}",
    ]


def make(place: PostgresDatabase, password: str) -> None:
    """Make the role, or make it right; the server is sent a hash of its password."""
    import psycopg

    from chimpline.load.postgres.reading import connected
    from chimpline.load.reading import refused_by_database

    role = reader_of(place.dataset)
    try:
        with connected(place) as connection, connection.transaction():
            found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
            if not found.fetchone():
                connection.execute(f"CREATE ROLE {quote(role)}".encode())
            sealed = connection.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            ).decode()
            connection.execute(f"ALTER ROLE {quote(role)} PASSWORD '{sealed}'".encode())
            for grant in grants(place.dataset):
                connection.execute(grant.encode())
    except psycopg.Error as error:
        raise refused_by_database(error) from None
