"""The catalog: one row a table, in `rows`. CONTRIBUTING tells how to add one.

Every list that the API offers is a row or has a written reason why not (`left_out.py`); a test
holds both against the specification's digest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from chimpline.catalog.check import above, check, ridden
from chimpline.catalog.digest import SPECIFICATION, endpoints
from chimpline.catalog.row import Riding, T
from chimpline.catalog.rows import ROWS
from chimpline.catalog.selection import Tables, TableSet
from chimpline.catalog.table import Table
from chimpline.errors import UnknownTable
from chimpline.spelling import did_you_mean

SCHEMA_VERSION = f"{SPECIFICATION}+5"
"""Raised by hand whenever a column or key changes; `make docs` tells when it was forgotten."""


def made_of(rows: tuple[T, ...]) -> dict[str, Table]:
    """The tables of these rows by name, parents before children.

    Raises `RowError` for the first row that no reader can read.
    """
    check(rows)
    by_path: dict[str | None, Table] = {}
    made: dict[str, Table] = {}
    copied = [row for row in rows if not row.off]
    for row in rows:
        if isinstance(row.reading, Riding):
            made[row.name] = ridden(row, made[row.reading.host])
            continue
        made[row.name] = by_path[row.path] = Table(
            row,
            endpoints()[row.path],
            by_path.get(above(row.path)),
            asked=tuple(dict.fromkeys((*row.keeps, *_expected_of(row, copied)))),
            watched=tuple(dict.fromkeys(_watched_of(row, rows))),
            wanted=tuple(dict.fromkeys(_watched_of(row, copied))),
        )
    return made


def _expected_of(row: T, rows: Iterable[T]) -> Iterator[str]:
    for child in rows:
        if above(child.path) == row.path:
            yield from child.expects


def _watched_of(row: T, rows: Iterable[T]) -> Iterator[str]:
    for child in rows:
        if child.gate is not None and child.gate.of == row.name:
            yield from child.gate.columns


_TABLES = made_of(ROWS)


def tables() -> dict[str, Table]:
    """Every table of the catalog by name, parents before children."""
    return _TABLES


def default_set(among: Mapping[str, Table] | None = None) -> list[str]:
    """The names of the tables that are copied unless others are named."""
    known = tables() if among is None else among
    return [name for name, table in known.items() if not table.row.off]


def is_before_default_sets(version: str) -> bool:
    """Whether a schema version is one whose datasets do not keep which default set they take."""
    _, _, number = version.partition("+")
    return not number.isdecimal() or int(number) < 4


DEFAULT_SET_BEFORE = (
    "lists",
    "list_merge_fields",
    "list_growth_history",
    "list_interest_categories",
    "list_interests",
    "list_members",
    "list_segments",
    "list_segment_members",
    "campaign_folders",
    "campaigns",
    "template_folders",
    "automations",
    "automation_emails",
    "reports",
    "reports_domain_performance",
    "reports_email_activity",
    "reports_locations",
    "reports_sent_to",
    "unsubscribes",
)
"""What those versions copied where no tables were named."""


def select(names: Tables, among: Mapping[str, Table] | None = None) -> tuple[Table, ...]:
    """The tables of these names, or of this set, in the catalog's order; None: the default set.

    Raises `UnknownTable`, with the nearest name.
    """
    known = tables() if among is None else among
    if names is TableSet.ALL:
        return tuple(known.values())
    if names is None or names is TableSet.DEFAULT:
        return tuple(known[name] for name in default_set(known))
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            raise UnknownTable("unknown-table", name=repr(name), near=near)
    return tuple(table for name, table in known.items() if name in names)


def usual_intervals() -> dict[str, dt.timedelta]:
    """How often each table is read that is read less often than its pipeline runs."""
    return {name: table.row.every for name, table in tables().items() if table.row.every}


def descendants(table: Table, among: Mapping[str, Table] | None = None) -> tuple[Table, ...]:
    """Tables below this one, at any depth, and those that ride in the records of any of them.

    Their first key columns hold this table's key.
    """
    known = tables() if among is None else among
    return tuple(t for t in known.values() if table.name in _ancestors(t))


def _ancestors(table: Table) -> tuple[str, ...]:
    return (table.above.name, *_ancestors(table.above)) if table.above else ()
