"""A newer version, with more tables, on a dataset that exists: it keeps its tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chimpline.catalog.rows import ROWS
from chimpline.catalog.selection import TableSet
from chimpline.catalog.tables import DEFAULT_SET_BEFORE, default_set, made_of
from chimpline.message import Message
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.runs.asking.dry_run import estimate
from chimpline.runs.job import run
from chimpline.runs.report.events import Event, Notice, RunFinished
from chimpline.runs.report.info import ledger
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    DATASET,
    Replica,
    assert_true_to,
    clock_of,
    replicate,
    request_for,
    services_of,
)

pytestmark = pytest.mark.either_engine

NEW = ("automation_removed_subscribers", "reports_locations")
"""Below nothing else that is new, and with nothing below them."""
OFFERED = "tables-offered"
NOTE = f"{DATASET}._chimpline_default_set"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small one: these runs are of all tables, and which they are is what counts."""
    with Sandbox.start(members=24, campaigns=3, events=20, audiences=1) as own:
        yield own


def by_an_older_version(sandbox: Sandbox, replica: Replica) -> RunFinished:
    """A run of a version that lacks the new tables."""
    catalog = made_of(tuple(row for row in ROWS if row.name not in NEW))
    request = request_for(sandbox, replica, tables=None)
    ports = services_of(request, clock=clock_of(sandbox), catalog=catalog)
    return run(request, ports)


def test_a_dataset_keeps_its_tables_and_is_offered_what_is_new_once(
    sandbox: Sandbox, replica: Replica
) -> None:
    kept = set(default_set()) - set(NEW)
    assert kept == set(by_an_older_version(sandbox, replica).tables)
    told = []
    for _ in range(2):
        events: list[Event] = []
        sandbox.advance(3600.0)
        finished = replicate(sandbox, replica, tables=None, emit=events.append)
        assert (0, NEW, kept) == (finished.exit, finished.offered, set(finished.tables))
        said = [one.said for one in events if isinstance(one, Notice)]
        told.append([m.kind for m in said if isinstance(m, Message) and m.kind == OFFERED])
    assert [[OFFERED], []] == told
    assert not set(NEW) & set(replica.tables())

    shown = ledger(replica.url, DATASET, clock_of(sandbox))
    above = {name: len(sandbox.truth(name)) for name in ("automations", "reports")}
    assert (set(NEW), above["automations"], above["reports"]) == (
        shown.offered,
        *(shown.requests[name] for name in NEW),
    )

    request = request_for(sandbox, replica, tables=None)
    ports = services_of(request, clock=clock_of(sandbox))
    compared = reconcile(request, ports, Level.COUNTS)
    assert kept == {one.table for one in compared.tables if not one.differences}
    assert kept == {one.table for one in estimate(request, ports).tables}

    assert 0 == replicate(sandbox, replica, tables=TableSet.DEFAULT).exit
    sandbox.advance(3600.0)
    later = replicate(sandbox, replica, tables=None)
    assert (0, ()) == (later.exit, later.offered)
    assert_true_to(sandbox, replica, default_set())


def test_a_dataset_of_a_version_that_kept_no_note_takes_what_that_copied(
    sandbox: Sandbox, replica: Replica
) -> None:
    replicate(sandbox, replica, tables=("lists",))
    replica.execute(f"DROP TABLE {NOTE}")
    replica.execute(f"UPDATE {DATASET}._chimpline_runs SET schema_version = '3.0.90+3'")
    sandbox.advance(3600.0)
    finished = replicate(sandbox, replica, tables=None)
    assert (0, set(DEFAULT_SET_BEFORE)) == (finished.exit, set(finished.tables))
    assert [{"taken": True, "tables": len(DEFAULT_SET_BEFORE)}] == replica.query(
        f"SELECT taken, count(*) AS tables FROM {NOTE} WHERE taken GROUP BY taken"
    )
