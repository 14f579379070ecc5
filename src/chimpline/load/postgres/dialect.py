"""What PostgreSQL says in its own words: types, indexes, casts, and cells of views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.contract import ViewColumn
from chimpline.load.sql import Dialect, listed, quote, text_literal
from chimpline.model import ColumnType, TableSchema

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPES = {
    ColumnType.TEXT: "text",
    ColumnType.INT64: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.TIMESTAMP: "timestamp with time zone",
    ColumnType.JSON: "jsonb",
    ColumnType.DATE: "date",
}
# pg_input_is_valid came with 16; before it nothing can test a date without raising.
_HAS_INPUT_TEST = 160000


def _indexed(table: TableSchema) -> tuple[Sequence[str], bool]:
    """The columns of the primary key, or of the index that stands for it; and whether it is one."""
    texts = [name for name in table.primary_key if table.column(name).type is ColumnType.TEXT]
    if len(texts) <= 2:
        return table.primary_key, True
    return [name for name in table.primary_key if name not in texts[2:]], False


def _key(table: TableSchema) -> tuple[str | None, str | None]:
    """A primary key, or an index where one of its texts may be long (an address clicked on).

    An index entry takes 2.7 KB at most, and a longer one would refuse its row for ever. Keys with
    more than two texts (events) therefore have an index over two of them and all else. The merge
    keeps keys distinct in either case.
    """
    columns, unique = _indexed(table)
    if unique:
        return f"PRIMARY KEY ({listed(columns)})", None
    return None, f"CREATE INDEX ON {quote(table.name)} ({listed(columns)})"


def _convert(cell: str, old: ColumnType, new: ColumnType) -> str | None:
    """A cast that raises where a value would be lost."""
    lost = f"('lossy ' || {cell}::text)"  # no cast takes it; a constant would raise at once
    match old, new:
        case (ColumnType.TIMESTAMP, ColumnType.TEXT):
            return None
        case (_, ColumnType.TEXT):
            return f"{cell}::text"
        case (_, ColumnType.JSON):
            return f"to_jsonb({cell})"
        case (ColumnType.DOUBLE, ColumnType.INT64):
            return f"CASE WHEN {cell} <> trunc({cell}) THEN {lost}::bigint ELSE {cell}::bigint END"
        case (ColumnType.INT64, ColumnType.DOUBLE):
            return (
                f"CASE WHEN abs({cell}) > 9007199254740992 "
                f"THEN {lost}::double precision ELSE {cell}::double precision END"
            )
        case (ColumnType.TEXT, ColumnType.TIMESTAMP):
            # The session's time zone is UTC.
            return f"{cell}::timestamp with time zone"
        case (ColumnType.TEXT, _):
            return f"{cell}::{_TYPES[new]}"
        case _:
            return None


def _revert(cell: str, reported: str, new: ColumnType) -> str:
    """A cast that raises where a value would be lost."""
    back = f"{cell}::text::{_TYPES[new]}"
    if new in (ColumnType.TEXT, ColumnType.JSON):
        return back
    lost = f"('lossy ' || {cell}::text)::{_TYPES[new]}"
    same = f"{cell}::{_TYPES[new]}::{reported} IS NOT DISTINCT FROM {cell}"
    return f"CASE WHEN {same} THEN {cell}::{_TYPES[new]} ELSE {lost} END"


def dialect(server_version: int) -> Dialect:
    def view_cell(column: ViewColumn) -> str:
        source = quote(column.source)
        if column.type is None:
            return source
        key = text_literal(column.key or "")
        if column.type is ColumnType.JSON:
            return f"NULLIF({source} -> {key}, 'null'::jsonb)"
        return _cell(f"({source} ->> {key})", column.type, is_date=column.is_date, dates=dates)

    dates = server_version >= _HAS_INPUT_TEST
    return Dialect(
        types=_TYPES,
        row_id="ctid",
        objects="SELECT relname, CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'OTHER' END "
        "FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace "
        "WHERE nspname = current_schema()",
        indexed=_indexed,
        key=_key,
        convert=_convert,
        revert=_revert,
        view_cell=view_cell,
    )


def _cell(text: str, kind: ColumnType, *, is_date: bool, dates: bool) -> str:
    """The value that `text` writes out, or NULL; never an error, since CASE guards each cast."""
    match kind:
        case ColumnType.INT64:
            return (
                f"CASE WHEN {text} ~ '^[+-]?\\d{{1,40}}$' THEN CASE WHEN {text}::numeric "
                "BETWEEN -9223372036854775808 AND 9223372036854775807 "
                f"THEN {text}::bigint END END"
            )
        case ColumnType.DOUBLE:
            # 255 is the most that a repetition may count.
            form = "^[+-]?(\\d{1,255}\\.?\\d{0,255}|\\.\\d{1,255})([eE][+-]?\\d{1,3})?$"
            return (
                f"CASE WHEN {text} ~ '{form}' THEN CASE WHEN {text}::numeric = 0 THEN 0 "
                f"WHEN abs({text}::numeric) BETWEEN 1e-307 AND 1.797e308 "
                f"THEN {text}::double precision END END"
            )
        case ColumnType.BOOLEAN:
            return f"CASE lower({text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
        case ColumnType.TIMESTAMP if not dates:
            return f"NULLIF({text}, '')"
        case ColumnType.TIMESTAMP if is_date:
            return (
                f"CASE WHEN {text} ~ '^\\d{{4}}-\\d\\d-\\d\\d$' "
                f"AND pg_input_is_valid({text}, 'date') THEN {text}::date END"
            )
        case ColumnType.TIMESTAMP:
            # A time without an offset is UTC, whatever the reader's time zone.
            form = "^\\d{4}-\\d\\d-\\d\\d([ T]\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?)?"
            offset = "([zZ]|[+-]\\d\\d(:?\\d\\d)?)$"
            return (
                f"CASE WHEN NOT pg_input_is_valid({text}, 'timestamptz') THEN NULL "
                f"WHEN {text} ~ '{form}$' THEN {text}::timestamp AT TIME ZONE 'UTC' "
                f"WHEN {text} ~ '{form}{offset}' THEN {text}::timestamptz END"
            )
        case _:
            return text
