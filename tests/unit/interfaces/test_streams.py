"""No name commands a terminal, wherever it is printed; no stream that is odd stops a command."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import structlog
from rich.table import Table
from rich.text import Text

from chimpline.interfaces.cli.logs import configure_logs
from chimpline.interfaces.cli.session import say, warn
from chimpline.interfaces.cli.terminal import Terminal
from chimpline.interfaces.cli.typed import Typed
from chimpline.redact import shown
from chimpline.state.directory import StateDirectory

NAME = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\x9b31m"
SHOWN = r"\u001b]0;owned\u0007\u001b[2J\u202egnp.exe\u009b31m"


def _log(name: str) -> None:
    configure_logs(verbose=False)
    structlog.get_logger().warning(name)
    structlog.reset_defaults()


@pytest.mark.parametrize("printed", [say, warn, Typed().tell, _log])
def test_a_name_that_commands_a_terminal_is_shown_and_not_obeyed(
    printed: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(printed)
    printed(f"Audience {NAME}")
    out, err = capsys.readouterr()
    assert f"Audience {SHOWN}" in out + err
    assert "\x1b" not in out + err


def test_a_table_on_a_terminal_obeys_no_name_and_stays_aligned() -> None:
    screen = io.StringIO()
    table = Table("name", "rows")
    table.add_row(Text(NAME), NAME)
    table.add_row(Text(shown(NAME)), "1")
    Terminal(file=screen, force_terminal=True, color_system=None, width=140).print(table)
    lines = screen.getvalue().splitlines()
    assert [3, 4] == [number for number, line in enumerate(lines) if "u001b]0;owned" in line]
    assert SHOWN in lines[4]  # what is cleaned before it is measured is not cut either
    assert "\x1b" not in screen.getvalue()
    assert 1 == len({len(line) for line in lines})


def test_an_event_file_can_be_shown_and_still_says_what_was_told(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    with state.event_file("r1") as events:
        events.write({"message": NAME + "\ud83d"})
    text = (tmp_path / "runs" / "r1.jsonl").read_text(encoding="utf-8")
    assert SHOWN in text
    assert {"message": NAME + "\ud83d"} == json.loads(text)
