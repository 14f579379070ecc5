"""Signing in through the console's pages, without a browser: the ways that most go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from chimpline.catalog.tables import tables
from chimpline.service.connection.connections import ConnectionState
from chimpline.service.connection.vault import SecretKind
from tests.acceptance.oauth.conftest import account
from tests.desks import text_of
from tests.signing import World, arrived, signing


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with signing(tmp_path) as made:
        yield made


def test_by_pasting_the_whole_address(world: World) -> None:
    page = world.begin()
    assert "Complete authentication with the code provided by the source" in page
    assert ConnectionState.WAITING_FOR_CODE is world.state()
    said = world.verify(world.consent(page))
    assert "Verified Mailchimp accepted the sign-in" in said
    assert f"{len(tables())} of {len(tables())} tables can be read" in said
    assert ConnectionState.VERIFIED is world.state()
    assert world.sandbox.access_token == world.kept(SecretKind.ACCESS_TOKEN)
    assert 'start_date = "01/31/2020"' in world.console.says()


def test_by_hand_over(world: World) -> None:
    page = world.begin()
    assert not arrived(world)
    shown = requests.get(world.consent(page), timeout=10)
    assert "Code received" in shown.text
    assert arrived(world)
    tried = world.browser.post(
        "/connections/main/code", data={"csrf": world.browser.csrf}, headers={"HX-Request": "true"}
    )
    assert (204, "/connections/main?done=verified") == (
        tried.status_code,
        tried.headers["hx-redirect"],
    )
    with pytest.raises(requests.ConnectionError):  # the page is there while somebody waits
        requests.get(world.redirect_uri, timeout=10)


def test_consent_that_was_denied(world: World) -> None:
    page = world.begin()
    said = world.verify(world.consent(page, "deny"))
    assert "Consent was denied on Mailchimp's page." in said
    assert "Press Authenticate again and allow access" in said
    assert ConnectionState.FAILED is world.state()


def test_a_secret_that_is_wrong_is_not_kept(world: World) -> None:
    page = world.begin(client_secret="not-the-secret-of-this-app")
    said = world.verify(world.consent(page))
    assert "does not take the client id" in said
    assert "Enter the new one here and press Authenticate again." in said
    assert world.kept(SecretKind.NEW_CLIENT_SECRET) is None
    assert "Verified" in world.verify(world.consent(world.begin()))


def test_signing_in_again_asks_for_no_secret_that_is_kept(world: World) -> None:
    assert "Verified" in world.verify(world.consent(world.begin()))
    world.sandbox.revoke()
    checked = world.browser.form("/connections/main/check")
    assert 422 == checked.status_code
    assert "Sign in again, with a new key or by OAuth." in text_of(checked)
    assert ConnectionState.NEEDS_REAUTHENTICATION is world.state()
    assert "A Client Secret is stored." in text_of(world.browser.get("/connections/main/sign-in"))
    said = world.verify(world.consent(world.begin(client_secret="")))
    assert "Signed in again. What was copied and the selection of tables are unchanged." in said
    assert ConnectionState.VERIFIED is world.state()


def test_a_sign_in_that_began_is_not_completed_at_another_login_server(world: World) -> None:
    landed = world.consent(world.begin())
    with account(seed=9) as other:
        world.browser.form(
            "/connections/main/edit",
            client_id=world.sandbox.client_id,
            login_root=other.login_root,
            redirect_uri=world.redirect_uri,
        )
        assert "does not take the client id" in world.verify(landed)
    assert ConnectionState.FAILED is world.state()


def test_by_an_api_key(world: World) -> None:
    fields = {"auth": "api_key", "name": "key", "api_root": world.sandbox.api_root}
    refused = world.browser.form("/connections/-/settings", **fields, api_key="0" * 32 + "-us19")
    assert 422 == refused.status_code
    assert "Enter a key that is not revoked" in text_of(refused)
    assert "chimpline connect" not in text_of(refused)
    assert not world.console.path.exists()
    key = world.sandbox.api_key
    done = world.browser.form("/connections/-/settings", **fields, api_key=key)
    assert "Verified" in text_of(world.browser.follow(done))
    assert "Access was checked." in text_of(
        world.browser.follow(world.browser.form("/connections/key/check"))
    )
