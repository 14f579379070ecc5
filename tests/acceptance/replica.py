"""A replica and the account that it must equal: run, read back, compare, say where they differ."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from chimpline.api.client import Retry
from chimpline.api.sign_in.credentials import Credential
from chimpline.clock import Clock
from chimpline.runs.job import run
from chimpline.runs.report.events import Event, RunFinished
from chimpline.runs.request import RunRequest
from chimpline.runs.services import Services
from chimpline.sandbox import Sandbox
from chimpline.sandbox.changes.apply import ANYWHERE
from chimpline.sandbox.tables import TABLES
from chimpline.service.prepared import services
from tests.acceptance.destinations import (
    ALL,
    DATASET,
    KEYS,
    DuckDBReplica,
    Key,
    PostgresReplica,
    Replica,
    Row,
    key_of,
    plain,
)
from tests.acceptance.kinds import OTHERS, READ

__all__ = [
    "ALL",
    "CHANGES",
    "DATASET",
    "KEYS",
    "OTHERS",
    "QUICK",
    "READ",
    "STALE",
    "Difference",
    "DuckDBReplica",
    "Key",
    "Pair",
    "PostgresReplica",
    "Replica",
    "Row",
    "Truth",
    "assert_true_to",
    "changed_between",
    "changes_of",
    "clock_of",
    "differences",
    "key_of",
    "plain",
    "replicate",
    "request_for",
    "services_of",
    "truth_of",
]

Truth = dict[str, dict[Key, Row]]

CHANGES: dict[str, Callable[..., Row]] = ANYWHERE | {
    kind: change for table in TABLES.values() for kind, change in table.changes.items()
}
"""What can happen to the tables that are copied."""

_RUNS = itertools.count(1)
SHOWN = 8
"""So many differences are named in a failure's message."""


_OF_MEMBERS = frozenset(
    {"member_rating", "vip", "interests", "stats__avg_open_rate", "stats__avg_click_rate"}
    | {f"last_note__{name}" for name in ("note_id", "created_at", "created_by", "note")}
    | {"email_client", "location__latitude", "location__longitude", "location__region"}
    | {"location__gmtoff", "location__dstoff", "location__country_code", "location__timezone"}
)
STALE: dict[str, frozenset[str]] = {
    "list_members": _OF_MEMBERS,
    "list_segment_members": _OF_MEMBERS,
    "reports_abuse_reports": frozenset({"merge_fields", "vip"}),
    "reports_open_details": frozenset({"merge_fields", "vip", "contact_status"}),
    "reports_sent_to": frozenset({"merge_fields", "vip"}),
    "unsubscribes": frozenset({"merge_fields", "vip"}),
}
"""What no cursor and no gate betrays: docs/guarantees.md#the-promise, silent columns."""


@dataclasses.dataclass
class Pair:
    """An account and its replica; an hour has passed since the first run."""

    sandbox: Sandbox
    replica: Replica


# -- running ----------------------------------------------------------------------------------

QUICK = Retry(wait_initial_s=0.001, wait_max_s=0.01)


def request_for(sandbox: Sandbox, replica: Replica, **overrides: Any) -> RunRequest:
    """`tables=None` reads all of them."""
    chosen: dict[str, Any] = {
        "pipeline": "test",
        "credential": Credential(sandbox.api_key, is_api_key=True),
        "destination": replica.url,
        "dataset": DATASET,
        "api_root": sandbox.api_root,
        "state_dir": replica.state_dir,
        "tables": READ,
        **overrides,
    }
    return RunRequest(**chosen)


def replicate(
    sandbox: Sandbox,
    replica: Replica,
    *,
    retry: Retry = QUICK,
    emit: Callable[[Event], None] = lambda _: None,
    cancelled: Any = None,
    clock: Clock | None = None,
    **overrides: Any,
) -> RunFinished:
    """One run; `overrides` are fields of `RunRequest`.

    Each has connection slots of its own, as a process of its own would: those that a stopped run
    left to the server are held for up to 120 s by the process that gave them up, which is this one.
    """
    request = request_for(sandbox, replica, **overrides)
    ports = services_of(
        request,
        budget=replica.state_dir / f"slots{next(_RUNS)}",
        events=emit,
        retry=retry,
        clock=clock or clock_of(sandbox),
        **replica.ports(sandbox),
    )
    return run(request, ports, cancelled=cancelled)


def services_of(request: RunRequest, **others: Any) -> Services:
    """What the command would give a run, but for a retry that waits for little, and `others`."""
    return dataclasses.replace(services(request, os.environ), **{"retry": QUICK, **others})


def clock_of(sandbox: Sandbox) -> Clock:
    """A clock that agrees with the account's, whatever day it is here."""
    account = sandbox._engine.account
    return lambda: dt.datetime.fromtimestamp(account.clock.now(), dt.UTC)


def changes_of(finished: RunFinished) -> dict[str, tuple[int, int, int]]:
    """(inserted, updated, deleted) of the tables that a run changed."""
    counted = {
        name: (table["inserted"], table["updated"], table["deleted"])
        for name, table in finished.tables.items()
    }
    return {name: counts for name, counts in counted.items() if any(counts)}


# -- comparing --------------------------------------------------------------------------------


def truth_of(sandbox: Sandbox, tables: Iterable[str] = READ) -> Truth:
    found: Truth = {}
    for table in tables:
        rows = sandbox.truth(table)
        found[table] = {key_of(table, row): row for row in rows}
        assert len(rows) == len(found[table]), f"the truth of {table} has a key twice"
    return found


def same(expected: Any, actual: Any) -> bool:
    """Equal, and a boolean is no number, at any depth."""
    return bool(expected == actual) and _as_booleans(expected, actual)


def _as_booleans(expected: Any, actual: Any) -> bool:
    """Whether of two equal values the same ones are booleans."""
    if isinstance(expected, dict):
        # What equals a text or None is one as well: most cells are.
        return all(
            _as_booleans(value, actual[name])
            for name, value in expected.items()
            if value is not None and value.__class__ is not str
        )
    if isinstance(expected, list):
        return all(map(_as_booleans, expected, actual))
    return isinstance(expected, bool) == isinstance(actual, bool)


@dataclasses.dataclass
class Difference:
    table: str
    key: Key
    column: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        return f"{self.table} {self.key} {self.column}: {self.expected!r} != {self.actual!r}"


def differences(table: str, expected: dict[Key, Row], rows: list[Row]) -> list[Difference]:
    """Where rows are not the expected ones, cell by cell over the columns of both."""
    actual = {key_of(table, row): row for row in rows}
    found = []
    if len(actual) < len(rows):
        found.append(Difference(table, (), "(keys)", len(rows), len(actual)))
    lost, more = expected.keys() - actual.keys(), actual.keys() - expected.keys()
    found += [Difference(table, key, "(row)", expected[key], "(missing)") for key in lost]
    found += [Difference(table, key, "(row)", "(nothing)", actual[key]) for key in more]
    for key in expected.keys() & actual.keys():
        wanted, row = expected[key], actual[key]
        if same(dict.fromkeys(row) | wanted, row):
            continue
        for column in row.keys() | wanted.keys():
            cell = wanted.get(column)
            if cell is None and column in KEYS[table]:
                cell = ""
            if column not in row:
                found.append(Difference(table, key, column, cell, "(no such column)"))
            elif not same(cell, row[column]):
                found.append(Difference(table, key, column, cell, row[column]))
    return found


def assert_true_to(
    sandbox: Sandbox,
    replica: Replica,
    tables: Iterable[str] = READ,
    *,
    stale: Mapping[str, Collection[str]] | None = None,
    extra: Mapping[str, Collection[Key]] | None = None,
) -> list[Difference]:
    """Each of the tables equals the account, cell by cell.

    `stale`: columns that may lag behind; the cells that do are given back. `extra`: keys that
    the replica keeps though the account has lost them.
    """
    wrong: list[Difference] = []
    lagging: list[Difference] = []
    truth = truth_of(sandbox, tables)
    live = replica.live_in(list(truth))
    for table, expected in truth.items():
        kept = set((extra or {}).get(table, ()))
        rows = [row for row in live[table] if key_of(table, row) not in kept]
        for one in differences(table, expected, rows):
            may_lag = one.column in (stale or {}).get(table, ())
            (lagging if may_lag else wrong).append(one)
    shown = "\n".join(str(one) for one in wrong[:SHOWN])
    assert not wrong, f"{len(wrong)} cells or rows differ (expected != actual):\n{shown}"
    return lagging


def changed_between(
    before: Truth, after: Truth, *, but: Mapping[str, Collection[str]] | None = None
) -> dict[str, tuple[int, int, int]]:
    """(inserted, updated, deleted) that turn one truth into the other, by table.

    `but`: columns whose difference alone does not count.
    """
    found = {}
    for table, old in before.items():
        new, apart = after[table], set((but or {}).get(table, ()))
        updated = sum(
            not same(
                {n: v for n, v in old[key].items() if n not in apart},
                {n: v for n, v in new[key].items() if n not in apart},
            )
            for key in old.keys() & new.keys()
        )
        counts = (len(new.keys() - old.keys()), updated, len(old.keys() - new.keys()))
        if any(counts):
            found[table] = counts
    return found
