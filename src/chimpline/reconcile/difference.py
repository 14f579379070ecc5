"""Where a copy and its account differ, and why: the words of `chimpline reconcile`."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

EXAMPLES = 5
"""So many keys of one kind are named; all are counted."""


class Level(enum.StrEnum):
    """How much a comparison asks: totals, the keys of all records, or every cell."""

    COUNTS = "counts"
    KEYS = "keys"
    ROWS = "rows"


class Kind(enum.StrEnum):
    """Why a row differs. The words are what a person is told.

    A row of which nothing tells whether it is new or lost counts as lost. A cell of which nothing
    tells does not: every run reads such tables whole, and puts it right either way.
    """

    NEW = "new at Mailchimp since the run"
    REOPENED = (
        "missing: its campaign's counters changed since the run, so the next run reads it again"
    )
    CHANGED = "changed at Mailchimp since the run"
    ARCHIVED = "archived or unarchived since the run"
    GONE = "no longer at Mailchimp"
    OUTSIDE = "outside what the settings select"
    KEPT = "kept: activity stays in the copy when its campaign is deleted"
    NOT_COPIED = "not copied yet by any run"
    UNPROVEN = "no run has read this part completely yet"
    LOST = "lost: Mailchimp had it when the last run read this, and the copy lacks it"
    BURIED = "marked as deleted though it exists"
    ALTERED = "differs though nothing changed at Mailchimp since the run"
    UNTOLD_ROW = "missing: new since the run, or lost; Mailchimp does not say which"
    UNTOLD_CELL = "differs: changed since the run, or altered in the copy; unknown which"
    FEWER = "the copy has fewer"
    MORE = "the copy has more, and nothing changed since the run: they were deleted at Mailchimp"
    DOUBLED = "there twice in the copy: somebody else wrote them, the next run removes them"
    UNREAD = "could not be read"

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
    note: str = ""
    where: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "event": "difference",
            "table": self.table,
            "parent": self.parent,
            "why": self.kind.value,
            "loss": self.kind.is_loss,
            "rows": self.count,
            "keys": list(self.keys),
            "columns": list(self.columns),
            "note": self.note,
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
    note: str = ""
    differences: list[Difference] = dataclasses.field(default_factory=list)

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
            "note": self.note,
        }


@dataclasses.dataclass(slots=True)
class Reconciliation:
    """What a comparison came to. `dashboard`: why numbers differ from those Mailchimp shows."""

    level: Level
    requests: int
    tables: list[TableCompared]
    dashboard: list[str] = dataclasses.field(default_factory=list)

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
