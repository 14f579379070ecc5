"""The ledger's form 1, which chimpline wrote before 2: how it is read, and the step to form 2.

It kept evidence in a column `gate`, as one JSON object whose underscored keys were chimpline's own,
and odd records in there, too. What was chosen of a table stood among the slices, as a line of the
table `_selection`.

A dataset that is opened for writing is brought to form 2. One that is opened for reading stays as
it is, and is understood all the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from chimpline.evidence import Evidence, from_json, to_json
from chimpline.load.sql import json_of, quote
from chimpline.model import Column, ColumnType, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chimpline.load.sql import Session

SELECTION = "_selection"
"""Stood where other lines name their table; theirs was the parent key."""

_MORE, _LEFT_OUT, _REACHED, _ODD, _TOLD = "_more", "_left_out", "_reached", "_odd", "told"
_OFFERED = "_chimpline_gates"


def is_form_1(session: Session, slices: str) -> bool:
    """Whether the table of slices has this form, whatever number stands in the dataset."""
    return any(column.name == "gate" for column in session.catalog.columns(slices))


def evidence_of(gate: Mapping[str, Any]) -> tuple[Evidence | None, Sequence[Mapping[str, Any]]]:
    """The evidence and odd records in a `gate`; raises `ValueError` where it is none of ours."""
    told = dict(gate)
    odd = msgspec.convert(told.pop(_ODD, ()), tuple[dict[str, Any], ...])
    return (from_json(_form_2(told)) if told else None), odd


def _form_2(told: dict[str, Any]) -> dict[str, Any]:
    """The JSON of `chimpline.evidence` that tells the same."""
    if _REACHED in told:
        part = msgspec.convert(told.pop(_REACHED), dict[str, Any])
        gate = {"values": told, "more": told.pop(_MORE, None), "left_out": part.get("left_out")}
        return {**part, "kind": "first part", "gate": gate}
    if told.keys() == {_TOLD}:
        return {"kind": "expected", "records": told[_TOLD]}
    if told.keys() == {"fields", "tags"}:
        return {"kind": "definitions", **told}
    more, left_out = told.pop(_MORE, None), told.pop(_LEFT_OUT, 0)
    return {"kind": "gate", "values": told, "more": more, "left_out": left_out}


def to_form_2(session: Session, *, slices: str, selections: str) -> None:
    """Bring the lines to form 2, in the transaction of the caller; `selections` is empty so far.

    What chimpline cannot have written stays as it is: it proves nothing in either form.
    """
    import pyarrow as pa  # here: who knows only the names of the tables needs no driver

    types = session.dialect.types
    text, of_json, lines = types[ColumnType.TEXT], types[ColumnType.JSON], quote(slices)
    gates = session.rows(
        f"SELECT DISTINCT CAST(gate AS {text}) AS gate FROM {lines} "
        f"WHERE gate IS NOT NULL AND table_name <> '{SELECTION}'"
    )
    session.run(f"ALTER TABLE {lines} RENAME COLUMN gate TO evidence")
    session.run(f"ALTER TABLE {lines} ADD COLUMN odd {of_json}")
    session.run(
        f"INSERT INTO {quote(selections)} (table_name, selection, run_id, committed_at) "
        f"SELECT DISTINCT ON (parent_key) parent_key, evidence, run_id, committed_at FROM {lines} "
        f"WHERE table_name = '{SELECTION}' AND parent_key IS NOT NULL "
        f"ORDER BY parent_key, until DESC, committed_at DESC"
    )
    session.run(f"DELETE FROM {lines} WHERE table_name = '{SELECTION}'")
    columns = [
        Column("gate", ColumnType.TEXT),
        Column("evidence", ColumnType.JSON),
        Column("odd", ColumnType.JSON),
    ]
    told = [one for (gate,) in gates if (one := _texts_of(gate)) is not None]
    cells = [pa.array(column, pa.string()) for column in zip(*told, strict=True)]
    if not cells:
        return
    session.offer(_OFFERED, columns, pa.table(cells, schema=arrow_schema(tuple(columns))))
    session.run(
        f"UPDATE {lines} AS line SET evidence = CAST(known.evidence AS {of_json}), "
        f"odd = CAST(known.odd AS {of_json}) FROM {_OFFERED} AS known "
        f"WHERE CAST(line.evidence AS {text}) = known.gate"
    )


def selections_in(session: Session, slices: str) -> list[tuple[Any, ...]]:
    """(table, JSON) of what was chosen of each table, the newest last."""
    return session.rows(
        f"SELECT parent_key, CAST(gate AS {session.dialect.types[ColumnType.TEXT]}) AS gate "
        f"FROM {quote(slices)} WHERE table_name = '{SELECTION}' ORDER BY until, committed_at"
    )


def _texts_of(gate: str) -> tuple[str, str | None, str | None] | None:
    """A `gate`, and the JSON of its evidence and of its odd records."""
    try:
        evidence, odd = evidence_of(msgspec.convert(json.loads(gate), dict[str, Any]))
    except ValueError:
        return None
    return (
        gate,
        None if evidence is None else json_of(to_json(evidence)),
        json_of(odd) if odd else None,
    )
