"""What a ledger line says beyond its columns: by what the next run decides whether to read again.

Each kind has one form in JSON, which names it under `kind`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

Key = str | int | float | None | tuple[Any, ...]
"""A record's key as a walk tells records apart by; of several fields, all of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class GateValues:
    """What a gate compares of a parent's row, as it was before the slice's first request.

    `values` by column; `more`: what stands in the gate's objects and has no column, None where that
    was not looked at. `left_out`: so many rows of the slice the start date left out. `records`: as
    many as the parent said that it has, where its own total undercounts.
    """

    values: Mapping[str, Any]
    more: Mapping[str, Any] | None = None
    left_out: int = 0
    records: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class ExpectedRows:
    """How many records the parent said that the slice has, where its own total undercounts."""

    records: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Definitions:
    """What shapes the rows of an audience's members without moving their `last_changed`.

    `fields`: a digest of the merge fields and interests. `tags`: their names by id.
    """

    fields: str
    tags: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class FirstPart:
    """How far a slice behind a gate was read and landed without a gap, before its run stopped.

    `gate`: as of its first request, with what the start date left out of this part. `records`: so
    many were read, the last of them with the key `key`. `landed`: so many rows of them were landed.
    `floor`: the start date that they were read with.
    """

    gate: GateValues
    records: int
    key: Key
    landed: int
    floor: dt.datetime | None


Evidence = GateValues | ExpectedRows | Definitions | FirstPart

_KINDS: Mapping[str, type[Evidence]] = {
    "gate": GateValues,
    "expected": ExpectedRows,
    "definitions": Definitions,
    "first part": FirstPart,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_json(evidence: Evidence) -> dict[str, Any]:
    """The form that the ledger keeps."""
    return {"kind": _NAMES[type(evidence)], **msgspec.to_builtins(evidence, enc_hook=str)}


def from_json(told: Mapping[str, Any]) -> Evidence:
    """The evidence that such a form tells; raises `ValueError` where it is none of ours."""
    kind = told.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(kind)
    return msgspec.convert({name: told[name] for name in told if name != "kind"}, _KINDS[kind])


def told_records(evidence: Evidence | None) -> tuple[int | None] | None:
    """How many records the parent said that the slice has; None where that was not noted."""
    return (evidence.records,) if isinstance(evidence, ExpectedRows | GateValues) else None


def left_out(evidence: Evidence | None) -> int:
    """How many rows of its slice the start date left out, as far as that was noted."""
    return evidence.left_out if isinstance(evidence, GateValues) else 0
