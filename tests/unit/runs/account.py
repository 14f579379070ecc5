"""A whole run within the process: an emulated account without a socket, rows without a database.

Each request goes to the emulated account unless a `Script` says what happens to it instead. State
directory and connection slots are files, in the test's own directory.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import datetime as dt
import email.utils
import itertools
import re
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chimpline.api.retry import Retry
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import Answer
from chimpline.runs.job import run
from chimpline.runs.report.events import Event, RunFinished
from chimpline.runs.request import RunRequest
from chimpline.runs.services import Services
from chimpline.sandbox.answers.problems import Problem
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.engine import Engine
from chimpline.sandbox.model.account import Options
from chimpline.sandbox.routes.table import resolve
from chimpline.state.directory import StateDirectory
from tests.memory import Key, MemoryDestination, Row

QUICK = Retry(attempts=3, wait_initial_s=0.0, wait_max_s=0.0)
HOUR_S = 3600.0
TINY: dict[str, Any] = {"members": 24, "campaigns": 4, "events": 40, "seed": 7, "audiences": 2}
JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json; charset=utf-8"


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """One request: its number, from 1, its path below the API root, and its query."""

    number: int
    path: str
    query: str


Waiting = Callable[[Asked], Awaitable[None]]


class Script:
    """What becomes of a request: `None` lets the account answer, an `Answer` comes in its place.

    It may change the account, set an event, or raise what a transport may raise.
    """

    def __init__(self, *rules: tuple[str, Callable[[Asked], Answer | None]]) -> None:
        self._rules = [(re.compile(pattern), act) for pattern, act in rules]

    def __call__(self, asked: Asked) -> Answer | None:
        for pattern, act in self._rules:
            if pattern.search(f"{asked.path}?{asked.query}"):
                answer = act(asked)
                if answer is not None:
                    return answer
        return None


class Emulated:
    """A transport that is the account itself, and `OpenTransport` as well."""

    def __init__(self, engine: Engine, script: Script, waiting: Waiting | None = None) -> None:
        self.asked: list[Asked] = []
        self._engine = engine
        self._script = script
        self._waiting = waiting

    def __call__(self, *, connections: int) -> Emulated:
        del connections
        return self

    async def get(self, url: str, **_: Any) -> Answer:
        await asyncio.sleep(0)  # others go on while an answer is on its way
        parts = urlsplit(url)
        path = parts.path.removeprefix("/3.0") or "/"
        asked = Asked(len(self.asked) + 1, path, parts.query)
        self.asked.append(asked)
        if self._waiting is not None:
            await self._waiting(asked)
        scripted = self._script(asked)
        if scripted is None:
            return self.honest(asked)
        date = {"date": self._date(), **scripted.headers}
        return dataclasses.replace(scripted, headers=date)

    async def post_form(self, url: str, **_: Any) -> Answer:
        raise AssertionError(url)

    async def close(self) -> None:
        pass

    def honest(self, of: Asked) -> Answer:
        """What the account itself answers."""
        found = resolve(of.path)
        if found is None:
            return problem("Resource Not Found", 404, date=self._date())
        try:
            asked = Query(dict(parse_qsl(of.query, True)))
            body = found[2](self._engine.account, found[1], asked).body(asked, "http://api")
        except Problem as told:
            return problem(told.title, told.status, date=self._date())
        return Answer(200, {"content-type": JSON, "date": self._date()}, body)

    def _date(self) -> str:
        return email.utils.formatdate(self._engine.now(), usegmt=True)


def problem(title: str, status: int, **headers: str) -> Answer:
    """A problem document of Mailchimp's."""
    body = f'{{"type":"about","title":"{title}","status":{status},"detail":"{title}."}}'
    return Answer(status, {"content-type": PROBLEM, **headers}, body.encode())


def always(answer: Answer) -> Callable[[Asked], Answer]:
    return lambda _: answer


def once(act: Callable[[], object]) -> Callable[[Asked], None]:
    """Do something at the first request that fits, and let it be answered."""
    left = [act]

    def hit(_: Asked) -> None:
        if left:
            left.pop()()

    return hit


class World:
    """One account and its copy, which runs bring up to date, one after the other.

    `options`: of the account, where they are not those of `TINY`. `tables`: of each run that is not
    told others; all that are on where it is None.
    """

    tables: tuple[str, ...] | None = None

    def __init__(self, directory: Path, **options: Any) -> None:
        self.directory = directory
        self.engine = Engine(Options(**{**TINY, **options}))
        self.destination = MemoryDestination()
        self.events: list[Event] = []
        self.transport = Emulated(self.engine, Script())
        self._numbers = itertools.count(1)

    def copy(self, directory: Path) -> World:
        """Another such account and its copy, as they stand."""
        other = World(directory)
        other.engine = copy.deepcopy(self.engine)
        other.destination = self.destination.copy()
        other.tables = self.tables
        return other

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.engine.now(), dt.UTC)

    def request(self, **chosen: Any) -> RunRequest:
        told: dict[str, Any] = {
            "pipeline": "test",
            "credential": Credential("0123456789abcdef0123456789abcdef-us19", is_api_key=True),
            "destination": "memory://",
            "dataset": "mailchimp",
            "api_root": "http://api.test/3.0",
            "state_dir": self.directory / "state",
            "tables": self.tables,
            **chosen,
        }
        return RunRequest(**told)

    def services(self, **others: Any) -> Services:
        chosen: dict[str, Any] = {
            "destination": self.destination,
            # Those that a stopped run left to the server are held for long by this process.
            "budget": self.directory / "slots" / str(next(self._numbers)),
            "state": StateDirectory(self.directory / "state"),
            "events": self.events.append,
            "transport": self.transport,
            "retry": QUICK,
            "clock": self.now,
            **others,
        }
        return Services(**chosen)

    def run(
        self,
        script: Script | None = None,
        *,
        waiting: Waiting | None = None,
        cancelled: threading.Event | None = None,
        services: Mapping[str, Any] | None = None,
        after_s: float = HOUR_S,
        **chosen: Any,
    ) -> RunFinished:
        """One run, an hour after the last or `after_s`. `chosen`: fields of the request.

        `waiting`: awaited before each request is answered. `services`: ports in others' places.
        """
        self.engine.advance(after_s)
        self.events.clear()
        self.transport = Emulated(self.engine, script or Script(), waiting)
        ports = self.services(**(services or {}))
        return run(self.request(**chosen), ports, cancelled=cancelled)

    def asked(self, pattern: str) -> list[Asked]:
        """The requests of the last run whose path and query this fits."""
        return [
            one for one in self.transport.asked if re.search(pattern, f"{one.path}?{one.query}")
        ]

    def truth(self, table: str, *key: str) -> set[Key]:
        return {tuple(row[name] for name in key) for row in self.engine.truth(table)}

    def live(self, table: str) -> Mapping[Key, Row]:
        return self.destination.live(table)
