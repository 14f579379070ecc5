"""The history of runs: what has ended is kept once, whatever told of its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimpline.message import Message
from chimpline.model import RunState
from chimpline.runs.report.events import RunFinished, RunQueued, as_json
from chimpline.service.control import ControlDatabase
from chimpline.service.execution.order import Became, Fate, Order, Task
from chimpline.service.execution.past import PastRun, PastRuns, take_over
from chimpline.state.directory import StateDirectory

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
RAN = Fate(Became.RAN, RunState.SUCCEEDED, 0)


class World:
    def __init__(self, database: ControlDatabase, path: Path) -> None:
        self.past = PastRuns(lambda: database)
        self.state = StateDirectory(path)

    def tells(self, run_id: str, *ends: RunState) -> None:
        """A run's event file: queued, then ended, as often as it was begun."""
        with self.state.event_file(run_id) as file:
            for end in ends:
                file.write(as_json(queued(run_id)))
                file.write(as_json(finished(run_id, end)))

    def takes_over(self, *orders: tuple[Order, Fate]) -> dict[str, RunState]:
        take_over(self.past, self.state, orders, NOON)
        return {run.run_id: run.state for run in self.past.newest()}

    def said(self, run_id: str) -> Any:
        run = self.past.get(run_id)
        assert run is not None
        return run.message


def queued(run_id: str) -> RunQueued:
    return RunQueued(
        at=NOON,
        run_id=run_id,
        pipeline="daily",
        destination="duckdb:////d",
        dataset="m",
        schema_version="1",
        chimpline_version="1",
    )


def finished(run_id: str, state: RunState) -> RunFinished:
    return RunFinished(
        at=NOON,
        run_id=run_id,
        state=state,
        exit=0,
        requests=5,
        rows_changed=7,
        seconds=1.0,
        tables={},
    )


def order(run_id: str = "r1", **further: Any) -> Order:
    return Order(run_id, "daily", NOON, **further)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    database = ControlDatabase(tmp_path)
    yield World(database, tmp_path)
    database.close()


def test_a_run_of_a_terminal_is_kept_as_it_tells(world: World) -> None:
    world.tells("t1", RunState.SUCCEEDED)
    assert {"t1": RunState.SUCCEEDED} == world.takes_over()
    run = world.past.get("t1")
    assert (
        PastRun("t1", "daily", RunState.SUCCEEDED, NOON, "duckdb:////d", "m", NOON, None, 0, 5, 7)
        == run
    )


def test_a_run_that_was_stopped_with_the_console_has_not_ended(world: World) -> None:
    world.tells("r1", RunState.CANCELLED)
    assert {} == world.takes_over((order(), Fate(Became.RUNNING)))
    world.tells("r1", RunState.SUCCEEDED)
    assert {"r1": RunState.SUCCEEDED} == world.takes_over((order(due=NOON), RAN))
    run = world.past.get("r1")
    assert run is not None
    assert NOON == run.due


@pytest.mark.parametrize(
    ("fate", "state", "said"),
    [
        (
            Fate(Became.SKIPPED, holder="r0"),
            RunState.SKIPPED,
            Message.of("run-skipped", holder="r0").to_json(),
        ),
        (Fate(Became.BROKEN, message="No key."), RunState.FAILED, "No key."),
        (
            Fate(Became.BROKEN),
            RunState.FAILED,
            Message.of("run-without-a-word", run_id="r1").to_json(),
        ),
        (
            Fate(Became.CANCELLED),
            RunState.CANCELLED,
            Message.of("run-cancelled-before").to_json(),
        ),
    ],
)
def test_an_order_of_which_no_run_tells_is_kept(
    world: World, fate: Fate, state: RunState, said: Any
) -> None:
    assert {"r1": state} == world.takes_over((order(), fate))
    assert said == world.said("r1")


def test_a_comparison_is_no_run(world: World) -> None:
    assert {} == world.takes_over((order(task=Task.COMPARE), Fate(Became.BROKEN)))


def test_an_order_of_another_version_is_understood() -> None:
    told = order(due=NOON, task=Task.COMPARE, level="rows", repair=True).to_json()
    assert Order.from_json(told) == Order.from_json(told | {"of_tomorrow": 1})
    old = {"run_id": "r1", "pipeline": "daily", "asked_at": NOON.isoformat()}
    assert order() == Order.from_json(old)


def test_the_newest_runs_of_each_pipeline_are_kept(world: World) -> None:
    for number in range(5):
        at = NOON + dt.timedelta(minutes=number)
        world.past.put(PastRun(f"r{number}", "ab"[number % 2], RunState.SUCCEEDED, at))
    world.past.keep_newest({"a": 2}, 1)
    assert ["r4", "r3", "r2"] == [run.run_id for run in world.past.newest()]
