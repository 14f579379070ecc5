"""Reading a DuckDB file for people: read-only, without files or network, and locked so.

Every way out of the file is closed before a statement is looked at: external access is off, no
extension is loaded, and no setting can be changed any more.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from chimpline.errors import UserError
from chimpline.load.duckdb.errors import check_file, translated
from chimpline.load.reading import (
    AT_ONCE,
    BOOLEAN,
    JSON,
    NUMBER,
    TEXT,
    TIME,
    Answer,
    Cell,
    Column,
    Limits,
    Question,
    SqlRefused,
    cut,
    gathered,
    refused_by_database,
)
from chimpline.load.sql import quote

if TYPE_CHECKING:
    from chimpline.load.duckdb import DuckDBFile

_KINDS = {
    "BOOLEAN": BOOLEAN,
    "JSON": JSON,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT"), NUMBER),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), NUMBER),
    "DOUBLE": NUMBER,
    "TIMESTAMP WITH TIME ZONE": TIME,
    "TIMESTAMP": TIME,
}
_SCHEMA = (
    "SELECT catalog_name, schema_name FROM information_schema.schemata "
    "WHERE catalog_name = current_database() AND lower(schema_name) = lower($1)"
)


class DuckDBReader:
    def __init__(self, place: DuckDBFile, limits: Limits, *, trusted: bool) -> None:
        self._limits, self._trusted = limits, trusted
        check_file(place.path, read_only=True)
        if not place.path.exists():
            raise UserError("data-nothing-landed")
        config: dict[str, Any] = {
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_unsigned_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": f"{limits.memory_mb}MB",
            "threads": limits.threads,
            "temp_directory": limits.temporary,
            "max_temp_directory_size": f"{limits.spill_mb}MB",
        }
        with translated(place.path):
            self._connection = duckdb.connect(str(place.path), read_only=True, config=config)
            self._connection.execute("SET TimeZone = 'UTC'")
            self._connection.execute("SET enable_progress_bar = false")
            found = self._connection.execute(_SCHEMA, [place.dataset]).fetchall()
            if not found:
                raise UserError("data-nothing-landed")
            self._connection.execute(f"USE {quote(found[0][0])}.{quote(found[0][1])}")
            self._connection.execute("SET lock_configuration = true")

    def answer(self, question: Question) -> Answer:
        try:
            if not self._trusted:
                self._refuse_all_but_one_that_reads(question.sql)
            found = self._connection.execute(question.sql, list(question.values))
            columns = [Column(one[0], _kind(str(one[1]))) for one in found.description or ()]
            return gathered(columns, self._lots(found), self._limits)
        except duckdb.Error as error:
            raise refused_by_database(error) from None
        except MemoryError:
            raise SqlRefused("data-sql-memory") from None
        except UnicodeError:
            raise SqlRefused("data-sql-empty") from None

    def _refuse_all_but_one_that_reads(self, sql: str) -> None:
        statements = self._connection.extract_statements(sql)
        if len(statements) != 1:
            raise SqlRefused("data-sql-one")
        if statements[0].type != duckdb.StatementType.SELECT:
            raise SqlRefused("data-sql-read-only")

    def _lots(self, found: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Sequence[Cell]]]:
        while lot := found.fetchmany(AT_ONCE):
            yield [[_cell(cell) for cell in row] for row in lot]

    def close(self) -> None:
        self._connection.close()


def _kind(type_name: str) -> str:
    if type_name.endswith(("[]", ")")) and not type_name.startswith("DECIMAL"):
        return JSON
    return NUMBER if type_name.startswith("DECIMAL") else _KINDS.get(type_name, TEXT)


def _cell(value: Any) -> Cell:
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if value - value == 0 else str(value)  # JSON has no infinity
        case decimal.Decimal():
            return float(value)
        case str():
            return cut(value)
        case dt.datetime():
            return (value.astimezone(dt.UTC) if value.tzinfo else value).isoformat()
        case bytes():
            return cut(value.hex())
        case list() | dict() | tuple():
            return cut(json.dumps(value, ensure_ascii=False, default=str))
        case _:
            return cut(str(value))
