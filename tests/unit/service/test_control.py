"""The control database: its schema, its transactions, and processes that share it."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from chimpline.errors import SettingsError, UserError
from chimpline.service import control
from chimpline.service.alerts import memory as alert_memory
from chimpline.service.control import ControlDatabase
from chimpline.service.execution import past
from chimpline.service.people import tables
from chimpline.service.schedule import memory
from tests.words import refused, told_of

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def put(database: ControlDatabase, name: str) -> None:
    with database.writing() as rows:
        rows.execute(sa.insert(control.connections).values(name=name, state="new", state_since=NOW))


def names(database: ControlDatabase) -> list[str]:
    with database.reading() as rows:
        column = control.connections.c.name
        return list(rows.scalars(sa.select(column).order_by(column)))


def test_the_steps_lead_to_the_tables_that_the_code_speaks_of(tmp_path: Path) -> None:
    with ControlDatabase(tmp_path).reading() as rows:
        context = MigrationContext.configure(rows, opts={"compare_type": False})
        here = {past.runs.name, memory.schedules.name, tables.people.name}
        here |= {alert_memory.incidents.name}
        assert here < set(control.metadata.tables)
        assert [] == compare_metadata(context, control.metadata)


def test_the_head_is_the_newest_step_and_every_step_is_known() -> None:
    script = ScriptDirectory(str(control.MIGRATIONS))
    assert [control.HEAD] == script.get_heads()
    assert {step.revision for step in script.walk_revisions()} == control.KNOWN


def test_it_is_for_its_owner_alone_with_its_side_files(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    database = ControlDatabase(state_dir)
    put(database, "main")
    with database.reading() as rows:
        assert "wal" == rows.exec_driver_sql("PRAGMA journal_mode").scalar()
        modes = {path.name: path.stat().st_mode & 0o777 for path in state_dir.iterdir()}
    assert {"control.db", "control.db-wal", "control.db-shm"} <= modes.keys()
    assert {0o600} == set(modes.values())
    assert 0o700 == state_dir.stat().st_mode & 0o777


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    ControlDatabase(tmp_path)
    (tmp_path / "control.db").chmod(0o644)
    ControlDatabase(tmp_path)
    assert 0o600 == (tmp_path / "control.db").stat().st_mode & 0o777


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    database = ControlDatabase(tmp_path)
    put(database, "main")
    with sqlite3.connect(tmp_path / "control.db") as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    with refused(UserError, "newer chimpline") as caught:
        ControlDatabase(tmp_path)
    assert "Update chimpline" in told_of(caught.value).do
    with sqlite3.connect(tmp_path / "control.db") as file:
        assert [("9999",)] == file.execute("SELECT version_num FROM alembic_version").fetchall()


def test_what_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "control.db").write_text("this is a letter to my aunt" * 100)
    with refused(UserError, "not a control database"):
        ControlDatabase(tmp_path)
    assert "aunt" in (tmp_path / "control.db").read_text()


def _cut(path: Path) -> None:
    os.truncate(path, 5000)


def _overwritten(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))


def _no_time(path: Path) -> None:
    file = sqlite3.connect(path, isolation_level=None)
    file.execute("UPDATE connections SET state_since = 'noon'")
    file.close()


@pytest.mark.parametrize("damage", [_cut, _overwritten, _no_time])
def test_a_damaged_database_is_told_and_left_alone(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    put(ControlDatabase(tmp_path), "main")
    damage(tmp_path / "control.db")
    for side_file in ("control.db-wal", "control.db-shm"):
        (tmp_path / side_file).unlink(missing_ok=True)
    before = (tmp_path / "control.db").read_bytes()

    def look() -> None:
        with ControlDatabase(tmp_path).reading() as rows:
            rows.execute(sa.select(control.connections)).all()

    with refused(UserError, "it is damaged") as caught:
        look()
    assert "Bring it back from a backup" in told_of(caught.value).do
    assert before == (tmp_path / "control.db").read_bytes()


@pytest.mark.parametrize("room", [0, 1000, 20_000])
def test_a_full_disk_is_told_wherever_the_first_write_fails(tmp_path: Path, room: int) -> None:
    script = (
        "import resource, sys, pathlib\n"
        "from chimpline.errors import UserError\n"
        "from chimpline.interfaces.messages import told\n"
        "from chimpline.service.control import ControlDatabase\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        "try:\n"
        "    ControlDatabase(pathlib.Path(sys.argv[1]))\n"
        "except UserError as error:\n"
        "    print(told(error.problem))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "" == done.stderr
    assert "control.db cannot be used: " in done.stdout
    assert "See that the disk has room" in done.stdout


def test_ctrl_c_is_heard_while_another_process_holds_the_database(tmp_path: Path) -> None:
    database = ControlDatabase(tmp_path)
    holder = sqlite3.connect(tmp_path / "control.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt), database.writing():
            pytest.fail("it was held")
    finally:
        signal.signal(signal.SIGALRM, before)
        holder.close()
    assert time.monotonic() - began < control.BUSY_TIMEOUT_S / 10


def test_where_nothing_can_be_made_the_error_says_where(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a directory")
    with refused(SettingsError, r"control\.db cannot be opened"):
        ControlDatabase(tmp_path / "state")


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    database = ControlDatabase(tmp_path)
    put(database, "main")

    def half() -> None:
        with database.writing() as rows:
            rows.execute(sa.delete(control.connections))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert ["main"] == names(database)


def test_a_reader_waits_for_no_writer(tmp_path: Path) -> None:
    database = ControlDatabase(tmp_path)
    put(database, "main")
    with database.writing() as rows:
        rows.execute(sa.delete(control.connections))
        assert ["main"] == names(ControlDatabase(tmp_path))
    assert [] == names(database)


def test_times_come_back_as_they_were(tmp_path: Path) -> None:
    database = ControlDatabase(tmp_path)
    put(database, "main")
    with database.reading() as rows:
        assert NOW == rows.scalar(sa.select(control.connections.c.state_since))


def test_processes_open_and_write_at_once_and_none_loses_a_row(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import datetime as dt, pathlib, sys
        import sqlalchemy as sa
        from chimpline.service import control
        database = control.ControlDatabase(pathlib.Path(sys.argv[1]))
        now = dt.datetime.now(dt.UTC)
        for n in range(20):
            with database.writing() as rows:
                rows.execute(sa.insert(control.connections).values(
                    name=f"{sys.argv[2]}-{n}", state="new", state_since=now))
    """)
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(number)])
        for number in range(3)
    ]
    assert [0, 0, 0] == [process.wait(timeout=120) for process in started]
    assert 60 == len(names(ControlDatabase(tmp_path)))


def test_a_process_killed_in_a_transaction_leaves_nothing_of_it(tmp_path: Path) -> None:
    put(ControlDatabase(tmp_path), "main")
    program = textwrap.dedent("""
        import os, pathlib, signal, sys
        import sqlalchemy as sa
        from chimpline.service import control
        database = control.ControlDatabase(pathlib.Path(sys.argv[1]))
        with database.writing() as rows:
            rows.execute(sa.delete(control.connections))
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=60)
    assert -9 == done.returncode
    database = ControlDatabase(tmp_path)
    assert ["main"] == names(database)
    put(database, "shop")  # and its lock died with it
