"""Ledgers of form 1, as chimpline wrote them up to 8d09132: made of today's, or of literal rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chimpline.evidence import (
    Definitions,
    Evidence,
    ExpectedRows,
    FirstPart,
    GateValues,
    from_json,
)

TABLE = """
    CREATE TABLE _chimpline_slices (run_id {text}, table_name {text}, parent_key {text}, ask {text},
    since {time}, until {time}, state {text}, proof {text}, gate {json}, rows BIGINT,
    requests BIGINT, committed_at {time})
"""
TYPES = {
    "duckdb": {"text": "VARCHAR", "time": "TIMESTAMP WITH TIME ZONE", "json": "JSON"},
    "postgresql": {"text": "text", "time": "timestamptz", "json": "jsonb"},
}
CHOSEN = "the columns chosen"


def statements(engine: str, rows: Iterable[str]) -> list[str]:
    """What makes the ledger of an open dataset one of form 1 that holds these rows, and no other.

    A row is written as VALUES takes it.
    """
    return [
        "DROP TABLE _chimpline_selections",
        "DROP TABLE _chimpline_slices",
        TABLE.format(**TYPES[engine]),
        *(f"INSERT INTO _chimpline_slices VALUES ({row})" for row in rows),
        "UPDATE _chimpline_dataset SET format = 1",
    ]


def back(engine: str, dataset: str, query: Callable[[str], list[dict[str, Any]]]) -> list[str]:
    """What makes the ledger that runs have written one of form 1 that says the same."""
    slices, selections = f"{dataset}._chimpline_slices", f"{dataset}._chimpline_selections"
    kind, text = TYPES[engine]["json"], TYPES[engine]["text"]
    lines = query(f"SELECT DISTINCT CAST(evidence AS {text}) AS told, evidence, odd FROM {slices}")
    chosen = query(f"SELECT table_name, run_id, selection FROM {selections}")
    made = [f"ALTER TABLE {slices} RENAME COLUMN evidence TO gate"]
    for line in lines:
        gate = gate_of(evidence_in(line["evidence"]), _loaded(line["odd"]) or ())
        if gate is not None:
            same = f"CAST(gate AS {text}) = {_quoted(line['told'])}"
            made.append(
                f"UPDATE {slices} SET gate = CAST({_quoted(json.dumps(gate))} AS {kind}) "
                f"WHERE {same if line['told'] else 'gate IS NULL AND odd IS NOT NULL'}"
            )
    made.append(f"ALTER TABLE {slices} DROP COLUMN odd")
    for one in chosen:
        selection = json.dumps(_loaded(one["selection"]))
        made.append(
            f"INSERT INTO {slices} VALUES ('{one['run_id']}', '_selection', "
            f"'{one['table_name']}', '', NULL, now(), 'proven', '{CHOSEN}', "
            f"CAST({_quoted(selection)} AS {kind}), 0, 0, now())"
        )
    made.append(f"DROP TABLE {selections}")
    made.append(f"UPDATE {dataset}._chimpline_dataset SET format = 1")
    return made


def evidence_in(cell: str | Mapping[str, Any] | None) -> Evidence | None:
    told = _loaded(cell)
    return None if told is None else from_json(told)


def _loaded(cell: Any) -> Any:
    return json.loads(cell) if isinstance(cell, str) else cell


def _quoted(text: str | None) -> str:
    return "'" + (text or "").replace("'", "''") + "'"


def gate_of(
    evidence: Evidence | None, odd: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any] | None:
    """The `gate` of a line of form 1."""
    told = None if evidence is None else _gate_of(evidence)
    return {**(told or {}), "_odd": list(odd)} if odd else told


def _gate_of(evidence: Evidence) -> dict[str, Any]:
    match evidence:
        case GateValues(records=records) if records is not None:
            return {"told": records}  # a segment's, which had no gate yet
        case GateValues(values, more, left_out):
            told = dict(values)
            if more is not None:
                told["_more"] = dict(more)
            if left_out:
                told["_left_out"] = left_out
            return told
        case ExpectedRows(records):
            return {"told": records}
        case Definitions(fields, tags):
            return {"fields": fields, "tags": dict(tags)}
        case FirstPart(gate, records, key, landed, floor):
            reached = {
                "records": records,
                "key": key,
                "landed": landed,
                "left_out": gate.left_out,
                "floor": floor.isoformat() if floor else None,
            }
            return {**_gate_of(GateValues(gate.values, gate.more)), "_reached": reached}
