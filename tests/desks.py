"""A console without a socket: a directory, people in it, and no run that begins."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import argon2
from httpx2 import Response
from starlette.testclient import TestClient

from chimpline.clock import Clock
from chimpline.interfaces.console.app import create_app
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.guard import Address
from chimpline.interfaces.console.welcome import Welcome
from chimpline.service.desk import Desk
from chimpline.service.execution.order import Fate, Order
from chimpline.service.people.people import Role
from chimpline.service.people.throttle import Throttle
from chimpline.service.people.tokens import Scope
from chimpline.service.schedule.ticker import Ticker

NOW = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.UTC)
VAULT = {"CHIMPLINE_VAULT_KEY": "cd" * 32}

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A password is worth nothing here; a real hash of one costs half a second."""


class NoRuns:
    """An executor that nobody asks for anything."""

    def submit(self, order: Order) -> None:
        raise AssertionError(order)

    def cancel(self, run_id: str) -> bool:
        raise AssertionError(run_id)

    def orders(
        self, limit: int | None = 100, *, under_way: bool = False
    ) -> Sequence[tuple[Order, Fate]]:
        del limit, under_way
        return []

    def sweep(self, keep: int) -> None:
        del keep


@dataclasses.dataclass
class Browser:
    """Of one person who has signed in. `seen`: the text of every page, to look for secrets in."""

    desk: Desk
    client: TestClient
    csrf: str
    seen: str = ""

    def get(self, address: str, **headers: str) -> Response:
        return self._kept(self.client.get(address, headers=headers, follow_redirects=False))

    def post(self, address: str, **fields: object) -> Response:
        """A form, with its word against forgery."""
        form = {"csrf": self.csrf, **fields}
        return self._kept(self.client.post(address, data=form, follow_redirects=False))

    def follow(self, answer: Response) -> Response:
        """The page that a form led to."""
        assert 303 == answer.status_code, text_of(answer)
        return self.get(answer.headers["location"])

    def _kept(self, answer: Response) -> Response:
        self.seen += answer.text
        return answer


def text_of(answer: Response) -> str:
    """What a page says, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


@dataclasses.dataclass
class Place:
    """A console in a directory. `path`: of its settings file."""

    desk: Desk
    client: TestClient
    path: Path

    def browser(self, role: Role = Role.ADMIN) -> Browser:
        self.desk.people.put(role.value, role, "correct horse battery")
        (person,) = [one for one in self.desk.people.everyone() if one.name == role.value]
        word = self.desk.sessions.begin(person)
        session = self.desk.sessions.of(word)
        assert session is not None
        client = TestClient(self.client.app, base_url=str(self.client.base_url))
        client.cookies.set("chimpline_session", word)
        return Browser(self.desk, client, session.csrf)

    def bearer(self, *scopes: Scope) -> dict[str, str]:
        name = "-".join(scope.value for scope in scopes)
        return {"Authorization": f"Bearer {self.desk.tokens.create(name, list(scopes))}"}

    def says(self) -> str:
        return self.path.read_text("utf-8")


@contextlib.contextmanager
def console_in(
    directory: Path,
    settings: str | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Clock = lambda: NOW,
) -> Iterator[Place]:
    path = directory / "chimpline.toml"
    if settings is not None:
        path.write_text(settings, "utf-8")
    desk = Desk({**VAULT, **(environ or {})}, directory, clock=clock, hasher=CHEAP)
    desk.executor = NoRuns()
    ticker = Ticker(desk.scheduled, desk.run_due, desk.schedules, desk.clock)
    address = Address("127.0.0.1", 8720)
    room = Room(desk, ticker, address, Welcome(desk.clock), Throttle())
    app = create_app(room)
    with contextlib.closing(desk):
        try:
            yield Place(desk, TestClient(app, base_url=address.url), path)
        finally:
            app.state.sign_ins.close()
