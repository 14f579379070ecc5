"""An executor on a state directory, with the engine that it really has, and a stand-in for runs."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from chimpline.service.execution.durable import VERSION
from chimpline.service.execution.executor import Executor
from chimpline.service.execution.order import Fate, Order, Task
from chimpline.state.directory import StateDirectory
from tests.integration.execution.stand_in import DATASET, destination_of

ROOT = Path(__file__).parents[3]
LONGEST_S = 30.0
NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def until(condition: Callable[[], bool], what: str = "it") -> None:
    """Wait for another process, whose time nobody can set."""
    end = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.02)


@dataclasses.dataclass
class Place:
    """A state directory, in which one executor after the other works."""

    state: StateDirectory

    @contextlib.contextmanager
    def executor(self, *, version: str = VERSION) -> Iterator[Executor]:
        with Executor(
            self.state, self.command, lambda name: (destination_of(name), DATASET), version=version
        ) as executor:
            yield executor

    def command(self, order: Order) -> Sequence[str]:
        module = "tests.integration.execution.stand_in"
        state = str(self.state.path)
        return [sys.executable, "-m", module, state, order.pipeline, order.run_id, order.task.value]

    def begun(self) -> list[tuple[str, int]]:
        """The runs that were begun, each with its process."""
        with contextlib.suppress(OSError):
            lines = (self.state.path / "begun").read_text().splitlines()
            return [(line.split()[0], int(line.split()[1])) for line in lines]
        return []

    def go(self) -> None:
        """Let those end that wait for it."""
        (self.state.path / "go").touch()

    def wait_here(self) -> None:
        (self.state.path / "go").unlink(missing_ok=True)


def order(run_id: str, pipeline: str, *, due: dt.datetime | None = None) -> Order:
    return Order(run_id, pipeline, NOON, due=due)


def comparison(run_id: str, pipeline: str) -> Order:
    return Order(run_id, pipeline, NOON, task=Task.COMPARE)


def fate(executor: Executor, run_id: str) -> Fate:
    """What became of an order, once it has ended."""
    until(lambda: not now(executor, run_id).under_way, f"the end of {run_id}")
    return now(executor, run_id)


def now(executor: Executor, run_id: str) -> Fate:
    return {one.run_id: fate for one, fate in executor.orders()}[run_id]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "state").mkdir(mode=0o700)
    made = Place(StateDirectory(tmp_path / "state"))
    yield made
    for _, pid in made.begun():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
