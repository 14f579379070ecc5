"""How landed cells are shown. All of them are texts of strangers: none becomes markup."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Collection, Mapping
from urllib.parse import quote, urlencode, urlsplit

from chimpline.service.data.answers import Answer, Cell, Column
from chimpline.service.data.member import MEMBERS
from chimpline.service.data.tables import key_of, opens

SHORT = 60
# By the column: the table whose row it names, with the key there.
NAMES_A_ROW = {
    "campaign_id": ("campaigns", {"id": "campaign_id"}),
    "list_id": ("lists", {"id": "list_id"}),
    "segment_id": ("list_segments", {"list_id": "list_id", "id": "segment_id"}),
    "email_id": (MEMBERS, {"list_id": "list_id", "id": "email_id"}),
}
ROWS_BELOW = {
    "campaigns": "campaign_id",
    "reports": "campaign_id",
    "lists": "list_id",
    "list_segments": "segment_id",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """`kind`: none, text, long, number, boolean, time or json.

    `link`: an address of ours; `address`: one of the web, as it landed.
    """

    kind: str
    text: str = ""
    short: str = ""
    time: dt.datetime | None = None
    link: str | None = None
    address: str | None = None


def shown_rows(
    answer: Answer, base: str, tables: Collection[str], key: Collection[str] = (), table: str = ""
) -> list[list[Shown]]:
    """The rows of an answer; what names a row of ours leads to it."""
    leads = _Leads(base, tables, key, table)
    names = [column.name for column in answer.columns]
    return [
        [
            leads.linked(shown_cell(cell, column), column, dict(zip(names, row, strict=True)))
            for column, cell in zip(answer.columns, row, strict=True)
        ]
        for row in answer.rows
    ]


def shown_cell(cell: Cell, column: Column) -> Shown:
    match cell:
        case None:
            return Shown("none")
        case bool():
            return Shown("boolean", "true" if cell else "false")
        case int() | float():
            return Shown("number", str(cell))
    if column.kind == "time":
        try:
            moment = dt.datetime.fromisoformat(cell)
        except ValueError:
            return Shown("text", cell)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return Shown("time", cell, time=zoned)
    if column.kind == "json":
        return Shown("json", _readable(cell), _cut(cell))
    if column.kind == "number":
        return Shown("number", cell)
    short = _cut(cell)
    kind = "long" if short != cell else "text"
    return Shown(kind, cell, short, address=_address(cell))


def row_link(base: str, table: str, key: Mapping[str, Cell]) -> str:
    """The address of the page of a row."""
    table = table.partition("__")[0]
    if table == MEMBERS:
        parts = (quote(str(key[name]), safe="") for name in ("list_id", "id"))
        return f"{base}/members/{'/'.join(parts)}"
    return f"{base}/tables/{quote(table, safe='')}/row?{urlencode(key)}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Leads:
    """Where the cells of an answer lead to."""

    base: str
    tables: Collection[str]
    key: Collection[str]
    table: str

    def linked(self, shown: Shown, column: Column, cells: Mapping[str, Cell]) -> Shown:
        # An SMS campaign's number of an audience is not its id.
        names_none = shown.kind == "none" or (column.name, shown.kind) == ("list_id", "number")
        link = None if names_none else self._link(column.name, cells)
        return dataclasses.replace(shown, link=link) if link else shown

    def _link(self, name: str, cells: Mapping[str, Cell]) -> str | None:
        own = [one for one in self.key if one not in NAMES_A_ROW] or list(self.key)
        known_by = {opens(self.table), *own[:1]}
        if name in known_by and self.key and all(cells.get(one) is not None for one in self.key):
            return row_link(self.base, self.table, {one: cells[one] for one in self.key})
        other, places = NAMES_A_ROW.get(name, ("", {}))
        if other in self.tables and all(cells.get(one) is not None for one in places.values()):
            named = {one: cells[place] for one, place in places.items()}
            return row_link(self.base, other, named)
        return None


def _readable(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _cut(text: str) -> str:
    line = " ".join(text.split()) if "\n" in text else text
    return line if len(line) <= SHORT else line[: SHORT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _address(text: str) -> str | None:
    """Only an address of the web is made a link."""
    if not text.startswith(("http://", "https://")) or any(c.isspace() for c in text):
        return None
    try:
        return text if urlsplit(text).hostname else None
    except ValueError:
        return None


def key_in(table: str, answer: Answer) -> tuple[str, ...]:
    """The key of a table, where the answer has all of it."""
    return key_of(table, {column.name: column.kind for column in answer.columns})
