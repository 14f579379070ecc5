"""What happens to members between two requests that belong together: counts, windows, reports."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import STALE, Replica, assert_true_to, replicate

pytestmark = pytest.mark.either_engine

MEMBERS = ("lists", "list_members")
TABLES = (*MEMBERS, "reports", "reports_email_activity", "reports_sent_to", "unsubscribes")
WEEK_S = 8 * 86400.0


class Once:
    """Does something as the first request comes that counts members since the horizon."""

    def __init__(self, deed: Callable[[], object]) -> None:
        self.deed = deed
        self.done = False

    def __call__(self, _: str, path: str, query: str) -> None:
        counts = "count=1&" in f"{query}&" and "since_last_changed" in query
        if path.endswith("/members") and counts and "archived" not in query and not self.done:
            self.done = True
            self.deed()


@pytest.mark.within
@pytest.mark.parametrize("untimed", [1, 60])
def test_who_comes_between_two_counts_hides_nobody_without_a_time_of_change(
    new_replica: Callable[[], Replica], untimed: int
) -> None:
    """On a first run such a member was not read; on a complete one, many were buried alive."""
    options = {"members": 200, "campaigns": 1, "events": 10, "audiences": 1, "seed": 3}
    with Sandbox.start(**options, members_without_last_changed=untimed) as sandbox:
        replica = new_replica()
        (audience,) = sandbox.truth("lists")
        sandbox.advance(60)

        def subscribe() -> None:
            for _ in range(untimed + 20):
                sandbox.change("subscribe", list_id=audience["id"])

        for wait_s in (3600.0, WEEK_S):
            sandbox.on_request(Once(subscribe))
            assert 0 == replicate(sandbox, replica, tables=MEMBERS).exit
            sandbox.advance(3600)
            assert 0 == replicate(sandbox, replica, tables=MEMBERS).exit
            assert_true_to(sandbox, replica, MEMBERS, stale=STALE)
            assert not replica.buried("list_members")
            sandbox.advance(wait_s)


@pytest.mark.within
@pytest.mark.parametrize("change", ["change_address", "delete_permanently"])
def test_who_changes_while_a_run_reads_and_is_gone_before_the_next_leaves_the_reports(
    new_replica: Callable[[], Replica], change: str
) -> None:
    """It left the window of the first run, whose reports hold it all the same."""
    silent = change == "delete_permanently"
    with Sandbox.start(
        members=100, campaigns=3, events=120, audiences=1, seed=3, erasure_moves_counters=not silent
    ) as sandbox:
        replica = new_replica()
        alive = {m["id"] for m in sandbox.truth("list_members") if m["status"] == "subscribed"}
        sent = sandbox.truth("reports_sent_to")
        row = next(row for row in sent if row["email_id"] in alive)
        who = {"list_id": row["list_id"], "member_id": row["email_id"]}
        begun: list[str] = []

        def edit(_: str, path: str, __: str) -> None:
            if path.endswith("/members") and "segments" not in path and not begun:
                begun.append(path)
                sandbox.advance(5)
                sandbox.change("edit_merge_fields", **who)

        sandbox.on_request(edit)
        assert 0 == replicate(sandbox, replica, tables=TABLES).exit
        assert begun
        sandbox.advance(600)
        sandbox.change(change, **who)
        sandbox.advance(3600)
        assert 0 == replicate(sandbox, replica, tables=TABLES).exit
        assert_true_to(sandbox, replica, TABLES, stale=STALE)
