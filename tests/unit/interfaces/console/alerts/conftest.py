"""A console in a directory of its own, a clock that is set, and no run that begins."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from chimpline.interfaces.console.app import create_app
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.guard import Address
from chimpline.interfaces.console.welcome import Welcome
from chimpline.model import RunState
from chimpline.service.desk import Desk
from chimpline.service.execution.past import PastRun
from chimpline.service.people.people import People, Role
from chimpline.service.people.throttle import Throttle
from chimpline.service.people.tokens import Scope
from chimpline.service.schedule.ticker import Ticker
from tests.desks import CHEAP
from tests.unit.interfaces.console.security.world import Ordered

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
ADDRESS = Address("127.0.0.1", 8720)
SETTINGS = """\
[connections.main]

# every night
[pipelines.daily]
connection = "main"
fresh_within = "6 hours"
"""


@dataclasses.dataclass
class Console:
    """`post` sends a form with its word; `now` is what the clock says."""

    desk: Desk
    client: TestClient
    csrf: str
    file: Path
    now: dt.datetime = NOW

    def post(self, to: str, /, **fields: Any) -> Response:
        form = {"csrf": self.csrf, **fields}
        return self.client.post(to, data=form, follow_redirects=False)

    def ran(self, state: RunState, **given: Any) -> PastRun:
        run = PastRun("r1", "daily", state, self.now, finished_at=self.now, exit=1)
        run = dataclasses.replace(run, **given)
        self.desk.past.put(run)
        return run

    def bearer(self, *scopes: Scope) -> dict[str, str]:
        """The header of a program that has these scopes."""
        name = f"t{len(self.desk.tokens.everything())}"
        return {"Authorization": f"Bearer {self.desk.tokens.create(name, scopes)}"}

    def figures(self) -> str:
        answer = self.client.get("/metrics", headers=self.bearer(Scope.READ))
        assert 200 == answer.status_code
        return answer.text


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nobody listens, as long as it is held."""
    with contextlib.closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@functools.cache
def _app() -> FastAPI:
    """One for all these tests, each with a room of its own: the first answer of one is slow."""
    return create_app(cast(Room, _Elsewhere()))


class _Elsewhere:
    """What the application needs of a room before it is asked anything."""

    address = ADDRESS
    desk = None


@pytest.fixture
def make_console(tmp_path: Path) -> Iterator[Callable[..., Console]]:
    desks: list[Desk] = []

    def make(role: Role = Role.ADMIN) -> Console:
        file = tmp_path / "chimpline.toml"
        file.write_text(SETTINGS, "utf-8")
        made: list[Console] = []
        desk = Desk({"CHIMPLINE_VAULT_KEY": "ab" * 32}, tmp_path, clock=lambda: made[0].now)
        desks.append(desk)
        desk.people = People(desk.database, desk.clock, CHEAP)
        desk.executor = Ordered()
        ticker = Ticker(desk.scheduled, desk.run_due, desk.schedules, desk.clock)
        app = _app()
        app.state.room = Room(desk, ticker, ADDRESS, Welcome(desk.clock), Throttle())
        client = TestClient(app, base_url=ADDRESS.url)
        console = Console(desk, client, "", file)
        made.append(console)
        desk.people.put("anna", role, "correct horse battery")
        (person,) = desk.people.everyone()
        word = desk.sessions.begin(person)
        session = desk.sessions.of(word)
        assert session is not None
        client.cookies.set("chimpline_session", word)
        console.csrf = session.csrf
        return console

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def console(make_console: Callable[..., Console]) -> Console:
    return make_console()
