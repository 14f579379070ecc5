"""The state directory: locks that die with their holder, events readable while they grow."""

from __future__ import annotations

import datetime as dt
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chimpline.errors import RunLocked, SettingsError
from chimpline.redact import register
from chimpline.runs.report.events import from_json
from chimpline.state.directory import RUNS_KEPT, StateDirectory, connection_slots_directory
from tests.words import refused, told_of

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
DUCKDB = "duckdb:////data/out.duckdb"

HOLD_AND_WAIT = """
import sys
from collections.abc import Callable
from pathlib import Path
from chimpline.state.directory import StateDirectory
with StateDirectory(Path(sys.argv[1])).lock("duckdb:////data/out.duckdb", "m", "r-child", "daily"):
    print("held", flush=True)
    sys.stdin.read()
"""


def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / ".chimpline", clock=lambda: NOON)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_second_run_of_a_dataset_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    state = directory(tmp_path)
    with state.lock(DUCKDB, "mailchimp", "r1", "daily"):
        with pytest.raises(RunLocked) as caught, state.lock(DUCKDB, "mailchimp", "r2", "daily"):
            pass
        with state.lock(DUCKDB, "another", "r3", "daily"):
            assert ["r1", "r3"] == [live.run_id for live in state.live_runs()]
    assert (
        f"This dataset is held by run r1 of pipeline daily (process {os.getpid()} on "
        f"{os.uname().nodename}, since 2026-11-23 12:00:00 UTC)." == told_of(caught.value).what
    )
    assert f"stop process {os.getpid()}" in told_of(caught.value).do
    assert "Nothing was read or changed." == told_of(caught.value).kept


def test_a_lock_is_free_after_its_run(tmp_path: Path) -> None:
    state = directory(tmp_path)
    for run_id in ("r1", "r2"):
        with state.lock(DUCKDB, "mailchimp", run_id, "daily"):
            assert [run_id] == [live.run_id for live in state.live_runs()]
    assert [] == state.live_runs()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    state = directory(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_AND_WAIT, str(state.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert "held\n" == child.stdout.readline()
        assert [child.pid] == [live.pid for live in state.live_runs()]
        with refused(RunLocked, str(child.pid)), state.lock(DUCKDB, "m", "r2", "daily"):
            pass
        child.kill()
    assert [] == state.live_runs()
    with state.lock(DUCKDB, "m", "r2", "daily"):
        assert ["r2"] == [live.run_id for live in state.live_runs()]


def test_events_are_readable_while_the_file_grows_and_a_cut_line_is_left_out(
    tmp_path: Path,
) -> None:
    state = directory(tmp_path)
    with state.event_file("r1") as events:
        events.write({"event": "run_started", "account": "김치 🌶"})
        assert ["김치 🌶"] == [event["account"] for event in state.read_events("r1")]
        with events.path.open("a") as raw:
            raw.write('{"event": "not_finish')
    assert ["run_started"] == [event["event"] for event in state.read_events("r1")]
    assert [] == list(state.read_events("never"))


def test_no_secret_reaches_the_event_file_or_a_log(tmp_path: Path) -> None:
    secret = "c0ffee00c0ffee00c0ffee00c0ffee00-us19"
    register(secret)
    state = directory(tmp_path)
    with state.event_file("r1") as events:
        events.write({"event": "notice", "message": f"key {secret}"})
    log = state.write_log(f"Traceback: {secret}")
    assert "c0ffee" not in events.path.read_text()
    assert "c0ffee" not in log.read_text()


def test_nobody_else_can_read_the_state(tmp_path: Path) -> None:
    state = directory(tmp_path)
    with state.lock(DUCKDB, "m", "r1", "daily") as lock, state.event_file("r1") as events:
        log = state.write_log("trace")
        assert {0o600} == {mode(path) for path in (lock.path, events.path, log)}
        folders = (state.path, lock.path.parent, events.path.parent, log.parent)
        assert {0o700} == {mode(path) for path in folders}


def test_only_the_last_hundred_event_files_are_kept(tmp_path: Path) -> None:
    state = directory(tmp_path)
    for number in range(RUNS_KEPT + 3):
        with state.event_file(f"r{number:04}") as events:
            events.write({"event": "run_started"})
        os.utime(events.path, (number, number))
    assert RUNS_KEPT == len(state.run_ids())
    assert "r0102" == state.run_ids()[0]
    assert "r0003" == state.run_ids()[-1]


def test_a_full_disk_ends_the_event_file_and_not_the_run(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with directory(tmp_path).event_file("r1") as events:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
        try:
            events.write({"event": "run_started"})
            events.write({"event": "run_finished"})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert events.broken is not None


def test_a_disk_that_is_full_at_the_start_is_told_before_anything_is_done(tmp_path: Path) -> None:
    state = directory(tmp_path)
    lock = state.lock(DUCKDB, "m", "r1", "daily")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (0, 10):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            with refused(SettingsError, "cannot be taken: ") as caught, lock:
                pytest.fail("it was taken")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert "has room" in told_of(caught.value).do
    with state.lock(DUCKDB, "m", "r2", "daily"):  # and it was let go of
        assert ["r2"] == [holder.run_id for holder in state.live_runs()]


# What a crash, a full disk or somebody else may have left in a file that we read: it is left out.
DAMAGED = [
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"event": "run_queued", "at": 5}',
    b'{"event": "run_queued", "at": "2026-01-01T00:00:00"}',
    b'{"pid": 1, "run_id": "r", "host": "h", "started_at": "2026-01-01", "pipeline": "p"}',
    b"null",
    b"[1]",
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_event_file_or_lock_file_is_left_out(tmp_path: Path, content: bytes) -> None:
    state = directory(tmp_path)
    with state.lock(DUCKDB, "m", "r1", "daily") as lock, state.event_file("r1") as events:
        events.write({"event": "whole"})
        with events.path.open("ab") as file:
            file.write(content)
        lock.path.write_bytes(content)
        assert [] == state.live_runs()
        assert {"event": "whole"} == next(state.read_events("r1"))
        assert [None] == list({from_json(line) for line in state.read_events("r1")})
        with (
            refused(RunLocked, "held by another run"),
            state.lock(DUCKDB, "m", "r2", "daily"),
        ):
            pytest.fail("it was taken")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda p: p.symlink_to("/etc/hostname")])
def test_an_event_file_or_lock_that_is_no_file_is_left_out(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    state = directory(tmp_path)
    with state.lock(DUCKDB, "m", "r1", "daily") as lock, state.event_file("r1") as events:
        pass
    for path in (lock.path, events.path):
        path.unlink()
        make(path)
    assert ([], []) == (state.live_runs(), list(state.read_events("r1")))


def test_a_state_directory_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".chimpline").write_text("a file is in the way")
    with pytest.raises(SettingsError) as caught:
        directory(tmp_path).event_file("r1")
    assert "cannot be written" in told_of(caught.value).what
    assert "--state-dir" in told_of(caught.value).do


@pytest.mark.parametrize("run_id", ["../secrets", "", "a/b", "."])
def test_a_run_id_is_never_a_path(tmp_path: Path, run_id: str) -> None:
    with refused(SettingsError, "not the id of a run"):
        list(directory(tmp_path).read_events(run_id))


def test_reading_makes_nothing(tmp_path: Path) -> None:
    state = directory(tmp_path)
    assert ([], [], []) == (state.live_runs(), state.run_ids(), list(state.read_events("r1")))
    assert not state.path.exists()


def test_connection_slots_are_one_for_all_projects_of_a_user(tmp_path: Path) -> None:
    assert tmp_path == connection_slots_directory({"CHIMPLINE_SLOTS_DIR": str(tmp_path)})
    assert ("chimpline", "slots") == connection_slots_directory({}).parts[-2:]
