"""Not one kind of broken surroundings ends as a bug of ours (status 3), or in a traceback.

A line of shell prepares the surroundings; the command is called in this process where it can be,
and started where its streams or its working directory are what is broken. What it says has three
parts, and names what is in the way.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.sandbox import Sandbox

BIN = Path(sys.executable).parent
NAME = "Goods \x1b]0;owned\x07\x1b[2J\u202egnp.exe 한국어"
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(members=10, campaigns=1, events=5, seed=5) as sandbox:
        yield sandbox


@pytest.fixture
def environ(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "CHIMPLINE_API_ROOT": sandbox.api_root,
        "CHIMPLINE_API_KEY": sandbox.api_key,
        "CHIMPLINE_SLOTS_DIR": str(tmp_path / "slots"),
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home


def shell(home: Path, environ: dict[str, str], line: str) -> tuple[int, str, str]:
    """Status, output and errors of a line of shell."""
    done = subprocess.run(
        ["bash", "-c", line], cwd=home, env=environ, capture_output=True, timeout=60, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def in_three_parts(told: str) -> bool:
    assert "Traceback" not in told
    return re.search(r"Error: .+\nKept: .+\nTo do: .+", told, re.DOTALL) is not None


SIGN_IN = ("connect", "m", "--auth", "api_key")
RUN = ("run", "--tables", "lists")
LONG = "a" * 300
# What is in the way: the line of shell, the command, and what is told.
REFUSED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "settings that are a directory": (
        "mkdir chimpline.toml",
        ("status",),
        "cannot be read: Is a directory",
    ),
    "settings that are a pipe": ("mkfifo chimpline.toml", RUN, "cannot be read: it is no file"),
    "settings that lead nowhere": ("ln -s x chimpline.toml", RUN, "There is no settings file"),
    "settings that lead in a circle": (
        "ln -s chimpline.toml chimpline.toml",
        SIGN_IN,
        "Too many levels of symbolic links",
    ),
    "settings that are binary": (
        r"printf '\xff\x00' >chimpline.toml",
        ("status",),
        "it is not UTF-8 text",
    ),
    "settings that are huge": (
        "truncate -s 2M chimpline.toml",
        ("status",),
        "it is larger than 1,000,000 bytes",
    ),
    "settings that are nested": (
        "printf 'a=%s' $(printf '[%.0s' {1..9999}) >chimpline.toml",
        ("status",),
        "nested more than 20 levels deep",
    ),
    "settings with long names": (
        "printf '%sa=1' $(printf 'a.%.0s' {1..5000}) >chimpline.toml",
        SIGN_IN,
        "nested more than 20 levels deep",
    ),
    "settings with long lines": (
        "printf 'x=1\\n%500000sy' '' >chimpline.toml",
        ("status",),
        "is not valid TOML",
    ),
    "a name that is too long": ("", (*RUN, "--state-dir", LONG), "File name too long"),
    "a settings file with too long a name": ("", (*RUN, "--settings", LONG), "File name too long"),
    "an argument that is not UTF-8": (
        "",
        (*RUN, "--dataset", "\udcff"),
        r'dataset "\udcff" (--dataset) is not right',
    ),
    "a destination that is not UTF-8": ("", (*RUN, "--to", "duckdb:///\udcff"), "is not right"),
    "a state directory that is a file": (
        "touch .chimpline",
        RUN,
        ".chimpline cannot be written: File exists",
    ),
    "a state directory below a file": (
        "touch f",
        (*SIGN_IN, "--state-dir", "f/s"),
        "f/s cannot be written: File exists",
    ),
    "a control database that is a directory": (
        "mkdir -m 700 -p .chimpline/control.db",
        ("connections",),
        "something else than a file",
    ),
    "a destination that is a pipe": (
        "mkfifo d",
        (*RUN, "--to", "duckdb:///d"),
        "is something else than a file",
    ),
    "a destination that takes no writes": (
        "",
        (*RUN, "--to", "duckdb:////proc/x.duckdb"),
        "/proc/x.duckdb",
    ),
    "a directory to which others may write": (
        "mkdir .chimpline; chmod 777 .chimpline",
        RUN,
        "Other users may write to the directory",
    ),
    "a state directory of another user": (
        "mkdir -m 700 .chimpline; chown 65534 .chimpline",
        ("status",),
        ".chimpline belongs to user nobody, and this is user root",
    ),
}
OF_A_SIGNED_IN = {
    "a control database that is cut": (
        "truncate -s 5000 .chimpline/control.db",
        ("connections",),
        "it is damaged",
    ),
    "a key that is cut": (
        "truncate -s 20 .chimpline/vault.key",
        ("check", "m"),
        "vault.key is not a key",
    ),
    "a key that is a link": (
        "cd .chimpline; mv vault.key k; ln -s k vault.key",
        ("run",),
        "vault.key is a link, and links are not followed",
    ),
    "a key of another user": (
        "chown 65534 .chimpline/vault.key",
        ("connections", "rotate-key"),
        "vault.key belongs to user nobody",
    ),
}


@pytest.mark.parametrize("kind", [*REFUSED, *OF_A_SIGNED_IN])
def test_what_is_in_the_way_is_told_in_three_parts_with_status_2(
    home: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    if "another user" in kind and os.geteuid() != 0:
        pytest.skip("only root can give something away")
    line, command, expected = (REFUSED | OF_A_SIGNED_IN)[kind]
    if kind in OF_A_SIGNED_IN:
        assert 0 == main(SIGN_IN, Session(environ, home))
        del environ["CHIMPLINE_API_KEY"]
    assert 0 == shell(home, environ, line or "true")[0]
    status = main(command, Session(environ, home))
    told = capsys.readouterr().err
    assert 2 == status, told
    assert expected in told
    assert in_three_parts(told)


@contextmanager
def no_room() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("command", [RUN, SIGN_IN, ("init",)])
def test_a_disk_that_is_full_at_the_start(
    home: Path,
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    with no_room():
        status = main(command, Session(environ, home))
    told = capsys.readouterr().err
    assert 2 == status, told
    assert "file too large" in told.lower()
    assert in_three_parts(told)


@pytest.mark.parametrize(
    "setting",
    [
        ("CHIMPLINE_SLOTS_DIR", "/proc/x", "connection slots cannot be used: /proc/x"),
        ("CHIMPLINE_DESTINATION", "\udcff", "CHIMPLINE_DESTINATION is not UTF-8 text"),
        ("CHIMPLINE_API_KEY", "\udcff", "CHIMPLINE_API_KEY is not UTF-8 text"),
    ],
)
def test_a_variable_that_cannot_be_used(
    home: Path,
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    setting: tuple[str, str, str],
) -> None:
    name, value, expected = setting
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)  # the slots are those of the process
        assert 2 == main(RUN, Session(environ | {name: value}, home))
    told = capsys.readouterr().err
    assert expected in told
    assert in_three_parts(told)


def test_a_working_directory_that_is_not_utf8(
    home: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "\udcff").mkdir()
    assert 2 == main((*RUN, "--json"), Session(environ, home / "\udcff"))
    out, told = capsys.readouterr()
    assert "is not UTF-8 text" in told
    assert in_three_parts(told)
    assert 2 == json.loads(out.splitlines()[-1])["exit"]


def test_damaged_events_and_locks_stop_nothing(
    home: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    shell(
        home,
        environ,
        "mkdir -m 700 .chimpline; cd .chimpline; mkdir -m 700 runs locks; mkdir runs/a.jsonl;"
        " printf '{\"event\":' >runs/b.jsonl; printf x >locks/c.lock",
    )
    for command in (("runs",), ("status",), RUN, ("runs",), ("status",)):
        assert 0 == main(command, Session(environ, home)), capsys.readouterr().err


# Streams and the working directory: of a process.


def test_closed_streams_stop_no_run_and_no_database_takes_their_number(
    home: Path, environ: dict[str, str]
) -> None:
    """What is printed would be written over it."""
    line = f"chimpline {' '.join(RUN)} --to duckdb:///x.duckdb <&- >&- 2>&-"
    assert (0, "", "") == shell(home, environ, line)
    assert b"DUCK" == (home / "x.duckdb").read_bytes()[8:12]
    assert b"changed" not in (home / "x.duckdb").read_bytes()[:4096]


@pytest.mark.parametrize(
    ("line", "status", "expected"),
    [
        ("chimpline run --api-key-stdin <&-", 2, "The API key is empty"),
        ("chimpline tables >/dev/full", 2, "Standard output cannot be written: No space left"),
        ("mkdir g; cd g; rmdir ../g; chimpline tables", 2, "The working directory cannot be used"),
    ],
)
def test_a_stream_or_directory_that_cannot_be_used_is_told(
    home: Path, environ: dict[str, str], line: str, status: int, expected: str
) -> None:
    found, _, told = shell(home, environ, line)
    assert status == found
    assert expected in told
    assert in_three_parts(told)


def test_a_run_goes_on_where_its_reader_has_gone(home: Path, environ: dict[str, str]) -> None:
    line = f"chimpline {' '.join(RUN)} --json | true; exit ${{PIPESTATUS[0]}}"
    status, _, told = shell(home, environ, line)
    assert (0, False) == (status, "Traceback" in told)


def test_names_reach_no_terminal_as_commands_and_no_encoding_stops_them(
    sandbox: Sandbox, home: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An audience with such a name, in an encoding that lacks the rest of it."""
    sandbox.change("create_list", name=NAME)
    assert 0 == main(SIGN_IN, Session(environ, home))
    capsys.readouterr()
    assert 0 == main(("discover", "m"), Session(environ, home))
    found, told = capsys.readouterr()
    assert r"\u001b]0;owned\u0007" in found
    assert "\x1b" not in found + told
    ascii_only = {
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    status, found, told = shell(home, environ | ascii_only, "chimpline discover m --json")
    assert 0 == status, told
    assert json.dumps(NAME) in json.dumps(json.loads(found))
