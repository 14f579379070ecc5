"""Contacts of the beta: the people of the audience, a page that names the next, and its filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox

Ask = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    with Sandbox.start(members=60, audiences=2, campaigns=0, events=0, seed=6) as own:
        yield own


@pytest.fixture
def place(account: Sandbox) -> str:
    return f"/audiences/{account.truth('audiences')[0]['id']}/contacts"


def chained(ask: Ask, account: Sandbox, place: str, **query: Any) -> list[list[dict[str, Any]]]:
    """All pages, each asked for by the name in the one before."""
    pages: list[list[dict[str, Any]]] = []
    named: dict[str, str] = {}
    while True:
        answer = ask(account, place, **query, **named).json()
        pages.append(answer["contacts"])
        if "next_cursor" not in answer:
            return pages
        named = {"cursor": answer["next_cursor"]}


def test_each_contact_comes_once_with_any_status_and_the_latest_update_first(
    account: Sandbox, ask: Ask, place: str
) -> None:
    pages = chained(ask, account, place, count=7)
    rows = [row for page in pages for row in page]
    own = [one for one in account.truth("list_members") if place.split("/")[2] == one["list_id"]]
    assert {one["contact_id"] for one in own} == {row["id"] for row in rows}
    assert (len(own), {"active", "archived"}) == (len(rows), {row["status"] for row in rows})
    assert {7} == {len(page) for page in pages[:-1]}
    times = [row["last_updated_at"] for row in rows]
    assert times == sorted(times, reverse=True)


def test_a_page_has_ten_unless_asked_and_tells_no_total(
    account: Sandbox, ask: Ask, place: str
) -> None:
    answer = ask(account, place).json()
    assert {"contacts", "next_cursor"} == answer.keys() - {"_links"}
    assert 10 == len(answer["contacts"])
    assert answer["contacts"] == ask(account, place, offset=5).json()["contacts"]


@pytest.mark.parametrize("of", ["created", "updated"])
def test_since_is_exclusive_and_before_is_inclusive(
    account: Sandbox, ask: Ask, place: str, of: str
) -> None:
    column = "created_at" if of == "created" else "last_updated_at"
    rows = ask(account, place, count=1000).json()["contacts"]
    middle = sorted(row[column] for row in rows)[len(rows) // 2]
    since = ask(account, place, count=1000, **{f"{of}_since": middle}).json()["contacts"]
    before = ask(account, place, count=1000, **{f"{of}_before": middle}).json()["contacts"]
    assert {row["id"] for row in rows if row[column] > middle} == {row["id"] for row in since}
    assert {row["id"] for row in rows if row[column] <= middle} == {row["id"] for row in before}


def test_a_name_that_is_unknown_or_too_old_is_refused(
    account: Sandbox, ask: Ask, place: str
) -> None:
    name = ask(account, place).json()["next_cursor"]
    assert 200 == ask(account, place, cursor=name).status_code
    assert 400 == ask(account, place, cursor=f"{name}x").status_code
    account.advance(2 * 3600)
    assert 400 == ask(account, place, cursor=name).status_code


def test_who_has_no_address_has_a_phone_and_no_channel_of_mail(account: Sandbox, ask: Ask) -> None:
    made = account.change("subscribe_by_phone")
    rows = ask(account, f"/audiences/{made['list_id']}/contacts").json()["contacts"]
    assert "email_channel" not in rows[0]
    assert rows[0]["sms_channel"]["sms_phone"].startswith("+1555")
    member = made["id"].removeprefix("contact:")
    assert member == rows[0]["id"]
    assert rows[0] == ask(account, f"/audiences/{made['list_id']}/contacts/{member}").json() | {
        "_links": rows[0]["_links"]
    }
