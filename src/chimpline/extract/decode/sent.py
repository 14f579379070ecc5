"""What decides is read from what was sent, not from the cells that came of it.

A cell is typed: a counter that came as text has none, and would stay so while it moves. Gates,
expected rows, windows and definitions look at the record itself, where equal values are equal
however they were written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from chimpline.catalog.table import Field
from chimpline.extract.decode.shape import ABSENT, Node, empty
from chimpline.model import ColumnType

_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def normal(kind: ColumnType, value: Any) -> Any:
    """A value as sent, for a column of this type; a number that came as text as the number.

    An instant is its text: `plan` knows which are times. What no column of the type could hold
    stays as it is, so that any difference shows. `value` may be raw JSON.
    """
    if isinstance(value, msgspec.Raw):
        value = _decoded(value)
    numeric = kind in (ColumnType.INT64, ColumnType.DOUBLE)
    if value == "" and kind is not ColumnType.TEXT:
        return None
    if isinstance(value, bool) and numeric:
        return str(value).lower()  # to Python, true is 1
    if isinstance(value, str) and numeric and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    if kind is ColumnType.TEXT and value is not None and not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return value


def sent(root: Node, field: Field, record: Any) -> Any:
    """A field of a record in the struct of `root`, normalised; None where it was not sent.

    Raises `MisfitError` where room had to be made.
    """
    node, inner = root, record
    for name in field.source[:-1]:
        inner = _inside(node, inner, name)
        if inner is None:
            return None
        node = node.nodes[name]
    name = field.source[-1]
    value = getattr(inner, node.attributes[name])
    return None if value is ABSENT else normal(field.column.type, value)


def counted(root: Node, record: Any, watched: Iterable[str]) -> dict[str, Any]:
    """What stands in the objects that gates watch and is in no column, by its dotted name."""
    objects = [name.removesuffix("__") for name in watched if name.endswith("__")]
    return dict(_counted(root, record, objects))


def _counted(root: Node, record: Any, objects: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for name in objects:
        inner, node = _inside(root, record, name), root.nodes[name]
        if inner is None:
            whole = getattr(record, root.attributes[name])
            if isinstance(whole, msgspec.Raw) and not empty(whole):  # nothing, in any form
                yield name, _decoded(whole)
            continue
        for _, unknown, value in node.rest([inner]):
            yield node.dotted(unknown), _decoded(value)


def _inside(node: Node, record: Any, name: str) -> Any:
    """An inner object; None where there is none."""
    value = getattr(record, node.attributes[name])
    if name not in node.loose:
        return value
    if value is ABSENT:
        return None
    try:
        return node.nodes[name].read(value)
    except msgspec.ValidationError:
        return None


def _decoded(raw: msgspec.Raw) -> Any:
    text = bytes(raw)
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:  # a number that no machine holds, half a surrogate pair
        return text.decode(errors="replace")
