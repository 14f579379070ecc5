"""The members of an audience: windows, what vanished, complete reads, and stops in the middle."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from chimpline.api.transport import Answer
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.tables import tables
from chimpline.extract.plan import riders
from chimpline.message import Message
from chimpline.model import Deletes, SliceRecord
from chimpline.runs.report.events import Notice, TableFinished
from tests.unit.runs.account import JSON, Asked, Script, World, always, problem
from tests.words import heard

TABLE = "list_members"
MEMBERS = r"^/lists/[^/]+/members\?"
BY_ID = r"^/lists/[^/]+/members/[^/?]+\?"
SINCE = r"since_last_changed=([^&]*)"
TABLES = (
    *("lists", "list_merge_fields", "list_interests", "list_segments", "templates"),
    *(TABLE, "list_member_tags", "list_member_permissions"),
)
"""What decides how an audience is read, a bystander, and its members with what rides on them."""
REPORTS = (*TABLES, "reports", "reports_email_activity", "reports_sent_to", "unsubscribes")


def true(world: World) -> bool:
    return world.truth(TABLE, "list_id", "id") == world.live(TABLE).keys()


def notices(world: World) -> list[str]:
    return [heard(one) for one in world.events if isinstance(one, Notice) and one.table == TABLE]


def members(world: World, **like: Any) -> list[dict[str, Any]]:
    """The members of the largest audience, as the account has them."""
    sizes: dict[str, int] = {}
    rows = world.engine.truth(TABLE)
    for row in rows:
        sizes[row["list_id"]] = sizes.get(row["list_id"], 0) + 1
    largest = max(sizes, key=lambda name: sizes[name])
    return [
        row
        for row in rows
        if row["list_id"] == largest and all(row[name] == cell for name, cell in like.items())
    ]


def erase(world: World, row: dict[str, Any]) -> tuple[str, str]:
    world.engine.change("delete_permanently", list_id=row["list_id"], member_id=row["id"])
    return row["list_id"], row["id"]


def lines(world: World, ask: str, run_id: str = "") -> list[SliceRecord]:
    return [
        line
        for line in world.destination.lines
        if (line.table_name, line.ask) == (TABLE, ask) and (not run_id or line.run_id == run_id)
    ]


def outcome(world: World, script: Script | None = None, **chosen: Any) -> tuple[int, str]:
    finished = world.run(script, **chosen)
    return finished.exit, finished.tables[TABLE]["state"]


# -- windows ----------------------------------------------------------------------------------


def test_a_first_read_is_one_window_from_the_beginning_and_later_ones_go_on_from_it(
    copied: World,
) -> None:
    first = lines(copied, "") + lines(copied, "status=archived")
    assert {None} == {line.since for line in first}
    before = {line.until for line in first}
    copied.engine.change("subscribe")
    finished = copied.run(lookback=dt.timedelta(minutes=7))
    later = [line for line in lines(copied, "", finished.run_id) if line.state == "proven"]
    assert {until - dt.timedelta(minutes=7) for until in before} == {line.since for line in later}
    assert true(copied)


def test_a_window_is_not_asked_for_beyond_the_horizon(copied: World) -> None:
    """Who changes while a run reads is the next run's."""
    finished = copied.run(tables=("lists", TABLE))
    ends = {line.until for line in lines(copied, "", finished.run_id)}
    assert all(end < copied.now() for end in ends)
    assert all(end.microsecond == 0 for end in ends)


def test_what_failed_leaves_the_bookmark_where_it_was(copied: World) -> None:
    copied.engine.change("subscribe")
    before = {(line.parent_key, line.until) for line in lines(copied, "")}
    script = Script((MEMBERS, always(problem("Bad Request", 400))))
    assert (1, "failed") == outcome(copied, script)
    assert before == {
        (line.parent_key, line.until) for line in lines(copied, "") if line.state == "proven"
    }
    assert (0, "done") == outcome(copied)
    assert true(copied)


def test_one_audience_that_fails_stops_no_other(copied: World) -> None:
    broken, other = (row["id"] for row in copied.engine.truth("lists"))
    for name in (broken, other):
        copied.engine.change("subscribe", list_id=name)
    failing = always(problem("Internal Server Error", 500))
    finished = copied.run(Script((rf"^/lists/{broken}/members", failing)))
    with_riders = {TABLE} | {table.name for table in riders(tables()[TABLE])}
    assert with_riders == {n for n, one in finished.tables.items() if one["state"] != "done"}
    assert broken in heard(finished.tables[TABLE])
    lacking = copied.truth(TABLE, "list_id", "id") - copied.live(TABLE).keys()
    assert [broken] == [name for name, _ in lacking]
    assert (0, "done") == outcome(copied)
    assert true(copied)


@pytest.mark.parametrize("ask", ["", "status=archived"])
def test_each_ask_has_windows_of_its_own(copied: World, ask: str) -> None:
    """One of the two fails; the other's window is proven all the same."""
    copied.engine.change("subscribe")
    copied.engine.change("archive")

    def one(asked: Asked) -> Answer | None:
        mine = ("status=archived" in asked.query) == bool(ask)
        return problem("Bad Request", 400) if mine else None

    assert (1, "failed") == outcome(copied, Script((MEMBERS, one)))
    assert (0, "done") == outcome(copied)
    assert true(copied)


def test_a_page_that_says_more_than_it_holds_is_unproven_and_read_again(new: World) -> None:
    def more(asked: Asked) -> Answer | None:
        if "count=1&" in f"{asked.query}&":
            return None
        answer = new.transport.honest(asked)
        body = json.loads(answer.body)
        body["total_items"] += 3
        return Answer(200, answer.headers, json.dumps(body).encode())

    assert (1, "unproven") == outcome(new, Script((MEMBERS, more)))
    assert {"unproven"} == {line.state for line in lines(new, "")}
    assert (0, "done") == outcome(new)
    assert true(new)


def test_a_first_read_that_is_stopped_is_gone_on_with(new: World) -> None:
    stop = threading.Event()
    held = new.engine.truth("lists")[0]["id"]

    async def wait(asked: Asked) -> None:
        if asked.path == f"/lists/{held}/members":
            stop.set()
            await asyncio.Event().wait()

    assert (1, "unproven") == outcome(new, cancelled=stop, waiting=wait)
    assert (0, "done") == outcome(new)
    assert true(new)
    assert set() == new.destination.buried(TABLE)


# -- vanished members -------------------------------------------------------------------------


def test_without_a_vanished_member_an_audience_costs_a_page_for_each_ask(
    copied: World,
) -> None:
    copied.run(tables=("lists", TABLE))
    audiences = len(copied.engine.truth("lists"))
    assert 2 * audiences == len(copied.asked(MEMBERS))
    assert [] == notices(copied)


@pytest.mark.parametrize("status", ["subscribed", "archived"])
def test_a_vanished_member_is_found_by_the_counts_asked_for_by_id_and_marked(
    copied: World, status: str
) -> None:
    if status == "archived":
        copied.engine.change("archive")
        copied.run()
    gone = erase(copied, members(copied, status=status)[0])
    assert (0, "done") == outcome(copied)
    assert gone in copied.destination.buried(TABLE)
    assert true(copied)
    assert [gone[1]] == [one.path.rpartition("/")[2] for one in copied.asked(BY_ID)]
    assert any("found 1 deleted member" in told for told in notices(copied))


def test_who_vanishes_while_another_subscribes_is_found(copied: World) -> None:
    gone = erase(copied, members(copied, status="subscribed")[1])
    copied.engine.change("subscribe", list_id=gone[0])
    assert (0, "done") == outcome(copied)
    assert {gone} == copied.destination.buried(TABLE)
    assert true(copied)


def test_a_member_that_a_count_lacks_and_that_answers_is_not_buried(copied: World) -> None:
    """Counts and pages leave one out; by its id Mailchimp has it."""
    hidden = members(copied, status="subscribed")[2]

    def without(asked: Asked) -> Answer | None:
        if hidden["list_id"] not in asked.path:
            return None
        answer = copied.transport.honest(asked)
        body = json.loads(answer.body)
        kept = [one for one in body.get("members", ()) if one.get("id") != hidden["id"]]
        body |= {"members": kept, "total_items": max(0, body.get("total_items", 0) - 1)}
        return Answer(200, {"content-type": JSON}, json.dumps(body).encode())

    outcome(copied, Script((MEMBERS, without)))
    assert set() == copied.destination.buried(TABLE)
    assert (0, "done") == outcome(copied)
    assert true(copied)


def test_an_audience_that_answers_everything_with_nobody_is_not_buried(copied: World) -> None:
    nobody = Answer(200, {"content-type": JSON}, b'{"members": [], "total_items": 0}')
    outcome(copied, Script((MEMBERS, always(nobody))), full_refresh=True)
    assert set() == copied.destination.buried(TABLE)
    assert true(copied)


def test_a_change_of_address_is_a_vanished_id_and_a_new_one(copied: World) -> None:
    moved = copied.engine.change("change_address")
    assert (0, "done") == outcome(copied)
    assert {(moved["list_id"], moved["old_id"])} == copied.destination.buried(TABLE)
    stored = copied.destination.stored[TABLE]
    kin = {stored[moved["list_id"], moved[name]]["contact_id"] for name in ("id", "old_id")}
    assert 1 == len(kin)


def test_a_member_that_the_copy_lacks_is_read_again(copied: World) -> None:
    lost = members(copied, status="subscribed")[3]
    del copied.destination.stored[TABLE][lost["list_id"], lost["id"]]
    assert (0, "done") == outcome(copied)
    assert true(copied)
    assert any("that earlier runs had missed" in told for told in notices(copied))


@pytest.mark.parametrize("policy", list(Deletes))
def test_who_vanished_is_treated_as_the_policy_says(copied: World, policy: Deletes) -> None:
    gone = erase(copied, members(copied, status="subscribed")[0])
    assert (0, "done") == outcome(copied, deletes=policy)
    stored = copied.destination.stored[TABLE]
    assert (policy is not Deletes.REMOVE) == (gone in stored)
    assert (policy is Deletes.IGNORE) == (gone in copied.live(TABLE))


def test_hashed_members_are_never_asked_for_by_id(new: World) -> None:
    chosen: dict[str, Any] = {
        "selections": {TABLE: TableSelection(hashed=frozenset({"email_address"}))},
        "hash_salt": b"a salt of sixteen",
        "tables": ("lists", TABLE),
    }
    assert (0, "done") == outcome(new, **chosen)
    erase(new, members(new, status="subscribed")[0])
    assert (0, "done") == outcome(new, **chosen)
    assert [] == new.asked(BY_ID)
    assert len(new.engine.truth(TABLE)) == len(new.live(TABLE))


# -- complete reads ---------------------------------------------------------------------------


def test_the_complete_read_comes_when_it_is_due_and_heals_what_moves_no_cursor(
    copied: World,
) -> None:
    moved = copied.engine.change("set_rating")
    key = (moved["list_id"], moved["id"])
    assert (0, "done") == outcome(copied)
    assert moved["member_rating"] != copied.live(TABLE)[key]["member_rating"]
    copied.engine.advance(8 * 86_400.0)
    assert (0, "done") == outcome(copied)
    assert moved["member_rating"] == copied.live(TABLE)[key]["member_rating"]
    assert any("the last complete read was on" in told for told in notices(copied))
    copied.run()
    assert [] == notices(copied)


@pytest.mark.parametrize("kind", ["add_merge_field", "delete_interest", "rename_tag"])
def test_an_audience_whose_definitions_changed_is_read_completely_and_no_other(
    copied: World, kind: str
) -> None:
    changed = copied.engine.change(kind)
    assert (0, "done") == outcome(copied)
    (told,) = [told for told in notices(copied) if "is read completely" in told]
    assert changed["list_id"] in told
    assert "its merge fields, interests or tags changed" in told
    said = [one.said for one in copied.events if isinstance(one, Notice)]
    assert 1 == len(
        [one for one in said if isinstance(one, Message) and one.facts.get("definitions")]
    )


def test_a_complete_read_buries_whom_it_did_not_meet_and_who_is_gone(copied: World) -> None:
    gone = erase(copied, members(copied, status="subscribed")[0])
    assert (0, "done") == outcome(copied, full_refresh=True)
    assert {gone} == copied.destination.buried(TABLE)
    (mark,) = [line for line in lines(copied, "*") if line.parent_key == gone[0]]
    assert "1 gone" in mark.proof


def test_a_start_date_leaves_earlier_members_out_counts_them_and_buries_none(
    copied: World,
) -> None:
    times = sorted(row["last_changed"] for row in copied.engine.truth(TABLE))
    start = dt.date.fromisoformat(times[len(times) // 2][:10])
    held = set(copied.live(TABLE))
    early = min(members(copied), key=lambda row: str(row["last_changed"]))
    erase(copied, early)
    finished = copied.run(start_date=start)
    assert (0, 0) == (finished.exit, finished.tables[TABLE]["deleted"])
    assert held == set(copied.live(TABLE))
    outside = [row for row in copied.engine.truth(TABLE) if row["last_changed"][:10] < f"{start}"]
    assert len(outside) == finished.tables[TABLE]["left_out"]


def test_members_without_a_time_of_change_show_as_a_difference_of_totals(copied: World) -> None:
    copied.engine.change("subscribe_by_phone", timed=False)
    assert (0, "done") == outcome(copied, full_refresh=True)
    assert len(copied.engine.truth(TABLE)) == len(copied.live(TABLE))


# -- beside the reports -----------------------------------------------------------------------


def test_events_of_an_erased_member_leave_though_no_counter_moves(tmp_path: Path) -> None:
    """Burying a member opens the campaigns that hold it, and no other."""
    world = World(tmp_path, erasure_moves_counters=False)
    world.tables = REPORTS
    world.run()
    event = world.engine.truth("reports_email_activity")[0]
    gone = {"list_id": event["list_id"], "id": event["email_id"]}
    reports = world.engine.truth("reports")
    erase(world, gone)
    assert [row["opens__opens_total"] for row in reports] == [
        row["opens__opens_total"] for row in world.engine.truth("reports")
    ]
    assert (0, "done") == outcome(world)
    buried = world.destination.buried("reports_email_activity")
    assert {gone["id"]} == {key[1] for key in buried}
    assert {f"/reports/{key[0]}/email-activity" for key in buried} == {
        one.path for one in world.asked(r"/email-activity\?")
    }


def test_who_changed_after_they_were_asked_for_lands_before_a_report_is_read(
    copied: World,
) -> None:
    """Whoever is in the report, and is erased before the next run, would be missed by nobody."""
    copied.tables = REPORTS
    campaign = copied.engine.change("add_event")["campaign_id"]
    (list_id,) = (r["list_id"] for r in copied.engine.truth("reports") if r["id"] == campaign)
    asked, late = asyncio.Event(), list[str]()

    async def waiting(one: Asked) -> None:
        if "sort_dir=DESC" in one.query and len(copied.asked(r"sort_dir=DESC")) == 4:
            asked.set()
        if one.path == "/reports":
            await asked.wait()
            for _ in range(20):  # what was asked for before is answered, and landed
                await asyncio.sleep(0)
            late.append(copied.engine.change("subscribe", list_id=list_id)["id"])

    assert (0, "done") == outcome(copied, waiting=waiting)
    assert late[0] in {key[1] for key in copied.live(TABLE)}
    (ended,) = (e for e in copied.events if isinstance(e, TableFinished) and e.table == TABLE)
    assert 1 == ended.inserted
    members_ = [one.number for one in copied.asked(rf"^/lists/{list_id}/members\?")]
    reports = [
        one.number for one in copied.asked(rf"^/reports/{campaign}/(email-activity|sent-to)")
    ]
    assert 5 == len(members_)
    assert max(members_) < min(reports)


def test_who_left_of_those_whose_change_lies_ahead_is_found_while_nothing_is_read(
    copied: World,
) -> None:
    tables_ = ("lists", TABLE, "reports", "unsubscribes")
    member = copied.engine.change("subscribe")
    where = {"list_id": member["list_id"], "member_id": member["id"]}
    copied.engine.change("postdate", **where, timestamp="2099-12-31T23:59:59+00:00")
    copied.run(tables=tables_)
    assert tuple(where.values()) in copied.live(TABLE)
    copied.engine.change("delete_permanently", **where)
    copied.run(tables=tables_)
    assert [] == copied.asked("/unsubscribed")
    assert tuple(where.values()) not in copied.live(TABLE)


def test_an_audience_of_which_no_report_is_read_is_not_asked_again(copied: World) -> None:
    copied.tables = REPORTS
    copied.run(after_s=600)
    assert 4 == len(copied.asked(MEMBERS))
    copied.engine.change("add_event")
    copied.run(after_s=600)
    assert 4 + 3 == len(copied.asked(MEMBERS))


def test_who_changed_after_the_horizon_lands_before_the_reports_do(copied: World) -> None:
    copied.tables = REPORTS
    late: list[str] = []

    def subscribe(_: Asked) -> None:
        if not late:
            late.append(copied.engine.change("subscribe")["id"])

    copied.run(Script((MEMBERS, subscribe)))
    assert late[0] in {key[1] for key in copied.live(TABLE)}
    assert (0, "done") == outcome(copied)
    assert true(copied)
