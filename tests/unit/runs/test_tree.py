"""What becomes of one slice, by its parent's row, the books and what is asked: every way it can go.

And how the tables hang together that are walked.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from chimpline.api.sign_in.credentials import Credential
from chimpline.catalog.row import Gate, Refresh, T
from chimpline.catalog.rows import ROWS
from chimpline.catalog.rows.reports import NEWS
from chimpline.catalog.tables import descendants, made_of, tables
from chimpline.evidence import GateValues
from chimpline.extract.plan import gate, kept_columns
from chimpline.message import Message
from chimpline.model import SliceRecord, SliceState
from chimpline.runs.request import RunRequest
from chimpline.runs.tree import Decision, IfMoved, Leave, LeftOut, Parent, Read, Tree, Why, decide
from chimpline.state.bookmarks import COMPLETE, IN_PROGRESS, Bookmarks

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
BOUNCES = ("bounces__hard_bounces", "bounces__soft_bounces")
MADE_UP = (
    T("list_member_notes", "/lists/{list_id}/members/{subscriber_hash}/notes", "id", Refresh()),
    T("reports_click_details", "/reports/{campaign_id}/click-details", "id", Refresh(), gate=NEWS),
    T("reports_link_clickers", "/reports/{campaign_id}/click-details/{link_id}/members", "email_id",
      Refresh(), gate=Gate("reports_click_details", ("total_clicks",))),
)  # fmt: skip
OTHERS = tuple(row for row in ROWS if row.path not in {made.path for made in MADE_UP})
CATALOG = made_of((*OTHERS, *MADE_UP))
ALL = Tree(CATALOG, CATALOG, CATALOG)
RIDERS = [table.name for table in ALL.riders(CATALOG["list_members"])]


def asked(**chosen: Any) -> RunRequest:
    return RunRequest(
        pipeline="test",
        credential=Credential("0" * 32 + "-us1", is_api_key=True),
        destination="memory://",
        dataset="mailchimp",
        state_dir=Path("state"),
        **chosen,
    )


def report(**counters: Any) -> Parent:
    rest = dict.fromkeys(kept_columns(CATALOG["reports"]))
    row = {**rest, "id": "c1", "list_id": "l1", "send_time": NOON - 3 * DAY, **counters}
    return Parent(("c1",), row, "l1")


def line(table: str, above: Parent, **told: Any) -> SliceRecord:
    """What the ledger holds of a slice; proven a day ago unless told otherwise."""
    by = CATALOG[table].row.gate
    cells: dict[str, Any] = {
        "run_id": "r1",
        "table_name": table,
        "parent_key": above.key,
        "ask": "",
        "since": None,
        "until": NOON - DAY,
        "state": SliceState.PROVEN,
        "proof": "walked",
        "evidence": gate(by, above.row) if by else None,
        "rows": 5,
        "requests": 1,
        **told,
    }
    return SliceRecord(**cells)


def decided(
    table: str,
    above: Parent,
    *lines: SliceRecord,
    tree: Tree = ALL,
    reopened: bool = False,
    **chosen: Any,
) -> Decision:
    books, child = Bookmarks(lines, NOON), tree.tables[table]
    return decide(child, above, books, asked(**chosen), tree=tree, now=NOON, reopened=reopened)


# -- without a gate -------------------------------------------------------------------------------

AUDIENCE = Parent(("l1",), {"id": "l1", "stats__member_count": 7}, "l1")


def test_what_nothing_tells_of_is_read_by_every_run() -> None:
    books = line("list_segments", AUDIENCE)
    assert Read(Why.EVERY_RUN) == decided("list_segments", AUDIENCE, books)


def test_what_the_parent_expects_is_told() -> None:
    assert Read(Why.NEW, 12) == decided("list_segment_members", segment())


# -- below some rows only -------------------------------------------------------------------------


@pytest.mark.parametrize("tags", [50, 51, None, "60"])
def test_the_tags_of_a_member_who_may_have_more_than_are_shown_are_read(tags: object) -> None:
    member = Parent(("l1", "m1"), {"last_changed": "", "tags_count": tags}, "l1")
    decision = decided("list_member_all_tags", member)
    assert isinstance(decision, Read)
    assert Why.NEW is decision.why


@pytest.mark.parametrize("tags", [0, 1, 49])
def test_the_tags_of_a_member_who_shows_them_all_are_not_asked_for(tags: int) -> None:
    member = Parent(("l1", "m1"), {"last_changed": "", "tags_count": tags}, "l1")
    for anew in (False, True):
        found = decided("list_member_all_tags", member, full_refresh=anew)
        assert Leave(wanted=False) == found


# -- segments -------------------------------------------------------------------------------------


def segment(**told: Any) -> Parent:
    rest = dict.fromkeys(kept_columns(CATALOG["list_segments"]))
    row = {**rest, "list_id": "l1", "id": 7, "type": "static", "member_count": 12, **told}
    return Parent(("l1", "7"), row, "l1")


def in_segment(above: Parent, known: Parent, hours: int = 23, **chosen: Any) -> Decision:
    """What becomes of its members, who were read so many hours ago as members of `known`."""
    until = NOON - dt.timedelta(hours=hours)
    books = line("list_segment_members", known, until=until)
    return decided("list_segment_members", above, books, **chosen)


def test_a_segment_is_left_alone_while_no_member_moves_and_its_record_stays() -> None:
    expected = IfMoved(Read(Why.AUDIENCE, 12), proven=NOON - dt.timedelta(hours=23))
    assert expected == in_segment(segment(), segment())


@pytest.mark.parametrize(
    "told",
    [
        {"member_count": 13},
        {"updated_at": "2026-11-23T11:00:00+00:00"},
        {"options__match": "any"},
        {"options__conditions": [{"condition_type": "TextMerge"}]},
    ],
    ids=lambda told: next(iter(told)),
)
def test_a_segment_is_read_when_its_record_changed(told: dict[str, Any]) -> None:
    expected = Read(Why.MOVED, told.get("member_count", 12))
    assert expected == in_segment(segment(**told), segment())


def test_a_segment_is_read_once_a_day_and_whenever_it_can_change_without_a_trace() -> None:
    assert Read(Why.DUE, 12) == in_segment(segment(), segment(), hours=24)
    stars = segment(type="saved", options__conditions=[{"condition_type": "MemberRating"}])
    assert Read(Why.OPEN, 12) == in_segment(stars, stars)


def test_a_segment_found_empty_against_its_record_is_read_by_every_run() -> None:
    table = "list_segment_members"
    by = CATALOG[table].row.gate
    assert by is not None
    noted = dataclasses.replace(gate(by, segment().row), records=12)
    empty = line(table, segment(), until=NOON - dt.timedelta(hours=1), rows=0, evidence=noted)
    assert Read(Why.SEEN_EMPTY, 12) == decided(table, segment(), empty)
    nobody = dataclasses.replace(empty, evidence=dataclasses.replace(noted, records=0))
    assert isinstance(decided(table, segment(), nobody), IfMoved)
    stars = segment(type="saved", options__conditions=[{"condition_type": "MemberRating"}])
    noted, until = dataclasses.replace(gate(by, stars.row), records=12), NOON - 60 * SECOND
    within = dataclasses.replace(empty, parent_key=stars.key, evidence=noted, until=until)
    assert Read(Why.SEEN_EMPTY, 12) == decided(table, stars, within)  # and within the hour


def test_every_segment_is_read_where_that_is_asked_for() -> None:
    expected = Read(Why.ASKED, 12)
    assert expected == in_segment(segment(), segment(), segments_every_run=True)


# -- what is asked for ----------------------------------------------------------------------------


def test_of_a_repair_only_the_slices_that_are_named_are_read() -> None:
    chosen: dict[str, Any] = {"reread": {"unsubscribes": frozenset({"c1"})}}
    assert Read(Why.REPAIR, 0) == decided("unsubscribes", report(), **chosen)
    other = Parent(("c2",), report().row, "l1")
    assert Leave(wanted=False) == decided("unsubscribes", other, **chosen)


def test_where_one_slice_below_a_member_is_repaired_its_audience_is_only_listed() -> None:
    chosen: dict[str, Any] = {"reread": {"list_member_notes": frozenset({"l1/m1"})}}
    assert Read(Why.HOLDS, 7) == decided("list_members", AUDIENCE, **chosen)
    audience = Parent(("l2",), AUDIENCE.row, "l2")
    assert Leave(wanted=False) == decided("list_members", audience, **chosen)


def test_a_refused_table_is_left_out_with_all_that_hangs_below_it() -> None:
    tree, no = Tree(CATALOG, CATALOG, CATALOG), Message("no-no")
    tree.refuse(CATALOG["list_members"], no)
    below = Message.of("refused-above", above="list_members", why=no)
    of_members = {table.name for table in descendants(CATALOG["list_members"], CATALOG)}
    assert {"list_member_notes", *RIDERS} <= of_members
    assert {"list_members": no} | dict.fromkeys(of_members, below) == tree.refused
    assert Leave(wanted=False) == decided("list_members", AUDIENCE, tree=tree)
    assert Read(Why.EVERY_RUN) == decided("list_segments", AUDIENCE, tree=tree)


# -- gates ----------------------------------------------------------------------------------------


def test_a_gate_at_rest_leaves_a_slice_as_it_is_with_what_was_left_out_of_it() -> None:
    known = line("reports_sent_to", report())
    assert Leave(wanted=True) == decided("reports_sent_to", report(), known)
    assert isinstance(known.evidence, GateValues)
    told = dataclasses.replace(known.evidence, left_out=9)
    known = line("reports_sent_to", report(), evidence=told)
    assert Leave(wanted=True, left_out=9) == decided("reports_sent_to", report(), known)


def test_a_gate_that_moved_opens_its_slice() -> None:
    known = line("reports_sent_to", report())
    moved = report(emails_sent=4)
    assert Read(Why.MOVED, 4) == decided("reports_sent_to", moved, known)


def test_a_slice_that_is_not_proven_is_read() -> None:
    assert Read(Why.NEW, 0) == decided("reports_sent_to", report())
    for state in (SliceState.STALE, SliceState.UNPROVEN):
        known = line("reports_sent_to", report(), state=state)
        assert Read(Why.UNPROVEN, 0, (known,)) == decided("reports_sent_to", report(), known)


@pytest.mark.parametrize(("age", "due"), [(WEEK, True), (WEEK - SECOND, False)])
def test_the_complete_read_is_due_when_its_time_is_over(age: dt.timedelta, *, due: bool) -> None:
    known = line("reports_sent_to", report(), until=NOON - age)
    expected = Read(Why.DUE, 0) if due else Leave(wanted=True)
    assert expected == decided("reports_sent_to", report(), known)


def test_whoever_asks_for_all_of_it_anew_gets_it() -> None:
    known = line("reports_sent_to", report())
    assert Read(Why.FULL_REFRESH, 0) == decided(
        "reports_sent_to", report(), known, full_refresh=True
    )


def test_what_may_hold_somebody_who_was_buried_is_read() -> None:
    known = line("reports_sent_to", report())
    assert Read(Why.REOPENED, 0) == decided("reports_sent_to", report(), known, reopened=True)


@pytest.mark.parametrize(
    ("start", "reads"),
    [
        (None, True),  # it was given up
        (dt.date(2026, 6, 1), False),
        (dt.date(2026, 5, 31), True),
        (dt.date(2026, 6, 2), False),
    ],
)
def test_an_earlier_start_date_reads_events_again(start: dt.date | None, *, reads: bool) -> None:
    since = asked(start_date=dt.date(2026, 6, 1)).floor
    known = [line(n, report(), since=since) for n in ("reports_email_activity", "reports_sent_to")]
    decision = decided("reports_email_activity", report(), *known, start_date=start)
    assert (Read(Why.EARLIER_START, 0) if reads else Leave(wanted=True)) == decision
    # A start date trims nothing else.
    assert Leave(wanted=True) == decided("reports_sent_to", report(), *known, start_date=start)


def test_a_start_date_after_a_read_without_one_reads_nothing_again() -> None:
    known = line("reports_email_activity", report())
    decision = decided("reports_email_activity", report(), known, start_date=dt.date(2026, 6, 1))
    assert Leave(wanted=True) == decision


# -- stopped reads --------------------------------------------------------------------------------


def begun(table: str, **told: Any) -> SliceRecord:
    cells: dict[str, Any] = {"state": SliceState.UNPROVEN, "proof": IN_PROGRESS, **told}
    return line(table, report(), **cells)


def test_what_a_stopped_run_began_is_read_on_whatever_its_gate_says() -> None:
    before = line("reports_sent_to", report(), until=NOON - 2 * DAY)
    now = begun("reports_sent_to")
    assert Read(Why.UNPROVEN, 0, (now,)) == decided("reports_sent_to", report(), before, now)
    # A proof that came after it leaves nothing unfinished.
    after = line("reports_sent_to", report(), until=NOON - SECOND)
    assert Leave(wanted=True) == decided("reports_sent_to", report(), now, after)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (Why.FULL_REFRESH, {"full_refresh": True}),
        (Why.REPAIR, {"reread": {"reports_sent_to": frozenset({"c1"})}}),
        (Why.REOPENED, {"reopened": True}),
        (Why.UNPROVEN, {"complete_read_every": DAY}),
    ],
)
def test_what_is_to_be_read_whole_builds_on_no_stopped_read(why: Why, told: dict[str, Any]) -> None:
    decision = decided("reports_sent_to", report(), begun("reports_sent_to"), **told)
    assert Read(why, 0) == decision


# -- activity windows -----------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "inside"), [(3 * DAY, True), (3 * DAY + SECOND, False)])
def test_events_of_campaigns_sent_before_the_window_are_left_out(
    age: dt.timedelta, *, inside: bool
) -> None:
    old = report(send_time=NOON - age, opens__opens_total=8, **dict.fromkeys(BOUNCES, 1))
    decision = decided("reports_email_activity", old, activity_window_days=3)
    assert (Read(Why.NEW, 0) if inside else LeftOut(10)) == decision
    assert Read(Why.NEW, 0) == decided("reports_sent_to", old, activity_window_days=3)


@pytest.mark.parametrize("state", SliceState)
@pytest.mark.parametrize("strict", [False, True])
def test_outside_the_window_what_has_landed_is_followed_unless_it_is_strict(
    state: SliceState, *, strict: bool
) -> None:
    known = line("reports_email_activity", report(), state=state)
    moved = report(opens__opens_total=8)
    chosen: dict[str, Any] = {
        "activity_window_days": 1,
        "activity_window_strict": strict,
        "full_refresh": True,
    }
    decision = decided("reports_email_activity", moved, known, **chosen)
    assert (LeftOut(8) if strict else Read) == (decision if strict else type(decision))


# -- what holds others ----------------------------------------------------------------------------


def test_a_gated_slice_that_others_hang_below_is_read_whole_whatever_its_gate_says() -> None:
    known, now = line("reports_click_details", report()), begun("reports_click_details")
    assert Read(Why.HOLDS) == decided("reports_click_details", report(), known)
    assert Read(Why.HOLDS) == decided("reports_click_details", report(), now)
    alone = Tree(CATALOG, {"reports", "reports_click_details"}, {"reports_click_details"})
    assert Leave(wanted=True) == decided("reports_click_details", report(), known, tree=alone)


# -- members --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "why"), [(WEEK, Why.DUE), (WEEK - SECOND, Why.CHANGES), (None, Why.NEW)]
)
def test_members_are_read_whole_at_first_and_once_a_week(
    age: dt.timedelta | None, why: Why
) -> None:
    known = [
        line(name, AUDIENCE, ask=COMPLETE, until=NOON - age)
        for name in ("list_members", *RIDERS)
        if age is not None
    ]
    assert Read(why, 7) == decided("list_members", AUDIENCE, *known)
    assert Read(Why.FULL_REFRESH, 7) == decided("list_members", AUDIENCE, *known, full_refresh=True)


def test_members_are_read_whole_for_what_was_not_read_along() -> None:
    """A window of a later run is lacking as well: what changed in it was read without."""
    whole = [line(n, AUDIENCE, ask=COMPLETE) for n in ("list_members", *RIDERS)]
    window = {"since": NOON - DAY, "until": NOON - SECOND}
    later = [line(name, AUDIENCE, **window) for name in ("list_members", *RIDERS)]
    assert Read(Why.CHANGES, 7) == decided("list_members", AUDIENCE, *whole, *later)
    assert Read(Why.ALONE, 7) == decided("list_members", AUDIENCE, *whole, *later[:-1])
    assert Read(Why.ALONE, 7) == decided("list_members", AUDIENCE, *whole[:-1], *later)
    # What nobody wants to land is not asked for.
    alone = Tree(CATALOG, {"lists", "list_members"}, {"list_members"})
    assert Read(Why.CHANGES, 7) == decided("list_members", AUDIENCE, whole[0], tree=alone)


def test_members_that_are_not_landed_are_listed_for_what_hangs_below_them() -> None:
    notes = Tree(CATALOG, {"lists", "list_members", "list_member_notes"}, {"list_member_notes"})
    assert Read(Why.HOLDS, 7) == decided("list_members", AUDIENCE, tree=notes)


# -- the tree -------------------------------------------------------------------------------------


def test_the_roots_are_the_tables_without_a_parent_that_are_walked() -> None:
    roots = [table.name for table in ALL.roots]
    assert [table.name for table in tables().values() if table.parent is None] == roots
    few = Tree(CATALOG, {"lists", "list_segments"}, {"list_segments"})
    assert (["lists"], ["list_segments"]) == (
        [table.name for table in few.roots],
        [table.name for table in few.children(CATALOG["lists"])],
    )
    assert (True, False) == (few.holds(CATALOG["lists"]), few.holds(CATALOG["list_segments"]))


def test_rows_are_parents_by_their_whole_key_and_of_the_audience_that_they_or_theirs_tell() -> None:
    (above,) = ALL.parents(CATALOG["lists"], [{"id": "l 1"}])
    assert (("l 1",), "l%201", "l 1") == (above.values, above.key, above.audience)
    (segment,) = ALL.parents(CATALOG["list_segments"], [{"list_id": "l 1", "id": 7}], above)
    assert (("l 1", "7"), "l 1") == (segment.values, segment.audience)
    link = {"campaign_id": "c1", "id": "k1"}
    (below,) = ALL.parents(CATALOG["reports_click_details"], [link], report())
    assert (("c1", "k1"), "l1") == (below.values, below.audience)
