"""However an account pages its lists: all of it lands, or the table is not called done."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    READ,
    Key,
    Replica,
    Row,
    key_of,
    replicate,
    request_for,
    services_of,
)
from tests.acceptance.stories import NOT_THE_FIRST

pytestmark = pytest.mark.either_engine

TINY: dict[str, Any] = {"members": 10, "campaigns": 0, "events": 0}
TABLES = ("automations", "automation_emails")
EMAILS = "/automations/.*/emails$"

WHOLE: dict[str, list[dict[str, Any]]] = {
    "names no total": [{"kind": "total-absent"}],
    "names null as the total": [{"kind": "total-null"}],
    "names what a page holds as the total": [{"kind": "page-capped"}, {"kind": "total-wrong"}],
    "sends ten at a time": [{"kind": "page-capped"}],
    "sends ten at a time and no total": [{"kind": "page-capped"}, {"kind": "total-absent"}],
    "sends ten whatever is asked": [{"kind": "count-unread"}],
    "sends all each time": [{"kind": "count-unread", "rows": None}, {"kind": "offset-unread"}],
    "sends all each time and no total": [
        {"kind": "count-unread", "rows": None},
        {"kind": "offset-unread"},
        {"kind": "total-absent"},
    ],
    "reads no offset": [{"kind": "offset-unread"}],
}
PART: dict[str, list[dict[str, Any]]] = {
    "sends the first ten each time": [{"kind": "count-unread"}, {"kind": "offset-unread"}],
    "sends the first ten each time and no total": [
        {"kind": "count-unread"},
        {"kind": "offset-unread"},
        {"kind": "total-absent"},
    ],
}


def played(plan: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    return [{"path": EMAILS, "times": None, **rule} for rule in plan]


def keys(rows: list[Row]) -> set[Key]:
    return {key_of("automation_emails", row) for row in rows}


@pytest.fixture(scope="module")
def series() -> Iterator[Sandbox]:
    """An account with a series of 37 emails."""
    with Sandbox.start(**TINY, automation_emails=37) as own:
        yield own


def test_a_list_that_documents_no_paging_lands_whole_and_is_counted(
    series: Sandbox, replica: Replica
) -> None:
    finished = replicate(series, replica, tables=TABLES)
    assert (0, None) == (finished.exit, finished.said)
    assert keys(series.truth("automation_emails")) == keys(replica.live("automation_emails"))
    request = request_for(series, replica, tables=TABLES)
    assert 0 == reconcile(request, services_of(request), Level.COUNTS).exit


@pytest.mark.within
@pytest.mark.parametrize("server", WHOLE)
def test_however_the_server_pages_all_of_it_lands(
    series: Sandbox, replica: Replica, server: str
) -> None:
    series.faults(played(WHOLE[server]))
    finished = replicate(series, replica, tables=TABLES)
    series.clear_faults()
    assert (0, None) == (finished.exit, finished.said)
    assert keys(series.truth("automation_emails")) == keys(replica.live("automation_emails"))


@pytest.mark.within
@pytest.mark.parametrize("server", PART)
def test_a_part_that_comes_again_and_again_is_landed_and_not_called_done(
    series: Sandbox, replica: Replica, server: str
) -> None:
    series.faults(played(PART[server]))
    finished = replicate(series, replica, tables=TABLES)
    series.clear_faults()
    states = {name: table["state"] for name, table in finished.tables.items()}
    assert (1, {"automations": "done", "automation_emails": "unproven"}) == (finished.exit, states)
    landed = keys(replica.live("automation_emails"))
    assert landed < keys(series.truth("automation_emails"))
    assert 10 == max(collections.Counter(workflow for workflow, _ in landed).values())


OF_MEMBERS = {"list_members", "list_member_tags", "list_member_permissions"}
EVERYWHERE: dict[str, tuple[list[dict[str, Any]], set[str]]] = {
    # Members are proven by counts, which such servers do not tell; their tags ride in them.
    "no total": ([{"kind": "total-absent"}], OF_MEMBERS),
    "ten whatever is asked": ([{"kind": "count-unread"}], OF_MEMBERS),
    "ten at a time": ([{"kind": "page-capped"}], set()),
    "no offset": ([{"kind": "offset-unread"}], set()),
}


@pytest.mark.within
@pytest.mark.parametrize("server", EVERYWHERE)
def test_however_all_paths_page_every_row_lands_and_only_what_is_proven_is_done(
    replica: Replica, server: str
) -> None:
    plan, unproven = EVERYWHERE[server]
    with Sandbox.start(members=40, campaigns=2, events=30, audiences=2, seed=5) as sandbox:
        sandbox.faults([{"path": NOT_THE_FIRST, "times": None, **rule} for rule in plan])
        finished = replicate(sandbox, replica)
        sandbox.clear_faults()
        told = {n for n, table in finished.tables.items() if table["state"] == "unproven"}
        assert (bool(unproven), unproven) == (bool(finished.exit), told)
        live = replica.live_in(READ)
        for table in READ:
            assert len(sandbox.truth(table)) == len(live[table])
