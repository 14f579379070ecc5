"""Who moves to another address, and is then erased, leaves the reports as well.

The kind: rows that stand under another id than the one that is buried. Whether a report's rows
follow a change of address is not known, so they may stand under any id that the member ever had:
one that the copy has buried, has removed, cannot trace, or never had.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chimpline.catalog.selection import TableSelection
from chimpline.model import Deletes
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import Replica, Row, assert_true_to, replicate

PEOPLE = ("unsubscribes", "reports_sent_to", "reports_email_activity")
TABLES = ("lists", "list_members", "reports", *PEOPLE)
WITHOUT_CONTACT: dict[str, Any] = {
    "selections": {"list_members": TableSelection(dropped=frozenset({"contact_id"}))}
}
HASHED_CONTACT: dict[str, Any] = {
    "selections": {"list_members": TableSelection(hashed=frozenset({"contact_id"}))},
    "hash_salt": b"a salt of sixteen",
}


@pytest.fixture
def account() -> Iterator[Sandbox]:
    """Its reports keep the address that mail was sent to, and no erasure moves a counter."""
    with Sandbox.start(
        members=45,
        audiences=1,
        campaigns=3,
        events=60,
        seed=3,
        reports_follow_address=False,
        erasure_moves_counters=False,
    ) as own:
        yield own


def somebody(sandbox: Sandbox) -> Row:
    """A member who stands in all tables of people."""
    held = [{row["email_id"] for row in sandbox.truth(table)} for table in PEOPLE]
    (one, *_) = sorted(set.intersection(*held))
    return next(row for row in sandbox.truth("list_members") if row["id"] == one)


def move(sandbox: Sandbox, member: Row) -> Row:
    where = {"list_id": member["list_id"], "member_id": member["id"]}
    return sandbox.change("change_address", **where)


def assert_copied(sandbox: Sandbox, replica: Replica, **chosen: Any) -> None:
    sandbox.advance(3600)
    finished = replicate(sandbox, replica, tables=TABLES, **chosen)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, PEOPLE)


LATER, BEFORE = False, True
CASES: dict[str, tuple[dict[str, Any], bool]] = {
    "mark": ({}, LATER),
    "remove": ({"deletes": Deletes.REMOVE}, LATER),
    "contact dropped": (WITHOUT_CONTACT, LATER),
    "contact hashed": (HASHED_CONTACT, LATER),
    "moved before": ({}, BEFORE),
    "moved before, hashed": (HASHED_CONTACT, BEFORE),
}


@pytest.mark.within
@pytest.mark.either_engine
@pytest.mark.parametrize(("chosen", "before_the_first_run"), CASES.values(), ids=CASES.keys())
def test_who_moves_and_is_erased_leaves_the_reports(
    account: Sandbox, replica: Replica, chosen: dict[str, Any], before_the_first_run: bool
) -> None:
    member = somebody(account)
    if not before_the_first_run:
        assert_copied(account, replica, **chosen)
    for _ in range(2):
        member = move(account, member)
        if before_the_first_run:
            continue
        assert_copied(account, replica, **chosen)
    assert_copied(account, replica, **chosen)
    where = {"list_id": member["list_id"], "member_id": member["id"]}
    assert account.change("delete_permanently", **where)["campaigns"]
    assert_copied(account, replica, **chosen)
