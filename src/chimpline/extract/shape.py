"""The expected shape of a record, and how it gives way where an answer has another one."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import msgspec

from chimpline.catalog.table import Field
from chimpline.model import ColumnType

ABSENT = msgspec.Raw(b"null")
"""Stands where a raw value was not sent; told from a sent null by identity."""

FAST: dict[ColumnType, Any] = {
    ColumnType.TEXT: str | None,
    ColumnType.INT64: int | None,
    ColumnType.DOUBLE: float | None,
    ColumnType.BOOLEAN: bool | None,
    ColumnType.TIMESTAMP: str | None,
}
_UNKNOWN = re.compile(r"unknown field `(?P<name>.*?)`(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_AT = re.compile(r" - at `\$(?P<path>.*)`$", re.DOTALL)


@dataclasses.dataclass(slots=True)
class Node:
    """A fixed object: its leaves and inner objects by JSON name."""

    path: tuple[str, ...]
    leaves: dict[str, Field] = dataclasses.field(default_factory=dict)
    nodes: dict[str, Node] = dataclasses.field(default_factory=dict)
    items: dict[str, Node] = dataclasses.field(default_factory=dict)
    unknown: dict[str, None] = dataclasses.field(default_factory=dict)
    loose: set[str] = dataclasses.field(default_factory=set)
    type: Any = None
    empty: Any = None
    attributes: dict[str, str] = dataclasses.field(default_factory=dict)

    def dotted(self, name: str) -> str:
        """Where a field of this object stands, as `_extra` names it."""
        return ".".join((*self.path, name))

    def build(self) -> None:
        """Make the struct type anew from what is known by now."""
        fields: list[tuple[str, Any, Any]] = []
        for name, leaf in self.leaves.items():
            if name in self.loose or leaf.column.type is ColumnType.JSON:
                fields.append((name, msgspec.Raw, ABSENT))
            else:
                fields.append((name, FAST[leaf.column.type], None))
        for name, node in self.nodes.items():
            node.build()
            fields.append(
                (name, msgspec.Raw, ABSENT)
                if name in self.loose
                else (name, node.type | None, None)
            )
        for name, node in self.items.items():
            node.build()
            fields.append(
                (name, msgspec.Raw, ABSENT)
                if name in self.loose
                else (name, list[node.type] | None, None)  # type: ignore[name-defined]
            )
        fields += [(name, msgspec.Raw, ABSENT) for name in self.unknown]
        # A field's name in JSON can be any text; attributes are numbered, the names are told apart.
        self.attributes = {name: f"f{i}" for i, (name, _, _) in enumerate(fields)}
        self.type = msgspec.defstruct(
            "Record",
            [(self.attributes[name], kind, default) for name, kind, default in fields],
            rename={self.attributes[name]: name for name, _, _ in fields},
            forbid_unknown_fields=True,
            gc=False,
        )
        self.empty = self.type()


class MisfitError(Exception):
    """A value that does not fit the expected type at `name` of `node`: loosen it and go on."""

    def __init__(self, node: Node, name: str) -> None:
        super().__init__(name)
        self.node = node
        self.name = name


def unknown_at_top(message: str) -> str | None:
    """The unknown field that msgspec complains of, if it lies in the outermost object."""
    found = _UNKNOWN.search(message)
    return found["name"] if found and not found["path"] else None


def loosen(root: Node, collection: str, message: str) -> bool:
    """Make room for what msgspec complains of; False where that is about the page itself.

    After True, `build` the root anew.
    """
    new = _UNKNOWN.search(message)
    path = _AT.search(message)
    if path is None:
        return False
    names = [name for name in re.sub(r"\[[^\]]*\]", "", path["path"]).split(".") if name]
    if not names or names[0] != collection:
        return False
    node = root
    for name in names[1:] if new else names[1:-1]:
        inner = node.nodes.get(name) or node.items.get(name)
        if inner is None:
            return False
        node = inner
    if new:
        node.unknown[new["name"]] = None
        return True
    if len(names) > 1 and names[-1] in node.attributes and names[-1] not in node.loose:
        node.loose.add(names[-1])
        return True
    return False
