"""The demo as a newcomer types it: three acts, every table equal to the account."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.runs.report.events import RunFinished
from chimpline.runs.report.info import TableInfo
from chimpline.runs.request import RunRequest
from chimpline.service.engine import load_engine
from tests.acceptance.destinations import ALL

COMMAND = Path(sys.executable).parent / "chimpline"
SMALL = ("--members", "500", "--campaigns", "8", "--events", "2000")
TOLD_OF = (
    *("lists", "list_merge_fields", "list_members", "list_segments", "list_segment_members"),
    *("campaigns", "reports", "reports_email_activity", "reports_sent_to", "unsubscribes"),
)
"""The tables that the demo's own words come from."""


class OfSome:
    """The engine, with these tables and no other: what is told at the end is told of them too."""

    def __init__(self) -> None:
        self._engine = load_engine()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def catalog_tables(self) -> Sequence[TableInfo]:
        return [table for table in self._engine.catalog_tables() if table.name in TOLD_OF]

    def run(self, request: RunRequest, *given: Any, **named: Any) -> RunFinished:
        return self._engine.run(dataclasses.replace(request, tables=TOLD_OF), *given, **named)


def run_demo(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "demo", *SMALL],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_three_acts_find_everything_and_can_be_shown_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"PATH": os.environ["PATH"], "CHIMPLINE_SLOTS_DIR": str(tmp_path / "slots")}
    assert 0 == main(["demo", *SMALL], Session(environ, tmp_path, given_engine=OfSome()))
    shown = capsys.readouterr()
    assert "" == shown.err
    found_everything(shown.out, len(TOLD_OF))
    assert "serve --settings demo/chimpline.toml" in shown.out
    assert "\n  The demo took " in shown.out
    assert "api_key = " not in (tmp_path / "demo" / "chimpline.toml").read_text()
    found_everything(served_demo(tmp_path), len(ALL))


def found_everything(said: str, tables: int) -> None:
    assert "✗" not in said
    assert 2 == said.count(f"    ✓ {tables} tables equal the account, ")
    assert 2 + 6 == said.count("    ✓ ")
    assert "\n  0 rows changed, with " in said


def served_demo(directory: Path) -> str:
    """What `demo --serve` says before its console answers, and Ctrl-C ends it."""
    said = ""
    with subprocess.Popen(
        [COMMAND, "demo", *SMALL, "--serve"],
        cwd=directory,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        assert demo.stdout is not None
        try:
            for line in demo.stdout:
                said += line
                if found := re.search(r"The console is at (http\S+)\. ", line):
                    break
            else:
                pytest.fail(said)
            with urllib.request.urlopen(f"{found[1]}/healthz", timeout=30) as answer:  # noqa: S310
                assert 200 == answer.status
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            demo.communicate(timeout=60)
    assert 0 == demo.returncode
    assert (directory / "demo" / "chimpline.duckdb").is_file()
    return said


def test_a_directory_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    mine = tmp_path / "demo" / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    refused = run_demo(tmp_path)
    assert 2 == refused.returncode
    assert "contains files that no demo made" in refused.stderr
    assert "mine" == mine.read_text(encoding="utf-8")
