"""Tables, rows and commits that the contract tests are written in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from chimpline.evidence import GateValues
from chimpline.load.contract import Commit, Load
from chimpline.model import (
    Column,
    ColumnType,
    Deletes,
    RunRecord,
    RunState,
    SliceRecord,
    SliceState,
    TableSchema,
)

T0 = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

MEMBERS = TableSchema(
    "list_members",
    (
        Column("list_id", ColumnType.TEXT),
        Column("id", ColumnType.TEXT),
        Column("rating", ColumnType.INT64),
        Column("rate", ColumnType.DOUBLE),
        Column("vip", ColumnType.BOOLEAN),
        Column("changed", ColumnType.TIMESTAMP),
        Column("merge_fields", ColumnType.JSON),
        Column("_extra", ColumnType.JSON),
    ),
    ("list_id", "id"),
)
LISTS = TableSchema(
    "lists", (Column("id", ColumnType.TEXT), Column("name", ColumnType.TEXT)), ("id",)
)
SEGMENTS = TableSchema(
    "list_segments",
    (
        Column("list_id", ColumnType.TEXT),
        Column("id", ColumnType.INT64),
        Column("name", ColumnType.TEXT),
    ),
    ("list_id", "id"),
)
# A key with more than two texts, one of which may be very long, and a time.
EVENTS = TableSchema(
    "reports_email_activity",
    (
        Column("campaign_id", ColumnType.TEXT),
        Column("email_id", ColumnType.TEXT),
        Column("action", ColumnType.TEXT),
        Column("timestamp", ColumnType.TIMESTAMP),
        Column("url", ColumnType.TEXT),
        Column("_ordinal", ColumnType.INT64),
        Column("ip", ColumnType.TEXT),
    ),
    ("campaign_id", "email_id", "action", "timestamp", "url", "_ordinal"),
)


def batch(table: TableSchema, *rows: dict[str, Any]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=table.arrow_schema())


def keys(table: TableSchema, *rows: tuple[Any, ...]) -> pa.Table:
    names = table.primary_key
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(found, schema=table.key_schema())


def member(ident: str, list_id: str = "list1", **cells: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "list_id": list_id,
        "id": ident,
        "rating": 2,
        "rate": 0.5,
        "vip": False,
        "changed": T0,
        "merge_fields": '{"FNAME":"Ann"}',
        "_extra": None,
    }
    return row | cells


def load(
    table: TableSchema,
    *rows: dict[str, Any],
    gone: Sequence[tuple[Any, ...]] = (),
) -> Load:
    return Load(
        table,
        [batch(table, *rows)] if rows else [],
        keys(table, *gone) if gone else None,
    )


def commit(
    *loads: Load,
    at: dt.datetime = T0,
    slices: Sequence[SliceRecord] = (),
    deletes: Deletes = Deletes.MARK,
    **more: Any,
) -> Commit:
    return Commit("run1", at, loads, slices, deletes, **more)


def line(
    since: int | None,
    until: int,
    state: SliceState = SliceState.PROVEN,
    *,
    table: str = "list_members",
    parent: str = "list1",
    ask: str = "",
    run_id: str = "run1",
) -> SliceRecord:
    """A ledger line whose window is given in hours after `T0`."""
    return SliceRecord(
        run_id=run_id,
        table_name=table,
        parent_key=parent,
        ask=ask,
        since=None if since is None else T0 + since * HOUR,
        until=T0 + until * HOUR,
        state=state,
        proof="count",
        evidence=GateValues({"opens": 3, "name": "héllo 🐒"}),
        rows=10,
        requests=2,
    )


def run(run_id: str = "run1", started: dt.datetime = T0, **more: Any) -> RunRecord:
    cells: dict[str, Any] = {
        "run_id": run_id,
        "pipeline": "daily",
        "started_at": started,
        "finished_at": None,
        "state": RunState.RUNNING,
        "schema_version": "1",
        "chimpline_version": "0.1.0",
        "report": {"tables": {"lists": {"rows": 3}}, "note": "메일 🐒"},
    }
    return RunRecord(**(cells | more))
