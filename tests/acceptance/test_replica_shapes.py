"""Records that do not look as the specification says, and the columns that users make up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from chimpline.runs.report.events import Event, Notice
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES
from tests.acceptance.replica import (
    ALL,
    DATASET,
    Pair,
    Replica,
    Row,
    assert_true_to,
    changes_of,
    key_of,
    replicate,
)
from tests.words import heard

pytestmark = pytest.mark.either_engine

AT_ONCE = dt.timedelta(0)
ABOUT = (
    *("lists", "list_merge_fields", "list_interest_categories", "list_interests"),
    *("list_members", "campaigns"),
)
"""What a view of an audience is made of, and one table beside it."""

# As information_schema names them, in DuckDB and in PostgreSQL.
TEXT = ("varchar", "text")
NUMBER = ("double", "double precision")
TYPES = {"number": NUMBER, "address": ("json", "jsonb"), "date": ("date",)}


def view_of(replica: Replica, list_id: str) -> list[Row]:
    return replica.query(f'SELECT * FROM {DATASET}."list_members__{list_id}"')


def types_of(replica: Replica, list_id: str) -> dict[str, str]:
    rows = replica.query(
        "SELECT column_name, data_type FROM information_schema.columns "
        f"WHERE table_schema = '{DATASET}' AND table_name = 'list_members__{list_id}'"
    )
    return {row["column_name"]: row["data_type"].lower() for row in rows}


def members_of(sandbox: Sandbox, list_id: str) -> dict[str, Row]:
    return {r["id"]: r for r in sandbox.truth("list_members") if r["list_id"] == list_id}


def test_each_audience_has_a_view_with_its_own_typed_columns(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    for audience in sandbox.truth("lists"):
        members = members_of(sandbox, audience["id"])
        rows = {row["id"]: row for row in view_of(replica, audience["id"])}
        assert members.keys() == rows.keys()
        types = types_of(replica, audience["id"])
        fields = [f for f in sandbox.truth("list_merge_fields") if f["list_id"] == audience["id"]]
        assert fields
        for field in fields:
            tag = field["tag"]
            assert types[tag] in TYPES.get(field["type"], TEXT)
            for member_id, member in members.items():
                value = member["merge_fields"][tag]
                if field["type"] in ("number", "date") and value == "":
                    value = None
                assert value == rows[member_id][tag]


def test_interests_are_columns_by_name(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    categories = {row["id"]: row for row in sandbox.truth("list_interest_categories")}
    interests = sandbox.truth("list_interests")
    assert interests
    for interest in interests:
        category = categories[interest["interest_category_id"]]
        column = f"{category['title']}__{interest['name']}"
        members = members_of(sandbox, interest["list_id"])
        for row in view_of(replica, interest["list_id"]):
            assert members[row["id"]]["interests"][interest["id"]] is row[column]


def test_a_new_merge_field_is_a_column_of_its_audience_only(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    first, second = (row["id"] for row in sandbox.truth("lists")[:2])
    sandbox.change("add_merge_field", list_id=first, tag="SHOE", field_type="number")
    sandbox.change("add_merge_field", list_id=second, tag="SHOE", field_type="text")
    member = next(iter(members_of(sandbox, first)))
    sandbox.change("edit_merge_fields", list_id=first, member_id=member, values={"SHOE": 43.5})
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    assert types_of(replica, first)["SHOE"] in NUMBER
    assert types_of(replica, second)["SHOE"] in TEXT
    shoes = {row["id"]: row["SHOE"] for row in view_of(replica, first)}
    assert 43.5 == shoes.pop(member)
    assert {None} == set(shoes.values())
    assert {""} == {row["SHOE"] for row in view_of(replica, second)}
    assert "SHOE" not in types_of(replica, sandbox.truth("lists")[2]["id"])


def test_a_changed_type_is_the_type_of_the_column_from_then_on(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    changed = sandbox.change("change_merge_field_type")
    assert ("number", "text") == (changed["was"], changed["type"])
    assert types_of(replica, changed["list_id"])[changed["tag"]] in NUMBER
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, ["list_members", "list_merge_fields"])
    assert types_of(replica, changed["list_id"])[changed["tag"]] in TEXT
    members = members_of(sandbox, changed["list_id"])
    for row in view_of(replica, changed["list_id"]):
        assert members[row["id"]]["merge_fields"][changed["tag"]] == row[changed["tag"]]


def test_any_name_makes_a_column(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    names = ["이름", "a b", "select", "🙂", 'a"b', "a.b", "x" * 80, "y" * 80, "id", "A B", "a b"]
    added = [sandbox.change("add_interest", name=name) for name in names]
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    list_id = added[0]["list_id"]
    interests = [i for i in sandbox.truth("list_interests") if i["list_id"] == list_id]
    assert {one["id"] for one in added} <= {one["id"] for one in interests}
    before = {column for column in types_of(replica, list_id) if "__" not in column}
    columns = types_of(replica, list_id).keys() - before
    booleans = [c for c in columns if types_of(replica, list_id)[c] == "boolean"]
    assert len(interests) <= len(booleans)
    assert_true_to(sandbox, replica, ["list_interests", "list_members"])


ODD: dict[str, tuple[str, Any]] = {
    "lists": ("stats.open_rate", "high"),
    "list_members": ("member_rating", "three"),
    "list_merge_fields": ("required", {"since": "today"}),
    "list_segments": ("member_count", "many"),
    "list_segment_members": ("member_rating", [5]),
    "campaigns": ("emails_sent", "lots"),
    "reports": ("opens.opens_total", {"n": 4}),
    "reports_sent_to": ("open_count", "often"),
    "unsubscribes": ("timestamp", "yesterday"),
    "automations": ("create_time", "long ago"),
}


@pytest.mark.within
def test_odd_values_are_kept_in_extra_and_their_cells_are_empty(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    keys = {table: key_of(table, sandbox.truth(table)[-1]) for table in ODD}
    for table, (field, value) in ODD.items():
        key = [str(part) for part in keys[table]]
        sandbox.change("odd_value", table=table, key=key, field=field, value=value)
    tables = [table for table in ALL if table in ODD]
    finished = replicate(sandbox, replica, tables=tables, complete_read_every=AT_ONCE)
    assert (0, None) == (finished.exit, finished.said)
    for table, (field, value) in ODD.items():
        (row,) = [row for row in replica.live(table) if key_of(table, row) == keys[table]]
        assert row[field.replace(".", "__")] is None
        # Under the path that it was sent with.
        assert {field: value} == row["_extra"]
        others = [row for row in replica.live(table) if key_of(table, row) != keys[table]]
        assert {None} == {row["_extra"] for row in others}
    assert_true_to(sandbox, replica, [t for t in tables if "." not in ODD[t][0]])


@pytest.mark.within
def test_unknown_fields_are_kept_in_extra_and_told(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    asked = [table for table in ALL if not TABLES[table].rides]  # the others: test_made_up_riders
    for table in asked:
        sandbox.change("unknown_field", table=table, name="invented", value={"a": [1, "é"]})
    told: list[Event] = []
    finished = replicate(
        sandbox, replica, tables=None, emit=told.append, complete_read_every=AT_ONCE
    )
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica)
    riding = {table for table in ALL if TABLES[table].rides}
    assert set(asked) == changes_of(finished).keys() - riding
    notices = [event for event in told if isinstance(event, Notice)]
    for table in asked:
        rows = replica.live(table)
        assert rows
        assert all({"invented": {"a": [1, "é"]}} == row["_extra"] for row in rows)
        assert any(n.table == table and "invented" in heard(n) for n in notices)
    quiet = replicate(sandbox, replica, tables=None)
    assert {} == changes_of(quiet)
