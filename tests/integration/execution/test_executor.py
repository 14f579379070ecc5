"""The executor on the engine that it really has: once each, taken up again, skipped, cancelled."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from chimpline.errors import UserError
from chimpline.message import Message
from chimpline.model import RunState
from chimpline.service.execution.durable import DATABASE
from chimpline.service.execution.order import Became, Fate
from tests.integration.execution.conftest import (
    NOON,
    ROOT,
    Place,
    comparison,
    fate,
    now,
    order,
    until,
)
from tests.words import refused

SUCCEEDED = Fate(Became.RAN, RunState.SUCCEEDED, 0)


def test_the_same_order_twice_is_one_run(place: Place) -> None:
    with place.executor() as executor:
        executor.submit(order("r1", "quick"))
        executor.submit(order("r1", "quick"))
        assert SUCCEEDED == fate(executor, "r1")
        executor.submit(order("r2", "quick", due=NOON))
        executor.submit(order("r3", "quick", due=NOON))
        assert SUCCEEDED == fate(executor, "r2")
        assert ["r1", "r2"] == sorted(one.run_id for one, _ in executor.orders())


def test_a_run_that_meets_another_is_skipped(place: Place) -> None:
    with place.executor() as executor:
        executor.submit(order("r1", "a-long"))
        until(lambda: len(place.begun()) == 1)
        executor.submit(order("r2", "a-quick", due=NOON))
        executor.submit(order("r3", "b-quick"))
        assert Fate(Became.SKIPPED, holder="r1") == fate(executor, "r2")
        assert SUCCEEDED == fate(executor, "r3")
        place.go()
        assert SUCCEEDED == fate(executor, "r1")


def test_a_run_of_a_terminal_is_respected(place: Place) -> None:
    terminal = subprocess.Popen(list(place.command(order("t1", "a-long"))), cwd=ROOT)
    until(lambda: [one.run_id for one in place.state.live_runs()] == ["t1"])
    with place.executor() as executor:
        executor.submit(order("r1", "a-quick"))
        assert Fate(Became.SKIPPED, holder="t1") == fate(executor, "r1")
        assert executor.cancel("t1")
        assert 1 == terminal.wait(30)


def test_a_comparison_waits_for_a_run_and_a_run_for_a_comparison(place: Place) -> None:
    with place.executor() as executor:
        executor.submit(order("r1", "a-long"))
        until(lambda: len(place.begun()) == 1)
        executor.submit(comparison("c1", "a-quick"))
        place.go()
        assert SUCCEEDED == fate(executor, "r1")
        assert Fate(Became.RAN, RunState.SUCCEEDED, 1) == fate(executor, "c1")
        place.wait_here()
        executor.submit(comparison("c2", "a-quick"))
        until(lambda: len(place.begun()) == 3)
        executor.submit(order("r2", "a-quick"))
        place.go()
        assert SUCCEEDED == fate(executor, "r2")
        assert ["r1", "c1", "c2", "r2"] == [run_id for run_id, _ in place.begun()]


def test_a_run_is_cancelled_and_keeps_what_it_said(place: Place) -> None:
    with place.executor() as executor:
        executor.submit(order("r1", "a-long"))
        until(lambda: place.state.run_ids() == ["r1"])
        assert executor.cancel("r1")
        assert Fate(Became.CANCELLED) == fate(executor, "r1")
        until(lambda: not place.state.live_runs())
        assert "cancelled" == list(place.state.read_events("r1"))[-1]["state"]
        assert not executor.cancel("r1")


def test_a_run_is_cancelled_of_which_the_log_does_not_tell_the_process(place: Place) -> None:
    """As in the moment in which it begins, and where a kill left half a line before it."""
    folder = place.state.path / "logs"
    folder.mkdir(mode=0o700)
    (folder / "run-r1.log").write_text("half a li")
    (folder / "run-r1.log").chmod(0o600)
    with place.executor() as executor:
        executor.submit(order("r1", "a-long"))
        until(lambda: place.state.run_ids() == ["r1"])
        assert executor.cancel("r1")
        until(lambda: not place.state.live_runs())
        assert "cancelled" == list(place.state.read_events("r1"))[-1]["state"]


def test_a_run_asked_for_after_a_cancelled_one_waits_for_its_end(place: Place) -> None:
    with place.executor() as executor:
        executor.submit(order("r1", "a-long"))
        until(lambda: place.state.run_ids() == ["r1"])
        executor.cancel("r1")
        executor.submit(order("r2", "a-quick"))
        assert SUCCEEDED == fate(executor, "r2")


def test_a_process_without_an_event_file_has_said_why_in_its_log(place: Place) -> None:
    with place.executor() as executor:
        executor.submit(order("r1", "a-refused"))
        told = fate(executor, "r1")
        said = Message.of("stored-sentence", sentence="No key is given.").to_json()
        assert (Became.BROKEN, 2, said) == (told.became, told.exit, told.message)


def test_a_process_that_says_nothing_at_all_has_failed(place: Place) -> None:
    with place.executor() as executor:
        executor.submit(order("r1", "a-dumb"))
        assert Fate(Became.BROKEN, RunState.FAILED, 1) == fate(executor, "r1")


def test_what_was_stopped_with_the_executor_goes_on_with_the_next(place: Place) -> None:
    with place.executor() as executor:
        executor.submit(order("r1", "a-long"))
        until(lambda: place.state.run_ids() == ["r1"])
    assert "cancelled" == list(place.state.read_events("r1"))[-1]["state"]
    place.go()
    with place.executor() as executor:
        assert SUCCEEDED == fate(executor, "r1")
    with place.executor() as executor:
        assert SUCCEEDED == now(executor, "r1")
    assert ["r1", "r1"] == [run_id for run_id, _ in place.begun()]


KILLED = """
import sys
from pathlib import Path
from chimpline.state.directory import StateDirectory
from tests.integration.execution.conftest import Place, order
place = Place(StateDirectory(Path(sys.argv[1])))
with place.executor() as executor:
    executor.submit(order("r1", "a-long"))
    sys.stdin.read()
"""


@pytest.mark.parametrize("orphan_lives", [True, False])
def test_a_run_of_a_killed_executor_goes_on_once(place: Place, *, orphan_lives: bool) -> None:
    command = [sys.executable, "-c", KILLED, str(place.state.path)]
    killed = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT)
    until(lambda: bool(place.state.live_runs()))
    killed.kill()
    killed.communicate()
    if not orphan_lives:
        os.kill(place.begun()[0][1], signal.SIGKILL)
        until(lambda: not place.state.live_runs())
    with place.executor() as executor:
        until(lambda: bool(place.state.live_runs()), "the run")
        executor.submit(order("r2", "a-quick"))
        assert Fate(Became.SKIPPED, holder="r1") == fate(executor, "r2")
        place.go()
        assert SUCCEEDED == fate(executor, "r1")
    assert ["r1"] * (1 if orphan_lives else 2) == [run_id for run_id, _ in place.begun()]


def test_an_orphan_can_be_cancelled(place: Place) -> None:
    command = [sys.executable, "-c", KILLED, str(place.state.path)]
    killed = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT)
    until(lambda: bool(place.state.live_runs()))
    killed.kill()
    killed.communicate()
    with place.executor() as executor:
        assert executor.cancel("r1")
        assert Fate(Became.CANCELLED) == fate(executor, "r1")
    assert ["r1"] == [run_id for run_id, _ in place.begun()]


def test_what_an_older_version_began_goes_on(place: Place) -> None:
    with place.executor(version="0") as executor:
        executor.submit(order("r1", "a-long"))
        until(lambda: place.state.run_ids() == ["r1"])
    place.go()
    with place.executor() as executor:
        executor.sweep(keep=100)
        assert SUCCEEDED == fate(executor, "r1")
        executor.sweep(keep=100)
        assert ["r1"] == [one.run_id for one, _ in executor.orders()]
    assert ["r1", "r1"] == [run_id for run_id, _ in place.begun()]


def test_what_nobody_works_on_is_swept_up(place: Place) -> None:
    place.go()
    with place.executor() as executor:
        executor.submit(order("r1", "a-long"))
        assert SUCCEEDED == fate(executor, "r1")
        _as_if_it_had_no_end(place.state.path / DATABASE)
        executor.sweep(keep=100)
        executor.sweep(keep=100)
        assert SUCCEEDED == fate(executor, "r1")
    assert ["r1"] == [run_id for run_id, _ in place.begun()]


def _as_if_it_had_no_end(path: Path) -> None:
    """As after an outage: the process of the run has ended, and nobody could write it down."""
    database = sqlite3.connect(path)
    with database:
        database.execute("DELETE FROM operation_outputs")
        database.execute("UPDATE workflow_status SET status = 'PENDING', output = NULL")
    database.close()


def test_a_database_that_is_locked_is_told(place: Place) -> None:
    with place.executor():
        pass
    other = sqlite3.connect(place.state.path / DATABASE)
    other.execute("BEGIN EXCLUSIVE")
    with refused(UserError, "cannot be used: database is locked"), place.executor():
        pass
    other.close()


def test_a_database_that_another_program_has_is_told_and_hinders_nothing_later(
    place: Place,
) -> None:
    with place.executor() as executor:
        other = sqlite3.connect(place.state.path / DATABASE)
        other.execute("BEGIN EXCLUSIVE")
        with refused(UserError, "cannot be used: database is locked"):
            executor.submit(order("r1", "quick"))
        other.close()
        executor.submit(order("r1", "quick"))
        assert SUCCEEDED == fate(executor, "r1")


def test_old_orders_are_forgotten(place: Place) -> None:
    with place.executor() as executor:
        for number in range(3):
            executor.submit(order(f"r{number}", "a-refused"))
            fate(executor, f"r{number}")
        executor.sweep(keep=1)
        assert ["r2"] == [one.run_id for one, _ in executor.orders()]


def test_a_database_that_is_damaged_is_told(place: Place) -> None:
    (place.state.path / DATABASE).write_bytes(b"not a database" * 1000)
    with refused(UserError, "cannot be used: file is not a database"), place.executor():
        pass
    (place.state.path / DATABASE).unlink()
    with place.executor() as executor:
        executor.submit(order("r1", "quick"))
        assert SUCCEEDED == fate(executor, "r1")
