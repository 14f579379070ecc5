"""Each way that a walk can fail has words of its own, and leaves the connection as it should be."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from chimpline.interfaces.messages import told
from chimpline.sandbox.tables import TABLES
from chimpline.service.connection.connections import ConnectionState
from tests.acceptance.oauth.conftest import free_port

if TYPE_CHECKING:
    from tests.acceptance.oauth.conftest import World


def failed(world: World, *words: str) -> None:
    """The words are those of the last output, and of the state that is kept."""
    status = world.status()
    assert ConnectionState.FAILED is status.state
    assert status.last_error is not None
    kept = told(status.last_error).what
    assert all(word in kept for word in words), kept


def test_denied_consent(world: World) -> None:
    running = world.connect()
    landed = world.consent(running.url(), "Deny")
    assert "Consent was denied on Mailchimp's page." in landed.text
    assert "Consent was denied on Mailchimp's page." in running.ends(2)
    failed(world, "Consent was denied")


def test_denied_consent_leaves_a_verified_connection_verified(world: World) -> None:
    world.verified()
    running = world.connect()
    world.consent(running.url(), "Deny")
    assert "a token that was there before stays in use" in running.ends(2)
    assert ConnectionState.VERIFIED is world.status().state


def test_wrong_secret(world: World) -> None:
    running = world.connect(CHIMPLINE_CLIENT_SECRET="not-the-secret-of-this-app")
    world.consent(running.url())
    assert "does not take the client id 123456789012 with this client secret" in running.ends(2)
    failed(world, "client secret")
    # Such a secret is not kept, so that the next walk asks for another.
    said = world.run("connect", "main", status=2)
    assert "has no Client Secret" in said


def test_expired_code(world: World) -> None:
    running = world.connect("main", "--no-wait")
    landed = world.consent(running.url())
    running.ends()
    world.sandbox.advance(120)
    said = world.run("connect", status=2, CHIMPLINE_CODE=landed.address)
    assert "does not take the code" in said
    assert "has expired" in said
    failed(world, "does not take the code")


def test_used_code(world: World) -> None:
    first = world.connect("main", "--no-wait")
    landed = world.consent(first.url())
    first.ends()
    world.run("connect", CHIMPLINE_CODE=landed.code)
    world.connect("main", "--no-wait").ends()
    said = world.run("connect", status=2, CHIMPLINE_CODE=landed.code)
    assert "was used already" in said
    assert ConnectionState.VERIFIED is world.status().state


def test_wrong_code(world: World) -> None:
    world.connect("main", "--no-wait").ends()
    assert "It is wrong" in world.run("connect", status=2, CHIMPLINE_CODE="0" * 32)


def test_a_redirect_uri_that_the_app_has_not_registered(world: World) -> None:
    registered = world.redirect_uri
    world.verified()
    world.redirect_uri = f"http://127.0.0.1:{free_port()}/oauth/callback"
    said = world.connect().ends(2)
    assert "redirect URIs do not match" in said
    assert registered in said
    assert world.redirect_uri in said
    assert "oauth2/authorize" not in said  # nobody is sent to a page that would not work


def test_a_redirect_uri_that_is_not_the_one_the_browser_was_sent_to(world: World) -> None:
    running = world.connect("main", "--no-wait")
    landed = world.consent(running.url())
    running.ends()
    other = landed.address.replace("127.0.0.1", "localhost")
    said = world.run("connect", status=2, CHIMPLINE_CODE=other)
    assert f"chimpline uses {world.redirect_uri}" in said
    assert other.partition("?")[0] in said
    assert ConnectionState.WAITING_FOR_CODE is world.status().state


def test_an_unknown_client_id(world: World) -> None:
    said = world.run(
        "connect", "main", "--client-id", "999999", status=2, CHIMPLINE_CLIENT_SECRET="s" * 20
    )
    assert "knows no app with the client id 999999" in said


def test_metadata_that_answers_200_with_an_error(world: World) -> None:
    oauth: Any = world.sandbox._engine.oauth
    give = oauth.token

    def give_and_take_back(form: dict[str, str]) -> object:
        given = give(form)
        oauth.revoke(world.sandbox.access_token)
        return given

    oauth.token = give_and_take_back
    running = world.connect()
    world.consent(running.url())
    said = running.ends(2)
    assert "Mailchimp does not accept the access token (invalid_token)" in said
    failed(world, "invalid_token")


def test_wrong_state(world: World) -> None:
    running = world.connect()
    running.until("oauth2/authorize")
    forged = f"{world.redirect_uri}?code=<b>attack</b>&state=somebody-elses"
    text = world.chromium.visit(lambda page: (page.goto(forged), page.inner_text("body"))[1])
    assert "belongs to no sign-in that chimpline is waiting for" in text
    assert "attack" not in text
    landed = world.consent(running.url())
    assert "Code received" in landed.text
    assert "Verified" in running.ends()


def test_wrong_state_of_a_pasted_address(world: World) -> None:
    old = world.connect("main", "--no-wait")
    landed = world.consent(old.url())
    old.ends()
    world.connect("main", "--no-wait").ends()
    said = world.run("connect", status=2, CHIMPLINE_CODE=landed.address)
    assert "its `state` is not the one that was sent" in said


def test_a_user_who_may_read_nothing(world: World) -> None:
    world.sandbox.role("viewer", [t.path for t in TABLES.values() if t.path != "/"])
    running = world.connect()
    world.consent(running.url())
    running.ends(2)
    failed(world)


def test_a_user_who_may_read_some_tables_is_told_which_not(world: World) -> None:
    world.sandbox.role("author", ["/reports"])
    said = world.verified()
    assert "not copied: reports: Mailchimp refuses" in said
    assert "not copied: reports_email_activity: " in said
    assert ConnectionState.VERIFIED is world.status().state


def test_a_port_that_another_program_has(world: World) -> None:
    with socket.create_server(("127.0.0.1", urlsplit(world.redirect_uri).port or 0)):
        said = world.connect("main", "--timeout", "1").ends(2)
    assert "is taken by another program" in said
    assert "copy the whole address" in said


def test_two_walks_share_one_page(world: World) -> None:
    """The second finds the port taken; the first one's page takes its code for it."""
    first = world.connect("first")
    first.until("oauth2/authorize")
    second = world.connect("second", "--insist")
    second.until("is taken by another program")
    world.consent(second.url())
    assert "Verified" in second.ends()
    world.consent(first.url())
    assert "Verified" in first.ends()


def test_nobody_consents(world: World) -> None:
    said = world.connect("main", "--timeout", "1").ends(2)
    assert "No code came while chimpline waited." in said
    assert world.redirect_uri in said
    assert ConnectionState.WAITING_FOR_CODE is world.status().state


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--start-date", "31/01/2020"), "there is no month 31"),
        (("--email-activity-date-window", "-1"), "the least is 0"),
        (("--client-id", "my app"), "client_id"),
        ((), "no Client ID and no Client Secret"),
    ],
)
def test_required_fields_are_validated_before_anything_is_asked(
    words: tuple[str, ...], told: str, world: World
) -> None:
    assert told in world.run("connect", "main", *words, status=2)
    assert [] == list(world.cwd.iterdir())
    assert {} == world.sandbox.metrics()["statuses"]
