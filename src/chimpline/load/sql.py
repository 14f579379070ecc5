"""SQL that both engines share: how names are quoted, scopes selected, what a session must do.

It is PostgreSQL's, which DuckDB speaks too: `$1`, names in double quotes, `IS DISTINCT FROM`,
`DELETE .. USING`, `UPDATE .. FROM`, `starts_with`, `CREATE OR REPLACE VIEW`, comparisons of rows,
`ALTER COLUMN .. USING`. An engine that lacks them has no `Session`: it is a destination of its own.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from chimpline.errors import DestinationError
from chimpline.model import DELETED_AT, Column, ColumnType, Scope, TableSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from chimpline.load.contract import Capabilities, ViewColumn
    from chimpline.load.upkeep.stored import Catalog


IS_NEW = "_is_new"
"""Of what a merge hands out: whether the row was not there, or comes back after its tombstone."""


class InUse(DestinationError):
    """Something that others made hangs on what was to be changed."""


def quote(name: str) -> str:
    """An identifier as both engines read it; the only place that makes one."""
    return '"' + name.replace('"', '""') + '"'


def utc(cell: object) -> object:
    """A cell as it is given on: an instant in UTC, whatever zone the engine has it in."""
    return cell.astimezone(dt.UTC) if isinstance(cell, dt.datetime) else cell


def text_literal(value: str) -> str:
    """A text inside a view's definition, where nothing can be bound."""
    return "'" + value.replace("'", "''") + "'"


def constant(dialect: Dialect, kind: ColumnType, value: dt.date) -> str:
    """A time or a day as a value of this type, where nothing can be bound."""
    return f"CAST({text_literal(value.isoformat())} AS {dialect.types[kind]})"


def json_of(value: object) -> str:
    """The JSON of a ledger's cell: the same for the same, whichever order its members came in."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def listed(names: Sequence[str], prefix: str = "") -> str:
    """`a, b, c`, each quoted, each after `prefix`."""
    return ", ".join(prefix + quote(name) for name in names)


def same(names: Sequence[str], left: str, right: str) -> str:
    """The join condition of two rows with one (never null) key."""
    return " AND ".join(f"{left}.{quote(n)} = {right}.{quote(n)}" for n in names)


def where(
    table: TableSchema, scope: Scope, alias: str, *, buried: bool = False
) -> tuple[str, list[Any]]:
    """The live rows of `scope` as a condition with `$1`, `$2`, .. and their values.

    With `buried`, those with a tombstone instead.

    A row whose cursor is NULL is in no window.
    """
    conditions = [f"{alias}.{quote(DELETED_AT)} IS {'NOT ' if buried else ''}NULL"]
    values: list[Any] = []

    def bound(value: object) -> str:
        values.append(value)
        return f"${len(values)}"

    for name, value in scope.equals:
        fitted = fit(table.column(name), value)
        conditions.append("FALSE" if fitted is None else f"{alias}.{quote(name)} = {bound(fitted)}")
    for name, value in scope.unless:
        fitted = fit(table.column(name), value)
        if fitted is not None:
            conditions.append(f"{alias}.{quote(name)} IS DISTINCT FROM {bound(fitted)}")
    if scope.among is not None:
        name, texts = scope.among
        conditions.append(f"{alias}.{quote(name)} = ANY({bound(list(texts))})")
    narrowed: list[tuple[str, object, object]] = [
        (name, window.since, window.until) for name, window in scope.within
    ]
    if scope.cursor is not None:
        narrowed.append((scope.cursor, scope.since, scope.until))
    for name, since, until in narrowed:
        if since is not None:
            conditions.append(f"{alias}.{quote(name)} > {bound(since)}")
        if until is not None:
            conditions.append(f"{alias}.{quote(name)} <= {bound(until)}")
    return " AND ".join(conditions), values


def fit(column: Column, value: str | int) -> str | int | None:
    """`value` in the type of `column`; None where it has no such form, so that no row equals it."""
    if column.type is not ColumnType.INT64:
        return str(value)
    try:
        return int(value)
    except ValueError:
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class Dialect:
    """Where the engines differ in words.

    `types`: as the engine's catalog reports them, so that they can be compared.
    `row_id`: what the engine calls the place of a row, in a table of its own.
    `objects`: a query for the names in the dataset and whether each is a VIEW.
    `indexed(table)`: the columns that the merge finds rows by, and whether they are unique; empty
    where it needs no index.
    `key(table)`: the clause of CREATE TABLE and the statement after it that make the key quick.
    `convert(expression, old, new)`: a cast that may raise, or None where none makes sense.
    `revert(expression, reported, new)`: from whatever type a person gave a column back to ours;
    raises where a value would be lost.
    `view_cell`: the expression of a column taken out of JSON, which never raises.
    """

    types: Mapping[ColumnType, str]
    row_id: str
    objects: str
    indexed: Callable[[TableSchema], tuple[Sequence[str], bool]]
    key: Callable[[TableSchema], tuple[str | None, str | None]]
    convert: Callable[[str, ColumnType, ColumnType], str | None]
    revert: Callable[[str, str, ColumnType], str]
    view_cell: Callable[[ViewColumn], str]

    def kind(self, reported: str) -> ColumnType | None:
        for kind, name in self.types.items():
            if name.lower() == reported.lower():
                return kind
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class Merged:
    """Rows that a merge changed; `more`: how many more the table has after it.

    A row that comes back after its tombstone is inserted, and no row more.
    """

    inserted: int = 0
    updated: int = 0
    more: int = 0


class Session(Protocol):
    """One connection to one dataset, whose names need no qualification.

    Every method raises `DestinationError` and its kinds only.
    """

    dialect: Dialect
    capabilities: Capabilities
    catalog: Catalog

    def let_go(self) -> None:
        """See `chimpline.load.contract.Destination`."""

    def exists(self) -> bool:
        """Whether the dataset is there."""

    def create(self) -> None:
        """Make the dataset's schema."""

    def run(self, sql: str, *values: object) -> int:
        """Run one statement; how many rows it touched."""

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """A small result; times are aware and in UTC."""

    def arrow(self, sql: str, *values: object) -> pa.Table:
        """A result of any size."""

    def offer(self, name: str, columns: Sequence[Column], rows: pa.Table) -> None:
        """Let the next statements of this transaction read `rows` as a table called `name`.

        JSON columns are text there.
        """

    def read_whole_tables(self) -> None:
        """Until the end of the transaction, rather scan tables than look up row by row."""

    def storable(self, columns: Sequence[Column], rows: pa.Table) -> pa.Table:
        """`rows` without what this engine cannot hold."""

    def hold(self, name: str, query: str) -> None:
        """Let the next statements of this transaction read a result as a table.

        `name` begins with an underscore and needs no quotes; `let_go_of` frees what it takes.
        """

    def let_go_of(self, name: str) -> None:
        """Forget what was held under this name, if anything was."""

    def pieces(self, target: str, places: str) -> list[str]:
        """Conditions that together hold for the rows of a table at the places that a query has.

        It calls them `place`.
        Each of them for as many as one statement can hold, whatever their weight.
        """

    def merge(
        self,
        table: TableSchema,
        kept: Sequence[str],
        rows: pa.Table,
        synced_at: Any,
        *,
        handed: str | None = None,
    ) -> Merged:
        """Write the rows that differ; `rows` has distinct keys.

        `kept`: columns of the stored table that `table` does not know; they keep their values.
        `handed`: hold the rows that were written under this name, each once, as they are stored,
        with `IS_NEW`.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing."""

    def close(self) -> None: ...
