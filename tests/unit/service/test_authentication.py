"""A walk in the control database: whose it is, how long it lasts, and what is kept of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chimpline import errors
from chimpline.api.retry import Retry
from chimpline.api.transport import Answer
from chimpline.message import Message
from chimpline.redact import redact
from chimpline.service.connection.authentication import Authentications, Walk, client_secret
from chimpline.service.connection.connections import Connections, ConnectionState
from chimpline.service.connection.vault import SecretKind
from tests.words import refused, told_of

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
APP = {"client_id": "123456789012", "login_root": "https://login.example"}
SECRET = "the-secret-of-an-app"
CODE = "a-code-of-mailchimps"


class Mailchimp:
    """Shows the page, and answers every form with `said`."""

    def __init__(self) -> None:
        self.said: dict[str, object] = {"error": "invalid_grant"}
        self.forms: list[Any] = []

    def __call__(self, *, connections: int) -> Mailchimp:
        assert connections >= 1
        return self

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, **_: Any
    ) -> Answer:
        del headers, timeout_s
        return Answer(200, {"content-type": "text/html"}, url.encode())

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        del url, headers, timeout_s
        self.forms.append(form)
        return Answer(400, {"content-type": "application/json"}, json.dumps(self.said).encode())

    async def close(self) -> None:
        pass


class World:
    def __init__(self, cwd: Path) -> None:
        self.now = NOON
        self.cwd = cwd
        self.mailchimp = Mailchimp()
        self.connections = Connections({}, cwd, clock=lambda: self.now)
        self.sign_in = Authentications(
            self.connections,
            clock=lambda: self.now,
            retry=Retry(wait_initial_s=0),
            open_transport=self.mailchimp,
        )

    def begin(self, name: str = "main") -> Walk:
        return self.sign_in.begin(name, APP, client_secret=SECRET)

    def state(self) -> ConnectionState:
        return self.connections.get("main").status.state


def address(walk: Walk, code: str = CODE) -> str:
    """Where Mailchimp sends the browser."""
    assert walk.url is not None
    state = parse_qs(urlsplit(walk.url).query)["state"][0]
    return f"{walk.app.redirect_uri}?code={code}&state={state}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.connections.close()


def test_a_walk_waits_and_is_found_by_a_later_process(world: World) -> None:
    walk = world.begin()
    assert ConnectionState.WAITING_FOR_CODE is world.state()
    assert SECRET == world.connections.secrets.client_secret("main")
    later = World(world.cwd)
    found = later.sign_in.walks.pending("main")
    assert found is not None
    assert (walk.id, walk.app, None) == (found.id, found.app, found.url)
    assert later.sign_in.walks.received(found) is None
    assert CODE == later.sign_in.walks.receive(address(walk)).code
    assert address(walk) == world.sign_in.walks.received(walk)
    later.connections.close()


def test_neither_state_nor_code_nor_secret_stands_in_a_file(world: World) -> None:
    walk = world.begin()
    world.sign_in.walks.receive(address(walk))
    written = b"".join(path.read_bytes() for path in world.cwd.rglob("*") if path.is_file())
    for secret in (walk.state or "", CODE, SECRET):
        assert secret.encode() not in written
    assert (walk.state or "") not in repr(walk)


def test_a_walk_is_over_after_an_hour(world: World) -> None:
    walk = world.begin()
    world.now += dt.timedelta(hours=1)
    assert world.sign_in.walks.pending("main") is None
    assert Message("answer-to-no-sign-in") == world.sign_in.walks.receive(address(walk)).problem


def test_the_last_walk_of_a_connection_counts(world: World) -> None:
    first = world.begin()
    second = world.begin()
    assert Message("answer-to-no-sign-in") == world.sign_in.walks.receive(address(first)).problem
    with refused(errors.WrongState, "took the place of this one"):
        world.sign_in.walks.received(first)
    assert world.sign_in.walks.received(second) is None


def test_walks_of_two_connections_do_not_meet(world: World) -> None:
    first = world.begin("first")
    second = world.sign_in.begin("second", APP, client_secret=SECRET, insist=True)
    world.sign_in.walks.receive(address(second))
    assert world.sign_in.walks.received(first) is None
    with pytest.raises(errors.WrongState):
        world.sign_in.complete(first, address(second))


def test_what_a_stranger_sends_is_neither_kept_nor_hidden(world: World) -> None:
    walk = world.begin()
    strange = f"{walk.app.redirect_uri}?code=settings&state=guessed"
    assert "" == world.sign_in.walks.receive(strange).code
    assert world.sign_in.walks.received(walk) is None
    assert "settings" == redact("settings")


def test_a_refused_code_ends_the_walk_and_a_slip_does_not(world: World) -> None:
    walk = world.begin()
    for slip in ("two words", address(walk).replace("state=", "state=x")):
        with pytest.raises(errors.NotAuthenticated):
            world.sign_in.complete(walk, slip)
    assert world.sign_in.walks.pending("main") is not None
    assert [] == world.mailchimp.forms
    with pytest.raises(errors.CodeRefused):
        world.sign_in.complete(walk, CODE)
    assert world.sign_in.walks.pending("main") is None
    assert ConnectionState.FAILED is world.state()
    assert 1 == len(world.mailchimp.forms)


def test_a_refused_secret_is_forgotten_and_another_error_forgets_nothing(world: World) -> None:
    for error, kept in (("invalid_grant", SECRET), ("invalid_client", None)):
        world.mailchimp.said = {"error": error}
        with pytest.raises(errors.NotAuthenticated):
            world.sign_in.complete(world.begin(), CODE)
        assert kept == world.connections.secrets.client_secret("main")


def test_a_slip_while_rotating_costs_no_secret_that_worked(world: World) -> None:
    """Mailchimp shows a secret once: it cannot be copied again."""
    world.begin()
    world.connections.secrets.put("main", SecretKind.CLIENT_SECRET, "the-one-that-worked")
    world.mailchimp.said = {"error": "invalid_client"}
    with pytest.raises(errors.SecretRefused) as refused:
        world.sign_in.complete(world.begin(), CODE)
    assert "worked before are still there" in str(told_of(refused.value))
    assert "the-one-that-worked" == world.connections.secrets.client_secret("main")


@pytest.mark.parametrize(
    ("before", "while_waiting", "after"),
    [
        (
            ConnectionState.VERIFIED,
            ConnectionState.VERIFIED,
            ConnectionState.VERIFIED,
        ),
        (
            ConnectionState.NEEDS_REAUTHENTICATION,
            ConnectionState.WAITING_FOR_CODE,
            ConnectionState.NEEDS_REAUTHENTICATION,
        ),
    ],
)
def test_a_walk_that_fails_leaves_a_connection_as_good_as_its_token(
    before: ConnectionState, while_waiting: ConnectionState, after: ConnectionState, world: World
) -> None:
    world.connections.save("main", {"auth": "oauth"})
    world.connections.statuses.set("main", ConnectionState.VERIFIED)
    world.connections.statuses.set("main", before)
    walk = world.begin()
    assert while_waiting is world.state()
    with pytest.raises(errors.CodeRefused):
        world.sign_in.complete(walk, CODE)
    assert after is world.state()


@pytest.mark.parametrize("wrong", ["", "   ", "short", "two words here", "naïve-secret", "x" * 300])
def test_what_cannot_be_a_secret_is_said_before_it_is_sent(wrong: str) -> None:
    with refused(errors.SettingsError, "Client Secret"):
        client_secret(wrong)


def test_a_secret_may_be_pasted_with_the_space_around_it() -> None:
    assert SECRET == client_secret(f" {SECRET}\n")
