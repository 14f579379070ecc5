"""Connections over the API: settings, a key that is verified, access checked, and the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimpline.sandbox import Sandbox
from chimpline.service.connection.vault import SecretKind
from chimpline.service.people.tokens import Scope
from tests.desks import Console, console_in

URL = "/api/v1/connections"


class Programs:
    def __init__(self, console: Console, sandbox: Sandbox) -> None:
        self.console, self.sandbox = console, sandbox
        self._browser = console.nobody()
        self._token = console.token(Scope.ADMIN)

    def ask(self, method: str, path: str = "", **body: Any) -> tuple[int, Any]:
        json = {"json": body} if method == "PUT" else {}
        answer = self._browser.request(method, f"{URL}{path}", headers=self._token, **json)
        return answer.status_code, answer.json() if answer.content else None

    def put(self, name: str, **settings: Any) -> tuple[int, Any]:
        return self.ask("PUT", f"/{name}", api_root=self.sandbox.api_root, **settings)


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    with (
        Sandbox.start(members=5, campaigns=1, events=0, seed=3) as sandbox,
        console_in(tmp_path, None) as console,
    ):
        yield Programs(console, sandbox)


def test_a_connection_with_a_key_is_verified_checked_and_removed(programs: Programs) -> None:
    programs.console.path.write_text("# no pipeline\n", "utf-8")
    key = programs.sandbox.api_key
    status, made = programs.put("shop", auth="api_key", api_key=key, start_date="01/31/2020")
    assert (200, "verified", ["api_key"], "2020-01-31") == (
        status,
        made["state"],
        made["secrets"],
        made["start_date"],
    )
    assert key not in programs.console.says()
    assert (200, "verified") == told(programs.ask("POST", "/shop/check"))
    status, changed = programs.put("shop", auth="api_key", connections=3)
    assert (200, 3, None, ["api_key"]) == (
        status,
        changed["connections"],
        changed["start_date"],
        changed["secrets"],
    )
    assert (200, "verified") == told(programs.ask("GET", "/shop"))
    assert (204, None) == programs.ask("DELETE", "/shop")
    assert 404 == programs.ask("GET", "/shop")[0]
    assert 404 == programs.ask("DELETE", "/shop")[0]


def told(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["state"]


def test_a_key_that_is_refused_is_not_kept_and_writes_nothing(programs: Programs) -> None:
    status, problem = programs.put("shop", auth="api_key", api_key="0" * 32 + "-us19")
    assert (422, "api-key-not-accepted") == (status, problem["kind"])
    assert not programs.console.path.exists()
    with programs.console.desk.connections() as ours:
        assert None is ours.secrets.get("shop", SecretKind.API_KEY)


def test_a_name_that_is_a_page_and_settings_that_are_wrong_are_refused(programs: Programs) -> None:
    assert 422 == programs.put("new", auth="api_key")[0]
    assert 422 == programs.put("shop", connections=11)[0]
    assert 422 == programs.put("shop", anything=1)[0]
    assert 404 == programs.ask("POST", "/shop/check")[0]
    assert not programs.console.path.exists()


def test_a_key_does_not_go_to_a_host_that_is_named_later(programs: Programs) -> None:
    key = programs.sandbox.api_key
    programs.put("shop", auth="api_key", api_key=key)
    elsewhere = {"auth": "api_key", "api_root": "http://127.0.0.1:9/3.0"}
    assert 200 == programs.ask("PUT", "/shop", **elsewhere)[0]
    status, problem = programs.ask("POST", "/shop/check")
    assert (422, "secret-of-another-host") == (status, problem["kind"])


def test_a_connection_in_use_stays(programs: Programs) -> None:
    programs.put("main", auth="api_key", api_key=programs.sandbox.api_key)  # with its pipeline
    assert (409, "connection-in-use") == kind(programs.ask("DELETE", "/main"))


def kind(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["kind"]
