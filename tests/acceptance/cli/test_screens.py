"""Every screen at the widths people have: no line wider than the terminal, no word cut in two."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from rich.cells import cell_len

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.app import app
from chimpline.interfaces.cli.session import Session
from chimpline.model import TableState
from chimpline.sandbox import Sandbox
from tests.acceptance.destinations import ALL

WIDTHS = (80, 60)
NAME = "뉴스레터 구독자 전체 목록 🍌 for everybody who signed up in the shop, 2019 to 2026"
SETTINGS = """\
[connections.main-shop-of-the-north]
api_root = "{root}"

[pipelines.every-night]
connection = "main-shop-of-the-north"
destination = "duckdb:///copy.duckdb"

[metadata.main-shop-of-the-north.list_members]
exclude = ["ip_signup"]
"""
LONGEST = max(ALL, key=len)
COPIED = tuple(
    table
    for table in ALL
    if LONGEST.startswith(table)
    or table
    in {
        *("automations", "campaigns", "list_members", "list_segment_members", "list_segments"),
        *("lists", "reports", "reports_email_activity", "unsubscribes"),
    }
)
"""Of each form that a line has, and the one with the longest name, below its parents."""
STATES = {word for state in TableState for word in state.value.split()}
# Of the line that is drawn anew while a run goes on: which of them are met depends on the moment.
LIVE = {
    "about",
    "connections",
    "in",
    "left",
    "of",
    "requests",
    "running",
    "s",
    "us",
    "use",
    "waiting",
}


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class Screens:
    """Types commands at a terminal of some width; both streams are that terminal."""

    def __init__(self, home: Path, sandbox: Sandbox) -> None:
        self.home = home
        self.sandbox = sandbox
        self.key = sandbox.api_key

    def at(self, width: int, *words: str, status: int = 0) -> list[str]:
        environ = {
            "CHIMPLINE_API_KEY": self.key,
            "CHIMPLINE_TABLES": ",".join(COPIED),
            "PATH": os.environ["PATH"],
            "CHIMPLINE_SLOTS_DIR": os.environ["CHIMPLINE_SLOTS_DIR"],
        }
        terminal = Terminal()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", str(width))
            patch.setenv("TERM", "xterm")
            patch.setattr("sys.stdout", terminal)
            patch.setattr("sys.stderr", terminal)
            patch.setattr("sys.argv", ["chimpline"])
            ended = main(words, Session(environ=environ, cwd=self.home))
        told = terminal.getvalue()
        assert status == ended, told
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told)
        return re.split(r"[\r\n]+", plain)

    def whole(self, *words: str, status: int = 0, widths: tuple[int, ...] = WIDTHS) -> None:
        """The command's screen is whole at every width."""
        wide = set(vocabulary(self.at(1000, *words, status=status)))
        for width in widths:
            lines = self.at(width, *words, status=status)
            over = [line for line in lines if cell_len(line) > width and len(line.split()) > 1]
            assert [] == over
            assert set() == set(vocabulary(lines)) - wide - STATES - LIVE, (width, words)


def vocabulary(lines: list[str]) -> Iterator[str]:
    """The words of a screen, without what a folded table puts around them and with equal digits."""
    for line in lines:
        for word in line.split():
            bare = re.sub(r"[0-9][0-9.,]*", "0", re.sub(r"[0-9a-f]{10,}", "0", word))
            if bare := bare.strip("\\;:,.…"):
                yield bare


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screens]:
    home = tmp_path_factory.mktemp("screens")
    with (
        pytest.MonkeyPatch.context() as patch,
        Sandbox.start(members=60, campaigns=4, events=100, seed=5) as sandbox,
    ):
        patch.setenv("CHIMPLINE_SLOTS_DIR", str(home / "slots"))
        (home / "chimpline.toml").write_text(SETTINGS.format(root=sandbox.api_root))
        for row in sandbox.truth("lists"):
            sandbox.change("rename_list", list_id=row["id"], name=NAME)
        made = Screens(home, sandbox)
        made.at(80, "run")
        yield made


def test_the_screens_of_a_copy(screens: Screens) -> None:
    screens.whole("run", widths=(60,))
    for asking in ("run --dry-run", "check", "discover", "reconcile"):
        screens.whole(*asking.split())
    for looking in (
        "tables",
        "tables --columns reports_email_activity",
        "status",
        "runs",
        "connections",
        "connections main-shop-of-the-north",
        "discover",
        "discover --columns list_members",
    ):
        screens.whole(*looking.split(), widths=(*WIDTHS, 40))
    (last,) = [line for line in screens.at(1000, "runs", "--last", "1") if "every-night" in line]
    screens.whole("runs", last.split()[0])


def test_the_screens_of_what_goes_wrong(screens: Screens) -> None:
    for words in (
        ("runs", "nonsense"),
        ("tables", "--columns", "list_member"),
        ("run", "--start-date", "13/13/2020"),
        ("run", "--dry-run", "--to", "duckdb:///no/such/directory/copy.duckdb"),
        ("init",),
    ):
        screens.whole(*words, status=2)
    screens.sandbox.role("author", refuse=["/reports"])
    screens.at(80, "run", status=1)  # one row changes: that of the account has the role
    screens.whole("run", status=1, widths=(60,))
    screens.whole("check", status=1, widths=(60,))
    screens.whole("status")
    screens.sandbox.role("owner")
    screens.key = "0" * 32 + "-us19"
    screens.whole("run", status=2, widths=(60,))
    screens.key = screens.sandbox.api_key


def test_the_differences_of_a_copy_name_the_audience(screens: Screens) -> None:
    screens.at(80, "run", "--tables", "list_members")
    (row, *_) = screens.sandbox.truth("list_members")
    screens.sandbox.change("delete_permanently", list_id=row["list_id"], member_id=row["id"])
    screens.whole("reconcile", "--level", "keys", "--tables", "list_members")
    told = " ".join(screens.at(1000, "reconcile", "--level", "keys", "--tables", "list_members"))
    assert f"audience {row['list_id']} ({NAME[:20]}" in told


def commands() -> Iterator[tuple[str, ...]]:
    yield ()
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        yield (name,)
        for below in getattr(command, "commands", {}):
            yield (name, below)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_help_fits_and_names_no_type_of_a_flag(words: tuple[str, ...], screens: Screens) -> None:
    for width in (80, 60):
        lines = screens.at(width, *words, "--help")
        assert [] == [line for line in lines if len(line) > width and len(line.split()) > 1]
        assert [] == [line for line in lines if "<bool>" in line or "[bold]" in line]
        assert [] == [line for line in lines if re.search(r"\w\.\.\.$", line)]
