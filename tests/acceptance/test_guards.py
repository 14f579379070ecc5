"""What stands between a misleading answer and a tombstone, one guard at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    READ,
    STALE,
    Pair,
    Replica,
    Row,
    assert_true_to,
    replicate,
)

pytestmark = [pytest.mark.either_engine, pytest.mark.within]
"""What decides lies above the destinations."""


SIZES = {"members": 90, "campaigns": 4, "events": 90, "audiences": 2, "seed": 11}


@pytest.fixture
def pair(new_pair: Callable[..., Pair]) -> Pair:
    """A small one: none of this hangs on size."""
    return new_pair(**SIZES)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(**SIZES) as own:
        yield own


def a_segment_with_members(sandbox: Sandbox) -> Row:
    held = {row["segment_id"] for row in sandbox.truth("list_segment_members")}
    found: Row = next(
        row
        for row in sandbox.truth("list_segments")
        if row["id"] in held and row["type"] == "saved"
    )
    return found


def lines_of(replica: Replica, table: str, parent: str) -> list[Row]:
    return [line for line in replica.lines(table) if line["parent_key"] == parent]


def test_a_record_that_a_walk_missed_is_looked_for_again_before_it_is_buried(pair: Pair) -> None:
    """It leaves before the walk and is back for the second look.

    It does so by its rating, a silent column, which another segment may show as it was meanwhile.
    """
    sandbox, replica = pair.sandbox, pair.replica
    segment = a_segment_with_members(sandbox)
    where = {"list_id": segment["list_id"], "segment_id": segment["id"]}
    left = sandbox.change("leave_segment", **where)
    back = {"kind": "join_segment", **where, "member_id": left["id"]}
    path = f"^/lists/{segment['list_id']}/segments/{segment['id']}/members$"
    sandbox.faults([{"path": path, "change": back, "when": "after"}])
    finished = replicate(sandbox, replica)
    assert (0, None) == (finished.exit, finished.said)
    assert not replica.buried("list_segment_members")
    assert_true_to(sandbox, replica, ["list_segment_members"], stale=STALE)


def test_a_walk_that_is_not_proven_buries_nothing_and_is_not_called_proven(pair: Pair) -> None:
    """Each attempt ends in an empty page; whatever a look after that would find."""
    sandbox, replica = pair.sandbox, pair.replica
    segment = a_segment_with_members(sandbox)
    left = sandbox.change("leave_segment", list_id=segment["list_id"], segment_id=segment["id"])
    path = f"^/lists/{segment['list_id']}/segments/{segment['id']}/members$"
    sandbox.faults([{"path": path, "kind": "empty-page", "times": 3}])
    finished = replicate(sandbox, replica)
    assert (1, "unproven") == (finished.exit, finished.tables["list_segment_members"]["state"])
    assert not replica.buried("list_segment_members")
    parent = f"{segment['list_id']}/{segment['id']}"
    states = [line["state"] for line in lines_of(replica, "list_segment_members", parent)]
    assert "unproven" == states[-1]
    sandbox.clear_faults()
    assert 0 == replicate(sandbox, replica).exit
    assert {(segment["list_id"], segment["id"], left["id"])} == replica.buried(
        "list_segment_members"
    )


def test_what_hangs_below_a_parent_stays_while_the_parent_answers(pair: Pair) -> None:
    """Not listed, but there by its id."""
    sandbox, replica = pair.sandbox, pair.replica
    sandbox.faults([{"path": "^/lists$", "kind": "empty-page", "times": None}])
    finished = replicate(sandbox, replica)
    assert 1 == finished.exit
    assert {} == {table: keys for table in READ if (keys := replica.buried(table))}


def test_a_member_that_was_not_met_is_asked_for_by_id_before_it_is_buried(pair: Pair) -> None:
    """A search and its readings are over when the member is back under the old address."""
    sandbox, replica = pair.sandbox, pair.replica
    moved = sandbox.change("change_address")
    back = {
        "kind": "change_address",
        "list_id": moved["list_id"],
        "member_id": moved["id"],
        "email": moved["old_email_address"],
    }
    path = f"^/lists/{moved['list_id']}/members/{moved['old_id']}$"
    sandbox.faults([{"path": path, "change": back, "when": "before"}])
    assert replicate(sandbox, replica).exit in (0, 1)
    assert (moved["list_id"], moved["old_id"]) not in replica.buried("list_members")
    sandbox.clear_faults()
    assert 0 == replicate(sandbox, replica).exit
    assert_true_to(sandbox, replica, ["list_members"])


def test_the_last_second_that_is_read_is_over(sandbox: Sandbox, replica: Replica) -> None:
    """In the second that the server's clock shows, further changes can still come."""
    arrived: list[tuple[str, int]] = []
    sandbox.on_request(lambda _, path, __: arrived.append((path, int(sandbox.now))))
    assert 0 == replicate(sandbox, replica).exit
    lines = [line for table in replica.tables() for line in replica.lines(table)]
    place = next(i for i, (path, _) in enumerate(arrived) if path == "/ping")
    until = dt.datetime.fromisoformat(max(line["until"] for line in lines)).timestamp()
    # The clock was read between the arrival of that request and of the next one.
    assert until + 1 in {second for _, second in arrived[place : place + 2]}


def test_what_happened_at_the_midnight_of_the_start_date_is_read(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    midnight = "2026-05-20T00:00:00+00:00"
    sandbox.change("add_event", timestamp=midnight)
    finished = replicate(sandbox, replica, start_date=dt.date(2026, 5, 20))
    assert (0, None) == (finished.exit, finished.said)
    times = [row["timestamp"] for row in replica.live("reports_email_activity")]
    assert midnight in times
