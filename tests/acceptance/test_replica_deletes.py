"""Rows whose records are gone: marked, removed or left; and those that come back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from chimpline.model import Deletes
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import descendants
from tests.acceptance.replica import (
    READ,
    STALE,
    Pair,
    Replica,
    assert_true_to,
    changes_of,
    key_of,
    replicate,
)

pytestmark = pytest.mark.either_engine

AT_ONCE = dt.timedelta(0)
BELOW_LISTS = descendants("lists") & set(READ)
EVENTS = "reports_email_activity"
ABOUT = (
    *("lists", "list_members", "list_member_tags", "list_segments", "list_segment_members"),
    *("campaigns", "reports", EVENTS, "reports_sent_to", "unsubscribes"),
)
"""What holds people, campaigns, or both; how other tables lose a row: tests/unit/runs."""
BELOW = tuple(name for name in READ if name in {"lists", *BELOW_LISTS, *ABOUT})


def rows_of(replica: Replica, table: str) -> list[tuple[object, ...]]:
    return sorted(
        (key_of(table, row) for row in replica.stored(table)), key=lambda key: [str(k) for k in key]
    )


@pytest.mark.within
def test_an_erased_member_leaves_every_table_with_a_mark(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    gone = sandbox.change("delete_permanently")
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert 0 == finished.exit
    assert_true_to(sandbox, replica, ABOUT)
    assert {(gone["list_id"], gone["id"])} == replica.buried("list_members")
    (row,) = [row for row in replica.stored("list_members") if row["_deleted_at"]]
    assert row["_deleted_at"] == row["_synced_at"]
    assert gone["email_address"] == row["email_address"]
    assert {} == changes_of(replicate(sandbox, replica, tables=ABOUT, full_refresh=True))


@pytest.mark.within
@pytest.mark.parametrize("policy", list(Deletes))
def test_what_is_gone_is_treated_as_the_policy_says(pair: Pair, policy: Deletes) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    tables = ("list_members", "list_segments", "list_segment_members", "campaigns", "lists")
    before = {table: rows_of(replica, table) for table in tables}
    for kind in ("delete_permanently", "delete_segment", "delete_campaign", "delete_list"):
        sandbox.change(kind)
    finished = replicate(sandbox, replica, tables=ABOUT, deletes=policy)
    assert 0 == finished.exit
    for table in tables:
        theirs = {key_of(table, row) for row in sandbox.truth(table)}
        assert theirs < set(before[table])
        expected_live = before[table] if policy is Deletes.IGNORE else theirs
        assert set(expected_live) == {key_of(table, row) for row in replica.live(table)}
        expected_stored = theirs if policy is Deletes.REMOVE else before[table]
        assert set(expected_stored) == set(rows_of(replica, table))
    quiet = replicate(sandbox, replica, tables=ABOUT, deletes=policy)
    assert (0, {}) == (quiet.exit, changes_of(quiet))


@pytest.mark.within
def test_what_was_ignored_is_buried_once_it_is_looked_for(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    sandbox.change("delete_permanently")
    sandbox.change("delete_campaign")
    replicate(sandbox, replica, tables=ABOUT, deletes=Deletes.IGNORE)
    replicate(sandbox, replica, tables=ABOUT)
    finished = replicate(sandbox, replica, tables=ABOUT, complete_read_every=AT_ONCE)
    assert 0 == finished.exit
    assert_true_to(sandbox, replica, [t for t in ABOUT if t != EVENTS])


def test_a_deleted_audience_takes_all_below_it_along(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    gone = sandbox.change("delete_list")["id"]
    events = rows_of(replica, EVENTS)
    finished = replicate(sandbox, replica, tables=BELOW)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, BELOW, stale=STALE)
    assert all(key[0] == gone for table in BELOW_LISTS for key in replica.buried(table))
    assert replica.buried("list_members")
    assert replica.buried("list_segment_members")
    views = {row["table_name"] for row in replica.query("SELECT * FROM information_schema.tables")}
    assert f"list_members__{gone}" not in views
    assert any(name.startswith("list_members__") for name in views)
    assert events == rows_of(replica, EVENTS)
    quiet = replicate(sandbox, replica, tables=BELOW)
    assert (0, {}) == (quiet.exit, changes_of(quiet))
    replicate(sandbox, replica, tables=BELOW, complete_read_every=AT_ONCE)
    assert_true_to(sandbox, replica, BELOW)


@pytest.mark.within
def test_a_deleted_campaign_takes_all_but_its_activity_along(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    sent = max(sandbox.truth(EVENTS), key=lambda row: str(row["campaign_id"]))["campaign_id"]
    sandbox.change("delete_campaign", campaign_id=sent)
    kept = [key for key in rows_of(replica, EVENTS) if key[0] == sent]
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, ABOUT, extra={"reports_email_activity": kept})
    assert {(sent,)} == replica.buried("campaigns") == replica.buried("reports")
    assert kept
    assert not replica.buried(EVENTS)
    assert {sent} == {key[0] for key in replica.buried("reports_sent_to")}
    for again in (
        replicate(sandbox, replica, tables=ABOUT),
        replicate(sandbox, replica, tables=ABOUT, full_refresh=True),
    ):
        assert (0, {}) == (again.exit, changes_of(again))


def revived_member(pair: Pair) -> str:
    """An address that is changed away and back: its old id is buried, and lives again."""
    member = pair.sandbox.change("change_address")
    replicate(pair.sandbox, pair.replica, tables=ABOUT)
    assert (member["list_id"], member["old_id"]) in pair.replica.buried("list_members")
    pair.sandbox.change(
        "change_address",
        list_id=member["list_id"],
        member_id=member["id"],
        email=member["old_email_address"],
    )
    return "list_members"


def erased_and_subscribed_anew(pair: Pair) -> str:
    member = pair.sandbox.change("delete_permanently")
    replicate(pair.sandbox, pair.replica, tables=ABOUT)
    assert (member["list_id"], member["id"]) in pair.replica.buried("list_members")
    pair.sandbox.change("subscribe", list_id=member["list_id"], email=member["email_address"])
    return "list_members"


def revived_in_a_segment(pair: Pair) -> str:
    left = pair.sandbox.change("leave_segment")
    replicate(pair.sandbox, pair.replica, tables=ABOUT)
    key = (left["list_id"], left["segment_id"], left["id"])
    assert {key} == pair.replica.buried("list_segment_members")
    pair.sandbox.change(
        "join_segment",
        list_id=left["list_id"],
        member_id=left["id"],
        segment_id=left["segment_id"],
    )
    return "list_segment_members"


def archived_and_back(pair: Pair) -> str:
    """An archived member stays a member, and leaves its segments for the time being."""
    member = pair.sandbox.change("archive")
    replicate(pair.sandbox, pair.replica, tables=ABOUT)
    assert not pair.replica.buried("list_members")
    pair.sandbox.change("unarchive", list_id=member["list_id"], member_id=member["id"])
    return "list_members"


@pytest.mark.within
@pytest.mark.parametrize(
    "story",
    [revived_member, erased_and_subscribed_anew, revived_in_a_segment, archived_and_back],
)
def test_what_comes_back_lives_again(pair: Pair, story: Callable[[Pair], str]) -> None:
    table = story(pair)
    finished = replicate(pair.sandbox, pair.replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    assert table in changes_of(finished)
    assert_true_to(pair.sandbox, pair.replica, ABOUT, stale=STALE)
    quiet = replicate(pair.sandbox, pair.replica, tables=ABOUT)
    assert (0, {}) == (quiet.exit, changes_of(quiet))


@pytest.mark.within
def test_events_of_an_erased_member_leave_though_no_counter_moves(
    new_pair: Callable[..., Pair],
) -> None:
    pair = new_pair(erasure_moves_counters=False, tables=ABOUT)
    sandbox, replica = pair.sandbox, pair.replica
    counted = {row["id"]: row["opens__opens_total"] for row in sandbox.truth("reports")}
    event = sandbox.truth(EVENTS)[0]
    gone = sandbox.change(
        "delete_permanently", list_id=event["list_id"], member_id=event["email_id"]
    )
    assert counted == {row["id"]: row["opens__opens_total"] for row in sandbox.truth("reports")}
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, ABOUT)
    assert gone["id"] in {key[1] for key in replica.buried(EVENTS)}
    held = {key[0] for key in replica.buried(EVENTS) if key[1] == gone["id"]}
    asked = {path for _, path, _ in sandbox.requests() if path.endswith("/email-activity")}
    assert {f"/reports/{campaign}/email-activity" for campaign in held} == asked


@pytest.mark.within
def test_a_whole_import_that_vanishes_is_found(new_pair: Callable[..., Pair]) -> None:
    """More members than are asked for one by one."""
    pair = new_pair(members=160, audiences=1, campaigns=2, tables=ABOUT)
    sandbox, replica = pair.sandbox, pair.replica
    audience = sandbox.truth("lists")[0]["id"]
    members = [r["id"] for r in sandbox.truth("list_members") if r["list_id"] == audience][:70]
    for member in members:
        sandbox.change("delete_permanently", list_id=audience, member_id=member)
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    assert 70 == finished.tables["list_members"]["deleted"]
    assert_true_to(sandbox, replica, ABOUT)


@pytest.mark.within
@pytest.mark.parametrize("change", ["change_address", "delete_permanently"])
def test_a_deleted_audience_hides_no_member_that_vanished_before(
    new_pair: Callable[..., Pair], change: str
) -> None:
    """Nobody reads its members any more; that it is gone reopens its campaigns."""
    moves = change == "change_address"
    pair = new_pair(
        audiences=2,
        campaigns=3,
        members=45,
        events=50,
        seed=1,
        erasure_moves_counters=moves,
        tables=ABOUT,
    )
    event = pair.sandbox.truth(EVENTS)[0]
    pair.sandbox.change(change, list_id=event["list_id"], member_id=event["email_id"])
    pair.sandbox.change("delete_list", list_id=event["list_id"])
    assert 0 == replicate(pair.sandbox, pair.replica, tables=ABOUT).exit
    assert_true_to(pair.sandbox, pair.replica, ABOUT, stale=STALE)


@pytest.mark.within
@pytest.mark.parametrize("fault", ["empty-page", "500"])
def test_who_is_erased_before_its_own_record_lands_leaves_the_reports_as_well(
    replica: Replica, fault: str
) -> None:
    """Its members were not read, so that nobody could miss it; its campaigns are read again."""
    with Sandbox.start(
        members=45, audiences=1, campaigns=3, events=50, seed=3, erasure_moves_counters=False
    ) as sandbox:
        sandbox.faults(
            [{"path": "/members$", "query": "last_changed", "kind": fault, "times": None}]
        )
        assert 1 == replicate(sandbox, replica, tables=ABOUT).exit
        sandbox.clear_faults()
        landed = {row["id"] for row in replica.live("list_members")}
        sent = sandbox.truth("reports_sent_to")
        row = next(row for row in sent if row["email_id"] not in landed)
        sandbox.change("delete_permanently", list_id=row["list_id"], member_id=row["email_id"])
        assert 0 == replicate(sandbox, replica, tables=ABOUT).exit
        assert_true_to(sandbox, replica, ABOUT, stale=STALE)


@pytest.mark.within
def test_a_run_without_the_reports_leaves_the_erased_to_the_next_run_with_them(
    new_pair: Callable[..., Pair],
) -> None:
    pair = new_pair(erasure_moves_counters=False, tables=ABOUT)
    event = pair.sandbox.truth(EVENTS)[0]
    which = {"list_id": event["list_id"], "member_id": event["email_id"]}
    pair.sandbox.change("delete_permanently", **which)
    some = replicate(pair.sandbox, pair.replica, tables=("lists", "list_members"))
    assert (0, None) == (some.exit, some.said)
    assert 0 == replicate(pair.sandbox, pair.replica, tables=ABOUT).exit
    assert_true_to(pair.sandbox, pair.replica, ABOUT)
