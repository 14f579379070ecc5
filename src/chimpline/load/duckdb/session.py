"""DuckDB: one file, one connection, Arrow read in place.

Tables carry no primary key: an index makes every write several times dearer, and the merge keeps
keys distinct by itself.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import duckdb

from chimpline.errors import DestinationLocked
from chimpline.load.contract import Capabilities
from chimpline.load.duckdb.catalog import DuckDBCatalog
from chimpline.load.duckdb.dialect import DIALECT
from chimpline.load.duckdb.errors import check_file, is_only_read, translated
from chimpline.load.duckdb.merge import merge
from chimpline.load.duckdb.pieces import pieces
from chimpline.load.names import MAX_IDENTIFIER_BYTES
from chimpline.load.sql import Merged, quote, utc
from chimpline.model import Column, TableSchema
from chimpline.private import OTHERS, mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from chimpline.load.duckdb import DuckDBFile
    from chimpline.load.upkeep.stored import Catalog

# A commit needs five times the bytes of its rows and holds at most 24 MB of them (the writer); what
# else there is spills beside the file. All of it is used in time (measured: a run that took 500 MB
# when this was 256 MB took 445 with 160).
_MEMORY_LIMIT = "160MB"
# Its statements are small and follow one another, beside a thread that decodes (measured with two
# cores: a first load of 1,673,600 rows takes 37 s with one thread and 38 with two, and a quiet run
# of a small account 15% less CPU).
_THREADS = 1
# At the default of 16 MB the last, unfinished row group is compressed again and again (measured:
# 20 us a row on a first load, against 14); the log is replayed when a process died.
_CHECKPOINT_AT = "64MB"
# A page of the console reads for ten seconds at most, and none begins while a run goes on.
_READERS_END_WITHIN_S = 20.0
_LOOKED_EVERY_S = 0.05
# Statements after which the tables of the dataset have the shape that they had before.
_DEFINES_NOTHING = (
    *("BEGIN", "COMMIT", "INSERT", "UPDATE", "DELETE"),
    *("CREATE OR REPLACE TEMP ", "DROP TABLE _", "DROP TABLE IF EXISTS temp."),
)
_MAKES = re.compile(r'CREATE TABLE (?P<name>"(?:[^"]|"")+") \(')


class DuckDBSession:
    dialect = DIALECT
    capabilities = Capabilities(views=True, max_identifier_bytes=MAX_IDENTIFIER_BYTES)

    def __init__(self, place: DuckDBFile, *, read_only: bool) -> None:
        self._place = place
        self._dataset = place.dataset
        self._offered: set[str] = set()
        self._catalog = DuckDBCatalog(self.rows)
        self.catalog: Catalog = self._catalog
        config: dict[str, Any] = {
            "memory_limit": _MEMORY_LIMIT,
            "threads": _THREADS,
            "preserve_insertion_order": False,
            "temp_directory": f"{place.path}.tmp",
            "autoinstall_known_extensions": False,  # they would be fetched from the network
            "python_enable_replacements": False,
        }
        check_file(place.path, read_only=read_only)
        path = str(place.path)
        if read_only and not place.path.exists():
            path = ":memory:"
            read_only = False
        else:
            config["checkpoint_threshold"] = _CHECKPOINT_AT
        # Its log and what it spills come and go with the session: they are as closed as the file.
        self._masked = not read_only and _for_us_alone(place.path)
        if self._masked:
            mask.hold()
        try:
            self._connection = _connected(place.path, path, read_only=read_only, config=config)
            with translated(place.path):
                self._connection.execute("SET TimeZone = 'UTC'")
                # Where Python has no script to run, it would be drawn on standard output.
                self._connection.execute("SET enable_progress_bar = false")
                if self.exists():
                    self._use()
        except BaseException:
            self._unmask()
            raise

    def let_go(self) -> None:
        """Nothing waits: who has the file open has it alone."""

    def exists(self) -> bool:
        found = self.rows(
            "SELECT schema_name FROM information_schema.schemata "
            "WHERE catalog_name = current_database() AND lower(schema_name) = lower($1)",
            self._place.dataset,
        )
        if found:
            # `Mailchimp` and `mailchimp` are one to DuckDB, and its catalog knows one spelling.
            self._dataset = str(found[0][0])
        return bool(found)

    def create(self) -> None:
        self.run(f"CREATE SCHEMA {self._qualified()}")
        with translated(self._place.path):
            self._use()

    def _qualified(self) -> str:
        """With the catalog: a file `mailchimp.duckdb` makes a lone "mailchimp" ambiguous."""
        catalog = self.rows("SELECT current_database()")[0][0]
        return f"{quote(catalog)}.{quote(self._dataset)}"

    def _use(self) -> None:
        self._connection.execute(f"USE {self._qualified()}")
        self._catalog.forget()

    def run(self, sql: str, *values: object) -> int:
        made = _MAKES.match(sql)
        if made is None and not sql.startswith(_DEFINES_NOTHING):
            self._catalog.forget()
        with translated(self._place.path):
            result = self._connection.execute(sql, list(values)).fetchone()
        if made is not None:
            self._catalog.made(made["name"])
        return int(result[0]) if result and isinstance(result[0], int) else 0

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with translated(self._place.path):
            # By way of Arrow everything would be bound twice. For times with a zone it needs pytz.
            found = self._connection.execute(sql, list(values)).fetchall()
        return [tuple(utc(cell) for cell in row) for row in found]

    def arrow(self, sql: str, *values: object) -> pa.Table:
        with translated(self._place.path):
            return self._connection.sql(sql, params=list(values)).to_arrow_table()

    def offer(self, name: str, columns: Sequence[Column], rows: pa.Table) -> None:  # noqa: ARG002
        with translated(self._place.path):
            self._connection.register(name, rows)
        self._offered.add(name)

    def read_whole_tables(self) -> None:
        """DuckDB does so by itself."""

    def storable(self, columns: Sequence[Column], rows: pa.Table) -> pa.Table:  # noqa: ARG002
        return rows  # DuckDB holds whatever Arrow does

    def hold(self, name: str, query: str) -> None:
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def pieces(self, target: str, places: str) -> list[str]:
        return pieces(self, target, places)

    def let_go_of(self, name: str) -> None:
        self.run(f"DROP TABLE IF EXISTS temp.{name}")  # never one of theirs

    def merge(
        self,
        table: TableSchema,
        kept: Sequence[str],
        rows: pa.Table,
        synced_at: dt.datetime,
        *,
        handed: str | None = None,
    ) -> Merged:
        return merge(self, table, kept, rows, synced_at, handed=handed)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.run("BEGIN")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            # DuckDB has rolled back by itself where the commit failed; the first error is the one.
            with suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")
            self._catalog.forget()
            raise
        finally:
            self._withdraw()

    def _withdraw(self) -> None:
        for name in self._offered:
            with suppress(duckdb.Error):
                self._connection.unregister(name)
        self._offered.clear()

    def close(self) -> None:
        try:
            with translated(self._place.path):
                self._connection.close()
        finally:
            self._unmask()

    def _unmask(self) -> None:
        if self._masked:
            self._masked = False
            mask.release()


def _for_us_alone(path: Path) -> bool:
    """Whether a file is closed to others, as one that we make; one that is there keeps its mode."""
    try:
        return not path.stat().st_mode & OTHERS
    except OSError:
        return True


def _connected(
    shown: Path, path: str, *, read_only: bool, config: dict[str, Any]
) -> duckdb.DuckDBPyConnection:
    """A connection; who is to write waits for those who only read."""
    patience = time.monotonic() + _READERS_END_WITHIN_S
    while True:
        try:
            with translated(shown):
                return duckdb.connect(path, read_only=read_only, config=config)
        except DestinationLocked:
            if read_only or time.monotonic() > patience or not is_only_read(shown):
                raise
        time.sleep(_LOOKED_EVERY_S)
