"""What can be said of a member that differs: whether it changed since a run read it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from chimpline.reconcile.difference import Kind
from chimpline.runs.members.asks import ask_of


@dataclasses.dataclass(frozen=True, slots=True)
class MemberKinds:
    """`until`: for each ask, the end of what runs have proven; None before the first.

    `cursor`: the column of a member's time of change. `now`: when the comparison began, by the
    server's clock. `never_proven`: the kind of what no proven line speaks for.
    """

    until: Mapping[str, dt.datetime | None]
    cursor: str
    now: dt.datetime
    never_proven: Kind

    def only_theirs(self, row: Mapping[str, Any], *, buried: bool) -> Kind:
        """Why the copy lacks a member; `buried`: it holds it as one that is gone."""
        until, time = self.until[self._ask(row)], row[self.cursor]
        if until is None:
            return self.never_proven
        if time is not None and time > self.now:
            return Kind.CHANGED  # while it was compared: it may have been met before
        if time is not None and time > until:
            return Kind.NEW
        return Kind.BURIED if buried else Kind.LOST

    def pair(self, row: Mapping[str, Any], old: Mapping[str, Any]) -> Kind:
        """Why a member is another at Mailchimp (`row`) than in the copy (`old`)."""
        until, time = self.until[self._ask(row)], row[self.cursor]
        if until is None:
            return self.never_proven
        if time is None or time <= until:
            return Kind.ALTERED
        return Kind.CHANGED if self._ask(row) == self._ask(old) else Kind.ARCHIVED

    def _ask(self, row: Mapping[str, Any]) -> str:
        return ask_of(row, tuple(self.until))
