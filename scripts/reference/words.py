"""How a table is read, in sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from chimpline.catalog.features import feature_of
from chimpline.catalog.row import Changed, Document, Refresh, Riding
from chimpline.catalog.table import Table
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.message import Message
from chimpline.model import ColumnType
from chimpline.runs.report.info import interval
from reference.markdown import code, codes, listed

TYPES = {
    ColumnType.TEXT: "text",
    ColumnType.INT64: "whole number",
    ColumnType.DOUBLE: "number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.TIMESTAMP: "time",
    ColumnType.JSON: "JSON",
}
"""The logical types in plain words."""
COMPLETE = "[complete read](../how-it-reads.md#silent-columns-and-complete-reads)"


def link(table: Table) -> str:
    """To the page of a table, from another one."""
    return f"[{code(table.name)}]({table.name}.md)"


def method(table: Table) -> str:
    return table.method_shown + (", gated" if table.row.gate else "")


def why_off(table: Table) -> str:
    """Why a table is copied only where it is named."""
    return catalogue().words(Message(table.row.off))


def facts(table: Table) -> Iterator[tuple[str, str]]:
    """What is said of a table above its columns: a name and a sentence each."""
    yield "Primary key", f"{codes(table.schema.primary_key)}."
    if table.host:
        yield "Rides in", f"{link(table.host)}, in the array {code(table.row.unnest)}."
    elif table.parent:
        yield "Parent", f"{link(table.parent)}."
    yield "Method", f"{method(table)}. {_reading(table)}"
    if key := table.replication_key:
        informs = isinstance(table.reading, Refresh)
        shown = " It is listed for information: it does not show every change." if informs else ""
        yield "Replication key", f"{code(key)}.{shown}"
    if gate := _gate(table):
        yield "Gate", gate
    if table.row.misses:
        yield "Found by the next complete read only", f"{table.row.misses}."
    if table.silent_columns:
        said = "They can change without any sign in the API, so they are as recent as the last"
        yield "Silent columns", f"{codes(_silent(table))}. {said} {COMPLETE}."
    yield "Cost", f"{_cost(table)}."
    yield "Copied by default", f"No. {why_off(table)}" if table.row.off else "Yes."
    yield "API method", _endpoint(table)
    if part := feature_of(table):
        lacking = f"An account can lack this part of Mailchimp ({part.replace('-', ' ')})"
        yield "Availability", f"{lacking}; it is then copied without the table."


def _reading(table: Table) -> str:
    match table.reading:
        case Changed(cursor):
            return (
                f"Each run reads what changed since the bookmark, by {code(cursor)}, compares "
                "counts, and searches for what differs."
            )
        case Riding():
            return "The rows come with the records of that table, and are complete when these are."
        case Document() if table.row.gate:
            return "One answer for each campaign."
        case Document():
            return f"The answer is the row; it is read {_often(table.row.every)}."
        case _ if table.row.gate:
            return "What hangs below one row of the parent is read completely, or left as it is."
        case _:
            often = _often(table.row.every)
            return f"Read completely {often}; only differences are written."


def _often(every: dt.timedelta | None) -> str:
    if length := interval(every):
        return f"{_every(length)}, unless [`every`](../metadata.md) says otherwise"
    return "in every run"


def _gate(table: Table) -> str:
    """When what hangs below a row of the parent is read again."""
    gate, parent = table.row.gate, table.parent
    if gate is None or parent is None or table.host:
        return ""
    watched = codes(f"{name}*" if name.endswith("__") else name for name in gate.columns)
    news = [f"a column of {link(parent)} has changed ({watched})"]
    if gate.audience:
        news.append("a member of the audience has changed")
    if every := interval(gate.complete):
        news.append(f"the last complete read is {every} old")
    else:
        news.append(f"a {COMPLETE} is due")
    said = f"Read again when {listed(news)}."
    if gate.holds({}):
        return said
    if gate.audience:
        which = "[Some segments](../how-it-reads.md#segments) are read"
    else:
        which = "What hangs below a campaign that is not sent yet is read"
    every = interval(gate.otherwise)
    return f"{said} {which} {_every(every) if every else 'in every run'}."


def _silent(table: Table) -> Iterator[str]:
    """The silent columns; those of an object in one word."""
    for name in table.row.silent:
        columns = [c for c in table.silent_columns if c == name or c.startswith(f"{name}__")]
        yield columns[0] if len(columns) == 1 else f"{name}__*"


def _cost(table: Table) -> str:
    below = f"for each row of {link(table.parent)}" if table.parent else ""
    if table.host:
        return "No request of its own"
    if isinstance(table.reading, Changed):
        return f"One request for each 1,000 records {below}; later at least two {below}"
    if table.is_document:
        first = f"One request {below}" if below else "One request"
    elif below:
        first = f"One request {below}, more where there are over 1,000 records"
    else:
        first = "One request for each 1,000 records, at least one"
    if table.row.gate:
        return f"{first}; later only where the gate opens"
    every = interval(table.row.every)
    return f"{first}, {_every(every) if every else 'in every run'}"


def _every(length: str) -> str:
    """`every day`, `every 6 hours`."""
    return f"every {length.removeprefix('1 ')}"


def _endpoint(table: Table) -> str:
    paths = [f"{table.path}?{asked}" if asked else table.path for asked in table.row.ask]
    sent = codes(f"{name}={value}" for name, value in table.row.params.items())
    flags = f" with {sent}" if sent else ""
    return (
        f"{' and '.join(code(f'GET {path}') for path in paths)}{flags}, as in version "
        f"{table.endpoint.version} of the specification of Mailchimp's Marketing API."
    )
