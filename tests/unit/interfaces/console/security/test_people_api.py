"""People by the API: as on the page, and no token gives anybody more than it has itself."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from chimpline.service.people.people import Role
from chimpline.service.people.tokens import Scope
from tests.desks import NOW, PASSWORD, Browser, Console, sign_in

ADDRESS = "/api/v1/people"
NEW = "battery horse correct"
VERA = {"name": "vera", "role": "viewer", "password": NEW}


@pytest.fixture
def program(console: Console) -> Browser:
    """A program whose token may do all of it; Anna is the only person."""
    console.person("anna")
    made = console.nobody()
    made.headers.update(console.token(Scope.ADMIN, Scope.DATA))
    return made


def program_with(console: Console, *scopes: Scope, until: dt.datetime | None = None) -> Browser:
    console.person("anna")
    made = console.nobody()
    word = console.desk.tokens.create("another", scopes, until)
    made.headers["Authorization"] = f"Bearer {word}"
    return made


def everyone(console: Console) -> dict[str, Role]:
    return {one.name: one.role for one in console.desk.people.everyone()}


def test_a_person_is_added_changed_and_removed(console: Console, program: Browser) -> None:
    added = program.post(ADDRESS, json=VERA)
    vera = {"name": "vera", "role": "viewer", "since": "2026-11-27T12:00:00Z"}
    assert (201, vera) == (added.status_code, added.json())
    browser = console.nobody()
    assert 303 == sign_in(browser, "vera", NEW).status_code
    changed = program.patch(f"{ADDRESS}/vera", json={"role": "admin"})
    assert (200, vera | {"role": "admin"}) == (changed.status_code, changed.json())
    assert 200 == browser.get("/settings/people").status_code  # at once
    assert 200 == program.patch(f"{ADDRESS}/vera", json={"password": PASSWORD}).status_code
    assert 303 == browser.get("/").status_code  # signed out
    assert 303 == sign_in(browser, "vera").status_code
    assert ["anna", "vera"] == [one["name"] for one in program.get(ADDRESS).json()["people"]]
    assert 204 == program.delete(f"{ADDRESS}/vera").status_code
    assert 303 == browser.get("/").status_code
    assert {"anna": Role.ADMIN} == everyone(console)


@pytest.mark.parametrize(
    ("method", "path", "sent", "answer"),
    [
        ("POST", "", VERA | {"name": "anna"}, (409, "person-name-taken")),
        ("POST", "", VERA | {"name": "a b"}, (422, "api-invalid")),
        ("POST", "", VERA | {"role": "god"}, (422, "api-invalid")),
        ("POST", "", VERA | {"password": "short"}, (422, "api-invalid")),
        ("POST", "", VERA | {"password": "verAveravera"}, (422, "password-is-the-name")),
        ("POST", "", VERA | {"more": 1}, (422, "api-invalid")),
        ("PATCH", "/anna", {"role": "viewer"}, (409, "person-is-the-last-admin")),
        ("PATCH", "/anna", {"password": "annaannaanna"}, (422, "password-is-the-name")),
        ("PATCH", "/nobody", {"role": "viewer"}, (404, "person-unknown")),
        ("PATCH", "/nobody", {}, (404, "person-unknown")),
        ("DELETE", "/anna", None, (409, "person-is-the-last-admin")),
        ("DELETE", "/nobody", None, (404, "person-unknown")),
    ],
)
def test_what_the_page_refuses_is_refused(  # noqa: PLR0917
    console: Console, program: Browser, method: str, path: str, sent: Any, answer: tuple[int, str]
) -> None:
    refused = program.request(method, f"{ADDRESS}{path}", json=sent)
    assert answer == (refused.status_code, refused.json()["kind"])
    assert {"anna": Role.ADMIN} == everyone(console)
    assert 303 == sign_in(console.nobody(), "anna").status_code


def test_a_password_is_never_told(console: Console, program: Browser) -> None:
    word = "a secret of 1,001 letters " + "x" * 975
    for sent in (VERA, VERA | {"name": 5}, VERA | {"password": word}, VERA | {"password": [NEW]}):
        program.post(ADDRESS, json=sent)
    program.post(ADDRESS, content=json.dumps(VERA)[:-1])  # is no JSON
    program.patch(f"{ADDRESS}/vera", json={"password": NEW, "role": "god"})
    program.patch(f"{ADDRESS}/nobody", json={"password": NEW})
    program.get(ADDRESS)
    for secret in (NEW, "a secret of"):
        assert secret not in program.seen
    schemas = program.get("/api/v1/openapi.json").json()["components"]["schemas"]
    told = schemas["NewPerson"]["properties"]["password"]
    assert ("password", True) == (told["format"], told["writeOnly"])
    assert not {"example", "examples", "default"} & set(told)
    assert [] == console.failures


@pytest.mark.parametrize(
    ("method", "path", "sent", "scopes"),
    [
        ("POST", "", VERA, {Scope.DATA}),
        ("PATCH", "/anna", {"password": NEW}, {Scope.DATA}),
        ("PATCH", "/anna", {"role": "admin"}, set()),
    ],
)
def test_no_token_gives_a_person_what_it_does_not_have_itself(
    console: Console, method: str, path: str, sent: Any, scopes: set[Scope]
) -> None:
    """A person reads rows, and is not gone when the token is."""
    ends = program_with(console, Scope.ADMIN, *scopes, until=NOW + dt.timedelta(days=1))
    refused = ends.request(method, f"{ADDRESS}{path}", json=sent)
    assert (403, "person-longer-than-token") == (refused.status_code, refused.json()["kind"])
    console.desk.tokens.revoke("another")
    lasts = program_with(console, Scope.ADMIN)
    answer = lasts.request(method, f"{ADDRESS}{path}", json=sent)
    if scopes:
        assert (403, "person-beyond-token") == (answer.status_code, answer.json()["kind"])
    else:
        assert 200 == answer.status_code
    assert {"anna": Role.ADMIN} == everyone(console)
    assert 303 == sign_in(console.nobody(), "anna").status_code


def test_any_admin_token_takes_away(console: Console) -> None:
    console.person("vera", Role.ADMIN)
    program = program_with(console, Scope.ADMIN, until=NOW + dt.timedelta(days=1))
    assert 200 == program.patch(f"{ADDRESS}/vera", json={"role": "viewer"}).status_code
    assert 204 == program.delete(f"{ADDRESS}/vera").status_code
