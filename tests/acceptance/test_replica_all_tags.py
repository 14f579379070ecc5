"""All tags of members who have more than their own record shows: of nobody else they are asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.runs.asking.dry_run import estimate
from chimpline.runs.report.events import RunFinished
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    Replica,
    Row,
    assert_true_to,
    changes_of,
    clock_of,
    replicate,
    request_for,
    services_of,
)

pytestmark = [pytest.mark.either_engine, pytest.mark.within]

TAGS = "list_member_all_tags"
NAMED = ("list_members", "list_member_tags", TAGS)
SHOWN = 50


@pytest.fixture
def account() -> Iterator[Sandbox]:
    with Sandbox.start(
        members=20, audiences=2, campaigns=0, events=0, seed=5, tags_of_one_member=SHOWN + 2
    ) as own:
        yield own


def tagged(account: Sandbox) -> Row:
    """The member with the most tags."""
    return max(account.truth("list_members"), key=lambda row: int(row["tags_count"]))


def run(account: Sandbox, replica: Replica) -> RunFinished:
    account.reset_metrics()
    finished = replicate(account, replica, tables=NAMED)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(account, replica, NAMED)
    return finished


def run_and_live(account: Sandbox, replica: Replica) -> list[Row]:
    run(account, replica)
    return replica.live(TAGS)


def asked(account: Sandbox) -> set[str]:
    """The members whose tags were asked for."""
    return {path.split("/")[4] for _, path, _ in account.requests() if path.endswith("/tags")}


def untag(account: Sandbox, member: Row) -> None:
    tag = next(
        t["segment_id"]
        for t in account.truth("list_segment_members")
        if (t["list_id"], t["id"]) == (member["list_id"], member["id"])
        and t["segment_id"] in {one["id"] for one in member["tags"]}
    )
    account.change("untag", list_id=member["list_id"], member_id=member["id"], segment_id=tag)


def test_all_tags_of_whoever_has_more_than_are_shown_land_and_go_again(
    account: Sandbox, replica: Replica
) -> None:
    member = tagged(account)
    request = request_for(account, replica, tables=NAMED)
    ports = services_of(request, clock=clock_of(account), **replica.ports(account))
    told = {one.table: one.requests for one in estimate(request, ports).tables}
    first = run(account, replica)
    assert {member["id"]} == asked(account)
    assert (SHOWN + 2, 0, 0) == changes_of(first)[TAGS]
    assert 1 == told[TAGS]
    beside = [r for r in replica.live("list_member_tags") if r["subscriber_hash"] == member["id"]]
    assert SHOWN == len(beside)

    assert {} == changes_of(run(account, replica))
    assert set() == asked(account)

    untag(account, tagged(account))
    untag(account, tagged(account))
    assert (0, 0, 2) == changes_of(run(account, replica))[TAGS]
    assert ({member["id"]}, SHOWN) == (asked(account), len(replica.live(TAGS)))

    # With fewer, its own record shows them all.
    untag(account, tagged(account))
    assert (0, 0, SHOWN) == changes_of(run(account, replica))[TAGS]
    assert (set(), []) == (asked(account), replica.live(TAGS))
    found = reconcile(request, services_of(request, **replica.ports(account)), Level.KEYS)
    assert [] == [one for table in found.tables for one in table.differences]

    account.change("tag", list_id=member["list_id"], member_id=member["id"])
    assert SHOWN == len(run_and_live(account, replica))
    account.change("delete_permanently", list_id=member["list_id"], member_id=member["id"])
    assert [] == run_and_live(account, replica)


def test_a_tag_that_is_renamed_is_found_by_the_next_complete_read(
    account: Sandbox, replica: Replica
) -> None:
    run(account, replica)
    member = tagged(account)
    tag = member["tags"][0]["id"]
    account.change("rename_tag", list_id=member["list_id"], segment_id=tag)
    replicate(account, replica, tables=NAMED)
    healed = replicate(account, replica, tables=NAMED, complete_read_every=dt.timedelta(0))
    assert (0, 1, 0) == changes_of(healed)[TAGS]
    assert_true_to(account, replica, NAMED)
