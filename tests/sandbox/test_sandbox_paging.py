"""Counts, offsets, totals, projection, sorting: docs/mailchimp-facts.md#pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox

Ask = Callable[..., requests.Response]
Walk = Callable[..., list[dict[str, Any]]]


def largest(sandbox: Sandbox) -> str:
    lists = sandbox.truth("lists")
    return str(max(lists, key=lambda row: row["stats__member_count"])["id"])


def test_count_defaults_to_ten(quiet: Sandbox, ask: Ask) -> None:
    answer = ask(quiet, f"/lists/{largest(quiet)}/members").json()
    assert 10 == len(answer["members"])
    assert answer["total_items"] > 10


def test_more_than_a_thousand_is_not_refused_and_not_given(ask: Ask) -> None:
    with Sandbox.start(members=1300, campaigns=0, events=0, audiences=1) as sandbox:
        path = f"/lists/{largest(sandbox)}/members"
        assert 1000 == len(ask(sandbox, path, count=5000).json()["members"])


def test_past_the_end_is_200_and_empty(quiet: Sandbox, ask: Ask) -> None:
    answer = ask(quiet, f"/lists/{largest(quiet)}/members", offset=10_000_000)
    assert (200, []) == (answer.status_code, answer.json()["members"])


def test_malformed_numbers_are_as_good_as_none(quiet: Sandbox, ask: Ask) -> None:
    path = f"/lists/{largest(quiet)}/members"
    assert ask(quiet, path).json() == ask(quiet, path, count="many", offset="-3").json()


def test_a_walk_meets_everyone_once_but_the_archived(quiet: Sandbox, ask: Ask, walk: Walk) -> None:
    list_id = largest(quiet)
    truth = [row for row in quiet.truth("list_members") if row["list_id"] == list_id]
    seen = walk(quiet, f"/lists/{list_id}/members", "members")
    archived = walk(quiet, f"/lists/{list_id}/members", "members", status="archived")
    assert len(seen) == ask(quiet, f"/lists/{list_id}/members").json()["total_items"]
    expected = {row["id"] for row in truth if row["status"] != "archived"}
    assert (len(expected), expected) == (len(seen), {row["id"] for row in seen})
    assert {row["id"] for row in truth} - expected == {row["id"] for row in archived}


def test_fields_are_dotted_from_the_root_with_the_collection_key(quiet: Sandbox, ask: Ask) -> None:
    path = f"/lists/{largest(quiet)}/members"
    answer = ask(quiet, path, fields="members.id,members.stats.avg_open_rate", count=2).json()
    assert {"members"} == set(answer)
    assert [{"id", "stats"}] * 2 == [set(row) for row in answer["members"]]
    assert {"avg_open_rate"} == set(answer["members"][0]["stats"])
    assert {"total_items"} == set(ask(quiet, path, fields="total_items,id").json())


def test_exclude_fields_takes_the_links_and_ignores_what_rows_lack(
    quiet: Sandbox, ask: Ask
) -> None:
    path = f"/lists/{largest(quiet)}/members"
    whole = ask(quiet, path).json()
    for names in ("members._links,_links", "members._links,_links,members.nothing,nobody"):
        bare = ask(quiet, path, exclude_fields=names).json()
        assert {"members", "list_id", "total_items"} == set(bare)
        assert [
            {k: v for k, v in row.items() if k != "_links"} for row in whole["members"]
        ] == bare["members"]
    one = ask(quiet, path, exclude_fields="members.stats.avg_open_rate,members.tags").json()
    assert "tags" not in one["members"][0]
    assert "avg_open_rate" not in one["members"][0]["stats"]
    assert "avg_click_rate" in one["members"][0]["stats"]


def test_links_are_most_of_a_members_page(quiet: Sandbox, ask: Ask) -> None:
    path = f"/lists/{largest(quiet)}/members"
    bare = ask(quiet, path, count=100, exclude_fields="members._links,_links").content
    assert len(ask(quiet, path, count=100).content) > 2 * len(bare)


def test_fields_and_exclude_fields_exclude_each_other(quiet: Sandbox, ask: Ask) -> None:
    answer = ask(quiet, "/lists", fields="lists.id", exclude_fields="lists.name")
    assert 400 == answer.status_code
    assert "fields" == answer.json()["errors"][0]["field"]


def test_the_default_order_means_nothing(quiet: Sandbox, walk: Walk) -> None:
    rows = walk(quiet, f"/lists/{largest(quiet)}/members", "members")
    for key in ("id", "last_changed", "timestamp_opt", "email_address", "web_id"):
        values = [row[key] for row in rows]
        assert values != sorted(values)
        assert values != sorted(values, reverse=True)
    assert rows == walk(quiet, f"/lists/{largest(quiet)}/members", "members", count=33)


def test_sorting_has_no_tie_break(quiet: Sandbox, walk: Walk) -> None:
    path = f"/lists/{largest(quiet)}/members"
    for field in ("last_changed", "timestamp_opt", "timestamp_signup"):
        rows = walk(quiet, path, "members", sort_field=field, sort_dir="ASC")
        instants = [row[field] for row in rows]
        assert instants == sorted(instants)
        newest = walk(quiet, path, "members", sort_field=field, sort_dir="DESC")
        assert instants[::-1] == [row[field] for row in newest]
    rows = walk(quiet, path, "members", sort_field="last_changed", sort_dir="ASC")
    seconds = [row["last_changed"] for row in rows]
    crowd = max(set(seconds), key=seconds.count)
    ids = [row["id"] for row in rows if row["last_changed"] == crowd]
    assert len(ids) > 50  # the bulk import
    assert ids != sorted(ids)


def test_total_items_undercounts_the_members_of_a_segment(
    quiet: Sandbox, ask: Ask, walk: Walk
) -> None:
    flags = {f"include_{status}": "true" for status in ("cleaned", "transactional", "unsubscribed")}
    found = 0
    for segment in quiet.truth("list_segments"):
        path = f"/lists/{segment['list_id']}/segments/{segment['id']}"
        bare = walk(quiet, f"{path}/members", "members")
        full = walk(quiet, f"{path}/members", "members", count=7, **flags)
        total = ask(quiet, f"{path}/members", count=1, **flags).json()["total_items"]
        assert len(bare) == total
        assert {"subscribed", "pending"} >= {row["status"] for row in bare}
        assert {row["id"] for row in bare} <= {row["id"] for row in full}
        assert len(bare) == ask(quiet, path).json()["member_count"]
        assert len(full) == ask(quiet, path, **flags).json()["member_count"]
        assert len(full) == segment["member_count"]
        assert "archived" not in {row["status"] for row in full}
        found += len(full) > len(bare)
    assert found > 3


@pytest.fixture(scope="module")
def series() -> Iterator[Sandbox]:
    """An account with a series of 37 emails."""
    with Sandbox.start(members=10, campaigns=0, events=0, automation_emails=37) as own:
        yield own


def emails_of(sandbox: Sandbox) -> tuple[str, list[str]]:
    """The path of the longest series, and the ids of its emails."""
    rows = sandbox.truth("automation_emails")
    workflow = max(rows, key=lambda row: row["position"])["workflow_id"]
    ids = [str(row["id"]) for row in rows if row["workflow_id"] == workflow]
    return f"/automations/{workflow}/emails", ids


def test_automation_emails_page_though_nothing_says_so(
    series: Sandbox, ask: Ask, walk: Walk
) -> None:
    path, ids = emails_of(series)
    answer = ask(series, path).json()
    assert (10, 37) == (len(answer["emails"]), answer["total_items"])
    assert ids == [row["id"] for row in walk(series, path, "emails", count=7)]


@pytest.mark.parametrize(
    ("fault", "page", "total"),
    [
        ({"kind": "count-unread"}, slice(5, 15), 37),
        ({"kind": "count-unread", "rows": None}, slice(5, 37), 37),
        ({"kind": "offset-unread"}, slice(0, 30), 37),
        ({"kind": "page-capped", "rows": 4}, slice(5, 9), 37),
        ({"kind": "total-absent"}, slice(5, 35), "absent"),
        ({"kind": "total-null"}, slice(5, 35), None),
        ({"kind": "total-wrong"}, slice(5, 35), 30),
        ({"kind": "total-wrong", "total": 10}, slice(5, 35), 10),
    ],
)
def test_a_server_can_be_made_to_page_in_its_own_way(
    series: Sandbox, ask: Ask, fault: dict[str, Any], page: slice, total: object
) -> None:
    path, ids = emails_of(series)
    series.faults([{"path": path, "times": None, **fault}])
    answer = ask(series, path, count=30, offset=5).json()
    series.clear_faults()
    assert ids[page] == [row["id"] for row in answer["emails"]]
    assert total == answer.get("total_items", "absent")


def test_tag_search_lists_all_tags_and_pages(quiet: Sandbox, ask: Ask, walk: Walk) -> None:
    path = f"/lists/{largest(quiet)}/tag-search"
    tags = walk(quiet, path, "tags", count=13)
    assert 60 == len(tags) == len({tag["id"] for tag in tags})
    assert [{"id", "name"}] == [set(tag) for tag in tags[:1]]
    assert ["churn-risk"] == [tag["name"] for tag in ask(quiet, path, name="CHURN").json()["tags"]]


def test_a_row_that_leaves_moves_all_later_rows_up(sandbox: Sandbox, ask: Ask) -> None:
    path = f"/lists/{largest(sandbox)}/members"
    order = [row["id"] for row in ask(sandbox, path, count=1000).json()["members"]]
    sandbox.change("archive", list_id=largest(sandbox), member_id=order[2])
    page = ask(sandbox, path, count=10, offset=10).json()["members"]
    assert order[11:21] == [row["id"] for row in page]  # order[10] was never served
