"""Reports beside members that could not be read, or searched: no erased one stays in them.

The kind: a run lands reports and not the members (refused, blocked, not chosen); one of them is
erased before the next run, so that the copy never held it and no count misses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import DATASET, Replica, assert_true_to, replicate

pytestmark = pytest.mark.either_engine

PEOPLE = ("unsubscribes", "reports_sent_to", "reports_email_activity")
ALL_OF_THEM = ("lists", "list_members", "reports", *PEOPLE)
REFUSED = {"path": "/lists/{list_id}/members", "kind": "403-problem", "times": None}


@pytest.fixture
def account() -> Iterator[Sandbox]:
    with Sandbox.start(
        members=45, audiences=1, campaigns=3, events=60, seed=3, erasure_moves_counters=False
    ) as own:
        yield own


def erase_somebody(sandbox: Sandbox) -> None:
    """A member who stands in a report."""
    one = sandbox.truth("unsubscribes")[0]["email_id"]
    (row,) = [row for row in sandbox.truth("list_members") if row["id"] == one]
    sandbox.advance(3600)
    sandbox.change("delete_permanently", list_id=row["list_id"], member_id=one)
    sandbox.advance(3600)


def refused(sandbox: Sandbox, replica: Replica) -> None:
    sandbox.faults([REFUSED])
    finished = replicate(sandbox, replica, tables=ALL_OF_THEM)
    assert "refused" == finished.tables["list_members"]["state"]
    sandbox.clear_faults()


def not_chosen(sandbox: Sandbox, replica: Replica) -> None:
    assert 0 == replicate(sandbox, replica, tables=("lists", "reports", *PEOPLE)).exit


@pytest.mark.within
@pytest.mark.parametrize("first", [refused, not_chosen])
def test_who_is_erased_before_the_members_are_first_read_leaves_the_reports(
    account: Sandbox, replica: Replica, first: Callable[[Sandbox, Replica], None]
) -> None:
    first(account, replica)
    erase_somebody(account)
    finished = replicate(account, replica, tables=ALL_OF_THEM)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(account, replica, ALL_OF_THEM)


TABLE = f"{DATASET}.unsubscribes"
IN_THE_WAY = {
    "blocked": (
        [
            f"ALTER TABLE {TABLE} RENAME TO mine",
            f"CREATE VIEW {TABLE} AS SELECT * FROM {DATASET}.mine",
        ],
        [f"DROP VIEW {TABLE}", f"ALTER TABLE {DATASET}.mine RENAME TO unsubscribes"],
        ALL_OF_THEM,
    ),
    "renamed": (
        [f"ALTER TABLE {TABLE} RENAME COLUMN email_id TO mine"],
        [],
        ("lists", "list_members"),
    ),
}


@pytest.mark.parametrize("engine", ["duckdb"])
@pytest.mark.parametrize(("before", "after", "tables"), IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_who_is_buried_while_a_report_cannot_be_searched_leaves_it_later(
    account: Sandbox,
    replica: Replica,
    before: list[str],
    after: list[str],
    tables: tuple[str, ...],
) -> None:
    """A burial is told once: what could not be asked then is read again as a whole."""
    replicate(account, replica, tables=ALL_OF_THEM)
    for statement in before:
        replica.execute(statement)
    erase_somebody(account)
    finished = replicate(account, replica, tables=tables)
    assert 1 == finished.tables["list_members"]["deleted"]
    for statement in after:
        replica.execute(statement)
    account.advance(3600)
    finished = replicate(account, replica, tables=ALL_OF_THEM)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(account, replica, ALL_OF_THEM)
