"""Rows that no row of another table accounts for, as a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.sql import quote
from chimpline.model import DELETED_AT, ColumnType

if TYPE_CHECKING:
    from chimpline.load.contract import Known
    from chimpline.load.sql import Session
    from chimpline.load.upkeep.tables import Tables
    from chimpline.model import TableSchema


def strangers(
    session: Session, tables: Tables, table: TableSchema, known: Known, *, column: str, by: str
) -> list[str]:
    """See `Destination.strangers`; `table` is there, and this is inside a transaction."""
    text = session.dialect.types[ColumnType.TEXT]
    (narrow, value), other = known.within, known.table

    def cell(alias: str, name: str) -> str:
        return f"CAST({alias}.{quote(name)} AS {text})"

    def inside(alias: str, name: str) -> str:
        if not tables.has(name, [narrow]):
            return ""
        return f" AND ({alias}.{quote(narrow)} IS NULL OR {cell(alias, narrow)} = $1)"

    condition = (
        f"t.{quote(DELETED_AT)} IS NULL AND t.{quote(column)} IS NOT NULL{inside('t', table.name)}"
    )
    if tables.has(other.name, other.primary_key):
        counts = f"m.{quote(DELETED_AT)} IS NULL"
        if known.told_by is not None and tables.has(other.name, [known.told_by]):
            counts += f" OR {cell('m', known.told_by)} <> ''"
        condition += (
            f" AND NOT EXISTS (SELECT 1 FROM {quote(other.name)} AS m WHERE ({counts})"
            f" AND {cell('m', known.key)} = {cell('t', by)}{inside('m', other.name)})"
        )
    session.read_whole_tables()
    rows = session.rows(
        f"SELECT DISTINCT {cell('t', column)} AS holder FROM {quote(table.name)} AS t"
        f" WHERE {condition}",
        *([value] if "$1" in condition else []),
    )
    return sorted(str(row[0]) for row in rows)
