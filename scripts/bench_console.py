"""The figures of the console in docs/performance.md: `python scripts/bench_console.py`.

`chimpline serve` in a process of its own, on an emulated account with 200,000 members, which a run
has landed in DuckDB before, with a history of 1,000 runs.
*Idle*: its CPU time over a minute in which nothing is asked of it, and its resident memory at the
end of that. *From due to started*: from the instant that a schedule names to the first event of the
run's own process. *First byte*: of each page, by one reader, the median of several.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from chimpline.model import RunState
from chimpline.sandbox import Sandbox
from chimpline.service.desk import Desk
from chimpline.service.execution.past import PastRun
from chimpline.service.people.people import Role

HISTORY = 1_000
TURN_S = 1.0
TICK = os.sysconf("SC_CLK_TCK")
TABLES = ("lists", "list_members", "list_segments", "campaigns", "reports", "unsubscribes")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--members", type=int, default=200_000, help="of the account, all landed")
    asked.add_argument("--idle", type=float, default=60.0, metavar="S", help="seconds of rest")
    asked.add_argument("--fires", type=int, default=3, help="how often the schedule fires")
    asked.add_argument("--times", type=int, default=15, help="how often each page is read")
    chosen = asked.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="chimpline-") as folder,
        Sandbox.start(members=chosen.members, campaigns=50, events=20_000, seed=1) as sandbox,
    ):
        print(json.dumps(measured(Path(folder), sandbox, chosen), indent=1))


def measured(path: Path, sandbox: Sandbox, chosen: argparse.Namespace) -> dict[str, object]:
    pages = ["/", "/pipelines", "/pipelines/daily", "/runs", "/runs?page=20", "/runs/run0999"]
    pages += ["/runs/run0999/log", "/runs/comparisons", "/connections", "/connections/main"]
    pages += ["/destinations", "/settings", "/settings/alerts", "/data/daily"]
    members = "/data/daily/tables/list_members"
    pages += [members, f"{members}?sort=email_address", f"{members}?page=20"]
    pages += [f"/data/daily/charts/{name}" for name in ("audience", "campaigns", "week")]
    settings = path / "chimpline.toml"
    settings.write_text(
        f'[connections.main]\nauth = "api_key"\napi_root = "{sandbox.api_root}"\n'
        '[pipelines.daily]\nconnection = "main"\ndestination = "duckdb:///copy.duckdb"\n'
    )
    cookie = prepared(path)
    environ = os.environ | {
        "CHIMPLINE_API_KEY": sandbox.api_key,
        "CHIMPLINE_SLOTS_DIR": str(path / "slots"),
    }
    command = [sys.executable, "-m", "chimpline", "run", "daily", "--quiet"]
    subprocess.run(command, cwd=path, env=environ, check=True)  # noqa: S603  (our own command)
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "chimpline", "serve", "--port", "0"],
        cwd=path,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline() if process.stdout else ""
    url = line.partition(" at ")[2].partition(". ")[0]
    start = time.monotonic() - begun
    try:
        first_byte = {page: ms(url + page, cookie, chosen.times) for page in pages}
        time.sleep(5)  # what the pages left to do
        before = cpu(process.pid)
        time.sleep(chosen.idle)
        idle = 100 * (cpu(process.pid) - before) / chosen.idle
        memory = megabytes(process.pid)
        settings.write_text(settings.read_text() + 'schedule = "every 1 minute"\n')
        waits = due_to_started(path, chosen.fires)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    return {
        "load": os.getloadavg()[0],
        "start_s": round(start, 2),
        "idle_cpu_percent": round(idle, 2),
        "idle_memory_mb": round(memory),
        "due_to_started_s": waits,
        "first_byte_ms": first_byte,
    }


def prepared(path: Path) -> str:
    """A history, and somebody who is signed in: the word of the cookie."""
    now = dt.datetime.now(dt.UTC)
    table = {"state": "done", "rows_read": 10, "inserted": 1, "updated": 2, "deleted": 0}
    with contextlib.closing(Desk({}, path)) as desk:
        for number in range(HISTORY):
            at = now - dt.timedelta(minutes=15 * (HISTORY - number))
            desk.past.put(
                PastRun(
                    f"run{number:04}",
                    "daily",
                    RunState.SUCCEEDED,
                    at,
                    finished_at=at + dt.timedelta(seconds=40),
                    exit=0,
                    requests=60,
                    rows_changed=number % 97,
                    tables={name: {**table, "requests": 4, "message": ""} for name in TABLES},
                )
            )
        desk.people.put("anna", Role.ADMIN, "correct horse battery")
        return desk.sessions.begin(desk.people.everyone()[0])


def ms(url: str, cookie: str, times: int) -> float:
    """Until the first byte, after one that fills caches, as somebody reads who turns pages."""
    request = urllib.request.Request(url, headers={"Cookie": f"chimpline_session={cookie}"})  # noqa: S310
    took = []
    for _ in range(times + 1):
        time.sleep(TURN_S)
        begun = time.perf_counter()
        with urllib.request.urlopen(request) as answer:  # noqa: S310  (our own address)
            answer.read(1)
            took.append(time.perf_counter() - begun)
            answer.read()
    return round(1000 * statistics.median(took[1:]), 1)


def due_to_started(path: Path, fires: int) -> list[float]:
    """Seconds from each due instant to the first event of its run."""
    found: dict[str, float] = {}
    runs = path / ".chimpline" / "runs"
    before = set(runs.glob("*.jsonl"))
    while len(found) < fires:
        time.sleep(0.5)
        for file in set(runs.glob("*.jsonl")) - before:
            lines = file.read_text().splitlines()
            if lines and file.stem not in found:
                at = dt.datetime.fromisoformat(json.loads(lines[0])["at"])
                found[file.stem] = round(at.second + at.microsecond / 1e6, 2)
    return list(found.values())


def cpu(pid: int) -> float:
    """Seconds of user and system time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


if __name__ == "__main__":
    main()
