"""DuckDB: one file, one connection, Arrow read in place.

Tables carry no primary key: an index makes every write several times dearer, and the merge keeps
keys distinct by itself. Changed rows are deleted by row id and inserted anew. First only the keys
are joined, so that a first load compares no cells, and then only the rows that were met, in pieces
where they are heavy. JSON is compared as text: another order of members is a change.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import duckdb

from chimpline.errors import DestinationLocked
from chimpline.load.contract import Capabilities
from chimpline.load.duckdb.catalog import DuckDBCatalog
from chimpline.load.duckdb.dialect import DIALECT
from chimpline.load.duckdb.errors import check_file, is_only_read, translated
from chimpline.load.duckdb.pieces import AT_ONCE, HEAVY_ROW, piece, pieces
from chimpline.load.names import MAX_IDENTIFIER_BYTES
from chimpline.load.sql import IS_NEW, Merged, listed, quote, same, utc
from chimpline.model import DELETED_AT, SYNCED_AT, Column, ColumnType, TableSchema
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
        if not sql.startswith(_DEFINES_NOTHING):
            self._catalog.forget()
        with translated(self._place.path):
            result = self._connection.execute(sql, list(values)).fetchone()
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
        target, key = quote(table.name), table.primary_key
        names = [column.name for column in table.columns]
        self.offer("_chimpline_rows", table.columns, rows)
        cells = ", ".join(
            f"CAST({quote(c.name)} AS JSON) AS {quote(c.name)}"
            if c.type is ColumnType.JSON
            else quote(c.name)
            for c in table.columns
        )
        self.run(f"CREATE OR REPLACE TEMP TABLE _stage AS SELECT {cells} FROM _chimpline_rows")
        self.run(
            "CREATE OR REPLACE TEMP TABLE _met AS SELECT s.rowid AS stage_id, t.rowid AS row_id "
            f"FROM _stage AS s JOIN {target} AS t ON {same(key, 's', 't')}"
        )
        # Nothing in the file keeps a person from writing a key twice: then all rows of it go, and
        # one comes back. Counted as one, they would hide a row that is new.
        pairs, met = self.rows("SELECT count(*), count(DISTINCT stage_id) FROM _met")[0]
        inserted = updated = 0
        twice = ""
        if pairs > met:
            doubled = "SELECT stage_id FROM _met GROUP BY stage_id HAVING count(*) > 1"
            twice = f" OR m.stage_id IN ({doubled})"
        service = f"{quote(SYNCED_AT)}, {quote(DELETED_AT)}"
        if met:
            differing = self._compare(table, kept, twice, rows.nbytes // rows.num_rows)
            if differing:
                changed, back = self.rows(
                    "SELECT count(DISTINCT stage_id), count(DISTINCT stage_id) FILTER (came_back) "
                    "FROM _changed"
                )[0]
                inserted, updated = back, changed - back
                self.run(f"DELETE FROM {target} WHERE rowid IN (SELECT row_id FROM _changed)")
                self.run(
                    f"INSERT INTO {target} ({listed([*names, *kept])}, {service}) "
                    f"SELECT {'DISTINCT ON (c.stage_id) ' if twice else ''}{listed(names, 's.')}"
                    f"{''.join(f', c.kept_{i}' for i in range(len(kept)))}, "
                    "$1, NULL FROM _stage AS s JOIN _changed AS c ON s.rowid = c.stage_id",
                    synced_at,
                )
        fresh_rows = rows.num_rows - met
        if handed is not None:
            self.hold(handed, _written(names, met=bool(met)))
        if fresh_rows:
            fresh = "WHERE s.rowid NOT IN (SELECT stage_id FROM _met)" if met else ""
            inserted += self.run(
                f"INSERT INTO {target} ({listed(names)}, {service}) "
                f"SELECT {listed(names, 's.')}, $1, NULL FROM _stage AS s {fresh}",
                synced_at,
            )
        self.let_go_of("_changed")
        self.run("DROP TABLE _met")
        self.run("DROP TABLE _stage")
        return Merged(inserted, updated, fresh_rows)

    def _compare(
        self, table: TableSchema, kept: Sequence[str], twice: str, bytes_a_row: int
    ) -> int:
        """Make `_changed`: the rows of `_met` that differ, with the kept cells of those stored.

        What is kept gets names of ours there: a person's column may be called `row_id`. Returns
        how many there are.
        """
        target, key = quote(table.name), table.primary_key
        names = [column.name for column in table.columns]
        came_back = f"t.{quote(DELETED_AT)} IS NOT NULL"
        differs = [
            f"s.{quote(name)} IS DISTINCT FROM t.{quote(name)}" for name in names if name not in key
        ]
        keeping = "".join(f", t.{quote(name)} AS kept_{i}" for i, name in enumerate(kept))

        def compared(met: str, stored: str, one: str) -> str:
            return (
                f"SELECT m.stage_id, m.row_id, {came_back} AS came_back{keeping} FROM {met} AS m "
                f"JOIN _stage AS s ON s.rowid = m.stage_id JOIN {stored} AS t ON {one} "
                f"WHERE {' OR '.join([came_back, *differs])}{twice}"
            )

        making = "CREATE OR REPLACE TEMP TABLE _changed AS "
        if bytes_a_row < HEAVY_ROW:
            return self.run(making + compared("_met", target, "t.rowid = m.row_id"))
        places = [row[0] for row in self.rows("SELECT row_id FROM _met ORDER BY row_id")]
        at_once = max(1, AT_ONCE // bytes_a_row)
        differing = 0
        for begin in range(0, len(places), at_once):
            some = places[begin : begin + at_once]
            self.run(
                "CREATE OR REPLACE TEMP TABLE _stored AS "
                f"SELECT {listed([*names, DELETED_AT, *kept])} FROM {target} WHERE {piece(some)}"
            )
            met = f"(SELECT * FROM _met WHERE row_id BETWEEN {some[0]} AND {some[-1]})"
            differing += self.run(making + compared(met, "_stored", same(key, "s", "t")))
            making = "INSERT INTO _changed "
        self.run("DROP TABLE _stored")
        return differing

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


def _written(names: Sequence[str], *, met: bool) -> str:
    """The rows of `_stage` that a merge writes; where none was met, all of them are new."""
    if not met:
        return f"SELECT {listed(names)}, TRUE AS {IS_NEW} FROM _stage"
    return (
        f"SELECT {listed(names, 's.')}, c.stage_id IS NULL OR c.came_back AS {IS_NEW} "
        "FROM _stage AS s LEFT JOIN (SELECT stage_id, bool_or(came_back) AS came_back "
        "FROM _changed GROUP BY stage_id) AS c ON c.stage_id = s.rowid "
        "WHERE c.stage_id IS NOT NULL OR s.rowid NOT IN (SELECT stage_id FROM _met)"
    )


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
