"""What is copied where it is named: contacts, whose pages name each other, and SMS campaigns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from chimpline.catalog.selection import TableSelection
from chimpline.catalog.tables import tables
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES
from tests.acceptance.replica import (
    Replica,
    assert_true_to,
    changes_of,
    replicate,
    request_for,
    services_of,
    truth_of,
)

pytestmark = pytest.mark.either_engine

NAMED = ("audiences", "contacts")
SMS = "sms_campaigns"
OFF = tuple(name for name, table in tables().items() if table.row.off)
LIST = "/audiences/.*/contacts$"
ACCOUNT: dict[str, Any] = {"members": 90, "audiences": 2, "campaigns": 0, "events": 0, "seed": 4}
SECRET = (
    "id",
    *("email_channel__email", "email_channel__hashed_email"),
    *("sms_channel__sms_phone", "sms_channel__hashed_sms_phone"),
)
HAPPENS = (
    "unsubscribe",
    "archive",
    "change_address",
    "edit_merge_fields",
    "set_rating",
    "delete_permanently",
)


def plan(account: Sandbox, **rule: Any) -> None:
    """Pages of twenty, and what else goes wrong."""
    rules = [{"kind": "page-capped", "rows": 20, "times": None}, rule]
    account.faults([{"path": LIST, **one} for one in rules if one])


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A small account, with somebody who has no address."""
    with Sandbox.start(**ACCOUNT, **getattr(request, "param", {})) as own:
        own.change("subscribe_by_phone")
        plan(own)
        yield own


@pytest.mark.within
@pytest.mark.parametrize(
    "account",
    [{"last_page_names_a_next": False}, {"last_page_names_a_next": True}],
    indirect=True,
)
def test_contacts_equal_the_account_whatever_happens_to_them(
    account: Sandbox, replica: Replica
) -> None:
    first = replicate(account, replica, tables=NAMED)
    assert (0, None) == (first.exit, first.said)
    assert_true_to(account, replica, NAMED)
    assert {n: (len(r), 0, 0) for n, r in truth_of(account, NAMED).items()} == changes_of(first)

    again = replicate(account, replica, tables=NAMED)
    assert (0, {}) == (again.exit, changes_of(again))

    account.change("subscribe")
    account.change("subscribe_by_phone")
    some = [row for row in account.truth("list_members") if row["status"] == "subscribed"]
    for kind, one in zip(HAPPENS, some, strict=False):
        account.change(kind, list_id=one["list_id"], member_id=one["id"])
    after = replicate(account, replica, tables=NAMED)
    assert (0, (2, 4, 1)) == (after.exit, changes_of(after)["contacts"])
    assert_true_to(account, replica, NAMED)

    request = request_for(account, replica, tables=NAMED)
    found = reconcile(request, services_of(request, **replica.ports(account)), Level.ROWS)
    assert [] == [one for table in found.tables for one in table.differences]

    account.change("delete_list")
    assert 0 == replicate(account, replica, tables=NAMED).exit
    assert_true_to(account, replica, NAMED)


@pytest.mark.within
def test_who_is_updated_unread_is_met_all_the_same(account: Sandbox, replica: Replica) -> None:
    """Its update takes it to a page that was read already."""
    audience = account.truth("audiences")[0]["id"]
    last = min(
        (row for row in account.truth("list_members") if row["list_id"] == audience),
        key=lambda row: str(row["last_changed"]),
    )
    change = {"kind": "edit_merge_fields", "list_id": audience, "member_id": last["id"]}
    plan(account, query="cursor=", change=change)
    finished = replicate(account, replica, tables=NAMED)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(account, replica, NAMED)


@pytest.mark.within
def test_a_page_whose_name_has_expired_begins_the_audience_anew(
    account: Sandbox, replica: Replica
) -> None:
    plan(account, query="cursor=", after=1, kind="problem", title="Bad Request")
    finished = replicate(account, replica, tables=NAMED)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(account, replica, NAMED)


@pytest.mark.within
def test_a_server_that_names_no_page_is_not_called_done(account: Sandbox, replica: Replica) -> None:
    plan(account, kind="next-absent", times=None)
    finished = replicate(account, replica, tables=NAMED)
    assert (1, "unproven") == (finished.exit, finished.tables["contacts"]["state"])


@pytest.mark.within
def test_what_members_hash_or_drop_is_in_no_cell_of_contacts(
    account: Sandbox, replica: Replica
) -> None:
    chosen = TableSelection(
        hashed=frozenset({"email_address", "contact_id"}), dropped=frozenset({"sms_phone_number"})
    )
    options: dict[str, Any] = {
        "tables": NAMED,
        "selections": {"list_members": chosen},
        "hash_salt": b"0123456789abcdef",
    }
    assert 0 == replicate(account, replica, **options).exit
    secret = {
        str(row[name]) for row in account.truth("contacts") for name in SECRET if row.get(name)
    }
    account.change("delete_permanently")
    finished = replicate(account, replica, **options)
    assert (0, (0, 0, 1)) == (finished.exit, changes_of(finished)["contacts"])
    landed = str(replica.stored("contacts")) + str(replica.lines("contacts"))
    assert len(secret) > len(account.truth("contacts"))
    assert not [one for one in secret if one in landed]


def test_every_table_that_is_off_equals_the_account_where_it_is_named(replica: Replica) -> None:
    """Also after all that can happen to its records; a complete read finds what moves no gate."""
    sizes = {"members": 30, "audiences": 2, "campaigns": 4, "events": 90, "seed": 8}
    with Sandbox.start(**sizes, tags_of_one_member=52) as account:
        account.change("write_note")
        first = replicate(account, replica, tables=OFF)
        assert (0, None) == (first.exit, first.said)
        assert_true_to(account, replica, OFF)
        inserted = {name: (len(rows), 0, 0) for name, rows in truth_of(account, OFF).items()}
        assert inserted == changes_of(first)
        again = replicate(account, replica, tables=OFF)
        assert (0, {}) == (again.exit, changes_of(again))
        for name in OFF:
            for kind in TABLES[name].changes:
                account.change(kind)
        healed = replicate(account, replica, tables=OFF, complete_read_every=dt.timedelta(0))
        assert (0, None) == (healed.exit, healed.said)
        assert_true_to(account, replica, OFF)


@pytest.mark.within
def test_an_account_without_the_beta_and_sms_is_copied_without_them(replica: Replica) -> None:
    with Sandbox.start(**ACCOUNT, lacks="contacts,sms") as account:
        finished = replicate(account, replica, tables=(*NAMED, SMS, "lists"))
        assert (0, None) == (finished.exit, finished.said)
        states = {name: table["state"] for name, table in finished.tables.items()}
    lacked = dict.fromkeys((*NAMED, SMS), "not available")
    assert lacked | {"lists": "done"} == states
