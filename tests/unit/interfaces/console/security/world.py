"""The console without a socket: its pages and its API, a clock that is set, people and tokens."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from chimpline.interfaces.console.app import create_app
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.guard import Address
from chimpline.interfaces.console.welcome import Welcome
from chimpline.model import RunState
from chimpline.service.desk import Desk
from chimpline.service.execution.order import Fate, Order
from chimpline.service.execution.past import PastRun
from chimpline.service.people.people import People, Role
from chimpline.service.people.throttle import Throttle
from chimpline.service.people.tokens import Scope
from chimpline.service.schedule.ticker import Ticker
from tests.desks import CHEAP

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
PASSWORD = "correct horse battery"
SETTINGS = """\
[connections.main]
auth = "api_key"

[pipelines.daily]
connection = "main"
schedule = "every 15 minutes"
"""


@dataclasses.dataclass
class Ordered:
    """What was asked of the executor; nothing is carried out."""

    submitted: list[Order] = dataclasses.field(default_factory=list)
    cancelled: list[str] = dataclasses.field(default_factory=list)

    def submit(self, order: Order) -> None:
        self.submitted.append(order)

    def cancel(self, run_id: str) -> bool:
        self.cancelled.append(run_id)
        return False

    def orders(
        self, limit: int | None = 100, *, under_way: bool = False
    ) -> Sequence[tuple[Order, Fate]]:
        del limit, under_way
        return ()

    def sweep(self, keep: int) -> None:
        del keep


class Console:
    """`room` is that of the application; each `browser` has cookies of its own."""

    def __init__(self, cwd: Path, public_url: str | None = None) -> None:
        self.now = NOW
        self.elapsed = 0.0
        (cwd / "chimpline.toml").write_text(SETTINGS, encoding="utf-8")
        desk = Desk({}, cwd, clock=lambda: self.now, hasher=CHEAP)
        desk.people = People(desk.database, desk.clock, CHEAP)
        self.executor = Ordered()
        desk.executor = self.executor
        ticker = Ticker(desk.scheduled, desk.run_due, desk.schedules, desk.clock)
        self.room = Room(
            desk,
            ticker,
            Address("127.0.0.1", 8720, public_url),
            Welcome(desk.clock),
            Throttle(lambda: self.elapsed),
        )
        self.failures: list[Exception] = []
        self.app: FastAPI = create_app(self.room, self.failures.append)

    @property
    def desk(self) -> Desk:
        return self.room.desk

    def browser(self, client: str = "127.0.0.1") -> TestClient:
        return TestClient(
            self.app,
            base_url=self.room.address.url,
            client=(client, 50000),
            follow_redirects=False,
        )

    def person(self, name: str = "anna", role: Role = Role.ADMIN) -> TestClient:
        """A browser in which this person has signed in."""
        self.desk.people.put(name, role, PASSWORD)
        browser = self.browser()
        assert 303 == sign_in(browser, name).status_code
        return browser

    def token(self, *scopes: Scope, name: str = "test") -> dict[str, str]:
        """The header of a program that has these scopes."""
        return {"Authorization": f"Bearer {self.desk.tokens.create(name, scopes)}"}

    def ended_run(self, run_id: str = "20261127T110000Z-1") -> PastRun:
        run = PastRun(run_id, "daily", RunState.SUCCEEDED, self.now, finished_at=self.now)
        self.desk.past.put(run)
        return run


def word_of(page: Response) -> str:
    """The word that the forms of a page carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def sign_in(browser: TestClient, name: str, password: str = PASSWORD) -> Response:
    word = word_of(browser.get("/sign-in"))
    return browser.post("/sign-in", data={"name": name, "password": password, "csrf": word})


def post(browser: TestClient, address: str, **fields: Any) -> Response:
    """Send a form of a page that is open."""
    return browser.post(address, data={"csrf": word_of(browser.get("/runs")), **fields})
