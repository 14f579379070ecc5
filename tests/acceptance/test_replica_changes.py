"""Kinds of change: the next run makes the replica true again, and touches nothing else.

Every kind, and each cell, is shown within the process in tests/unit/runs/test_changes.py; here, on
real engines and over a socket, one of each way of reading and of each thing that rows can do.
"""

from __future__ import annotations

import datetime as dt

import pytest

from tests.acceptance.replica import (
    ALL,
    STALE,
    Pair,
    assert_true_to,
    changed_between,
    changes_of,
    replicate,
    truth_of,
)
from tests.changes import CASES
from tests.conftest import chance_of

pytestmark = pytest.mark.either_engine

TOLD = ("reports", "unsubscribes", "reports_email_activity")
AT_ONCE = dt.timedelta(0)
HERE = (
    ("change_address", "delete_segment"),
    ("delete_permanently",),
    ("add_event same second", "send_campaign", "add_merge_field"),
)
"""One run carries changes none of which helps another to be seen: one of the people of an audience
and one of its segments; or an event of a campaign, then another campaign, and a field of an
audience. A campaign that was just sent has no gate yet: the event must not be its. An erased
member opens the gates of all campaigns, so it comes alone.
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`make soak` tells every kind on engines, each alone."""
    if "cases" in metafunc.fixturenames:
        soak = chance_of(metafunc.config).soak
        chosen = tuple((case,) for case in CASES) if soak else HERE
        metafunc.parametrize("cases", chosen, ids=" and ".join)


def test_a_run_after_a_change_makes_it_so_and_touches_nothing_else(
    shared_pair: Pair, cases: tuple[str, ...]
) -> None:
    sandbox, replica = shared_pair.sandbox, shared_pair.replica
    before = truth_of(sandbox, ALL)
    for case in cases:
        CASES[case](sandbox)
    after = truth_of(sandbox, ALL)

    finished = replicate(sandbox, replica, tables=None)

    assert (0, None) == (finished.exit, finished.said)
    lagging = assert_true_to(sandbox, replica, ALL, stale=STALE)
    least, most = changed_between(before, after, but=STALE), changed_between(before, after)
    done = changes_of(finished)
    assert least.keys() <= done.keys() <= most.keys()
    for table, (inserted, updated, deleted) in done.items():
        fewest = least.get(table, (0, 0, 0))
        assert (table, fewest[0], fewest[2]) == (table, inserted, deleted)
        assert fewest[1] <= updated <= most[table][1]

    if lagging:
        healed = replicate(sandbox, replica, tables=None, complete_read_every=AT_ONCE)
        assert 0 == healed.exit
        assert {one.table for one in lagging} == changes_of(healed).keys()
        assert_true_to(sandbox, replica, ALL)


@pytest.mark.within
def test_a_counter_that_comes_as_text_opens_its_gate(pair: Pair) -> None:
    """What decides is what was sent: no cell of the table holds it."""
    sandbox, replica = pair.sandbox, pair.replica
    report = next(row for row in sandbox.truth("reports") if row["unsubscribed"])
    where = {"table": "reports", "key": [report["id"]], "field": "unsubscribed"}
    sandbox.change("odd_value", **where, value=str(report["unsubscribed"]))
    sandbox.reset_metrics()
    assert 0 == replicate(sandbox, replica, tables=TOLD).exit
    # The same number in another form is no news.
    assert "/reports/{campaign_id}/unsubscribed" not in sandbox.metrics()["requests"]
    for more in (1, 2):
        sandbox.change("unsubscribe_from_campaign", campaign_id=report["id"])
        sandbox.change("odd_value", **where, value=str(report["unsubscribed"] + more))
        finished = replicate(sandbox, replica, tables=TOLD)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, TOLD[1:], stale=STALE)
