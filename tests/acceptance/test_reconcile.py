"""`chimpline reconcile` on accounts and copies: each kind of difference, in words, and repaired."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chimpline.catalog.selection import TableSelection
from chimpline.errors import UserError, WrongAccount
from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.model import Deletes
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Kind, Level, Reconciliation
from chimpline.runs.job import run
from chimpline.runs.report.events import Event, ReconcileStarted
from chimpline.runs.request import RunRequest
from chimpline.runs.services import Services
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES, descendants
from tests.acceptance.replica import (
    DATASET,
    KEYS,
    READ,
    STALE,
    Pair,
    Replica,
    Row,
    assert_true_to,
    replicate,
    request_for,
    services_of,
)
from tests.words import heard, refused

pytestmark = pytest.mark.either_engine

EACH = pytest.mark.parametrize("level", list(Level))
DEEP = pytest.mark.parametrize("level", [Level.KEYS, Level.ROWS])
FEW: dict[str, Any] = {"members": 80, "audiences": 2, "campaigns": 4, "events": 120}
MEMBERS = ("lists", "list_members")
SEVERAL = (
    *("lists", "list_members", "list_segments", "list_segment_members", "campaigns"),
    *("reports", "reports_email_activity", "reports_sent_to", "unsubscribes"),
)
"""With tables that a difference in one of them leaves alone. What they hold when nothing differs,
what was left out and what is refused is compared for READ."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(**FEW) as own:
        yield own


@pytest.fixture
def pair(new_pair: Callable[..., Pair]) -> Pair:
    """Of a few slices a table: what a comparison costs goes by them, and each member has one."""
    return new_pair(**FEW)


def compared(pair: Pair, level: Level, **overrides: Any) -> Reconciliation:
    request = request_for(pair.sandbox, pair.replica, **overrides)
    return reconcile(request, ports_of(pair, request), level)


def ports_of(pair: Pair, request: RunRequest) -> Services:
    return services_of(request, **pair.replica.ports(pair.sandbox))


def repaired(pair: Pair, level: Level, **overrides: Any) -> Reconciliation:
    """Compare, read again what differs, compare again."""
    found = compared(pair, level, **overrides)
    request = request_for(pair.sandbox, pair.replica, **overrides)
    slices = found.repairable
    request = dataclasses.replace(request, tables=tuple(slices), reread=slices)
    finished = run(request, ports_of(pair, request))
    assert (0, None) == (finished.exit, finished.said)
    return compared(pair, level, **overrides)


def kinds(found: Reconciliation, table: str) -> dict[Kind, int]:
    """How many rows of a table differ, by why."""
    (mine,) = [one for one in found.tables if one.table == table]
    counted: dict[Kind, int] = {}
    for one in mine.differences:
        counted[one.kind] = counted.get(one.kind, 0) + one.count
    return counted


def all_kinds(found: Reconciliation) -> dict[str, dict[Kind, int]]:
    told = {table.table: kinds(found, table.table) for table in found.tables}
    return {name: why for name, why in told.items() if why}


def member(pair: Pair, like: Callable[[Row], bool]) -> Row:
    return next(row for row in pair.sandbox.truth("list_members") if like(row))


def remove(pair: Pair, table: str, row: Row) -> None:
    """Take a row out of the copy, behind chimpline's back."""
    where = {name: row.get(name) or "" for name in KEYS[table] if name != "_ordinal"}
    pair.replica.remove(table, where)


@pytest.mark.within
@EACH
def test_a_copy_that_is_true_is_equal_at_every_level(pair: Pair, level: Level) -> None:
    told: list[Event] = []
    pair.sandbox.reset_metrics()
    request = request_for(pair.sandbox, pair.replica)
    found = reconcile(request, ports_of(pair, request).telling(told.append), level)
    assert (0, {}) == (found.exit, all_kinds(found))
    asked = pair.sandbox.metrics()["total"]
    assert asked == found.requests
    assert isinstance(told[0], ReconcileStarted)
    assert asked == pytest.approx(told[0].requests_expected, rel=0.35)
    assert FEW["members"] == next(t.theirs for t in found.tables if t.table == "list_members")


@pytest.mark.within
def test_what_cannot_be_counted_is_said_and_not_guessed(pair: Pair) -> None:
    found = compared(pair, Level.COUNTS)
    unknown = {table.table: heard(table.note) for table in found.tables if table.theirs is None}
    riding = {name for name in READ if TABLES[name].rides}
    assert {"list_segment_members", "reports_email_activity", *riding} == unknown.keys()
    assert all("(--level keys)" in note for note in unknown.values())
    asked = {path for _, path, _ in pair.sandbox.requests()}
    assert not any("email-activity" in path or "segments/" in path for path in asked)


@pytest.mark.within
def test_counts_cost_four_requests_an_audience(pair: Pair) -> None:
    pair.sandbox.reset_metrics()
    compared(pair, Level.COUNTS, tables=("list_members",))
    audiences = len(pair.sandbox.truth("lists"))
    assert 4 * audiences == pair.sandbox.metrics()["requests"]["/lists/{list_id}/members"]


@pytest.mark.within
@DEEP
def test_a_row_that_the_copy_lost_is_named_and_repaired(pair: Pair, level: Level) -> None:
    lost = member(pair, lambda r: r["status"] == "unsubscribed")
    event = pair.sandbox.truth("reports_email_activity")[3]
    recipient = pair.sandbox.truth("reports_sent_to")[5]
    tag = pair.sandbox.truth("list_segment_members")[0]
    for table, row in (
        ("list_members", lost),
        ("reports_email_activity", event),
        ("reports_sent_to", recipient),
        ("list_segment_members", tag),
    ):
        remove(pair, table, row)
    remove(pair, "lists", {"id": tag["list_id"]})
    found = compared(pair, level, tables=SEVERAL)
    assert 1 == found.exit
    assert {Kind.LOST: 1} == kinds(found, "list_members")
    assert {Kind.LOST} == kinds(found, "reports_email_activity").keys()
    assert {Kind.LOST: 1} == kinds(found, "reports_sent_to")
    assert {Kind.UNTOLD_ROW: 1} == kinds(found, "list_segment_members")
    assert {Kind.LOST: 1} == kinds(found, "lists")
    (named,) = [t.differences for t in found.tables if t.table == "list_members"]
    assert (lost["list_id"], (lost["id"],)) == (named[0].parent, named[0].keys)
    after = repaired(pair, level, tables=SEVERAL)
    assert (0, {}) == (after.exit, all_kinds(after))
    assert_true_to(pair.sandbox, pair.replica, SEVERAL, stale=STALE)


def test_counts_show_that_rows_are_missing(pair: Pair) -> None:
    lost = member(pair, lambda r: r["status"] == "archived")
    pair.replica.execute(f"DELETE FROM {DATASET}.list_members WHERE id = '{lost['id']}'")
    pair.replica.execute(f"DELETE FROM {DATASET}.unsubscribes")
    found = compared(pair, Level.COUNTS, tables=SEVERAL)
    unsubscribed = len(pair.sandbox.truth("unsubscribes"))
    assert 1 == found.exit
    assert {
        "list_members": {Kind.FEWER: 1},
        "unsubscribes": {Kind.FEWER: unsubscribed},
    } == all_kinds(found)
    after = repaired(pair, Level.COUNTS, tables=SEVERAL)
    assert (0, {}) == (after.exit, all_kinds(after))


@pytest.mark.within
@EACH
def test_a_row_that_mailchimp_never_had_is_no_longer_there(pair: Pair, level: Level) -> None:
    copied = member(pair, lambda r: r["status"] == "subscribed")
    where = {"id": copied["id"], "list_id": copied["list_id"]}
    pair.replica.repeat("list_members", where, "foreign")
    found = compared(pair, level, tables=SEVERAL)
    why = Kind.MORE if level is Level.COUNTS else Kind.GONE
    assert (0, {"list_members": {why: 1}}) == (found.exit, all_kinds(found))
    after = repaired(pair, level, tables=SEVERAL)
    assert (0, {}) == (after.exit, all_kinds(after))
    assert {"foreign"} == {key[1] for key in pair.replica.buried("list_members")}


@EACH
def test_rows_that_are_there_twice_are_counted_and_removed(pair: Pair, level: Level) -> None:
    """Rows are counted, not keys. Where the database itself refuses them, there are none."""
    tables = ["reports_email_activity"]
    if pair.replica.kind == "duckdb":
        tables += ["list_members", "campaigns", "unsubscribes"]
    for table in tables:
        pair.replica.execute(
            f"INSERT INTO {DATASET}.{table} SELECT * FROM {DATASET}.{table} LIMIT 3"
        )
    found = compared(pair, level, tables=SEVERAL)
    most = {name: min(3, len(pair.sandbox.truth(name))) for name in tables}
    twice = {name: {Kind.DOUBLED: count} for name, count in most.items()}
    assert (1, twice) == (found.exit, all_kinds(found))
    for one in found.tables:
        if one.table in tables and one.theirs is not None:
            assert most[one.table] == one.ours - one.theirs
    after = repaired(pair, level, tables=SEVERAL)
    assert (0, {}) == (after.exit, all_kinds(after))
    assert_true_to(pair.sandbox, pair.replica, SEVERAL, stale=STALE)


@pytest.mark.within
@DEEP
def test_a_row_that_is_buried_though_it_exists_lives_again(pair: Pair, level: Level) -> None:
    one = member(pair, lambda r: r["status"] == "cleaned")
    pair.replica.bury("list_members", {"id": one["id"]})
    campaign = pair.sandbox.truth("reports_sent_to")[0]["campaign_id"]
    pair.replica.bury("reports_sent_to", {"campaign_id": campaign})
    found = compared(pair, level, tables=SEVERAL)
    assert 1 == found.exit
    assert {Kind.BURIED: 1} == kinds(found, "list_members")
    assert {Kind.BURIED} == kinds(found, "reports_sent_to").keys()
    after = repaired(pair, level, tables=SEVERAL)
    assert (0, {}) == (after.exit, all_kinds(after))
    assert_true_to(pair.sandbox, pair.replica, SEVERAL, stale=STALE)


def test_a_cell_that_was_altered_is_named_with_its_column(pair: Pair) -> None:
    one = member(pair, lambda r: r["status"] == "subscribed")
    where = f"WHERE id = '{one['id']}' AND list_id = '{one['list_id']}'"
    pair.replica.execute(f"UPDATE {DATASET}.list_members SET full_name = 'Nobody' {where}")
    pair.replica.execute(f"UPDATE {DATASET}.reports_sent_to SET open_count = 99")
    pair.replica.execute(f"UPDATE {DATASET}.campaigns SET settings__title = 'Mine'")
    assert {} == all_kinds(compared(pair, Level.KEYS, tables=SEVERAL))
    found = compared(pair, Level.ROWS, tables=SEVERAL)
    assert 1 == found.exit
    assert {Kind.ALTERED: 1} == kinds(found, "list_members")
    (mine,) = [t.differences for t in found.tables if t.table == "list_members"]
    assert ("full_name",) == mine[0].columns
    assert {Kind.ALTERED} == kinds(found, "reports_sent_to").keys()
    assert {Kind.UNTOLD_CELL: len(pair.sandbox.truth("campaigns"))} == kinds(found, "campaigns")
    after = repaired(pair, Level.ROWS, tables=SEVERAL)
    assert (0, {}) == (after.exit, all_kinds(after))


@pytest.mark.within
def test_what_changed_at_mailchimp_since_the_run_is_no_loss(pair: Pair) -> None:
    sandbox = pair.sandbox
    sandbox.change("subscribe")
    sandbox.change("edit_merge_fields", member_id=None)
    sandbox.change("archive", **_whom(member(pair, lambda r: r["status"] == "unsubscribed")))
    sandbox.change("delete_permanently", **_whom(member(pair, lambda r: r["status"] == "pending")))
    found = compared(pair, Level.KEYS, tables=("list_members",))
    expected = {Kind.NEW: 1, Kind.CHANGED: 1, Kind.ARCHIVED: 1, Kind.GONE: 1}
    assert (0, expected) == (found.exit, kinds(found, "list_members"))
    counted = compared(pair, Level.COUNTS, tables=("list_members",))
    assert 0 == counted.exit
    assert {Kind.CHANGED} == kinds(counted, "list_members").keys()
    replicate(sandbox, pair.replica)
    assert {} == all_kinds(compared(pair, Level.ROWS))


@pytest.mark.within
@pytest.mark.parametrize("level", [Level.COUNTS, Level.KEYS])
def test_what_a_table_lacks_that_is_not_due_is_no_loss(pair: Pair, level: Level) -> None:
    pair.sandbox.change("add_interest")
    rare = {"every": {"list_interests": dt.timedelta(days=365)}}
    due, not_due = compared(pair, level), compared(pair, level, **rare)
    assert (1, 0) == (due.exit, not_due.exit)
    assert {Kind.NOT_DUE: 1} == kinds(not_due, "list_interests")


def _whom(row: Row) -> dict[str, Any]:
    return {"list_id": row["list_id"], "member_id": row["id"]}


@pytest.mark.within
def test_news_of_a_campaign_and_its_deletion_are_no_loss(pair: Pair) -> None:
    sandbox = pair.sandbox
    added = sandbox.change("add_event")
    sandbox.change("delete_campaign", campaign_id=_other_than(pair, added["campaign_id"]))
    tables = ("reports_email_activity", "reports_sent_to")
    found = compared(pair, Level.KEYS, tables=tables)
    assert 0 == found.exit
    assert {Kind.NEW, Kind.KEPT} == kinds(found, "reports_email_activity").keys()
    assert {Kind.GONE} == kinds(found, "reports_sent_to").keys()
    after = repaired(pair, Level.KEYS, tables=tables)
    assert {"reports_email_activity": {Kind.KEPT}} == {
        n: set(k) for n, k in all_kinds(after).items()
    }


def _other_than(pair: Pair, campaign: str) -> str:
    rows = pair.sandbox.truth("reports_email_activity")
    return str(next(row["campaign_id"] for row in rows if row["campaign_id"] != campaign))


@pytest.mark.within
def test_silent_columns_are_told_apart(pair: Pair) -> None:
    pair.sandbox.change("set_rating")
    found = compared(pair, Level.ROWS, tables=("list_members",))
    assert (0, {}) == (found.exit, all_kinds(found))
    assert [1] == [table.silent for table in found.tables]


@pytest.mark.within
@DEEP
def test_members_without_a_time_of_change_are_compared_too(
    new_pair: Callable[..., Pair], level: Level
) -> None:
    pair = new_pair(**{**FEW, "audiences": 1}, members_without_last_changed=3, tables=MEMBERS)
    found = compared(pair, level, tables=("list_members",))
    assert (0, {}) == (found.exit, all_kinds(found))
    assert FEW["members"] == found.tables[0].theirs
    timeless = member(pair, lambda r: not r["last_changed"])
    remove(pair, "list_members", timeless)
    lost = compared(pair, level, tables=("list_members",))
    assert (1, {Kind.LOST: 1}) == (lost.exit, kinds(lost, "list_members"))
    after = repaired(pair, level, tables=("list_members",))
    assert (0, {}) == (after.exit, all_kinds(after))


@pytest.mark.within
@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize("answers", [False, True])
def test_a_contact_that_is_gone_is_told_where_mailchimp_does_not_take_its_id(
    new_pair: Callable[..., Pair], answers: bool, hashed: bool
) -> None:
    """It says as little as 404 does, and must not cost the whole audience its comparison."""
    pair = new_pair(**{**FEW, "audiences": 1}, tables=MEMBERS)
    chosen: dict[str, Any] = {"tables": MEMBERS}
    if hashed:
        selection = TableSelection(hashed=frozenset({"contact_id"}))
        chosen |= {"selections": {"list_members": selection}, "hash_salt": b"a salt of sixteen"}
    told = pair.sandbox.change("subscribe_by_phone")
    assert 0 == replicate(pair.sandbox, pair.replica, **chosen).exit
    pair.sandbox.advance(3600)
    pair.sandbox.change("delete_permanently", list_id=told["list_id"], member_id=told["id"])
    before = dict(pair.sandbox.metrics()["requests"])
    by_id = "/lists/{list_id}/members/{subscriber_hash}"
    if not answers:
        fault = {"kind": "problem", "title": "Bad Request", "times": None}
        pair.sandbox.faults([{**fault, "path": by_id}])
    found = compared(pair, Level.KEYS, **chosen)
    assert {Kind.GONE: 1} == kinds(found, "list_members")
    (one,) = [d for table in found.tables for d in table.differences]
    assert None is one.note  # no answer by id tells it
    asked = pair.sandbox.metrics()["requests"].get(by_id, 0) - before.get(by_id, 0)
    assert (0 if hashed else 1) == asked


@pytest.mark.within
def test_members_that_moved_in_time_over_many_pages_are_met_on_both_sides(
    new_pair: Callable[..., Pair],
) -> None:
    sizes = {"members": 5000, "audiences": 1, "campaigns": 1, "events": 10, "bulk_members": 1500}
    pair = new_pair(**sizes, tables=MEMBERS)
    sandbox = pair.sandbox
    for place, row in enumerate(sandbox.truth("list_members")[::625]):
        kind = "archive" if row["status"] == "subscribed" and place % 2 else "edit_merge_fields"
        sandbox.change(kind, **_whom(row))
    remove(pair, "list_members", member(pair, lambda r: r["status"] == "cleaned"))
    told: list[Event] = []
    request = request_for(sandbox, pair.replica, tables=("list_members",))
    found = reconcile(request, ports_of(pair, request).telling(told.append), Level.ROWS)
    why = kinds(found, "list_members")
    assert 1 == why.pop(Kind.LOST)
    assert 8 == sum(why.values())
    assert set(why) <= {Kind.CHANGED, Kind.ARCHIVED}
    assert 5000 == found.tables[0].theirs
    assert isinstance(told[0], ReconcileStarted)
    assert found.requests == pytest.approx(told[0].requests_expected, rel=0.4)


@pytest.mark.within
def test_a_new_merge_field_is_a_change_at_mailchimp(pair: Pair) -> None:
    pair.sandbox.change("add_merge_field", default_value="x")
    found = compared(pair, Level.ROWS, tables=("list_members", "list_segment_members"))
    assert (0, {Kind.CHANGED}) == (found.exit, set(kinds(found, "list_members")))
    assert {Kind.UNTOLD_CELL} == kinds(found, "list_segment_members").keys()


@pytest.mark.within
def test_who_joins_a_segment_as_somebody_leaves_is_no_loss(pair: Pair) -> None:
    sandbox, tables = pair.sandbox, ("list_members", "list_segment_members")
    (saved, name), *_ = _named_segments(pair)
    first, second = [
        {"list_id": saved["list_id"], "member_id": row["id"]}
        for row in sandbox.truth("list_members")
        if row["list_id"] == saved["list_id"] and row["status"] == "subscribed"
    ][:2]
    sandbox.change("edit_merge_fields", **first, values={"FNAME": name})
    assert 0 == replicate(sandbox, pair.replica, tables=tables).exit
    sandbox.advance(3600)
    sandbox.change("edit_merge_fields", **first, values={"FNAME": "Else"})
    sandbox.change("edit_merge_fields", **second, values={"FNAME": name})
    found = compared(pair, Level.KEYS, tables=tables)
    why = {Kind.REOPENED: 1, Kind.GONE: 1}
    assert (0, why) == (found.exit, kinds(found, "list_segment_members"))


@pytest.mark.within
def test_a_row_that_an_open_segment_lacks_may_be_lost(pair: Pair) -> None:
    """Whom it holds can change without a trace."""
    rated = {
        row["id"]
        for row in pair.sandbox.truth("list_segments")
        if row["type"] == "saved"
        and row["options__conditions"][0]["condition_type"] == "MemberRating"
    }
    rows = pair.sandbox.truth("list_segment_members")
    row = next(row for row in rows if int(row["segment_id"]) in rated)
    remove(pair, "list_segment_members", row)
    found = compared(pair, Level.KEYS)
    assert (1, {"list_segment_members": {Kind.UNTOLD_ROW: 1}}) == (found.exit, all_kinds(found))


def _named_segments(pair: Pair) -> list[tuple[Row, str]]:
    """Those whose members have a certain first name, and that name."""
    return [
        (row, condition["value"])
        for row in pair.sandbox.truth("list_segments")
        for condition in row.get("options__conditions") or ()
        if condition["condition_type"] == "TextMerge"
    ]


@pytest.mark.within
@DEEP
def test_the_scope_explains_what_it_leaves_out(
    sandbox: Sandbox, new_replica: Callable[[], Replica], level: Level
) -> None:
    pair = Pair(sandbox, new_replica())
    replicate(sandbox, pair.replica)
    sandbox.advance(3600)
    times = sorted(row["last_changed"] for row in sandbox.truth("list_members"))
    start = dt.date.fromisoformat(times[len(times) // 2][:10])
    found = compared(pair, level, start_date=start)
    assert 0 == found.exit
    assert {Kind.OUTSIDE} == kinds(found, "list_members").keys()
    assert {Kind.OUTSIDE} == kinds(found, "reports_email_activity").keys()
    assert {} == found.repairable
    strict = compared(
        pair,
        level,
        tables=("reports_email_activity",),
        activity_window_days=1,
        activity_window_strict=True,
    )
    assert 0 == strict.exit
    assert "outside the activity window" in heard(strict.tables[0].note)


@pytest.mark.within
def test_what_no_run_has_copied_is_told_as_such(
    sandbox: Sandbox, new_replica: Callable[[], Replica]
) -> None:
    pair = Pair(sandbox, new_replica())
    replicate(sandbox, pair.replica, tables=("lists",))
    found = compared(pair, Level.KEYS, tables=("lists", "list_members", "reports_sent_to"))
    assert 0 == found.exit
    assert {Kind.NOT_COPIED: FEW["members"]} == kinds(found, "list_members")
    assert {Kind.NOT_COPIED} == kinds(found, "reports_sent_to").keys()


@pytest.mark.within
def test_hashed_and_dropped_columns_are_compared_as_they_are_landed(
    sandbox: Sandbox, new_replica: Callable[[], Replica]
) -> None:
    pair = Pair(sandbox, new_replica())
    chosen: dict[str, Any] = {
        "selections": {
            "list_members": TableSelection(
                hashed=frozenset({"email_address"}), dropped=frozenset({"full_name"})
            )
        },
        "hash_salt": b"a salt of sixteen",
        "tables": ("list_members", "reports_sent_to", "list_segment_members"),
    }
    replicate(sandbox, pair.replica, **chosen)
    for level in (Level.KEYS, Level.ROWS):
        found = compared(pair, level, **chosen)
        assert (0, {}) == (found.exit, all_kinds(found))
    remove(pair, "list_members", pair.replica.live("list_members")[0])
    assert {"list_members": {Kind.LOST: 1}} == all_kinds(compared(pair, Level.ROWS, **chosen))
    assert {} == all_kinds(repaired(pair, Level.ROWS, **chosen))


@pytest.mark.within
def test_a_repair_reads_the_slices_that_differ_and_no_other(pair: Pair) -> None:
    audiences = [row["id"] for row in pair.sandbox.truth("lists")]
    lost = member(pair, lambda r: r["list_id"] == audiences[1])
    remove(pair, "list_members", lost)
    slices = compared(pair, Level.KEYS).repairable
    assert {"list_members": {audiences[1]}} == slices
    pair.sandbox.reset_metrics()
    replicate(pair.sandbox, pair.replica, tables=tuple(slices), reread=slices)
    read = {path.split("/")[2] for _, path, _ in pair.sandbox.requests() if "/members" in path}
    assert {audiences[1]} == read
    assert_true_to(pair.sandbox, pair.replica, stale=STALE)


@pytest.mark.within
def test_what_is_refused_is_named_and_the_others_are_compared(pair: Pair) -> None:
    pair.sandbox.role("viewer", refuse=["/reports"])
    found = compared(pair, Level.KEYS)
    assert 1 == found.exit
    assert ({"reports"} | descendants("reports")) & set(READ) == {
        name for name, why in all_kinds(found).items() if Kind.UNREAD in why
    }
    assert {} == kinds(found, "list_members")


@pytest.mark.within
def test_numbers_that_mailchimp_shows_otherwise_are_explained(pair: Pair) -> None:
    pair.sandbox.change("delete_permanently")
    replicate(pair.sandbox, pair.replica)
    found = compared(pair, Level.COUNTS)
    audience = pair.sandbox.truth("lists")[0]
    shown = audience["stats__member_count"]
    (note,) = [told for note in found.dashboard if audience["id"] in (told := heard(note))]
    assert f"Mailchimp shows {shown:,} contacts" in note
    assert "archived" in note


@pytest.mark.within
def test_ignored_deletions_stay_explained(pair: Pair) -> None:
    pair.sandbox.change("delete_permanently")
    replicate(pair.sandbox, pair.replica, deletes=Deletes.IGNORE)
    found = compared(pair, Level.KEYS, tables=("list_members",))
    assert (0, {Kind.GONE: 1}) == (found.exit, kinds(found, "list_members"))


# -- as typed -------------------------------------------------------------------------------------


class Shell:
    def __init__(self, pair: Pair, cwd: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._environ = {
            "CHIMPLINE_API_KEY": pair.sandbox.api_key,
            "CHIMPLINE_SLOTS_DIR": str(cwd / "slots"),
        }
        self._cwd = cwd
        self._capsys = capsys
        self._options = ("--api-root", pair.sandbox.api_root, "--to", pair.replica.url)

    def __call__(self, *words: str) -> tuple[int, list[str]]:
        self._capsys.readouterr()
        session = Session(environ=self._environ, cwd=self._cwd)
        status = main(["reconcile", *words, *self._options], session)
        told = self._capsys.readouterr()
        assert status < 3, told.err
        return status, told.out.splitlines()


@pytest.fixture
def typed(pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(pair, tmp_path, capsys)


def test_the_command_tells_the_cost_the_reasons_and_what_to_type_next(
    pair: Pair, typed: Shell
) -> None:
    status, lines = typed("--tables", ",".join(READ))
    assert 0 == status
    assert f"Comparing the counts of {len(READ)} tables. This takes about" in lines[0]
    assert "Everything that was compared is equal. The comparison took" in lines[-1]
    lost = member(pair, lambda r: r["status"] == "cleaned")
    pair.replica.execute(f"DELETE FROM {DATASET}.list_members WHERE id = '{lost['id']}'")
    status, lines = typed("--level", "keys", "--tables", "list_members")
    assert 1 == status
    names = {row["id"]: row["name"] for row in pair.sandbox.truth("lists")}
    where = f"audience {lost['list_id']} ({names[lost['list_id']]})"
    assert any(f"list_members of {where}: 1 lost" in line for line in lines)
    assert any(lost["id"] in line for line in lines)
    assert "--repair" in lines[-1]
    status, lines = typed("--level", "keys", "--tables", "list_members", "--repair")
    assert 0 == status
    assert "Reading what differs again." in lines
    assert "Everything that was compared is equal." in lines[-1]
    assert_true_to(pair.sandbox, pair.replica, stale=STALE)


def test_as_json_every_line_is_an_object_and_the_last_tells_the_exit(
    pair: Pair, typed: Shell
) -> None:
    pair.replica.execute(f"DELETE FROM {DATASET}.unsubscribes")
    status, lines = typed("--json", "--level", "rows", "--tables", "unsubscribes", "--repair")
    told = [json.loads(line) for line in lines]
    assert 0 == status
    names = [line["event"] for line in told]
    assert ("reconcile_started", "reconcile_finished") == (names[0], names[-1])
    assert {"difference", "table_reconciled", "run_started", "run_finished"} <= set(names)
    lost = [line for line in told if line["event"] == "difference"]
    assert {True} == {line["loss"] for line in lost}
    assert (0, 0) == (told[-1]["exit"], told[-1]["losses"])


@pytest.mark.within
def test_without_a_copy_there_is_nothing_to_compare(
    sandbox: Sandbox, new_replica: Callable[[], Replica]
) -> None:
    with refused(UserError, "There is no copy in"):
        compared(Pair(sandbox, new_replica()), Level.COUNTS)


@pytest.mark.within
def test_a_copy_of_another_account_is_refused(pair: Pair) -> None:
    with (
        Sandbox.start(members=3, campaigns=0, events=0, seed=99) as other,
        refused(WrongAccount, pair.sandbox.account_id),
    ):
        compared(Pair(other, pair.replica), Level.COUNTS)


def test_a_level_that_does_not_exist_is_refused(typed: Shell) -> None:
    assert 2 == typed("--level", "cells")[0]
