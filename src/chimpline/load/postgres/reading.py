"""Reading a schema of PostgreSQL for people: one statement inside BEGIN READ ONLY.

Questions of anybody are asked under a role of their own, which may read the dataset and nothing
else, as the query of a cursor: that takes a single query that reads, by the grammar of the server.
Functions that the server calls volatile are refused by name, wherever the name stands: they take
locks, change settings, end sessions, read files, or run a text as a statement.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote as percent
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import pq

from chimpline.errors import DestinationUnavailable, UserError
from chimpline.load.postgres import NO_FILE
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
from chimpline.redact import redact, register

if TYPE_CHECKING:
    from chimpline.load.postgres import PostgresDatabase

_KINDS = {
    16: BOOLEAN,
    **dict.fromkeys((114, 3802), JSON),
    **dict.fromkeys((20, 21, 23, 26, 700, 701, 1700), NUMBER),
    **dict.fromkeys((1114, 1184), TIME),
}
_THERE = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s"
_NOT_A_READER = """
SELECT 1 FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user AND (
    r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid)
    OR has_schema_privilege(%(dataset)s, 'CREATE')
    OR EXISTS (
        SELECT 1 FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = %(dataset)s AND c.relkind IN ('r', 'v', 'p', 'm')
        AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')))
"""
_ACTS = """
SELECT DISTINCT proname FROM pg_catalog.pg_proc
WHERE provolatile = 'v' AND lower(proname) = ANY(%s)
"""
# They are volatile in that each call has another value.
_HARMLESS = {"random", "random_normal", "clock_timestamp", "timeofday", "gen_random_uuid"}
_WORD = re.compile(r'[^\W\d][\w$]*|"(?:[^"]|"")*"')
_CURSOR = "chimpline_reader"
_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


class PostgresReader:
    def __init__(self, place: PostgresDatabase, limits: Limits, *, trusted: bool) -> None:
        self._limits, self._trusted = limits, trusted
        self._connection = connected(place)
        try:
            self._settle(place)
            problem = self._problem(place.dataset)
        except psycopg.Error as error:
            self._connection.close()
            raise refused_by_database(error) from None
        if problem is not None:
            self._connection.close()
            raise UserError(problem)

    def _settle(self, place: PostgresDatabase) -> None:
        for setting, value in (
            ("statement_timeout", f"{int(self._limits.seconds * 1000)}ms"),
            ("lock_timeout", "2s"),
            ("TimeZone", "UTC"),
            ("DateStyle", "ISO"),
            ("search_path", quote(place.dataset)),
            ("default_transaction_read_only", "on"),
            ("row_security", "off"),
            ("standard_conforming_strings", "on"),
        ):
            self._connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
        with contextlib.suppress(psycopg.Error):  # not every platform has it
            self._connection.execute("SET client_connection_check_interval = '1s'")

    def _problem(self, dataset: str) -> str | None:
        """Why this dataset cannot be read so."""
        if not self._connection.execute(_THERE, (dataset,)).fetchone():
            return "data-nothing-landed"
        if self._trusted:
            return None
        found = self._connection.execute(_NOT_A_READER, {"dataset": dataset}).fetchone()
        return "data-reader-may-more" if found else None

    def answer(self, question: Question) -> Answer:
        try:
            if not self._trusted:
                self._refuse_what_acts(question.sql)
            self._connection.execute("BEGIN READ ONLY")
            try:
                return self._read(question)
            finally:
                self._connection.execute("ROLLBACK")
        except psycopg.Error as error:
            raise refused_by_database(error) from None

    def _read(self, question: Question) -> Answer:
        """By the extended protocol, which takes one statement."""
        body = question.sql.strip().rstrip(";")
        declared = f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR\n{body}"
        values = [value.encode() for value in question.values]
        self._done(self._connection.pgconn.exec_params(_coded(declared), values))
        columns: list[Column] = []
        return gathered(columns, self._lots(columns), self._limits)

    def _lots(self, columns: list[Column]) -> Iterator[Sequence[Sequence[Cell]]]:
        """Lots of rows; the first one tells the `columns`."""
        fetch = f"FETCH {AT_ONCE} FROM {_CURSOR}".encode()
        while True:
            lot = self._done(self._connection.pgconn.exec_params(fetch, []))
            places = range(lot.nfields)
            if not columns:
                for i in places:
                    name = (lot.fname(i) or b"").decode(errors="replace")
                    columns.append(Column(name, _KINDS.get(lot.ftype(i), TEXT)))
            if not lot.ntuples:
                return
            yield [
                [_cell(lot.get_value(row, i), columns[i].kind) for i in places]
                for row in range(lot.ntuples)
            ]

    def _done(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status not in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
            said = (result.error_message or b"").decode(errors="replace")
            told = _LINE.sub(lambda at: f"LINE {int(at[1]) - 1}:", said)  # the first is ours
            raise refused_by_database(psycopg.Error(told))
        return result

    def _refuse_what_acts(self, sql: str) -> None:
        if "\0" in sql or re.search(r'u&"', sql, re.IGNORECASE):
            raise SqlRefused("data-sql-read-only")
        words = {
            word[1:-1].replace('""', '"').lower() if word[0] == '"' else word.lower()
            for word in _WORD.findall(sql)
        }
        # Within a quoted name or a text, too: what is a text here may be a statement there.
        words |= {word.lower() for word in re.findall(r"\w+", sql)}
        found = self._connection.execute(_ACTS, (sorted(words - _HARMLESS),)).fetchall()
        if found:
            raise SqlRefused("data-sql-function", names=sorted(name for (name,) in found))

    def close(self) -> None:
        self._connection.close()


def connected(place: PostgresDatabase) -> psycopg.Connection:
    """A connection of psycopg, where nothing is a transaction that does not say so."""
    register(place.password or os.environ.get("PGPASSWORD", ""))
    try:
        return psycopg.connect(
            place.uri,
            autocommit=True,
            connect_timeout=5,
            application_name="chimpline, a page of the console",
            client_encoding="utf-8",
            password=place.password,
            passfile=NO_FILE if place.password == "" else None,
        )
    except psycopg.Error as error:
        why = cut(redact(str(error)).strip(), 300)
        raise DestinationUnavailable("data-cannot-connect", place=place.shown, why=why) from None


def under(uri: str, role: str) -> str:
    """The same database, for another role."""
    parts = urlsplit(uri)
    host = parts.netloc.rpartition("@")[2]
    options = [pair for pair in parts.query.split("&") if not pair.startswith("user=")]
    netloc = f"{percent(role, safe='')}@{host}"
    return urlunsplit(parts._replace(netloc=netloc, query="&".join(options)))


def _coded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise SqlRefused("data-sql-empty") from None


def _cell(value: bytes | None, kind: str) -> Cell:
    if value is None:
        return None
    text = value.decode(errors="replace")
    if kind == BOOLEAN:
        return text == "t"
    if kind == NUMBER:
        for form in (int, float):
            with contextlib.suppress(ValueError):
                number = form(text)
                return number if number - number == 0 else text
    if kind == TIME:
        with contextlib.suppress(ValueError):
            return dt.datetime.fromisoformat(text).isoformat()
    return cut(text)
