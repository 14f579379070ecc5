"""A campaign to many, killed in its middle: the next run goes on there, and its rows are exact.

12,000 recipients in `make test`, 200,000 in `make soak`; the pages are as large as Mailchimp's.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest

from chimpline.runs.work.writer import COMMIT_AFTER_S
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import STALE, Replica, assert_true_to, changes_of, replicate
from tests.acceptance.test_kills import Apart
from tests.conftest import DRAWN, chance_of

pytestmark = pytest.mark.either_engine

FEW, MANY = 12_000, 200_000
EVENTS, SENT_TO = "reports_email_activity", "reports_sent_to"
PAGE = 1000
LONGEST_S = 600
TABLES = ("reports", EVENTS, SENT_TO)


def test_a_large_campaign_killed_in_its_middle_goes_on_there(
    replica: Replica,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    recipients = MANY if chance_of(request.config).soak else FEW
    record_property(DRAWN, f"a campaign of {recipients:,} recipients killed in its middle")
    options = {"members": int(recipients * 1.15), "campaigns": 1, "audiences": 1, "seed": 5}
    events = int(recipients / 1.25)
    with Sandbox.start(**options, events=events, recipients_per_event=1.25) as sandbox:
        (report,) = sandbox.truth("reports")
        assert recipients == report["emails_sent"]
        kill_in_the_middle(sandbox, replica, recipients)
        (line,) = replica.lines(EVENTS)
        landed = line["evidence"]["records"]
        sandbox.reset_metrics()
        finished = replicate(sandbox, replica, tables=TABLES)
        assert (0, None) == (finished.exit, finished.said)
        assert landed > recipients // 3
        assert min(offsets(sandbox)) > landed - PAGE
        assert_true_to(sandbox, replica, (EVENTS, SENT_TO), stale=STALE)
        quiet = replicate(sandbox, replica, tables=TABLES)
        assert (0, {}) == (quiet.exit, changes_of(quiet))


def kill_in_the_middle(sandbox: Sandbox, replica: Replica, recipients: int) -> None:
    """Kill a run when it asks for the last quarter of the campaign, and has committed something."""
    place, reached = 3 * recipients // 4, threading.Event()

    def watch(_: str, path: str, query: str) -> None:
        last_quarter = "email-activity" in path and int(parse_qs(query)["offset"][0]) > place
        if last_quarter and not reached.is_set():
            time.sleep(1.5 * COMMIT_AFTER_S)
            process.send(signal.SIGKILL)
            reached.set()

    sandbox.on_request(watch)
    process = Apart(sandbox, replica, *TABLES)
    assert reached.wait(LONGEST_S)
    assert -signal.SIGKILL == process.end()


def offsets(sandbox: Sandbox) -> list[int]:
    return [
        int(parse_qs(query)["offset"][0])
        for _, path, query in sandbox.requests()
        if path.endswith("/email-activity") and "offset" in query
    ]
