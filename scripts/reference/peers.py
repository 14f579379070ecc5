"""What others call our tables and columns, from `peers.toml`."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chimpline.catalog.tables import tables

WRITTEN = Path(__file__).with_name("peers.toml")


@dataclasses.dataclass(frozen=True)
class PeerTable:
    """`ours`: the table here. `same`: columns that are called as here; empty: none is known.

    `renamed`: our column by their name, or several where theirs is an object. `absent`: their
    columns that we do not have, and why. `note`: how the rows are others.
    """

    ours: str
    note: str = ""
    key: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    renamed: dict[str, str | tuple[str, ...]] = dataclasses.field(default_factory=dict)
    absent: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def ours_of_renamed(self) -> dict[str, tuple[str, ...]]:
        return {n: (to,) if isinstance(to, str) else to for n, to in self.renamed.items()}

    @property
    def single(self) -> dict[str, str]:
        """The renamed columns that are one of ours."""
        return {n: ours[0] for n, ours in self.ours_of_renamed.items() if len(ours) == 1}

    @property
    def named(self) -> tuple[str, ...]:
        """Our columns that it has."""
        return (*self.same, *(name for ours in self.ours_of_renamed.values() for name in ours))

    @property
    def only_here(self) -> list[str]:
        """Our columns that it lacks; of objects of which it has nothing, the object."""
        columns = [c.name for c in tables()[self.ours].schema.columns if not c.name.startswith("_")]
        theirs = {name.partition("__")[0] for name in self.named}
        lacked = []
        for name in columns:
            top, _, member = name.partition("__")
            if name not in self.named:
                lacked.append(f"{top}__*" if member and top not in theirs else name)
        return list(dict.fromkeys(lacked))

    @property
    def query(self) -> str:
        """What gives their columns; not those that are objects there."""
        renamed = [f"{ours} AS {theirs}" for theirs, ours in self.single.items()]
        shown = ",\n       ".join(_wrapped([*self.same, *renamed]))
        return f"SELECT {shown}\nFROM mailchimp.{self.ours}\nWHERE _deleted_at IS NULL;"


@dataclasses.dataclass(frozen=True)
class Peer:
    """`source`: how this is known. `deleted`, `synced`: what becomes of columns of its own.

    `nested`: whether an object is one JSON column there. `absent`: its tables that we do not have,
    and why.
    """

    name: str
    source: str
    about: str
    deleted: str
    synced: str
    nested: bool
    tables: dict[str, PeerTable]
    absent: dict[str, str] = dataclasses.field(default_factory=dict)

    def query(self, name: str) -> str | None:
        """What gives its shape of a table; None where that is ours, or has objects of JSON."""
        one = self.tables[name]
        objects = any("__" in column for column in one.same)
        if not one.same or (self.nested and objects):
            return None
        return one.query if name != one.ours or one.single else None

    def calls(self, table: str) -> list[str]:
        """Its names for a table of ours."""
        return [name for name, one in self.tables.items() if one.ours == table]


@functools.cache
def peers() -> dict[str, Peer]:
    """In the order of the file."""
    return msgspec.convert(tomllib.loads(WRITTEN.read_text("utf-8")), dict[str, Peer])


def _wrapped(words: list[str], width: int = 88) -> Iterator[str]:
    line: list[str] = []
    for word in words:
        if line and len(", ".join([*line, word])) > width:
            yield ", ".join(line)
            line = []
        line.append(word)
    yield ", ".join(line)
