"""Everything that goes wrong between Mailchimp and us: retried, told, and never landed as truth."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chimpline.api.client import Retry
from chimpline.errors import InvalidCredentials, SourceUnavailable
from chimpline.runs.report.events import RunFinished
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES, descendants
from tests.acceptance.conftest import MEMORY
from tests.acceptance.replica import (
    DATASET,
    QUICK,
    READ,
    STALE,
    Pair,
    Replica,
    assert_true_to,
    changes_of,
    replicate,
)
from tests.acceptance.stories import MISLEADING, NOT_THE_FIRST, TRANSIENT
from tests.words import heard, told_of

pytestmark = pytest.mark.either_engine

ABOUT = (
    *("lists", "list_members", "list_segments", "list_segment_members"),
    *("campaigns", "reports", "reports_email_activity"),
)
"""What fails passes below all tables: seven of them, of several ways of reading, tell as much."""

# Many attempts: at one in ten, eight failures in a row do happen among thousands of requests.
STUBBORN = Retry(attempts=20, attempts_when_busy=60, wait_initial_s=0.0, wait_max_s=0.001)


@pytest.mark.within
@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_passes_is_retried_and_nothing_is_lost(
    sandbox: Sandbox, replica: Replica, fault: str
) -> None:
    sandbox.faults([{"kind": fault, "times": None, "probability": 0.1}])
    finished = replicate(sandbox, replica, tables=ABOUT, retry=STUBBORN)
    assert (0, None) == (finished.exit, finished.said)
    sandbox.clear_faults()
    assert_true_to(sandbox, replica, ABOUT)


@pytest.mark.within
def test_all_of_them_at_once_are_survived(sandbox: Sandbox, replica: Replica) -> None:
    sandbox.faults([{"kind": fault, "times": None, "probability": 0.02} for fault in TRANSIENT])
    finished = replicate(sandbox, replica, retry=STUBBORN)
    assert (0, None) == (finished.exit, finished.said)
    sandbox.clear_faults()
    assert_true_to(sandbox, replica)


@pytest.mark.within
@pytest.mark.parametrize("fault", MISLEADING)
def test_a_page_that_lies_is_found_out(pair: Pair, fault: str) -> None:
    """200 with rows that are not the ones asked for: read again, or told; nothing is buried."""
    sandbox, replica = pair.sandbox, pair.replica
    lies = {"path": NOT_THE_FIRST, "kind": fault, "times": None, "probability": 0.1}
    sandbox.faults([lies])
    finished = replicate(sandbox, replica, full_refresh=True)
    assert finished.exit in (0, 1)
    assert {} == replica.buried_in(READ)
    sandbox.clear_faults()
    quiet = replicate(sandbox, replica)
    assert (0, {}) == (quiet.exit, changes_of(quiet))
    assert_true_to(sandbox, replica)


def answers_nobody(sandbox: Sandbox, path: str, collection: str) -> None:
    """From now on, though by their id the records answer."""
    sandbox._engine.last_bodies[path] = f'{{"{collection}":[],"total_items":0}}'.encode()
    sandbox.faults([{"path": f"{path}$", "kind": "repeated-page", "times": None}])


@pytest.mark.within
def test_an_audience_that_answers_everything_with_nobody_is_not_buried(
    new_pair: Callable[..., Pair],
) -> None:
    """No changes, then counts of 0 and empty pages: all agrees, but by their id they answer.

    Members are more than are asked for one by one.
    """
    pair = new_pair(members=160, audiences=1, campaigns=2, tables=ABOUT)
    sandbox, replica = pair.sandbox, pair.replica
    (audience,) = sandbox.truth("lists")
    answers_nobody(sandbox, f"/lists/{audience['id']}/members", "members")
    finished = replicate(sandbox, replica, tables=ABOUT)
    sandbox.clear_faults()
    assert (1, "unproven") == (finished.exit, finished.tables["list_members"]["state"])
    assert_true_to(sandbox, replica, ABOUT, stale=STALE)


@pytest.mark.within
@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("lost", [1, 4])
def test_a_segment_that_nobody_is_subscribed_to_is_not_lost_by_empty_answers(
    sandbox: Sandbox, new_replica: Callable[[], Replica], *, begun: bool, lost: int
) -> None:
    """Mailchimp's total leaves them out: it is 0, whether the page is true or lost."""
    held = {row["segment_id"] for row in sandbox.truth("list_segment_members")}
    segments = sandbox.truth("list_segments")
    tag = next(one for one in segments if one["type"] == "static" and one["id"] in held)
    for row in sandbox.truth("list_segment_members"):
        if row["segment_id"] == tag["id"] and row["status"] == "subscribed":
            chosen = {"list_id": row["list_id"], "member_id": row["id"]}
            sandbox.change("unsubscribe", **chosen)
    there = [r for r in sandbox.truth("list_segment_members") if r["segment_id"] == tag["id"]]
    assert there
    replica = new_replica()
    if begun:
        assert 0 == replicate(sandbox, replica, tables=ABOUT).exit
        sandbox.change("clean", list_id=there[0]["list_id"], member_id=there[0]["id"])
    path = f"/segments/{tag['id']}/members$"
    sandbox.faults([{"path": path, "kind": "empty-page", "times": lost}])
    finished = replicate(sandbox, replica, tables=ABOUT)
    sandbox.clear_faults()
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, ABOUT, stale=STALE)


@pytest.mark.within
def test_more_records_than_are_asked_for_one_by_one_are_not_buried_by_an_empty_listing(
    new_replica: Callable[[], Replica],
) -> None:
    with Sandbox.start(members=5, audiences=1, campaigns=55, events=5) as sandbox:
        replica = new_replica()
        assert 0 == replicate(sandbox, replica, tables=["campaigns"]).exit
        sandbox.advance(3600)
        answers_nobody(sandbox, "/campaigns", "campaigns")
        finished = replicate(sandbox, replica, tables=["campaigns"])
        assert (1, "unproven") == (finished.exit, finished.tables["campaigns"]["state"])
        assert 55 == len(replica.live("campaigns"))


@pytest.mark.within
def test_a_segment_that_is_known_to_hold_nobody_is_looked_at_once(pair: Pair) -> None:
    """Its own count may tell of somebody for ever."""
    sandbox, replica = pair.sandbox, pair.replica
    held = next(one for one in sandbox.truth("list_segments") if one["member_count"])
    path = f"/lists/{held['list_id']}/segments/{held['id']}/members"
    answers_nobody(sandbox, path, "members")
    asked = []
    for _ in range(3):
        sandbox.reset_metrics()
        assert 0 == replicate(sandbox, replica, tables=["list_segment_members"]).exit
        paths = [one for _, one, _ in sandbox.requests()]
        asked.append(sum(one.endswith(path) for one in paths))
    # Eight looks, and as many to confirm that all of them are gone; then it is known.
    assert [16, 1, 1] == asked


@pytest.mark.within
@pytest.mark.parametrize("fault", MISLEADING)
def test_a_lying_page_of_the_first_load_is_made_good(
    sandbox: Sandbox, replica: Replica, fault: str
) -> None:
    sandbox.faults([{"path": NOT_THE_FIRST, "kind": fault, "times": None, "probability": 0.1}])
    first = replicate(sandbox, replica)
    sandbox.clear_faults()
    if first.exit == 0:
        assert_true_to(sandbox, replica)
    assert 0 == replicate(sandbox, replica).exit
    assert_true_to(sandbox, replica)


def test_a_slow_answer_is_given_up_and_asked_for_again(sandbox: Sandbox, replica: Replica) -> None:
    slow = {"path": "/reports/", "kind": "slow", "seconds": 2.0, "times": 3}
    sandbox.faults([slow])
    hasty = Retry(request_timeout_s=0.7, wait_initial_s=0, wait_max_s=0)
    finished = replicate(sandbox, replica, tables=ABOUT, retry=hasty)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, ABOUT)


# -- refused ----------------------------------------------------------------------------------


def states(finished: RunFinished) -> dict[str, str]:
    return {name: str(told["state"]) for name, told in finished.tables.items()}


@pytest.mark.within
@pytest.mark.parametrize("table", ["reports", "list_members"])
def test_a_refused_table_is_left_out_with_its_children_and_the_others_land(
    pair: Pair, table: str
) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    path, below = TABLES[table].path, sorted(descendants(table) & set(READ))
    before = replica.stored_in([table, *below])
    sandbox.change("subscribe")
    sandbox.change("delete_permanently")
    sandbox.change("create_campaign")
    sandbox.role("author", refuse=[path])
    finished = replicate(sandbox, replica)
    assert 1 == finished.exit
    refused = {name for name, state in states(finished).items() if state == "refused"}
    assert {table, *below} == refused
    assert table in heard(finished)
    assert "403" in heard(finished.tables[table])
    assert "403" in heard(finished.tables[next(iter(below), table)])
    assert before == replica.stored_in(list(before))
    others = [name for name in READ if name not in refused]
    if table != "list_members":
        assert_true_to(sandbox, replica, others)
    sandbox.role("owner")
    assert 0 == replicate(sandbox, replica).exit
    assert_true_to(sandbox, replica)


@pytest.mark.within
def test_when_nothing_answers_the_run_ends_and_says_so(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    sandbox.faults([{"path": NOT_THE_FIRST, "kind": "502-html", "times": None}])
    finished = replicate(sandbox, replica)
    assert 1 == finished.exit
    sandbox.faults([{"kind": "502-html", "times": None, "after": 20}])
    with pytest.raises(SourceUnavailable):
        replicate(sandbox, replica)
    sandbox.clear_faults()
    assert 0 == replicate(sandbox, replica).exit
    assert_true_to(sandbox, replica)
    assert {} == replica.buried_in(READ)


@pytest.mark.parametrize(
    "after",
    [pytest.param(0, marks=pytest.mark.within), 12, pytest.param(60, marks=pytest.mark.within)],
)
def test_a_token_revoked_in_the_middle_ends_the_run_and_the_next_goes_on(
    sandbox: Sandbox, replica: Replica, after: int
) -> None:
    sandbox.faults([{"kind": "revoked", "after": after}])
    with pytest.raises(InvalidCredentials) as ended:
        replicate(sandbox, replica, tables=ABOUT, retry=QUICK)
    assert "re-authentication" in told_of(ended.value).what
    assert sandbox.api_key not in told_of(ended.value).what
    assert (["failed"] if after else []) == replica.states_of_runs()
    if replica.kind != MEMORY and after:
        (row,) = replica.query(f"SELECT report FROM {DATASET}._chimpline_runs")
        assert 2 == row["report"]["exit"]
    sandbox.restore()
    sandbox.clear_faults()
    finished = replicate(sandbox, replica, tables=ABOUT)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, ABOUT)


@pytest.mark.within
def test_members_without_a_cursor_that_were_not_proven_are_asked_for_again(
    new_replica: Callable[[], Replica],
) -> None:
    """They are in no window, so that nothing but the mark of a complete read betrays them."""
    options = {"members": 60, "campaigns": 2, "events": 20, "seed": 3}
    with Sandbox.start(**options, members_without_last_changed=5) as sandbox:
        replica = new_replica()
        unfiltered = r"^(?!.*(before|since)_last_changed|.*status=archived).*count=1000"
        lies = {"path": "/members$", "query": unfiltered, "kind": "empty-page", "times": None}
        sandbox.faults([lies])
        finished = replicate(sandbox, replica, tables=ABOUT)
        assert (1, "unproven") == (finished.exit, finished.tables["list_members"]["state"])
        sandbox.clear_faults()
        finished = replicate(sandbox, replica, tables=ABOUT)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, ABOUT)


@pytest.mark.within
@pytest.mark.parametrize("times", [1, None])
def test_a_lying_count_hides_no_member_without_a_cursor(
    new_replica: Callable[[], Replica], times: int | None
) -> None:
    """A window's count in place of the whole's says that nobody is without a time of change."""
    options = {"members": 60, "campaigns": 2, "events": 20, "seed": 3, "audiences": 1}
    with Sandbox.start(**options, members_without_last_changed=3) as sandbox:
        replica = new_replica()
        assert 0 == replicate(sandbox, replica, tables=ABOUT).exit
        sandbox.advance(3600)
        sandbox.change("add_merge_field")
        unfiltered = r"^(?!.*(before|since)_last_changed|.*status=archived)(.*&)?count=[12](&|$)"
        lies = {"path": "/members$", "query": unfiltered, "kind": "repeated-page", "times": times}
        sandbox.faults([lies])
        finished = replicate(sandbox, replica, tables=ABOUT)
        sandbox.clear_faults()
        if times is None:
            assert (1, "unproven") == (finished.exit, finished.tables["list_members"]["state"])
            finished = replicate(sandbox, replica, tables=ABOUT)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, ABOUT, stale=STALE)
