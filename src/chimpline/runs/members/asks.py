"""The questions by which all members are met, and which rows answer which of them.

No question meets everybody: archived members answer only the one for them, and all others only the
plain one (docs/mailchimp-facts.md#archived-members). `asks` are those of a table: query strings,
`""` the plain one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from chimpline.extract.instants import instant
from chimpline.model import LAST_SECOND, Scope, Window


def window_filters(cursor: str, window: Window) -> dict[str, str]:
    """Query parameters that narrow to a window of a cursor."""
    asked = {}
    if window.until < LAST_SECOND or window.since is None:  # without both, all are counted
        asked[f"before_{cursor}"] = instant(window.until)
    if window.since is not None:
        asked[f"since_{cursor}"] = instant(window.since)
    return asked


def of_ask(scope: Scope, ask: str, asks: Sequence[str]) -> Scope:
    """The rows of a scope that answer one ask; the plain one has all that no other has."""
    if ask:
        return dataclasses.replace(scope, equals=(*scope.equals, _cell(ask)))
    return dataclasses.replace(scope, unless=tuple(_cell(other) for other in asks if other))


def ask_of(row: Mapping[str, Any], asks: Sequence[str]) -> str:
    """Which ask a row answers."""
    cells = {_cell(ask): ask for ask in asks if ask}
    answered = (ask for (name, value), ask in cells.items() if row.get(name) == value)
    return next(answered, "")


def ask_columns(asks: Sequence[str]) -> list[str]:
    """The columns that tell which ask a row answers."""
    return [_cell(ask)[0] for ask in asks if ask]


def _cell(ask: str) -> tuple[str, str]:
    name, _, value = ask.partition("=")
    return name, value
