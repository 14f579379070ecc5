"""Runs under choices: what is left out is never asked for, and what is hashed never lands."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import duckdb
import pytest

from chimpline.errors import SettingsError, UserError
from chimpline.runs.report.events import Event
from chimpline.runs.request import Selections, TableSelection
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import descendants
from tests.acceptance.replica import (
    ALL,
    DATASET,
    DuckDBReplica,
    Replica,
    changes_of,
    differences,
    key_of,
    replicate,
    truth_of,
)
from tests.words import refused

pytestmark = pytest.mark.either_engine

SALT = b"a salt of thirty-two random bytes"
PEOPLE = (
    "list_members",
    "list_segment_members",
    "reports_email_activity",
    "reports_sent_to",
    "unsubscribes",
)
RIDING = ("list_member_tags", "list_member_permissions")
ABOUT = ("lists", "list_segments", "campaigns", "reports", *RIDING, *PEOPLE)
"""The tables of people, what they hang below, and what rides in them."""


def some(*paths: str) -> frozenset[str]:
    return frozenset(paths)


PERSONAL: Selections = {
    "list_members": TableSelection(
        hashed=some("email_address", "merge_fields.PHONE"),
        dropped=some("full_name", "merge_fields.LNAME"),
        exclude=some("ip_signup", "location__latitude"),
    )
}


def paths_asked(sandbox: Sandbox) -> list[str]:
    return [path for _, path, _ in sandbox.requests()]


def left_out_of(sandbox: Sandbox, ending: str) -> list[set[str]]:
    """What each request to such a path asked to be left out."""
    return [
        set(parse_qs(query).get("exclude_fields", [""])[0].split(","))
        for _, path, query in sandbox.requests()
        if path.endswith(ending) and path.startswith("/lists/")
    ]


def columns_of(replica: Replica, table: str) -> set[str]:
    found = replica.query(
        "SELECT column_name AS name FROM information_schema.columns "
        f"WHERE table_schema = '{DATASET}' AND table_name = '{table}'"
    )
    return {row["name"] for row in found}


def texts_of(replica: Replica) -> str:
    """Every cell of every table and of the ledger, as one text."""
    tables = (*replica.tables(), "_chimpline_slices", "_chimpline_runs")
    return json.dumps([replica.stored(table) for table in tables], ensure_ascii=False)


def personal_values(sandbox: Sandbox) -> set[str]:
    """What must be nowhere: addresses, their digests, names and numbers."""
    members = sandbox.truth("list_members")
    found = {value for row in members for value in (row["email_address"], row["id"])}
    for row in members:
        fields = row["merge_fields"]
        found |= {str(fields.get(tag) or "") for tag in ("PHONE", "LNAME")} | {row["full_name"]}
    # A short name is part of other words.
    return {value for value in found if len(value) > 8}


@pytest.mark.within
def test_a_deselected_parent_is_read_for_a_chosen_child_and_not_landed(
    sandbox: Sandbox, replica: Replica
) -> None:
    selections = {
        name: TableSelection(selected=False) for name in ALL if name != "automation_emails"
    }
    finished = replicate(sandbox, replica, tables=None, selections=selections)
    assert ["automation_emails"] == list(finished.tables)
    assert ["automation_emails"] == replica.tables()
    assert {p.split("/")[1] for p in paths_asked(sandbox)} <= {"", "ping", "automations"}
    assert len(sandbox.truth("automation_emails")) == len(replica.live("automation_emails"))


@pytest.mark.within
def test_a_deselected_table_causes_no_request_and_has_no_rows(
    sandbox: Sandbox, replica: Replica
) -> None:
    roots = ("campaigns", "automations")
    off = {*roots, *(one for root in roots for one in descendants(root)), "reports_sent_to"}
    selections = {name: TableSelection(selected=False) for name in off}
    finished = replicate(sandbox, replica, tables=None, selections=selections)
    assert 0 == finished.exit
    assert set(ALL) - set(off) == set(finished.tables)
    asked = paths_asked(sandbox)
    assert [] == [p for p in asked if "campaigns" in p or "automations" in p or "sent-to" in p]
    assert set() == off & set(replica.tables())


def test_a_deselected_column_is_in_no_answer_and_not_in_the_destination(
    sandbox: Sandbox, replica: Replica
) -> None:
    finished = replicate(sandbox, replica, tables=ABOUT, selections=PERSONAL, hash_salt=SALT)
    assert (0, None) == (finished.exit, finished.said)
    gone = {"full_name", "ip_signup", "merge_fields.LNAME", "location.latitude"}
    wanted = {f"members.{path}" for path in gone}
    asked = left_out_of(sandbox, "/members")
    assert asked
    # Segments' members have the same person's name: what is dropped is dropped in all tables.
    assert all({"members.full_name", "members.merge_fields.LNAME"} <= one for one in asked)
    assert any(wanted <= one for one in asked)
    columns = columns_of(replica, "list_members")
    assert not {"full_name", "ip_signup", "location__latitude"} & columns
    assert {"email_address", "location__longitude", "_extra"} <= columns
    views = [
        row["name"]
        for row in replica.query(
            "SELECT table_name AS name FROM information_schema.tables "
            f"WHERE table_schema = '{DATASET}' AND table_type = 'VIEW'"
        )
    ]
    assert views
    for view in views:
        assert not {"LNAME", "full_name", "ip_signup"} & columns_of(replica, view)


@pytest.mark.within
def test_named_columns_are_all_that_is_asked_for(sandbox: Sandbox, replica: Replica) -> None:
    selections = {
        "list_members": TableSelection(columns=some("email_address", "merge_fields.FNAME"))
    }
    assert 0 == replicate(sandbox, replica, tables=ABOUT, selections=selections).exit
    for _, path, query in sandbox.requests():
        if path.startswith("/lists/") and path.count("/") == 3 and path.endswith("/members"):
            asked = parse_qs(query)
            assert "exclude_fields" not in asked
            assert {
                "members.id",
                "members.email_address",
                "members.contact_id",  # the key of who has no address; not landed
                "members.status",
                "members.merge_fields.FNAME",
                "members.last_changed",
                "members.list_id",
                "members.tags",  # the tables that ride in them
                "members.marketing_permissions",
                "total_items",
            } == set(asked["fields"][0].split(","))
    truth = truth_of(sandbox, ["list_members"])["list_members"]
    kept = {"list_id", "id", "email_address", "status", "last_changed"}
    expected = {
        key: {
            **{name: row[name] for name in kept},
            "merge_fields": {k: v for k, v in (row["merge_fields"] or {}).items() if k == "FNAME"},
            "_extra": None,
        }
        for key, row in truth.items()
    }
    assert [] == differences("list_members", expected, replica.live("list_members"))


def test_hashed_values_join_across_tables_and_nothing_lands_in_clear(
    sandbox: Sandbox, replica: Replica
) -> None:
    told: list[Event] = []
    finished = replicate(
        sandbox, replica, tables=ABOUT, selections=PERSONAL, hash_salt=SALT, emit=told.append
    )
    assert 0 == finished.exit
    members = {(row["list_id"], row["id"]): row for row in replica.live("list_members")}
    assert len(sandbox.truth("list_members")) == len(members)
    joined = 0
    for table in PEOPLE[1:]:
        key = "id" if table == "list_segment_members" else "email_id"
        for row in replica.live(table):
            member = members.get((row["list_id"], row[key]))
            if member is not None:
                joined += 1
                assert member["email_address"] == row["email_address"]
    assert joined > len(members)
    personal = personal_values(sandbox)
    landed = texts_of(replica)
    assert [] == [value for value in personal if value in landed]
    files = [path for path in replica.state_dir.rglob("*") if path.is_file()]
    assert files
    if isinstance(replica, DuckDBReplica):
        with duckdb.connect(str(replica.path)) as connection:
            connection.execute("CHECKPOINT")
        files.append(replica.path)
    for file in files:
        content = file.read_bytes()
        assert [] == [value for value in personal if value.encode() in content]
    events = repr(told)
    assert [] == [value for value in personal if value in events]


def test_under_choices_a_second_run_changes_nothing(sandbox: Sandbox, replica: Replica) -> None:
    options: dict[str, Any] = {"tables": ABOUT, "selections": PERSONAL, "hash_salt": SALT}
    replicate(sandbox, replica, **options)
    assert {} == changes_of(replicate(sandbox, replica, **options))
    assert {} == changes_of(replicate(sandbox, replica, full_refresh=True, **options))


@pytest.mark.within
def test_what_is_gone_is_found_among_hashed_keys(sandbox: Sandbox, replica: Replica) -> None:
    options: dict[str, Any] = {"selections": PERSONAL, "hash_salt": SALT}
    replicate(sandbox, replica, tables=ABOUT, **options)
    sandbox.advance(3600)
    known = len(sandbox.truth("list_members"))
    sandbox.change("delete_permanently")
    sandbox.change("change_address")
    asked = len(sandbox.requests())
    assert 0 == replicate(sandbox, replica, tables=ABOUT, **options).exit
    for table in PEOPLE:
        assert len(sandbox.truth(table)) == len(replica.live(table)), table
    assert 2 == len([row for row in replica.stored("list_members") if row["_deleted_at"]])
    assert known - 1 == len(replica.live("list_members"))
    # A hash would tell Mailchimp nothing: nobody is asked for by id.
    by_id = [p for p in paths_asked(sandbox)[asked:] if "/members/" in p]
    assert [] == by_id
    assert {} == changes_of(replicate(sandbox, replica, tables=ABOUT, **options))


# -- choices that change --------------------------------------------------------------------------


@pytest.mark.within
def test_what_is_dropped_later_is_emptied_and_what_is_left_out_stays(
    sandbox: Sandbox, replica: Replica
) -> None:
    replicate(sandbox, replica, tables=ABOUT)
    gone = sandbox.change("delete_permanently")
    replicate(sandbox, replica, tables=ABOUT)
    later = {
        "list_members": TableSelection(
            dropped=some("full_name", "merge_fields.PHONE"), exclude=some("ip_opt")
        )
    }
    before = {key_of("list_members", r): r["ip_opt"] for r in replica.stored("list_members")}
    assert 0 == replicate(sandbox, replica, tables=ABOUT, selections=later).exit
    rows = replica.stored("list_members")
    assert before == {key_of("list_members", row): row["ip_opt"] for row in rows}
    assert {None} == {row["full_name"] for row in rows}
    assert not [row for row in rows if "PHONE" in (row["merge_fields"] or {})]
    assert [row for row in rows if (row["merge_fields"] or {}).get("FNAME")]
    (buried,) = [row for row in rows if row["id"] == gone["id"] and row["_deleted_at"]]
    assert None is buried["merge_fields"]
    assert {} == changes_of(replicate(sandbox, replica, tables=ABOUT, selections=later))
    # Chosen again, it is read again.
    assert 0 == replicate(sandbox, replica, tables=ABOUT).exit
    truth = {(r["list_id"], r["id"]): r["full_name"] for r in sandbox.truth("list_members")}
    assert truth == {(r["list_id"], r["id"]): r["full_name"] for r in replica.live("list_members")}


def test_a_number_hashed_later_and_no_longer_is_text_and_then_a_number_again(
    sandbox: Sandbox, replica: Replica
) -> None:
    numbers = {key_of("list_members", r): r["web_id"] for r in sandbox.truth("list_members")}
    options: dict[str, Any] = {"tables": ("lists", "list_members"), "hash_salt": SALT}
    hashing = {"list_members": TableSelection(hashed=some("web_id"))}

    def landed() -> dict[Any, Any]:
        return {key_of("list_members", r): r["web_id"] for r in replica.live("list_members")}

    assert 0 == replicate(sandbox, replica, **options).exit
    assert numbers == landed()
    assert 0 == replicate(sandbox, replica, selections=hashing, **options).exit
    hashed = landed()
    assert numbers.keys() == hashed.keys()
    assert {64} == {len(value) for value in hashed.values()}
    assert len(set(numbers.values())) == len(set(hashed.values()))
    assert {} == changes_of(replicate(sandbox, replica, selections=hashing, **options))
    assert 0 == replicate(sandbox, replica, **options).exit
    assert numbers == landed()


def test_hashed_keys_need_a_full_refresh_and_leave_no_row_of_before(
    sandbox: Sandbox, replica: Replica
) -> None:
    replicate(sandbox, replica, tables=ABOUT)
    before = replica.stored("list_members")
    options: dict[str, Any] = {"tables": ABOUT, "selections": PERSONAL, "hash_salt": SALT}
    with refused(UserError, "list_members"):
        replicate(sandbox, replica, **options)
    assert before == replica.stored("list_members")
    in_clear = texts_of(replica)
    assert len(before) < len([value for value in personal_values(sandbox) if value in in_clear])
    assert 0 == replicate(sandbox, replica, full_refresh=True, **options).exit
    landed = texts_of(replica)
    assert [] == [value for value in personal_values(sandbox) if value in landed]
    assert {} == changes_of(replicate(sandbox, replica, **options))
    with pytest.raises(UserError):
        replicate(sandbox, replica, **{**options, "hash_salt": b"another salt, just as long....."})


def test_a_wider_key_starts_the_table_anew_and_loses_no_row(
    sandbox: Sandbox, replica: Replica
) -> None:
    wider = {"list_members": TableSelection(key=("list_id", "id", "status"))}
    replicate(sandbox, replica, tables=("lists", "list_members"))
    options: dict[str, Any] = {"tables": ("lists", "list_members"), "selections": wider}
    assert 0 == replicate(sandbox, replica, **options).exit
    sandbox.advance(3600)
    changed = sandbox.change("unsubscribe")
    assert 0 == replicate(sandbox, replica, **options).exit
    live = [r for r in replica.live("list_members") if r["id"] == changed["id"]]
    assert "unsubscribed" in {row["status"] for row in live}
    assert len(sandbox.truth("list_members")) == len(replica.live("list_members"))
    assert {} == changes_of(replicate(sandbox, replica, **options))


# -- what cannot be chosen ------------------------------------------------------------------------


@pytest.mark.within
def test_a_deselected_table_cannot_be_asked_for(sandbox: Sandbox, replica: Replica) -> None:
    selections = {"lists": TableSelection(selected=False)}
    with refused(SettingsError, "deselected"):
        replicate(sandbox, replica, selections=selections, tables=("lists",))
