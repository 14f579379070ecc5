"""Each kind of change: the next run makes the replica true again, and touches nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from chimpline.sandbox import Sandbox
from chimpline.sandbox.changes.apply import ANYWHERE
from tests.acceptance.replica import (
    CHANGES,
    STALE,
    Pair,
    assert_true_to,
    changed_between,
    changes_of,
    replicate,
    truth_of,
)

pytestmark = pytest.mark.either_engine

AT_ONCE = dt.timedelta(0)

Change = Callable[[Sandbox], object]


def change(kind: str, **arguments: Any) -> Change:
    return lambda sandbox: sandbox.change(kind, **arguments)


def two_of_one_second(sandbox: Sandbox) -> None:
    """Two links clicked in one second differ only in `url`."""
    first = sandbox.change("add_event", url="https://example.com/one")
    sandbox.change(
        "add_event",
        campaign_id=first["campaign_id"],
        email_id=first["email_id"],
        timestamp=first["event"]["timestamp"],
        url="https://example.com/two",
    )


def an_event_at_the_bookmark(sandbox: Sandbox) -> None:
    """An event of a second that the last run has closed; it was only late."""
    then = dt.datetime.fromtimestamp(sandbox.now - 200, dt.UTC).replace(microsecond=0)
    sandbox.change("add_event", action="open", timestamp=then.isoformat())


def a_tag_of_many(sandbox: Sandbox) -> None:
    audience = sandbox.truth("lists")[0]["id"]
    members = [
        row["id"]
        for row in sandbox.truth("list_members")
        if row["list_id"] == audience and row["status"] == "subscribed"
    ]
    sandbox.change("create_segment", list_id=audience, members=members[:20])


def there_and_back(sandbox: Sandbox) -> None:
    """Archived and un-archived between two runs."""
    member = sandbox.change("archive")
    sandbox.change("unarchive", list_id=member["list_id"], member_id=member["id"])


def the_address_back(sandbox: Sandbox) -> None:
    """Two changes of address: in the end the id is the old one."""
    moved = sandbox.change("change_address")
    sandbox.change(
        "change_address",
        list_id=moved["list_id"],
        member_id=moved["id"],
        email=moved["old_email_address"],
    )


ELSEWHERE = {"delete_campaign", "delete_list", "postdate", *ANYWHERE}
"""Changes with tests of their own."""
CASES: dict[str, Change] = {kind: change(kind) for kind in CHANGES if kind not in ELSEWHERE} | {
    "subscribe pending": change("subscribe", status="pending"),
    "add_event late": change("add_event", timestamp="2026-05-01T10:11:12+00:00"),
    "add_event within the lookback": an_event_at_the_bookmark,
    "add_event same second": two_of_one_second,
    "add_event proxy": change("add_event", action="proxy_open"),
    "bounce hard": change("bounce", bounce_type="hard"),
    "create_segment saved": change("create_segment", segment_type="saved"),
    "create_segment with members": a_tag_of_many,
    "add_merge_field with a default": change("add_merge_field", default_value="none"),
    "rename_merge_field's tag": change("rename_merge_field", new_tag="OTHERTAG"),
    "there and back": there_and_back,
    "the address back": the_address_back,
}
"""Each change as the account would choose it, and some in a way of their own."""


@pytest.mark.parametrize("case", CASES)
def test_a_run_after_a_change_makes_it_so_and_touches_nothing_else(
    shared_pair: Pair, case: str
) -> None:
    sandbox, replica = shared_pair.sandbox, shared_pair.replica
    before = truth_of(sandbox)
    CASES[case](sandbox)
    after = truth_of(sandbox)

    finished = replicate(sandbox, replica)

    assert (0, "") == (finished.exit, finished.message)
    lagging = assert_true_to(sandbox, replica, stale=STALE)
    least, most = changed_between(before, after, but=STALE), changed_between(before, after)
    done = changes_of(finished)
    assert least.keys() <= done.keys() <= most.keys()
    for table, (inserted, updated, deleted) in done.items():
        fewest = least.get(table, (0, 0, 0))
        assert (table, fewest[0], fewest[2]) == (table, inserted, deleted)
        assert fewest[1] <= updated <= most[table][1]

    if lagging:
        healed = replicate(sandbox, replica, complete_read_every=AT_ONCE)
        assert 0 == healed.exit
        assert {one.table for one in lagging} == changes_of(healed).keys()
        assert_true_to(sandbox, replica)


def test_a_counter_that_comes_as_text_opens_its_gate(pair: Pair) -> None:
    """What decides is what was sent: no cell of the table holds it."""
    sandbox, replica = pair.sandbox, pair.replica
    report = next(row for row in sandbox.truth("reports") if row["unsubscribed"])
    where = {"table": "reports", "key": [report["id"]], "field": "unsubscribed"}
    sandbox.change("odd_value", **where, value=str(report["unsubscribed"]))
    sandbox.reset_metrics()
    assert 0 == replicate(sandbox, replica).exit
    # The same number in another form is no news.
    assert "/reports/{campaign_id}/unsubscribed" not in sandbox.metrics()["requests"]
    for more in (1, 2):
        sandbox.change("unsubscribe_from_campaign", campaign_id=report["id"])
        sandbox.change("odd_value", **where, value=str(report["unsubscribed"] + more))
        finished = replicate(sandbox, replica)
        assert (0, "") == (finished.exit, finished.message)
        assert_true_to(sandbox, replica, ["unsubscribes", "reports_email_activity"], stale=STALE)
