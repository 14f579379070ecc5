"""PostgreSQL over one ADBC connection: the ingest, the merge and the ledger share a transaction.

ADBC (driver manager and driver, without its DB-API layer) takes Arrow by binary COPY into a
temporary table, and runs every other statement too: what a second connection (psycopg) wrote would
not be part of the same transaction. A session that writes holds its dataset (`postgres.lock`).

The merge looks every row up by the key's index whatever the planner would think of the temporary
table, since a scan of the whole table would grow with it; rows that are equal are not touched.
"""

from __future__ import annotations

import datetime as dt
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent
from urllib.parse import urlsplit

import adbc_driver_manager as adbc
import adbc_driver_postgresql
import pyarrow as pa

from chimpline.errors import (
    DestinationError,
    DestinationUnavailable,
)
from chimpline.load.contract import Capabilities
from chimpline.load.names import MAX_IDENTIFIER_BYTES
from chimpline.load.postgres import NO_FILE
from chimpline.load.postgres.catalog import PostgresCatalog
from chimpline.load.postgres.dialect import dialect
from chimpline.load.postgres.errors import translated, translated_on_connecting
from chimpline.load.postgres.lock import hold, let_go, name_of_this_process
from chimpline.load.postgres.text import storable
from chimpline.load.sql import IS_NEW, Merged, listed, quote, same, utc
from chimpline.load.upkeep.refusals import refuse_what_fell
from chimpline.model import DELETED_AT, SYNCED_AT, Column, ColumnType, TableSchema
from chimpline.redact import register

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chimpline.load.postgres import PostgresDatabase
    from chimpline.load.upkeep.stored import Catalog

_CONNECT_TIMEOUT_S = 15
# A dead line is noticed within a minute or so instead of hours; what the URL says goes before.
_KEEP_ALIVE = {
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # ms
}
_ALIKE = """
SELECT n.nspname::text FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_class AS c
ON c.relnamespace = n.oid WHERE c.relname = '_chimpline_dataset' AND lower(n.nspname) = lower($1)
"""
_ROWS = "_chimpline_rows"
_DEFAULTS = (
    "SET TimeZone = 'UTC'",
    "SET client_min_messages = warning",
    "SET standard_conforming_strings = on",
    "SET statement_timeout = 0",
    # A policy that hides rows makes an error, not a smaller answer.
    "SET row_security = off",
    "SET jit = off",  # it would compile each statement of a commit anew
    # The server lets go of a client that is no more, and with it of the lock on the dataset.
    "SET tcp_keepalives_idle = 60",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 6",
    "SET idle_in_transaction_session_timeout = '10min'",
)
# Not every version and platform has these: the server notices a client that is gone in the middle
# of a statement too, and gives up on one that takes no answer.
_WHERE_KNOWN = ("SET client_connection_check_interval = '2s'", "SET tcp_user_timeout = 120000")
# Of a statement: somebody may be rebuilding an index, or reading a table that is to be altered.
_LOCK_TIMEOUT = "SET lock_timeout = '5min'"
# Without figures the planner was seen to compare each of 200,000 keys with each other one. The
# merge does without them.
_WORTH_ANALYZING = 50
_BY_INDEX = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")


class PostgresSession:
    capabilities = Capabilities(views=True, max_identifier_bytes=MAX_IDENTIFIER_BYTES)

    def __init__(self, place: PostgresDatabase, *, read_only: bool) -> None:
        self._place = place
        self._closed = False
        self.catalog: Catalog = PostgresCatalog(self.rows)
        with translated_on_connecting(place.shown):
            self._database = adbc_driver_postgresql.connect(_with_settings(place))
            try:
                self._connection = adbc.AdbcConnection(self._database)
            except BaseException:
                self._database.close()
                raise
        try:
            for statement in _DEFAULTS:
                self.run(statement)
            for setting in _WHERE_KNOWN:
                with suppress(DestinationError):
                    self.run(setting)
            if not read_only:
                hold(self, place.dataset, place.shown)
            self.run(_LOCK_TIMEOUT)
            self.run(f"SET search_path TO {quote(place.dataset)}")
            self.dialect = dialect(self._server_version())
        except BaseException:
            self.close()
            raise

    def _server_version(self) -> int:
        settings = (
            "SELECT current_setting('server_version_num'), current_setting($1), pg_backend_pid()"
        )
        version, encoding, self._backend = self.rows(settings, "server_encoding")[0]
        if encoding != "UTF8":
            raise DestinationError(
                "postgres-encoding",
                database=self._place.shown,
                encoding=encoding,
                kept="kept-nothing-changed",
            )
        return int(version)

    def let_go(self) -> None:
        let_go(_with_settings(self._place), self._backend)

    def exists(self) -> bool:
        named = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1"
        if self.rows(named, self._place.dataset):
            return True
        alike = self.rows(_ALIKE, self._place.dataset)
        if alike:
            raise DestinationError(
                "postgres-dataset-of-another-case",
                database=self._place.shown,
                there=alike[0][0],
                dataset=self._place.dataset,
                kept="kept-nothing-touched",
            )
        return False

    def create(self) -> None:
        self.run(f"CREATE SCHEMA {quote(self._place.dataset)}")

    def run(self, sql: str, *values: object) -> int:
        if values:
            # The driver counts no rows where values are bound.
            return int(
                self.rows(f"WITH t AS ({sql} RETURNING 1) SELECT count(*) FROM t", *values)[0][0]
            )
        with self._statement() as statement:
            statement.set_sql_query(sql)
            touched = statement.execute_update()
        return max(0, int(touched))

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        found = self.arrow(sql, *values)
        columns = [[utc(cell) for cell in column.to_pylist()] for column in found.columns]
        return list(zip(*columns, strict=True))

    def arrow(self, sql: str, *values: object) -> pa.Table:
        with self._statement() as statement:
            statement.set_sql_query(sql)
            if values:
                bound = pa.record_batch(
                    [_bound(value) for value in values], names=[str(i) for i in range(len(values))]
                )
                statement.bind(bound)
            stream, _ = statement.execute_query()
            reader = pa.RecordBatchReader._import_from_c_capsule(stream.__arrow_c_stream__())  # noqa: SLF001
            return reader.read_all()

    def offer(self, name: str, columns: Sequence[Column], rows: pa.Table) -> None:
        self.run(f"DROP TABLE IF EXISTS pg_temp.{quote(name)}")
        types = {**self.dialect.types, ColumnType.JSON: self.dialect.types[ColumnType.TEXT]}
        body = ", ".join(f"{quote(column.name)} {types[column.type]}" for column in columns)
        self.run(f"CREATE TEMP TABLE {quote(name)} ({body}) ON COMMIT DROP")
        with self._statement() as statement:
            statement.set_options(
                **{
                    adbc.StatementOptions.INGEST_TARGET_TABLE.value: name,
                    adbc.StatementOptions.INGEST_MODE.value: "adbc.ingest.mode.append",
                    "adbc.ingest.temporary": "true",
                }
            )
            statement.bind_stream(rows.to_reader())
            statement.execute_update()
        if name != _ROWS and rows.num_rows > _WORTH_ANALYZING:
            self.run(f"ANALYZE pg_temp.{quote(name)}")

    def read_whole_tables(self) -> None:
        self.run("SET LOCAL enable_nestloop = off")

    def hold(self, name: str, query: str) -> None:
        self.let_go_of(name)
        self.run(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}")

    def let_go_of(self, name: str) -> None:
        self.run(f"DROP TABLE IF EXISTS pg_temp.{name}")

    def pieces(self, target: str, places: str) -> list[str]:  # noqa: ARG002
        return [f"ctid IN ({places})"]

    def storable(self, columns: Sequence[Column], rows: pa.Table) -> pa.Table:
        return storable(columns, rows)

    def merge(
        self,
        table: TableSchema,
        kept: Sequence[str],  # noqa: ARG002 - an update leaves them alone
        rows: pa.Table,
        synced_at: dt.datetime,
        *,
        handed: str | None = None,
    ) -> Merged:
        target, key = quote(table.name), table.primary_key
        names = [column.name for column in table.columns]
        cells = {
            c.name: f"s.{quote(c.name)}" + ("::jsonb" if c.type is ColumnType.JSON else "")
            for c in table.columns
        }
        shown = ", ".join(f"{cells[name]} AS {quote(name)}" for name in names)
        others = [name for name in names if name not in key]
        self.offer(_ROWS, table.columns, rows)
        # What a person made a default of must not fill a column of ours.
        filled = (
            f"INSERT INTO {target} ({listed(names)}, {quote(SYNCED_AT)}, {quote(DELETED_AT)}) "
            f"SELECT {', '.join(cells[name] for name in names)}, $1, NULL FROM {_ROWS} AS s"
        )
        if not self.rows(f"SELECT 1 FROM {target} LIMIT 1"):
            refuse_what_fell(self.catalog, table.name, rows.num_rows, self.run(filled, synced_at))
            if handed is not None:
                self.hold(handed, f"SELECT {shown}, TRUE AS {IS_NEW} FROM {_ROWS} AS s")
            merged = Merged(rows.num_rows, 0, rows.num_rows)
        else:
            for setting in _BY_INDEX:
                self.run(f"SET LOCAL {setting} = off")
            came_back = f"t.{quote(DELETED_AT)} IS NOT NULL"
            differs = [f"{cells[name]} IS DISTINCT FROM t.{quote(name)}" for name in others]
            self.run(
                "CREATE TEMP TABLE _chimpline_changed ON COMMIT DROP AS "
                f"SELECT s.ctid AS stage_id, t.ctid AS row_id, {came_back} AS came_back "
                f"FROM {_ROWS} AS s LEFT JOIN {target} AS t ON {same(key, 's', 't')} "
                f"WHERE t.{quote(SYNCED_AT)} IS NULL OR {' OR '.join([came_back, *differs])}"
            )
            changed, met, back = self.rows(
                "SELECT count(*), count(row_id), count(*) FILTER (WHERE came_back) "
                "FROM _chimpline_changed"
            )[0]
            if handed is not None:
                self.hold(
                    handed,
                    f"SELECT DISTINCT ON (c.stage_id) {shown}, c.row_id IS NULL OR c.came_back "
                    f"AS {IS_NEW} FROM _chimpline_changed AS c JOIN {_ROWS} AS s "
                    "ON s.ctid = c.stage_id ORDER BY c.stage_id, c.came_back DESC",
                )
            if met:
                assigned = "".join(f"{quote(name)} = {cells[name]}, " for name in others)
                updated = self.run(
                    f"UPDATE {target} AS t SET {assigned}{quote(SYNCED_AT)} = $1, "
                    f"{quote(DELETED_AT)} = NULL FROM _chimpline_changed AS c "
                    f"JOIN {_ROWS} AS s ON s.ctid = c.stage_id WHERE t.ctid = c.row_id",
                    synced_at,
                )
                refuse_what_fell(self.catalog, table.name, met, updated)
            written = 0
            if changed - met == rows.num_rows:
                written = self.run(filled, synced_at)
            elif changed > met:
                written = self.run(
                    f"{filled} JOIN _chimpline_changed AS c ON s.ctid = c.stage_id "
                    "WHERE c.row_id IS NULL",
                    synced_at,
                )
            refuse_what_fell(self.catalog, table.name, changed - met, written)
            for setting in _BY_INDEX:
                self.run(f"SET LOCAL {setting} TO DEFAULT")
            self.run("DROP TABLE _chimpline_changed")
            merged = Merged(changed - met + back, met - back, changed - met)
        self.run(f"DROP TABLE {_ROWS}")
        return merged

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._refuse_if_closed()
        with translated(self._place.shown):
            self._connection.set_autocommit(False)
        try:
            yield
            with translated(self._place.shown):
                self._connection.commit()
        except BaseException:
            with suppress(adbc.Error):
                self._connection.rollback()
            raise
        finally:
            with suppress(adbc.Error):
                self._connection.set_autocommit(True)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise DestinationUnavailable("postgres-closed", database=self._place.shown)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with suppress(adbc.Error):
                self._connection.close()
            with suppress(adbc.Error):
                self._database.close()

    @contextmanager
    def _statement(self) -> Iterator[Any]:
        self._refuse_if_closed()
        with translated(self._place.shown):
            statement = adbc.AdbcStatement(self._connection)
            try:
                yield statement
            finally:
                with suppress(adbc.Error):
                    statement.close()


def _with_settings(place: PostgresDatabase) -> str:
    """What libpq is given: the URL, a name, a time limit, and the password where we have one."""
    parts = urlsplit(place.uri)
    settings = {"client_encoding": "UTF8", "fallback_application_name": name_of_this_process()}
    if "connect_timeout" not in parts.query and "PGCONNECT_TIMEOUT" not in os.environ:
        settings["connect_timeout"] = str(_CONNECT_TIMEOUT_S)
    settings |= {name: value for name, value in _KEEP_ALIVE.items() if name not in parts.query}
    register(os.environ.get("PGPASSWORD", ""))  # which libpq reads by itself
    if place.password is not None:
        register(place.password)
        settings["password"] = place.password
    if place.password == "":
        settings["passfile"] = NO_FILE
    added = "&".join(f"{key}={percent(value, safe='')}" for key, value in settings.items())
    return f"{place.uri}{'&' if parts.query else '?'}{added}"


def _bound(value: object) -> pa.Array:
    if isinstance(value, dt.datetime):
        return pa.array([value], pa.timestamp("us", tz="UTC"))
    return pa.array([value])
