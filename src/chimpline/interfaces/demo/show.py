"""An emulated account into a DuckDB file, in three acts, within a minute."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from chimpline.errors import Bug, UserError
from chimpline.interfaces.cli.command.serving.serve import DEFAULT_PORT
from chimpline.interfaces.cli.commands import show_command, this_command
from chimpline.interfaces.cli.screen.view import some
from chimpline.interfaces.cli.session import console, say
from chimpline.model import RunState

if TYPE_CHECKING:
    from chimpline.interfaces.cli.session import Session
    from chimpline.interfaces.demo.replica import Replica
    from chimpline.runs.report.events import RunFinished
    from chimpline.runs.request import RunRequest
    from chimpline.sandbox import SandboxControl

DATASET = "mailchimp"
STARTS_WITHIN_S = 30
MARK = ".made-by-chimpline-demo"


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """How large the emulated account is."""

    members: int
    campaigns: int
    events: int
    seed: int


def play(session: Session, directory: Path, size: Size, *, serve: bool = False) -> int:
    """All acts; the exit status, 0 only where every table equals the account.

    `serve`: afterwards the console is served on the copy, while the account goes on answering.
    """
    home = _home(session.cwd / directory)
    say("Starting an emulated Mailchimp account on this machine ...")
    with _at_sigterm(_as_ctrl_c), _sandbox(size) as (account, control):
        holds = f"{size.members:,} members and {size.campaigns} campaigns"
        say(f"  {account['api_root']}, with {holds}.")
        show = _Show(session, control, account, home, directory)
        ended = show.acts(serve=serve)
        if serve and ended == 0:
            show.serve()
        return ended


def _home(directory: Path) -> Path:
    """An empty directory; one that an earlier demo made is made anew, another's is left alone."""
    if directory.exists() and not (directory / MARK).is_file() and any(directory.iterdir()):
        raise UserError("demo-directory-taken", directory=directory, command=this_command())
    if (directory / MARK).is_file():
        shutil.rmtree(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARK).touch()
    return directory


@contextlib.contextmanager
def _sandbox(size: Size) -> Iterator[tuple[dict[str, Any], SandboxControl]]:
    """A sandbox in a process of its own, as the real service is."""
    from chimpline.sandbox import SandboxControl

    sizes = dataclasses.asdict(size).items()
    options = [word for name, value in sizes for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "chimpline.sandbox", "--port", "0", *options]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            status = process.wait(STARTS_WITHIN_S)
            raise Bug("demo-account-ended", status=str(status))
        account = json.loads(line)
        yield account, SandboxControl(account["login_root"])
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


@contextlib.contextmanager
def _at_sigterm(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """So that what was started ends with us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port() -> list[str]:
    """None, for the usual one; any free one where that is in use, perhaps by a console of yours."""
    with socket.socket() as tried:
        in_use = tried.connect_ex(("127.0.0.1", DEFAULT_PORT)) == 0
    return ["--port", "0"] if in_use else []


class _Show:
    """The three acts, over one replica."""

    def __init__(
        self,
        session: Session,
        control: SandboxControl,
        account: dict[str, Any],
        home: Path,
        shown: Path,
    ) -> None:
        self.session = session
        self.control = control
        self.account = account
        self.file = home / "chimpline.duckdb"
        self.shown = shown / "chimpline.duckdb"
        self.state_dir = home / ".chimpline"
        self.settings = home / "chimpline.toml"
        self.started = time.monotonic()

    def acts(self, *, serve: bool) -> int:
        from chimpline.interfaces.demo import acts
        from chimpline.interfaces.demo.replica import Replica

        # Some latency, as life has it; without it there would be nothing to see.
        self.control.latency(base_s=0.03)
        self._title("Act 1. The first run copies everything")
        first = self._run()
        if first.exit:
            return first.exit
        with Replica(self.file, DATASET) as replica:
            equal = self._compared(replica, every_column=True)

        self._title("Act 2. A second run, while nothing has changed")
        second = self._run()
        if second.exit:
            return second.exit
        say(
            f"\n  {second.rows_changed} rows changed, with {second.requests} requests"
            f" instead of {first.requests}."
        )

        self._title("Act 3. Six things change in the account")
        with Replica(self.file, DATASET) as replica:
            changes = acts.six_changes(self.control, replica)
        for change in changes:
            say(f"  - {change.told}")
        third = self._run()
        if third.exit:
            return third.exit
        with Replica(self.file, DATASET) as replica:
            say("\n  What the third run found:")
            found = acts.show_found(changes, replica)
            equal = self._compared(replica, every_column=False) and equal
            self._title("What a simple script would have missed")
            acts.show_missed(self.account, self.control, replica, changes)
            self._title("Three questions")
            acts.show_questions(replica)
        self._title("The console")
        self._console(serve=serve)
        if not serve:
            self._title("Your turn")
            self._next()
        ended = second.rows_changed == 0 and found and equal
        return 0 if ended else 1

    def _request(self) -> RunRequest:
        from chimpline.runs.request import Credential, RunRequest

        return RunRequest(
            pipeline="demo",
            credential=Credential(self.account["api_key"], is_api_key=True),
            api_root=self.account["api_root"],
            destination=self._destination,
            dataset=DATASET,
            state_dir=self.state_dir,
        )

    @property
    def _destination(self) -> str:
        return f"duckdb:///{self.file}"

    def _run(self) -> RunFinished:
        from chimpline.interfaces.cli.command.run import display_for
        from chimpline.interfaces.cli.interrupts import Interrupts
        from chimpline.interfaces.cli.screen.summary import show_message
        from chimpline.service.prepared import services

        request, engine = self._request(), self.session.engine()
        display = display_for(json=False, quiet=False)
        told = services(request, self.session.environ).telling(display)
        with Interrupts() as interrupts, display:
            finished = interrupts.run(
                lambda: engine.run(request, told, cancelled=interrupts.cancelled)
            )
        show_message(finished, display.view)
        if finished.state is RunState.CANCELLED:
            say("The demo was stopped. To start it again:")
            show_command(f"{this_command()} demo")
        return finished

    def _compared(self, replica: Replica, *, every_column: bool) -> bool:
        """Whether each table equals the account, cell by cell; those are named that do not.

        Unless `every_column`, those are left out whose change Mailchimp tells nobody: they are as
        of the last complete read, which comes every week.
        """
        from chimpline.interfaces.demo.replica import difference

        say("\n  The copy, compared with the account cell by cell:")
        equal = rows_equal = 0
        aged, wrong = [], {}
        for table in self.session.engine().catalog_tables():
            if not table.default:
                continue
            rows, truth = replica.rows(table.name), self.control.truth(table.name)
            found = difference(rows, truth, table.primary_key)
            if found and not every_column:
                found = difference(rows, truth, table.primary_key, table.silent)
                aged += [] if found else [table.name]
            if found:
                wrong[table.name] = found
            else:
                equal, rows_equal = equal + 1, rows_equal + len(rows)
        if equal:
            say(f"    ✓ {some(equal, 'table')} equal the account, {some(rows_equal, 'row')}")
        if aged:
            say(f"        but for columns that every complete read updates: {', '.join(aged)}")
        for name, found in wrong.items():
            say(f"    ✗ {name}: {found}")
        return not wrong

    def _title(self, text: str) -> None:
        terminal = console()
        if terminal is None:
            say(f"\n== {text}")
        else:
            say()
            terminal.print(f"[bold]{text}[/bold]")

    def _console(self, *, serve: bool) -> None:
        """Settings by which the console finds the copy; the key is in none of them."""
        root, file = (json.dumps(one) for one in (self.account["api_root"], self._destination))
        self.settings.write_text(
            "# Made by chimpline demo: an emulated account, and the copy of it.\n"
            f'[connections.demo]\nauth = "api_key"\napi_root = {root}\n\n'
            f'[pipelines.demo]\nconnection = "demo"\ndestination = {file}\n'
            f'dataset = "{DATASET}"\n',
            encoding="utf-8",
        )
        if serve:
            say(
                "  A browser shows the copy and its runs, and can run it again. Ctrl-C ends it all."
            )
            return
        say("  A browser shows the copy and its runs:")
        show_command(f"{this_command()} serve --settings {self.shown.with_name('chimpline.toml')}")
        say("  The emulated account has ended by then. To go on copying it in the browser:")
        show_command(f"{this_command()} demo --serve")

    def serve(self) -> None:
        """The console, until Ctrl-C; the runs that it starts find the account's key with it."""
        started = [sys.executable, "-m", "chimpline"]
        command = [*started, "serve", "--settings", str(self.settings), *_port()]
        environ = {**self.session.environ, "CHIMPLINE_API_KEY": self.account["api_key"]}
        check = [*started, "check", "demo", "--settings", str(self.settings)]
        # So that the console shows the connection as what it is: one that has been verified.
        subprocess.run(check, env=environ, capture_output=True, check=False)  # noqa: S603 - our own
        with (
            subprocess.Popen(command, env=environ) as console,  # noqa: S603 - our own command
            contextlib.suppress(KeyboardInterrupt),  # a terminal tells it both of us
            _at_sigterm(lambda *_: console.terminate()),
        ):
            console.wait()

    def _next(self) -> None:
        spent = time.monotonic() - self.started
        chimpline = this_command()
        say(
            f"  The demo took {spent:.0f} seconds. The copy is in the file {self.shown}, schema "
            f"{DATASET}. Any tool that reads DuckDB can open it."
        )
        say("  To see which tables there are, and how each was read:")
        show_command(f"{chimpline} tables --to duckdb:///{self.shown} --dataset {DATASET}")
        say("  To copy your own account, write a settings file and sign in:")
        show_command(f"{chimpline} init")
        show_command(f"{chimpline} connect main")
        say("  Then copy it:")
        show_command(f"{chimpline} run")
