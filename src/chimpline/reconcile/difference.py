"""Where a copy and its account differ, and why."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

from chimpline.message import Fact, Message, Said

EXAMPLES = 5
"""So many keys of one kind are named; all are counted."""


class Level(enum.StrEnum):
    """How much a comparison asks: totals, the keys of all records, or every cell."""

    COUNTS = "counts"
    KEYS = "keys"
    ROWS = "rows"


class Kind(enum.StrEnum):
    """Why a row differs.

    A row of which nothing tells whether it is new or lost counts as lost. A cell of which nothing
    tells does not: such tables are read whole by every run, or once a day where members of segments
    are concerned, which puts it right either way.
    """

    NEW = "new"
    REOPENED = "reopened"
    CHANGED = "changed"
    ARCHIVED = "archived"
    GONE = "gone"
    OUTSIDE = "outside"
    KEPT = "kept"
    NOT_COPIED = "not-copied"
    UNPROVEN = "unproven"
    LOST = "lost"
    BURIED = "buried"
    ALTERED = "altered"
    NOT_DUE = "not-due"
    UNTOLD_ROW = "untold-row"
    UNTOLD_CELL = "untold-cell"
    FEWER = "fewer"
    MORE = "more"
    DOUBLED = "doubled"
    UNREAD = "unread"

    @property
    def said(self) -> Message:
        """The reason, to be told after a number of rows."""
        return Message.of("difference-why", kind=self.value)

    @property
    def is_loss(self) -> bool:
        """Whether the copy is, or may be, wrong: not only behind the account."""
        return self in _LOSSES


_LOSSES = frozenset(
    {
        Kind.LOST,
        Kind.BURIED,
        Kind.ALTERED,
        Kind.UNTOLD_ROW,
        Kind.FEWER,
        Kind.DOUBLED,
        Kind.UNPROVEN,
        Kind.UNREAD,
    }
)


_NEWS_OR_LOSS = frozenset({Kind.UNTOLD_ROW, Kind.UNTOLD_CELL, Kind.FEWER, Kind.MORE})


@dataclasses.dataclass(slots=True)
class Difference:
    """Rows of one slice that differ for one reason. `keys`: the first of them, as own keys.

    `columns`: those whose cells differ. `note`: what was read or asked besides. `where`: the parent
    as people know it.
    """

    table: str
    parent: str
    kind: Kind
    count: int
    keys: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    note: Said | None = None
    where: Fact = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "event": "difference",
            "table": self.table,
            "parent": self.parent,
            "kind": self.kind.value,
            "loss": self.kind.is_loss,
            "rows": self.count,
            "keys": list(self.keys),
            "columns": list(self.columns),
            "note": self.note.to_json() if self.note else None,
        }


@dataclasses.dataclass(slots=True)
class TableCompared:
    """One table over all its slices. `theirs` None: Mailchimp cannot be asked for a number.

    `ours` counts rows; `surplus`: how many of them are there beside another one of their key.

    `note` says why it was not compared, or what the numbers leave out.
    """

    table: str
    theirs: int | None = 0
    ours: int = 0
    slices: int = 0
    silent: int = 0
    surplus: int = 0
    note: Message | None = None
    differences: list[Difference] = dataclasses.field(default_factory=list)

    def not_due(self) -> None:
        """The table is as of its last read: what may be news since is no loss."""
        for one in self.differences:
            if one.kind in _NEWS_OR_LOSS:
                one.kind = Kind.NOT_DUE

    def add(self, theirs: int | None, ours: int) -> None:
        """Count a slice in."""
        self.theirs = None if theirs is None or self.theirs is None else self.theirs + theirs
        self.ours += ours

    @property
    def losses(self) -> int:
        return sum(one.count for one in self.differences if one.kind.is_loss)

    @property
    def verdict(self) -> str:
        """In one word; none where nothing could be compared: see `note`."""
        if self.losses:
            return "differs"
        if self.differences:
            return "explained"
        return "" if self.theirs is None else "equal"

    def as_json(self) -> dict[str, Any]:
        return {
            "event": "table_reconciled",
            "table": self.table,
            "mailchimp": self.theirs,
            "copy": self.ours,
            "slices": self.slices,
            "losses": self.losses,
            "explained": sum(one.count for one in self.differences if not one.kind.is_loss),
            "silent_cells": self.silent,
            "verdict": self.verdict,
            "note": self.note.to_json() if self.note else None,
        }


@dataclasses.dataclass(slots=True)
class Reconciliation:
    """What a comparison came to. `dashboard`: why numbers differ from those Mailchimp shows."""

    level: Level
    requests: int
    tables: list[TableCompared]
    dashboard: list[Message] = dataclasses.field(default_factory=list)

    @property
    def exit(self) -> int:
        return 1 if any(table.losses for table in self.tables) else 0

    @property
    def repairable(self) -> dict[str, frozenset[str]]:
        """The slices to be read again so that what differs is gone: parent keys by table."""
        found: dict[str, set[str]] = {}
        for table in self.tables:
            for one in table.differences:
                if one.kind not in (Kind.KEPT, Kind.OUTSIDE, Kind.UNREAD):
                    found.setdefault(one.table, set()).add(one.parent)
        return {name: frozenset(parents) for name, parents in found.items()}

    def as_json(self) -> dict[str, Any]:
        return {
            "event": "reconcile_finished",
            "level": self.level.value,
            "requests": self.requests,
            "losses": sum(table.losses for table in self.tables),
            "exit": self.exit,
        }
