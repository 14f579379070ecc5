"""`make bench` still works: every line comes, from tiny accounts. Nothing asserts a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "bench.py"
LINES = (
    "CPU, microseconds a row of list_members (3,000 rows)",
    "CPU, microseconds a row of reports_email_activity (5,000 rows)",
    "pages of list_members",
    "peak memory, MB",
    "a second run without any change",
    "busy, the whole run",
    "Python",
)


def test_the_bench_prints_every_figure() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--quick"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    missing = [line for line in LINES if line not in done.stdout]
    assert not missing, done.stdout
    assert "nan" not in done.stdout
