"""The console without a socket: its pages and its API, a clock that is set, people and tokens.

What is the same for each is made once: the application, whose first answers are slow, and the
control database, whose migrations are.
"""

from __future__ import annotations

import atexit
import contextlib
import copy
import dataclasses
import datetime as dt
import functools
import html
import json
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio.from_thread
import argon2
import uvicorn
from fastapi import FastAPI
from httpx2 import Response
from starlette.datastructures import State
from starlette.testclient import TestClient

from chimpline import private
from chimpline.clock import Clock
from chimpline.interfaces.console.app import create_app
from chimpline.interfaces.console.pages.connections.listening import listen
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.guard import Address
from chimpline.interfaces.console.security.who import COOKIE
from chimpline.interfaces.console.welcome import Welcome
from chimpline.model import RunState
from chimpline.service.control import ControlDatabase
from chimpline.service.desk import Desk
from chimpline.service.execution.order import Became, Fate, Order
from chimpline.service.execution.past import PastRun
from chimpline.service.people.people import Role
from chimpline.service.people.throttle import Throttle
from chimpline.service.people.tokens import Scope
from chimpline.service.schedule.ticker import Ticker
from chimpline.service.sign_in.walking import SignIns
from chimpline.state.directory import CONTROL_DATABASE

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
VAULT = {"CHIMPLINE_VAULT_KEY": "cd" * 32}
PASSWORD = "correct horse battery"
SETTINGS = """\
# the shop's copy
[connections.main]
auth = "api_key"

# every night
[pipelines.daily]
connection = "main"      # the only one
destination = "duckdb:///copy.duckdb"
# deletes = "mark"
"""

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A password is worth nothing here; a real hash of one costs half a second."""


@dataclasses.dataclass
class Orders:
    """Stands in for the executor: what was asked of it, and what it is to say; no run begins.

    `known`: newest first. `submitted` has them in the order in which they came.
    """

    known: list[tuple[Order, Fate]] = dataclasses.field(default_factory=list)
    cancelled: list[str] = dataclasses.field(default_factory=list)

    @property
    def submitted(self) -> list[Order]:
        return [order for order, _ in reversed(self.known)]

    def submit(self, order: Order) -> None:
        self.known.insert(0, (order, Fate(Became.RUNNING)))

    def ends(self, run_id: str, fate: Fate) -> None:
        self.known = [(o, fate if o.run_id == run_id else f) for o, f in self.known]

    def cancel(self, run_id: str) -> bool:
        self.cancelled.append(run_id)
        return any(o.run_id == run_id and f.under_way for o, f in self.known)

    def orders(
        self, limit: int | None = 100, *, under_way: bool = False
    ) -> Sequence[tuple[Order, Fate]]:
        return [(o, f) for o, f in self.known[:limit] if f.under_way or not under_way]

    def sweep(self, keep: int) -> None:
        del keep


@functools.cache
def portal() -> anyio.from_thread.BlockingPortal:
    """One event loop for all browsers: one of its own for each request took a fifth of the time."""
    begun = contextlib.ExitStack()
    atexit.register(begun.close)
    return begun.enter_context(anyio.from_thread.start_blocking_portal())


class Browser(TestClient):
    """Of one person, with cookies of its own; it goes where it is sent only when it is told to.

    `csrf`: the word of the forms of this session. `seen`: all that it was answered, to look for
    secrets in.
    """

    csrf = ""
    seen = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.portal = portal()

    def request(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().request(*args, **kwargs)
        self.seen += answer.text
        return answer

    def form(self, address: str, /, **fields: Any) -> Response:
        """Send a form, with its word against forgery."""
        return self.post(address, data={"csrf": self.csrf, **fields})

    def follow(self, answer: Response) -> Response:
        """The page that a form led to."""
        assert 303 == answer.status_code, text_of(answer)
        return self.get(answer.headers["location"])

    def text(self, address: str, status: int = 200) -> str:
        """What a reader sees of a page."""
        answer = self.get(address)
        assert status == answer.status_code, answer.text
        return text_of(answer)


def text_of(answer: Response) -> str:
    """What a page says, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def word_of(page: Response) -> str:
    """The word that the forms of a page carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def sign_in(browser: TestClient, name: str, password: str = PASSWORD) -> Response:
    """Through the page; `Console.person` has signed in without it."""
    word = word_of(browser.get("/sign-in"))
    return browser.post("/sign-in", data={"name": name, "password": password, "csrf": word})


class Console:
    """A console in a directory. `path`: of its settings file; `now`: what its clock says.

    `failures`: mistakes of ours that it met.
    """

    def __init__(
        self,
        cwd: Path,
        settings: str | None = SETTINGS,
        environ: Mapping[str, str] | None = None,
        *,
        public_url: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.path = cwd / "chimpline.toml"
        if settings is not None:
            self.path.write_text(settings, "utf-8")
        self.now = NOW
        self.elapsed = 0.0
        environ = {**VAULT, **(environ or {})}
        desk = Desk(environ, cwd, clock=clock or (lambda: self.now), hasher=CHEAP)
        private.make_directory(desk.state.path)
        control = desk.state.path / CONTROL_DATABASE
        if not control.exists():
            control.touch(0o600)
            control.write_bytes(migrated())
        desk.executor = self.orders = Orders()
        self.desk = desk
        self.room = Room(
            desk,
            Ticker(desk.scheduled, desk.run_due, desk.schedules, desk.clock),
            Address("127.0.0.1", 8720, public_url),
            Welcome(desk.clock),
            Throttle(lambda: self.elapsed),
        )
        self.app, self.failures = application(self.room)

    def close(self) -> None:
        self.app.state.sign_ins.close()
        self.desk.close()

    # -- who asks ----------------------------------------------------------------------------------

    def nobody(self, client: str = "127.0.0.1") -> Browser:
        """A browser in which nobody has signed in."""
        return Browser(
            self.app,
            base_url=self.room.address.url,
            client=(client, 50000),
            follow_redirects=False,
        )

    def person(self, name: str = "anna", role: Role = Role.ADMIN) -> Browser:
        """A browser in which this person has signed in."""
        self.desk.people.put(name, role, PASSWORD)
        (person,) = [one for one in self.desk.people.everyone() if one.name == name]
        word = self.desk.sessions.begin(person)
        session = self.desk.sessions.of(word)
        assert session is not None
        browser = self.nobody()
        host = urlsplit(self.room.address.url).hostname or ""
        browser.cookies.set(self.room.address.cookie(COOKIE), word, domain=host, path="/")
        browser.csrf = session.csrf
        return browser

    @functools.cached_property
    def admin(self) -> Browser:
        return self.person()

    def token(self, *scopes: Scope, name: str | None = None) -> dict[str, str]:
        """The header of a program that has these scopes."""
        name = name or f"test{len(self.desk.tokens.everything()) or ''}"
        return {"Authorization": f"Bearer {self.desk.tokens.create(name, scopes)}"}

    # -- what is there -----------------------------------------------------------------------------

    def says(self) -> str:
        """The settings file."""
        return self.path.read_text("utf-8")

    def ran(self, state: RunState = RunState.SUCCEEDED, **given: Any) -> PastRun:
        """A run of *daily* that has just ended."""
        run = PastRun("r1", "daily", state, self.now, finished_at=self.now)
        run = dataclasses.replace(run, **given)
        self.desk.past.put(run)
        return run

    def tells(self, run_id: str, *events: dict[str, Any]) -> None:
        """The events that a run has left."""
        with self.desk.state.event_file(run_id) as file:
            for event in events:
                file.write({"at": self.now.isoformat(), **event})

    def logs(self, run_id: str, *lines: str | dict[str, Any]) -> None:
        """What its process has said."""
        folder = self.desk.state.path / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        text = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        path = folder / f"run-{run_id}.log"
        path.write_text("\n".join(text) + "\n")
        path.chmod(0o600)


@contextlib.contextmanager
def console_in(
    directory: Path,
    settings: str | None = SETTINGS,
    environ: Mapping[str, str] | None = None,
    **given: Any,
) -> Iterator[Console]:
    with contextlib.closing(Console(directory, settings, environ, **given)) as console:
        yield console


@contextlib.contextmanager
def on_a_socket(config: uvicorn.Config) -> Iterator[str]:
    """An application served by a thread of this process; its address."""
    config.port = 0
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def application(room: Room) -> tuple[FastAPI, list[Exception]]:
    """The routes that all consoles of an address share, with a state that is this room's alone."""
    shared, failures = _application(room.address)
    failures.clear()
    app = copy.copy(shared)
    app.state = State({"room": room, "sign_ins": SignIns(room.desk, listen)})
    return app, failures


@functools.cache
def _application(address: Address) -> tuple[FastAPI, list[Exception]]:
    failures: list[Exception] = []
    app = create_app(_Elsewhere(address), failures.append)  # type: ignore[arg-type]
    app.middleware_stack = app.build_middleware_stack()
    return app, failures


@dataclasses.dataclass(frozen=True)
class _Elsewhere:
    """What the application needs of a room before it is asked anything."""

    address: Address
    desk: None = None


@functools.cache
def migrated() -> bytes:
    """A control database with nothing in it."""
    with tempfile.TemporaryDirectory() as there:
        made = ControlDatabase(Path(there) / "state")
        made.close()
        return made.path.read_bytes()
