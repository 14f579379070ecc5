"""What hangs below members: read for all of them once, then for those whose row has moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from chimpline.catalog.tables import tables
from chimpline.runs.asking.dry_run import estimate
from chimpline.runs.report.events import RunFinished
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    Replica,
    assert_true_to,
    changes_of,
    clock_of,
    replicate,
    request_for,
    services_of,
    truth_of,
)

pytestmark = [pytest.mark.either_engine, pytest.mark.within]

AT_ONCE = dt.timedelta(0)
BELOW = tuple(
    name
    for name, table in tables().items()
    if table.row.misses and table.row.gate and table.row.gate.among is None
)
NAMED = ("list_members", *BELOW)


@pytest.fixture
def account() -> Iterator[Sandbox]:
    with Sandbox.start(members=20, audiences=2, campaigns=2, events=30, seed=5) as own:
        yield own


def run(account: Sandbox, replica: Replica, **chosen: Any) -> RunFinished:
    finished = replicate(account, replica, tables=NAMED, **chosen)
    assert (0, None) == (finished.exit, finished.said)
    return finished


def foreseen(account: Sandbox, replica: Replica) -> dict[str, int]:
    """Of how many members a dry run would read what hangs below them, by table."""
    request = request_for(account, replica, tables=NAMED)
    ports = services_of(request, clock=clock_of(account), **replica.ports(account))
    told = {one.table: one.requests for one in estimate(request, ports).tables}
    return {name: told[name] for name in BELOW}


def asked(account: Sandbox) -> set[str]:
    """The members below whom something was asked for since the last look."""
    ends = tuple(tables()[name].path.rpartition("/")[2] for name in BELOW)
    found = {path.split("/")[4] for _, path, _ in account.requests() if path.endswith(ends)}
    account.reset_metrics()
    return found


def test_each_equals_the_account_and_is_read_again_where_the_member_has_moved(
    account: Sandbox, replica: Replica
) -> None:
    audience = account.truth("lists")[0]["id"]
    one, other = [
        {"list_id": audience, "member_id": row["id"]}
        for row in account.truth("list_members")
        if (row["list_id"], row["status"]) == (audience, "subscribed")
    ][:2]
    account.change("write_note", **one)
    first = run(account, replica)
    assert_true_to(account, replica, NAMED)
    assert {n: (len(r), 0, 0) for n, r in truth_of(account, NAMED).items()} == changes_of(first)
    assert {row["id"] for row in account.truth("list_members")} == asked(account)

    assert {} == changes_of(run(account, replica))
    assert set() == asked(account)
    assert dict.fromkeys(BELOW, 0) == foreseen(account, replica)

    account.change("write_note", **one)
    account.change("edit_merge_fields", **other)
    assert dict.fromkeys(BELOW, 2) == foreseen(account, replica)
    run(account, replica)
    assert_true_to(account, replica, BELOW)
    assert {one["member_id"], other["member_id"]} == asked(account)

    account.change("delete_note", **one)
    moved = account.change("change_address", **one)
    gone = account.change("delete_permanently", **other)
    run(account, replica)
    assert_true_to(account, replica, BELOW)
    assert {moved["id"]} == asked(account)
    buried = replica.buried("list_member_activity")
    assert {moved["old_id"], gone["id"]} == {key[1] for key in buried}


def test_what_moves_no_member_is_found_by_the_next_complete_read(
    account: Sandbox, replica: Replica
) -> None:
    account.change("report_event", times=3)
    run(account, replica)
    assert_true_to(account, replica, NAMED)
    account.change("report_event", times=2)
    account.change("reach_goal")
    account.change("add_event")
    assert {} == changes_of(run(account, replica))
    healed = run(account, replica, complete_read_every=AT_ONCE)
    assert {
        "list_member_activity": (3, 0, 0),
        "list_member_events": (2, 0, 0),
        "list_member_goals": (1, 0, 0),
    } == changes_of(healed)
    assert_true_to(account, replica, NAMED)


def test_an_audience_takes_all_that_is_below_its_members_along(
    account: Sandbox, replica: Replica
) -> None:
    run(account, replica)
    account.change("delete_list")
    run(account, replica)
    assert_true_to(account, replica, BELOW)
    assert replica.buried("list_member_activity")
