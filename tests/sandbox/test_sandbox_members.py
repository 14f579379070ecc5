"""What moves a member's `last_changed`, what an address change changes.

What is known: docs/mailchimp-facts.md#members and docs/mailchimp-facts.md#segments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox

Ask = Callable[..., requests.Response]
Walk = Callable[..., list[dict[str, Any]]]


def record(sandbox: Sandbox, ask: Ask, told: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = ask(sandbox, f"/lists/{told['list_id']}/members/{told['id']}").json()
    answer.pop("_links", None)
    return answer


MOVING = (
    "unsubscribe",
    "resubscribe",
    "clean",
    "archive",
    "unarchive",
    "edit_merge_fields",
    "tag",
    "untag",
)
QUIET = ("put_unchanged", "set_rating", "set_interests", "join_segment", "leave_segment")


@pytest.mark.parametrize("kind", MOVING)
def test_this_moves_last_changed(kind: str, sandbox: Sandbox, ask: Ask) -> None:
    before = {(row["list_id"], row["id"]): row for row in sandbox.truth("list_members")}
    told = sandbox.change(kind)
    after = record(sandbox, ask, told)
    old = before[told["list_id"], told["id"]]
    assert after["last_changed"] > max(row["last_changed"] for row in before.values())
    assert old["contact_id"] == after["contact_id"]
    different = {name for name in ("status", "merge_fields", "tags") if old[name] != after[name]}
    assert 1 == len(different)


@pytest.mark.parametrize("kind", QUIET)
def test_this_moves_no_cursor(kind: str, sandbox: Sandbox, ask: Ask) -> None:
    before = {(row["list_id"], row["id"]): row for row in sandbox.truth("list_members")}
    segments = {row["id"]: row["updated_at"] for row in sandbox.truth("list_segments")}
    told = sandbox.change(kind)
    after = record(sandbox, ask, told)
    assert before[told["list_id"], told["id"]]["last_changed"] == after["last_changed"]
    assert segments == {row["id"]: row["updated_at"] for row in sandbox.truth("list_segments")}


def test_joining_a_segment_shows_in_the_segment_alone(sandbox: Sandbox, walk: Walk) -> None:
    told = sandbox.change("join_segment")
    path = f"/lists/{told['list_id']}/segments/{told['segment_id']}/members"
    assert told["id"] in {row["id"] for row in walk(sandbox, path, "members")}
    left = sandbox.change("leave_segment", member_id=told["id"])
    assert told["segment_id"] == left["segment_id"]
    assert told["id"] not in {row["id"] for row in walk(sandbox, path, "members")}


def test_a_change_of_address_is_a_new_id_for_the_same_contact(sandbox: Sandbox, ask: Ask) -> None:
    before = {row["id"]: row for row in sandbox.truth("list_members")}
    told = sandbox.change("change_address", email="Fresh@Example.com")
    old, new = before[told["old_id"]], record(sandbox, ask, told)
    assert hashlib.md5(b"fresh@example.com").hexdigest() == told["id"] == new["id"]  # noqa: S324
    assert "Fresh@Example.com" == new["email_address"]
    assert old["unique_email_id"] != new["unique_email_id"]
    for kept in ("contact_id", "web_id", "merge_fields", "timestamp_opt"):
        assert old[kept] == new[kept]
    assert new["last_changed"] > old["last_changed"]
    assert 404 == ask(sandbox, f"/lists/{told['list_id']}/members/{told['old_id']}").status_code


def test_archiving_hides_and_unarchiving_shows(sandbox: Sandbox, ask: Ask) -> None:
    told = sandbox.change("archive")
    path = f"/lists/{told['list_id']}/members"
    for status, seen in (({}, False), ({"status": "archived"}, True)):
        ids = {row["id"] for row in ask(sandbox, path, count=1000, **status).json()["members"]}
        assert seen == (told["id"] in ids)
    assert 200 == ask(sandbox, f"{path}/{told['id']}").status_code
    sandbox.change("unarchive", member_id=told["id"])
    assert told["id"] in {row["id"] for row in ask(sandbox, path, count=1000).json()["members"]}


def test_a_permanently_deleted_member_leaves_no_trace(sandbox: Sandbox, ask: Ask) -> None:
    tables = ("list_members", "list_segment_members", "reports_sent_to", "reports_email_activity")
    told = sandbox.change("delete_permanently")
    assert 404 == ask(sandbox, f"/lists/{told['list_id']}/members/{told['id']}").status_code
    assert told["campaigns"]
    for table in (*tables, "unsubscribes"):
        for row in sandbox.truth(table):
            assert told["id"] not in (row.get("id"), row.get("email_id"))


def test_the_row_shows_fifty_tags_and_the_path_all(quiet: Sandbox, walk: Walk) -> None:
    row = next(row for row in quiet.truth("list_members") if row["tags_count"] > 50)
    assert (60, 50) == (row["tags_count"], len(row["tags"]))
    path = f"/lists/{row['list_id']}/members/{row['id']}/tags"
    assert 60 == len(walk(quiet, path, "tags", count=25))


def test_interests_are_present_only_where_the_audience_has_any(quiet: Sandbox) -> None:
    having = {row["list_id"] for row in quiet.truth("list_interests")}
    lists = {row["id"] for row in quiet.truth("lists")}
    assert 2 == len(having)
    assert 3 == len(lists)
    for row in quiet.truth("list_members"):
        assert (row["list_id"] in having) == ("interests" in row)


def test_audiences_disagree_about_a_merge_field_of_the_same_tag(quiet: Sandbox) -> None:
    kinds = {
        (row["tag"], row["type"]) for row in quiet.truth("list_merge_fields") if row["tag"] == "LTV"
    }
    assert {("LTV", "number"), ("LTV", "text")} == kinds
    every = {row["type"] for row in quiet.truth("list_merge_fields")}
    assert 11 == len(every)
    names = [row["name"] for row in quiet.truth("list_merge_fields")]
    assert any("🎨" in name for name in names)
    assert names.count("First Name") > 3
    addresses = {type(r["merge_fields"].get("ADDRESS")) for r in quiet.truth("list_members")}
    assert {str, dict, type(None)} == addresses


def test_a_new_merge_field_is_everywhere_at_once_and_moves_nothing(sandbox: Sandbox) -> None:
    before = {row["id"]: row["last_changed"] for row in sandbox.truth("list_members")}
    told = sandbox.change("add_merge_field", tag="SHOE", default_value="42")
    for row in sandbox.truth("list_members"):
        assert before[row["id"]] == row["last_changed"]
        expected = "42" if row["list_id"] == told["list_id"] else None
        assert expected == row["merge_fields"].get("SHOE")
    sandbox.change("delete_merge_field", tag="SHOE")
    assert not any("SHOE" in row["merge_fields"] for row in sandbox.truth("list_members"))


def test_changing_a_merge_fields_type_changes_the_values_type(sandbox: Sandbox, ask: Ask) -> None:
    told = sandbox.change("change_merge_field_type", tag="LTV", field_type="text")
    path = f"/lists/{told['list_id']}/members"
    members = ask(sandbox, path, count=1000).json()["members"]
    assert {str} == {type(row["merge_fields"]["LTV"]) for row in members}
    sandbox.change("change_merge_field_type", tag="LTV", field_type="number")
    members = ask(sandbox, path, count=1000).json()["members"]
    numbers = {row["merge_fields"]["LTV"] for row in members} - {""}
    assert numbers
    assert all(isinstance(number, int | float) for number in numbers)


def test_a_bulk_import_fills_one_second() -> None:
    with Sandbox.start(members=500, campaigns=0, events=0, bulk_members=200) as sandbox:
        seconds = [row["last_changed"] for row in sandbox.truth("list_members")]
        assert 200 == max(seconds.count(second) for second in set(seconds))


def test_deleting_an_audience_leaves_its_reports(sandbox: Sandbox, ask: Ask) -> None:
    reports = sandbox.truth("reports")
    list_id = reports[0]["list_id"]
    sandbox.change("delete_list", list_id=list_id)
    assert 404 == ask(sandbox, f"/lists/{list_id}").status_code
    assert 404 == ask(sandbox, f"/lists/{list_id}/members").status_code
    after = {row["id"]: row for row in sandbox.truth("reports")}
    assert {row["id"] for row in reports} == set(after)
    assert after[reports[0]["id"]]["list_is_active"] is False
    page = ask(sandbox, f"/reports/{reports[0]['id']}/email-activity").json()
    assert {False} == {row["list_is_active"] for row in page["emails"]}


def test_who_comes_is_counted_in_the_month_of_coming(sandbox: Sandbox) -> None:
    list_id = sandbox.truth("lists")[0]["id"]

    def growth() -> list[dict[str, Any]]:
        rows = sandbox.truth("list_growth_history")
        return [row for row in rows if row["list_id"] == list_id]

    before = growth()
    sandbox.change("subscribe", list_id=list_id)
    last = {**before[-1], "subscribed": before[-1]["subscribed"] + 1}
    assert [*before[:-1], last] == growth()
    sandbox.advance(40 * 86400)
    assert ("2026-06", "2026-07") == tuple(row["month"] for row in growth()[-2:])
    assert last["existing"] + last["subscribed"] == growth()[-1]["existing"]
