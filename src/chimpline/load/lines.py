"""Lines of the ledger as they were read, made into records: people may have written there, too.

A line that chimpline cannot have written proves nothing. It is left out, so that what it stood for
is read again.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from chimpline.model import RunRecord, RunState, SliceRecord, SliceState

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    gate = _object(cells["gate"])
    if (
        not _are(cells, texts, str)
        or not _are(cells, ("rows", "requests"), int)
        or not _are(cells, ("until",), dt.datetime)
        or cells["state"] not in set(SliceState)
        or (gate is None and cells["gate"] is not None)
    ):
        return None
    return SliceRecord(**{**cells, "state": SliceState(cells["state"]), "gate": gate})


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
    report = _object(cells["report"])
    return RunRecord(**{**cells, "state": RunState(cells["state"]), "report": report})


def _are(cells: Mapping[str, Any], names: tuple[str, ...], kind: type) -> bool:
    return all(isinstance(cells[name], kind) for name in names)


def _object(text: str | None) -> dict[str, Any] | None:
    try:
        found = None if text is None else json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
