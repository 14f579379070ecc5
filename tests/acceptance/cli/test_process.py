"""The installed command as a process: exit statuses, signals, and plain text on its streams."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.commands import command_of, this_command
from chimpline.interfaces.cli.session import Session
from chimpline.load.duckdb import DuckDB

COMMAND = Path(sys.executable).with_name("chimpline")
KEY = "badc0ffebadc0ffebadc0ffebadc0ffe-us19"

HANGING_RUN = """
import sys, time
from chimpline.interfaces.cli.interrupts import Interrupts

with Interrupts(lambda: print("last words", flush=True)) as interrupts:
    print("running", flush=True)
    interrupts.run(lambda: time.sleep(60))
"""


def chimpline(cwd: Path, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHIMPLINE_")}
    slots = {"CHIMPLINE_SLOTS_DIR": str(cwd / "slots")}
    return subprocess.run(
        [COMMAND, *argv],
        cwd=cwd,
        env={**kept, **slots, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


Done = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def inside(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Done:
    """The same in this process: what is typed differs, and what ends a process does not."""

    def done(cwd: Path, *argv: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(cwd)
        environ = {"PATH": os.environ["PATH"], "CHIMPLINE_SLOTS_DIR": str(cwd / "slots")}
        status = main(argv, Session(environ, cwd))
        told = capsys.readouterr()
        return subprocess.CompletedProcess(argv, status, told.out, told.err)

    return done


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (("--version",), 0),
        (("tables",), 0),
        (("run", "--api-key", KEY), 2),
        (("nonsense",), 2),
    ],
)
def test_the_exit_status_is_the_one_that_scripts_rely_on(
    tmp_path: Path, argv: tuple[str, ...], status: int
) -> None:
    ends_with(status, chimpline(tmp_path, *argv))


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (("init",), 0),
        (("tables", "--columns", "lists"), 0),
        (("runs",), 0),
        (("status",), 0),
        (("run",), 2),
        (("run", "--start-date", "13/01/2020"), 2),
        (("run", "--tables", "list_member"), 2),
    ],
)
def test_and_so_is_that_of_other_commands(
    tmp_path: Path, inside: Done, argv: tuple[str, ...], status: int
) -> None:
    ends_with(status, inside(tmp_path, *argv))


def ends_with(status: int, done: subprocess.CompletedProcess[str]) -> None:
    assert status == done.returncode
    told = [
        line for line in done.stderr.splitlines() if "There is no chimpline.toml in" not in line
    ]
    assert bool(told) == (status != 0)
    for text in (done.stdout, done.stderr):
        assert "\x1b" not in text
        assert "badc0ffe" not in text
        assert "Traceback" not in text


def test_an_unreachable_server_is_the_users_to_act_and_the_key_stays_hidden(
    tmp_path: Path,
) -> None:
    done = chimpline(
        tmp_path, "run", "--api-root", "http://127.0.0.1:9/3.0", "--json", CHIMPLINE_API_KEY=KEY
    )
    assert 2 == done.returncode
    assert '"event": "run_finished"' in done.stdout.splitlines()[-1]
    assert done.stderr.startswith("Error: ")
    written = [
        path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    ]
    assert not any(b"badc0ffe" in content for content in written)
    assert "badc0ffe" not in done.stdout + done.stderr


def test_the_second_signal_stops_at_once_with_status_1() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HANGING_RUN],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "running\n" == process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline().startswith("Stopping. ")
        process.send_signal(signal.SIGTERM)
        assert process.stderr.readline().startswith("Stopped at once.")
        assert "last words\n" == process.stdout.readline()
        assert 1 == process.wait(20)


def test_a_reader_that_goes_away_stops_no_command(tmp_path: Path) -> None:
    piped = subprocess.run(
        ["bash", "-c", f"{COMMAND} tables --json | head -1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 1 == len(piped.stdout.splitlines())
    assert "Traceback" not in piped.stderr
    assert "BrokenPipe" not in piped.stderr


@pytest.mark.parametrize("below", [False, True])
def test_the_rows_are_shown_by_what_is_installed_where_duckdbs_own_command_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: bool
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    if below:
        monkeypatch.chdir(tmp_path)
    file = tmp_path / "it's my file.duckdb"
    with duckdb.connect(file) as database:
        database.sql("CREATE TABLE seen AS SELECT TIMESTAMPTZ '2026-11-23 12:00:00+00' AS at")
    command = command_of(DuckDB().look(f"duckdb:///{file}", "main", "seen"))
    assert below == (str(tmp_path) not in command)
    assert "my file" not in command  # a line may end at a space
    shown = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=Path.cwd(),
        env={"TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ("", 0) == (shown.stderr, shown.returncode)
    assert "2026-11-23 12:00:00+00" in shown.stdout


def test_chimpline_is_named_as_it_can_be_typed_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_ = tmp_path / ".venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "chimpline").touch(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    for started, here, typed in (
        (".venv/bin/chimpline", tmp_path, ".venv/bin/chimpline"),
        (str(bin_ / "chimpline"), tmp_path, ".venv/bin/chimpline"),
        (str(bin_ / "chimpline"), bin_, "./chimpline"),
        (str(bin_ / "chimpline"), Path("/"), str(bin_ / "chimpline").removeprefix("/")),
        ("/usr/bin/pytest", tmp_path, "chimpline"),
    ):
        monkeypatch.chdir(here)
        monkeypatch.setattr("sys.argv", [started])
        assert typed == this_command()
    monkeypatch.setenv("PATH", str(bin_))
    monkeypatch.setattr("sys.argv", [str(bin_ / "chimpline")])
    assert "chimpline" == this_command()


def test_init_on_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    limited = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "from chimpline.interfaces.cli import main\n"
        "sys.exit(main(['init']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (2, []) == (done.returncode, list(tmp_path.iterdir()))
    assert "cannot be written: File too large" in " ".join(done.stderr.split())
