"""Tokens by the API: made, listed, revoked; none reaches further than the one that made it."""

from __future__ import annotations

import datetime as dt

import pytest

from chimpline.service.people.tokens import Scope
from tests.desks import NOW, Console

ADDRESS = "/api/v1/tokens"


def test_a_token_is_made_listed_and_revoked(console: Console) -> None:
    browser, admin = console.nobody(), console.token(Scope.ADMIN)
    new = {"name": "grafana", "scopes": ["read"], "days": 1}
    made = browser.post(ADDRESS, json=new, headers=admin)
    assert (201, "2026-11-28T12:00:00Z") == (made.status_code, made.json()["expires_at"])
    header = {"Authorization": f"Bearer {made.json()['token']}"}
    assert 200 == browser.get("/api/v1/runs", headers=header).status_code
    listed = browser.get(ADDRESS, headers=admin).json()["tokens"]
    assert ["grafana", "test"] == [one["name"] for one in listed]
    assert made.json()["token"] not in str(listed)
    assert 409 == browser.post(ADDRESS, json=new, headers=admin).status_code
    assert 204 == browser.delete(f"{ADDRESS}/grafana", headers=admin).status_code
    assert 401 == browser.get("/api/v1/runs", headers=header).status_code
    assert 404 == browser.delete(f"{ADDRESS}/grafana", headers=admin).status_code


def test_no_token_reaches_further_than_its_maker(console: Console) -> None:
    browser, admin = console.nobody(), console.token(Scope.ADMIN)
    new = {"name": "rows", "scopes": ["read", "data"]}
    refused = browser.post(ADDRESS, json=new, headers=admin)
    assert (403, "token-beyond-its-maker") == (refused.status_code, refused.json()["kind"])
    both = console.token(Scope.ADMIN, Scope.DATA, name="both")
    assert 201 == browser.post(ADDRESS, json=new, headers=both).status_code


@pytest.mark.parametrize("days", [None, 3])
def test_no_token_lasts_longer_than_its_maker(console: Console, days: int | None) -> None:
    until = NOW + dt.timedelta(days=2)
    admin = {"Authorization": f"Bearer {console.desk.tokens.create('a', [Scope.ADMIN], until)}"}
    new = {"name": "longer", "scopes": ["read"], "days": days}
    refused = console.nobody().post(ADDRESS, json=new, headers=admin)
    assert (403, "token-longer-than-its-maker") == (refused.status_code, refused.json()["kind"])
    shorter = {**new, "days": 1}
    assert 201 == console.nobody().post(ADDRESS, json=shorter, headers=admin).status_code
