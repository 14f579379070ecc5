"""What a destination promises of the past of its tables, and the tables that it is kept in.

Each stands beside the table that it tells of, under its name and a suffix, and is written in the
same transaction. The part of `chimpline.load.contract` that is about them.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

from chimpline.model import SYNCED_AT, Column, ColumnType, History, TableSchema

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pyarrow as pa

    from chimpline.load.contract import Change

VALID_FROM = "_valid_from"
VALID_TO = "_valid_to"
DAY = "_day"
SUFFIXES = {History.VERSIONS: "_history", History.DAILY: "_daily"}


def kept_in(table: TableSchema, kind: History) -> TableSchema:
    """The table that the past of `table` is kept in."""
    times = (Column(VALID_FROM, ColumnType.TIMESTAMP), Column(VALID_TO, ColumnType.TIMESTAMP))
    added = times if kind is History.VERSIONS else (Column(DAY, ColumnType.DATE),)
    return TableSchema(
        table.name + SUFFIXES[kind],
        (*table.columns, *added),
        (*table.primary_key, added[0].name),
        stamps=(SYNCED_AT,),
    )


def past_of(name: str) -> tuple[str, str] | None:
    """Of a table that is called like one with a past: whose it is, and its column of time."""
    for kind, suffix in SUFFIXES.items():
        if name.endswith(suffix):
            time = VALID_FROM if kind is History.VERSIONS else DAY
            return name.removesuffix(suffix), time
    return None


@dataclasses.dataclass(frozen=True, slots=True)
class Handed:
    """What a commit changed of a table, in its Arrow schema: `new`, then `changed`, then `gone`.

    `new` are rows that were not there, or come back after their tombstone. `gone` has the keys of
    rows that were live. Each row is handed out once: a commit that is repeated hands out nothing.
    """

    new: pa.Table
    changed: pa.Table
    gone: pa.Table


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """`changes`: what was changed of the tables that history is kept in.

    `at`: as of when what this run changes is kept.
    """

    changes: Sequence[Change]
    at: dt.datetime


class KeepsHistory(Protocol):
    """The part of `Destination` that is about the past.

    *Versions*: a row of `<table>_history` holds the cells of a row of the table from `_valid_from`
    on, and until before `_valid_to`, or still. Those of one key never overlap, and none is empty.
    So at any time of a run the versions of that time are the rows that were live after it. What is
    changed twice at one time is one change: the last state counts, and a row that is as before has
    its version as before.

    *Days*: the rows of `<table>_daily` with one `_day` are those that were live when the day was
    last kept.
    """

    def keep_history(
        self,
        table: TableSchema,
        kind: History | None,
        at: dt.datetime,
        *,
        reached: dt.datetime,
        synced_at: dt.datetime,
        chosen: bool = False,
    ) -> Kept:
        """Keep the past of a table in this way from now on; None: not any more.

        Makes the table for it ready, as `prepare` does and with its errors. Where there are not as
        many versions that go on as live rows, a live row without one begins one at `at`, and one
        without a live row ends. Where versions are not kept any more, all end. What is kept of
        times after `reached`, which a wrong clock has noted, is as of `at`; and an `at` before the
        last time that versions know counts as that one. What that changes is *synced at*
        `synced_at`.

        `chosen`: columns that were left out are chosen now. They hold what they held then, which
        no version does since: a live row with a value that its version lacks begins another one.
        """

    def keep_day(self, table: TableSchema, day: dt.date) -> None:
        """Keep the live rows as those of this day; only rows that differ are written.

        They are *synced at* the time at which the table's own are.
        """
