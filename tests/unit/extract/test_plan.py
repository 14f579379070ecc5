"""What parents tell of their children: what to read, whether there is news, how much it will be."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from chimpline.catalog.rows.reports import NEWS
from chimpline.catalog.tables import select, tables
from chimpline.evidence import Definitions, Evidence, GateValues, from_json, to_json
from chimpline.extract import plan
from chimpline.extract.audience_view import audience_view
from chimpline.load.contract import ViewColumn
from chimpline.model import ColumnType
from chimpline.sandbox.tables import TABLES

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


# -- tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selected", "needed"),
    [
        (("lists",), {"lists"}),
        (("unsubscribes",), {"unsubscribes", "reports"}),
        (("list_interests",), {"list_interests", "list_interest_categories", "lists"}),
        (("list_segment_members",), {"list_segment_members", "list_segments", "lists"}),
        (
            ("list_members",),
            {
                "list_members",
                "lists",
                "list_merge_fields",
                "list_interest_categories",
                "list_interests",
                "list_segments",
            },
        ),
        ((), set()),
    ],
)
def test_a_table_needs_its_ancestors_and_members_their_definitions(
    selected: tuple[str, ...], needed: set[str]
) -> None:
    assert needed == plan.needed(select(selected))


def test_children_are_the_tables_right_below() -> None:
    below = {table.name for table in TABLES.values() if table.below is TABLES["lists"]}
    assert below == {table.name for table in plan.children(tables()["lists"])}
    assert "list_interest_categories" in below


@pytest.mark.parametrize("name", tables())
def test_kept_columns_are_columns_and_hold_the_key(name: str) -> None:
    table = tables()[name]
    kept = plan.kept_columns(table)
    assert len(set(kept)) == len(kept)
    assert set(table.schema.primary_key) <= set(kept)
    assert set(kept) <= {column.name for column in table.schema.columns}


def test_a_name_is_kept_where_other_tables_lie_below() -> None:
    called = {name: plan.naming_column(table) for name, table in tables().items()}
    called = {name: column for name, column in called.items() if column}
    assert {"lists": "name", "reports": "campaign_title"}.items() <= called.items()
    kept = {name for name, column in called.items() if column in plan.kept_columns(tables()[name])}
    assert {name for name in called if plan.children(tables()[name])} == kept


def test_an_audience_is_told_by_its_id_and_else_by_the_column_of_it() -> None:
    row = {"id": "own", "list_id": "audience"}
    told = {name: plan.audience_of(tables()[name], row) for name in ("lists", "reports")}
    assert {"lists": "own", "reports": "audience"} == told
    assert plan.audience_of(tables()["automations"], {"id": "own"}) is None


# -- gates ---------------------------------------------------------------------------------------


def report(**counters: Any) -> dict[str, Any]:
    """A report's kept columns, all of them at rest."""
    rest = dict.fromkeys(plan.kept_columns(tables()["reports"]))
    return {**rest, "id": "c1", "send_time": NOON, **counters}


def test_the_gate_holds_every_counter_and_date_that_moves_with_news() -> None:
    assert {
        "list_is_active",
        "emails_sent",
        "abuse_reports",
        "unsubscribed",
        "rss_last_send",
        "bounces__hard_bounces",
        "bounces__soft_bounces",
        "bounces__syntax_errors",
        "forwards__forwards_count",
        "forwards__forwards_opens",
        "opens__opens_total",
        "opens__proxy_excluded_opens",
        "opens__unique_opens",
        "opens__proxy_excluded_unique_opens",
        "opens__open_rate",
        "opens__proxy_excluded_open_rate",
        "opens__last_open",
        "clicks__clicks_total",
        "clicks__unique_clicks",
        "clicks__unique_subscriber_clicks",
        "clicks__click_rate",
        "clicks__last_click",
    } == plan.gate(NEWS, report()).values.keys()


@pytest.mark.parametrize(
    ("counter", "value"),
    [
        ("opens__opens_total", 5),
        ("opens__last_open", NOON),
        ("clicks__last_click", NOON),
        ("unsubscribed", 0),
        ("bounces__soft_bounces", 1),
        ("emails_sent", 3),
    ],
)
def test_any_difference_opens_the_gate(counter: str, value: Any) -> None:
    assert plan.gate(NEWS, report()) != plan.gate(NEWS, report(**{counter: value}))


def test_the_gate_ignores_what_moves_without_news() -> None:
    later = report(send_time=NOON + DAY, list_stats__open_rate=1.0, industry_stats__open_rate=2.0)
    assert plan.gate(NEWS, report()) == plan.gate(NEWS, later)


def test_a_gate_comes_back_from_the_ledgers_json_unchanged() -> None:
    gate = plan.gate(NEWS, report(opens__last_open=NOON, opens__open_rate=0.1, emails_sent=7))
    assert gate == from_json(json.loads(json.dumps(to_json(gate))))


# -- expectations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "parent", "rows"),
    [
        (
            "list_members",
            {
                "stats__member_count": 5,
                "stats__unsubscribe_count": 3,
                "stats__cleaned_count": None,
            },
            8,
        ),
        ("list_members", {}, 0),
        ("list_segment_members", {"member_count": 4}, 4),
        ("reports_email_activity", {"emails_sent": 6}, 6),
        ("reports_sent_to", {"emails_sent": None}, 0),
        ("unsubscribes", {"unsubscribed": 2}, 2),
        ("list_merge_fields", {"stats__merge_field_count": 9}, None),
        ("lists", {}, None),
    ],
)
def test_a_parent_tells_how_many_records_a_slice_will_hold(
    table: str, parent: dict[str, Any], rows: int | None
) -> None:
    assert rows == plan.expected_rows(tables()[table], parent)


def test_a_campaigns_events_are_opens_clicks_and_bounces() -> None:
    counted = report(
        opens__opens_total=10,
        clicks__clicks_total=4,
        bounces__hard_bounces=2,
        bounces__soft_bounces=1,
        unsubscribed=99,
    )
    assert (17, 0) == (plan.activity_of(counted), plan.activity_of(report()))


@pytest.mark.parametrize(
    ("sent", "days", "inside"),
    [
        (NOON - 7 * DAY, 7, True),
        (NOON - 7 * DAY - dt.timedelta(seconds=1), 7, False),
        (NOON + DAY, 7, True),
        (NOON - 9999 * DAY, 0, True),
        (None, 0, True),
        (None, 7, False),
    ],
)
def test_the_activity_window_is_of_campaigns_sent_within_it(
    sent: dt.datetime | None, days: int, inside: bool
) -> None:
    assert inside == plan.in_activity_window(report(send_time=sent), days, NOON)


# -- definitions ---------------------------------------------------------------------------------

FIELDS = [
    {"merge_id": 1, "tag": "FNAME", "type": "text", "name": "First"},
    {"merge_id": 2, "tag": "BDAY", "type": "birthday", "name": "Birthday"},
]
INTERESTS = [{"id": "i1", "name": "Tea"}, {"id": "i2", "name": "Coffee"}]
SEGMENTS = [
    {"id": 7, "type": "static", "name": "vip"},
    {"id": 8, "type": "static", "name": "new"},
    {"id": 9, "type": "saved", "name": "recent"},
]
BEFORE = plan.definitions(FIELDS, INTERESTS, SEGMENTS)


def changed(
    fields: list[dict[str, Any]] = FIELDS,
    interests: list[dict[str, Any]] = INTERESTS,
    segments: list[dict[str, Any]] = SEGMENTS,
) -> bool:
    return plan.definitions_changed(
        from_json(json.loads(json.dumps(to_json(BEFORE)))),
        plan.definitions(fields, interests, segments),
    )


def test_the_same_definitions_in_another_order_are_no_change() -> None:
    assert not changed()
    assert not changed(FIELDS[::-1], INTERESTS[::-1], SEGMENTS[::-1])


def test_a_field_that_comes_goes_or_changes_type_or_tag_is_a_change() -> None:
    assert changed(fields=FIELDS[:1])
    assert changed(fields=[*FIELDS, {"merge_id": 3, "tag": "X", "type": "text"}])
    assert changed(fields=[FIELDS[0], {**FIELDS[1], "type": "date"}])
    assert changed(fields=[FIELDS[0], {**FIELDS[1], "tag": "BIRTHDAY"}])


def test_fields_of_one_id_of_which_one_has_no_tag_or_type_can_be_compared() -> None:
    odd = [FIELDS[0], {**FIELDS[0], "tag": None}, {**FIELDS[0], "type": None}]
    assert changed(fields=odd)
    assert plan.definitions(odd, [], []) == plan.definitions(odd[::-1], [], [])


def test_an_interest_that_comes_or_goes_is_a_change() -> None:
    assert changed(interests=INTERESTS[1:])
    assert changed(interests=[*INTERESTS, {"id": "i3", "name": "Milk"}])


def test_a_tag_that_goes_or_is_renamed_is_a_change() -> None:
    assert changed(segments=SEGMENTS[1:])
    assert changed(segments=[{**SEGMENTS[0], "name": "VIP"}, *SEGMENTS[1:]])


def test_what_moves_no_members_row_is_no_change() -> None:
    assert not changed(segments=[*SEGMENTS, {"id": 10, "type": "static", "name": "newer"}])
    assert not changed(segments=SEGMENTS[:2])
    assert not changed(fields=[{**FIELDS[0], "name": "Given name"}, FIELDS[1]])
    assert not changed(interests=[{**INTERESTS[0], "name": "Green tea"}, INTERESTS[1]])


@pytest.mark.parametrize("before", [None, GateValues({}), Definitions("x", {})])
def test_without_a_memory_everything_is_a_change(before: Evidence | None) -> None:
    assert plan.definitions_changed(before, BEFORE)


# -- the view of an audience ---------------------------------------------------------------------


def test_a_view_has_the_members_columns_then_merge_tags_then_interests() -> None:
    members = tables()["list_members"]
    fields: list[plan.Row] = [
        {"tag": "ZIP", "type": "zip", "display_order": 2},
        {"tag": "AGE", "type": "number", "display_order": None},
        {"tag": "HOME", "type": "address", "display_order": 2},
        {"tag": "SINCE", "type": "date", "display_order": 3},
    ]
    interests: list[tuple[plan.Row, plan.Row]] = [
        ({"title": "Drinks"}, {"id": "i1", "name": "Tea"})
    ]
    view = audience_view(members, "abc", fields, interests)
    own = [
        ViewColumn(c.name, c.name)
        for c in members.schema.columns
        if c.name not in ("merge_fields", "interests", "_extra")
    ]
    assert [
        *own,
        ViewColumn("AGE", "merge_fields", key="AGE", type=ColumnType.DOUBLE),
        ViewColumn("HOME", "merge_fields", key="HOME", type=ColumnType.JSON),
        ViewColumn("ZIP", "merge_fields", key="ZIP", type=ColumnType.TEXT),
        ViewColumn("SINCE", "merge_fields", key="SINCE", type=ColumnType.TIMESTAMP, is_date=True),
        ViewColumn("Drinks__Tea", "interests", key="i1", type=ColumnType.BOOLEAN),
    ] == list(view.columns)
    assert ("list_members__abc", "list_members") == (view.name, view.table)
    assert (("list_id", "abc"),) == view.where


@pytest.mark.parametrize("order", [None, "first", "", [1], True, 2.5])
def test_a_view_has_every_field_with_a_tag_whatever_its_place(order: Any) -> None:
    fields = [
        {"tag": "AGE", "type": "number", "display_order": 1},
        {"tag": "ODD", "type": None, "display_order": order},
        {"tag": "ODDER", "type": "[]", "display_order": "last"},
        {"tag": None, "type": "text", "display_order": 3},
        {"tag": "", "type": "text", "display_order": 3},
    ]
    view = audience_view(tables()["list_members"], "abc", fields, [])
    typed = {column.name for column in view.columns if column.source == "merge_fields"}
    assert {"AGE", "ODD", "ODDER"} == typed
