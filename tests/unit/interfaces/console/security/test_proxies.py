"""Who asks, where a proxy stands before us: its word counts where it is named, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.testclient import TestClient

from chimpline.interfaces.console.serve import served
from chimpline.service.people.throttle import FREE
from tests.desks import Console, sign_in

PROXY, OTHER = "10.0.0.5", "10.0.0.6"


def browser(console: Console, peer: str, trusted: Sequence[str], **headers: str) -> TestClient:
    """A browser whose connection comes from `peer`, as the server takes it."""
    config = served(console.room, console.failures.append, trusted)
    config.load()
    return TestClient(
        config.loaded_app,
        base_url=console.room.address.url,
        client=(peer, 50000),
        headers=headers,
        follow_redirects=False,
    )


def guess(console: Console, peer: str, trusted: Sequence[str]) -> list[int]:
    """What guesses are told that say they come from ever other addresses, by ever other names."""
    return [
        sign_in(
            browser(console, peer, trusted, **{"X-Forwarded-For": f"192.0.2.{number}"}),
            f"name{number}",
            "x",
        ).status_code
        for number in range(FREE + 1)
    ]


def test_a_named_proxy_says_who_asks(console: Console) -> None:
    assert [401] * (FREE + 1) == guess(console, PROXY, [PROXY])
    assert [401] * (FREE + 1) == guess(console, PROXY, ["10.0.0.0/29"])


def test_whoever_else_says_so_is_not_believed(console: Console) -> None:
    assert [*[401] * FREE, 429] == guess(console, OTHER, [PROXY])


def test_without_a_named_proxy_nobody_is_believed(console: Console) -> None:
    assert [*[401] * FREE, 429] == guess(console, "127.0.0.1", [])


def test_what_a_browser_adds_itself_is_not_believed(console: Console) -> None:
    """The proxy adds the address that it saw behind what the browser sent."""
    told = []
    for number in range(FREE + 1):
        sent = {"X-Forwarded-For": f"203.0.113.{number}, 192.0.2.1"}
        told.append(sign_in(browser(console, PROXY, [PROXY], **sent), f"n{number}", "x"))
    assert [*[401] * FREE, 429] == [one.status_code for one in told]


def test_a_forwarded_host_and_scheme_change_nothing(console: Console) -> None:
    sent = {
        "X-Forwarded-Host": "evil.example.com",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example.com;proto=https",
        "X-Original-URL": "/settings",
        "X-Rewrite-URL": "/settings",
    }
    answer = browser(console, PROXY, [PROXY], **sent).get("/")
    assert (303, "/sign-in") == (answer.status_code, answer.headers["location"])
    page = browser(console, PROXY, [PROXY], **sent).get("/sign-in")
    assert "evil.example.com" not in page.text
    assert "secure" not in page.headers["set-cookie"].lower()  # as --public-url says, not they
