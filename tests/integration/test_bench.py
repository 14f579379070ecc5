"""`make bench` still works: every line comes, from tiny accounts. Nothing asserts a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "bench.py"
LINES = (
    "CPU, microseconds a row of list_members (600 rows)",
    "CPU, microseconds a row of reports_email_activity (1,000 rows)",
    "pages of list_members",
    "peak memory, MB",
    "Memory, first sync of the first eight tables",
    "3 ms a page",
    "First sync of every table",
    "most requests at once",
    "A second run, nothing has changed",
    "ungated: it is the gate",
    "not due: account, ",
    "The first run of the next day",
    "beyond the least, by table",
    "Memory, tables that are off until they are named",
    "list_member_notes",
    "one member was erased",
    "busy, the whole run",
    "Python",
)


def test_the_bench_prints_every_figure_and_draws_the_chart(tmp_path: Path) -> None:
    chart = tmp_path / "chart.svg"
    done = subprocess.run(
        [sys.executable, SCRIPT, "--quick", "--plot", chart],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    missing = [line for line in LINES if line not in done.stdout]
    assert not missing, done.stdout
    assert "nan" not in done.stdout
    assert "First sync of every table" in chart.read_text()
