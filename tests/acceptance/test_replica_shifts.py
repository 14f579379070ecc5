"""The account changes while it is read; after one quiet run the replica is true to it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    STALE,
    Replica,
    assert_true_to,
    changes_of,
    key_of,
    replicate,
)
from tests.conftest import chance_of

pytestmark = pytest.mark.either_engine

TINY: dict[str, Any] = {"members": 120, "campaigns": 4, "events": 120}
AUDIENCES = ("lists", "list_members", "list_segments", "list_segment_members", "campaigns")
"""Who is in what, and one table beside it."""
SEEDS = 2
"""One before a first load has ended and one later; `make soak` draws twice as many."""

# Answered 504 to, the client shrinks its pages to 15 rows, so that a small account has many.
SMALL_PAGES = {
    "query": r"(^|&)count=(1000|500|250|125|62|31)(&|$)",
    "kind": "504-html",
    "times": None,
}

KINDS = (
    "subscribe",
    "unsubscribe",
    "archive",
    "unarchive",
    "delete_permanently",
    "change_address",
    "edit_merge_fields",
    "tag",
    "untag",
    "join_segment",
    "leave_segment",
    "create_campaign",
    "send_campaign",
    "delete_campaign",
    "add_event",
    "repeat_event",
    "bounce",
    "unsubscribe_from_campaign",
    "create_segment",
    "delete_segment",
    "rename_tag",
    "add_merge_field",
    "delete_interest",
    "delete_list",
    "create_list",
)


def changes_during(seed: int, requests: int, changes: int) -> list[dict[str, Any]]:
    """A fault plan: what changes before or after which request."""
    rng = random.Random(seed)  # noqa: S311 - a plan is no secret
    return [
        {
            "at_request": rng.randrange(4, requests),
            "change": {"kind": rng.choice(KINDS)},
            "when": rng.choice(("before", "after")),
        }
        for _ in range(changes)
    ]


class Unlucky:
    """Changes the account as requests arrive, and tolerates that there is nothing to change."""

    def __init__(self, sandbox: Sandbox, plan: list[dict[str, Any]]) -> None:
        self.sandbox = sandbox
        self.plan = {rule["at_request"]: rule["change"]["kind"] for rule in plan}
        self.seen = 0
        self.done: list[str] = []

    def __call__(self, *_: str) -> None:
        self.seen += 1
        kind = self.plan.get(self.seen)
        if kind is not None:
            try:
                self.sandbox.change(kind)
            except ValueError:
                return
            self.done.append(kind)


def activity_of_deleted_campaigns(sandbox: Sandbox, replica: Replica) -> dict[str, Any]:
    """It stays (docs/how-it-reads.md#what-is-gone)."""
    table, there = "reports_email_activity", {row["id"] for row in sandbox.truth("reports")}
    keys = [key_of(table, row) for row in replica.live(table)]
    return {table: [key for key in keys if key[0] not in there]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(SEEDS * (2 if chance_of(metafunc.config).soak else 1)))


@pytest.mark.within
def test_after_one_quiet_run_nothing_of_the_turmoil_is_left(
    new_replica: Callable[[], Replica], seed: int
) -> None:
    with Sandbox.start(**TINY, seed=seed) as sandbox:
        replica = new_replica()
        sandbox.faults([SMALL_PAGES])
        turmoil = Unlucky(sandbox, changes_during(seed, requests=220, changes=30))
        sandbox.on_request(turmoil)
        # Even seeds: during the first load; odd ones: during a later run as well.
        for _ in range(1 + seed % 2):
            assert replicate(sandbox, replica).exit in (0, 1)
        assert turmoil.done
        turmoil.plan = {}

        finished = replicate(sandbox, replica)

        assert (0, None) == (finished.exit, finished.said)
        kept = activity_of_deleted_campaigns(sandbox, replica)
        assert_true_to(sandbox, replica, stale=STALE, extra=kept)
        quiet = replicate(sandbox, replica)
        assert (0, {}) == (quiet.exit, changes_of(quiet))


@pytest.mark.within
@pytest.mark.parametrize("position", range(1, 4))
@pytest.mark.parametrize("kind", ["unsubscribe", "delete_permanently", "leave_segment"])
def test_a_row_that_leaves_between_two_pages_takes_no_other_with_it(
    new_replica: Callable[[], Replica], kind: str, position: int
) -> None:
    """Exactly between two pages of the collection that it leaves."""
    with Sandbox.start(**TINY, seed=100 + position) as sandbox:
        replica = new_replica()
        path = "segments/.*/members" if kind == "leave_segment" else "/members$"
        hook = {"path": path, "after": 3 * position, "change": {"kind": kind}, "when": "after"}
        sandbox.faults([SMALL_PAGES, hook])
        assert replicate(sandbox, replica, tables=AUDIENCES).exit in (0, 1)
        finished = replicate(sandbox, replica, tables=AUDIENCES)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, AUDIENCES, stale=STALE)


@pytest.mark.within
def test_children_of_a_collection_that_is_read_again_are_read_once(
    new_replica: Callable[[], Replica],
) -> None:
    """Two attempts met the same segments; a second read of one's members would end the run."""
    with Sandbox.start(**TINY, seed=3) as sandbox:
        replica = new_replica()
        largest = sandbox.truth("list_members")[0]["list_id"]
        for _ in range(20):
            sandbox.change("create_segment", list_id=largest)
        first = next(r["id"] for r in sandbox.truth("list_segments") if r["list_id"] == largest)
        shift = {"kind": "delete_segment", "list_id": largest, "segment_id": first}
        path = f"/{largest}/segments$"
        hook = {"path": path, "query": "count=15", "change": shift, "when": "after"}
        sandbox.faults([SMALL_PAGES, hook])
        finished = replicate(sandbox, replica, tables=AUDIENCES)
        assert (0, None) == (finished.exit, finished.said)
        read_again = [r for r in sandbox.requests() if r[1].endswith(path[:-1])]
        assert len(read_again) > 4
        # What only the first attempt met is not there any more.
        assert_true_to(sandbox, replica, ["list_segments"])
        assert 0 == replicate(sandbox, replica, tables=AUDIENCES).exit
        assert_true_to(sandbox, replica, AUDIENCES)
