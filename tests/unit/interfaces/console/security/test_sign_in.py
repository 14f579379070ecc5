"""Signing in: the first person, guesses, sessions that somebody planted, a lost password."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from chimpline.interfaces.console.security.who import COOKIE, FORM_COOKIE
from chimpline.interfaces.console.welcome import GOOD_FOR
from chimpline.service.people.people import Role
from chimpline.service.people.sessions import UNUSED_FOR
from chimpline.service.people.throttle import FREE, LONGEST_WAIT_S
from tests.desks import (
    PASSWORD,
    Console,
    sign_in,
    word_of,
)


def welcome(browser: TestClient, key: str, **fields: str) -> int:
    page = browser.get("/welcome", params={"key": key})
    if page.status_code != 200:
        return page.status_code
    typed = {"name": "anna", "password": PASSWORD, "again": PASSWORD, **fields}
    return browser.post("/welcome", data={"csrf": word_of(page), "key": key, **typed}).status_code


def test_the_link_lets_the_first_person_in_once(console: Console) -> None:
    browser, key = console.nobody(), console.room.welcome.open()
    assert 303 == welcome(browser, key)
    assert 200 == browser.get("/").status_code
    assert [("anna", Role.ADMIN)] == [(p.name, p.role) for p in console.desk.people.everyone()]
    assert 410 == welcome(console.nobody(), key)


@pytest.mark.parametrize(
    "fields",
    [
        {"again": PASSWORD + "x"},
        {"password": "short", "again": "short"},
        {"name": "<script>"},
        {"name": ""},
    ],
)
def test_a_slip_does_not_use_the_link_up(console: Console, fields: dict[str, str]) -> None:
    browser, key = console.nobody(), console.room.welcome.open()
    assert 422 == welcome(browser, key, **fields)
    assert [] == console.desk.people.everyone()
    assert 303 == welcome(browser, key)


@pytest.mark.parametrize("key", ["", "wrong", "\u00e4", "x" * 5000])
def test_no_other_link_lets_anybody_in(console: Console, key: str) -> None:
    assert 410 == welcome(console.nobody(), key)  # there is none
    console.room.welcome.open()
    assert 410 == welcome(console.nobody(), key)


def test_the_link_is_good_for_an_hour(console: Console) -> None:
    key = console.room.welcome.open()
    console.now += GOOD_FOR
    assert 410 == welcome(console.nobody(), key)


def test_a_new_link_takes_the_place_of_the_one_before(console: Console) -> None:
    first, second = console.room.welcome.open(), console.room.welcome.open()
    assert 410 == welcome(console.nobody(), first)
    assert 303 == welcome(console.nobody(), second)


def test_a_wrong_password_and_a_wrong_name_look_the_same(console: Console) -> None:
    console.desk.people.put("anna", Role.ADMIN, PASSWORD)
    browser = console.nobody()
    told = [sign_in(browser, "anna", "wrong"), sign_in(browser, "nobody", "wrong")]
    assert [401, 401] == [one.status_code for one in told]
    assert told[0].text.replace("anna", "nobody") == told[1].text
    assert COOKIE not in browser.cookies


def test_the_name_stays_when_the_password_was_wrong(console: Console) -> None:
    stays = 'name="name" value="&lt;anna&gt;"'
    assert stays in sign_in(console.nobody(), "<anna>", "wrong").text
    browser, key = console.nobody(), console.room.welcome.open()
    typed = {"name": "<anna>", "password": PASSWORD, "again": PASSWORD + "x", "key": key}
    word = word_of(browser.get("/welcome", params={"key": key}))
    assert stays in browser.post("/welcome", data={"csrf": word, **typed}).text


def test_whoever_guesses_a_name_waits(console: Console) -> None:
    console.desk.people.put("anna", Role.ADMIN, PASSWORD)
    for number in range(FREE):
        assert 401 == sign_in(console.nobody(f"10.0.0.{number}"), "anna", "x").status_code
    refused = sign_in(console.nobody("10.0.1.1"), "anna", PASSWORD)
    assert (429, "1") == (refused.status_code, refused.headers["retry-after"])
    console.elapsed += 1.0
    assert 303 == sign_in(console.nobody("10.0.1.1"), "anna", PASSWORD).status_code


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["2001:db8::1", "2001:db8::2:2"], ["unix"]])
def test_whoever_guesses_many_names_waits(console: Console, addresses: list[str]) -> None:
    for number in range(FREE):
        address = addresses[number % len(addresses)]
        assert 401 == sign_in(console.nobody(address), f"name{number}", "x").status_code
    assert 429 == sign_in(console.nobody(addresses[-1]), "anna", "x").status_code
    assert 401 == sign_in(console.nobody("10.9.9.9"), "anna", "x").status_code


def test_guesses_at_once_are_so_many_guesses(console: Console) -> None:
    console.desk.people.put("anna", Role.ADMIN, PASSWORD)
    browsers = [console.nobody() for _ in range(3 * FREE)]
    with ThreadPoolExecutor(len(browsers)) as guessing:
        told = list(guessing.map(lambda one: sign_in(one, "anna", "x").status_code, browsers))
    assert {401: FREE, 429: 2 * FREE} == {status: told.count(status) for status in set(told)}


def test_nobody_waits_for_ever(console: Console) -> None:
    console.desk.people.put("anna", Role.ADMIN, PASSWORD)
    for _ in range(30):
        console.elapsed += LONGEST_WAIT_S
        assert 401 == sign_in(console.nobody(), "anna", "x").status_code
    console.elapsed += LONGEST_WAIT_S
    assert 303 == sign_in(console.nobody(), "anna").status_code


def test_a_session_that_somebody_planted_is_nobodys(console: Console) -> None:
    """Session fixation: what was in the browser before means nothing after signing in."""
    console.desk.people.put("mallory", Role.VIEWER, PASSWORD)
    console.desk.people.put("anna", Role.ADMIN, PASSWORD)
    theirs, browser = console.nobody(), console.nobody()
    sign_in(theirs, "mallory")
    planted = theirs.cookies[COOKIE]
    browser.cookies.set(COOKIE, planted)
    assert 303 == sign_in(browser, "anna").status_code
    (word,) = {one.value for one in browser.cookies.jar if one.name == COOKIE} - {planted}
    assert 303 == theirs.get("/").status_code  # it has ended
    anna = console.nobody()
    anna.cookies.set(COOKIE, str(word))
    assert "anna" in anna.get("/").text


def test_a_made_up_session_is_nobodys(console: Console) -> None:
    console.person()
    browser = console.nobody()
    for word in (b"made up", b"", b"\xe4", b"x" * 4000):
        sent = {b"Cookie": COOKIE.encode() + b"=" + word}
        assert 303 == browser.get("/", headers=sent).status_code


def test_the_word_of_a_form_ends_with_signing_in(console: Console) -> None:
    browser = console.person()
    assert FORM_COOKIE not in browser.cookies


def test_signing_out_ends_the_session(console: Console) -> None:
    browser = console.person()
    word = browser.cookies[COOKIE]
    assert 303 == browser.form("/sign-out").status_code
    assert COOKIE not in browser.cookies
    browser.cookies.set(COOKIE, word)
    assert 303 == browser.get("/").status_code


def test_a_session_that_is_not_used_ends(console: Console) -> None:
    browser = console.person()
    console.now += UNUSED_FOR * 1.01
    assert 303 == browser.get("/").status_code


def test_a_part_of_a_page_leads_to_signing_in_as_a_whole(console: Console) -> None:
    answer = console.nobody().get("/overview/now", headers={"HX-Request": "true"})
    assert (204, "/sign-in") == (answer.status_code, answer.headers["hx-redirect"])


def test_what_is_typed_is_shown_as_text(console: Console) -> None:
    console.person()
    browser, hostile = console.nobody(), '"><script>alert(1)</script>'
    assert hostile not in sign_in(browser, hostile, "x").text
    admin = console.person("berta")
    for path in (
        "/pipelines/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/runs?pipeline=%22%3E%3Cscript%3E",
    ):
        assert "<script>alert" not in admin.get(path).text
    assert "<script>alert" not in admin.form("/settings/people", name=hostile).text
    assert "<script>alert" not in admin.form("/settings/tokens", name=hostile).text
