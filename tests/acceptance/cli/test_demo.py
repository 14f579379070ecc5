"""The demo as a newcomer types it: three acts, every table equal to the account."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.acceptance.destinations import ALL

COMMAND = Path(sys.executable).parent / "chimpline"
SMALL = ("--members", "700", "--campaigns", "10", "--events", "4000")


def run_demo(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "demo", *SMALL],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_three_acts_find_everything_and_can_be_shown_again(tmp_path: Path) -> None:
    shown = run_demo(tmp_path)
    assert (0, "") == (shown.returncode, shown.stderr)
    found_everything(shown.stdout)
    assert "serve --settings demo/chimpline.toml" in shown.stdout
    assert "api_key = " not in (tmp_path / "demo" / "chimpline.toml").read_text()
    found_everything(served_demo(tmp_path))


def found_everything(said: str) -> None:
    assert "✗" not in said
    assert 2 == said.count(f"    ✓ {len(ALL)} tables equal the account, ")
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
