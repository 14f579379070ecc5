"""Events, inside records or records themselves: each is told from its repeats by an ordinal."""

from __future__ import annotations

import itertools
from collections.abc import MutableMapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from chimpline.extract.decode.cells import Extras
from chimpline.extract.decode.oddities import Reason
from chimpline.extract.decode.shape import Node, empty


def ordinals(
    owners: Sequence[int], same: list[pa.Array], apart: list[pa.Array], extras: Extras
) -> list[int]:
    """For each event, how many of its record's have the same key and come before it.

    They are counted by what tells them apart, so that the count is the same in whatever order
    Mailchimp serves them.
    """
    keys, rest = _tuples(same), _tuples(apart)
    ordinals = [0] * len(owners)
    begin = 0
    for _, group in itertools.groupby(owners):
        end = begin + sum(1 for _ in group)
        if len(set(keys[begin:end])) < end - begin:
            counted: dict[tuple[Any, ...], int] = {}
            for row in sorted(
                range(begin, end), key=lambda row: (rest[row], extras.text(row) or "")
            ):
                ordinals[row] = counted.get(keys[row], 0)
                counted[keys[row]] = ordinals[row] + 1
        begin = end
    return ordinals


Met = MutableMapping[tuple[Any, ...], int]
"""How many records of a slice were met so far, by key without the ordinal."""


def numbered(same: list[pa.Array], apart: list[pa.Array], extras: Extras, met: Met) -> list[int]:
    """For each record of a page, how many of its slice have the same key and come before it.

    Those of one page are counted by what tells them apart, as events are.
    """
    keys, rest = _tuples(same), _tuples(apart)
    ordinals = [0] * len(keys)
    for row in sorted(range(len(keys)), key=lambda row: (rest[row], extras.text(row) or "")):
        ordinals[row] = met.get(keys[row], 0)
        met[keys[row]] = ordinals[row] + 1
    return ordinals


def _tuples(columns: list[pa.Array]) -> list[tuple[Any, ...]]:
    """The cells of these columns, row by row, as they compare in a key: what is absent is ''."""
    numbers = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in columns]
    return list(
        zip(*(["" if v is None else str(v) for v in c.to_pylist()] for c in numbers), strict=True)
    )


def items(node: Node, raw: msgspec.Raw) -> tuple[list[Any], Reason | None, int]:
    """The events of a record, where something else than events came at least once.

    What is no event has no row, so that not even `_extra` could keep it: why, and how many.
    """
    try:
        sent = [] if empty(raw) else msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        return [], Reason.NO_EVENTS, 1
    events, lost = [], 0
    for item in sent:
        try:
            events += [] if empty(item) else [node.read(item)]
        except msgspec.ValidationError:
            lost += 1
    return events, Reason.NO_TIME if lost else None, lost
