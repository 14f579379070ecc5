"""The expected shape of a record, and how it gives way where an answer has another one."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from chimpline.catalog.table import Field
from chimpline.model import ColumnType

IGNORED = frozenset({"_links"})
"""Unknown fields that go nowhere, not even to `_extra`."""
ABSENT = msgspec.Raw(b"null")
"""Stands where a raw value was not sent; told from a sent null by identity."""

FAST: dict[ColumnType, Any] = {
    ColumnType.TEXT: str | None,
    ColumnType.INT64: int | None,
    ColumnType.DOUBLE: float | None,
    ColumnType.BOOLEAN: bool | None,
    ColumnType.TIMESTAMP: str | None,
}
# A field's name can be any text, backticks included; the path behind it holds our own names only.
_UNKNOWN = re.compile(r"unknown field `(?P<name>.*)` - at `\$[^`]*`\Z", re.DOTALL)
_AT = re.compile(r" - at `\$(?P<path>[^`]*)`\Z")
_UNNAMEABLE = re.compile(r'["\\\x00-\x1f]')
"""In a name, what msgspec's structs cannot have."""
STRUCTS = 1000
"""Kept types. To make one takes a tenth of a millisecond, and runs of a process need the same."""
MOST_UNKNOWN = 100
"""Of one object. An object with more is used as a map, and no struct can have all its names."""


@dataclasses.dataclass(slots=True)
class Node:
    """A fixed object: its leaves and inner objects by JSON name.

    `loose`: names whose values are kept raw. `opened`: so are all, and the object comes as a dict,
    since it has a field that no struct can name, or too many fields: those that are not known are
    then in `rest` of its struct. `ignores`: whatever else is sent here is of no interest.
    """

    path: tuple[str, ...]
    leaves: dict[str, Field] = dataclasses.field(default_factory=dict)
    nodes: dict[str, Node] = dataclasses.field(default_factory=dict)
    items: dict[str, Node] = dataclasses.field(default_factory=dict)
    unknown: dict[str, None] = dataclasses.field(default_factory=dict)
    loose: set[str] = dataclasses.field(default_factory=set)
    opened: bool = False
    ignores: bool = False
    type: Any = None
    empty: Any = None
    attributes: dict[str, str] = dataclasses.field(default_factory=dict)

    def dotted(self, name: str) -> str:
        """Where a field of this object stands, as `_extra` names it: unlike any other field."""
        return ".".join((*self.path, name.replace("\\", r"\\").replace(".", r"\.")))

    def build(self) -> None:
        """Make the struct type anew from what is known by now."""
        fields: list[tuple[str, Any]] = []
        self.opened = (
            self.opened
            or len(self.unknown) > MOST_UNKNOWN
            or any(_UNNAMEABLE.search(name) for name in self.unknown)
        )
        for name, node in (self.nodes | self.items).items():
            node.build()
            if node.opened:
                self.loose.add(name)
        if self.opened:
            self.loose |= {*self.leaves, *self.nodes, *self.items}
            self.unknown.clear()
        for name, leaf in self.leaves.items():
            raw = name in self.loose or leaf.column.type is ColumnType.JSON
            fields.append((name, msgspec.Raw if raw else FAST[leaf.column.type]))
        for name, node in self.nodes.items():
            fields.append((name, msgspec.Raw if name in self.loose else node.type | None))
        for name, node in self.items.items():
            kind: Any = list[node.type] | None  # type: ignore[name-defined]
            fields.append((name, msgspec.Raw if name in self.loose else kind))
        fields += [(name, msgspec.Raw) for name in self.unknown]
        # A field's name in JSON can be any text; attributes are numbered, the names are told apart.
        self.attributes = {name: f"f{i}" for i, (name, _) in enumerate(fields)}
        self.type = _struct(tuple(fields), self.opened, self.ignores)
        self.empty = self.type()

    def read(self, raw: msgspec.Raw) -> Any:
        """The object in `raw`; None for null.

        Raises `MisfitError` where room had to be made for something inside it, and msgspec's
        `ValidationError` where it is no object at all.
        """
        wire = dict[str, msgspec.Raw] if self.opened else self.type
        array = b"[%b]" % bytes(raw)  # so that a complaint always ends with its path
        try:
            (value,) = msgspec.json.decode(array, type=list[wire | None])  # type: ignore[valid-type]
        except msgspec.ValidationError as error:
            if loosen(self, (), str(error), array):
                raise MisfitError from None
            raise
        return self.of(value) if self.opened and value is not None else value

    def of(self, members: dict[str, msgspec.Raw]) -> Any:
        """An opened object as a struct."""
        known, rest = {}, {}
        for name, raw in members.items():
            if name in self.attributes:
                known[self.attributes[name]] = raw
            else:
                rest[name] = raw
        return self.type(**known, rest=rest)

    def rest(self, objects: Sequence[Any]) -> Iterator[tuple[int, str, msgspec.Raw]]:
        """The unknown fields that were sent: the index of the object, the name, the value."""
        if self.opened:
            for i, thing in enumerate(objects):
                for name, raw in thing.rest.items():
                    if name not in IGNORED:
                        yield i, name, raw
        for name in self.unknown.keys() - IGNORED:
            attribute = self.attributes[name]
            for i, thing in enumerate(objects):
                raw = getattr(thing, attribute)
                if raw is not ABSENT:
                    yield i, name, raw


@functools.lru_cache(maxsize=STRUCTS)
def _struct(fields: tuple[tuple[str, Any], ...], opened: bool, ignores: bool) -> Any:
    """The type of an object with these fields: the name of each in JSON, and its type."""
    return msgspec.defstruct(
        "Record",
        [
            *(
                (f"f{i}", kind, ABSENT if kind is msgspec.Raw else None)
                for i, (_, kind) in enumerate(fields)
            ),
            *([("rest", dict[str, msgspec.Raw], {})] if opened else []),
        ],
        rename=None if opened else {f"f{i}": name for i, (name, _) in enumerate(fields)},
        forbid_unknown_fields=not ignores,
        gc=False,
    )


class MisfitError(Exception):
    """Something did not fit, and room was made for it: build the root anew and decode again."""


def loosen(root: Node, above: tuple[str, ...], message: str, sent: bytes) -> bool:
    """Make room for what msgspec complains of; False where that is about what is `above`.

    `sent` is the JSON that was decoded. Room is made for every unknown field of the object that is
    complained of, wherever it stands in `sent`: decoding again for each would cost their square.
    After True, `build` the root anew. Raises `DecodeError` where `sent` is not whole JSON.
    """
    path = _AT.search(message)
    if path is None:
        return False
    steps = re.findall(r"\[[^\]]*\]|[^.\[\]]+", path["path"])
    names = tuple(step for step in steps if step[0] != "[")
    if names[: len(above)] != above:
        return False
    names, node = names[len(above) :], root
    new = _UNKNOWN.search(message)
    for name in names if new else names[:-1]:
        inner = node.nodes.get(name) or node.items.get(name)
        if inner is None:
            return False
        node = inner
    if new and new["name"] not in node.attributes:
        # Of a name that is sent twice `_names` reads the last value only: it may not know this one.
        found = {**_names(sent, steps), new["name"]: None}
        before = len(node.unknown)
        node.unknown |= {name: None for name in found if name not in node.attributes}
        return len(node.unknown) > before
    if not new and names and names[-1] in node.attributes and names[-1] not in node.loose:
        node.loose.add(names[-1])
        return True
    return False


def _names(sent: bytes, steps: list[str]) -> dict[str, None]:
    """The names of all objects at this path, in the order of their first appearance."""
    found = [msgspec.Raw(sent)]
    for step in steps:
        inside: list[msgspec.Raw] = []
        for raw in found:
            if step[0] == "[":
                inside += _decoded(raw, list[msgspec.Raw]) or []
            else:
                member = (_decoded(raw, dict[str, msgspec.Raw]) or {}).get(step)
                inside += [member] if member is not None else []
        found = inside
    names: dict[str, None] = {}
    for raw in found:
        names |= dict.fromkeys(_decoded(raw, dict[str, msgspec.Raw]) or ())
    return names


def _decoded(raw: msgspec.Raw, kind: Any) -> Any:
    """None where something else than this kind was sent."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        return None


def empty(raw: msgspec.Raw) -> bool:
    """What PHP writes for nothing."""
    return bytes(raw) in (b"null", b'""', b"[]", b"{}")
