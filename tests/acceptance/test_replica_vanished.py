"""Members that vanish without a trace: found by counts and a search, at a cost that is told."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chimpline.catalog.selection import TableSelection
from chimpline.runs.report.events import Event, Notice, RunFinished
from chimpline.sandbox import Sandbox
from tests.acceptance.conftest import _FAILED, Templates
from tests.acceptance.replica import (
    STALE,
    Pair,
    Replica,
    Row,
    assert_true_to,
    replicate,
)
from tests.words import heard

pytestmark = pytest.mark.either_engine

MEMBERS = ("lists", "list_members")
PATH = "/lists/{list_id}/members"
BY_ID = f"{PATH}/{{subscriber_hash}}"
PAGES = 7
"""What a complete read of the largest audience takes at least."""


@pytest.fixture(scope="session")
def _crowds() -> Iterator[dict[str, Pair]]:
    pairs: dict[str, Pair] = {}
    yield pairs
    for pair in pairs.values():
        pair.sandbox.stop()


@pytest.fixture
def crowd(
    request: pytest.FixtureRequest, engine: str, templates: Templates, _crowds: dict[str, Pair]
) -> Iterator[Pair]:
    """An audience of several pages, 2,500 members of which changed in one second.

    Each test leaves its replica true to it; one that fails leaves nothing behind.
    """
    if engine not in _crowds:
        sizes: dict[str, Any] = {"members": 6000, "bulk_members": 2500, "audiences": 1}
        sizes |= {"campaigns": 1, "events": 10}
        _crowds[engine] = templates.clone(engine, tables=MEMBERS, **sizes)
    yield _crowds[engine]
    if request.node.stash.get(_FAILED, False):
        templates.discard(_crowds.pop(engine))


class Told:
    """What a run asked of the members, and what it said."""

    def __init__(self, pair: Pair, **overrides: Any) -> None:
        self.messages: list[str] = []
        pair.sandbox.reset_metrics()
        self.finished: RunFinished = replicate(
            pair.sandbox, pair.replica, emit=self._emit, **{"tables": MEMBERS, **overrides}
        )
        asked = pair.sandbox.metrics()["requests"]
        self.requests = asked.get(PATH, 0) + asked.get(BY_ID, 0)

    def _emit(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.messages.append(heard(event))

    @property
    def deleted(self) -> int:
        count: int = self.finished.tables["list_members"]["deleted"]
        return count

    def clean(self) -> Told:
        assert (0, None) == (self.finished.exit, self.finished.said)
        return self


def members(sandbox: Sandbox, like: Callable[[Row], bool] = lambda _: True) -> list[Row]:
    return [row for row in sandbox.truth("list_members") if like(row)]


def erase(sandbox: Sandbox, row: Row) -> None:
    sandbox.change("delete_permanently", list_id=row["list_id"], member_id=row["id"])


def of_the_import(row: Row) -> bool:
    return bool(row["last_changed"] == "2024-05-06T12:00:00+00:00")


WHO_AND_WHEN = ("list_id", "id", "status", "last_changed", "contact_id")


def assert_true(pair: Pair) -> None:
    """Everybody is there, as of the last change; one test compares every cell of them."""
    expected = [tuple(row[name] for name in WHO_AND_WHEN) for row in members(pair.sandbox)]
    assert sorted(expected) == sorted(pair.replica.cells("list_members", WHO_AND_WHEN))


@pytest.mark.within
def test_a_start_date_keeps_the_search_inside_it(
    sandbox: Sandbox, new_replica: Callable[[], Replica]
) -> None:
    replica = new_replica()
    dates = sorted(row["last_changed"] for row in members(sandbox))
    start = dt.date.fromisoformat(dates[len(dates) // 2][:10])
    replicate(sandbox, replica, start_date=start, tables=MEMBERS)
    sandbox.advance(3600)
    early = members(sandbox, lambda r: r["last_changed"] < start.isoformat())[3]
    late = members(sandbox, lambda r: r["last_changed"] > f"{start.isoformat()}T23")[3]
    for row in (early, late):
        erase(sandbox, row)
    finished = replicate(sandbox, replica, start_date=start, tables=MEMBERS)
    assert (0, 1) == (finished.exit, finished.tables["list_members"]["deleted"])
    assert {(late["list_id"], late["id"])} == replica.buried("list_members")
    inside = {
        (r["list_id"], r["id"])
        for r in members(sandbox, lambda r: r["last_changed"] >= start.isoformat())
    }
    assert inside == {(r["list_id"], r["id"]) for r in replica.live("list_members")}


@pytest.mark.within
def test_without_a_vanished_member_an_audience_costs_two_requests(crowd: Pair) -> None:
    quiet = Told(crowd).clean()
    # One for each ask tells what changed, and how many there are.
    assert (2, []) == (quiet.requests, quiet.messages)


@pytest.mark.within
@pytest.mark.parametrize("status", ["subscribed", "archived", "cleaned"])
def test_one_vanished_member_is_found_in_a_few_requests(crowd: Pair, status: str) -> None:
    sandbox, replica = crowd.sandbox, crowd.replica
    gone = members(sandbox, lambda r: r["status"] == status and not of_the_import(r))[7]
    erase(sandbox, gone)
    run = Told(crowd).clean()
    assert 1 == run.deleted
    assert_true(crowd)
    assert (gone["list_id"], gone["id"]) in replica.buried("list_members")
    search = run.requests - 2
    called = {row["id"]: row["name"] for row in sandbox.truth("lists")}[gone["list_id"]]
    name = f"list_members of audience {gone['list_id']} ({called})"
    assert [f"{name}: found 1 deleted member, with {search} requests."] == run.messages
    # Two counts, two looks at what changed since, three halvings of six pages, a page, a 404.
    assert search <= 2 + 2 + 3 + 1 + 1
    (*_, line) = [line for line in replica.lines("list_members") if line["ask"] == "#"]
    assert (search, "counts compared: 1 gone, 0 late") == (line["requests"], line["proof"])


@pytest.mark.within
def test_in_a_second_shared_by_thousands_only_a_part_is_read(crowd: Pair) -> None:
    erase(crowd.sandbox, members(crowd.sandbox, of_the_import)[50])
    run = Told(crowd).clean()
    assert 1 == run.deleted
    assert_true(crowd)
    read = [
        query
        for method, path, query in crowd.sandbox.requests()
        if path.endswith("/members") and "count=1000" in query and "before_last_changed" in query
    ]
    assert any("status=" in query and "archived" not in query for query in read)
    assert run.requests < 2 + PAGES + 4


@pytest.mark.within
def test_a_few_are_found_by_a_search_and_many_by_a_complete_read(crowd: Pair) -> None:
    dice = random.Random(3)  # noqa: S311 - a test's dice
    few = dice.sample(members(crowd.sandbox, lambda r: not of_the_import(r)), 2)
    for row in few:
        erase(crowd.sandbox, row)
    run = Told(crowd).clean()
    assert 2 == run.deleted
    assert "found 2 deleted members, with" in run.messages[0]
    assert_true(crowd)
    for row in dice.sample(members(crowd.sandbox), 60):
        erase(crowd.sandbox, row)
    run = Told(crowd).clean()
    assert 60 == run.deleted
    assert "is read completely: the counts differ" in run.messages[0]
    # Every cell of them, after the searches of the tests before and this read.
    assert_true_to(crowd.sandbox, crowd.replica, ["list_members"], stale=STALE)


@pytest.mark.within
def test_a_change_of_address_costs_a_search_as_well(crowd: Pair) -> None:
    moved = crowd.sandbox.change("change_address")
    run = Told(crowd).clean()
    assert 1 == run.deleted
    assert "found 1 deleted member" in run.messages[0]
    assert_true(crowd)
    both = [
        r for r in crowd.replica.stored("list_members") if r["id"] in (moved["id"], moved["old_id"])
    ]
    assert 2 == len(both)
    assert 1 == len({row["contact_id"] for row in both})


@pytest.mark.within
@pytest.mark.parametrize("kind", ["edit_merge_fields", "archive", "delete_permanently"])
def test_whatever_changes_between_two_requests_nobody_is_buried_who_is_there(
    crowd: Pair, kind: str
) -> None:
    """At each request of the search in turn; the next quiet run is true to the account."""
    sandbox = crowd.sandbox
    for place in range(0, 12, 6):
        living = members(sandbox, lambda r: r["status"] == "subscribed" and not of_the_import(r))
        gone, moves = living[place * 31 % len(living)], living[place * 57 % len(living) - 1]
        erase(sandbox, gone)
        arguments = {"kind": kind, "list_id": moves["list_id"], "member_id": moves["id"]}
        sandbox.faults([{"path": PATH, "after": 2 + place, "change": arguments, "times": 1}])
        run = Told(crowd)
        sandbox.clear_faults()
        assert 0 == run.finished.exit
        there = {(r["list_id"], r["id"]) for r in members(sandbox)}
        assert not there & crowd.replica.buried("list_members")
        sandbox.advance(60)
        Told(crowd).clean()
        assert_true(crowd)


@pytest.mark.within
def test_a_busy_audience_is_not_searched_for_those_who_only_moved(crowd: Pair) -> None:
    sandbox = crowd.sandbox
    living = members(sandbox, lambda r: r["status"] == "subscribed")[:6]
    changes = [
        {"kind": kind, "list_id": row["list_id"], "member_id": row["id"]}
        for row, kind in zip(living, ["archive", "edit_merge_fields"] * 3, strict=True)
    ]
    sandbox.faults([{"path": PATH, "after": 0, "times": 1, "change": one} for one in changes])
    run = Told(crowd)
    sandbox.clear_faults()
    assert (0, 0) == (run.finished.exit, run.deleted)
    assert run.requests <= 2 + 2 + 2 + 2  # changes, counts, what moved, counts again
    sandbox.advance(60)
    Told(crowd).clean()
    assert_true(crowd)


@pytest.mark.within
def test_hashed_members_are_confirmed_by_what_changed_since(
    sandbox: Sandbox, new_replica: Callable[[], Replica]
) -> None:
    """A hashed id cannot be asked for."""
    replica = new_replica()
    chosen: dict[str, Any] = {
        "selections": {"list_members": TableSelection(hashed=frozenset({"email_address"}))},
        "hash_salt": b"a salt of sixteen",
        "tables": MEMBERS,
    }
    replicate(sandbox, replica, **chosen)
    sandbox.advance(3600)
    erase(sandbox, members(sandbox)[4])
    moves = members(sandbox, lambda r: r["status"] == "subscribed")[8]
    change = {"kind": "archive", "list_id": moves["list_id"], "member_id": moves["id"]}
    sandbox.faults([{"path": PATH, "after": 2, "change": change}])
    sandbox.reset_metrics()
    finished = replicate(sandbox, replica, **chosen)
    sandbox.clear_faults()
    assert (0, 1) == (finished.exit, finished.tables["list_members"]["deleted"])
    assert BY_ID not in sandbox.metrics()["requests"]
    sandbox.advance(60)
    replicate(sandbox, replica, **chosen)
    assert len(members(sandbox)) == len(replica.live("list_members"))


@pytest.mark.within
def test_an_audience_that_cannot_be_counted_is_read_completely(crowd: Pair) -> None:
    erase(crowd.sandbox, members(crowd.sandbox, lambda r: r["status"] == "subscribed")[11])
    # The two counts of the comparison, each asked three times.
    count = {"path": "/members$", "query": "count=1(&|$)", "kind": "empty-page", "times": 6}
    crowd.sandbox.faults([count])
    run = Told(crowd)
    crowd.sandbox.clear_faults()
    assert (0, 1) == (run.finished.exit, run.deleted)
    assert "is read completely: its members could not be counted" in run.messages[0]
    assert_true(crowd)
