"""A console in a directory of its own, with an executor that does what it is told."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from chimpline.interfaces.console.app import create_app
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.guard import Address
from chimpline.interfaces.console.security.who import COOKIE
from chimpline.interfaces.console.welcome import Welcome
from chimpline.service.desk import Desk
from chimpline.service.execution.order import Became, Fate, Order
from chimpline.service.people.people import Person, Role
from chimpline.service.people.throttle import Throttle
from chimpline.service.people.tokens import Scope
from chimpline.service.schedule.ticker import Ticker
from tests.desks import CHEAP

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
SETTINGS = """
[connections.main]
auth = "api_key"
[pipelines.daily]
connection = "main"
destination = "duckdb:///copy.duckdb"
"""


class Orders:
    """Stands in for the executor: what was asked of it, and what it is to say."""

    def __init__(self) -> None:
        self.known: list[tuple[Order, Fate]] = []
        self.cancelled: list[str] = []

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


class World:
    def __init__(self, path: Path) -> None:
        (path / "chimpline.toml").write_text(SETTINGS)
        self.desk = Desk({}, path, clock=lambda: NOON, hasher=CHEAP)
        self.orders = Orders()
        self.desk.executor = self.orders
        self.state = self.desk.state
        ticker = Ticker(dict, lambda *_: None, self.desk.schedules, self.desk.clock)
        address = Address("127.0.0.1", 8720)
        room = Room(self.desk, ticker, address, Welcome(self.desk.clock), Throttle())
        self.client = TestClient(
            create_app(room), base_url="http://127.0.0.1:8720", follow_redirects=False
        )
        self.csrf = ""

    def sign_in(self, role: Role = Role.ADMIN) -> None:
        self.desk.people.put("anna", Role.ADMIN, "correct horse battery")
        if role is not Role.ADMIN:
            self.desk.people.put("bo", role, "correct horse battery")
        name = "anna" if role is Role.ADMIN else "bo"
        word = self.desk.sessions.begin(Person(name, role, NOON))
        session = self.desk.sessions.of(word)
        assert session is not None
        self.csrf = session.csrf
        self.client.cookies.set(COOKIE, word)

    def text(self, address: str, status: int = 200) -> str:
        """What a reader sees of a page."""
        answer = self.client.get(address)
        assert status == answer.status_code, answer.text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))

    def post(self, address: str, **fields: Any) -> str:
        """Where it leads."""
        answer = self.client.post(address, data={"csrf": self.csrf, **fields})
        assert 303 == answer.status_code, answer.text
        return str(answer.headers["location"])

    def bearer(self, *scopes: Scope) -> dict[str, str]:
        made = self.desk.tokens.create("t", list(scopes), None)
        return {"Authorization": f"Bearer {made}"}

    def tells(self, run_id: str, *events: dict[str, Any]) -> None:
        with self.state.event_file(run_id) as file:
            for event in events:
                file.write({"at": NOON.isoformat(), **event})

    def logs(self, run_id: str, *lines: str | dict[str, Any]) -> None:
        folder = self.state.path / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        text = [one if isinstance(one, str) else json.dumps(one) for one in lines]
        path = folder / f"run-{run_id}.log"
        path.write_text("\n".join(text) + "\n")
        path.chmod(0o600)
