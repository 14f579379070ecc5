"""A dataset that chimpline wrote before form 2 of the ledger: what is asked next, and readers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from chimpline.catalog.selection import TableSelection
from chimpline.evidence import ExpectedRows, GateValues
from chimpline.load import open_destination
from chimpline.model import SliceRecord
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.runs.asking.dry_run import estimate
from chimpline.runs.report.events import RunFinished
from chimpline.runs.report.info import ledger
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    DATASET,
    Replica,
    changes_of,
    clock_of,
    replicate,
    request_for,
    services_of,
)
from tests.format_1 import back

pytestmark = pytest.mark.either_engine

CHOSEN: dict[str, Any] = {
    "tables": ("lists", "list_members", "list_segment_members", "reports_email_activity"),
    "start_date": dt.date(2021, 1, 1),
    "hash_salt": b"a salt of sixteen bytes",
    "selections": {
        "list_members": TableSelection(
            hashed=frozenset({"email_address"}), dropped=frozenset({"ip_signup"})
        )
    },
    # As those versions read them.
    "segments_every_run": True,
    # Of the slices of a table, the last one's proof is told.
    "connections": 1,
}


def make_old(replica: Replica) -> None:
    for sql in back(replica.kind, DATASET, replica.query):
        replica.execute(sql)


def seen(sandbox: Sandbox, replica: Replica) -> list[Any]:
    """What those who only read say of the copy."""
    request, clock = request_for(sandbox, replica, **CHOSEN), clock_of(sandbox)
    ports = services_of(request, clock=clock)
    return [
        ledger(replica.url, DATASET, clock),
        estimate(request, ports).tables,
        reconcile(request, ports, Level.COUNTS),
    ]


def of_form_1(line: SliceRecord) -> SliceRecord:
    """A line as that form tells it: segments had no gate."""
    evidence = line.evidence
    if not isinstance(evidence, GateValues) or evidence.records is None:
        return line
    return dataclasses.replace(line, evidence=ExpectedRows(evidence.records))


def told_of(finished: RunFinished) -> dict[str, Any]:
    """Of each table, without what goes by the time of the run."""
    return {
        name: {fact: value for fact, value in told.items() if fact not in {"seconds", "bookmark"}}
        for name, told in finished.tables.items()
    }


def test_the_next_run_asks_what_it_would_have_asked_and_readers_see_the_same(
    sandbox: Sandbox, replica: Replica
) -> None:
    assert 0 == replicate(sandbox, replica, **CHOSEN).exit
    sandbox.advance(3600.0)
    quiet, before = replicate(sandbox, replica, **CHOSEN), seen(sandbox, replica)
    with open_destination(replica.url, DATASET, read_only=True) as opened:
        lines, chosen = [of_form_1(line) for line in opened.slices()], opened.selections()

    make_old(replica)
    assert before == seen(sandbox, replica)
    assert [{"format": 1}] == replica.query(f"SELECT format FROM {DATASET}._chimpline_dataset")
    with open_destination(replica.url, DATASET, read_only=True) as opened:
        assert (lines, chosen) == (opened.slices(), opened.selections())
    after = replicate(sandbox, replica, **CHOSEN)

    assert (0, {}, quiet.requests) == (after.exit, changes_of(after), after.requests)
    assert told_of(quiet) == told_of(after)
    assert [{"format": 2}] == replica.query(f"SELECT format FROM {DATASET}._chimpline_dataset")
