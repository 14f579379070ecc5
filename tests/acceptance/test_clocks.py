"""Clocks and times that are wrong: of the server, of this machine, of single records.

The kind: a time that is taken for *now*, or for the end of what was read, and lies elsewhere. None
may hide what changes, whichever end it errs to; and what an earlier version left behind heals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.runs.report.events import Event, Notice
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    KEYS,
    READ,
    STALE,
    Pair,
    Replica,
    assert_true_to,
    changes_of,
    clock_of,
    replicate,
    request_for,
    services_of,
)
from tests.words import heard

AHEAD = "Fri, 31 Dec 2099 23:59:59 GMT"
BEHIND = "Sat, 03 Jan 1970 00:00:00 GMT"
MEMBERS = ("lists", "list_members")
YEARS = dt.timedelta(days=80 * 365)


SIZES = {"members": 45, "campaigns": 3, "events": 40, "audiences": 1}


@pytest.fixture
def account() -> Iterator[Sandbox]:
    with Sandbox.start(**SIZES) as own:
        yield own


@pytest.fixture
def pair(new_pair: Callable[..., Pair]) -> Pair:
    """A small one: none of this hangs on size."""
    return new_pair(**SIZES)


def wrong(date: str, times: int | None = None) -> dict[str, Any]:
    return {"path": "^/ping", "kind": "wrong-date", "date": date, "times": times}


def run_of(pair: Pair, **overrides: Any) -> list[str]:
    """A run that succeeds; what it told besides the usual."""
    told: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, Notice):
            told.append(heard(event))

    finished = replicate(pair.sandbox, pair.replica, emit=hear, **overrides)
    assert (0, None) == (finished.exit, finished.said)
    return told


def age(replica: Replica, days: int) -> None:
    """The ledger as a version left it that believed in a clock which was so many days ahead."""
    replica.date_ahead(days)


@pytest.mark.within
@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("date", "times", "tables"),
    [
        (AHEAD, 1, MEMBERS),
        (AHEAD, None, MEMBERS),
        (BEHIND, 1, MEMBERS),
        (BEHIND, None, MEMBERS),
        (AHEAD, None, READ),
    ],
)
def test_a_wrong_date_hides_nothing_from_its_run_nor_from_later_ones(
    pair: Pair, date: str, times: int | None, tables: tuple[str, ...]
) -> None:
    sandbox = pair.sandbox
    for place in range(3):
        sandbox.change("edit_merge_fields")
        sandbox.change("subscribe")
        sandbox.advance(3600)
        if not place:
            sandbox.faults([wrong(date, times)])
        told = run_of(pair, tables=tables)
        sandbox.clear_faults()
        assert_true_to(sandbox, pair.replica, tables, stale=STALE)
        ahead = times is None and date != BEHIND and not place
        assert ahead == any("clock shows" in message for message in told)
    lines = [line for table in tables for line in pair.replica.lines(table)]
    assert "2026" == max(line["until"] for line in lines)[:4]


@pytest.mark.within
@pytest.mark.either_engine
@pytest.mark.parametrize("way", ["run", "full", "repair"])
def test_a_ledger_that_speaks_for_the_future_heals(pair: Pair, way: str) -> None:
    """A run and a full refresh by themselves; what `reconcile` finds, its repair puts right."""
    sandbox, replica = pair.sandbox, pair.replica
    tables = READ if way == "run" else MEMBERS
    run_of(pair, tables=tables)
    age(replica, 73 * 365)
    gone = sandbox.change("delete_permanently")
    sandbox.change("edit_merge_fields")
    sandbox.change("add_event", action="click")
    sandbox.advance(3600)
    reread = None
    if way == "repair":
        request = request_for(sandbox, replica, tables=("list_members",))
        ports = services_of(request, **replica.ports(sandbox))
        compared = reconcile(request, ports, Level.ROWS)
        reread = compared.repairable
        assert {gone["list_id"]} <= reread["list_members"]
    told = run_of(pair, tables=tables, full_refresh=way == "full", reread=reread)
    assert any("clock that was wrong" in message for message in told)
    assert_true_to(sandbox, replica, tables, stale=STALE)
    sandbox.change("edit_merge_fields")
    sandbox.advance(3600)
    assert [] == run_of(pair, tables=tables)
    assert_true_to(sandbox, replica, tables, stale=STALE)


@pytest.mark.within
@pytest.mark.either_engine
def test_a_line_from_the_future_does_not_come_true_later(pair: Pair) -> None:
    """What it spoke for was not read, also once its time has come."""
    sandbox, replica, hours = pair.sandbox, pair.replica, 3600
    run_of(pair, tables=MEMBERS)
    age(replica, 2)
    for passed in (1 * hours, 40 * hours, 12 * hours):
        sandbox.change("edit_merge_fields")
        sandbox.advance(passed)
        run_of(pair, tables=MEMBERS)
        assert_true_to(sandbox, replica, MEMBERS, stale=STALE)


@pytest.mark.within
@pytest.mark.either_engine
def test_a_clock_of_ours_that_is_behind_or_ahead_costs_requests_and_no_row(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    right = clock_of(sandbox)
    for shift in (-YEARS / 2, YEARS, dt.timedelta()):
        sandbox.change("edit_merge_fields")
        sandbox.change("delete_permanently")
        sandbox.change("add_event", action="open")
        sandbox.advance(3600)
        run_of(pair, clock=lambda shift=shift: right() + shift)
    assert_true_to(sandbox, replica, stale=STALE)


@pytest.mark.within
@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("first", "start"), [(True, None), (True, dt.date(2026, 1, 1)), (False, None)]
)
def test_a_member_whose_change_lies_ahead_lands_changes_and_leaves(
    account: Sandbox, replica: Replica, first: bool, start: dt.date | None
) -> None:
    """No window of any run holds it, and no count."""
    sandbox, pair, ids = account, Pair(account, replica), []
    if not first:
        run_of(pair, start_date=start)
    for timestamp in ("2099-12-31T23:59:59+00:00", "9999-12-31T23:59:59+00:00"):
        status = "archived" if timestamp < "3" else "subscribed"
        member = sandbox.change("subscribe", status=status)
        where = {"list_id": member["list_id"], "member_id": member["id"]}
        sandbox.change("postdate", **where, timestamp=timestamp)
        ids.append(where)
    sandbox.advance(3600)

    def there() -> set[str]:
        run_of(pair, start_date=start)
        return {row["id"] for row in replica.live("list_members")} & {
            one["member_id"] for one in ids
        }

    assert {one["member_id"] for one in ids} == there()
    for where in ids:
        sandbox.change("delete_permanently", **where)
    sandbox.advance(3600)
    assert set() == there()


INSTANTS = (
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00+00:00",
    "2026-01-01T00:00:00+99:99",
)
FIELDS = {
    "lists": ("date_created", "stats.campaign_last_sent"),
    "list_members": ("timestamp_opt", "last_note.created_at"),
    "list_segments": ("updated_at",),
    "campaigns": ("send_time", "create_time"),
    "automations": ("create_time",),
    "reports": ("send_time", "opens.last_open"),
    "unsubscribes": ("timestamp",),
}


def test_the_ends_of_time_are_values_like_others(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    odd: dict[tuple[str, str], set[str]] = {}
    for table, fields in FIELDS.items():
        for row, instant in zip(sandbox.truth(table), INSTANTS, strict=False):
            key = [str(row[name]) for name in KEYS[table]]
            for field in fields:
                sandbox.change("odd_value", table=table, key=key, field=field, value=instant)
                odd.setdefault((table, field), set()).add(instant)
    tables = tuple(FIELDS)
    run_of(pair, tables=tables, full_refresh=True, activity_window_days=30)
    for (table, field), instants in odd.items():
        rows = replica.live(table)
        found = {extra[field] for row in rows if field in (extra := row["_extra"] or {})}
        found |= {str(row[field.replace(".", "__")]) for row in rows}
        assert instants <= found, (table, field)
    again = replicate(sandbox, replica, tables=tables, activity_window_days=30)
    assert (0, {}) == (again.exit, changes_of(again))
    request = request_for(sandbox, replica, tables=tables)
    assert 0 == reconcile(request, services_of(request), Level.ROWS).exit
