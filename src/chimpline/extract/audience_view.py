"""A view for each audience: its members, with merge tags and interests as columns of their own."""

from __future__ import annotations

from collections.abc import Iterable

from chimpline.catalog.table import Table
from chimpline.extract.plan import Row, number
from chimpline.load.contract import View, ViewColumn
from chimpline.model import EXTRA, ColumnType

_OPEN = ("merge_fields", "interests")
_TYPES = {
    "number": ColumnType.DOUBLE,
    "address": ColumnType.JSON,
    "date": ColumnType.TIMESTAMP,
}


def audience_view(
    members: Table,
    list_id: str,
    merge_fields: Iterable[Row],
    interests: Iterable[tuple[Row, Row]],
) -> View:
    """The view `list_members__<list_id>`; `interests` are pairs of category and interest."""
    plain = [
        ViewColumn(column.name, column.name)
        for column in members.schema.columns
        if column.name not in (*_OPEN, EXTRA)
    ]
    selection = members.selection
    objects = {c.name for c in members.schema.columns if c.type is ColumnType.JSON}
    typed = [
        ViewColumn(
            row["tag"],
            "merge_fields",
            key=row["tag"],
            type=(
                ColumnType.TEXT
                if f"merge_fields.{row['tag']}" in selection.hashed
                else _TYPES.get(row["type"], ColumnType.TEXT)
            ),
            is_date=row["type"] == "date",
        )
        for row in sorted(
            (row for row in merge_fields if row["tag"]),  # no other has a name for its column
            key=lambda row: (number(row["display_order"]), row["tag"]),
        )
        if "merge_fields" in objects and selection.lands_member("merge_fields", row["tag"])
    ]
    chosen = [
        ViewColumn(
            f"{category['title']}__{row['name']}",
            "interests",
            key=row["id"],
            type=(
                ColumnType.TEXT
                if f"interests.{row['id']}" in selection.hashed
                else ColumnType.BOOLEAN
            ),
        )
        for category, row in interests
        if "interests" in objects and selection.lands_member("interests", row["id"])
    ]
    return View(
        view_name(members, list_id),
        members.name,
        (("list_id", list_id),),
        (*plain, *typed, *chosen),
    )


def view_name(members: Table, list_id: str) -> str:
    return f"{members.name}__{list_id}"
