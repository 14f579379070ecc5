"""The columns of the ledger's tables, and lines that were read, made into records.

People may have written there, too. A line that chimpline cannot have written proves nothing. It is
left out, so that what it stood for is read again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import msgspec

from chimpline.evidence import from_json
from chimpline.load import format_1
from chimpline.load.sql import json_of
from chimpline.model import (
    ColumnType,
    LandedSelection,
    RunRecord,
    RunState,
    SliceRecord,
    SliceState,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chimpline.evidence import Evidence

TEXT, INT64 = ColumnType.TEXT, ColumnType.INT64
TIMESTAMP, JSON = ColumnType.TIMESTAMP, ColumnType.JSON
BOOLEAN = ColumnType.BOOLEAN

DATASET = "_chimpline_dataset"
RUNS = "_chimpline_runs"
SLICES = "_chimpline_slices"
SELECTIONS = "_chimpline_selections"
VIEWS = "_chimpline_views"
TABLES = "_chimpline_tables"
DEFAULT_SET = "_chimpline_default_set"
TABLES_OF_OUR_OWN = (DATASET, RUNS, SLICES, SELECTIONS, VIEWS, TABLES, DEFAULT_SET)

Columns = tuple[tuple[str, ColumnType], ...]

COLUMNS: dict[str, Columns] = {
    DATASET: (
        ("account_id", TEXT),
        ("account_name", TEXT),
        ("created_at", TIMESTAMP),
        ("format", INT64),
    ),
    RUNS: (
        ("run_id", TEXT),
        ("pipeline", TEXT),
        ("started_at", TIMESTAMP),
        ("finished_at", TIMESTAMP),
        ("state", TEXT),
        ("schema_version", TEXT),
        ("chimpline_version", TEXT),
        ("requests", INT64),
        ("rows_changed", INT64),
        ("report", JSON),
    ),
    SLICES: (
        ("run_id", TEXT),
        ("table_name", TEXT),
        ("parent_key", TEXT),
        ("ask", TEXT),
        ("since", TIMESTAMP),
        ("until", TIMESTAMP),
        ("state", TEXT),
        ("proof", TEXT),
        ("evidence", JSON),
        ("rows", INT64),
        ("requests", INT64),
        ("committed_at", TIMESTAMP),
        ("odd", JSON),
    ),
    SELECTIONS: (
        ("table_name", TEXT),
        ("selection", JSON),
        ("run_id", TEXT),
        ("committed_at", TIMESTAMP),
    ),
    VIEWS: (
        ("asked_name", TEXT),
        ("name", TEXT),
        ("table_name", TEXT),
        ("definition", TEXT),
    ),
    TABLES: (
        ("table_name", TEXT),
        ("shape", JSON),
        ("rows", INT64),
    ),
    DEFAULT_SET: (
        ("table_name", TEXT),
        ("taken", BOOLEAN),
        ("run_id", TEXT),
        ("committed_at", TIMESTAMP),
    ),
}
SLICES_1 = (
    *(("gate", kind) if name == "evidence" else (name, kind) for name, kind in COLUMNS[SLICES]),
)[:-1]
"""Their columns in form 1."""

_FIRST, _LAST = "0001-01-02 00:00:00+00", "9999-12-30 00:00:00+00"


def told(column: str, kind: str) -> str:
    """The condition that a time is none, or one that Python can hold ("infinity" is none)."""
    return (
        f"({column} IS NULL OR {column} BETWEEN CAST('{_FIRST}' AS {kind}) "
        f"AND CAST('{_LAST}' AS {kind}))"
    )


def slice_of(cells: Mapping[str, Any]) -> SliceRecord | None:
    """The record of a line of `_chimpline_slices`."""
    texts = ("run_id", "table_name", "parent_key", "ask", "proof")
    try:
        evidence, odd = _evidence_of(cells)
    except ValueError:
        return None
    if (
        not _are(cells, texts, str)
        or not _are(cells, ("rows", "requests"), int)
        or not _are(cells, ("until",), dt.datetime)
        or cells["state"] not in set(SliceState)
    ):
        return None
    plain = {name: cell for name, cell in cells.items() if name != "gate"}
    state = SliceState(cells["state"])
    return SliceRecord(**{**plain, "state": state, "evidence": evidence, "odd": odd})


def _evidence_of(
    cells: Mapping[str, Any],
) -> tuple[Evidence | None, Sequence[Mapping[str, Any]]]:
    """Its evidence and odd records; raises `ValueError` where these are none of ours."""
    if "gate" in cells:
        return format_1.evidence_of(_object(cells["gate"]) or {})
    told = _object(cells["evidence"])
    odd = msgspec.convert(json.loads(cells["odd"] or "[]"), tuple[dict[str, Any], ...])
    return (None if told is None else from_json(told)), odd


def run_of(cells: Mapping[str, Any]) -> RunRecord | None:
    """The record of a line of `_chimpline_runs`; a report that is none is left out of it."""
    texts = ("run_id", "pipeline", "schema_version", "chimpline_version")
    if (
        not _are(cells, texts, str)
        or not _are(cells, ("requests", "rows_changed"), int)
        or not _are(cells, ("started_at",), dt.datetime)
        or cells["state"] not in set(RunState)
    ):
        return None
    try:
        report = _object(cells["report"])
    except ValueError:
        report = None
    return RunRecord(**{**cells, "state": RunState(cells["state"]), "report": report})


def selection_of(text: str | None) -> LandedSelection | None:
    """What was chosen of a table; None where that cannot be told."""
    try:
        return msgspec.convert(_object(text), LandedSelection)
    except ValueError:
        return None


def selection_text(chosen: LandedSelection) -> str:
    """The JSON that `selection_of` reads."""
    return json_of(dataclasses.asdict(chosen))


def _are(cells: Mapping[str, Any], names: tuple[str, ...], kind: type) -> bool:
    return all(isinstance(cells[name], kind) for name in names)


def _object(text: str | None) -> dict[str, Any] | None:
    """The JSON object in a cell; raises `ValueError` where there is something else."""
    return msgspec.convert(None if text is None else json.loads(text), dict[str, Any] | None)
