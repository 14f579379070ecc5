"""No name commands a terminal, wherever it is printed; no stream that is odd stops a command."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from chimpline.interfaces.cli.screen.logs import configure_logs
from chimpline.interfaces.cli.screen.terminal import Terminal
from chimpline.interfaces.cli.session import say, warn
from chimpline.interfaces.cli.typed import Typed
from chimpline.redact import shown
from chimpline.state.directory import StateDirectory

NAME = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\x9b31m"
SHOWN = r"\u001b]0;owned\u0007\u001b[2J\u202egnp.exe\u009b31m"


def _log(name: str) -> None:
    configure_logs(verbose=True)
    logging.getLogger("chimpline.runs").debug("%s", name)
    configure_logs(verbose=False)


@pytest.mark.parametrize("printed", [say, warn, Typed().tell, _log])
def test_a_name_that_commands_a_terminal_is_shown_and_not_obeyed(
    printed: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(printed)
    printed(f"Audience {NAME}")
    out, err = capsys.readouterr()
    assert f"Audience {SHOWN}" in out + err
    assert "\x1b" not in out + err


def test_a_line_of_the_log_ends_between_words_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    path = "/3.0/lists/abcdef0123/members?" + "&".join(f"since_last_changed={n}" for n in range(9))
    _log(f"GET {path}: 200, 1234567 bytes, 1.25 s; and what else there is to say of this request")
    lines = screen.getvalue().splitlines()
    assert path + ":" in lines  # too wide for any line: whole, so that it can be copied
    assert [] == [line for line in lines if len(line) > 80 and len(line.split()) > 1]
    assert "of this request" in screen.getvalue()


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


# What others print goes through `redact` as well. Each piece of code lets somebody else print a
# secret: asyncio, a thread, a warning, a library that logs, the interpreter.
OTHERS = {
    "a task whose error nobody took": """
import asyncio, gc
async def fails(): raise ValueError(SECRET)
async def main():
    asyncio.create_task(fails())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(main())
gc.collect()
""",
    "an error in a callback": """
import asyncio
async def main():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0 if SECRET else 0)
    asyncio.get_running_loop().call_exception_handler({"message": "Odd " + SECRET})
    await asyncio.sleep(0)
asyncio.run(main())
""",
    "a thread": """
import threading
def fails(): raise ValueError(SECRET)
thread = threading.Thread(target=fails)
thread.start()
thread.join()
""",
    "a warning": "import warnings; warnings.warn(SECRET)",
    "a library that logs": "import logging; logging.getLogger('aiohttp').error('key %s', SECRET)",
    "a traceback that is logged": """
import logging
try:
    raise ValueError(SECRET)
except ValueError:
    logging.getLogger('x').exception('failed')
""",
    "an object that fails as it goes": """
class Fails:
    def __del__(self): raise ValueError(SECRET)
Fails()
print("x", file=sys.stderr)
""",
    "an error that nobody takes": "raise ValueError(SECRET)",
}
PRELUDE = """
import asyncio, sys
from chimpline.interfaces.cli.screen import logs
from chimpline.interfaces.cli.screen import streams
from chimpline.redact import register
SECRET = "".join(["c0ffee", "c0ffee" * 4, "c0", "-us19"])
register(SECRET)
streams.prepare()
logs.redact_what_others_print()
logs.configure_logs(verbose=VERBOSE)
"""


@pytest.mark.parametrize("verbose", [False, True])
def test_what_others_print_keeps_no_secret(verbose: bool) -> None:
    """All in one process, each in a child of it: a start costs more than the test."""
    program = PRELUDE.replace("VERBOSE", str(verbose)) + (
        "import os, json\n"
        "for code in json.loads(sys.argv[1]):\n"
        "    if not os.fork():\n"
        "        exec(code)\n"
        "        sys.exit()\n"
        "    os.wait()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(list(OTHERS.values()))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "c0ffee" not in done.stdout + done.stderr
    assert done.stderr.count("[hidden]") >= len(OTHERS) - 1, done.stderr
    assert verbose == ("Traceback" in done.stderr), done.stderr


AT_AN_IMPORT = """
import os, signal, sys
class Once:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Once())
from chimpline.interfaces.cli import main
sys.exit(main(["tables"]))
"""
IMPATIENT = """
import os, signal, sys, threading
def again_and_again():
    while True:
        os.kill(os.getpid(), signal.SIGINT)
class Often:
    def find_spec(self, name, path=None, target=None):
        if name == "chimpline.interfaces.cli.app":
            threading.Thread(target=again_and_again, daemon=True).start()
sys.meta_path.insert(0, Often())
from chimpline.interfaces.cli import main
sys.exit(main(["tables"]))
"""
AT_THE_END = """
import os, signal, sys, threading
from chimpline.interfaces.cli import main
def as_the_interpreter_ends():
    threading.main_thread().join()
    for _ in range(100):  # what comes before anything waits is noticed only after it
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(0.1)
threading.Thread(target=as_the_interpreter_ends).start()
sys.exit(main(["--version"]))
"""


@pytest.mark.parametrize("program", [IMPATIENT, AT_AN_IMPORT, AT_THE_END])
def test_ctrl_c_ends_in_status_1_without_a_traceback_wherever_it_comes(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr
    assert "KeyboardInterrupt" not in done.stderr
    assert done.returncode == (0 if program is AT_THE_END else 1)
