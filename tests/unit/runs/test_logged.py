"""Requests in the log tell what was asked and how it went, and not who it is about."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest

from chimpline.api.transport import Answer, Unreachable
from chimpline.runs.work.logged import LoggedTransport, logged

ROOT = "https://us1.example/3.0"


class Answers:
    """A transport that answers everything, or nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def get(self, url: str, **_: object) -> Answer:
        del url
        if self.error is not None:
            raise self.error
        return Answer(200, {}, b"12345")

    async def post_form(self, url: str, **_: object) -> Answer:
        return await self.get(url)

    async def close(self) -> None:
        pass


def told(caplog: pytest.LogCaptureFixture, path: str, error: Exception | None = None) -> str:
    async def ask() -> None:
        await LoggedTransport(Answers(error)).get(f"{ROOT}{path}", headers={}, timeout_s=1.0)

    caplog.set_level(logging.DEBUG, "chimpline.runs.work.logged")
    with contextlib.suppress(Unreachable):
        asyncio.run(ask())
    return caplog.messages[-1]


def test_a_request_is_told_with_its_path_status_and_size(caplog: pytest.LogCaptureFixture) -> None:
    message = told(caplog, "/lists?count=10")
    assert message.startswith("GET /3.0/lists?count=10: 200, 5 bytes, ")


def test_a_request_that_fails_is_told_and_fails(caplog: pytest.LogCaptureFixture) -> None:
    assert "failed after" in told(caplog, "/lists", Unreachable("no way"))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/lists/l1/members/{'ab' * 16}", "/3.0/lists/l1/members/<id>"),
        ("/search-members?query=ann%40example.com", "/3.0/search-members?query=<address>"),
        (f"/lists?fields={'lists.id,' * 9}", "/3.0/lists?fields=..."),
    ],
)
def test_who_it_is_about_is_not_told(
    caplog: pytest.LogCaptureFixture, path: str, shown: str
) -> None:
    assert told(caplog, path).startswith(f"GET {shown}: ")


def test_a_log_that_nobody_asked_for_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    transport = Answers()
    caplog.set_level(logging.WARNING, "chimpline.runs.work.logged")
    assert transport is logged(transport)
