"""A transport that answers from a list, so that every rule is tested without a network."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from chimpline.api.budget import Budget
from chimpline.api.client import Client
from chimpline.api.retry import Retry
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import Answer
from chimpline.message import Message
from tests.words import heard

KEY = "0123456789abcdef0123456789abcdef-us6"
DATE = "Mon, 23 Nov 2026 12:00:07 GMT"


def answer(
    body: object = None, *, status: int = 200, kind: str = "application/json", **headers: str
) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {"content-type": kind, "date": DATE, **headers}, raw)


def problem(status: int, **fields: Any) -> Answer:
    document = {"type": "t", "title": "Title", "status": status, "detail": "Detail.", **fields}
    return answer(document, status=status, kind="application/problem+json; charset=utf-8")


def html(status: int, **headers: str) -> Answer:
    return answer(b"<html>busy</html>", status=status, kind="text/html", **headers)


@dataclasses.dataclass
class Asked:
    url: str
    headers: Mapping[str, str]
    timeout_s: float


class FakeTransport:
    """Gives the next of `script`; the last one again and again."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script)
        self.asked: list[Asked] = []
        self.during: Callable[[], None] = lambda: None

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, **_: Any
    ) -> Answer:
        self.asked.append(Asked(url, headers, timeout_s))
        self.during()
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        return step

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        raise NotImplementedError

    async def close(self) -> None:
        pass


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def others_go_on() -> None:
    """Everybody on this loop comes as far as they can without an answer or a clock."""
    for _ in range(50):
        await asyncio.sleep(0)


async def no_time(_: float) -> None:
    await asyncio.sleep(0)


class World:
    """A client over a fake transport, with the answers' builders at hand."""

    ok = staticmethod(answer)
    problem = staticmethod(problem)
    html = staticmethod(html)
    transport_of = FakeTransport
    clock_of = Clock
    key = KEY

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = Clock()
        self.heard: list[Message] = []
        self.kept: list[tuple[float, Callable[[], None]]] = []
        self.transport = FakeTransport(answer({}))
        self.retry = Retry(wait_initial_s=0, wait_max_s=0)
        self.credential = Credential(KEY, is_api_key=True)
        self.api_root = "https://us6.api.mailchimp.com/3.0"

    def budget(self, connections: int = 8, user: str = "host-1") -> Budget:
        return Budget(
            self.directory,
            user,
            connections=connections,
            monotonic=self.clock,
            later=lambda delay_s, end: self.kept.append((delay_s, end)),
            sleep=no_time,
        )

    def client(self, *script: Answer | Exception, budget: Budget | None = None) -> Client:
        self.transport = FakeTransport(*script)
        return Client(
            api_root=self.api_root,
            credential=self.credential,
            transport=self.transport,
            budget=budget or self.budget(),
            retry=self.retry,
            on_notice=self.heard.append,
            monotonic=self.clock,
        )

    @property
    def notices(self) -> list[str]:
        """What was told, in words."""
        return [heard(one) for one in self.heard]

    def urls(self) -> list[str]:
        return [asked.url for asked in self.transport.asked]

    def run(self, awaitable: Awaitable[Any]) -> Any:
        async def main() -> Any:
            return await awaitable

        return asyncio.run(main())

    def get(self, *script: Answer | Exception, **options: Any) -> Any:
        options.setdefault("parse", json.loads)
        return self.run(self.client(*script).get("/lists", **options))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
