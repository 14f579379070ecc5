"""Events that come late, in one second, twice, to old campaigns or to the children of others."""

from __future__ import annotations

import datetime as dt
import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    STALE,
    Pair,
    Replica,
    Row,
    assert_true_to,
    changes_of,
    replicate,
)

pytestmark = pytest.mark.either_engine

EVENTS = "reports_email_activity"
ABOUT = (
    *("lists", "list_members", "campaigns", "reports", EVENTS),
    *("reports_open_details", "reports_click_details", "reports_sent_to"),
)
MONTHS_S = 200 * 86400.0
OF_EVENT = ("email_id", "action", "timestamp", "url")


def ask(sandbox: Sandbox, path: str) -> Row:
    """An answer of the account, asked without chimpline."""
    request = urllib.request.Request(  # noqa: S310 - our own sandbox
        f"{sandbox.api_root}{path}", headers={"Authorization": f"Bearer {sandbox.api_key}"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
        found: Row = json.load(answer)
    return found


def asked_for_activity(sandbox: Sandbox) -> set[str]:
    """The campaigns whose activity was asked for."""
    paths = (path.split("/") for _, path, _ in sandbox.requests())
    return {parts[2] for parts in paths if parts[-1] == "email-activity"}


def sent(sandbox: Sandbox, **like: Any) -> list[Row]:
    """Sent campaigns, the oldest first."""
    found = [
        row
        for row in sandbox.truth("campaigns")
        if row["status"] == "sent" and all(row[name] == value for name, value in like.items())
    ]
    return sorted(found, key=lambda row: str(row["send_time"]))


def events_of(replica: Replica, campaign_id: str) -> list[tuple[Any, ...]]:
    rows = [row for row in replica.live(EVENTS) if row["campaign_id"] == campaign_id]
    return sorted(tuple(row[name] for name in OF_EVENT) for row in rows)


def run_once(sandbox: Sandbox, replica: Replica) -> tuple[int, int, int]:
    """(inserted, updated, deleted) events of a run that leaves the replica true."""
    sandbox.reset_metrics()
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, ABOUT, stale=STALE)
    return changes_of(finished).get(EVENTS, (0, 0, 0))


@pytest.mark.within
def test_events_of_the_second_that_the_newest_one_has_are_not_taken_for_known(pair: Pair) -> None:
    """Another link, another recipient, and the same once more, all in a second already read."""
    sandbox, replica = pair.sandbox, pair.replica
    newest = max(sandbox.truth(EVENTS), key=lambda row: str(row["timestamp"]))
    campaign, then = newest["campaign_id"], newest["timestamp"]
    others = [r for r in sandbox.truth("reports_sent_to") if r["campaign_id"] == campaign]
    other = next(r["email_id"] for r in others if r["email_id"] != newest["email_id"])
    at_once = {"campaign_id": campaign, "timestamp": then, "action": "click"}
    added = [
        {"email_id": newest["email_id"], "url": "https://example.com/another"},
        {"email_id": newest["email_id"], "url": "https://example.com/another"},
        {"email_id": other, "url": "https://example.com/another"},
    ]
    for one in added:
        sandbox.change("add_event", **at_once, **one)
    assert (3, 0, 0) == run_once(sandbox, replica)
    assert [0, 1] == sorted(
        row["_ordinal"]
        for row in replica.live(EVENTS)
        if row["email_id"] == newest["email_id"] and row["url"] == added[0]["url"]
    )


@pytest.mark.within
@pytest.mark.parametrize("ip", ["198.51.100.1", "192.0.2.1"])
def test_an_exact_repeat_keeps_its_number_whatever_comes_beside_it(pair: Pair, ip: str) -> None:
    """Events that differ in no key, perhaps in their address: re-reading changes nothing."""
    sandbox, replica = pair.sandbox, pair.replica
    first = next(row for row in sandbox.truth(EVENTS) if row["action"] == "open")
    same = {name: first[name] for name in ("campaign_id", "email_id", "action", "timestamp")}
    sandbox.change("add_event", **same, ip=ip)
    inserted, _, deleted = run_once(sandbox, replica)
    assert (1, 0) == (inserted, deleted)
    sandbox.change("add_event", **same, ip=ip)
    assert 1 == run_once(sandbox, replica)[0]
    quiet = replicate(sandbox, replica, tables=ABOUT, full_refresh=True)
    assert (0, (0, 0, 0)) == (quiet.exit, changes_of(quiet).get(EVENTS, (0, 0, 0)))


@pytest.mark.within
@pytest.mark.parametrize("late_s", [90 * 86400])
def test_an_event_that_shows_up_late_is_found_by_the_counters(pair: Pair, late_s: int) -> None:
    """Its time lies before the last run, within the lookback or long before it."""
    sandbox, replica = pair.sandbox, pair.replica
    assert (0, 0, 0) == run_once(sandbox, replica)
    then = dt.datetime.fromtimestamp(sandbox.now - late_s, dt.UTC).replace(microsecond=0)
    sandbox.change("bounce", timestamp=then.isoformat())
    sandbox.change("add_event", action="open", timestamp=then.isoformat())
    assert (2, 0, 0) == run_once(sandbox, replica)


@pytest.mark.within
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_event_between_a_gate_and_its_campaign_is_read_now_or_next_time(
    pair: Pair, when: str
) -> None:
    """The gate is of before the first request: what comes after it opens the gate once more."""
    sandbox, replica = pair.sandbox, pair.replica
    campaign = sent(sandbox)[-1]["id"]
    sandbox.change("add_event", campaign_id=campaign, action="open")
    another = {"kind": "add_event", "campaign_id": campaign, "action": "click"}
    path = f"/reports/{campaign}/email-activity$"
    sandbox.faults([{"path": path, "change": another, "when": when}])
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert 0 == finished.exit
    now = 2 if when == "before" else 1
    assert now == changes_of(finished)[EVENTS][0]
    assert (2 - now, 0, 0) == run_once(sandbox, replica)
    assert {campaign} == asked_for_activity(sandbox)
    assert (0, 0, 0) == run_once(sandbox, replica)
    assert set() == asked_for_activity(sandbox)


@pytest.mark.within
def test_what_a_resend_was_opened_and_clicked_is_its_own(new_pair: Callable[..., Pair]) -> None:
    pair = new_pair(campaigns=12, tables=ABOUT)
    sandbox, replica = pair.sandbox, pair.replica
    child = next(row for row in sent(sandbox) if row.get("parent_campaign_id"))
    parent = child["parent_campaign_id"]
    before = {one: events_of(replica, one) for one in (child["id"], parent)}
    assert all(before.values())
    sandbox.change("add_event", campaign_id=child["id"], action="open")
    assert (1, 0, 0) == run_once(sandbox, replica)
    assert len(before[child["id"]]) + 1 == len(events_of(replica, child["id"]))
    assert before[parent] == events_of(replica, parent)


@pytest.mark.parametrize("kind", ["variate", "absplit"])
def test_all_that_the_combinations_of_a_test_were_opened_is_in_the_campaign(
    new_pair: Callable[..., Pair], kind: str
) -> None:
    """Combinations stand in no bare list; the account shows their activity in the whole as well."""
    pair = new_pair(campaigns=16, tables=ABOUT)
    sandbox, replica = pair.sandbox, pair.replica
    campaign = sent(sandbox, type=kind)[0]["id"]
    sandbox.change("add_event", campaign_id=campaign, action="open")
    assert (1, 0, 0) == run_once(sandbox, replica)
    landed = events_of(replica, campaign)
    assert landed
    combinations = ask(sandbox, f"/reports/{campaign}/sub-reports")["reports"]
    assert (kind == "variate") == bool(combinations)
    shown = [
        tuple(str(event.get(name, "")) for name in OF_EVENT[1:])
        for child in combinations or [{"id": campaign}]
        for recipient in ask(sandbox, f"/reports/{child['id']}/email-activity?count=1000")["emails"]
        for event in recipient.get("activity", [])
    ]
    assert sorted(shown) == sorted(row[1:] for row in landed)
