"""What DuckDB says in its own words: types, casts, and cells of views."""

from __future__ import annotations

from chimpline.load.contract import ViewColumn
from chimpline.load.sql import Dialect, quote, text_literal
from chimpline.model import ColumnType

ROW_ID = "rowid"
_TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INT64: "BIGINT",
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
    ColumnType.JSON: "JSON",
    ColumnType.DATE: "DATE",
}


def _convert(cell: str, old: ColumnType, new: ColumnType) -> str | None:
    """A cast that raises where a value would be lost."""
    whole = f"CASE WHEN {cell} <> trunc({cell}) THEN error('not whole') ELSE {cell} END"
    if new is ColumnType.TEXT:
        return None if old is ColumnType.TIMESTAMP else f"CAST({cell} AS VARCHAR)"
    if new is ColumnType.JSON:
        return f"to_json({cell})"
    if old is ColumnType.DOUBLE and new is ColumnType.INT64:
        return f"CAST({whole} AS BIGINT)"
    if (old, new) == (ColumnType.INT64, ColumnType.DOUBLE):
        return (
            f"CASE WHEN abs({cell}) > 9007199254740992 THEN error('too large') "
            f"ELSE CAST({cell} AS DOUBLE) END"
        )
    if old is ColumnType.TEXT:
        inner = f"CAST({view_text(cell, new)} AS {_TYPES[new]})"
        lost = f"{cell} IS NOT NULL AND {inner} IS NULL"
        return f"CASE WHEN {lost} THEN error('no fit') ELSE {inner} END"
    return None


def _revert(cell: str, reported: str, new: ColumnType) -> str:
    """A cast that raises where a value would be lost."""
    back = f"CAST({cell} AS {_TYPES[new]})"
    if new in (ColumnType.TEXT, ColumnType.JSON):
        return back
    lost = f"CAST({back} AS {reported}) IS DISTINCT FROM {cell}"
    return f"CASE WHEN {lost} THEN error('lossy') ELSE {back} END"


def _view_cell(column: ViewColumn) -> str:
    source = quote(column.source)
    if column.type is None:
        return source
    # A pointer takes every key; a path would need quotes that keys may hold themselves.
    pointer = "/" + (column.key or "").replace("~", "~0").replace("/", "~1")
    if column.type is ColumnType.JSON:
        member = f"json_extract({source}, {text_literal(pointer)})"
        return f"CASE WHEN json_type({member}) <> 'NULL' THEN {member} END"
    text = f"json_extract_string({source}, {text_literal(pointer)})"
    if column.type is ColumnType.TIMESTAMP and column.is_date:
        return (
            f"CASE WHEN regexp_full_match({text}, '\\d{{4}}-\\d\\d-\\d\\d') AND {text} >= '0001' "
            f"THEN TRY_CAST({text} AS DATE) END"
        )
    return view_text(text, column.type)


def view_text(text: str, kind: ColumnType) -> str:
    """The value that `text` writes out, or NULL; never an error."""
    match kind:
        case ColumnType.INT64:
            # A plain cast would round 12.5.
            whole = f"regexp_full_match({text}, '[+-]?\\d+')"
            return f"CASE WHEN {whole} THEN TRY_CAST({text} AS BIGINT) END"
        case ColumnType.DOUBLE:
            form = "[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?"
            return (
                f"CASE WHEN regexp_full_match({text}, '{form}') "
                f"AND isfinite(TRY_CAST({text} AS DOUBLE)) THEN TRY_CAST({text} AS DOUBLE) END"
            )
        case ColumnType.BOOLEAN:
            return f"CASE lower({text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
        case ColumnType.TIMESTAMP:
            # A time without an offset is UTC, whatever the reader's time zone.
            offset = ":\\d\\d(\\.\\d+)?([zZ]|[+-]\\d\\d(:?\\d\\d)?)$"
            return (
                f"CASE WHEN regexp_matches({text}, '{offset}') "
                f"THEN TRY_CAST({text} AS TIMESTAMPTZ) "
                f"ELSE TRY_CAST({text} AS TIMESTAMP) AT TIME ZONE 'UTC' END"
            )
        case _:
            return text


DIALECT = Dialect(
    types=_TYPES,
    row_id=ROW_ID,
    objects="SELECT table_name, table_type FROM information_schema.tables "
    "WHERE table_catalog = current_database() AND table_schema = current_schema()",
    indexed=lambda _: ((), False),
    key=lambda _: (None, None),
    convert=_convert,
    revert=_revert,
    view_cell=_view_cell,
)
