"""Reading for people: what each engine answers, and what it refuses to statements of anybody."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest

from chimpline.errors import ChimplineError, UserError
from chimpline.load import open_destination
from chimpline.load.postgres.role import reader_of
from chimpline.load.reading import Answer, Limits, Question, Reader
from chimpline.load.registry import place_of
from chimpline.service.data.reading import Bounds, Reading, Where
from tests.words import refused

DATASET = "mailchimp"
SHORT = Bounds(seconds=1)
ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 5"


def reader(where: Where, limits: Limits, *, trusted: bool = False) -> Reader:
    kind, place = place_of(where.url, where.dataset, where.secrets)
    return kind.reader(place, limits, trusted=trusted)


def answered(where: Where, tmp_path: Path, sql: str, **bounds: Any) -> Answer:
    limits = dataclasses.replace(Limits(str(tmp_path)), **bounds)
    with contextlib.closing(reader(where, limits)) as opened:
        return opened.answer(Question(sql))


def refusal(where: Where, tmp_path: Path, sql: str) -> tuple[str, str]:
    with pytest.raises(ChimplineError) as caught:
        answered(where, tmp_path, sql)
    return caught.value.kind, str(caught.value.facts)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Where:
    path = tmp_path_factory.mktemp("reading") / "copy.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA mailchimp")
        connection.execute("CREATE TABLE mailchimp.lists AS SELECT 'l1' AS id, 1.5::DECIMAL AS n")
    return Where(f"duckdb:///{path}", DATASET)


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Where]:
    """As its reader, whom its page has made."""
    url = urlsplit(postgres_url)
    owner = Where(f"postgresql://{url.username}@/postgres?{url.query}", "reading")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA reading; CREATE SCHEMA other")
        connection.execute("CREATE TABLE reading.lists AS SELECT 'l1' AS id, 1.5::numeric AS n")
        connection.execute("CREATE TABLE other.secret AS SELECT 1 AS word")
        Reading({}).make_reader(owner, "the word of the reader")
        yield dataclasses.replace(owner, secrets={"reader_password": "the word of the reader"})
        connection.execute("DROP SCHEMA reading CASCADE; DROP SCHEMA other CASCADE")
        connection.execute(f"DROP OWNED BY {reader_of('reading')}".encode())
        connection.execute(f"DROP ROLE {reader_of('reading')}".encode())


def test_a_process_stands_ready_for_the_next_question_and_answers_one(file: Where) -> None:
    reading = Reading({}, keep_ready=True)
    question = [Question("SELECT id FROM lists")]
    answers = [reading.ask(file, question) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    begun = time.monotonic()
    with refused(UserError, "It took longer than 1 second"):
        reading.ask(file, [Question(ENDLESS)], bounds=SHORT)
    assert time.monotonic() - begun < 8
    assert answers[0] == reading.ask(file, question)


# -- DuckDB ---------------------------------------------------------------------------------------


def test_duckdb_answers_one_statement_that_reads(file: Where, tmp_path: Path) -> None:
    found = answered(
        file,
        tmp_path,
        "SELECT id, n, [1, 2] AS list, NULL AS no, TIMESTAMPTZ '2026-01-01 00:00Z' FROM lists",
    )
    assert ["text", "number", "json", "text", "time"] == [c.kind for c in found.columns]
    assert (("l1", 1.5, "[1, 2]", None, "2026-01-01T00:00:00+00:00"),) == found.rows


def test_duckdb_cuts_rows_bytes_and_cells(file: Where, tmp_path: Path) -> None:
    found = answered(file, tmp_path, "SELECT range FROM range(1000)", rows=7)
    assert (7, True) == (len(found.rows), found.more)
    wide = "SELECT repeat('x', 1000) FROM range(100)"
    assert 9 == len(answered(file, tmp_path, wide, bytes=9500).rows)
    assert 20_000 == len(str(answered(file, tmp_path, "SELECT repeat('x', 50000)").rows[0][0]))


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("COMMIT", "data-sql-read-only"),
        ("SET threads = 4", "data-sql-read-only"),
        ("COPY lists TO '/tmp/out.csv'", "data-sql-read-only"),
        ("ATTACH '/tmp/x.duckdb'", "data-sql-read-only"),
        ("CREATE TEMPORARY TABLE t AS SELECT 1", "data-sql-read-only"),
        ("INSTALL httpfs", "data-sql-read-only"),
        ("PRAGMA database_list", "data-sql-read-only"),
        ("DELETE FROM lists", "data-sql-read-only"),
        ("SELECT 1; SELECT 2", "data-sql-one"),
        ("", "data-sql-one"),
        ("SELECT * FROM read_text('/etc/hostname')", "data-sql-refused"),
        ("SELECT * FROM read_csv('/etc/hostname')", "data-sql-refused"),
        ("SELECT * FROM glob('/*')", "data-sql-refused"),
        ("SELECT * FROM '/etc/hostname'", "data-sql-refused"),
        ("SELECT * FROM reader", "data-sql-refused"),
        ("SELECT getenv('HOME')", "data-sql-refused"),
        ("SELECT * FROM query('COPY lists TO ''/tmp/out.csv''')", "data-sql-refused"),
    ],
)
def test_duckdb_refuses(file: Where, tmp_path: Path, sql: str, kind: str) -> None:
    assert kind == refusal(file, tmp_path, sql)[0]


def test_a_statement_that_takes_too_long_is_ended(file: Where) -> None:
    began = time.monotonic()
    with pytest.raises(UserError) as caught:
        Reading({}).ask(file, [Question(ENDLESS)], trusted=False, bounds=SHORT)
    assert "data-too-slow" == caught.value.kind
    assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('x', 1000) || a.range FROM range(3200) AS a, range(3200) ORDER BY 1",
        "SELECT repeat('x', 2000000000)",
    ],
)
def test_ten_gigabytes_meet_a_limit(file: Where, sql: str) -> None:
    """Of memory, of room on disk, or of time, whichever comes first."""
    with pytest.raises(UserError) as caught:
        Reading({}).ask(file, [Question(sql)], trusted=False, bounds=SHORT)
    limits = {"data-sql-refused", "data-sql-memory", "data-too-large", "data-too-slow"}
    assert caught.value.kind in limits


def test_a_run_that_begins_meanwhile_waits_for_who_reads(file: Where) -> None:
    path = file.url.removeprefix("duckdb:///")
    code = (
        "import duckdb, sys, time\n"
        f"c = duckdb.connect({path!r}, read_only=True); print(1, flush=True)\n"
        "sys.stdin.readline(); time.sleep(0.3)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        with open_destination(file.url, DATASET) as opened:
            assert opened.owner() is None
        assert holder.wait(5) == 0


# -- PostgreSQL -----------------------------------------------------------------------------------


def test_postgres_answers_one_statement_that_reads(server: Where, tmp_path: Path) -> None:
    found = answered(
        server,
        tmp_path,
        "SELECT id, n, true AS yes, NULL AS no, '{}'::jsonb AS j, "
        "timestamptz '2026-01-01 00:00Z' AS t, current_user FROM lists;",
    )
    kinds = ["text", "number", "boolean", "text", "json", "time", "text"]
    assert kinds == [column.kind for column in found.columns]
    role = reader_of("reading")
    assert (("l1", 1.5, True, None, "{}", "2026-01-01T00:00:00+00:00", role),) == found.rows
    many = answered(server, tmp_path, "SELECT * FROM generate_series(1, 1000)", rows=7)
    assert (7, True) == (len(many.rows), many.more)


@pytest.mark.parametrize(
    ("sql", "kind", "says"),
    [
        ("COMMIT", "data-sql-refused", "syntax error"),
        ("SET statement_timeout = 0", "data-sql-refused", "syntax error"),
        ("COPY lists TO '/tmp/out'", "data-sql-refused", "syntax error"),
        ("CREATE TEMPORARY TABLE t AS SELECT 1", "data-sql-refused", "syntax error"),
        ("SELECT 1; SELECT 2", "data-sql-refused", "multiple commands"),
        ("SELECT 1 INTO TEMPORARY t", "data-sql-refused", "INTO"),
        ("SELECT * FROM lists FOR UPDATE", "data-sql-refused", ""),
        ("WITH x AS (DELETE FROM lists RETURNING 1) SELECT 1", "data-sql-refused", ""),
        ("SELECT * FROM other.secret", "data-sql-refused", "permission denied"),
        ("SELECT * FROM pg_authid", "data-sql-refused", "permission denied"),
        ("SELECT pg_advisory_lock(1)", "data-sql-function", "pg_advisory_lock"),
        ("SELECT PG_Advisory_Lock/* /* */ */(1)", "data-sql-function", "pg_advisory_lock"),
        ('SELECT "pg_sleep" (9)', "data-sql-function", "pg_sleep"),
        ("SELECT pg_terminate_backend(1)", "data-sql-function", "pg_terminate_backend"),
        ("SELECT set_config('role', 'none', false)", "data-sql-function", "set_config"),
        ("SELECT query_to_xml('COMMIT', true, true, '')", "data-sql-function", "query_to_xml"),
        ("SELECT pg_read_file('/etc/hostname')", "data-sql-function", "pg_read_file"),
        ('SELECT U&"pg_sl\\0065ep"(9)', "data-sql-read-only", ""),
    ],
)
def test_postgres_refuses(server: Where, tmp_path: Path, sql: str, kind: str, says: str) -> None:
    found, facts = refusal(server, tmp_path, sql)
    assert kind == found
    assert says in facts


def test_postgres_sends_no_more_than_a_page_takes_of_ten_gigabytes(server: Where) -> None:
    sql = "SELECT repeat('x', 1000) || a FROM generate_series(1, 3200) a, generate_series(1, 3200)"
    (found,) = Reading({}).ask(server, [Question(sql)], trusted=False)
    assert (1000, True) == (len(found.rows), found.more)


def test_the_owner_of_the_database_is_told_what_makes_the_role(
    server: Where, postgres_url: str, tmp_path: Path
) -> None:
    """Carried out by somebody else, it holds for the tables that the user of the URL will make."""
    url = f"postgresql://lands@/postgres?{urlsplit(postgres_url).query}"
    kind, place = place_of(url, "byhand", {})
    role = reader_of("byhand")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE lands; CREATE SCHEMA byhand AUTHORIZATION lands")
        try:
            for statement in kind.reader_role(place):
                connection.execute(statement.encode())
            connection.execute(f"ALTER ROLE {role} PASSWORD 'by hand'".encode())
            connection.execute("SET ROLE lands; CREATE TABLE byhand.lists AS SELECT 1 AS n")
            connection.execute("RESET ROLE")
            where = Where(server.url, "byhand", {"reader_password": "by hand"})
            assert ((1,),) == answered(where, tmp_path, "SELECT n FROM lists").rows
        finally:
            for gone in (role, "lands"):
                connection.execute(f"DROP OWNED BY {gone} CASCADE; DROP ROLE {gone}".encode())


def test_postgres_ends_what_takes_too_long(server: Where) -> None:
    sql = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b"
    with pytest.raises(UserError) as caught:
        Reading({}).ask(server, [Question(sql)], trusted=False, bounds=SHORT)
    assert caught.value.kind in {"data-too-slow", "data-sql-refused"}


def test_postgres_asks_nothing_under_a_role_that_may_more(
    server: Where, postgres_url: str, tmp_path: Path
) -> None:
    role = reader_of("reading")
    for grant, back in (
        (f"GRANT INSERT ON reading.lists TO {role}", f"REVOKE INSERT ON reading.lists FROM {role}"),
        (f"GRANT pg_monitor TO {role}", f"REVOKE pg_monitor FROM {role}"),
        (f"ALTER ROLE {role} CREATEDB", f"ALTER ROLE {role} NOCREATEDB"),
    ):
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(grant.encode())
            try:
                assert "data-reader-may-more" == refusal(server, tmp_path, "SELECT 1")[0]
            finally:
                connection.execute(back.encode())


def test_postgres_without_the_role_asks_nothing(postgres_url: str, tmp_path: Path) -> None:
    url = urlsplit(postgres_url)
    where = Where(f"postgresql://{url.username}@/postgres?{url.query}", "nobody_reads")
    assert "data-cannot-connect" == refusal(where, tmp_path, "SELECT 1")[0]
