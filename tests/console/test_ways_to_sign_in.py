"""Signing in through the console's pages, without a browser: what else can happen."""

from __future__ import annotations

import html
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.acceptance.oauth.conftest import account
from tests.desks import text_of
from tests.signing import World, signing

pytestmark = pytest.mark.console


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with signing(tmp_path) as made:
        yield made


def test_by_pasting_the_code_alone(world: World) -> None:
    landed = world.consent(world.begin())
    (code,) = parse_qs(urlsplit(landed).query)["code"]
    assert "Verified" in world.verify(code)


def test_by_hand_over_without_javascript(world: World) -> None:
    requests.get(world.consent(world.begin()), timeout=10)
    assert "Verified" in world.verify()


def test_where_the_port_is_taken_the_page_asks_for_the_address(world: World) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", urlsplit(world.redirect_uri).port or 0))
        other.listen()
        page = world.begin()
        assert "cannot show its page at the redirect URI" in page
        assert "Verified" in world.verify(world.consent(page))


def test_a_client_id_that_is_unknown(world: World) -> None:
    page = world.begin(client_id="999999999999")
    assert "knows no app with the client id 999999999999" in html.unescape(page)


def test_a_redirect_uri_that_is_not_registered(world: World) -> None:
    assert "Verified" in world.verify(world.consent(world.begin()))
    page = html.unescape(
        world.browser.form(
            "/connections/main/sign-in",
            **world.settings(redirect_uri="http://127.0.0.1:9/oauth/callback", client_secret=""),
        ).text
    )
    assert "The redirect URIs do not match" in page
    assert f"was verified with {world.redirect_uri} before" in page
    assert "Register the one that chimpline uses" in page


def test_a_code_that_is_too_old(world: World) -> None:
    landed = world.consent(world.begin())
    world.sandbox.advance(120)
    said = world.verify(landed)
    assert "does not take the code" in said
    assert "each consent brings a new code" in said


def test_what_is_pasted_wrongly_can_be_pasted_again(world: World) -> None:
    page = world.begin()
    landed = world.consent(page)
    said = world.verify("two words")
    assert "That is not a code" in said
    assert "Copy the code as the page shows it" in said
    assert "belongs to another sign-in" in world.verify(landed.replace("state=", "state=x"))
    assert "No code was given" in world.verify("")
    assert "Verified" in world.verify(landed)


def test_a_client_secret_is_not_sent_to_another_login_server(world: World) -> None:
    assert "Verified" in world.verify(world.consent(world.begin()))
    with account(seed=9) as other:
        page = world.browser.form(
            "/connections/main/sign-in",
            **world.settings(login_root=other.login_root, client_secret=""),
        )
        assert 422 == page.status_code
        assert "has no Client Secret" in text_of(page)


def test_the_token_of_another_account_is_asked_about(world: World) -> None:
    assert "Verified" in world.verify(world.consent(world.begin()))
    with account(seed=9) as other:
        changed = {
            "login_root": other.login_root,
            "client_id": other.client_id,
            "client_secret": other.client_secret,
        }
        said = world.verify(world.consent(world.begin(**changed)))
        assert "now belongs to another Mailchimp account" in said
        assert 'Or tick "Accept another account than before"' in said
        said = world.verify(world.consent(world.begin(**changed)), accept="true")
        assert "Signed in again." in said


def test_tables_that_are_refused_are_named(world: World) -> None:
    world.sandbox.role("author", ["/automations"])
    said = world.verify(world.consent(world.begin()))
    assert "tables can be read" in said
    assert "automations refused" in said


def test_a_sign_in_can_be_stopped(world: World) -> None:
    landed = world.consent(world.begin())
    stopped = world.browser.form("/connections/main/give-up")
    world.browser.follow(stopped)
    assert "No sign-in of connection main waits for a code" in world.verify(landed)
    with pytest.raises(requests.ConnectionError):
        requests.get(landed, timeout=10)


def test_after_a_restart_a_code_can_still_be_given(world: World) -> None:
    landed = world.consent(world.begin())
    world.console.app.state.sign_ins.close()
    page = world.browser.get("/connections/main/authenticate")
    assert "began before chimpline was restarted" in text_of(page)
    assert "Verified" in world.verify(landed)


def test_the_same_app_for_two_connections_has_to_be_insisted_on(world: World) -> None:
    assert "Verified" in world.verify(world.consent(world.begin()))
    again = {**world.settings(), "name": "second"}
    refused = world.browser.form("/connections/-/settings", **again)
    assert 422 == refused.status_code
    assert "One app serves one connection" in text_of(refused)
    assert 303 == world.browser.form("/connections/-/settings", **again, insist="true").status_code


def test_a_tick_that_an_app_is_shared_outlives_a_wrong_secret(world: World) -> None:
    tick = '<input type="checkbox" name="insist" value="true" checked>'
    assert "Verified" in world.verify(world.consent(world.begin()))
    shared = {**world.settings(client_secret="wrong" * 8), "name": "second", "insist": "true"}
    page = world.browser.follow(world.browser.form("/connections/-/settings", **shared))
    code = parse_qs(urlsplit(world.consent(page.text)).query)["code"]
    answer = world.browser.form("/connections/second/code", code=code)
    shown = world.browser.follow(world.browser.follow(answer))
    assert "What was typed is kept" in text_of(shown)
    assert tick in shown.text
    again = {**world.settings(), "name": "second"}
    assert 422 == world.browser.form("/connections/second/sign-in", **again).status_code
    assert tick not in world.browser.get("/connections/second/sign-in").text
