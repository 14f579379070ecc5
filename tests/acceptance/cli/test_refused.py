"""Tables that the last access check found refused cannot be selected, and are not asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES, descendants
from tests.acceptance.destinations import ALL

SMALL: dict[str, Any] = {"members": 60, "campaigns": 3, "events": 60, "seed": 5}
SETTINGS = """\
[connections.main]
api_root = "{root}"

[pipelines.daily]
connection = "main"
destination = "duckdb:///copy.duckdb"
"""
BESIDE = {"account", "campaigns", "list_members", "lists"}
"""Copied, whoever asks."""
REFUSED = {"reports"} | descendants("reports") & {*ALL}

OF_REPORTS = {"reports", "reports_email_activity", "reports_sent_to", "unsubscribes"}

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(**SMALL) as sandbox:
        sandbox.role("author", refuse=["/reports"])
        yield sandbox


@pytest.fixture
def call(sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    (tmp_path / "chimpline.toml").write_text(SETTINGS.format(root=sandbox.api_root))
    environ = {
        "CHIMPLINE_API_KEY": sandbox.api_key,
        "PATH": os.environ["PATH"],
        "CHIMPLINE_SLOTS_DIR": str(tmp_path / "slots"),
    }

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(list(words), Session(environ=environ, cwd=tmp_path))
        told = capsys.readouterr()
        return status, told.out, " ".join(told.err.split())

    return call


def leave_out(home: Path, tables: set[str]) -> None:
    """Nobody wants these: the default set is without them, and asks for no other by name."""
    settings = home / "chimpline.toml"
    left = [f"[metadata.main.{name}]\nselected = false\n" for name in sorted(tables)]
    settings.write_text(settings.read_text() + "".join(left))


def asked_of_reports(sandbox: Sandbox) -> list[str]:
    return [path for _, path, _ in sandbox.requests() if path.startswith("/reports")]


def test_of_the_default_set_they_are_left_out_and_not_asked_for(
    sandbox: Sandbox, call: Call, tmp_path: Path
) -> None:
    leave_out(tmp_path, {*ALL} - BESIDE - REFUSED)
    status, _, err = call("check", "main")
    assert 1 == status
    assert "pipeline daily does not copy reports, " in err
    before = asked_of_reports(sandbox)
    assert before
    status, out, err = call("run")
    assert 0 == status, err
    assert "because Mailchimp refused them when access was last checked: reports, " in err
    assert "chimpline check main" in err
    assert before == asked_of_reports(sandbox)
    assert "list_members" in out
    assert not REFUSED & set(out.split())
    # Another role, another check: they are copied.
    leave_out(tmp_path, REFUSED - OF_REPORTS)
    sandbox.role("owner")
    assert 0 == call("check", "main")[0]
    status, out, err = call("run")
    assert 0 == status, err
    assert OF_REPORTS <= set(out.split())


def test_nothing_is_left_out_of_a_connection_that_was_never_checked(
    sandbox: Sandbox, call: Call, tmp_path: Path
) -> None:
    leave_out(tmp_path, {*ALL} - BESIDE - REFUSED)
    assert 1 == call("run")[0]
    assert asked_of_reports(sandbox)


def test_a_run_that_would_copy_nothing_is_an_error(
    sandbox: Sandbox, call: Call, tmp_path: Path
) -> None:
    """Whoever has a key reads the account."""
    with (tmp_path / "chimpline.toml").open("a") as file:
        file.write("\n[metadata.main.account]\nselected = false\n")
    sandbox.role("author", refuse=[t.path for t in TABLES.values() if t.path != "/"])
    assert 2 == call("check", "main")[0]
    status, _, err = call("run")
    assert 2 == status
    assert "refused every selected table" in err


@pytest.mark.parametrize("way", ["option", "pipeline", "metadata"])
def test_one_that_is_asked_for_by_name_is_an_error(
    way: str, sandbox: Sandbox, call: Call, tmp_path: Path
) -> None:
    settings = tmp_path / "chimpline.toml"
    words = ["run", "--dry-run"]
    if way == "option":
        words += ["--tables", "lists,unsubscribes"]
    elif way == "pipeline":
        settings.write_text(settings.read_text() + 'tables = ["lists", "unsubscribes"]\n')
    else:
        settings.write_text(
            settings.read_text() + "[metadata.main.unsubscribes]\nselected = true\n"
        )
    err = call("check", "main")[2]
    assert ("daily asks for unsubscribes, which" in err) is (way != "option")
    before = len(sandbox.requests())
    status, _, err = call(*words)
    assert 2 == status
    where = {"option": "--tables", "pipeline": "line 7", "metadata": "line 8"}[way]
    assert "cannot be copied" in err
    assert "unsubscribes (" in err
    assert where in err
    assert "parent reports is refused" in err
    assert "check again: chimpline check main" in err
    assert before == len(sandbox.requests())


def test_choosing_one_by_an_import_is_an_error_and_an_export_does_not_choose_it(
    call: Call, tmp_path: Path
) -> None:
    call("check", "main")
    settings = tmp_path / "chimpline.toml"
    before = settings.read_text()
    chosen, all_ = tmp_path / "chosen.toml", tmp_path / "all.toml"
    chosen.write_text("[metadata.main.reports]\nselected = true\n")
    status, _, err = call("discover", "main", "--import", str(chosen))
    assert 2 == status
    assert "reports (chosen.toml): Mailchimp refuses GET /reports" in err
    assert before == settings.read_text()
    assert 0 == call("discover", "main", "--export", str(all_))[0]
    assert "[metadata.main.reports" not in all_.read_text()
    assert 0 == call("discover", "main", "--import", str(all_))[0]
    assert 0 == call("run", "--dry-run")[0]


def test_an_export_that_is_imported_unedited_demands_nothing(
    sandbox: Sandbox, call: Call, tmp_path: Path
) -> None:
    """A table that is refused later is left out then, as if nothing had been imported."""
    leave_out(tmp_path, {*ALL} - BESIDE - REFUSED)
    sandbox.role("owner")
    call("check", "main")
    file = tmp_path / "all.toml"
    assert 0 == call("discover", "main", "--export", str(file))[0]
    assert "[metadata.main.reports]\nselected = true" in file.read_text()
    assert 0 == call("discover", "main", "--import", str(file))[0]
    sandbox.role("author", refuse=["/reports"])
    call("check", "main")
    status, out, _ = call("run")
    assert 0 == status
    assert "list_members" in out
    assert not REFUSED & set(out.split())
