"""Stopped anywhere, by whatever: the next run goes on, and it is as if nothing had happened."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chimpline.errors import ChimplineError, DestinationLocked, RunLocked
from chimpline.load import open_destination
from chimpline.load.postgres.lock import WAITED_FOR_S
from chimpline.runs.report.events import RunFinished
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    DATASET,
    READ,
    STALE,
    PostgresReplica,
    Replica,
    assert_true_to,
    changes_of,
    key_of,
    replicate,
)
from tests.acceptance.test_replica_shifts import SMALL_PAGES
from tests.words import heard, told_of

pytestmark = pytest.mark.either_engine

ROOT = Path(__file__).parents[2]
OF_REPORTS = {table: columns for table, columns in STALE.items() if table != "list_members"}


SIZES = {"members": 120, "campaigns": 6, "events": 200, "audiences": 2, "seed": 11}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A first run of it makes more than a hundred requests."""
    with Sandbox.start(**SIZES) as own:
        yield own


class At:
    """Does something once, as the n-th request arrives."""

    def __init__(self, sandbox: Sandbox, number: int, deed: Callable[[], object]) -> None:
        self.left = number
        self.deed = deed
        sandbox.on_request(self)

    def __call__(self, *_: str) -> None:
        self.left -= 1
        if self.left == 0:
            self.deed()


def assert_no_row_twice(replica: Replica) -> None:
    for table, rows in replica.stored_in(READ).items():
        keys = [key_of(table, row) for row in rows]
        assert len(set(keys)) == len(keys)


def stopped(sandbox: Sandbox, replica: Replica, number: int, **overrides: Any) -> RunFinished:
    event = threading.Event()
    At(sandbox, number, event.set)
    return replicate(sandbox, replica, cancelled=event, **overrides)


@pytest.mark.within
@pytest.mark.parametrize("number", [1, 20, 45, 95])
def test_a_run_that_is_stopped_is_gone_on_with(
    sandbox: Sandbox, replica: Replica, number: int
) -> None:
    first = stopped(sandbox, replica, number)
    assert (1, "cancelled") == (first.exit, str(first.state))
    finished = replicate(sandbox, replica)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica)
    assert_no_row_twice(replica)
    quiet = replicate(sandbox, replica)
    assert (0, {}) == (quiet.exit, changes_of(quiet))
    *stops, second, third = replica.states_of_runs()
    assert ("succeeded", "succeeded") == (second, third)
    # The first request goes out while the destination is opened: either may come first.
    assert stops == ["cancelled"] or (number == 1 and not stops)


@pytest.mark.within
def test_stopped_again_and_again_a_run_comes_to_its_end(replica: Replica) -> None:
    """In small pages, with changes between the stops."""
    with Sandbox.start(**SIZES) as sandbox:
        sandbox.faults([SMALL_PAGES])
        for number in (40, 60, 80, 100):
            stopped(sandbox, replica, number)
            sandbox.change("delete_permanently")
            sandbox.change("unsubscribe")
            sandbox.change("add_merge_field")
        assert 0 == replicate(sandbox, replica).exit
        assert_true_to(sandbox, replica, stale=OF_REPORTS)
        assert_no_row_twice(replica)


@pytest.mark.within
@pytest.mark.parametrize("number", [180, 220])
def test_what_was_read_under_other_merge_fields_is_read_again(
    replica: Replica, number: int
) -> None:
    """The first load is stopped when some windows of members are proven, and others are not."""
    with Sandbox.start(members=400, campaigns=4, events=50, seed=3) as sandbox:
        sandbox.faults([SMALL_PAGES])
        stopped(sandbox, replica, number)
        for audience in sandbox.truth("lists"):
            sandbox.change("add_merge_field", list_id=audience["id"])
        finished = replicate(sandbox, replica)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, stale=OF_REPORTS)


@pytest.mark.parametrize("number", [38, 97])
def test_a_run_that_is_killed_is_gone_on_with(
    sandbox: Sandbox, replica: Replica, number: int
) -> None:
    command = [sys.executable, "-m", "tests.acceptance.run_here", replica.url]
    process = subprocess.Popen(
        [*command, str(replica.state_dir), sandbox.api_key, sandbox.api_root, *READ],
        cwd=ROOT,
        env=dict(os.environ),
        stderr=subprocess.PIPE,
    )
    At(sandbox, number, process.kill)
    _, told = process.communicate(timeout=60)
    assert -9 == process.returncode, told.decode()
    finished = replicate(sandbox, replica)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica)
    assert_no_row_twice(replica)


@pytest.mark.within
@pytest.mark.parametrize("number", [3])
def test_a_run_that_is_stopped_as_it_begins_lets_go_of_the_dataset(
    sandbox: Sandbox, replica: Replica, number: int
) -> None:
    """In a process that goes on, no session of it may stay."""
    finished = stopped(sandbox, replica, number)
    assert finished.exit == 1
    assert 0 == replicate(sandbox, replica, tables=["automations"]).exit


@pytest.mark.parametrize("number", [3, 30])
def test_a_run_that_is_stopped_waits_for_no_answer(
    sandbox: Sandbox, replica: Replica, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Its last requests are answered when it has ended, and not before."""
    monkeypatch.setattr("chimpline.runs.job.LAST_ANSWERS_WITHIN_S", 60.0)
    stop, ended, in_time = threading.Event(), threading.Event(), []

    def hold() -> None:
        stop.set()
        in_time.append(ended.wait(30))

    At(sandbox, number, hold)
    replicate(sandbox, replica, cancelled=stop)
    ended.set()
    assert 0 == replicate(sandbox, replica).exit
    assert [True] == in_time


def second_run(sandbox: Sandbox, replica: Replica, second: Replica) -> tuple[str, str]:
    """Start another run in the middle of one: the first one's id, and how the second is refused."""
    refused: list[ChimplineError] = []

    def again() -> None:
        try:
            replicate(sandbox, second)
        except ChimplineError as error:
            refused.append(error)

    other = threading.Thread(target=again)

    def start_another() -> None:
        other.start()

    At(sandbox, 30, start_another)
    # The first event after the thread began waits for its end in the test's own thread.
    finished = replicate(sandbox, replica, emit=lambda _: other.join() if other.ident else None)
    other.join()
    assert 0 == finished.exit
    assert 1 == len(refused)
    error = refused[0]
    assert isinstance(error, RunLocked if second is replica else DestinationLocked)
    assert_true_to(sandbox, replica)
    return finished.run_id, str(told_of(error))


def test_a_second_run_on_the_same_dataset_is_refused_and_told_by_whom(
    sandbox: Sandbox, replica: Replica
) -> None:
    run_id, told = second_run(sandbox, replica, replica)
    assert run_id in told
    assert str(os.getpid()) in told


@pytest.mark.parametrize("engine", ["postgresql"])  # a DuckDB file is open in one process only
def test_a_second_run_from_another_machine_is_refused_as_well(
    sandbox: Sandbox, replica: Replica, tmp_path: Path
) -> None:
    """No lock file of the first is seen from there."""
    assert isinstance(replica, PostgresReplica)
    elsewhere = PostgresReplica(tmp_path / "elsewhere", replica.url)
    run_id, told = second_run(sandbox, replica, elsewhere)
    assert f"process {os.getpid()} on {socket.gethostname()}"[:30] in told
    assert "Nothing was read or changed." in told
    ended = replica.query(f"SELECT run_id, state FROM {DATASET}._chimpline_runs")
    assert [(run_id, "succeeded")] == [(row["run_id"], row["state"]) for row in ended]


@pytest.mark.parametrize("engine", ["postgresql"])  # a DuckDB file that is held is refused at once
def test_who_waits_for_a_dataset_that_is_held_stops_at_once(
    sandbox: Sandbox, replica: Replica
) -> None:
    """The server lets a session wait for five seconds; a stop does not."""
    event = threading.Event()
    with open_destination(replica.url, DATASET):
        At(sandbox, 1, lambda: threading.Timer(0.3, event.set).start())
        began = time.monotonic()
        finished = replicate(sandbox, replica, cancelled=event)
        assert time.monotonic() - began < WAITED_FOR_S - 1
    assert (1, "cancelled") == (finished.exit, str(finished.state))
    assert "Nothing was read or changed." in heard(finished)


@pytest.mark.parametrize("engine", ["postgresql"])
def test_who_waits_for_a_table_that_is_locked_stops_soon_and_loses_nothing(
    sandbox: Sandbox, replica: Replica
) -> None:
    """The server lets a statement wait for five minutes; a stop does not."""
    tables = ("lists", "list_members")
    assert 0 == replicate(sandbox, replica, tables=tables).exit
    sandbox.change("subscribe")
    event = threading.Event()
    with psycopg.connect(replica.url) as other:
        other.execute(f"LOCK TABLE {DATASET}.list_members IN SHARE MODE")  # writes wait
        At(sandbox, 5, lambda: threading.Timer(0.5, event.set).start())
        finished = replicate(sandbox, replica, cancelled=event, tables=tables)
    assert (1, "cancelled") == (finished.exit, str(finished.state))
    assert 0 == replicate(sandbox, replica, tables=tables).exit
    assert_true_to(sandbox, replica, tables)
