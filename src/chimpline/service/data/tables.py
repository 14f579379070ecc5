"""What a dataset has, and the statements that show rows of it.

Names that come from outside are quoted, values are bound and cast there; a column is known before
it is named.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping, Sequence

from chimpline.catalog.tables import tables as catalog
from chimpline.errors import UserError
from chimpline.load.history.kept import past_of
from chimpline.load.lines import RUNS
from chimpline.load.reading import BOOLEAN, JSON, NUMBER, TEXT, TIME, Answer, Question
from chimpline.load.sql import quote
from chimpline.model import DELETED_AT, SYNCED_AT

OURS = "_chimpline_"
ON_A_PAGE = 50
FIRST_COLUMNS = 8
# What people look for first; every other table begins with its own first columns.
_FIRST = {
    "list_members": (
        *("email_address", "full_name", "status", "member_rating", "vip", "last_changed"),
        *("tags", "merge_fields"),
    ),
    "campaigns": (
        *("settings__subject_line", "status", "send_time", "emails_sent", "type"),
        *("recipients__list_name", "report_summary__open_rate", "report_summary__click_rate"),
    ),
    "reports": (
        *("campaign_title", "send_time", "emails_sent", "opens__unique_opens"),
        *("clicks__unique_subscriber_clicks", "unsubscribed", "list_name", "subject_line"),
    ),
    "lists": (
        *("name", "stats__member_count", "stats__unsubscribe_count", "stats__cleaned_count"),
        *("stats__open_rate", "stats__click_rate", "date_created"),
    ),
}
STRUCTURE = Question(
    "SELECT table_name, column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_catalog = current_database() "
    "ORDER BY table_name, ordinal_position"
)
_KINDS = {
    "boolean": BOOLEAN,
    **dict.fromkeys(("json", "jsonb"), JSON),
    **dict.fromkeys(("bigint", "integer", "double", "double precision", "numeric"), NUMBER),
    "timestamp with time zone": TIME,
}
_TYPES = {NUMBER: "DOUBLE PRECISION", TIME: "TIMESTAMP WITH TIME ZONE", BOOLEAN: "BOOLEAN"}

Columns = Mapping[str, str]
"""The kind of each column, in their order."""
Structure = Mapping[str, Columns]


class Compare(enum.StrEnum):
    """How a filter compares."""

    CONTAINS = "contains"
    IS = "is"
    LEAST = "least"
    MOST = "most"
    EMPTY = "empty"
    FILLED = "filled"


class Gone(enum.StrEnum):
    """Rows that are gone at Mailchimp and marked so."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    ONLY = "only"


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """Which rows of a table are shown. `page` from 1."""

    table: str
    sort: str = ""
    descending: bool = False
    column: str = ""
    test: Compare = Compare.CONTAINS
    value: str = ""
    gone: Gone = Gone.SHOWN
    page: int = 1
    every_column: bool = False


def structure_of(answer: Answer) -> Structure:
    """The tables and views by name, without those of our own."""
    found: dict[str, dict[str, str]] = {}
    for table, column, type_name in answer.rows:
        if not str(table).startswith(OURS):
            kind = _KINDS.get(str(type_name).lower(), TEXT)
            found.setdefault(str(table), {})[str(column)] = kind
    order = {name: place for place, name in enumerate(catalog())}

    def place(name: str) -> tuple[int, str]:
        whose, _ = past_of(name) or (name, "")
        return order.get(name, order.get(whose, 999)), name

    return {name: found[name] for name in sorted(found, key=place)}


def key_of(table: str, columns: Columns) -> tuple[str, ...]:
    """The primary key, where all of it is there."""
    known = catalog().get(table.partition("__")[0])
    key = known.offered.primary_key if known else ()
    return tuple(key) if all(name in columns for name in key) else ()


def sorted_by(table: str, columns: Columns) -> tuple[str, ...]:
    """What puts the rows of a table in one order: its key; of a past, that of whose it is, first.

    A row of a past has no page of its own.
    """
    if table in catalog() or (past := past_of(table)) is None:
        return key_of(table, columns)
    whose, time = past
    key = key_of(whose, columns)
    return (*key, time) if key and time in columns else ()


def columns_of(structure: Structure, table: str) -> Columns:
    """Raises `UserError` where there is no such table."""
    if table not in structure:
        raise UserError("data-table-unknown", table=table)
    return structure[table]


def counting(structure: Structure) -> list[Question]:
    """Rows and tombstones of each table, and up to when it was last proven."""
    counts = [
        f"SELECT '{table.replace(chr(39), chr(39) * 2)}' AS table_name, count(*) AS row_count, "
        f"{f'count({quote(DELETED_AT)})' if DELETED_AT in columns else '0'} AS gone "
        f"FROM {quote(table)}"
        for table, columns in structure.items()
    ]
    if not counts:
        return []
    return [Question(" UNION ALL ".join(counts)), Question(freshness(structure))]


def freshness(structure: Structure) -> str:
    """When the last run began that read each table and proved it: up to then its rows are true."""
    names = [name for name in structure if name in catalog()] or [""]
    values = ", ".join(f"('{name}')" for name in names)
    return f"""\
SELECT t.table_name,
       max(r.started_at) AS proven_at,
       round(CAST(extract(epoch FROM now() - max(r.started_at)) / 3600.0 AS NUMERIC), 1)
         AS hours_ago
FROM (VALUES {values}) AS t (table_name)
LEFT JOIN {RUNS} AS r
  ON (((r.report -> 'tables') -> t.table_name) ->> 'state') = 'done'
GROUP BY t.table_name
ORDER BY hours_ago DESC NULLS FIRST, t.table_name"""


def shown_columns(table: str, columns: Columns, key: Sequence[str], *, every: bool) -> list[str]:
    """The key and the first others, or all; what chimpline adds comes last."""
    names = [name for name in columns if name not in {SYNCED_AT, DELETED_AT}]
    added = [name for name in (SYNCED_AT, DELETED_AT) if name in columns]
    if every:
        return [*names, *added]
    liked = [name for name in _FIRST.get(table.partition("__")[0], names) if name in names]
    first = [name for name in liked if name not in key][:FIRST_COLUMNS]
    gone = [name for name in added if name == DELETED_AT]
    return [*first, *key, *gone] if opens(table) else [*key, *first, *gone]


def opens(table: str) -> str | None:
    """The column by which people know the rows of a table, if there is one."""
    return next(iter(_FIRST.get(table.partition("__")[0], ())), None)


def questions(structure: Structure, look: Look, *, most: int = ON_A_PAGE) -> list[Question]:
    """The rows of one page, and how many there are altogether."""
    columns = columns_of(structure, look.table)
    key = key_of(look.table, columns)
    where, values = _where(columns, look)
    names = ", ".join(
        quote(one) for one in shown_columns(look.table, columns, key, every=look.every_column)
    )
    order = _order(columns, sorted_by(look.table, columns), look)
    source = f"FROM {quote(look.table)}{where}"
    rows = f"SELECT {names} {source}{order} LIMIT {most} OFFSET {(look.page - 1) * most}"
    return [Question(rows, values), Question(f"SELECT count(*) {source}", values)]


def row_question(structure: Structure, table: str, key: Mapping[str, str]) -> Question:
    """One row, by its key."""
    columns = columns_of(structure, table)
    names = key_of(table, columns)
    if not names or set(names) != set(key):
        raise UserError("data-row-unknown", table=table)
    tests = " AND ".join(
        f"CAST({quote(name)} AS TEXT) = CAST(${i} AS TEXT)" for i, name in enumerate(names, 1)
    )
    listed = ", ".join(quote(one) for one in shown_columns(table, columns, names, every=True))
    asked = tuple(key[name] for name in names)
    return Question(f"SELECT {listed} FROM {quote(table)} WHERE {tests} LIMIT 1", asked)


def _order(columns: Columns, key: Sequence[str], look: Look) -> str:
    sort = [] if look.sort not in columns else [(look.sort, look.descending)]
    if sort and columns[look.sort] == JSON:
        sort = []  # it has no order everywhere
    parts = [
        f"{quote(name)}{' DESC' if descending else ''} NULLS LAST"
        for name, descending in [*sort, *((name, False) for name in key if name != look.sort)]
    ]
    return f" ORDER BY {', '.join(parts)}" if parts else ""


def _where(columns: Columns, look: Look) -> tuple[str, tuple[str, ...]]:
    tests: list[str] = []
    values: tuple[str, ...] = ()
    if look.gone is not Gone.SHOWN and DELETED_AT in columns:
        tests.append(f"{quote(DELETED_AT)} IS {'NOT NULL' if look.gone is Gone.ONLY else 'NULL'}")
    if look.column:
        if look.column not in columns:
            raise UserError("data-column-unknown", column=look.column)
        test, values = _test(look.column, columns[look.column], look)
        tests += [test] if test else []
    return (f" WHERE {' AND '.join(tests)}" if tests else ""), values


def _test(name: str, kind: str, look: Look) -> tuple[str, tuple[str, ...]]:
    cell, value = quote(name), look.value.strip()
    text = f"CAST({cell} AS TEXT)"
    match look.test:
        case Compare.EMPTY:
            return f"({cell} IS NULL OR {text} = '')", ()
        case Compare.FILLED:
            return f"({cell} IS NOT NULL AND {text} <> '')", ()
        case _ if not value:
            return "", ()
        case Compare.CONTAINS:
            escaped = value.replace("!", "!!").replace("%", "!%").replace("_", "!_")
            return f"{text} ILIKE CAST($1 AS TEXT) ESCAPE '!'", (f"%{escaped}%",)
        case _:
            sign = {Compare.IS: "=", Compare.LEAST: ">=", Compare.MOST: "<="}[look.test]
            if kind in _TYPES:
                return f"{cell} {sign} CAST($1 AS {_TYPES[kind]})", (_checked(kind, value),)
            return f"{text} {sign} CAST($1 AS TEXT)", (value,)


def _checked(kind: str, value: str) -> str:
    """The value as both engines read it. Raises `UserError` where it is none of this kind."""
    try:
        match kind:
            case "number":
                return str(float(value))
            case "time":
                moment = dt.datetime.fromisoformat(value)
                return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).isoformat()
            case _:
                return {"true": "true", "false": "false"}[value.lower()]
    except (ValueError, KeyError):
        raise UserError("data-value-wrong", kind=kind) from None
