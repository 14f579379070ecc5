"""What the user chose: tables, a start date, an activity window, an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from chimpline.errors import WrongAccount
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES
from tests.acceptance.conftest import SMALL
from tests.acceptance.replica import (
    READ,
    Pair,
    Replica,
    Row,
    Truth,
    assert_true_to,
    changes_of,
    differences,
    key_of,
    replicate,
    truth_of,
)

pytestmark = pytest.mark.either_engine

AT_ONCE = dt.timedelta(0)
MEMBERS, EVENTS = "list_members", "reports_email_activity"
RIDING = [one.name for one in TABLES.values() if one.rides and one.below is TABLES[MEMBERS]]
ABOUT = ("lists", MEMBERS, *RIDING, "list_segments", "campaigns", "reports", "unsubscribes", EVENTS)
"""What a date or a window trims, what it hangs below, and tables beside it."""
CHOSEN = tuple(table for table in READ if table in ABOUT)


def assert_equals(replica: Replica, table: str, expected: Truth) -> None:
    assert [] == [str(d) for d in differences(table, expected[table], replica.live(table))][:5]


@pytest.mark.within
@pytest.mark.parametrize(
    "tables",
    [
        ("lists",),
        ("list_members",),
        ("list_segment_members", "campaigns"),
        ("list_interests", "automation_emails"),
        ("reports_email_activity", "unsubscribes"),
    ],
)
def test_only_the_chosen_tables_are_landed(
    sandbox: Sandbox, replica: Replica, tables: tuple[str, ...]
) -> None:
    finished = replicate(sandbox, replica, tables=tables)
    assert (0, None) == (finished.exit, finished.said)
    assert set(tables) == finished.tables.keys() == set(replica.tables())
    assert_true_to(sandbox, replica, tables)
    quiet = replicate(sandbox, replica, tables=tables)
    assert (0, {}) == (quiet.exit, changes_of(quiet))


@pytest.mark.within
def test_tables_chosen_one_after_the_other_make_the_whole(
    sandbox: Sandbox, replica: Replica
) -> None:
    for table in ("unsubscribes", "list_segment_members", "list_members", "lists"):
        assert 0 == replicate(sandbox, replica, tables=(table,)).exit
    sandbox.change("delete_list")
    sandbox.change("delete_permanently")
    finished = replicate(sandbox, replica)
    assert (0, None) == (finished.exit, finished.said)
    # Which audience is active was last read with each campaign's slice.
    assert_true_to(sandbox, replica, stale={"unsubscribes": {"list_is_active"}})


def a_middle_date(sandbox: Sandbox) -> dt.date:
    """A day that divides both members and events."""
    times = sorted(str(row["timestamp"]) for row in sandbox.truth(EVENTS))
    return dt.datetime.fromisoformat(times[len(times) // 2]).date()


def since(
    rows: dict[tuple[object, ...], Row], cursor: str, date: dt.date
) -> dict[tuple[object, ...], Row]:
    first = f"{date.isoformat()}T00:00:00+00:00"
    return {key: row for key, row in rows.items() if (row[cursor] or "") >= first}


@pytest.mark.within
def test_a_start_date_trims_members_and_events_and_nothing_else(
    sandbox: Sandbox, replica: Replica
) -> None:
    date, whole = a_middle_date(sandbox), truth_of(sandbox)
    members = since(whole[MEMBERS], "last_changed", date)
    events = since(whole[EVENTS], "timestamp", date)
    assert 0 < len(members) < len(whole[MEMBERS])
    assert 0 < len(events) < len(whole[EVENTS])
    riding = {
        name: {key: row for key, row in whole[name].items() if key[:2] in members}
        for name in RIDING
    }
    scope = {**whole, MEMBERS: members, EVENTS: events, **riding}
    for _ in range(2):
        finished = replicate(sandbox, replica, tables=CHOSEN, start_date=date)
        assert (0, None) == (finished.exit, finished.said)
        live = replica.live_in(CHOSEN)
        for table in CHOSEN:
            assert [] == [str(d) for d in differences(table, scope[table], live[table])][:5]
        left_out = {name: told["left_out"] for name, told in finished.tables.items()}
        assert {
            **dict.fromkeys(CHOSEN, 0),
            MEMBERS: len(whole[MEMBERS]) - len(members),
            EVENTS: len(whole[EVENTS]) - len(events),
            **dict.fromkeys(RIDING),
        } == left_out
    assert {} == changes_of(finished)


@pytest.mark.within
@pytest.mark.parametrize("without_cursor", [0, 3])
def test_an_earlier_start_date_brings_rows_in_and_a_later_one_buries_none(
    new_replica: Callable[[], Replica], without_cursor: int
) -> None:
    options = {**SMALL, "members_without_last_changed": without_cursor}
    with Sandbox.start(**options) as sandbox:
        replica = new_replica()
        date = a_middle_date(sandbox)
        replicate(sandbox, replica, tables=CHOSEN, start_date=date)
        finished = replicate(
            sandbox, replica, tables=CHOSEN, start_date=date - dt.timedelta(days=60)
        )
        assert 0 == finished.exit
        assert {MEMBERS, EVENTS, *RIDING} >= changes_of(finished).keys()
        assert all((0, 0) == counts[1:] for counts in changes_of(finished).values())
        finished = replicate(sandbox, replica, tables=CHOSEN)
        assert 0 == finished.exit
        assert_true_to(sandbox, replica, CHOSEN)
        assert {0} == {told["left_out"] for told in finished.tables.values()}
        later = replicate(sandbox, replica, tables=CHOSEN, start_date=date, full_refresh=True)
        assert (0, {}) == (later.exit, changes_of(later))
        assert_true_to(sandbox, replica, CHOSEN)


@pytest.mark.within
def test_outside_the_start_date_nothing_is_compared(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    date = a_middle_date(sandbox)
    old = min(sandbox.truth(MEMBERS), key=lambda row: str(row["last_changed"]))
    sandbox.change("delete_permanently", list_id=old["list_id"], member_id=old["id"])
    replicate(sandbox, replica, tables=CHOSEN, start_date=date, complete_read_every=AT_ONCE)
    assert key_of(MEMBERS, old) not in replica.buried(MEMBERS)
    finished = replicate(sandbox, replica, tables=CHOSEN)
    assert 0 == finished.exit
    assert {key_of(MEMBERS, old)} == replica.buried(MEMBERS)
    assert_true_to(sandbox, replica, CHOSEN)


# -- the activity window ----------------------------------------------------------------------


def sent_days_ago(sandbox: Sandbox) -> dict[str, float]:
    return {
        row["id"]: (sandbox.now - dt.datetime.fromisoformat(row["send_time"]).timestamp()) / 86400
        for row in sandbox.truth("reports")
    }


@pytest.mark.within
def test_the_activity_window_leaves_older_campaigns_out(sandbox: Sandbox, replica: Replica) -> None:
    ages = sent_days_ago(sandbox)
    days = int(sorted(ages.values())[len(ages) // 2])
    inside = {campaign for campaign, age in ages.items() if age <= days}
    whole = truth_of(sandbox)
    scope = {key: row for key, row in whole[EVENTS].items() if key[0] in inside}
    assert 0 < len(scope) < len(whole[EVENTS])
    finished = replicate(sandbox, replica, tables=CHOSEN, activity_window_days=days)
    assert (0, None) == (finished.exit, finished.said)
    assert_equals(replica, EVENTS, {EVENTS: scope})
    assert_true_to(sandbox, replica, [table for table in CHOSEN if table != EVENTS])
    assert len(whole[EVENTS]) - len(scope) == finished.tables[EVENTS]["left_out"]
    asked = {path.split("/")[2] for _, path, _ in sandbox.requests() if "email-activity" in path}
    assert inside == asked
    # A wider window, then none: the others come in.
    replicate(sandbox, replica, tables=CHOSEN, activity_window_days=days + 30)
    assert 0 == replicate(sandbox, replica, tables=CHOSEN).exit
    assert_true_to(sandbox, replica, CHOSEN)


# -- whose dataset it is ----------------------------------------------------------------------


def test_a_dataset_of_another_account_is_refused(sandbox: Sandbox, replica: Replica) -> None:
    replicate(sandbox, replica, tables=CHOSEN)
    before = replica.stored_in(CHOSEN)
    with (
        Sandbox.start(
            **{**SMALL, "seed": 99}, account_id="another", account_name="Other Goods", login_id=7
        ) as other,
        pytest.raises(WrongAccount) as refused,
    ):
        replicate(other, replica, tables=CHOSEN)
    assert sandbox.account_id in str(refused.value)
    assert "Sandbox Goods" in str(refused.value)
    assert before == replica.stored_in(CHOSEN)
    assert 0 == replicate(sandbox, replica, tables=CHOSEN).exit
    assert set(CHOSEN) == set(replica.tables())
