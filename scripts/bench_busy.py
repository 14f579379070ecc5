"""How busy the connections of a run were, and the fewest pages that it could have read."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from chimpline.catalog.row import Changed, Events
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables

PAGE = 1000
Span = tuple[float, float, str]


class Busy:
    """Shares of time from the spans of requests: `[began, ended, path]`, in seconds."""

    def __init__(self, spans: list[Span], connections: int) -> None:
        self.spans = sorted(spans)
        self.connections = connections
        self.end = max(ended for _, ended, _ in spans)
        self.tail = self.spans[-min(connections, len(spans))][0]
        steps = sorted([(a, 1) for a, _, _ in spans] + [(b, -1) for _, b, _ in spans])
        now = self.peak = 0
        for _, step in steps:
            now += step
            self.peak = max(self.peak, now)

    def share(self, until: float | None = None, since: float = 0.0) -> float:
        end = self.end if until is None else until
        busy = sum(max(0.0, min(b, end) - max(a, since)) for a, b, _ in self.spans)
        return busy / (self.connections * (end - since)) if end > since else math.nan

    def idle(self, worst: int = 5) -> list[tuple[int, float]]:
        """The seconds (from the begin) with the most connection time unused: where to look."""
        unused = [
            (second, self.connections * (1 - self.share(min(second + 1, self.end), second)))
            for second in range(int(self.end) + 1)
            if second < self.end
        ]
        return sorted(unused, key=lambda one: -one[1])[:worst]

    def last(self, many: int) -> list[tuple[float, str]]:
        """When the last requests ended, and of which path they were."""
        ends = sorted((ended, urlsplit(url).path) for _, ended, url in self.spans)
        return ends[-many:]

    def cumulative(self) -> tuple[list[float], list[int]]:
        """When each answer was there, and how many there were by then."""
        ends = sorted(ended for _, ended, _ in self.spans)
        return ends, list(range(1, len(ends) + 1))


@dataclasses.dataclass(frozen=True, slots=True)
class Least:
    """The fewest requests that bring every row, and how long they take one after the other."""

    pages: int
    seconds: float
    by_table: Mapping[str, int]


def least(database: Path, base_s: float, per_offset_row_s: float) -> Least:
    """From a finished copy: each parent's records in pages of 1,000, an empty one for none.

    Activity is paged by recipient. Archived members need a question of their own. Members are read
    without an offset; elsewhere the n-th page skips n - 1 of them.
    """
    by_table: Counter[str] = Counter()
    skipped = 0
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET schema = 'mailchimp'")
        for table in tables().values():
            if table.row.off or table.host:  # not copied unless named, or without requests
                continue
            found = connection.execute(_slices(table)).fetchall()
            for (records,) in found:
                n = max(1, math.ceil(records / PAGE))
                by_table[table.name] += n
                skipped += 0 if isinstance(table.reading, Changed) else PAGE * n * (n - 1) // 2
    pages = by_table.total()
    return Least(pages, pages * base_s + skipped * per_offset_row_s, by_table)


def _slices(table: Table) -> str:
    """A query for the number of records in each slice of a table."""
    if table.parent is None:
        return f'SELECT count(*) FROM "{table.name}"'
    if isinstance(table.reading, Events):
        return "SELECT emails_sent FROM reports"
    above = " AND ".join(
        f"child.{variable} = parent.{name}"
        for variable, name in zip(table.variables, table.parent.schema.primary_key, strict=True)
    )
    counted = f'SELECT count(child.{table.variables[0]}) FROM "{table.parent.name}" AS parent'
    if not isinstance(table.reading, Changed):
        return f'{counted} LEFT JOIN "{table.name}" AS child ON {above} GROUP BY parent'
    return " UNION ALL ".join(
        f'{counted} LEFT JOIN "{table.name}" AS child ON {above} AND'
        f" (status = 'archived') = {archived} GROUP BY parent"
        for archived in ("true", "false")
    )
