"""Verify and check against an account that refuses some, all, or the sign-in itself."""

from __future__ import annotations

import pytest

from chimpline.api.client import Retry
from chimpline.api.sign_in.credentials import Credential
from chimpline.errors import AccessError, InvalidCredentials, SettingsError, SourceUnavailable
from chimpline.interfaces.messages import words
from chimpline.message import Message
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES, descendants
from chimpline.service.connection import access
from chimpline.service.connection.connections import ConnectionState
from chimpline.service.connection.vault import SecretKind
from tests.integration.service.conftest import Place
from tests.words import refused, told_of

AT_ONCE = Retry(wait_initial_s=0.001, attempts=2, attempts_unreached=1)


def test_a_key_is_verified_then_saved_then_put_away(sandbox: Sandbox, place: Place) -> None:
    ours = place.connections
    found = access.verify_api_key(ours, "shop", sandbox.api_key, settings={"connections": 4})
    assert (ConnectionState.VERIFIED, sandbox.account_id) == (
        found.connection.status.state,
        found.connection.status.account_id,
    )
    assert sandbox.api_root == found.connection.status.api_root
    assert {} == found.refused
    again = place.connections
    assert ("api_key", 4) == (
        again.get("shop").settings.auth,
        again.get("shop").settings.connections,
    )
    assert Credential(sandbox.api_key, is_api_key=True) == again.credential("shop")


def test_every_table_is_asked_once_for_one_record(sandbox: Sandbox, place: Place) -> None:
    asked: list[str] = []
    sandbox.on_request(lambda _, path, query: asked.append(f"{path}?{query}"))
    found = access.verify_api_key(place.connections, "main", sandbox.api_key)
    tables = [line for line in asked if not line.startswith("/?")]
    assert len(found.tables) >= len(tables) >= 10
    assert len(tables) == len(set(tables))
    assert all("count=1" in line for line in tables if "/content?" not in line)


def test_a_key_that_is_refused_leaves_nothing_behind(sandbox: Sandbox, place: Place) -> None:
    with pytest.raises(InvalidCredentials):
        access.verify_api_key(place.connections, "main", "0" * 32 + "-us19", retry=AT_ONCE)
    assert [] == list(place.path.iterdir())
    access.verify_api_key(place.connections, "main", sandbox.api_key)
    with pytest.raises(InvalidCredentials):
        access.verify_api_key(place.connections, "main", "0" * 32 + "-us19", retry=AT_ONCE)
    assert sandbox.api_key == place.connections.secrets.get("main", SecretKind.API_KEY)
    assert ConnectionState.VERIFIED is place.connections.get("main").status.state


def test_refused_tables_are_named_with_their_children_and_kept(
    sandbox: Sandbox, place: Place
) -> None:
    sandbox.role("viewer", ["/reports"])
    found = access.verify_api_key(place.connections, "main", sandbox.api_key, retry=AT_ONCE)
    below = descendants("reports")
    assert {"reports", *below} <= found.refused.keys()
    assert "403" in words(found.refused["reports"])
    assert all("parent reports" in words(found.refused[name]) for name in below)
    assert "lists" not in found.refused
    assert found.refused == place.connections.statuses.refused("main")
    sandbox.role("owner", [])
    assert {} == access.check(place.connections, "main").refused
    assert {} == place.connections.statuses.refused("main")


def test_one_child_may_be_refused_alone(sandbox: Sandbox, place: Place) -> None:
    sandbox.role("viewer", ["/lists/{list_id}/segments/{segment_id}/members"])
    found = access.verify_api_key(place.connections, "main", sandbox.api_key, retry=AT_ONCE)
    assert {"list_segment_members"} == found.refused.keys()


def test_nothing_readable_is_a_failure(sandbox: Sandbox, place: Place) -> None:
    access.verify_api_key(place.connections, "main", sandbox.api_key)
    sandbox.role("viewer", [t.path for t in TABLES.values() if t.path != "/"])
    with refused(AccessError, "every table is refused"):
        access.check(place.connections, "main", retry=AT_ONCE)
    status = place.connections.get("main").status
    assert ConnectionState.FAILED is status.state
    assert status.last_error is not None
    assert "nothing-readable" == status.last_error.message.kind
    with refused(AccessError, "every table is refused"):
        access.verify_api_key(place.connections, "shop", sandbox.api_key, retry=AT_ONCE)
    assert ["main"] == [one.name for one in place.connections.all()]


def test_an_account_without_records_can_be_verified(place: Place) -> None:
    with Sandbox.start(members=0, campaigns=0, events=0, seed=1) as empty:
        settings = {"api_root": empty.api_root}
        ours = place.connections
        place.environ.clear()
        found = access.verify_api_key(place.connections, "main", empty.api_key, settings=settings)
    assert {} == found.refused
    why = {table.table: table.why for table in found.tables}["reports_sent_to"]
    assert Message.of("access-parent-empty", parent="reports") == why
    ours.close()


def test_a_revoked_key_needs_reauthentication_and_an_outage_changes_nothing(
    sandbox: Sandbox, place: Place
) -> None:
    access.verify_api_key(place.connections, "main", sandbox.api_key)
    sandbox.faults([{"path": "/", "kind": "500", "times": None}])
    with pytest.raises(SourceUnavailable):
        access.check(place.connections, "main", retry=AT_ONCE)
    status = place.connections.get("main").status
    assert ConnectionState.VERIFIED is status.state
    assert status.last_error
    sandbox.clear_faults()
    sandbox.revoke(sandbox.api_key)
    with pytest.raises(InvalidCredentials):
        access.check(place.connections, "main", retry=AT_ONCE)
    status = place.connections.get("main").status
    assert ConnectionState.NEEDS_REAUTHENTICATION is status.state
    sandbox.restore()
    assert (
        ConnectionState.VERIFIED is access.check(place.connections, "main").connection.status.state
    )


def test_a_key_of_another_account_is_asked_about(sandbox: Sandbox, place: Place) -> None:
    access.verify_api_key(place.connections, "main", sandbox.api_key)
    with Sandbox.start(members=1, campaigns=0, events=0, seed=77) as other:
        if other.account_id == sandbox.account_id:
            pytest.fail("the accounts are one")
        place.environ["CHIMPLINE_API_ROOT"] = other.api_root
        with refused(AccessError, "another Mailchimp account"):
            access.verify_api_key(place.connections, "main", other.api_key, confirm=lambda _: False)
        assert sandbox.api_key == place.connections.secrets.get("main", SecretKind.API_KEY)
        found = access.verify_api_key(place.connections, "main", other.api_key)
    assert found.warning is not None
    assert "account-is-another" == found.warning.kind
    assert other.account_id == place.connections.get("main").status.account_id


def test_checking_what_was_never_signed_in_says_how(place: Place) -> None:
    with refused(SettingsError, "no API key or access token") as caught:
        access.check(place.connections, "main")
    assert "chimpline connect main" in told_of(caught.value).do
