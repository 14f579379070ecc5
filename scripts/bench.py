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
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bench_plot import plot
from bench_readers import CONNECTIONS, HERE, Bench, Result, Sizes, account, compare, line, title
from bench_sync import PER_OFFSET_ROW, sync
from chimpline.catalog.tables import tables

STAGES = ("fetch", "decode", "load")

FULL = Sizes(200_000, 500, 1_000_000, bulk=30_000)
BOUND = Sizes(200_000, 500, 1_270_000, bulk=30_000)
QUICK = Sizes(600, 4, 1_000, bulk=300)
QUICK_EACH = Sizes(30, 2, 60)
LARGE = Sizes(1_000_000, 600, 5_000_000, bulk=30_000)
EACH = Sizes(20_000, 100, 100_000)

FIRST_EIGHT = (
    "automations,campaigns,list_members,list_segment_members,list_segments,lists,"
    "reports_email_activity,unsubscribes"
)
FAST_S = 0.003

MEMBERS = ("list_members", "lists,list_members", "members")
EVENTS = ("reports_email_activity", "reports,reports_email_activity", "events")


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


def memory(bench: Bench) -> None:
    """The most memory that runs of the default set take, and a complete read of members."""
    title("Memory, every table of the default set")
    database = bench.folder / "large.duckdb"
    members = {"tables": MEMBERS[1]}
    _memory_heads()
    _memory_of("first run", bench, database)
    _memory_of("second run, nothing changed", bench, database)
    _memory_of("members again, --full-refresh", bench, database, "--full-refresh", **members)


def memory_of_each(sizes: Sizes, folder: Path) -> None:
    """The same of each table that takes a request for each member, link or campaign."""
    title(f"Memory, tables that are off until they are named: {sizes}")
    _memory_heads()
    with account(sizes, folder, within=sizes is QUICK_EACH) as bench:
        for table in tables().values():
            if table.row.off and not table.host:
                _memory_of(table.name, bench, folder / f"{table.name}.duckdb", tables=table.name)


def _memory_heads() -> None:
    line("", "requests", "rows changed", "CPU, s; wall, s", "peak memory, MB")


def _memory_of(name: str, bench: Bench, database: Path, *flags: str, **chosen: str) -> None:
    run = bench.client("run", *flags, database=database, **chosen)
    seconds = f"{run['cpu_s']:.1f}; {run['wall_s']:.0f}"
    figures = (f"{run['requests']:,}", f"{run['rows_changed']:,}", seconds)
    line(name, *figures, f"{run['peak_mb']:.0f}")


def bound(sizes: Sizes, folder: Path, slow_s: float) -> None:
    """What is under way is what is allowed, though pages come faster than they land."""
    title(f"Memory, first sync of the first eight tables: {sizes}")
    _memory_heads()
    with account(sizes, folder) as bench:
        for name, page_s in (("fast", FAST_S), ("slow", slow_s)):
            bench.control.latency(base_s=page_s, per_offset_row_s=page_s * PER_OFFSET_ROW)
            database = folder / f"{name}.duckdb"
            _memory_of(f"{page_s * 1000:g} ms a page", bench, database, tables=FIRST_EIGHT)


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


def per_second(plain: Result) -> str:
    return f"{plain['rows'] / plain['wall_s']:,.0f}"


def commit() -> str:
    """What was measured: the commit, with a mark where the sources differ from it."""
    git = ["git", "-C", str(HERE), "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick",
        action="store_true",
        help="tiny sizes, most readers in this process: does it still work",
    )
    size.add_argument("--sync", action="store_true", help="without the CPU of rows")
    size.add_argument("--bound", action="store_true", help=f"only the memory bound, with {BOUND}")
    size.add_argument("--memory", action="store_true", help=f"only memory, with {LARGE}")
    size.add_argument("--each", action="store_true", help=f"memory of tables that are off: {EACH}")
    parser.add_argument("--latency", type=float, default=1.0, help="seconds a page")
    parser.add_argument("--plot", type=Path, help="draw the chart there: .svg or .png")
    options = parser.parse_args()
    sizes = QUICK if options.quick else LARGE if options.memory else FULL
    shown = EACH if options.each else BOUND if options.bound else sizes
    begun, measured = time.monotonic(), commit()
    print(f"Commit {measured}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f},")
    print(f"Python {sys.version.split()[0]}, {CONNECTIONS} connections. Three audiences: {shown},")
    print(f"80% of the members in one audience, {shown.bulk:,} of them changed in one second.")
    with tempfile.TemporaryDirectory(prefix="chimpline-bench-") as name:
        folder = Path(name)
        latency_s = 0.02 if options.quick else options.latency
        only = options.sync or options.memory or options.each
        if options.each or options.quick or not only:
            memory_of_each(QUICK_EACH if options.quick else EACH, folder / "each")
        if options.bound or options.quick or not only:
            bound(QUICK if options.quick else BOUND, folder / "bound", latency_s)
        if options.bound or options.each:
            return
        with account(sizes, folder / "account", within=options.quick) as bench:
            if options.memory:
                memory(bench)
            else:
                if not options.sync:
                    cost_of_rows(bench, *MEMBERS)
                    cost_of_rows(bench, *EVENTS)
                synced = sync(bench, latency_s, 5 if options.quick else 20)
                if options.plot:
                    plot(synced, str(sizes), measured, options.plot)
    print(f"\n{time.monotonic() - begun:.0f} s in all; load average {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
