"""The pages of the settings: people, tokens, one's own password, what is installed."""

from __future__ import annotations

import datetime as dt
import re

import pytest

import chimpline
from chimpline.service.people.people import Role
from chimpline.service.people.throttle import FREE
from chimpline.service.people.tokens import Scope
from tests.desks import (
    NOW,
    PASSWORD,
    Console,
    sign_in,
)

NEW = "battery horse correct"
TWICE = {"password": NEW, "again": NEW}


def everyone(console: Console) -> dict[str, Role]:
    return {one.name: one.role for one in console.desk.people.everyone()}


def test_what_is_installed(console: Console) -> None:
    page = console.person("vera", Role.VIEWER).get("/settings").text
    for shown in (
        chimpline.__version__,
        str(console.desk.state.path),
        str(console.desk.cwd / "chimpline.toml"),
        "http://127.0.0.1:8720",
        "DBOS",
    ):
        assert shown in page
    assert "It can be used." in page
    assert "/settings/people" not in page


def test_a_program_sees_what_is_installed(console: Console) -> None:
    reads, address = console.token(Scope.READ), "/api/v1/installation"
    told = console.nobody().get(address, headers=reads).json()
    assert chimpline.__version__ == told["versions"]["chimpline"]
    assert (str(console.desk.state.path), "http://127.0.0.1:8720", "") == (
        told["state_dir"],
        told["address"],
        told["problem"],
    )
    file = console.desk.cwd / "chimpline.toml"
    file.write_text(file.read_text(encoding="utf-8") + "lookback_minutes = -1\n", encoding="utf-8")
    problem = console.nobody().get(address, headers=reads).json()["problem"]
    assert "chimpline.toml, line 7" in problem


def test_what_is_wrong_with_the_settings_file_is_told_with_its_line(console: Console) -> None:
    browser = console.person()
    file = console.desk.cwd / "chimpline.toml"
    file.write_text(file.read_text(encoding="utf-8") + "lookback_minutes = -1\n", encoding="utf-8")
    page = browser.get("/settings").text
    assert "chimpline.toml, line 7" in page
    assert "It cannot be used as it is." in page


def test_an_admin_adds_a_person_who_then_signs_in(console: Console) -> None:
    admin = console.person()
    answer = admin.form("/settings/people", name="vera", role="viewer", **TWICE)
    assert (303, "/settings/people") == (answer.status_code, answer.headers["location"])
    assert {"anna": Role.ADMIN, "vera": Role.VIEWER} == everyone(console)
    assert "vera" in admin.get("/settings/people").text
    assert 303 == sign_in(console.nobody(), "vera", NEW).status_code


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"name": "anna"}, 409, "There is a person anna already."),
        ({"name": "a b"}, 422, "cannot be the name of a person"),
        ({"again": "other"}, 422, "are not the same"),
        ({"password": "short", "again": "short"}, 422, "too short"),
        ({"role": "god"}, 422, "This is no role."),
        ({"name": "x" * 1001}, 422, "wrong form"),
    ],
)
def test_a_person_that_cannot_be_is_refused(
    console: Console, fields: dict[str, str], status: int, told: str
) -> None:
    typed = {"name": "vera", "role": "viewer", **TWICE, **fields}
    answer = console.person().form("/settings/people", **typed)
    assert status == answer.status_code
    assert told in answer.text
    assert {"anna": Role.ADMIN} == everyone(console)


def test_a_role_counts_at_once(console: Console) -> None:
    admin, vera = console.person(), console.person("vera", Role.VIEWER)
    assert 403 == vera.form("/pipelines/daily/run").status_code
    assert 303 == admin.form("/settings/people/vera/role", role="admin").status_code
    assert 303 == vera.form("/pipelines/daily/run").status_code
    assert 303 == vera.form("/settings/people/anna/role", role="viewer").status_code
    assert 403 == admin.form("/pipelines/daily/run").status_code


def test_somebody_stays_admin(console: Console) -> None:
    admin = console.person()
    for path, fields in (("role", {"role": "viewer"}), ("remove", {})):
        answer = admin.form(f"/settings/people/anna/{path}", **fields)
        assert 409 == answer.status_code
        assert "the only admin" in answer.text
    assert {"anna": Role.ADMIN} == everyone(console)


def test_a_new_password_ends_what_the_old_one_began(console: Console) -> None:
    admin, vera = console.person(), console.person("vera", Role.VIEWER)
    assert 303 == admin.form("/settings/people/vera/password", **TWICE).status_code
    assert 303 == vera.get("/").status_code
    assert 401 == sign_in(console.nobody(), "vera", PASSWORD).status_code
    assert 303 == sign_in(console.nobody(), "vera", NEW).status_code
    assert Role.VIEWER is everyone(console)["vera"]


def test_removed_is_gone_at_once(console: Console) -> None:
    admin, vera = console.person(), console.person("vera", Role.VIEWER)
    assert 303 == admin.form("/settings/people/vera/remove").status_code
    assert 303 == vera.get("/").status_code
    assert {"anna": Role.ADMIN} == everyone(console)


@pytest.mark.parametrize("path", ["role", "password", "remove"])
def test_who_is_not_there_cannot_be_changed(console: Console, path: str) -> None:
    answer = console.person().form(f"/settings/people/nobody/{path}", role="viewer", **TWICE)
    assert 404 == answer.status_code


def test_an_own_password_takes_the_one_before(console: Console) -> None:
    browser, other = console.person(), console.nobody()
    sign_in(other, "anna")
    answer = browser.form("/settings/password", current="wrong", **TWICE)
    assert 422 == answer.status_code
    assert "not your current password" in answer.text
    assert 422 == browser.form("/settings/people/anna/password", **TWICE).status_code
    answer = browser.form("/settings/password", current=PASSWORD, **TWICE)
    assert 303 == answer.status_code
    assert "password is changed" in browser.get(answer.headers["location"]).text
    assert 303 == other.get("/").status_code  # signed out
    assert 303 == sign_in(console.nobody(), "anna", NEW).status_code


def test_guesses_of_an_own_password_wait_too(console: Console) -> None:
    """Of who found a browser that was left open."""
    browser = console.person()
    for _ in range(FREE):
        assert 422 == browser.form("/settings/password", current="x", **TWICE).status_code
    assert 429 == browser.form("/settings/password", current=PASSWORD, **TWICE).status_code


def test_a_viewer_changes_an_own_password(console: Console) -> None:
    browser = console.person("vera", Role.VIEWER)
    assert 303 == browser.form("/settings/password", current=PASSWORD, **TWICE).status_code


@pytest.mark.parametrize("path", ["/settings/people", "/settings/tokens"])
def test_only_admins_see_who_may_come_in(console: Console, path: str) -> None:
    assert 403 == console.person("vera", Role.VIEWER).get(path).status_code


def test_a_token_is_shown_once_and_works_until_it_is_revoked(console: Console) -> None:
    admin = console.person()
    scopes = {"scope": ["read", "operate"], "days": "30"}
    page = admin.form("/settings/tokens", name="grafana", **scopes).text
    (made,) = re.findall(r'value="(chimpline_[^"]+)"', page)
    assert made not in admin.get("/settings/tokens").text
    (token,) = console.desk.tokens.everything()
    assert frozenset({Scope.READ, Scope.OPERATE}) == token.scopes
    assert NOW + dt.timedelta(days=30) == token.expires_at
    header = {"Authorization": f"Bearer {made}"}
    assert 200 == console.nobody().get("/api/v1/runs", headers=header).status_code
    assert 303 == admin.form("/settings/tokens/grafana/revoke").status_code
    assert 401 == console.nobody().get("/api/v1/runs", headers=header).status_code
    assert 404 == admin.form("/settings/tokens/grafana/revoke").status_code


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "a b", "scope": "read"}, "cannot be the name of a token"),
        ({"name": "one"}, "would have no scope"),
        ({"name": "one", "scope": "everything"}, "There is no scope everything"),
        ({"name": "taken", "scope": "read"}, "There is a token taken already"),
        ({"name": "one", "scope": "read", "days": "-1"}, "wrong form"),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    console: Console, fields: dict[str, str], told: str
) -> None:
    console.desk.tokens.create("taken", [Scope.READ])
    answer = console.person().form("/settings/tokens", **fields)
    assert answer.status_code in {409, 422}
    assert told in answer.text
    assert ["taken"] == [one.name for one in console.desk.tokens.everything()]
