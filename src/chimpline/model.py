"""The words that every layer shares: columns, tables, windows, slices, and what is proven of them.

A *record* is what Mailchimp sent; a *row* is what is stored. See docs/glossary.md.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from chimpline.evidence import Evidence

EXTRA = "_extra"
SYNCED_AT = "_synced_at"
DELETED_AT = "_deleted_at"


class ColumnType(enum.StrEnum):
    """The logical types; every destination maps each of them to one of its own."""

    TEXT = "text"
    INT64 = "int64"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"  # an instant, UTC, microseconds
    JSON = "json"  # in Arrow: its text
    DATE = "date"  # no column of Mailchimp's: `_day` only


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: ColumnType


@dataclasses.dataclass(frozen=True, slots=True)
class TableSchema:
    """What a destination knows of a table: data columns (`_extra` among them) and the key.

    Key columns are NOT NULL everywhere. The service columns, `stamps`, are the destination's own
    and are not among `columns`.
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    stamps: tuple[str, ...] = (SYNCED_AT, DELETED_AT)

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of a staged batch: the data columns, in order."""
        return arrow_schema(self.columns, frozenset(self.primary_key))

    def key_schema(self) -> pa.Schema:
        """The Arrow schema of a table of keys: the key columns, in order."""
        return arrow_schema(
            tuple(self.column(name) for name in self.primary_key), frozenset(self.primary_key)
        )


@functools.cache
def arrow_types() -> Mapping[ColumnType, pa.DataType]:
    """What each logical type is in Arrow."""
    import pyarrow as pa  # 0.6 s of CPU that `chimpline --help` need not pay

    return {
        ColumnType.TEXT: pa.string(),
        ColumnType.INT64: pa.int64(),
        ColumnType.DOUBLE: pa.float64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
        ColumnType.JSON: pa.string(),
        ColumnType.DATE: pa.date32(),
    }


def arrow_schema(columns: tuple[Column, ...], required: frozenset[str] = frozenset()) -> pa.Schema:
    """The Arrow schema of `columns`; those named in `required` are not nullable."""
    import pyarrow as pa

    types = arrow_types()
    return pa.schema([pa.field(c.name, types[c.type], c.name not in required) for c in columns])


FIRST_SECOND = dt.datetime(dt.MINYEAR, 1, 1, tzinfo=dt.UTC)
LAST_SECOND = dt.datetime(dt.MAXYEAR, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
"""A window that ends there has no end: records can have times that have not come yet."""


def second_before(second: dt.datetime) -> dt.datetime | None:
    """The whole second before; None before the first that there is: from the beginning."""
    return second - dt.timedelta(seconds=1) if second > FIRST_SECOND else None


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """A half-open period of time `(since, until]`; `since` None means: from the beginning."""

    since: dt.datetime | None
    until: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """The rows of one table that a slice speaks for, as a destination can select them.

    `equals`: values that columns must have (the parent's key). `unless`: values that columns must
    not have. `among`: a column of text, and values of which it must have one. `cursor` with `since`
    (exclusive) and `until` (inclusive) narrows by time, `within` by further columns of time.
    Tombstoned rows are never in a scope.
    """

    equals: tuple[tuple[str, str | int], ...] = ()
    unless: tuple[tuple[str, str | int], ...] = ()
    among: tuple[str, tuple[str, ...]] | None = None
    cursor: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    within: tuple[tuple[str, Window], ...] = ()


class SliceState(enum.StrEnum):
    PROVEN = "proven"
    UNPROVEN = "unproven"
    FAILED = "failed"
    REFUSED = "refused"
    STALE = "stale"  # proven once, but to be read again whatever its gate says


def parent_key(values: tuple[str, ...]) -> str:
    """One text for the key of a parent: `list/segment`, each part percent-encoded."""
    return "/".join(quote(value, safe="") for value in values)


@dataclasses.dataclass(frozen=True, slots=True)
class SliceRecord:
    """One line of `_chimpline_slices`: what was asked, what was proven of it, and by which rule.

    `odd`: the records that could not be copied, for a person to read (`Oddities.told`).
    """

    run_id: str
    table_name: str
    parent_key: str
    ask: str
    since: dt.datetime | None
    until: dt.datetime
    state: SliceState
    proof: str
    evidence: Evidence | None
    rows: int
    requests: int
    odd: Sequence[Mapping[str, Any]] = ()
    committed_at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class LandedSelection:
    """What was chosen of a table when it was landed last; all empty where it is landed as it is.

    Names of columns, and dotted paths of members of objects, sorted. `only`: members that alone are
    landed of their object. `salt`: a digest of the salt, where anything is hashed.
    """

    hashed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    salt: str | None = None


class RunState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    UNPROVEN = "unproven"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class TableState(enum.StrEnum):
    QUEUED = "queued"
    FULL_LOAD = "full load"
    CHANGES = "changes"
    DONE = "done"
    UNPROVEN = "unproven"
    FAILED = "failed"
    REFUSED = "refused"
    LACKING = "not available"  # the account lacks this part of Mailchimp
    NOT_DUE = "not due"  # read less often than its pipeline runs, and not read this time


class History(enum.StrEnum):
    """How the past of a table is kept, beside it."""

    VERSIONS = "versions"  # each state of a row, with the time from and until which it held
    DAILY = "daily"  # all rows as the last run of each day left them


class Deletes(enum.StrEnum):
    """What becomes of a row whose record is proven gone."""

    MARK = "mark"
    REMOVE = "remove"
    IGNORE = "ignore"


@dataclasses.dataclass(frozen=True, slots=True)
class RunRecord:
    """One line of `_chimpline_runs`."""

    run_id: str
    pipeline: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    state: RunState
    schema_version: str
    chimpline_version: str
    requests: int = 0
    rows_changed: int = 0
    report: Mapping[str, Any] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Owner:
    """The Mailchimp account that a dataset belongs to."""

    account_id: str
    account_name: str
