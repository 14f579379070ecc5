"""A key is shown to the host that it was used with, and to no other, by every command."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.sandbox import Sandbox
from chimpline.service.connection.addresses import FILE

# Where a key of another account would be sent: nothing answers there, and nothing leaves this host.
NOWHERE = "http://127.0.0.1:9/3.0"


class Shell:
    """Types commands in one directory, with the sandbox's key in the environment."""

    def __init__(self, home: Path, sandbox: Sandbox, out: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.sandbox = sandbox
        self.key = sandbox.api_key
        self._out = out

    def __call__(self, *words: str, status: int = 0, **environ: str) -> tuple[str, str]:
        given = {
            "CHIMPLINE_API_KEY": self.key,
            "CHIMPLINE_TABLES": "lists,campaigns,list_members,reports_email_activity",
            "PATH": os.environ["PATH"],
            "CHIMPLINE_SLOTS_DIR": os.environ["CHIMPLINE_SLOTS_DIR"],
            **environ,
        }
        self._out.readouterr()
        ended = main(list(words), Session(environ=given, cwd=self.home))
        told = self._out.readouterr()
        assert status == ended, told.err
        return told.out, told.err


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(members=40, campaigns=3, events=50, seed=5) as made:
        yield made


@pytest.fixture
def shell(
    tmp_path: Path,
    sandbox: Sandbox,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    monkeypatch.setenv("CHIMPLINE_SLOTS_DIR", str(tmp_path / "slots"))
    # Whoever asks Mailchimp's own host is caught here: nothing gets through this proxy.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    return Shell(tmp_path, sandbox, capsys)


def test_what_was_typed_for_run_need_not_be_typed_again_for_any_command(
    shell: Shell, sandbox: Sandbox
) -> None:
    shell("run", "--api-root", sandbox.api_root, "--to", "duckdb:///elsewhere.duckdb")
    told = f"Note: this key was used with {sandbox.api_root} before, so it is sent there again."
    (shell.home / "chimpline.toml").write_text("[connections.main]\n")
    for words in (
        ("discover",),
        ("reconcile",),
        ("run", "--dry-run"),
        ("check",),
        ("connect", "main", "--auth", "api_key"),
        ("run", "--to", "duckdb:///elsewhere.duckdb"),
    ):
        before = len(sandbox.requests())
        assert told in shell(*words)[1], words
        assert before < len(sandbox.requests()), words
    # It looks at the copy of the run that was typed, not at one that the defaults would name.
    out, _ = shell("reconcile", "--json")
    assert 0 == json.loads(out.splitlines()[-1])["exit"]
    assert not (shell.home / "chimpline.duckdb").exists()


def test_an_address_belongs_to_the_key_that_was_taken_there(shell: Shell, sandbox: Sandbox) -> None:
    shell("run", "--dry-run", "--api-root", sandbox.api_root)
    kept = (shell.home / ".chimpline" / FILE).read_text()
    assert sandbox.api_root in kept
    assert sandbox.api_key not in kept
    shell.key, before = "f" * 32 + "-us19", len(sandbox.requests())
    err = shell("run", "--dry-run", status=2)[1]
    assert "was used with" not in err
    assert before == len(sandbox.requests())


def test_an_address_that_is_named_goes_before_and_one_that_failed_is_not_kept(
    shell: Shell, sandbox: Sandbox
) -> None:
    shell("run", "--dry-run", "--api-root", NOWHERE, status=2)
    assert not (shell.home / ".chimpline" / FILE).exists()
    shell("run", "--dry-run", "--api-root", sandbox.api_root)
    before = len(sandbox.requests())
    shell("run", "--dry-run", status=2, CHIMPLINE_API_ROOT=NOWHERE)
    shell("discover", "--api-root", NOWHERE, status=2)
    assert before == len(sandbox.requests())


@pytest.mark.parametrize("harm", ["mode", "link", "garbage"])
def test_what_others_could_have_written_is_not_believed(
    shell: Shell, sandbox: Sandbox, harm: str
) -> None:
    shell("run", "--dry-run", "--api-root", sandbox.api_root)
    file = shell.home / ".chimpline" / FILE
    assert 0o600 == file.stat().st_mode & 0o777
    if harm == "mode":
        file.chmod(0o666)
    elif harm == "link":
        file.symlink_to(file.rename(shell.home / "planted"))
    else:
        file.write_text('{"a": [1')
    before = len(sandbox.requests())
    shell("run", "--dry-run", status=2)
    assert before == len(sandbox.requests())


def test_a_dry_run_tells_what_is_wrong_with_the_destination_before_it_asks(
    shell: Shell, sandbox: Sandbox
) -> None:
    before = len(sandbox.requests())
    there = ("run", "--dry-run", "--api-root", sandbox.api_root, "--to")
    assert "There is no directory" in shell(*there, "duckdb:///no/such/copy.duckdb", status=2)[1]
    closed = "postgresql://nobody@127.0.0.1:9/nothing"
    assert "refused the connection" in shell(*there, closed, status=2)[1]
    assert before == len(sandbox.requests())


def test_verbose_logs_each_request_and_commit_without_who_it_is_about(
    shell: Shell, sandbox: Sandbox
) -> None:
    words = ("run", "-v", "--api-root", sandbox.api_root)
    out, err = shell(*words)
    assert "GET /3.0/lists?" in err
    assert ": 200, " in err
    assert "commit: lists " in err or "commit: " in err
    assert sandbox.api_key not in err
    assert "GET " not in out
    assert "GET " not in shell("run", "--api-root", sandbox.api_root)[1]
    (member, *_) = sandbox.truth("list_members")
    sandbox.change("delete_permanently", list_id=member["list_id"], member_id=member["id"])
    _, err = shell(*words)
    assert "/members/<id>" in err
    for row in (member, *sandbox.truth("list_members")):
        assert row["id"] not in err
        assert row["email_address"] not in err
