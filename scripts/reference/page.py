"""The page of one table, in docs/tables."""

from __future__ import annotations

from collections.abc import Iterator

from chimpline.catalog.meanings import values
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from chimpline.model import Column
from chimpline.runs.report.info import SERVICE_COLUMNS, meaning_of
from reference.examples import Example
from reference.links import Link, links
from reference.markdown import code, codes
from reference.peers import peers
from reference.words import TYPES, facts, link

MANY = 40
"""Of more values than these, as all languages, a cell says nothing."""


def page(table: Table, example: Example) -> str:
    """The text of a table's page."""
    return "\n".join(_lines(table, example)) + "\n"


def _lines(table: Table, example: Example) -> Iterator[str]:
    yield f"# {table.name}"
    yield ""
    yield table.row.about
    yield ""
    yield from (f"- **{name}**: {said}" for name, said in facts(table))
    yield from _called(table)
    yield ""
    yield "## Columns"
    yield ""
    yield "| column | type | | meaning |"
    yield "|---|---|---|---|"
    yield from _columns(table)
    if joined := list(_joined(table)):
        yield ""
        yield "## Tables around it"
        yield ""
        yield from joined
    yield ""
    yield "## Example"
    yield ""
    yield example.answers
    yield ""
    yield "```sql"
    yield example.sql
    yield "```"
    yield ""
    yield "[All tables](../tables.md)"


def _called(table: Table) -> Iterator[str]:
    calls = [(peer.name, peer.calls(table.name)) for peer in peers().values()]
    said = [f"{codes(names)} in {name}" for name, names in calls if names]
    if said:
        more = "See [Coming from another tool](../migrating.md)."
        yield f"- **Elsewhere**: {'; '.join(said)}. {more}"


def _columns(table: Table) -> Iterator[str]:
    listed = values(table)
    for column in table.schema.columns:
        said = meaning_of(table.name, column.name)
        known = listed.get(column.name, ())
        if len(known) <= MANY and any(f"`{value}`" not in said for value in known):
            said += f". Values: {codes(known)}"
        yield _row(table, column, said)
    for service in SERVICE_COLUMNS:
        yield f"| `{service.name}` | time | | {meaning_of(table.name, service.name)} |"


def _row(table: Table, column: Column, said: str) -> str:
    marks = ["key"] if column.name in table.schema.primary_key else []
    if column.name in table.silent_columns:
        marks.append("silent")
    return f"| `{column.name}` | {TYPES[column.type]} | {', '.join(marks)} | {said} |"


def _joined(table: Table) -> Iterator[str]:
    upper = table.above
    if upper:
        pairs = zip(table.schema.primary_key, upper.schema.primary_key, strict=False)
        same = [f"{code(own)} is {code(f'{upper.name}.{there}')}" for own, there in pairs]
        yield f"- Above it: {link(upper)}; {', '.join(same)}."
    below = [one for one in tables().values() if one.above is table]
    if below:
        yield f"- Below it: {', '.join(link(one) for one in below)}."
    for one in links():
        if one.table == table.name:
            yield f"- Names a row of {link(tables()[one.to])}: {_pairs(one)}."
    named_by = {one.table: one for one in links() if one.to == table.name}
    if named_by:
        yield f"- Named by: {', '.join(link(tables()[name]) for name in named_by)}."


def _pairs(one: Link) -> str:
    pairs = zip(one.columns, one.there, strict=True)
    return ", ".join(f"{code(own)} is {code(f'{one.to}.{there}')}" for own, there in pairs)
