"""What is to be read, decided from what parents say: children, gates, windows, expected rows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from chimpline.catalog.check import AUDIENCE
from chimpline.catalog.row import Changed, Gate
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from chimpline.evidence import Definitions, Evidence, GateValues
from chimpline.extract.instants import parse_instant

Row = Mapping[str, Any]
"""The kept columns of one record as they were sent, by name (see `decode.sent`)."""

MORE = "_more"
"""Under which name a row holds the counters that have no column."""

DEFINITIONS = ("list_merge_fields", "list_interest_categories", "list_interests", "list_segments")
"""Read whenever members are: they tell whether members must be read anew, and name the columns of
the views."""


def needed(selected: Iterable[Table]) -> set[str]:
    """The tables to be read for these to be landed.

    Themselves, those that they ride in, their ancestors, definitions.
    """
    names: set[str] = set()
    for table in selected:
        names.add(table.name)
        read = table.host or table
        names.add(read.name)
        if isinstance(read.reading, Changed):
            names |= {*DEFINITIONS}
        above = table.parent
        while above:
            names.add(above.name)
            above = above.parent
    return names


def children(table: Table, among: Mapping[str, Table] | None = None) -> list[Table]:
    """The tables right below this one, each with requests of its own."""
    known = tables() if among is None else among
    return [
        child
        for child in known.values()
        if child.parent is not None and child.parent.name == table.name and child.host is None
    ]


def riders(table: Table, among: Mapping[str, Table] | None = None) -> list[Table]:
    """The tables whose rows ride in the records of this one."""
    known = tables() if among is None else among
    return [one for one in known.values() if one.host is not None and one.host.name == table.name]


def naming_column(table: Table) -> str | None:
    """The column that says what a row is called; None where it is not shown.

    That is: where the table has none, or it is left out, dropped or hashed.
    """
    name = table.row.called
    landed = any(column.name == name for column in table.schema.columns)
    return name if landed and name not in table.selection.hashed else None


def kept_columns(table: Table) -> list[str]:
    """The columns of a table that the rest of the run asks for; a name only for what lies below."""
    names = [*table.offered.primary_key, *table.asked, *table.watched_columns]
    if (name := naming_column(table)) is not None and children(table):
        names.append(name)
    return list(dict.fromkeys(names))


def gate(by: Gate, row: Row) -> GateValues:
    """What a gate compares of a parent's row, as it was sent and as the ledger keeps it."""
    known = {
        name: value if (time := _instant(value)) is None else time.isoformat()
        for name, value in row.items()
        if by.watches(name)
    }
    if MORE not in row:
        return GateValues(known)
    more = {
        name: value
        for name, value in row[MORE].items()
        if f"{name.partition('.')[0]}__" in by.columns
    }
    return GateValues(known, more)


def gate_moved(by: Gate, kept: Evidence | None, row: Row) -> bool:
    """Whether anything that a gate compares is another than in the gate that the ledger kept."""
    before, now = kept if isinstance(kept, GateValues) else GateValues({}), gate(by, row)
    more = now.more or {}
    # What an earlier version kept knows only of what has a column.
    return before.values != now.values or (before.more is not None and before.more != more)


def expected_rows(table: Table, parent: Row) -> int | None:
    """How many records a slice will hold, as far as its parent tells; None where it does not."""
    if table.is_document:
        return 1
    names = table.row.expects
    return sum(number(parent.get(name)) for name in names) if names else None


def audience_of(table: Table, row: Row) -> str | None:
    """The audience that a row, and all below it, is of, where it tells one."""
    return row.get(table.record_key if table.record_variable == AUDIENCE else AUDIENCE)


def in_activity_window(report: Row, days: int, now: dt.datetime) -> bool:
    """Whether a campaign was sent within the last `days` days; 0 means all of them.

    One that was sent at a time which names no instant is in: nothing tells that it is old.
    """
    sent = report.get("send_time")
    if days == 0 or sent is None:
        return days == 0
    time = _instant(sent)
    return time is None or time >= now - dt.timedelta(days=days)


def activity_of(report: Row) -> int:
    """How many events a campaign has, by its own counters."""
    names = (
        "opens__opens_total",
        "clicks__clicks_total",
        "bounces__hard_bounces",
        "bounces__soft_bounces",
    )
    return sum(number(report.get(name)) for name in names)


def number(value: object) -> int:
    """A count as it was sent; what is none counts as 0."""
    counts = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if counts else 0  # type: ignore[call-overload]


def _instant(value: object) -> dt.datetime | None:
    """The time that a value names, if it does."""
    if isinstance(value, dt.datetime):
        return value
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def definitions(
    merge_fields: Iterable[Row], interests: Iterable[Row], segments: Iterable[Row]
) -> Definitions:
    """What shapes the rows of an audience's members without moving their `last_changed`.

    Merge fields and interests change every row when they come, go or change type; a tag only when
    it goes or is renamed, so tags are kept one by one.
    """
    fields = sorted(
        ([row["merge_id"], row["tag"], row["type"]] for row in merge_fields),
        key=lambda field: [(part is not None, part) for part in field],  # any may be null
    )
    ids = sorted(row["id"] for row in interests)
    whole = json.dumps([fields, ids], ensure_ascii=False).encode()
    tags = {str(row["id"]): row["name"] for row in segments if row["type"] == "static"}
    return Definitions(hashlib.sha256(whole).hexdigest(), tags)


def definitions_changed(before: Evidence | None, now: Definitions) -> bool:
    """Whether members read under the definitions `before` may look different now."""
    if not isinstance(before, Definitions) or before.fields != now.fields:
        return True
    return any(now.tags.get(tag) != name for tag, name in before.tags.items())
