"""Runs of `chimpline serve`: killed and taken up again, beside a terminal, stopped and gone on."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import DuckDBReplica, assert_true_to
from tests.conftest import DRAWN, chance_of
from tests.console.runs_served import Daily, until

pytestmark = pytest.mark.console
KILLS = 10
EVENTS = 25
"""Of a run here, some more are written; a kill comes after one of them."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Daily]:
    with Sandbox.start(members=600, campaigns=8, events=600, seed=7) as sandbox:
        sandbox.latency(base_s=0.06)
        made = Daily(tmp_path, sandbox)
        yield made
        made.leave()


def test_whatever_is_killed_the_run_goes_on_once_and_ends(
    served: Daily,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    """By kill -9 of `serve`, and now and then of its run as well, at moments drawn by chance."""
    seed = chance_of(request.config).seed
    record_property(DRAWN, f"kills of serve, seed {seed}")
    rng = random.Random(f"serve {seed}")  # noqa: S311 - a moment is no secret
    runs: list[str] = []
    killed_runs = in_the_middle = 0
    served.start()
    for _ in range(KILLS):
        if not runs or served.state_of(runs[-1]) == "succeeded":
            served.sandbox.advance(3600.0)
            served.sandbox.change("subscribe")
            runs.append(served.run())
        said, moment = len(served.events(runs[-1])), rng.randint(0, EVENTS)
        until(
            lambda said=said, moment=moment: (  # type: ignore[misc]
                len(served.events(runs[-1])) >= said + moment
                or "run_finished" in served.events(runs[-1])
            ),
            "the moment",
        )
        served.kill()
        in_the_middle += "run_finished" not in served.events(runs[-1])
        if rng.random() < 0.5:
            for holder in served.state.live_runs():
                os.kill(holder.pid, signal.SIGKILL)
                killed_runs += 1
            until(lambda: not served.state.live_runs(), "the end of the process")
        served.start()
    assert in_the_middle >= KILLS // 2
    assert ["succeeded"] * len(runs) == [served.ends(run_id) for run_id in runs]
    listed = served.ask("GET", "/api/v1/runs")["runs"]
    assert sorted(runs) == sorted(run["id"] for run in listed)
    # Never two at once: a process was started again only where the one before was killed.
    assert sum(map(served.processes, runs)) <= len(runs) + killed_runs
    served.stop()
    assert_true_to(served.sandbox, DuckDBReplica(served.state.path, served.home / "copy.duckdb"))


def test_a_run_of_a_terminal_and_the_console_respect_each_other(served: Daily) -> None:
    served.start()
    terminal = served.command("run", "daily", "--quiet")
    until(lambda: bool(served.state.live_runs()), "the run")
    (holder,) = served.state.live_runs()
    until(lambda: served.state_of(holder.run_id) == "running", "its begin")
    refusal = served.ask("POST", "/api/v1/pipelines/daily/runs", 409)
    assert holder.run_id in refusal["title"]
    names = [line for line in served.streamed(holder.run_id) if line.startswith("event: ")]
    assert ["event: run_queued", "event: run_finished", "event: end"] == [names[0], *names[-2:]]
    assert "event: table_progress" in names
    assert 0 == terminal.wait(60)
    assert "succeeded" == served.ends(holder.run_id)
    # And the other way round, with a run that goes on for as long as a terminal needs to begin.
    served.sandbox.latency(base_s=2.0)
    run_id = served.run()
    until(lambda: bool(served.state.live_runs()), "the run")
    assert 2 == served.command("run", "daily", "--quiet").wait(60)
    served.sandbox.latency()
    assert "succeeded" == served.ends(run_id)


def test_what_is_stopped_with_the_console_goes_on_with_it(served: Daily) -> None:
    served.start()
    second = served.command("serve", "--port", "0")
    run_id = served.run()
    assert 2 == second.wait(60)  # one state directory, one `serve`
    until(lambda: "table_progress" in served.events(run_id), "its begin")
    assert 0 == served.stop()
    assert [] == served.state.live_runs()
    served.start()
    assert "succeeded" == served.ends(run_id)
    assert 2 == served.processes(run_id)
    # Cancelled, it has ended for good.
    cancelled = served.run()
    until(lambda: "run_started" in served.events(cancelled), "its begin")
    served.ask("POST", f"/api/v1/runs/{cancelled}/cancel", 202)
    assert "cancelled" == served.ends(cancelled)
    served.kill()
    served.start()
    assert "cancelled" == served.ends(cancelled)
    assert 1 == served.processes(cancelled)
