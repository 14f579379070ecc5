"""A replica and the account that it must equal: run, read back, compare, say where they differ.

Destinations are read with their own drivers, never through `chimpline.load`: what is under test
must not be its own witness.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import psycopg.rows

from chimpline.api.client import Retry
from chimpline.api.credentials import Credential
from chimpline.runs.events import Event, RunFinished
from chimpline.runs.job import run
from chimpline.runs.request import RunRequest
from chimpline.sandbox import Sandbox

Row = dict[str, Any]
Key = tuple[Any, ...]
Truth = dict[str, dict[Key, Row]]

DATASET = "mailchimp"
SHOWN = 8
"""So many differences are named in a failure's message."""

# The keys as DESIGN 4 states them; a test of the catalog must not take them from the catalog.
KEYS: dict[str, tuple[str, ...]] = {
    "lists": ("id",),
    "list_merge_fields": ("list_id", "merge_id"),
    "list_interest_categories": ("list_id", "id"),
    "list_interests": ("list_id", "interest_category_id", "id"),
    "list_members": ("list_id", "id"),
    "list_segments": ("list_id", "id"),
    "list_segment_members": ("list_id", "segment_id", "id"),
    "campaigns": ("id",),
    "automations": ("id",),
    "automation_emails": ("workflow_id", "id"),
    "reports": ("id",),
    "reports_email_activity": (
        "campaign_id",
        "email_id",
        "action",
        "timestamp",
        "url",
        "_ordinal",
    ),
    "reports_sent_to": ("campaign_id", "email_id"),
    "unsubscribes": ("campaign_id", "email_id"),
}
ALL = tuple(KEYS)

STALE: dict[str, frozenset[str]] = {
    "list_members": frozenset(
        {"member_rating", "vip", "interests", "stats__avg_open_rate", "stats__avg_click_rate"}
    ),
    "reports_email_activity": frozenset({"list_is_active", "email_address"}),
    "reports_sent_to": frozenset({"merge_fields", "vip", "list_is_active", "email_address"}),
    "unsubscribes": frozenset({"merge_fields", "vip", "list_is_active", "email_address"}),
}
"""What no cursor and no gate betrays: as of the last complete read (DESIGN 1.1)."""


class Replica:
    """A dataset in a destination."""

    url = ""
    kind = ""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir

    def queries(self, statements: Sequence[str]) -> list[list[Row]]:
        """Rows by column name, for each statement; times are text in UTC, JSON is decoded."""
        raise NotImplementedError

    def query(self, sql: str) -> list[Row]:
        return self.queries([sql])[0]

    def execute(self, sql: str) -> None:
        raise NotImplementedError

    def stored(self, table: str) -> list[Row]:
        """Every row, buried ones too, with the service columns."""
        return self.query(f'SELECT * FROM {DATASET}."{table}"')

    def live(self, table: str) -> list[Row]:
        return self.live_in([table])[table]

    def live_in(self, tables: Sequence[str]) -> dict[str, list[Row]]:
        """The live rows of each table, without the service columns."""
        found = self.queries(
            [f'SELECT * FROM {DATASET}."{table}" WHERE _deleted_at IS NULL' for table in tables]
        )
        return {
            table: [{n: v for n, v in row.items() if n not in SERVICE} for row in rows]
            for table, rows in zip(tables, found, strict=True)
        }

    def buried(self, table: str) -> set[Key]:
        return {key_of(table, row) for row in self.stored(table) if row["_deleted_at"]}

    def synced(self) -> dict[str, list[Any]]:
        """`_synced_at` of every row, by table."""
        found = {}
        for table in ALL:
            names = ", ".join(f'"{name}"' for name in KEYS[table])
            rows = self.query(f'SELECT {names}, _synced_at FROM {DATASET}."{table}"')
            found[table] = sorted(str(list(row.values())) for row in rows)
        return found


SERVICE = frozenset({"_synced_at", "_deleted_at"})


class DuckDBReplica(Replica):
    kind = "duckdb"

    def __init__(self, state_dir: Path, path: Path) -> None:
        super().__init__(state_dir)
        self.path = path
        self.url = f"duckdb:///{path}"

    def queries(self, statements: Sequence[str]) -> list[list[Row]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return [self._rows(connection.sql(sql)) for sql in statements]

    def _rows(self, relation: duckdb.DuckDBPyRelation) -> list[Row]:
        is_json = [str(kind) == "JSON" for kind in relation.types]
        # The driver's own rows need pytz for times.
        columns = [column.to_pylist() for column in relation.to_arrow_table().columns]
        names = relation.columns
        for place, flag in enumerate(is_json):
            if flag:
                columns[place] = [None if v is None else json.loads(v) for v in columns[place]]
        return [
            {n: plain(v) for n, v in zip(names, row, strict=True)}
            for row in zip(*columns, strict=True)
        ]

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)


class PostgresReplica(Replica):
    kind = "postgresql"

    def __init__(self, state_dir: Path, url: str) -> None:
        super().__init__(state_dir)
        self.url = url

    def queries(self, statements: Sequence[str]) -> list[list[Row]]:
        with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = [connection.execute(sql.encode()).fetchall() for sql in statements]
        return [[{n: plain(v) for n, v in row.items()} for row in rows] for rows in found]

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())


@dataclasses.dataclass
class Pair:
    """An account and its replica; an hour has passed since the first run."""

    sandbox: Sandbox
    replica: Replica


def plain(cell: Any) -> Any:
    """Times as Mailchimp writes them; all else as it is."""
    if isinstance(cell, dt.datetime):
        return cell.astimezone(dt.UTC).isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return cell


def key_of(table: str, row: Mapping[str, Any]) -> Key:
    # What is absent from a key is '' (DESIGN 4).
    return tuple("" if row.get(name) is None else row[name] for name in KEYS[table])


# -- running ----------------------------------------------------------------------------------

QUICK = Retry(wait_initial_s=0.001, wait_max_s=0.01)


def request_for(sandbox: Sandbox, replica: Replica, **overrides: Any) -> RunRequest:
    chosen: dict[str, Any] = {
        "pipeline": "test",
        "credential": Credential(sandbox.api_key, is_api_key=True),
        "destination": replica.url,
        "dataset": DATASET,
        "api_root": sandbox.api_root,
        "state_dir": replica.state_dir,
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
    **overrides: Any,
) -> RunFinished:
    """One run; `overrides` are fields of `RunRequest`."""
    request = request_for(sandbox, replica, **overrides)
    return run(request, emit, cancelled=cancelled, retry=retry)


def changes_of(finished: RunFinished) -> dict[str, tuple[int, int, int]]:
    """(inserted, updated, deleted) of the tables that a run changed."""
    counted = {
        name: (table["inserted"], table["updated"], table["deleted"])
        for name, table in finished.tables.items()
    }
    return {name: counts for name, counts in counted.items() if any(counts)}


# -- comparing --------------------------------------------------------------------------------


def truth_of(sandbox: Sandbox, tables: Iterable[str] = ALL) -> Truth:
    found: Truth = {}
    for table in tables:
        rows = sandbox.truth(table)
        found[table] = {key_of(table, row): row for row in rows}
        assert len(rows) == len(found[table]), f"the truth of {table} has a key twice"
    return found


def same(expected: Any, actual: Any) -> bool:
    """Equal, and a boolean is no number, at any depth."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            same(value, actual[name]) for name, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    return isinstance(expected, bool) == isinstance(actual, bool) and bool(expected == actual)


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
    tables: Iterable[str] = ALL,
    *,
    stale: Mapping[str, Collection[str]] | None = None,
    extra: Mapping[str, Collection[Key]] | None = None,
) -> list[Difference]:
    """Every table equals the account, cell by cell.

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
