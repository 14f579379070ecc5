"""A campaign that was read in part: the next run goes on in its middle, where that is proven."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from chimpline.catalog.selection import TableSelection
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    DATASET,
    STALE,
    Replica,
    assert_true_to,
    changes_of,
    replicate,
)
from tests.acceptance.test_replica_shifts import SMALL_PAGES as SMALL
from tests.format_1 import back

pytestmark = pytest.mark.either_engine

EVENTS, SENT_TO = "reports_email_activity", "reports_sent_to"
SMALL_PAGES = {**SMALL, "path": "^/reports/"}
"""Of campaigns only: members are no matter here."""
PATHS = {EVENTS: "email-activity", SENT_TO: "sent-to"}
PAGE = 15
TABLES: dict[str, Any] = {
    "tables": ("lists", "list_members", "reports", EVENTS, SENT_TO),
    "connections": 2,
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """One campaign of more than twenty small pages, and little else."""
    with Sandbox.start(
        members=420, campaigns=1, events=300, audiences=1, recipients_per_event=1.3, seed=5
    ) as own:
        own.faults([SMALL_PAGES])
        yield own


def offsets(sandbox: Sandbox, table: str) -> list[int]:
    """The offsets of the small pages of a table, in the order they were asked."""
    asked = [
        {name: int(values[0]) for name, values in parse_qs(query).items() if values[0].isdigit()}
        for _, path, query in sandbox.requests()
        if path.endswith(PATHS[table])
    ]
    return [query["offset"] for query in asked if query["count"] == PAGE]


def stop_in_the_middle(
    sandbox: Sandbox,
    replica: Replica,
    table: str,
    pages: int = 14,
    tables: tuple[str, ...] = ("lists", "list_members", "reports"),
    **overrides: Any,
) -> int:
    """Stop a run while it waits for this small page of a table: no answer comes before the end.

    The first offset that it asked.
    """
    stop, seen = threading.Event(), 0

    def watch(_: str, path: str, query: str) -> None:
        nonlocal seen
        seen += path.endswith(PATHS[table]) and f"count={PAGE}" in query
        if seen == pages:
            stop.set()

    sandbox.on_request(watch)
    small = {"path": f"{PATHS[table]}$", "query": rf"count={PAGE}\b"}
    late = {**small, "kind": "slow", "after": pages - 1, "seconds": 30.0}
    sandbox.faults([SMALL_PAGES, late])
    finished = replicate(
        sandbox,
        replica,
        cancelled=stop,
        tables=(*tables, table),
        connections=3,
        **overrides,
    )
    assert "cancelled" == str(finished.state)
    sandbox.faults([SMALL_PAGES])
    begun = min(offsets(sandbox, table))
    sandbox.reset_metrics()
    return begun


def proof_of(replica: Replica, table: str) -> str:
    (row,) = replica.lines(table)
    assert "proven" == row["state"]
    return str(row["proof"])


@pytest.mark.within
@pytest.mark.parametrize("table", [EVENTS, SENT_TO])
def test_what_was_landed_of_a_campaign_is_not_asked_again(
    sandbox: Sandbox, replica: Replica, table: str
) -> None:
    stop_in_the_middle(sandbox, replica, table)
    (line,) = replica.lines(table)
    assert "unproven" == line["state"]

    finished = replicate(sandbox, replica, **TABLES)

    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, TABLES["tables"], stale=STALE)
    assert min(offsets(sandbox, table)) > 5 * (PAGE - 1)
    assert "begun at" in proof_of(replica, table)
    # It is as old as its first part.
    assert line["until"] == replica.lines(table)[0]["until"]
    quiet = replicate(sandbox, replica, **TABLES)
    assert (0, {}) == (quiet.exit, changes_of(quiet))


def test_one_that_was_begun_under_the_ledgers_form_1_is_gone_on_with(
    sandbox: Sandbox, replica: Replica
) -> None:
    stop_in_the_middle(sandbox, replica, EVENTS)
    for sql in back(replica.kind, DATASET, replica.query):
        replica.execute(sql)
    (line,) = replica.lines(EVENTS)
    assert "_reached" in str(line["gate"])

    finished = replicate(sandbox, replica, **TABLES)

    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, TABLES["tables"], stale=STALE)
    assert min(offsets(sandbox, EVENTS)) > 5 * (PAGE - 1)
    assert "begun at" in proof_of(replica, EVENTS)


@pytest.mark.within
def test_a_campaign_stopped_again_and_again_is_read_once(
    sandbox: Sandbox, replica: Replica
) -> None:
    begun = [stop_in_the_middle(sandbox, replica, EVENTS, pages=10) for _ in range(3)]
    finished = replicate(sandbox, replica, **TABLES)
    begun.append(min(offsets(sandbox, EVENTS)))
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, TABLES["tables"], stale=STALE)
    assert 0 == begun[0] < begun[1] < begun[2] < begun[3]


def erase_a_recipient_of_the_first_part(sandbox: Sandbox) -> None:
    recipient = sandbox.truth(SENT_TO)[0]
    sandbox.change(
        "delete_permanently", list_id=recipient["list_id"], member_id=recipient["email_id"]
    )


def one_more_event(sandbox: Sandbox) -> None:
    first = sandbox.truth(EVENTS)[0]
    sandbox.change("add_event", campaign_id=first["campaign_id"], email_id=first["email_id"])


def another_address(sandbox: Sandbox) -> None:
    recipient = sandbox.truth(SENT_TO)[0]
    sandbox.change("change_address", list_id=recipient["list_id"], member_id=recipient["email_id"])


CHANGES: dict[str, Callable[[Sandbox], None]] = {
    "a recipient is erased": erase_a_recipient_of_the_first_part,
    "an event comes": one_more_event,
    "a recipient takes another address": another_address,
}


@pytest.mark.within
@pytest.mark.parametrize("members", [True, False], ids=["members", "without members"])
@pytest.mark.parametrize("moves", [True, False], ids=["counted", "silent"])
@pytest.mark.parametrize("case", CHANGES)
def test_a_first_part_that_may_have_changed_is_not_built_upon(
    replica: Replica, case: str, *, moves: bool, members: bool
) -> None:
    """Whether or not the erasure moves a counter, and whether or not members are copied."""
    if case == "a recipient takes another address" and not members:
        return  # an address betrays itself by its member alone, as docs/how-it-reads.md says
    options: dict[str, Any] = {"members": 420, "campaigns": 1, "events": 300, "audiences": 1}
    with Sandbox.start(
        **options, recipients_per_event=1.3, seed=5, erasure_moves_counters=moves
    ) as sandbox:
        sandbox.faults([SMALL_PAGES])
        stop_in_the_middle(sandbox, replica, EVENTS)
        CHANGES[case](sandbox)
        tables = TABLES if members else {**TABLES, "tables": ("reports", EVENTS, SENT_TO)}

        finished = replicate(sandbox, replica, **tables)

        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, tables["tables"], stale=STALE)
        assert 0 in offsets(sandbox, EVENTS)


@pytest.mark.within
@pytest.mark.parametrize(
    "otherwise",
    [
        {"full_refresh": True},
        {"start_date": dt.date(2020, 1, 1)},
        {"complete_read_every": dt.timedelta(0)},
    ],
    ids=["full refresh", "a start date", "complete read due"],
)
def test_another_question_is_answered_from_the_start(
    sandbox: Sandbox, replica: Replica, otherwise: dict[str, Any]
) -> None:
    stop_in_the_middle(sandbox, replica, EVENTS)
    finished = replicate(sandbox, replica, **TABLES, **otherwise)
    assert (0, None) == (finished.exit, finished.said)
    assert 0 == min(offsets(sandbox, EVENTS))
    assert "begun at" not in proof_of(replica, EVENTS)


def test_a_first_part_that_is_not_in_the_destination_any_more_is_read_again(
    sandbox: Sandbox, replica: Replica
) -> None:
    stop_in_the_middle(sandbox, replica, EVENTS)
    landed = [row["email_id"] for row in replica.live(EVENTS)]
    gone = min(landed)
    replica.execute(f"DELETE FROM {DATASET}.{EVENTS} WHERE email_id = '{gone}'")
    # As if they had never landed, and not as if somebody had removed them.
    replica.execute(
        f"UPDATE {DATASET}._chimpline_tables SET rows = rows - {landed.count(gone)}"
        f" WHERE table_name = '{EVENTS}'"
    )
    finished = replicate(sandbox, replica, **TABLES)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, TABLES["tables"], stale=STALE)
    assert "begun at" not in proof_of(replica, EVENTS)


@pytest.mark.within
def test_what_a_first_read_left_behind_is_read_again_though_the_counters_are_back(
    replica: Replica,
) -> None:
    """An event comes, a run that lands it is stopped, its member is erased: the gate is as before.

    Without members among the tables, nothing else would betray that the event is gone.
    """
    options: dict[str, Any] = {"members": 420, "campaigns": 1, "events": 300, "audiences": 1}
    tables = {**TABLES, "tables": ("reports", EVENTS)}
    with Sandbox.start(**options, recipients_per_event=1.3, seed=5) as sandbox:
        sandbox.faults([SMALL_PAGES])
        assert 0 == replicate(sandbox, replica, **tables).exit
        with_events = {row["email_id"] for row in sandbox.truth(EVENTS)}
        silent = next(row for row in sandbox.truth(SENT_TO) if row["email_id"] not in with_events)
        sandbox.change("add_event", campaign_id=silent["campaign_id"], email_id=silent["email_id"])
        stop_in_the_middle(sandbox, replica, EVENTS, 26, tables=("reports",))
        assert len(replica.live(EVENTS)) > 300
        sandbox.change(
            "delete_permanently", list_id=silent["list_id"], member_id=silent["email_id"]
        )
        assert 0 == replicate(sandbox, replica, **tables).exit
        assert_true_to(sandbox, replica, [EVENTS], stale=STALE)


@pytest.mark.within
def test_a_hashed_key_stands_nowhere_in_clear_and_the_campaign_begins_anew(
    sandbox: Sandbox, replica: Replica
) -> None:
    people = frozenset({"email_id", "email_address"})
    chosen: dict[str, Any] = {
        "selections": {
            "list_members": TableSelection(hashed=frozenset({"id", "email_address"})),
            EVENTS: TableSelection(hashed=people),
        },
        "hash_salt": b"a salt of sixteen",
    }
    stop_in_the_middle(sandbox, replica, EVENTS, **chosen)
    told = str(replica.lines(EVENTS))
    assert "in progress" in told
    assert not [row for row in sandbox.truth(SENT_TO) if row["email_id"] in told]
    tables = ("lists", "list_members", "reports", EVENTS)
    assert 0 == replicate(sandbox, replica, tables=tables, **chosen).exit
    assert 0 == min(offsets(sandbox, EVENTS))
    assert len(sandbox.truth(EVENTS)) == len(replica.live(EVENTS))
