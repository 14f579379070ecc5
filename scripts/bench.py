"""The figures of docs/performance.md, measured in one run: `make bench`, or with `--quick`.

An emulated account is served by a process of its own; each reader runs in a process of its own,
one at a time. Nothing here fails because something was slow.

CPU is user and system time of the reader's process, all threads, without the imports. It is split
by stages that add up: the requests of a real run are asked again with nothing behind the client
(*fetch*), again with decoding to Arrow (*decode* is the difference), and *load* is what the run
itself needs beyond that: merging, proofs, ledger. The plain reader does one thing at a time, so its
CPU is simply counted at each step.

*Busy* is the time that requests were on their way, over connections x time.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from chimpline.sandbox.control import SandboxControl

HERE = Path(__file__).parent
CONNECTIONS = 8
STAGES = ("fetch", "decode", "load")
Result = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Sizes:
    members: int
    campaigns: int
    events: int

    def __str__(self) -> str:
        return f"{self.members:,} members, {self.campaigns:,} campaigns, {self.events:,} events"


FULL = (Sizes(200_000, 500, 1_000_000), Sizes(60_000, 60, 120_000))
QUICK = (Sizes(3_000, 8, 5_000), Sizes(3_000, 8, 5_000))

MEMBERS = ("list_members", "lists,list_members", "members")
EVENTS = ("reports_email_activity", "reports,reports_email_activity", "events")


class Bench:
    """One emulated account, and the readers that are let loose on it."""

    def __init__(self, folder: Path, info: Result) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.control = SandboxControl(info["login_root"])
        self._account = ["--api-root", info["api_root"], "--key", info["api_key"]]

    def client(self, stage: str, **options: object) -> Result:
        state = {"state": self.folder / "state", "connections": CONNECTIONS}
        result = self._reader("bench_client.py", stage, **(state | options))
        if result.get("exit"):
            raise SystemExit(f"A run ended with {result['exit']}: {result['message']}")
        return result

    def plain(self, what: str, **options: object) -> Result:
        database = {"database": self.folder / f"plain-{what}.duckdb"}
        return self._reader("bench_plain.py", what, **(database | options))

    def _reader(self, script: str, command: str, **options: object) -> Result:
        told = [part for name, v in options.items() for part in (f"--{name}", str(v))]
        self.control.reset_metrics()
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(HERE / script), command, *self._account, *told],
            stdout=subprocess.PIPE,
            check=True,
        )
        result: Result = json.loads(done.stdout)
        return result


@contextmanager
def account(sizes: Sizes, folder: Path, *options: str) -> Iterator[Bench]:
    """An emulated account of three audiences, served until the block ends."""
    command = [sys.executable, "-m", "chimpline.sandbox", "--port", "0"]
    for name, value in dataclasses.asdict(sizes).items():
        command += [f"--{name}", str(value)]
    server = subprocess.Popen([*command, *options], stdout=subprocess.PIPE)  # noqa: S603
    try:
        if server.stdout is None:
            raise SystemExit("The sandbox cannot be heard.")
        yield Bench(folder, json.loads(server.stdout.readline()))
    finally:
        server.terminate()
        server.wait()


def cost_of_rows(bench: Bench, table: str, with_parent: str, what: str) -> None:
    """CPU a row, split; ours and the plain reader's."""
    whole = bench.client("run", tables=with_parent, database=bench.folder / f"{what}.duckdb")
    rows = whole["tables"][table]["inserted"]
    path = "/email-activity" if what == "events" else "/members"
    asked = [
        [path_, query]
        for _, url, query in bench.control.requests()
        if (path_ := url.removeprefix("/3.0")).endswith(path) and "count=1&" not in f"{query}&"
    ]
    replay = bench.folder / f"{what}.json"
    replay.write_text(json.dumps(asked))
    fetched = bench.client("fetch", tables=table, replay=replay)["cpu_s"]
    decoded = bench.client("decode", tables=table, replay=replay)["cpu_s"]
    ours = {"fetch": fetched, "decode": decoded - fetched, "load": whole["cpu_s"] - decoded}
    plain = bench.plain(what)
    title(f"CPU, microseconds a row of {table} ({rows:,} rows)")
    line("", "chimpline", "plain reader", "ratio")
    for stage in STAGES:
        compare(stage, ours[stage] / rows * 1e6, plain["cpu"][stage] / plain["rows"] * 1e6)
    compare("all", whole["cpu_s"] / rows * 1e6, plain["cpu_s"] / plain["rows"] * 1e6)
    line("rows landed", f"{rows:,}", f"{plain['rows']:,}")
    line("rows a second, wall", f"{rows / whole['wall_s']:,.0f}", per_second(plain))
    line("start-up, CPU seconds", f"{whole['startup_cpu_s']:.2f}")
    line("peak memory, MB", f"{whole['peak_mb']:.0f}", f"{plain['peak_mb']:.0f}")
    fewest = fewest_pages(bench.folder / f"{what}.duckdb", what)
    line(f"pages of {table}", f"{len(asked):,}", f"{plain['requests'] - 1:,}", f"fewest {fewest:,}")
    again = bench.plain(what)
    line("the plain reader again", "", f"{again['requests']:,} requests, {again['rows']:,} rows")


def whole_account(bench: Bench) -> None:
    """Every table, then again when nothing has changed."""
    database = bench.folder / "whole.duckdb"
    first = bench.client("run", database=database)
    rows = sum(table["inserted"] for table in first["tables"].values())
    second = bench.client("run", database=database)
    title("Every table, then a second run without any change")
    line("", "first run", "second run")
    for name, unit in (("requests", ","), ("rows_changed", ","), ("cpu_s", ".1f")):
        line(name.replace("_", " "), format(first[name], unit), format(second[name], unit))
    line("rows read", *(f"{read_rows(run):,}" for run in (first, second)))
    line("peak memory, MB", *(f"{run['peak_mb']:.0f}" for run in (first, second)))
    line("CPU, microseconds a row", f"{first['cpu_s'] / rows * 1e6:.1f}")


def connections(bench: Bench, plain_pages: int, latency_s: float) -> None:
    """How busy the connections are where every page takes its time."""
    bench.control.latency(base_s=latency_s)
    ours = bench.client("run", database=bench.folder / "slow.duckdb")
    busy = Busy(ours["spans"])
    plain = bench.plain("members", pages=plain_pages)
    title(f"Connections, at {latency_s:g} s a page")
    line("", "chimpline", "plain reader")
    line("connections", str(CONNECTIONS), "1")
    line("requests", f"{ours['requests']:,}", f"{plain['requests']:,} (stopped there)")
    line("wall, seconds", f"{ours['wall_s']:.1f}", f"{plain['wall_s']:.1f}")
    line("pages a second", f"{ours['requests'] / ours['wall_s']:.2f}", per_page(plain))
    line("most requests at once", str(busy.peak))
    line("busy, the whole run", f"{busy.share():.1%}", f"{plain['busy']:.1%}")
    tail = f"busy, until the last {CONNECTIONS} pages began"
    line(tail, f"{busy.share(busy.tail):.1%}")
    line("busy, after the first 5 pages' time", f"{busy.share(busy.tail, 5 * latency_s):.1%}")
    fewest = ours["requests"] * latency_s / CONNECTIONS
    line("wall / (requests x latency / connections)", f"{ours['wall_s'] / fewest:.2f}")


class Busy:
    """Shares of time from the spans of requests: `[began, ended, path]`, in seconds."""

    def __init__(self, spans: list[tuple[float, float, str]]) -> None:
        self._spans = spans
        self.end = max(ended for _, ended, _ in spans)
        self.tail = sorted(began for began, _, _ in spans)[-min(CONNECTIONS, len(spans))]
        steps = sorted([(a, 1) for a, _, _ in spans] + [(b, -1) for _, b, _ in spans])
        now = self.peak = 0
        for _, step in steps:
            now += step
            self.peak = max(self.peak, now)

    def share(self, until: float | None = None, since: float = 0.0) -> float:
        end = self.end if until is None else until
        busy = sum(max(0.0, min(b, end) - max(a, since)) for a, b, _ in self._spans)
        return busy / (CONNECTIONS * (end - since)) if end > since else math.nan


def fewest_pages(database: Path, what: str) -> int:
    """Pages of 1,000 that hold it all: an audience's archived members need a question of their own.

    Activity is paged by recipient.
    """
    of_members = (
        "SELECT count(*) AS n FROM mailchimp.list_members GROUP BY list_id, status = 'archived'"
    )
    of_events = "SELECT emails_sent AS n FROM mailchimp.reports"
    pages = of_members if what == "members" else of_events
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            f"SELECT sum(greatest(1, ceil(n / 1000))) FROM ({pages})"
        ).fetchone()
    return int(found[0]) if found else 0


def read_rows(run: Result) -> int:
    return sum(table["rows_read"] for table in run["tables"].values())


def per_second(plain: Result) -> str:
    return f"{plain['rows'] / plain['wall_s']:,.0f}"


def per_page(plain: Result) -> str:
    return f"{plain['requests'] / plain['wall_s']:.2f}"


def title(text: str) -> None:
    print(f"\n{text}")


def line(name: str, *cells: str) -> None:
    print(f"  {name:<44}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


def compare(name: str, ours: float, theirs: float) -> None:
    line(name, f"{ours:.1f}", f"{theirs:.1f}", f"{theirs / ours:.1f} x" if ours > 0 else "")


def commit() -> str:
    """What was measured: the commit, with a mark where the sources differ from it."""
    git = ["git", "-C", str(HERE), "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it still work")
    options = parser.parse_args()
    large, small = QUICK if options.quick else FULL
    begun = time.monotonic()
    print(f"Commit {commit()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f},")
    print(f"Python {sys.version.split()[0]}, {CONNECTIONS} connections, three audiences: {large}.")
    with tempfile.TemporaryDirectory(prefix="chimpline-bench-") as name:
        folder = Path(name)
        with account(large, folder / "large") as bench:
            cost_of_rows(bench, *MEMBERS)
            cost_of_rows(bench, *EVENTS)
            whole_account(bench)
        print(f"\nA smaller account: {small}, 80% of the members in one audience.")
        with account(small, folder / "small", "--largest-share", "0.8") as bench:
            connections(bench, 5 if options.quick else 20, 0.02 if options.quick else 1.0)
    print(f"\n{time.monotonic() - begun:.0f} s in all; load average {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
