"""How literals are read, and which side of a window is open.

What is known: docs/mailchimp-facts.md#values-in-a-query and docs/mailchimp-facts.md#windows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox

Ask = Callable[..., requests.Response]
Walk = Callable[..., list[dict[str, Any]]]


def raw(sandbox: Sandbox, path_and_query: str) -> dict[str, Any]:
    answer = requests.get(
        f"{sandbox.api_root}{path_and_query}", auth=("x", sandbox.api_key), timeout=30
    )
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("path", "key", "column"),
    [
        ("/lists/{}/members", "members", "last_changed"),
        ("/lists/{}/members", "members", "timestamp_opt"),
        ("/lists/{}/segments", "segments", "updated_at"),
        ("/lists/{}/segments", "segments", "created_at"),
        ("/campaigns", "campaigns", "create_time"),
        ("/campaigns", "campaigns", "send_time"),
        ("/reports", "reports", "send_time"),
        ("/automations", "automations", "create_time"),
        ("/automations", "automations", "start_time"),
        ("/lists", "lists", "date_created"),
    ],
)
def test_since_is_exclusive_and_before_is_inclusive(
    path: str, key: str, column: str, quiet: Sandbox, walk: Walk
) -> None:
    path = path.format(quiet.truth("lists")[0]["id"])
    everything = walk(quiet, path, key)
    instants = sorted(row[column] for row in everything if row[column])
    middle = instants[len(instants) // 2]
    since = walk(quiet, path, key, **{f"since_{column}": middle})
    before = walk(quiet, path, key, **{f"before_{column}": middle})
    assert sorted(row[column] for row in since) == [i for i in instants if i > middle]
    assert sorted(row[column] for row in before) == [i for i in instants if i <= middle]
    window = {f"since_{column}": instants[0], f"before_{column}": middle}
    both = walk(quiet, path, key, **window)
    expected = [i for i in instants if instants[0] < i <= middle]
    assert expected == sorted(row[column] for row in both)


def test_windows_compose_with_status_and_sort(quiet: Sandbox, walk: Walk) -> None:
    list_id = quiet.truth("lists")[0]["id"]
    archived = [
        row
        for row in quiet.truth("list_members")
        if row["list_id"] == list_id and row["status"] == "archived"
    ]
    middle = sorted(row["last_changed"] for row in archived)[len(archived) // 2]
    rows = walk(
        quiet,
        f"/lists/{list_id}/members",
        "members",
        status="archived",
        since_last_changed=middle,
        sort_field="last_changed",
        sort_dir="ASC",
    )
    expected = sorted(row["last_changed"] for row in archived if row["last_changed"] > middle)
    assert expected == [row["last_changed"] for row in rows]


def test_a_raw_plus_makes_the_filter_vanish_silently(quiet: Sandbox) -> None:
    path = f"/lists/{quiet.truth('lists')[0]['id']}/members?since_last_changed="
    everything = raw(quiet, path)["total_items"]
    assert 0 == raw(quiet, f"{path}2040-01-01T00:00:00%2B00:00")["total_items"]
    assert everything == raw(quiet, f"{path}2040-01-01T00:00:00+00:00")["total_items"]
    assert everything == raw(quiet, f"{path}yesterday")["total_items"]


@pytest.mark.parametrize(
    ("literal", "means"),
    [("true", True), ("1", True), ("false", False), ("0", False), ("True", False), ("yes", False)],
)
def test_booleans(literal: str, means: bool, quiet: Sandbox, ask: Ask) -> None:
    list_id = quiet.truth("lists")[0]["id"]
    answer = ask(quiet, f"/lists/{list_id}/members", vip_only=literal, count=1000).json()
    truth = [row for row in quiet.truth("list_members") if row["list_id"] == list_id]
    expected = [row for row in truth if row["status"] != "archived" and (row["vip"] or not means)]
    assert len(expected) == answer["total_items"]


def test_an_unknown_segment_type_is_200_with_nothing(quiet: Sandbox, ask: Ask) -> None:
    path = f"/lists/{quiet.truth('lists')[0]['id']}/segments"
    answer = ask(quiet, path, type="dynamic")
    assert (200, [], 0) == (
        answer.status_code,
        answer.json()["segments"],
        answer.json()["total_items"],
    )
    types = {
        t: ask(quiet, path, type=t).json()["total_items"] for t in ("static", "saved", "fuzzy")
    }
    assert {"static": 60, "saved": 2, "fuzzy": 1} == types


def test_status_is_one_value_and_a_list_of_them_is_no_filter(quiet: Sandbox, ask: Ask) -> None:
    path = f"/lists/{quiet.truth('lists')[0]['id']}/members"
    both = ask(quiet, path, status="subscribed,archived").json()["total_items"]
    assert ask(quiet, path).json()["total_items"] == both
    statuses = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
    totals = {s: ask(quiet, path, status=s).json()["total_items"] for s in statuses}
    assert min(totals.values()) > 0
    assert both == sum(totals.values()) - totals["archived"]


def test_interest_filters_work_together_or_not_at_all(quiet: Sandbox, ask: Ask) -> None:
    interest = quiet.truth("list_interests")[0]
    path = f"/lists/{interest['list_id']}/members"
    three = {
        "interest_category_id": interest["interest_category_id"],
        "interest_ids": interest["id"],
        "interest_match": "any",
    }
    answer = ask(quiet, path, count=1000, **three).json()
    assert answer["total_items"] > 0
    assert {True} == {row["interests"][interest["id"]] for row in answer["members"]}
    two = {name: three[name] for name in ("interest_ids", "interest_match")}
    everybody = ask(quiet, path).json()["total_items"]
    assert everybody == ask(quiet, path, **two).json()["total_items"]


def test_campaigns_of_all_statuses_stand_in_the_bare_list(quiet: Sandbox, walk: Walk) -> None:
    rows = walk(quiet, "/campaigns", "campaigns")
    assert {"save", "schedule", "paused", "sending", "sent"} <= {row["status"] for row in rows}
    assert {""} == {row["send_time"] for row in rows if row["status"] == "save"}
    assert {"regular", "plaintext", "absplit", "rss", "variate"} == {row["type"] for row in rows}
    sent = walk(quiet, "/campaigns", "campaigns", status="sent")
    reports = walk(quiet, "/reports", "reports")
    assert {row["id"] for row in sent} == {row["id"] for row in reports}


def test_members_without_last_changed_are_in_no_window(ask: Ask, walk: Walk) -> None:
    with Sandbox.start(
        members=60, campaigns=0, events=0, members_without_last_changed=3
    ) as sandbox:
        list_id = sandbox.truth("lists")[0]["id"]
        path = f"/lists/{list_id}/members"
        everyone = walk(sandbox, path, "members")
        everyone += walk(sandbox, path, "members", status="archived")
        assert 3 == sum(row["last_changed"] is None for row in everyone)
        windows = sum(
            ask(sandbox, path, before_last_changed="2040-01-01T00:00:00Z", **status).json()[
                "total_items"
            ]
            for status in ({}, {"status": "archived"})
        )
        assert len(everyone) - 3 == windows
