"""The kind: a record that cannot be keyed or decoded costs none of the others theirs.

All others land at the first try; the odd one is counted and named, the table is not *done*,
nothing is marked deleted, and the ledger keeps count, reason and keys. A person without an e-mail
address is no odd record: it has a key of its own until it gets an address.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from chimpline.api.client import Retry
from chimpline.catalog.selection import TableSelection
from chimpline.runs.report.events import Event, Notice
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    ALL,
    Replica,
    Row,
    assert_true_to,
    differences,
    key_of,
    replicate,
)
from tests.words import heard

pytestmark = pytest.mark.either_engine

# Tries of what cannot change would take longer than a test may.
NEVER_AGAIN = Retry(wait_initial_s=3600.0, wait_max_s=3600.0)
AT_ONCE = dt.timedelta(0)


TINY: dict[str, Any] = {"members": 80, "campaigns": 4, "events": 120, "seed": 5}
SECOND = object()


@dataclasses.dataclass(frozen=True)
class Odd:
    """Fields of one record of `table` are served so; `SECOND`: as those of a second one."""

    table: str
    fields: dict[str, Any]
    words: str
    reason: str
    keyed: bool = True


EVENT = {"action": "open", "timestamp": "", "ip": "192.0.2.1"}
NO_KEY = ("1 record has no key", "no_key", False)
TWICE = ("1 key came with two records", "twice")
NO_TIME = ("1 record has no readable time of change", "no_cursor")
NO_EVENT = ("1 event has no readable key", "no_time")
NO_EVENTS = ("1 record has events that cannot be read", "no_events")

ODDITIES = (
    Odd("list_members", {"id": None, "contact_id": None}, *NO_KEY),
    Odd("list_members", {"id": SECOND}, *TWICE),
    Odd("list_members", {"last_changed": "yesterday"}, *NO_TIME),
    Odd("reports_email_activity", {"activity": [EVENT]}, *NO_EVENT),
    Odd("reports_email_activity", {"activity": "many"}, *NO_EVENTS),
    Odd("reports_email_activity", {"email_id": SECOND}, *TWICE),
    Odd("reports_sent_to", {"email_id": None}, *NO_KEY),
)
ODD = tuple(dict.fromkeys(odd.table for odd in ODDITIES))
TABLES = tuple(table for table in ALL if table in {"lists", "campaigns", "reports", *ODD})
PEOPLE = ("lists", "list_members", "list_member_tags", "list_segments", "list_segment_members")
PARENT = {"list_members": ("list_id", "id")}
OF_A_CAMPAIGN = ("campaign_id", "email_id")


def odd_lines(replica: Replica, table: str) -> list[dict[str, Any]]:
    """What the ledger keeps of odd records."""
    found = []
    for line in replica.lines(table):
        if line["odd"]:
            assert "unproven" == line["state"]
            found += line["odd"]
    return found


def pairs_of(sandbox: Sandbox, table: str) -> list[tuple[list[str], list[str]]]:
    """Pairs of records of one parent, by their keys as text."""
    parent, own = PARENT.get(table, OF_A_CAMPAIGN)
    rows = sandbox.truth(table if table in PARENT else "reports_sent_to")
    like = [row for row in rows if row["status"] in ("subscribed", "sent")]
    keys = [[row[parent], row[own]] for row in like if row[parent] == like[0][parent]]
    return list(zip(keys[::2], keys[1::2], strict=False))


def test_odd_records_are_named_and_all_others_land(new_replica: Callable[[], Replica]) -> None:
    replica = new_replica()
    with Sandbox.start(**TINY) as sandbox:
        tables = ODD
        clean = {table: sandbox.truth(table) for table in tables}
        pairs = {table: pairs_of(sandbox, table) for table in tables}
        touched: dict[str, list[list[str]]] = {table: [] for table in tables}
        lines: dict[str, list[dict[str, Any]]] = {table: [] for table in tables}
        for odd in ODDITIES:
            one, two = pairs[odd.table].pop()
            for field, value in odd.fields.items():
                served = two[-1] if value is SECOND else value
                sandbox.change("odd_value", table=odd.table, key=one, field=field, value=served)
            touched[odd.table] += [one, two]
            shown = two[-1] if SECOND in odd.fields.values() else one[-1]
            keys = [shown] if odd.keyed else []
            lines[odd.table].append({"reason": odd.reason, "count": 1, "keys": keys})

        def others(table: str, rows: list[Row]) -> list[Row]:
            parent, own = PARENT.get(table, OF_A_CAMPAIGN)
            return [row for row in rows if [row[parent], row[own]] not in touched[table]]

        finished = replicate(sandbox, replica, tables=TABLES, retry=NEVER_AGAIN)
        assert 1 == finished.exit
        for odd in ODDITIES:
            told = finished.tables[odd.table]
            assert "unproven" == told["state"]
            assert odd.words in heard(told)
            assert "so that the table is not complete" in heard(told)
        for table in tables:
            expected = {key_of(table, row): row for row in others(table, clean[table])}
            assert [] == differences(table, expected, others(table, replica.live(table)))
            in_ledger = odd_lines(replica, table)
            assert all(line in in_ledger for line in lines[table])

        # Nothing is marked deleted on the strength of it, and what is mended lands.
        again = replicate(sandbox, replica, tables=TABLES, complete_read_every=AT_ONCE)
        assert 1 == again.exit
        assert {0} == {table["deleted"] for table in again.tables.values()}
        for table, records in touched.items():
            for key in records:
                sandbox.change("mend_record", table=table, key=key)
        finished = replicate(sandbox, replica, tables=TABLES, complete_read_every=AT_ONCE)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, TABLES)


@pytest.mark.within
def test_an_audience_without_an_id_costs_no_other_audience(
    new_replica: Callable[[], Replica],
) -> None:
    replica = new_replica()
    with Sandbox.start(**TINY) as sandbox:
        odd = sandbox.truth("lists")[0]["id"]
        sandbox.change("odd_value", table="lists", key=[odd], field="id", value="")
        finished = replicate(sandbox, replica, tables=TABLES, retry=NEVER_AGAIN)
        assert 1 == finished.exit
        assert "1 record has no key" in heard(finished.tables["lists"])
        assert "unproven" == finished.tables["list_members"]["state"]
        members = [row for row in sandbox.truth("list_members") if row["list_id"] != odd]
        expected = {key_of("list_members", row): row for row in members}
        assert [] == differences("list_members", expected, replica.live("list_members"))


# -- people without an e-mail address ----------------------------------------------------------


@pytest.mark.within
@pytest.mark.parametrize(("absent", "answers"), [(None, True), ("", False)])
def test_a_person_without_an_address_has_a_key_until_there_is_one(
    absent: str | None, answers: bool, new_replica: Callable[[], Replica]
) -> None:
    replica = new_replica()
    options = {"absent_id": absent, "contacts_answer_by_contact_id": answers}
    with Sandbox.start(**{**TINY, **options}) as sandbox:
        told = sandbox.change("subscribe_by_phone")
        gone = sandbox.change("subscribe_by_phone")
        sandbox.change("join_segment", list_id=told["list_id"], member_id=told["id"])
        finished = replicate(sandbox, replica, tables=PEOPLE)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, PEOPLE)
        tables = ("list_members", "list_segment_members")
        for table in tables:
            assert told["id"] in {row["id"] for row in replica.live(table)}

        moved = sandbox.change("change_address", list_id=told["list_id"], member_id=told["id"])
        sandbox.change("delete_permanently", list_id=gone["list_id"], member_id=gone["id"])
        finished = replicate(sandbox, replica, tables=PEOPLE)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, PEOPLE)
        dead = {row["id"] for row in replica.stored("list_members") if row["_deleted_at"]}
        assert {told["id"], gone["id"]} == dead
        assert moved["id"] in {row["id"] for row in replica.live("list_members")}
        assert 0 == replicate(sandbox, replica, tables=PEOPLE).rows_changed


@pytest.mark.within
@pytest.mark.parametrize(
    "choice",
    [
        TableSelection(exclude=frozenset({"contact_id", "email_address"})),
        TableSelection(columns=frozenset({"status"})),
        TableSelection(hashed=frozenset({"contact_id"})),
    ],
    ids=["left out", "not chosen", "hashed"],
)
def test_a_person_gets_an_address_though_neither_it_nor_the_contact_is_landed(
    choice: TableSelection, replica: Replica
) -> None:
    """What decides is what was sent, not what is landed of it."""
    chosen: dict[str, Any] = {
        "tables": PEOPLE,
        "selections": {"list_members": choice},
        "hash_salt": b"0123456789abcdef",
    }
    with Sandbox.start(**TINY, absent_id=None, contacts_answer_by_contact_id=True) as sandbox:
        told = sandbox.change("subscribe_by_phone")
        finished = replicate(sandbox, replica, **chosen)
        assert (0, None) == (finished.exit, finished.said)
        moved = sandbox.change("change_address", list_id=told["list_id"], member_id=told["id"])
        finished = replicate(sandbox, replica, **chosen)
        assert (0, None) == (finished.exit, finished.said)
    rows = {row["id"]: row["_deleted_at"] for row in replica.stored("list_members")}
    (contact,) = (key for key in rows if key.startswith("contact:"))
    assert [False, True] == [rows[key] is not None for key in (moved["id"], contact)]


@pytest.mark.within
@pytest.mark.parametrize("hashed", [False, True])
def test_a_person_without_an_address_is_buried_where_mailchimp_takes_no_contact(
    replica: Replica, hashed: bool
) -> None:
    """A question that is not taken says as little as 404; a hash is not asked for at all."""
    chosen: dict[str, Any] = {"tables": ("lists", "list_members")}
    if hashed:
        selection = TableSelection(hashed=frozenset({"contact_id"}))
        chosen |= {"selections": {"list_members": selection}, "hash_salt": b"a salt of sixteen"}
    with Sandbox.start(**TINY) as sandbox:
        told = sandbox.change("subscribe_by_phone")
        assert 0 == replicate(sandbox, replica, **chosen).exit
        sandbox.advance(3600)
        sandbox.change("delete_permanently", list_id=told["list_id"], member_id=told["id"])
        fault = {"kind": "problem", "title": "Bad Request", "times": None}
        by_id = "/lists/{list_id}/members/{subscriber_hash}"
        sandbox.faults([{**fault, "path": by_id}])
        finished = replicate(sandbox, replica, **chosen)
        assert (0, None) == (finished.exit, finished.said)
        assert 1 == finished.tables["list_members"]["deleted"]
        assert hashed == (by_id not in sandbox.metrics()["requests"])


@pytest.mark.within
@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize("answers", [False, True])
def test_a_living_person_without_address_and_time_of_change_is_not_buried_by_a_404(
    replica: Replica, answers: bool, hashed: bool
) -> None:
    """A wrong count hides it from a complete read: then only a second walk can tell."""
    chosen: dict[str, Any] = {"tables": ("lists", "list_members")}
    if hashed:
        selection = TableSelection(hashed=frozenset({"contact_id"}))
        chosen |= {"selections": {"list_members": selection}, "hash_salt": b"a salt of sixteen"}
    options = {"contacts_answer_by_contact_id": answers, "audiences": 1}
    with Sandbox.start(**TINY, **options) as sandbox:
        told = sandbox.change("subscribe_by_phone", timed=False)
        assert 0 == replicate(sandbox, replica, **chosen).exit
        (contact,) = contacts_of(replica)
        sandbox.advance(3600)
        shown = sum(row["status"] != "archived" for row in sandbox.truth("list_members"))
        # Each count of all, which is a page of two, lacks one.
        counts = r"^(?!.*(since_|before_|status=)).*count=2\b"
        fault = {"kind": "total-wrong", "total": shown - 1, "times": None, "query": counts}
        sandbox.faults([{**fault, "path": "/lists/{list_id}/members"}])
        finished = replicate(sandbox, replica, full_refresh=True, **chosen)
        assert (1, "unproven") == (finished.exit, finished.tables["list_members"]["state"])
        assert "1 members that exist were not met" in heard(finished.tables["list_members"])
        assert [contact] == contacts_of(replica)

        sandbox.faults([])
        finished = replicate(sandbox, replica, full_refresh=True, **chosen)
        assert (0, 0) == (finished.exit, finished.tables["list_members"]["deleted"])
        sandbox.advance(3600)
        sandbox.change("delete_permanently", list_id=told["list_id"], member_id=told["id"])
        finished = replicate(sandbox, replica, full_refresh=True, **chosen)
        assert (0, 1) == (finished.exit, finished.tables["list_members"]["deleted"])
        assert [] == contacts_of(replica)


def contacts_of(replica: Replica, table: str = "list_members") -> list[str]:
    """The keys of the people without an address that are not buried."""
    keys = [row["id"] for row in replica.stored(table) if not row["_deleted_at"]]
    return [key for key in keys if key.startswith("contact:")]


@pytest.mark.within
@pytest.mark.parametrize("how", ["hashed", "dropped"])
def test_a_contact_that_is_protected_is_so_in_every_table_of_people(
    replica: Replica, how: str
) -> None:
    contact = frozenset({"contact_id"})
    choice = TableSelection(hashed=contact) if how == "hashed" else TableSelection(dropped=contact)
    tables = ("lists", "list_members", "list_segments", "list_segment_members")
    with Sandbox.start(**TINY) as sandbox:
        told = sandbox.change("subscribe_by_phone")
        sandbox.change("join_segment", list_id=told["list_id"], member_id=told["id"])
        finished = replicate(
            sandbox,
            replica,
            tables=tables,
            selections={"list_members": choice},
            hash_salt=b"a salt of sixteen",
        )
    keys = contacts_of(replica)
    assert set(keys) == set(contacts_of(replica, "list_segment_members"))
    assert (1 if how == "hashed" else 0) == len(keys)
    # Without the contact such a person has no key, and no table that holds one is complete.
    state = "done" if how == "hashed" else "unproven"
    people = ("list_members", "list_segment_members")
    assert {state} == {finished.tables[name]["state"] for name in people}
    plain = told["id"].removeprefix("contact:")
    landed = repr([replica.stored(table) for table in tables])
    assert plain not in landed


def test_half_a_character_costs_nothing_but_itself(sandbox: Sandbox, replica: Replica) -> None:
    sandbox.faults([{"path": "/lists/{list_id}/members", "kind": "half-character", "times": None}])
    told: list[Event] = []
    finished = replicate(sandbox, replica, tables=("list_members",), emit=told.append)
    assert (0, None) == (finished.exit, finished.said)
    names = sorted(f"\ufffd{row['full_name']}" for row in sandbox.truth("list_members"))
    assert any("broken character" in heard(e) for e in told if isinstance(e, Notice))
    assert names == sorted(row["full_name"] for row in replica.live("list_members"))


@pytest.mark.parametrize("engine", ["duckdb"])
def test_one_id_in_records_of_two_asks_is_told_by_every_run(replica: Replica) -> None:
    """No page shows it: neither what is compared after the changes, nor a complete read."""
    with Sandbox.start(members=80, audiences=1, campaigns=1, events=10, seed=5) as sandbox:
        rows = sandbox.truth("list_members")
        one = next(row for row in rows if row["status"] == "archived")
        other = next(row for row in reversed(rows) if row["status"] == "subscribed")
        key = [one["list_id"], one["id"]]
        served = other["id"]
        sandbox.change("odd_value", table="list_members", key=key, field="id", value=served)
        tables = ("lists", "list_members")
        for full in (False, False, True):
            sandbox.advance(3600)
            finished = replicate(sandbox, replica, tables=tables, full_refresh=full)
            assert 1 == finished.exit
            assert "1 record shares an id" in heard(finished.tables["list_members"])
