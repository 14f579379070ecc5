"""The demo as a newcomer types it: three acts, every table equal to the account."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from chimpline.sandbox.tables import TABLES

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
    for _ in range(2):
        shown = run_demo(tmp_path)
        assert (0, "") == (shown.returncode, shown.stderr)
        assert "✗" not in shown.stdout
        assert len(TABLES) * 2 + 6 == shown.stdout.count("    ✓ ")
        assert "\n  0 rows changed, with " in shown.stdout
        assert (tmp_path / "demo" / "chimpline.duckdb").is_file()


def test_a_directory_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    mine = tmp_path / "demo" / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    refused = run_demo(tmp_path)
    assert 2 == refused.returncode
    assert "contains files that no demo made" in refused.stderr
    assert "mine" == mine.read_text(encoding="utf-8")
