"""What PostgreSQL says in its own words: types, indexes, casts, and cells of views."""

from __future__ import annotations

from chimpline.load.contract import ViewColumn
from chimpline.load.sql import Dialect, listed, quote, text_literal
from chimpline.model import ColumnType, TableSchema

_TYPES = {
    ColumnType.TEXT: "text",
    ColumnType.INT64: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.TIMESTAMP: "timestamp with time zone",
    ColumnType.JSON: "jsonb",
}
# pg_input_is_valid came with 16; before it nothing can test a date without raising.
_HAS_INPUT_TEST = 160000


def _key(table: TableSchema) -> tuple[str | None, str | None]:
    """A primary key, or an index where one of its texts may be long (an address clicked on).

    An index entry takes 2.7 KB at most, and a longer one would refuse its row for ever. Keys with
    more than two texts (events) therefore have an index over two of them and all else. The merge
    keeps keys distinct in either case.
    """
    texts = [name for name in table.primary_key if table.column(name).type is ColumnType.TEXT]
    if len(texts) <= 2:
        return f"PRIMARY KEY ({listed(table.primary_key)})", None
    short = [name for name in table.primary_key if name not in texts[2:]]
    return None, f"CREATE INDEX ON {quote(table.name)} ({listed(short)})"


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
        objects="SELECT relname, CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'OTHER' END "
        "FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace "
        "WHERE nspname = current_schema()",
        key=_key,
        convert=_convert,
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
