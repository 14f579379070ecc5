"""One writer at a time for a dataset in PostgreSQL, wherever it runs.

The session holds an advisory lock for as long as it lives, and the server frees it with the
session: at once when the process dies, and when its machine does, as soon as keepalives go
unanswered. The lock file of a state directory keeps out runs of one machine, and sooner.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import adbc_driver_manager as adbc
import adbc_driver_postgresql
import pyarrow as pa

from chimpline.errors import DestinationLocked
from chimpline.message import Message

if TYPE_CHECKING:
    from chimpline.load.sql import Session

_LONGEST_NAME = 63
"""Bytes of `application_name`; the server cuts off the rest."""

# A writer that was killed is gone once the server has finished the statement it was at.
WAITED_FOR_S = 5

_HOLDER = """
SELECT a.application_name, host(a.client_addr), a.backend_start
FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended($1, 0)
"""

_LET_GO = (
    "SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity "
    "WHERE pid = {} AND wait_event_type = 'Lock'"
)


def name_of_this_process() -> str:
    """What the server's list of sessions, and whoever is refused, call this one."""
    name = f"chimpline, process {os.getpid()} on {socket.gethostname()}"
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")


def hold(session: Session, dataset: str, shown: Message) -> None:
    """Take the lock of a dataset; raises `DestinationLocked`, naming who has it."""
    key = f"chimpline/{dataset}"
    session.run(f"SET lock_timeout = '{WAITED_FOR_S}s'")
    try:
        session.rows("SELECT pg_advisory_lock(hashtextextended($1, 0)) IS NULL AS held", key)
    except DestinationLocked:
        raise DestinationLocked(
            "postgres-dataset-held",
            dataset=dataset,
            database=shown,
            holder=_holder(session, key),
            kept="kept-nothing-touched",
        ) from None


def let_go(uri: str, backend: int) -> None:
    """Break off the statement of this session if it waits for a lock, by a connection of its own.

    Where that cannot be made, the statement waits on.
    """
    with (
        suppress(adbc.Error, pa.ArrowException, OSError),
        adbc_driver_postgresql.connect(uri) as database,
        adbc.AdbcConnection(database) as connection,
        adbc.AdbcStatement(connection) as statement,
    ):
        statement.set_sql_query(_LET_GO.format(int(backend)))
        stream, _ = statement.execute_query()
        pa.RecordBatchReader._import_from_c_capsule(stream.__arrow_c_stream__()).read_all()  # noqa: SLF001


def _holder(session: Session, key: str) -> Message:
    another = Message("postgres-another-session")
    for name, address, since in session.rows(_HOLDER, key):
        # Only the name is shown to every user of the server.
        at = f"{since:%Y-%m-%d %H:%M:%S}" if since else None
        return Message.of(
            "postgres-holder",
            name=name or another,
            place=Message.of("postgres-holder-from", address=address) if address else None,
            when=Message.of("postgres-holder-since", since=at) if at else None,
        )
    return another
