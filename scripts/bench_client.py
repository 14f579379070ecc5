"""One measurement of `scripts/bench.py`, in a process of its own: a run, or a replay of its pages.

`run` replicates with the product as it is. `fetch` and `decode` ask the same requests again, with
the product's transport, client and decoder and nothing behind them, so that the difference between
two of the three is the cost of what was added. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import datetime as dt
import itertools
import json
import os
import re
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp  # noqa: F401 - imported before the clock starts: start-up is no cost of a row
import duckdb
import isal.isal_zlib  # noqa: F401 - the same
import pyarrow as pa

import chimpline.runs.job as runs
from chimpline.api.budget import Budget
from chimpline.api.client import Client
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import AiohttpTransport, Answer, Transport
from chimpline.catalog.tables import tables, usual_intervals
from chimpline.clock import utc_now
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.source import Source
from chimpline.runs.report.events import Event
from chimpline.runs.request import RunRequest
from chimpline.service.prepared import services


class Watched:
    """A transport that notes when each request was on its way."""

    def __init__(self, *, connections: int) -> None:
        self._inner = AiohttpTransport(connections=connections)
        self.spans: list[tuple[float, float, str]] = []

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, **more: Any
    ) -> Answer:
        started = time.monotonic()
        try:
            return await self._inner.get(url, headers=headers, timeout_s=timeout_s, **more)
        finally:
            self.spans.append((started, time.monotonic(), url.partition("?")[0]))

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        return await self._inner.post_form(url, form=form, headers=headers, timeout_s=timeout_s)

    async def close(self) -> None:
        await self._inner.close()


def peak_mb() -> float:
    """The most memory that this process ever held. `ru_maxrss` can be the parent's on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def run(options: argparse.Namespace) -> dict[str, Any]:
    watched: list[Watched] = []

    def transport(*, connections: int) -> Transport:
        watched.append(Watched(connections=connections))
        return watched[-1]

    def emit(event: Event) -> None:
        if options.verbose:
            sys.stderr.write(f"{event}\n")

    def clock() -> dt.datetime:
        return utc_now() + dt.timedelta(seconds=options.ahead)

    request = RunRequest(
        pipeline="bench",
        credential=Credential(options.key, is_api_key=True),
        destination=f"duckdb:///{options.database}",
        dataset="mailchimp",
        api_root=options.api_root,
        tables=tuple(options.tables.split(",")) if options.tables else None,
        connections=options.connections,
        full_refresh=options.full_refresh,
        every=usual_intervals(),
        state_dir=Path(options.state),
    )
    ports = services(request, os.environ)
    ports = dataclasses.replace(ports, events=emit, transport=transport, clock=clock)
    finished = runs.run(request, ports)
    spans = [span for one in watched for span in one.spans]
    origin = min(started for started, _, _ in spans)
    return {
        "exit": finished.exit,
        "said": finished.said and finished.said.to_json(),
        "requests": finished.requests,
        "rows_changed": finished.rows_changed,
        "tables": finished.tables,
        "spans": [[a - origin, b - origin, path] for a, b, path in spans],
    }


async def replay(options: argparse.Namespace, asked: list[list[str]]) -> dict[str, Any]:
    """Ask the requests of a file again, all connections at once."""
    table = tables()[options.tables]
    todo = iter(asked)
    transport = AiohttpTransport(connections=options.connections)
    client = Client(
        api_root=options.api_root,
        credential=Credential(options.key, is_api_key=True),
        transport=transport,
        budget=Budget(Path(options.state), "bench", connections=options.connections),
    )
    decoder = Decoder(table)
    variable = re.compile(re.sub(r"\{\w+\}", "([^/]+)", table.path))
    rows = 0

    async def reader() -> None:
        nonlocal rows
        for path, query in todo:
            params = dict(parse_qsl(query))
            if options.stage == "fetch":
                await client.get(path, params, parse=bytes)
                continue
            found = variable.fullmatch(path)
            source = Source(client, decoder, found.groups() if found else ())
            reply = await client.get(path, params, parse=decoder.page)
            rows += source.rows(reply.value).num_rows

    async with asyncio.TaskGroup() as group:
        for _ in itertools.repeat(None, options.connections):
            group.create_task(reader())
    await transport.close()
    return {"requests": client.requests, "rows": rows}


def measured(argv: Sequence[str]) -> dict[str, Any]:
    """What was asked for on the command line; CPU is of the whole process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=["run", "fetch", "decode"])
    for name in ("api-root", "key", "tables", "state", "database", "replay"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--ahead", type=float, default=0.0, help="seconds, of the run's clock")
    parser.add_argument("--full-refresh", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(argv)
    duckdb.connect().close()
    pa.table({"a": [1]}).group_by("a").aggregate([])
    startup = time.process_time()
    begun = time.monotonic()
    if options.stage == "run":
        result = run(options)
    else:
        asked = json.loads(Path(options.replay).read_text())
        result = asyncio.run(replay(options, asked))
    return result | {
        "startup_cpu_s": startup,
        "cpu_s": time.process_time() - startup,
        "wall_s": time.monotonic() - begun,
        "peak_mb": peak_mb(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(sys.argv[1:])) + "\n")
