"""How far a table has been read: a promise about the question asked, never about answers received.

A bookmark is the end of the contiguous proven windows; what lies between windows that a stopped run
left behind is read by the next one, and nothing twice but the lookback.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from chimpline.clock import is_ahead
from chimpline.model import SliceRecord, SliceState, Window

IN_PROGRESS = "in progress"
"""The proof of a line that proves nothing yet: rows of this parent are landed, more are to come."""

COMPLETE = "*"
"""The ask of the ledger line that says: this parent was read completely, with all asks."""

COUNTS_COMPARED = "#"
"""The ask of the ledger line that says: the counts of this parent differed, and what for is found.

Its `requests` are those of the comparison.
"""


def sound(
    records: Iterable[SliceRecord], now: dt.datetime
) -> tuple[list[SliceRecord], list[SliceRecord]]:
    """The lines that can be promises, and those that cannot, since their run's clock was wrong.

    A line that speaks for a time that has not come hides whatever changes until then. It is no
    proof, nor is anything else that the same run wrote.
    """
    lines = list(records)
    wrong = {line.run_id for line in lines if is_ahead(line.until, now)}
    return (
        [line for line in lines if line.run_id not in wrong],
        [line for line in lines if line.run_id in wrong],
    )


class Bookmarks:
    """What the ledger proves, by table, parent and ask; `now` tells which lines can be no proof."""

    def __init__(self, records: Iterable[SliceRecord], now: dt.datetime) -> None:
        self._records: dict[tuple[str, str, str], list[SliceRecord]] = {}
        self._parents: dict[str, set[str]] = {}
        proving, others = sound(records, now)
        for record in proving:
            key = (record.table_name, record.parent_key, record.ask)
            self._records.setdefault(key, []).append(record)
        for record in (*proving, *others):
            self._parents.setdefault(record.table_name, set()).add(record.parent_key)

    def parents(self, table: str) -> set[str]:
        """Parent keys that the table has lines of, whatever their state."""
        return self._parents.get(table, set())

    def ever(self, table: str, parent: str, ask: str) -> bool:
        """Whether there is such a line, whatever its state."""
        return bool(self._records.get((table, parent, ask)))

    def latest(self, table: str, parent: str, ask: str = "") -> SliceRecord | None:
        """The newest proven line; None too where it was set to *stale*."""
        proven = self.proven(table, parent, ask)
        return max(proven, key=lambda record: record.until, default=None)

    def unfinished(self, table: str, parent: str) -> SliceRecord | None:
        """The newest line that is not proven, where no proof has come after it."""
        lines = self._records.get((table, parent, ""), [])
        open_ = [line for line in lines if line.state is not SliceState.PROVEN]
        newest = max(open_, key=lambda record: record.until, default=None)
        known = self.latest(table, parent)
        if newest is None or (known is not None and known.until >= newest.until):
            return None
        return newest

    def windows(
        self,
        table: str,
        parent: str,
        ask: str,
        wanted: Window,
        lookback: dt.timedelta,
    ) -> list[Window]:
        """What is left to read of `wanted`: the gaps, each begun `lookback` before its proven end.

        Late records appear within the lookback (docs/mailchimp-facts.md#late-records), so the end
        of what is proven is soft.
        """
        gaps: list[Window] = []
        since = wanted.since
        for covered in _merged(self.proven(table, parent, ask)):
            begins_later = covered.since is not None and (since is None or covered.since > since)
            if begins_later and covered.since is not None:
                if covered.since >= wanted.until:
                    break
                gaps.append(Window(since, covered.since))
            end = covered.until - lookback
            if covered.since is not None:
                end = max(end, covered.since)
            if since is None or end > since:
                since = end
        if since is None or since < wanted.until:
            gaps.append(Window(since, wanted.until))
        return gaps

    def proven(self, table: str, parent: str, ask: str) -> list[SliceRecord]:
        """Every line that is proven now."""
        lines = self._records.get((table, parent, ask), [])
        return [line for line in lines if line.state is SliceState.PROVEN]


def _merged(records: list[SliceRecord]) -> list[Window]:
    """Windows in order, those that touch or overlap joined."""
    earliest = dt.datetime.min.replace(tzinfo=dt.UTC)
    merged: list[Window] = []
    for record in sorted(records, key=lambda r: (r.since or earliest, r.until)):
        if merged and (record.since is None or record.since <= merged[-1].until):
            last = merged[-1]
            merged[-1] = Window(last.since, max(last.until, record.until))
        else:
            merged.append(Window(record.since, record.until))
    return merged
