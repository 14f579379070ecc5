"""What rides in the records of members, of whom a run reads those that changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from chimpline.catalog.row import Riding, T
from chimpline.catalog.rows import ROWS
from chimpline.catalog.selection import TableSelection
from chimpline.catalog.tables import made_of
from chimpline.model import Deletes
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.runs.job import run
from chimpline.runs.report.events import Event, Notice, RunFinished
from chimpline.runs.request import RunRequest
from tests.acceptance.destinations import DuckDBReplica, Replica
from tests.acceptance.made_up import MadeUp, Record, request_of
from tests.acceptance.replica import changes_of, services_of
from tests.acceptance.within import MemoryReplica
from tests.words import heard

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
MEMBERS = "/lists/{list_id}/members"
TAGS = "list_member_tags"
MADE_UP = (T(TAGS, MEMBERS, "id", Riding("list_members", "tags")),)
CATALOG = made_of((*(row for row in ROWS if row.name != TAGS), *MADE_UP))
NAMES = ("list_members", TAGS)


def member(number: int, *tags: int, **values: Any) -> Record:
    id_ = f"m{number}"
    return {
        "id": id_,
        "email_address": f"{id_}@example.com",
        "status": "subscribed",
        "last_changed": f"2026-01-01T00:{number // 60:02}:{number % 60:02}+00:00",
        "contact_id": f"c{number}",
        "tags": [{"id": tag, "name": f"태그 {tag}"} for tag in tags],
        **values,
    }


def account() -> MadeUp:
    made = MadeUp(NOON)
    made.put("/lists", "lists", "id", [{"id": "l1", "name": "l1", "stats": {}}])
    for path, name in (
        ("merge-fields", "merge_fields"),
        ("interest-categories", "categories"),
        ("segments", "segments"),
    ):
        made.put(f"/lists/l1/{path}", name, "id", [])
    people = [member(n, *range(n % 3)) for n in range(30)]
    people.append(member(30, 1, 2, status="archived"))
    people.append(member(31, 5))
    made.put("/lists/l1/members", "members", "id", people)
    return made


@pytest.fixture
def made() -> MadeUp:
    return account()


@pytest.fixture
def replica(tmp_path: Path) -> MemoryReplica:
    return MemoryReplica(tmp_path / "state")


@pytest.fixture
def database(tmp_path: Path) -> DuckDBReplica:
    """What rides is landed as other rows are: the first test shows it on a real engine."""
    return DuckDBReplica(tmp_path / "state", tmp_path / "replica.duckdb")


def request_for(replica: Replica, *tables: str, **others: Any) -> RunRequest:
    return request_of(replica, tables or NAMES, **others)


def replicated(
    made: MadeUp,
    replica: Replica,
    *tables: str,
    told: list[Event] | None = None,
    **others: Any,
) -> RunFinished:
    made.now += dt.timedelta(minutes=10)
    made.asked.clear()
    request = request_for(replica, *tables, **others)
    events = [] if told is None else told
    services = services_of(request, events=events.append, catalog=CATALOG, **made.ports(replica))
    return run(request, services)


def truth(made: MadeUp) -> set[tuple[str, str, int, str]]:
    return {
        ("l1", record["id"], tag["id"], tag["name"])
        for record in made.records("/lists/l1/members")
        for tag in record["tags"]
    }


def assert_true(made: MadeUp, replica: Replica) -> None:
    rows = replica.live(TAGS)
    actual = {(r["list_id"], r["subscriber_hash"], r["id"], r["name"]) for r in rows}
    assert len(rows) == len(actual)
    assert truth(made) == actual


def person(made: MadeUp, number: int) -> Record:
    return next(one for one in made.records("/lists/l1/members") if one["id"] == f"m{number}")


def changed(made: MadeUp, number: int, *tags: int) -> None:
    """Other tags move the time of change."""
    one = person(made, number)
    one["tags"] = [{"id": tag, "name": f"태그 {tag}"} for tag in tags]
    one["last_changed"] = (made.now + dt.timedelta(minutes=5)).isoformat()


def test_what_rides_in_members_lands_with_all_of_them_and_then_with_changes(
    made: MadeUp, database: DuckDBReplica
) -> None:
    finished = replicated(made, database)
    assert (0, None) == (finished.exit, finished.said)
    assert_true(made, database)
    assert 0 == finished.tables[TAGS]["requests"]
    again = replicated(made, database)
    assert (0, {}) == (again.exit, changes_of(again))
    changed(made, 5, 1, 7)
    changed(made, 4)
    changed(made, 30, 2, 3)
    made.records("/lists/l1/members").append(member(50, 9))
    changed(made, 50, 9, 8)
    finished = replicated(made, database)
    assert (0, None) == (finished.exit, finished.said)
    assert_true(made, database)
    # Of m5 0 goes and 7 comes, of m4 0 goes, of m30 1 goes and 3 comes, m50 comes with two.
    assert (4, 0, 3) == changes_of(finished)[TAGS]
    assert finished.requests < 25


def test_who_is_buried_takes_along_what_rides(made: MadeUp, replica: Replica) -> None:
    replicated(made, replica)
    people = made.records("/lists/l1/members")
    people.remove(person(made, 8))
    people.remove(person(made, 31))
    finished = replicated(made, replica)
    assert (0, None) == (finished.exit, finished.said)
    assert (0, 0, 3) == changes_of(finished).get(TAGS)
    assert_true(made, replica)
    people.remove(person(made, 11))
    person(made, 10)["tags"] = []  # moves no cursor: found by a complete read only
    finished = replicated(made, replica, complete_read_every=dt.timedelta(0))
    assert 0 == finished.exit
    assert_true(made, replica)


@pytest.mark.parametrize("again", [False, True])
def test_what_was_not_read_along_is_read_with_all_members(
    made: MadeUp, replica: Replica, *, again: bool
) -> None:
    """Chosen later, or left out for some runs: then what changed meanwhile was read without it."""
    if again:
        replicated(made, replica)
        made.records("/lists/l1/members").remove(person(made, 8))
    changed(made, 5, 1, 7)
    replicated(made, replica, "list_members")
    told: list[Event] = []
    finished = replicated(made, replica, told=told)
    assert (0, None) == (finished.exit, finished.said)
    assert_true(made, replica)
    notices = [event.said for event in told if isinstance(event, Notice)]
    assert any("was not read along" in heard(said) for said in notices)
    told.clear()
    assert {} == changes_of(replicated(made, replica, told=told))
    assert [] == [event for event in told if isinstance(event, Notice)]


def test_it_is_landed_without_members_by_listing_them(made: MadeUp, replica: Replica) -> None:
    finished = replicated(made, replica, TAGS)
    assert (0, None, [TAGS]) == (finished.exit, finished.said, list(finished.tables))
    assert_true(made, replica)
    assert {} == changes_of(replicated(made, replica, TAGS))
    changed(made, 5, 1, 7)
    person(made, 10)["tags"] = []
    made.records("/lists/l1/members").remove(person(made, 8))
    finished = replicated(made, replica, TAGS)
    assert (0, None) == (finished.exit, finished.said)
    assert (1, 0, 1 + 1 + 2) == changes_of(finished)[TAGS]
    assert_true(made, replica)
    # And then with them.
    finished = replicated(made, replica)
    assert (0, None) == (finished.exit, finished.said)
    assert_true(made, replica)


def test_of_who_is_hashed_what_rides_is_replaced_and_buried_as_well(
    made: MadeUp, replica: Replica
) -> None:
    hashed = {"list_members": TableSelection(hashed=frozenset({"email_address"}))}
    salted: dict[str, Any] = {"selections": hashed, "hash_salt": b"0123456789abcdef"}
    assert 0 == replicated(made, replica, **salted).exit
    ids = {row["id"] for row in replica.live("list_members")}
    riding = {row["subscriber_hash"] for row in replica.live(TAGS)}
    assert riding < ids
    assert not [one for one in ids if one.startswith("m")]
    changed(made, 5, 1, 7)
    made.records("/lists/l1/members").remove(person(made, 8))
    finished = replicated(made, replica, **salted)
    assert (0, (1, 0, 1 + 2)) == (finished.exit, changes_of(finished)[TAGS])


def test_deletes_can_be_ignored(made: MadeUp, replica: Replica) -> None:
    replicated(made, replica)
    before = len(replica.live(TAGS))
    changed(made, 5, 1, 7)
    assert 0 == replicated(made, replica, deletes=Deletes.IGNORE).exit
    assert before + 1 == len(replica.live(TAGS))


def test_an_audience_that_is_gone_takes_all_along(made: MadeUp, replica: Replica) -> None:
    replicated(made, replica)
    made.records("/lists").clear()
    for path in [path for path in made.collections if path.startswith("/lists/l1")]:
        del made.collections[path]
    assert 0 == replicated(made, replica).exit
    assert [] == replica.live(TAGS)


def test_it_is_compared_with_members_of_every_status(made: MadeUp, replica: Replica) -> None:
    replicated(made, replica)

    def compared(level: Level) -> dict[str, int]:
        request = request_for(replica, TAGS)
        services = services_of(request, catalog=CATALOG, **made.ports(replica))
        tables = reconcile(request, services, level).tables
        return {t.table: sum(d.count for d in t.differences) for t in tables if t.differences}

    for level in Level:
        assert {} == compared(level)
    person(made, 30)["tags"].pop()
    assert {TAGS: 1} == compared(Level.KEYS)


def test_a_stopped_first_read_goes_on_with_what_rides(made: MadeUp, replica: Replica) -> None:
    people = made.records("/lists/l1/members")
    people += [member(n, n % 4, 10 + n % 3) for n in range(100, 3200)]
    answered, broken = made._answered, [True]

    def until(path: str, query: Any) -> Any:
        later = query.get("since_last_changed", "") > "2026-01-01T00:20"
        if path == "/lists/l1/members" and broken and later and "status" not in query:
            return made._json({"type": "x", "title": "Internal Server Error", "status": 500}, 500)
        return answered(path, query)

    made._answered = until  # type: ignore[method-assign]
    assert 1 == replicated(made, replica).exit
    broken.clear()
    finished = replicated(made, replica)
    assert (0, None) == (finished.exit, finished.said)
    assert_true(made, replica)


def test_a_record_with_two_items_of_one_key_is_told(made: MadeUp, replica: Replica) -> None:
    person(made, 5)["tags"].append(dict(person(made, 5)["tags"][0]))
    finished = replicated(made, replica)
    assert 1 == finished.exit
    assert ("done", "unproven") == (
        finished.tables["list_members"]["state"],
        finished.tables[TAGS]["state"],
    )
    person(made, 5)["tags"].pop()
    assert 0 == replicated(made, replica).exit
    assert_true(made, replica)
