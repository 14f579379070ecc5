"""The past of tables, in memory: written apart from `chimpline.load.history`, and as plainly."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclasses.dataclass
class Version:
    cells: Row
    begun: dt.datetime
    ended: dt.datetime | None = None


class Past:
    """`versions`: by table and key, in order. `days`: by table and day."""

    def __init__(self) -> None:
        self.versions: dict[str, dict[Key, list[Version]]] = {}
        self.days: dict[str, dict[dt.date, dict[Key, Row]]] = {}

    def copy(self) -> Past:
        return copy.deepcopy(self)

    def set(self, table: str, key: Key, cells: Row | None, at: dt.datetime) -> None:
        """The row of this key is such, or gone, as of this time."""
        known = self.versions.setdefault(table, {}).get(key, [])
        before = [one for one in known if one.begun < at]
        last = before[-1] if before and (before[-1].ended or at) >= at else None
        if last is not None:
            last.ended = None if last.cells == cells else at
        if cells is not None and (last is None or last.ended is not None):
            before.append(Version(dict(cells), at))
        self.versions[table][key] = before

    def begin(
        self,
        table: str,
        live: Mapping[Key, Row],
        at: dt.datetime,
        reached: dt.datetime,
        *,
        every: bool = True,
    ) -> dt.datetime:
        """Let the versions be those of the live rows; as of when that is.

        Not `every`: a row that has one keeps it.
        """
        known = self.versions.setdefault(table, {})
        all_of = [version for versions in known.values() for version in versions]
        times = {time for one in all_of for time in (one.begun, one.ended) if time is not None}
        at = max([at, *(time for time in times if time <= reached)])
        for versions in known.values():
            for one in versions:
                one.begun = at if one.begun > reached else one.begun
                one.ended = at if one.ended and one.ended > reached else one.ended
            versions[:] = [one for one in versions if one.begun != one.ended]
        for key in known.keys() | live.keys():
            goes_on = any(version.ended is None for version in known.get(key, []))
            if every or goes_on != (key in live):
                self.set(table, key, live.get(key), at)
        return at

    def at(self, table: str, time: dt.datetime) -> dict[Key, Row]:
        """The rows that held at a time."""
        return {
            key: one.cells
            for key, versions in self.versions.get(table, {}).items()
            for one in versions
            if one.begun <= time and (one.ended is None or one.ended > time)
        }

    def empty(self, table: str, columns: Iterable[str]) -> None:
        rows = [one.cells for known in self.versions.get(table, {}).values() for one in known]
        rows += [row for day in self.days.get(table, {}).values() for row in day.values()]
        for row in rows:
            row.update({name: None for name in columns if name in row})

    def remove(self, table: str, which: Callable[[Key], bool] = lambda _: True) -> None:
        kept: list[dict[Key, Any]] = [self.versions.get(table, {})]
        for known in [*kept, *self.days.get(table, {}).values()]:
            for key in [key for key in known if which(key)]:
                del known[key]
