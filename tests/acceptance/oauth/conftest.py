"""A person at a terminal and at a real browser, and an account to sign in to."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import pty
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.sandbox import Sandbox
from chimpline.service.connection.connections import Connections, Status

COMMAND = Path(sys.executable).with_name("chimpline")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_S = 60.0
TINY: dict[str, Any] = {"members": 40, "campaigns": 3, "events": 60}


def account(seed: int = 5) -> Sandbox:
    """One whose secrets nobody else has, so that what is found anywhere is ours."""
    return Sandbox.start(
        **TINY,
        seed=seed,
        api_key=f"{secrets.token_hex(16)}-us19",
        access_token=secrets.token_hex(16),
        client_secret=secrets.token_hex(25),
    )


T = TypeVar("T")


class Chromium:
    """A browser in a thread of its own: Playwright's loop must not be the tests'."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._thread.submit(self._start).result(PATIENCE_S)

    def _start(self) -> None:
        self._playwright: Playwright = sync_playwright().start()
        # Each launch has a new, empty user-data directory.
        self._browser: Browser = self._playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS
        )

    def see(self, look: Callable[[Browser], T], patience_s: float = PATIENCE_S) -> T:
        """What `look` finds with the browser."""
        return self._thread.submit(lambda: look(self._browser)).result(patience_s)

    def visit(self, see: Callable[[Page], T], **options: Any) -> T:
        """What `see` finds on a page of a new, empty profile."""

        def seen(browser: Browser) -> T:
            context = browser.new_context(**options)
            try:
                return see(context.new_page())
            finally:
                context.close()

        return self.see(seen)

    def consent(self, url: str, button: str = "Allow") -> Landed:
        """Press a button on Mailchimp's page; where the browser came to, and what it shows."""

        def see(page: Page) -> Landed:
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            page.goto(url)
            page.get_by_role("button", name=button).click()
            deadline = time.monotonic() + PATIENCE_S
            while not any("state=" in one for one in asked[1:]) or page.url.startswith(url):
                page.wait_for_timeout(20)
                assert time.monotonic() < deadline
            page.wait_for_load_state()
            (address,) = [one for one in asked[2:] if "state=" in one]
            return Landed(address, page.inner_text("body"))

        return self.visit(see)

    def stop(self) -> None:
        def end() -> None:
            self._browser.close()
            self._playwright.stop()

        self._thread.submit(end).result(PATIENCE_S)
        self._thread.shutdown()


@dataclasses.dataclass(frozen=True)
class Landed:
    """`address`: what the address bar showed when the page was asked for."""

    address: str
    text: str

    @property
    def code(self) -> str:
        return parse_qs(urlsplit(self.address).query)["code"][0]


class Running:
    """A `chimpline` under way: at a terminal, where a person types, or in a script."""

    def __init__(
        self, world: World, argv: tuple[str, ...], environ: dict[str, str], *, terminal: bool
    ) -> None:
        self.world = world
        self.said = ""
        self._typed, theirs = pty.openpty() if terminal else os.pipe()[::-1]
        self._process = subprocess.Popen(
            [COMMAND, *argv],
            cwd=world.cwd,
            env=environ,
            stdin=theirs,
            stdout=theirs if terminal else subprocess.PIPE,
            stderr=theirs if terminal else subprocess.STDOUT,
            start_new_session=True,  # apart from the terminal that the tests are run at
        )
        os.close(theirs)
        output = self._process.stdout
        self._heard = self._typed if output is None else output.fileno()

    def until(self, pattern: str) -> re.Match[str]:
        """Read on until the output holds this."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self.said)):
            assert time.monotonic() < deadline, f"{pattern!r} is not in:\n{self.said}"
            assert self._hear(), f"{pattern!r} is not in all of:\n{self.said}"
        return found

    def type(self, line: str) -> None:
        os.write(self._typed, f"{line}\n".encode())

    def answer(self, *pairs: tuple[str, str]) -> None:
        for prompt, line in pairs:
            self.until(prompt)
            self.type(line)

    def end_of_input(self) -> None:
        """Close the pipe that it reads."""
        os.close(self._typed)
        self._typed = -1

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def url(self) -> str:
        """The page of Mailchimp; by then the page at the redirect URI is there as well."""
        url = self.until(r"  (http\S+/oauth2/authorize\S+)\s")[1]
        self.world.look_at_processes()
        return url

    def ends(self, status: int = 0) -> str:
        while self._hear():
            pass
        assert status == self._process.wait(PATIENCE_S), self.said
        self.close()
        return self.said

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
        if self._typed >= 0:
            os.close(self._typed)
            self._typed = -1
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _hear(self) -> bool:
        assert select.select([self._heard], [], [], PATIENCE_S)[0], self.said
        try:
            some = os.read(self._heard, 65536)
        except OSError:  # a terminal whose other end was closed
            some = b""
        self.said += some.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(some)


class Inside:
    """The same in this process, where nobody types: the command's start-up costs most of a test."""

    def __init__(self, world: World, argv: tuple[str, ...], environ: Mapping[str, str]) -> None:
        self.world = world
        self._out = io.StringIO()
        session = Session(environ=environ, cwd=world.cwd)
        self._thread = ThreadPoolExecutor(1)
        self._status = self._thread.submit(self._main, argv, session)

    def _main(self, argv: tuple[str, ...], session: Session) -> int:
        with contextlib.redirect_stdout(self._out), contextlib.redirect_stderr(self._out):
            return main(argv, session)

    @property
    def said(self) -> str:
        return self._out.getvalue()

    def until(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self.said)):
            ended = self._status.done()
            assert not ended, f"{pattern!r} is not in all of:\n{self.said}"
            assert time.monotonic() < deadline, f"{pattern!r} is not in:\n{self.said}"
            time.sleep(0.01)
        return found

    def url(self) -> str:
        """The page of Mailchimp; the page at the redirect URI comes at once after it."""
        url = self.until(r"  (http\S+/oauth2/authorize\S+)\s")[1]
        self.world.look_at_processes()
        return url

    def ends(self, status: int = 0) -> str:
        assert status == self._status.result(PATIENCE_S), self.said
        self.close()
        return self.said

    def close(self) -> None:
        self._thread.shutdown()


class World:
    """A directory, an account, and everything that was said and seen, to look for secrets in."""

    def __init__(self, cwd: Path, sandbox: Sandbox, chromium: Chromium) -> None:
        self.cwd = cwd
        self.sandbox = sandbox
        self.chromium = chromium
        self.redirect_uri = f"http://127.0.0.1:{free_port()}/oauth/callback"
        self.secrets = {sandbox.client_secret, sandbox.access_token, sandbox.api_key}
        self.seen = ""
        self._started: list[Running | Inside] = []

    def start(self, *argv: str, terminal: bool = False) -> Running:
        """A process of its own, which reads what is typed or piped."""
        running = Running(self, argv, self._environ({}), terminal=terminal)
        self._started.append(running)
        return running

    def _environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CHIMPLINE_") and name not in {"DISPLAY", "BROWSER"}
        }
        ours = {
            "CHIMPLINE_LOGIN_ROOT": self.sandbox.login_root,
            "CHIMPLINE_REDIRECT_URI": self.redirect_uri,
            "CHIMPLINE_SLOTS_DIR": str(self.cwd.parent / "slots"),
        }
        return {**kept, **ours, **environ}

    def _inside(self, argv: tuple[str, ...], environ: Mapping[str, str]) -> Inside:
        inside = Inside(self, argv, self._environ(environ))
        self._started.append(inside)
        return inside

    def run(self, *argv: str, status: int = 0, **environ: str) -> str:
        """A command that needs nobody, to its end."""
        return self._inside(argv, environ).ends(status)

    def connect(self, name: str = "main", *argv: str, **environ: str) -> Inside:
        """A script's `connect` with all it needs; it waits for consent."""
        environ.setdefault("CHIMPLINE_CLIENT_SECRET", self.sandbox.client_secret)
        words = ("connect", name, "--client-id", self.sandbox.client_id, *argv)
        return self._inside(words, environ)

    def verified(self, name: str = "main", *argv: str, **environ: str) -> str:
        """The walk with nothing in its way."""
        running = self.connect(name, *argv, **environ)
        self.consent(running.url())
        return running.ends()

    def consent(self, url: str, button: str = "Allow") -> Landed:
        landed = self.chromium.consent(url, button)
        if "code=" in landed.address:
            self.secrets.add(landed.code)
        return landed

    def status(self, name: str = "main") -> Status:
        with contextlib.closing(Connections(self._environ({}), self.cwd)) as connections:
            return connections.get(name).status

    def look_at_processes(self) -> None:
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.seen += command.read_text("utf-8", "replace") + "\n"
            except OSError:  # it ended meanwhile
                continue

    def rotate(self) -> str:
        """The secret of the app is another from now on; tokens stay."""
        new = secrets.token_hex(25)
        self.secrets.add(new)
        oauth = self.sandbox._engine.oauth
        oauth._options = dataclasses.replace(oauth._options, client_secret=new)
        return new

    def leaks(self) -> list[str]:
        """Where a secret stands in clear."""
        for running in self._started:
            running.close()
            self.seen += running.said
        found = [line for line in self.seen.splitlines() if any(x in line for x in self.secrets)]
        for path in self.cwd.parent.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                found += [str(path) for one in self.secrets if one.encode() in content]
        return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is missing: `make chromium` installs it."
    browser = Chromium()
    yield browser
    browser.stop()


@pytest.fixture
def world(tmp_path: Path, chromium: Chromium) -> Iterator[World]:
    """A world whose secrets are looked for, wherever it left anything, when the test has ended."""
    home = tmp_path / "home"
    home.mkdir()
    with account() as sandbox:
        made = World(home, sandbox, chromium)
        yield made
        assert [] == made.leaks()
