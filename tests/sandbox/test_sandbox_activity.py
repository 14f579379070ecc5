"""Reports, and activity by recipient: docs/mailchimp-facts.md#campaigns-and-reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox

Ask = Callable[..., requests.Response]
Walk = Callable[..., list[dict[str, Any]]]


def events_of(sandbox: Sandbox, campaign_id: str) -> list[dict[str, Any]]:
    rows = sandbox.truth("reports_email_activity")
    return [row for row in rows if row["campaign_id"] == campaign_id]


def test_activity_pages_by_recipient(quiet: Sandbox, ask: Ask, walk: Walk) -> None:
    report = max(quiet.truth("reports"), key=lambda row: row["emails_sent"])
    path = f"/reports/{report['id']}/email-activity"
    rows = walk(quiet, path, "emails", count=50)
    assert report["emails_sent"] == len(rows) == ask(quiet, path).json()["total_items"]
    assert any("activity" not in row for row in rows)
    assert any(row.get("activity") == [] for row in rows)
    events = [event for row in rows for event in row.get("activity", [])]
    assert len(events_of(quiet, report["id"])) == len(events) != len(rows)
    keys = {frozenset(event) for event in events}
    open_, click = {"action", "timestamp", "ip"}, {"action", "timestamp", "url", "ip"}
    assert {frozenset(open_), frozenset(click)} <= keys
    one = next(row for row in rows if row.get("activity"))
    answer = ask(quiet, f"{path}/{one['email_id']}").json()
    answer.pop("_links")
    one.pop("_links")
    assert one == answer


def test_since_trims_the_events_and_not_the_recipients(quiet: Sandbox, walk: Walk) -> None:
    report = max(quiet.truth("reports"), key=lambda row: row["emails_sent"])
    truth = sorted(row["timestamp"] for row in events_of(quiet, report["id"]))
    middle = truth[len(truth) // 2]
    path = f"/reports/{report['id']}/email-activity"
    rows = walk(quiet, path, "emails", since=middle)
    assert report["emails_sent"] == len(rows)
    seen = sorted(event["timestamp"] for row in rows for event in row.get("activity", []))
    assert [instant for instant in truth if instant > middle] == seen


def test_events_repeat_and_share_seconds_and_keep_a_key(quiet: Sandbox) -> None:
    rows = quiet.truth("reports_email_activity")
    assert 2500 == len(rows)
    key = ("campaign_id", "email_id", "action", "timestamp", "url")
    plain = Counter(tuple(row[name] for name in key) for row in rows)
    assert max(plain.values()) > 1
    assert {1} == set(Counter((*[row[n] for n in key], row["_ordinal"]) for row in rows).values())
    without_url = {(*[row[n] for n in key[:4]], row["_ordinal"]) for row in rows}
    assert len(without_url) < len(rows)  # two links in one second
    assert {"open", "click", "bounce"} == {row["action"] for row in rows}
    assert {"hard", "soft", None} == {row["type"] for row in rows}
    bounces = Counter((r["campaign_id"], r["email_id"]) for r in rows if r["action"] == "bounce")
    assert {1} == set(bounces.values())


def test_reports_count_the_events_that_exist(quiet: Sandbox) -> None:
    unsubscribes = Counter(row["campaign_id"] for row in quiet.truth("unsubscribes"))
    for report in quiet.truth("reports"):
        rows = events_of(quiet, report["id"])
        opens = [row["timestamp"] for row in rows if row["action"] == "open"]
        clicks = [row["timestamp"] for row in rows if row["action"] == "click"]
        assert len(opens) == report["opens__opens_total"]
        assert len(clicks) == report["clicks__clicks_total"]
        assert max(opens, default=None) == report["opens__last_open"]
        assert max(clicks, default=None) == report["clicks__last_click"]
        assert unsubscribes[report["id"]] == report["unsubscribed"]
        bounced = report["bounces__hard_bounces"] + report["bounces__soft_bounces"]
        assert sum(row["action"] == "bounce" for row in rows) == bounced
        assert 0 <= report["opens__open_rate"] <= 1


def test_an_unsent_campaign_has_no_report_and_empty_activity(quiet: Sandbox, ask: Ask) -> None:
    draft = next(row for row in quiet.truth("campaigns") if row["status"] == "save")
    assert 404 == ask(quiet, f"/reports/{draft['id']}").status_code
    answer = ask(quiet, f"/reports/{draft['id']}/email-activity")
    assert (200, []) == (answer.status_code, answer.json()["emails"])


def test_sent_to_tells_bounces_and_opens(quiet: Sandbox) -> None:
    rows = quiet.truth("reports_sent_to")
    assert {"sent", "hard", "soft"} == {row["status"] for row in rows}
    assert {"a", "b"} <= {row.get("absplit_group") for row in rows}
    for row in rows:
        assert (row["open_count"] == 0) == (row["last_open"] is None)


def test_a_late_event_is_older_than_what_was_read(sandbox: Sandbox) -> None:
    report = sandbox.truth("reports")[-1]
    old = report["opens__last_open"]
    told = sandbox.change(
        "add_event", campaign_id=report["id"], action="open", timestamp=report["send_time"]
    )
    assert report["send_time"] == told["event"]["timestamp"]
    after = next(row for row in sandbox.truth("reports") if row["id"] == report["id"])
    assert report["opens__opens_total"] + 1 == after["opens__opens_total"]
    assert old == after["opens__last_open"]


def test_an_exact_repeat_is_one_more_row(sandbox: Sandbox) -> None:
    before = len(sandbox.truth("reports_email_activity"))
    told = sandbox.change("repeat_event")
    rows = [
        row
        for row in events_of(sandbox, told["campaign_id"])
        if row["email_id"] == told["email_id"]
        and row["timestamp"] == told["event"]["timestamp"]
        and row["action"] == told["event"]["action"]
        and row["url"] == told["event"].get("url", "")
    ]
    assert before + 1 == len(sandbox.truth("reports_email_activity"))
    assert list(range(len(rows))) == sorted(row["_ordinal"] for row in rows)


def test_only_the_first_bounce_counts(sandbox: Sandbox) -> None:
    told = sandbox.change("bounce", bounce_type="hard")
    again = sandbox.change(
        "bounce", campaign_id=told["campaign_id"], email_id=told["email_id"], bounce_type="soft"
    )
    assert (True, False) == (told["added"], again["added"])


@pytest.mark.parametrize("moves", [True, False])
def test_whether_an_erasure_moves_the_counters_is_an_option(moves: bool) -> None:
    with Sandbox.start(
        members=60, campaigns=6, events=300, erasure_moves_counters=moves
    ) as sandbox:
        busy = Counter(row["email_id"] for row in sandbox.truth("reports_email_activity"))
        members = {row["id"]: row["list_id"] for row in sandbox.truth("list_members")}
        email_id = busy.most_common(1)[0][0]
        before = {row["id"]: row for row in sandbox.truth("reports")}
        sandbox.change("delete_permanently", list_id=members[email_id], member_id=email_id)
        after = {row["id"]: row for row in sandbox.truth("reports")}
        lost = sum(before[i]["opens__opens_total"] - after[i]["opens__opens_total"] for i in before)
        assert (lost > 0) is moves
        for i, row in before.items():
            assert row["emails_sent"] == after[i]["emails_sent"]


@pytest.mark.parametrize("follow", [True, False])
def test_reports_after_a_change_of_address(follow: bool, ask: Ask) -> None:
    with Sandbox.start(
        members=60, campaigns=4, events=200, reports_follow_address=follow
    ) as sandbox:
        recipient = sandbox.truth("reports_sent_to")[0]
        told = sandbox.change(
            "change_address", list_id=recipient["list_id"], member_id=recipient["email_id"]
        )
        ids = {
            row["email_id"]
            for row in sandbox.truth("reports_sent_to")
            if row["campaign_id"] == recipient["campaign_id"]
        }
        assert (told["id"] in ids, told["old_id"] in ids) == (follow, not follow)
        shown = told["id"] if follow else told["old_id"]
        path = f"/reports/{recipient['campaign_id']}/email-activity/{shown}"
        assert 200 == ask(sandbox, path).status_code


def test_a_sent_campaign_appears_with_its_events(sandbox: Sandbox, ask: Ask) -> None:
    told = sandbox.change("send_campaign", recipients=12, events=20)
    report = ask(sandbox, f"/reports/{told['id']}").json()
    assert (12, 20) == (report["emails_sent"], told["events"])
    assert 20 == len(events_of(sandbox, told["id"]))
    sandbox.change("delete_campaign", campaign_id=told["id"])
    assert 404 == ask(sandbox, f"/reports/{told['id']}").status_code
    assert [] == events_of(sandbox, told["id"])


def test_leaving_by_the_link_changes_member_and_report(sandbox: Sandbox) -> None:
    told = sandbox.change("unsubscribe_from_campaign")
    assert any(
        (row["campaign_id"], row["email_id"]) == (told["campaign_id"], told["email_id"])
        for row in sandbox.truth("unsubscribes")
    )
    member = next(r for r in sandbox.truth("list_members") if r["id"] == told["email_id"])
    assert "unsubscribed" == member["status"]


def test_the_combinations_of_a_variate_campaign_are_its_sub_reports(
    quiet: Sandbox, ask: Ask, walk: Walk
) -> None:
    parent = next(row for row in quiet.truth("reports") if row["type"] == "variate")
    children = ask(quiet, f"/reports/{parent['id']}/sub-reports").json()["reports"]
    assert 2 == len(children)
    assert parent["emails_sent"] == sum(child["emails_sent"] for child in children)
    assert parent["opens__opens_total"] == sum(c["opens"]["opens_total"] for c in children)
    for child in children:
        campaign = ask(quiet, f"/campaigns/{child['id']}").json()
        assert parent["id"] == campaign["parent_campaign_id"]
        rows = walk(quiet, f"/reports/{child['id']}/email-activity", "emails")
        assert child["emails_sent"] == len(rows)
    listed = {row["id"] for row in quiet.truth("campaigns")}
    assert not listed & {child["id"] for child in children}


def test_a_resend_is_a_child_of_what_it_repeats(quiet: Sandbox, ask: Ask) -> None:
    child = next(row for row in quiet.truth("campaigns") if row.get("parent_campaign_id"))
    answer = ask(quiet, f"/reports/{child['parent_campaign_id']}/sub-reports").json()
    assert [child["id"]] == [row["id"] for row in answer["reports"]]


@pytest.mark.parametrize("erasure_moves_counters", [True, False])
def test_locations_move_with_the_opens_of_their_report(erasure_moves_counters: bool) -> None:
    """So a report that stays as it is has the same locations."""
    options = {"seed": 5, "erasure_moves_counters": erasure_moves_counters}
    with Sandbox.start(members=60, campaigns=6, events=200, **options) as sandbox:
        for _ in range(2):
            opens = {row["id"]: 0 for row in sandbox.truth("reports")}
            for row in sandbox.truth("reports_locations"):
                opens[row["campaign_id"]] += row["opens"]
            assert {r["id"]: r["opens__opens_total"] for r in sandbox.truth("reports")} == opens
            opened = sandbox.truth("reports_email_activity")[0]["email_id"]
            sandbox.change("add_event", action="open")
            sandbox.change("delete_permanently", **member_of(sandbox, opened))
        keys = {(r["country_code"], r["region"]) for r in sandbox.truth("reports_locations")}
        assert {("", ""), ("MC", ""), ("DE", "BE")} < keys


def member_of(sandbox: Sandbox, email_id: str) -> dict[str, str]:
    members = sandbox.truth("list_members")
    (list_id,) = {row["list_id"] for row in members if row["id"] == email_id}
    return {"list_id": list_id, "member_id": email_id}
