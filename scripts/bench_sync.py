"""A first sync, a quiet run and deleted members, where every page takes its time."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from bench_busy import Busy, Least, least
from bench_readers import CONNECTIONS, Bench, Result, line, title
from chimpline.catalog.row import Changed
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from chimpline.extract.plan import children
from chimpline.model import TableState
from chimpline.runs.report.info import interval

PER_OFFSET_ROW = 1e-6
"""Of a page's time: 1 ms for each 1,000 rows skipped, where a page takes a second."""

MEMBERS = "lists,list_members"
DAY_S = 86_400.0


@dataclasses.dataclass(frozen=True, slots=True)
class Synced:
    """What the chart shows: seconds, requests, and what a reader with one connection needs."""

    latency_s: float
    busy: Busy
    fewest: Least
    plain_pages_a_second: float
    # By run: ours, and those of a plain reader.
    requests: dict[str, tuple[int, int]] = dataclasses.field(default_factory=dict)


def sync(bench: Bench, latency_s: float, plain_pages: int) -> Synced:
    """Everything of docs/performance.md that needs a page to take its time."""
    slow = {"base_s": latency_s, "per_offset_row_s": latency_s * PER_OFFSET_ROW}
    bench.control.latency(**slow)
    database = bench.folder / "sync.duckdb"
    first = bench.client("run", database=database)
    served = bench.control.metrics()
    plain = bench.plain("members", pages=plain_pages, database=bench.folder / "pace.duckdb")
    fewest = least(database, slow["base_s"], slow["per_offset_row_s"])
    pace = plain["requests"] / plain["wall_s"]
    synced = Synced(latency_s, Busy(first["spans"], CONNECTIONS), fewest, pace)
    _first(first, served, plain, synced)
    quiet = bench.client("run", database=database)
    _quiet(quiet, bench.control.requests(), latency_s)
    bench.control.latency()
    synced.requests["nothing has changed"] = (quiet["requests"], _plain_again(bench))
    bench.control.advance(DAY_S)
    day = bench.client("run", database=database, ahead=DAY_S)
    _next_day(day, bench.control.requests())
    synced.requests.update(_deleted(bench, database))
    return synced


def _first(run: Result, served: Result, plain: Result, synced: Synced) -> None:
    latency_s, busy, fewest = synced.latency_s, synced.busy, synced.fewest
    ideal = fewest.seconds / CONNECTIONS
    one = fewest.pages / synced.plain_pages_a_second
    rows = run["rows_changed"]
    title(
        f"First sync of every table, at {latency_s:g} s a page + {latency_s:g} ms/1,000 of offset"
    )
    line("", "chimpline", "one connection", "the least")
    line("connections", str(CONNECTIONS), "1")
    line("requests", f"{run['requests']:,}", f"{fewest.pages:,} (computed)", f"{fewest.pages:,}")
    line("wall, seconds", f"{run['wall_s']:.1f}", f"{one:,.0f} (computed)", f"{ideal:.1f}")
    line("wall / (fewest pages x latency / 10)", f"{run['wall_s'] / ideal:.3f}")
    page_s = sum(ended - began for began, ended, _ in busy.spans) / len(busy.spans)
    line("a page as it came, seconds (machine included)", f"{page_s:.3f}")
    measured = fewest.pages * page_s / CONNECTIONS
    line("wall / (fewest pages x that / 10)", f"{run['wall_s'] / measured:.3f}")
    pace = f"{plain['requests'] / plain['wall_s']:.2f} ({plain['requests']} pages)"
    line("pages a second", f"{run['requests'] / run['wall_s']:.2f}", pace)
    line("most requests at once, by client and server", f"{busy.peak}; {_peak(served)}", "1")
    line("refused for too many at once", f"{served['rejected_429']}")
    line("busy, the whole run", f"{busy.share():.1%}", f"{plain['busy']:.1%}")
    line(f"busy, until the last {CONNECTIONS} pages began", f"{busy.share(busy.tail):.1%}")
    idle = ", ".join(f"{second} s: {unused:.1f}" for second, unused in busy.idle(8))
    print(f"  idlest seconds, connections unused: {idle}")
    last = Counter(reason_of(path, "")[0] for _, path in busy.last(4 * CONNECTIONS))
    last_ones = ", ".join(f"{name} {n}" for name, n in last.most_common(6))
    print(f"  the last {4 * CONNECTIONS} pages were of: {last_ones}")
    _beyond_the_least(busy, fewest)
    line("rows landed", f"{rows:,}")
    line("CPU, seconds", f"{run['cpu_s']:.1f} ({run['cpu_s'] / rows * 1e6:.1f} us a row)")
    line("peak memory, MB", f"{run['peak_mb']:.0f}", f"{plain['peak_mb']:.0f}")


def _beyond_the_least(busy: Busy, fewest: Least) -> None:
    """The tables that took more requests than their rows need, the worst first."""
    asked = Counter(reason_of(_path(url), "")[0] for _, _, url in busy.spans)
    more = {name: n - fewest.by_table.get(name, 0) for name, n in asked.items()}
    worst = sorted((name for name in more if more[name]), key=lambda name: -abs(more[name]))
    told = ", ".join(f"{name} {more[name]:+}" for name in worst[:8])
    print(f"  beyond the least, by table: {told or 'nothing'}")


def _path(url: str) -> str:
    return urlsplit(url).path


def _peak(served: Result) -> int:
    return int(served["peak_connections"])


def _quiet(run: Result, asked: list[tuple[str, str, str]], latency_s: float) -> None:
    """Each request of a run after which nothing had changed, by table and reason."""
    title(f"A second run, nothing has changed: {run['requests']:,} requests")
    _by_reason(asked)
    rest = [name for name, told in run["tables"].items() if told["state"] == TableState.NOT_DUE]
    print(f"  not due: {', '.join(rest)}")
    line("wall, seconds", f"{run['wall_s']:.1f}", f"  at {latency_s:g} s a page")
    line("rows changed", f"{run['rows_changed']:,}")
    line("CPU, seconds; peak memory, MB", f"{run['cpu_s']:.1f}; {run['peak_mb']:.0f}")


def _next_day(run: Result, asked: list[tuple[str, str, str]]) -> None:
    """The first run a day later: what is read once a day comes on top."""
    title(f"The first run of the next day: {run['requests']:,} requests")
    _by_reason(asked)
    line("rows changed", f"{run['rows_changed']:,}")


def _by_reason(asked: list[tuple[str, str, str]]) -> None:
    counted = Counter(reason_of(path, query) for _, path, query in asked)
    for (name, reason), n in sorted(counted.items()):
        line(name, f"{n:,}", f"  {reason}")


def reason_of(path: str, query: str) -> tuple[str, str]:
    """The table that a request was for, and why a quiet run asks it."""
    path = path.removeprefix("/3.0") or "/"
    if path == "/ping" or (path == "/" and "&fields=" in f"&{query}"):
        return "(account and clock)", "whose account is this, what time is it there?"
    for table in tables().values():
        if _matches(table.path, path):
            return table.name, _why(table, query)
        if table.record_path is not None and _matches(table.record_path, path):
            return table.name, "is this record still there?"
    return path, "?"


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


def _why(table: Table, query: str) -> str:
    if table.row.gate:
        due = ", or it was due" if table.row.gate.complete else ""
        return f"its gate ({table.row.gate.of}) opened{due}"
    if isinstance(table.reading, Changed):
        if "sort_dir=DESC" in query:
            return "what changed since the bookmark, and how many there are, of each ask"
        if "count=1&" in f"{query}&":
            return "counts to compare"
        return "what changed since the bookmark, or since the run began"
    if table.row.every:
        return f"it is due: read every {interval(table.row.every)}"
    if behind := _behind(table):
        return f"ungated: it is the gate of {len(behind)} table{'s' * (len(behind) > 1)}"
    if children(table):
        return "ungated: nothing tells what is new, of it or below it"
    return "ungated: nothing tells whether it changed"


def _behind(table: Table) -> list[str]:
    gates = ((one.name, one.row.gate) for one in tables().values() if not one.row.off)
    return [name for name, gate in gates if gate is not None and gate.of == table.name]


def _plain_again(bench: Bench) -> int:
    """Requests of a plain reader that has read all members and events, and asks for newer ones."""
    for what in ("members", "events"):
        if not (bench.folder / f"plain-{what}.duckdb").exists():
            bench.plain(what)
    return sum(int(bench.plain(what)["requests"]) for what in ("members", "events"))


def _deleted(bench: Bench, database: Path) -> dict[str, tuple[int, int]]:
    """What it costs to find erased members; the plain reader has to read their audiences."""
    of_members = {"database": database, "tables": MEMBERS, "ahead": DAY_S}
    quiet = bench.client("run", **of_members)["requests"]
    title("Vanished members: requests of a run of lists and members")
    line("", "chimpline", "more than if quiet", "reading again")
    line("none", f"{quiet:,}", "0")
    found = {}
    for n, name in ((1, "one member was erased"), (50, "fifty members were erased")):
        audiences = set()
        for list_id, member_id in _members(database, n):
            bench.control.change("delete_permanently", list_id=list_id, member_id=member_id)
            audiences.add(list_id)
        run = bench.client("run", **of_members)
        deleted = run["tables"]["list_members"]["deleted"]
        if deleted != n:
            raise SystemExit(f"{n} members were erased and {deleted} were found.")
        again = _pages(database, audiences)
        line(name, f"{run['requests']:,}", f"{run['requests'] - quiet:,}", f"{again:,} pages")
        found[name] = (run["requests"] - quiet, again)
    return found


def _members(database: Path, n: int) -> list[tuple[str, str]]:
    """Members by chance, since an id is a hash; a single one is of the largest audience."""
    largest = " AND list_id = (SELECT mode(list_id) FROM mailchimp.list_members)"
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(
            "SELECT list_id, id FROM mailchimp.list_members WHERE _deleted_at IS NULL"
            f" AND status <> 'archived'{largest if n == 1 else ''} ORDER BY id LIMIT {n}"
        ).fetchall()


def _pages(database: Path, audiences: set[str]) -> int:
    """Pages of 1,000 that hold all members of these audiences, archived ones apart."""
    ids = ", ".join(f"'{one}'" for one in sorted(audiences))
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "SELECT CAST(sum(ceil(n / 1000)) AS BIGINT) FROM (SELECT count(*) AS n"
            f" FROM mailchimp.list_members WHERE list_id IN ({ids}) AND _deleted_at IS NULL"
            " GROUP BY list_id, status = 'archived')"
        ).fetchone()
    return int(found[0]) if found else 0
