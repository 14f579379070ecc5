"""A console in a directory of its own, an admin and a viewer in it, and no run that begins."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

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
from tests.desks import CHEAP

NOW = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.UTC)
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


class Orders:
    """An executor that only keeps what it is asked for."""

    def __init__(self) -> None:
        self.kept: list[Order] = []

    def submit(self, order: Order) -> None:
        self.kept.append(order)

    def cancel(self, run_id: str) -> bool:
        del run_id
        return False

    def orders(
        self, limit: int | None = 100, *, under_way: bool = False
    ) -> Sequence[tuple[Order, Fate]]:
        del limit, under_way
        return []

    def sweep(self, keep: int) -> None:
        del keep


@dataclasses.dataclass
class Console:
    """`path`: of the settings file. `post` sends a form with its word against forgery."""

    desk: Desk
    client: TestClient
    path: Path
    orders: Orders
    csrf: str
    headers: dict[str, str]

    def post(self, address: str, **fields: object) -> Response:
        form = {"csrf": self.csrf, **fields}
        return self.client.post(address, data=form, follow_redirects=False)

    def says(self) -> str:
        return self.path.read_text("utf-8")


@pytest.fixture
def make_console(tmp_path: Path) -> Iterator[Callable[..., Console]]:
    opened: list[Desk] = []

    def make(role: Role = Role.ADMIN) -> Console:
        path = tmp_path / "chimpline.toml"
        if not path.exists():
            path.write_text(SETTINGS, "utf-8")
        desk = Desk({}, tmp_path, clock=lambda: NOW, hasher=CHEAP)
        opened.append(desk)
        desk.executor = orders = Orders()
        ticker = Ticker(desk.scheduled, desk.run_due, desk.schedules, desk.clock)
        address = Address("127.0.0.1", 8720)
        room = Room(desk, ticker, address, Welcome(desk.clock), Throttle())
        client = TestClient(create_app(room), base_url=address.url)
        name = f"{role.value}-{len(opened)}"
        desk.people.put(name, role, "correct horse battery")
        (person,) = [one for one in desk.people.everyone() if one.name == name]
        word = desk.sessions.begin(person)
        session = desk.sessions.of(word)
        assert session is not None
        client.cookies.set("chimpline_session", word)
        token = desk.tokens.create(name, [Scope.READ, Scope.OPERATE, Scope.ADMIN])
        bearer = {"Authorization": f"Bearer {token}"}
        return Console(desk, client, path, orders, session.csrf, bearer)

    yield make
    for desk in opened:
        desk.close()


@pytest.fixture
def console(make_console: Callable[..., Console]) -> Console:
    return make_console()
