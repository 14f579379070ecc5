"""What goes wrong is said in three parts, by kinds of `DestinationError`, and without a secret."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from chimpline.errors import (
    ChimplineError,
    DestinationError,
    DestinationLocked,
    DestinationReadOnly,
    DestinationUnavailable,
    SettingsError,
)
from chimpline.load import check_writable, open_destination
from chimpline.load.contract import Destination, Forget, Known, Reopen, View, ViewColumn
from chimpline.model import LandedSelection, Owner, Scope
from tests.contract.conftest import Place
from tests.contract.samples import LISTS, MEMBERS, T0, commit, keys, line, load, member, run
from tests.format_1 import statements
from tests.words import told_of

SECRET = "hunter2-hunter2"


@contextmanager
def refused(kind: type[ChimplineError], *words: str) -> Iterator[None]:
    with pytest.raises(kind) as caught:
        yield
    error = caught.value
    told = told_of(error)
    assert told.what and told.kept and told.do  # noqa: PT018 - the three parts
    assert error.exit_status == 2
    for word in words:
        assert word in str(told)
    assert SECRET not in f"{told} {error} {error!r} {error.__cause__!r}"
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user@host/db",
        "warehouse.duckdb",
        "duckdb:",
        "duckdb://host/x.duckdb",
        "duckdb:///",
        "duckdb:///x.duckdb?memory=1",
        "postgresql://[::1/db",
        "",
    ],
)
def test_a_url_of_another_form_is_refused_with_the_right_ones(url: str) -> None:
    with refused(SettingsError, "duckdb:///relative.duckdb" if "?" not in url else "%3F"):
        open_destination(url, "mailchimp")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@host/db",
        f"postgres://user:{SECRET}@host/db",
        f"postgresql://user@host/db?password={SECRET}",
    ],
)
def test_a_password_in_the_url_is_refused_with_the_alternatives(url: str) -> None:
    with refused(SettingsError, "CHIMPLINE_DESTINATION_PASSWORD", ".pgpass", "pg_service.conf"):
        open_destination(url, "mailchimp")


def test_an_unknown_url_is_not_repeated() -> None:
    with refused(SettingsError):
        open_destination(f"mysql://user:{SECRET}@host/db", "mailchimp")


@pytest.mark.parametrize("dataset", ["", " ", "x" * 64, "메" * 22, "a\0b"])
def test_a_dataset_name_that_cannot_be_one_is_refused(dataset: str, tmp_path: Path) -> None:
    with refused(SettingsError, "dataset"):
        open_destination(f"duckdb:///{tmp_path}/x.duckdb", dataset)
    assert not list(tmp_path.iterdir())


def test_a_dataset_name_that_postgresql_keeps_for_itself(postgres_url: str) -> None:
    with refused(SettingsError, "pg_mine"):
        open_destination(postgres_url, "pg_mine")


def test_importing_the_package_loads_no_driver() -> None:
    code = "import chimpline.load, sys; print(*{'duckdb', 'pyarrow', 'numpy'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "chimpline.load.postgres.session", raising=False)
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with refused(SettingsError, "chimpline[postgres]"):
        open_destination("postgresql://me@127.0.0.1:1/db", "mailchimp")


class TestDuckDB:
    def test_a_relative_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with open_destination("duckdb:///my%20file.duckdb", "mailchimp"):
            assert (tmp_path / "my file.duckdb").exists()

    def test_a_file_may_be_called_as_the_dataset(self, tmp_path: Path) -> None:
        """Without the catalog's name DuckDB would call `mailchimp.lists` ambiguous."""
        url = f"duckdb:///{tmp_path}/mailchimp.duckdb"
        for _ in range(2):
            with open_destination(url, "mailchimp") as destination:
                destination.prepare(LISTS)
                destination.commit(commit(load(LISTS, {"id": "1", "name": "x"})))
                destination.create_views([View("v", "lists", (), (ViewColumn("id", "id"),))])
        with duckdb.connect(str(tmp_path / "mailchimp.duckdb"), read_only=True) as connection:
            rows = "SELECT count(*) FROM mailchimp.mailchimp."
            found = [connection.execute(f"{rows}{name}").fetchone() for name in ("lists", "v")]
        assert [(1,), (1,)] == found

    def test_no_directory(self, tmp_path: Path) -> None:
        with refused(DestinationUnavailable, "directory"):
            open_destination(f"duckdb:///{tmp_path}/no/x.duckdb", "mailchimp")
        with open_destination(f"duckdb:///{tmp_path}/no/x.duckdb", "m", read_only=True) as reader:
            assert reader.runs() == []

    def test_a_directory(self, tmp_path: Path) -> None:
        with refused(DestinationUnavailable, "directory"):
            open_destination(f"duckdb:///{tmp_path}", "mailchimp")

    @pytest.mark.parametrize("content", [b"", b"hello", b"x" * 10_000])
    def test_a_file_of_another_kind(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "notes.txt"
        path.write_bytes(content)
        with refused(DestinationUnavailable, "no DuckDB"):
            open_destination(f"duckdb:///{path}", "mailchimp")
        assert content == path.read_bytes()

    def test_an_sqlite_file(self, tmp_path: Path) -> None:
        connection = sqlite3.connect(tmp_path / "x.db")
        connection.execute("CREATE TABLE a (b)")
        connection.close()
        with refused(DestinationUnavailable, "no DuckDB"):
            open_destination(f"duckdb:///{tmp_path}/x.db", "mailchimp")

    def test_a_damaged_file(self, tmp_path: Path) -> None:
        path = tmp_path / "x.duckdb"
        with open_destination(f"duckdb:///{path}", "mailchimp") as destination:
            destination.prepare(LISTS)
        content = bytearray(path.read_bytes())
        content[4096:] = b"\x55" * (len(content) - 4096)
        path.write_bytes(content)
        with refused(DestinationError):
            open_destination(f"duckdb:///{path}", "mailchimp")

    @pytest.mark.parametrize("read_only", [False, True])
    def test_a_file_open_in_another_process(self, tmp_path: Path, *, read_only: bool) -> None:
        path = tmp_path / "x.duckdb"
        code = f"import duckdb; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()"
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            with refused(DestinationLocked, f"process {holder.pid}"):
                open_destination(f"duckdb:///{path}", "mailchimp", read_only=read_only)
            holder.communicate(b"\n")
        open_destination(f"duckdb:///{path}", "mailchimp").__exit__(None, None, None)

    def test_a_file_or_directory_that_takes_no_writes(self, tmp_path: Path) -> None:
        """As another user: the tests may run as root, whom no permission stops."""
        path = tmp_path / "x.duckdb"
        with open_destination(f"duckdb:///{path}", "mailchimp"):
            pass
        code = (
            "import os, sys\n"
            "from chimpline.load import open_destination\n"
            "import duckdb, pyarrow, chimpline.load.sql_destination\n"
            "import chimpline.load.duckdb.session\n"
            "if os.getuid() == 0: os.setuid(65534)\n"
            "try:\n    open_destination('duckdb:///' + sys.argv[1], 'mailchimp')\n"
            "except Exception as error: print(type(error).__name__, error.kind)\n"
        )
        for directory in (tmp_path, *tmp_path.parents):
            if directory == Path(tempfile.gettempdir()) or directory.stat().st_uid != os.getuid():
                break
            directory.chmod(directory.stat().st_mode | 0o055)
        (tmp_path / "closed").mkdir(mode=0o555)
        path.chmod(0o444)
        for target in (path, tmp_path / "closed" / "new.duckdb"):
            said = subprocess.run(
                [sys.executable, "-c", code, str(target)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            name, kind = said.split()
            assert "DestinationReadOnly" == name
            assert kind in {"duckdb-takes-no-writes", "duckdb-not-readable"}

    def test_a_full_disk(self, tmp_path: Path) -> None:
        """A limit on the size of files stands for the disk; the file stays usable."""
        url = f"duckdb:///{tmp_path}/x.duckdb"
        code = (
            "import resource, signal, sys\n"
            "from chimpline.load import open_destination\n"
            "from tests.contract.samples import *\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "with open_destination(sys.argv[1], 'mailchimp') as destination:\n"
            "    destination.prepare(MEMBERS)\n"
            "    destination.commit(commit(load(MEMBERS, member('first'))))\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))\n"
            "    try:\n"
            "        for i in range(40):\n"
            "            rows = [member(f'{i}/{k}/' + 'é' * (k % 99)) for k in range(5000)]\n"
            "            destination.commit(commit(load(MEMBERS, *rows)))\n"
            "            print(5000)\n"
            "    except Exception as error: print(type(error).__name__, error.kind)\n"
        )
        said = subprocess.run(
            [sys.executable, "-c", code, url],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        ).stdout.splitlines()
        assert "DestinationReadOnly duckdb-disk-full" == said[-1]
        with open_destination(url, "mailchimp") as destination:
            landed = 1 + sum(int(one) for one in said[:-1])
            assert landed == destination.count(MEMBERS, Scope())
            assert destination.commit(commit(load(MEMBERS, member("x"))))["list_members"].total == 1


class TestPostgreSQL:
    def test_no_server(self) -> None:
        with refused(DestinationUnavailable, "server is running"):
            open_destination("postgresql://me@127.0.0.1:1/db", "mailchimp")

    def test_no_database(self, postgres_url: str) -> None:
        with refused(DestinationUnavailable, "Create the database", "nowhere"):
            open_destination(postgres_url.replace("/postgres?", "/nowhere?"), "mailchimp")

    def test_a_role_that_is_not_there_with_a_password(self, postgres_url: str) -> None:
        url = postgres_url.replace("postgres:@", "nobody@")
        with refused(DestinationUnavailable, "log in"):
            open_destination(url, "mailchimp", secrets={"password": SECRET})

    def test_a_role_that_may_not_create(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("DROP ROLE IF EXISTS reader")
            admin.execute("CREATE ROLE reader LOGIN")
        url = postgres_url.replace("postgres:@", "reader@")
        with refused(DestinationReadOnly, "grant CREATE"):
            open_destination(url, "not made yet")

    def test_a_role_that_may_only_write_needs_no_more(self, postgres_url: str) -> None:
        with open_destination(postgres_url, "granted") as destination:
            destination.prepare(LISTS)
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("DROP ROLE IF EXISTS writer")
            admin.execute("CREATE ROLE writer LOGIN")
            admin.execute("GRANT USAGE ON SCHEMA granted TO writer")
            admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA granted TO writer")
        url = postgres_url.replace("postgres:@", "writer@")
        check_writable(url, "granted", [LISTS.name])  # a dry run asks for no more than the run
        with refused(DestinationReadOnly, "GRANT CREATE"):
            check_writable(url, "granted", [LISTS.name, MEMBERS.name])
        with open_destination(url, "granted") as writer:
            assert writer.prepare(LISTS) == []
            writer.commit(commit(load(LISTS, {"id": "1", "name": "x"}), slices=[line(0, 1)]))
            with refused(DestinationReadOnly, "grant CREATE"):
                writer.prepare(MEMBERS)
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("SET search_path TO granted")
            for sql in statements("postgresql", []):
                admin.execute(sql.encode())
            admin.execute("GRANT ALL ON SCHEMA granted TO writer")
            admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA granted TO writer")
        # The form of an older version is another matter: only the owner may alter a table.
        with refused(DestinationReadOnly, "must be owner", "converted", "who owns chimpline's"):
            open_destination(url, "granted")
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("DROP SCHEMA granted CASCADE")

    def test_a_database_of_another_encoding(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("DROP DATABASE IF EXISTS latin")
            admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        with refused(DestinationError, "LATIN1", "UTF8"):
            open_destination(postgres_url.replace("/postgres?", "/latin?"), "mailchimp")

    def test_values_of_rows_are_not_repeated(self, postgres_url: str) -> None:
        with open_destination(postgres_url, "no values") as destination:
            destination.prepare(MEMBERS)
            rows = load(MEMBERS, member("a", merge_fields='{"pet": "' + SECRET))
            with refused(DestinationError):
                destination.commit(commit(rows))
            assert destination.count(MEMBERS, Scope()) == 0


CALLS: dict[str, Callable[[Destination], Any]] = {
    "claim": lambda d: d.claim(Owner("a", "b")),
    "owner": lambda d: d.owner(),
    "prepare": lambda d: d.prepare(LISTS),
    "commit": lambda d: d.commit(commit(load(MEMBERS, member("a")))),
    "commit tombstones": lambda d: d.commit(commit(load(MEMBERS, gone=[("a", "b")]))),
    "commit ledger": lambda d: d.commit(
        commit(
            slices=[line(0, 1)],
            reopen=[Reopen("lists", ["x"])],
            forget=[Forget("list_members", "x")],
        )
    ),
    "missing": lambda d: d.missing(MEMBERS, Scope(), keys(MEMBERS, ("a", "b"))),
    "count": lambda d: d.count(MEMBERS, Scope()),
    "surplus": lambda d: d.surplus(MEMBERS, Scope()),
    "counts_by": lambda d: d.counts_by(MEMBERS, Scope(), "id", keys(MEMBERS)),
    "cells": lambda d: d.cells(MEMBERS, Scope(), ["id"]),
    "holders": lambda d: d.holders(MEMBERS, "list_id", "id", ["a"]),
    "strangers": lambda d: d.strangers(
        MEMBERS, "list_id", "id", Known(MEMBERS, "id", ("list_id", "a"))
    ),
    "erase": lambda d: d.erase(MEMBERS, ["status"], T0),
    "slices": lambda d: d.slices(),
    "selections": lambda d: d.selections(),
    "keep_selections": lambda d: d.keep_selections("r", {"lists": LandedSelection()}),
    "default_set": lambda d: d.default_set(),
    "keep_default_set": lambda d: d.keep_default_set("r", {"lists": True}),
    "runs": lambda d: d.runs(),
    "record_run": lambda d: d.record_run(run()),
    "create_views": lambda d: d.create_views([View("v", MEMBERS.name, (), ())]),
    "drop_views": lambda d: d.drop_views(["v"]),
}


@pytest.fixture
def used(place: Place) -> Any:
    destination: Any = place.open()
    destination.prepare(MEMBERS)
    destination.commit(commit(load(MEMBERS, member("x"))))
    return destination


def refuses(destination: Any, call: str) -> None:
    for _ in range(2):
        with refused(DestinationUnavailable):
            CALLS[call](destination)


def test_a_connection_that_we_closed_is_said_in_our_words(
    used: Any, subtests: pytest.Subtests
) -> None:
    used._session.close()
    for call in CALLS:
        with subtests.test(call):
            refuses(used, call)
    used._session.close()  # harmless


@pytest.mark.parametrize("engine", ["duckdb"])
def test_a_connection_that_the_library_closed_is_said_in_our_words(
    used: Any, subtests: pytest.Subtests
) -> None:
    used._session._connection.interrupt()
    used._session._connection.close()
    for call in CALLS:
        with subtests.test(call):
            refuses(used, call)
    used._session.close()  # harmless


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize("call", CALLS)
def test_a_connection_that_the_server_broke_is_said_in_our_words(
    used: Any, place: Place, call: str
) -> None:
    """Each call meets a connection of which nobody knows yet that it is broken."""
    pid = used._session.rows("SELECT pg_backend_pid() AS pid")[0][0]
    with psycopg.connect(place.url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    refuses(used, call)
    used._session.close()  # harmless


WITHOUT_A_CONNECTION = {"capabilities", "let_go", "storable"}
"""They ask nothing of the destination by its own connection."""


def test_every_method_of_the_contract_is_walked_above() -> None:
    public = {name for name in vars(Destination) if not name.startswith("_")}
    assert public - WITHOUT_A_CONNECTION == {call.partition(" ")[0] for call in CALLS}


def test_a_statement_that_waits_for_a_lock_can_be_broken_off(postgres_url: str) -> None:
    """Of a run that is stopped: somebody may hold a table for hours."""
    failed: list[Exception] = []
    with open_destination(postgres_url, "let_go") as destination:
        destination.prepare(MEMBERS)
        destination.let_go()  # harmless where nothing waits

        def write() -> None:
            try:
                destination.commit(commit(load(MEMBERS, member("x"))))
            except DestinationError as error:
                failed.append(error)

        with psycopg.connect(postgres_url) as other:
            other.execute(f"LOCK TABLE let_go.{MEMBERS.name} IN ACCESS EXCLUSIVE MODE")
            writing = threading.Thread(target=write)
            writing.start()
            while writing.is_alive():
                destination.let_go()
                writing.join(0.05)
        assert [DestinationLocked] == [type(error) for error in failed]
        destination.commit(commit(load(MEMBERS, member("x"))))  # and the session goes on
        assert 1 == destination.count(MEMBERS, Scope())
