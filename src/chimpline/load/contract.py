"""What a destination promises, whatever it is: the contract that `tests/contract` holds each to.

A destination knows batches, keys and times, and nothing of Mailchimp. All calls come from one
thread. Nothing here assumes transactions: where a destination has none, `commit` applies rows and
tombstones first and the ledger last, and repeating a commit is harmless.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol, Self

from chimpline.load.history.kept import KeepsHistory

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    import pyarrow as pa

    from chimpline.load.history.kept import Handed
    from chimpline.message import Message
    from chimpline.model import (
        ColumnType,
        Deletes,
        LandedSelection,
        Owner,
        RunRecord,
        Scope,
        SliceRecord,
        TableSchema,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Capabilities:
    """What a destination can do; the layers above ask this record, never the destination's kind."""

    views: bool
    max_identifier_bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """What `prepare` changed: `said` is a sentence, or what a new version changed of a table.

    `by_catalog`: the new version, or the user's choice of columns, asked for it; else somebody had
    changed the table. `again`: the table's rows are to be read again (its ledger lines are stale).
    `anew`: it has no rows, and no ledger lines.
    """

    said: Message
    by_catalog: bool = False
    again: bool = False
    anew: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """One table's part of a commit.

    `batches`: rows with the table's Arrow schema, in the order they were read; where a key occurs
    twice, the later row wins. `tombstones`: keys (the key schema) proven gone. `versions`: as of
    when what this changes is kept as versions (`keep_history`); None: they are not kept.
    `hands_out`: whether `commit` returns what it changed.
    """

    table: TableSchema
    batches: Sequence[pa.RecordBatch] = ()
    tombstones: pa.Table | None = None
    versions: dt.datetime | None = None
    hands_out: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Reopen:
    """Ledger lines to set to *stale*, without their evidence from then on.

    Every line of `table_name` whose `parent_key` is listed.
    """

    table_name: str
    parent_keys: Sequence[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Forget:
    """Ledger lines to delete: those of `table_name` with this parent key, or one below it.

    `list1` covers `list1` and `list1/segment2`, and not `list12`.
    """

    table_name: str
    parent_key: str


@dataclasses.dataclass(frozen=True, slots=True)
class Commit:
    """Rows, tombstones and ledger lines that move in one transaction.

    Applied in this order, over all loads: rows, tombstones, `forget`, `reopen`, `slices`. So a
    tombstone wins over a row of its key, and a line over a reopening, in the same commit.
    `deletes` REMOVE takes rows away that an earlier MARK left; IGNORE passes over tombstones.
    """

    run_id: str
    synced_at: dt.datetime
    loads: Sequence[Load]
    slices: Sequence[SliceRecord]
    deletes: Deletes
    reopen: Sequence[Reopen] = ()
    forget: Sequence[Forget] = ()


@dataclasses.dataclass(slots=True)
class TableChange:
    """Rows of one table that a commit really changed.

    A row whose cells are all equal is counted nowhere; a row that comes back after its tombstone is
    *inserted*; a tombstone on a row that is absent, or has one already, is counted nowhere.
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    handed: Handed | None = dataclasses.field(default=None, compare=False)

    @property
    def total(self) -> int:
        return self.inserted + self.updated + self.deleted


@dataclasses.dataclass(frozen=True, slots=True)
class ViewColumn:
    """A typed column taken out of a JSON column: member `key` of `source`, shown as `name`.

    A value that does not fit `type` is NULL. TEXT of an object or array is its JSON text.
    `type` None: a plain column of the table, `key` unused. A JSON null, and `""` for any type but
    TEXT and JSON, is NULL.
    """

    name: str
    source: str
    key: str | None = None
    type: ColumnType | None = None
    is_date: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """A view on `table`: its live rows where `where` holds, with these columns.

    `name` and the column names may hold anything a person typed; the destination makes them fit
    its limits and keeps them distinct.
    """

    name: str
    table: str
    where: tuple[tuple[str, str], ...]
    columns: tuple[ViewColumn, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """The texts in the column `key` of another table's rows.

    Those of live rows; where `told_by` is given, also of buried rows that have a text there.
    `within`: a column and its value, which narrow both tables; rows without a value there are in,
    and a table that does not store it is not narrowed.
    """

    table: TableSchema
    key: str
    within: tuple[str, str]
    told_by: str | None = None


class Destination(KeepsHistory, Protocol):
    """A dataset (a schema in a database) that rows are landed in.

    Opening creates the dataset and the ledger where they are missing. Errors are
    `chimpline.errors.DestinationError` and its kinds; nothing of the driver leaks.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def let_go(self) -> None:
        """Break off a statement that waits for another session's lock; called from any thread.

        It fails with `DestinationLocked`, and nothing of its transaction stays. One that does not
        wait for a lock goes on.
        """

    def claim(self, owner: Owner) -> None:
        """Record the owner of a new dataset; raise `WrongAccount` if it belongs to another."""

    def owner(self) -> Owner | None:
        """Whose the dataset is; None where it is new, or not there."""

    def prepare(self, table: TableSchema) -> Sequence[Change]:
        """Create the table, or add the columns it lacks; say what was changed.

        A column whose type the catalog changed is altered where the values allow, else renamed
        aside (`rating__text`). Columns the catalog dropped stay, and so do their values. A table
        whose key changed is renamed aside (`lists_2`) and made anew, and its ledger lines are
        forgotten, so that it is read again. Rows landed before a column was added have NULL there.

        What people did to the table since is put right in place: names and types of columns, NOT
        NULLs, the key, keys that are there twice or not at all, rows added or removed. What is
        theirs (columns, views, indexes) stays. Raises `TableBlocked` where that is in the way; the
        table reads as empty then, and others can be written.
        """

    def erase(self, table: TableSchema, columns: Sequence[str] | None, at: dt.datetime) -> int:
        """Set these columns to NULL in every row, tombstones too; None removes the rows.

        Returns how many rows that were; they are *synced at* `at`. Columns that are not stored are
        passed over. For values that must not be there any more: not in the table's past either, nor
        in a column that somebody renamed, which gets its name back first.
        """

    def commit(self, commit: Commit) -> Mapping[str, TableChange]:
        """Apply rows, tombstones and ledger, all or nothing; return the changes by table.

        Only rows that differ are written, with `_synced_at` = `synced_at`; a row that is back
        loses its tombstone. A proven ledger line replaces those of the same (table, parent, ask)
        whose window lies inside its own, and any other line those of them that are not *proven*
        (stale ones are not). `committed_at` is set here, whatever the record says. What REMOVE
        takes away goes from the table's past, too.
        """

    def missing(self, table: TableSchema, scope: Scope, seen: pa.Table) -> pa.Table:
        """Keys of the live rows in `scope` that are not among `seen` (both in the key schema).

        A row whose cursor is NULL is in no window. A table that is not there has no rows; the same
        holds for `count`, `counts_by`, `cells`, `holders` and `strangers`.
        """

    def count(self, table: TableSchema, scope: Scope) -> int:
        """How many live rows `scope` holds."""

    def surplus(self, table: TableSchema, scope: Scope) -> int:
        """How many live rows of `scope` there are beside another live one of the same key."""

    def counts_by(
        self, table: TableSchema, scope: Scope, column: str, without: pa.Table
    ) -> pa.Table:
        """How many live rows of `scope` have each value of `column`.

        Columns `value` and `rows`, in the order of the values. Rows with NULL there, and those
        whose keys are among `without` (in the key schema), are left out.
        """

    def cells(
        self, table: TableSchema, scope: Scope, columns: Sequence[str], *, buried: bool = False
    ) -> pa.Table:
        """These columns of the live rows of `scope`, or of the buried ones; JSON as text.

        A column that is not stored yet is NULL.
        """

    def storable(self, table: TableSchema, rows: pa.Table) -> pa.Table:
        """`rows` of the table as they would be stored: without what this destination cannot hold.

        They may have some of the table's columns only.
        """

    def holders(
        self,
        table: TableSchema,
        column: str,
        by: str,
        values: Sequence[str],
        *,
        buried: bool = False,
    ) -> list[str]:
        """Distinct texts of `column` over live rows whose `by` is among `values`.

        With `buried`, over those with a tombstone as well.
        """

    def strangers(
        self,
        table: TableSchema,
        column: str,
        by: str,
        known: Known,
    ) -> list[str]:
        """Distinct texts of `column` over live rows whose `by` is none of the `known`."""

    def slices(self) -> list[SliceRecord]:
        """The whole ledger of slices."""

    def selections(self) -> Mapping[str, LandedSelection]:
        """What was chosen of each table when a run landed it last, as far as runs kept that."""

    def keep_selections(self, run_id: str, chosen: Mapping[str, LandedSelection]) -> None:
        """Keep what is chosen of these tables, in place of what was."""

    def default_set(self) -> Mapping[str, bool]:
        """The tables of the default set that this dataset knows.

        True: runs of the default set land it. False: it was offered, and is not landed.
        """

    def keep_default_set(self, run_id: str, tables: Mapping[str, bool]) -> None:
        """Keep that of these tables, in place of what was."""

    def runs(
        self, *, without_end: bool = False, since: dt.datetime | None = None
    ) -> list[RunRecord]:
        """All runs, newest first; `without_end`: only those that are said to be under way.

        `since`: only those that began then or later.
        """

    def record_run(self, run: RunRecord) -> None:
        """Insert or replace one line of `_chimpline_runs`."""

    def create_views(
        self, views: Sequence[View], tell: Callable[[Message], None] = lambda _: None
    ) -> list[str]:
        """Create or replace these views; return the names given to them.

        A view that is unchanged is not touched. Where another object has the name, it is kept and
        the view gets another one. Plain columns keep their names, and what people typed gets a
        suffix (`ID_2`) where the two would be the same whatever their case.
        A view that something of theirs keeps from being replaced stays as it was; `tell` is told.
        """

    def drop_views(
        self, names: Sequence[str], tell: Callable[[Message], None] = lambda _: None
    ) -> None:
        """Drop views that `create_views` made earlier, by the names they were asked under.

        One that something of theirs hangs on stays; `tell` is told.
        """
