"""`check --destination` and `destination`: what can be written, and the password for it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from chimpline.sandbox import Sandbox
from tests.integration.service.conftest import Outcome, Place
from tests.postgres import start

PASSWORD = "correct horse, battery"


@pytest.fixture
def piped(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """A command with this on its standard input, which is a file for real."""

    def command(*words: str, stdin: str) -> Outcome:
        given = tmp_path / "given"
        given.write_text(stdin, encoding="utf-8")
        before = place.stdin
        with given.open(encoding="utf-8") as file:
            place.stdin = lambda _: monkeypatch.setattr("sys.stdin", file)
            try:
                return place(*words)
            finally:
                given.unlink()
                place.stdin = before

    return command


def settings(place: Place, text: str) -> None:
    (place.path / "chimpline.toml").write_text(text, encoding="utf-8")


def test_a_file_that_can_be_written_is_not_made(place: Place) -> None:
    settings(place, '[destinations.local]\nkind = "duckdb"\nfile = "copy.duckdb"\n')
    found = place("check", "--destination", "local")
    url = f"duckdb:///{place.path}/copy.duckdb"
    assert (0, "") == (found.status, found.err)
    assert (
        f"A run can write to destination local ({url}), dataset mailchimp. No account was copied "
        "there yet.\n"
    ) == found.out
    assert not (place.path / "copy.duckdb").exists()
    told = place("check", "--destination", url, "--json").json
    assert {
        "destination": "local",
        "url": url,
        "dataset": "mailchimp",
        "reached": True,
        "writable": True,
        "account_id": None,
        "account_name": None,
        "error": None,
        "problem": None,
    } == told


def test_every_dataset_that_pipelines_write_to_is_checked(place: Place) -> None:
    settings(
        place,
        '[destinations.local]\nurl = "duckdb:///copy.duckdb"\n'
        '[pipelines.one]\ndestination = "local"\ndataset = "first"\n'
        '[pipelines.two]\ndestination = "duckdb:///copy.duckdb"\ndataset = "second"\n'
        '[pipelines.three]\ndestination = "duckdb:///other.duckdb"\ndataset = "third"\n',
    )
    found = place("check", "--destination", "local", "--json")
    lines = [json.loads(line) for line in found.out.splitlines()]
    assert ["first", "second"] == [line["dataset"] for line in lines]


def test_what_cannot_be_written_is_told_in_three_parts(place: Place) -> None:
    settings(place, '[destinations.local]\nurl = "duckdb:///nowhere/copy.duckdb"\n')
    found = place("check", "--destination", "local")
    assert (1, "") == (found.status, found.out)
    assert [
        f"Error: There is no directory {place.path}/nowhere.",
        "Kept:  Nothing was changed.",
        "To do: Make it, or name another file.",
    ] == found.err.splitlines()
    told = place("check", "--destination", "local", "--json")
    assert (1, False) == (told.status, told.json["writable"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "--destination", "nowhere"), "There is no destination 'nowhere'"),
        (("check", "main", "--destination", "local"), "a connection and a destination"),
        (("destination", "nowhere"), "There is no destination 'nowhere'"),
        (("destination", "local"), "needs no password"),
        (("destination", "duckdb:///x.duckdb"), "this is a URL"),
        (("destination", "local", f"--password={PASSWORD}"), "every user of this machine"),
    ],
)
def test_what_cannot_be_asked_is_refused(place: Place, words: tuple[str, ...], told: str) -> None:
    settings(place, '[destinations.local]\nurl = "duckdb:///copy.duckdb"\n')
    found = place(*words)
    assert (2, "") == (found.status, found.out)
    assert told in found.err
    assert PASSWORD not in found.err
    assert not (place.path / ".chimpline" / "control.db").exists()


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[str, str]]:
    """A server that lets `clerk` in by a password alone: its socket's directory, a database."""
    directory = Path(tempfile.mkdtemp(prefix="chimpline-pg-"))
    server = start(directory)
    try:
        rules = directory / "pg_hba.conf"
        rules.write_text(f"local all clerk scram-sha-256\n{rules.read_text()}", encoding="utf-8")
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            admin.execute("CREATE ROLE clerk LOGIN PASSWORD 'correct horse, battery'")
            admin.execute("CREATE DATABASE shop OWNER clerk")
            admin.execute("SELECT pg_reload_conf()")
            ((sockets,),) = admin.execute("SHOW unix_socket_directories").fetchall()
        yield str(sockets), "shop"
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def test_a_password_is_stored_used_by_a_run_and_forgotten(
    place: Place,
    piped: Callable[..., Outcome],
    guarded: tuple[str, str],
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    sockets, database = guarded
    settings(
        place,
        f'[destinations.warehouse]\nkind = "postgresql"\nhost = "{sockets}"\nuser = "clerk"\n'
        f'database = "{database}"\ndataset = "letters"\n'
        '[pipelines.daily]\ndestination = "warehouse"\ntables = ["lists"]\n',
    )
    refused = place("check", "--destination", "warehouse")
    assert 1 == refused.status
    assert "chimpline destination NAME" in refused.err

    wrong = piped("destination", "warehouse", "--password-stdin", stdin="wrong horse\n")
    assert 1 == wrong.status
    assert "password authentication failed" in wrong.err
    stored = piped("destination", "warehouse", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (0, "") == (stored.status, stored.err)
    assert "The password of destination warehouse is stored, encrypted." in stored.out
    assert "A run can write to destination warehouse" in stored.out

    place.environ["CHIMPLINE_API_KEY"] = sandbox.api_key
    assert 0 == place("run").status
    assert "It holds a copy of the Mailchimp account" in (
        place("check", "--destination", "warehouse").out
    )
    assert 0 == place("status").status
    assert "3" in place("tables").out
    assert 0 == place("connections", "rotate-key").status
    assert 0 == place("check", "--destination", "warehouse").status
    overridden = place("run", CHIMPLINE_DESTINATIONS__WAREHOUSE__PASSWORD="another")
    assert 2 == overridden.status

    assert 0 == place("destination", "warehouse", "--forget").status
    assert 1 == place("check", "--destination", "warehouse").status
    assert "No password" in place("destination", "warehouse", "--forget").out

    everywhere = b"".join(p.read_bytes() for p in place.path.rglob("*") if p.is_file())
    for secret in (PASSWORD, "wrong horse"):
        assert secret not in "".join(place.outputs)
        assert secret.encode() not in everywhere


def test_a_destination_is_known_by_its_url_as_well(
    place: Place, piped: Callable[..., Outcome]
) -> None:
    url = "postgresql://me@127.0.0.1:1/shop"
    settings(place, f'[destinations.warehouse]\nurl = "{url}"\n')
    stored = piped("destination", url, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert "The password of destination warehouse is stored" in stored.out
    assert 1 == stored.status  # no server is there
    assert "was deleted" in place("destination", "warehouse", "--forget").out


def test_an_empty_password_is_not_stored(place: Place, piped: Callable[..., Outcome]) -> None:
    settings(place, '[destinations.warehouse]\nurl = "postgresql://me@127.0.0.1:1/shop"\n')
    found = piped("destination", "warehouse", "--password-stdin", stdin="\n")
    assert (2, True) == (found.status, "The password is empty." in found.err)
    nothing = piped("destination", "warehouse", "--password-stdin", stdin="")
    assert (2, True) == (nothing.status, "Standard input ended" in nothing.err)
    assert not (place.path / ".chimpline" / "control.db").exists()
