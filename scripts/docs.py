"""Write what the pages say of tables anew, from the catalog: `make docs`.

docs/tables.md is made whole. In other pages the names of tables stand between
`<!-- tables: KIND -->` and `<!-- end -->`; what is said of each kind is written by hand. A test
finds pages that are stale.

Other columns, types or keys need another SCHEMA_VERSION: without it, nothing is written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from chimpline.catalog.digest import NEWER, SPECIFICATION
from chimpline.catalog.left_out import LEFT_OUT
from chimpline.catalog.row import Changed, Document, Events, Riding
from chimpline.catalog.table import Table
from chimpline.catalog.tables import SCHEMA_VERSION, tables
from chimpline.runs.report.info import interval

REPOSITORY = Path(__file__).parents[1]
TABLES = "docs/tables.md"


class StaleError(Exception):
    """Pages that cannot be made; whoever changed the catalog or a page must act."""


def pages() -> dict[str, str]:
    """Each page that names tables, by its path, as it should be. Raises `StaleError`."""
    blocks = {
        "README.md": {"all": _contents()},
        "docs/guarantees.md": _by_kind(_promise),
        "docs/how-it-reads.md": _by_kind(_cost),
    }
    made = {name: filled(name, _text(name), found) for name, found in blocks.items()}
    return {TABLES: tables_doc(), **made}


def filled(name: str, text: str, blocks: Mapping[str, str]) -> str:
    """The page with what belongs between its marks. Raises `StaleError` for a kind without any."""
    marked = re.findall(r"<!-- tables: (.+?) -->", text)
    if sorted(marked) != sorted(blocks):
        raise StaleError(
            f"{name} tells of these kinds of tables: {', '.join(sorted(marked))}; there are: "
            f"{', '.join(sorted(blocks))}. Write by hand what is true of the other kinds, with "
            "`<!-- tables: KIND --><!-- end -->` for their names."
        )
    return re.sub(
        r"(<!-- tables: (.+?) -->).*?(<!-- end -->)",
        lambda found: f"{found[1]}{blocks[found[2]]}{found[3]}",
        text,
        flags=re.DOTALL,
    )


def hold(before: str, now: str) -> None:
    """Raise `StaleError` where columns, types or keys changed and the schema version did not."""
    if _schema(before) != _schema(now) and _version(before) == _version(now):
        raise StaleError(
            f"Columns, types or keys are others than in {TABLES}. Raise the number after + in "
            "SCHEMA_VERSION (src/chimpline/catalog/tables.py), then run `make docs` again."
        )


def _schema(page: str) -> list[str]:
    return re.findall(r"^## \w+$|^- Primary key.*|^\| `\w+` \| \w+ \|$", page, re.MULTILINE)


def _version(page: str) -> list[str]:
    return re.findall(r"schema version is `(.+?)`", page)


def _text(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


# -- what other pages name ------------------------------------------------------------------------


def _contents() -> str:
    """Of the README: the tables that others lie below, and which; all others in a line."""
    lines = ["\n", "| table | holds | below it |", "|---|---|---|"]
    alone = []
    for table in tables().values():
        if table.parent is None:
            below = [t.name for t in tables().values() if t.top is table and t is not table]
            (first, *_) = re.split(r"(?<=\.) ", table.row.about)
            if below:
                lines.append(f"| {_code(table.name)} | {first} | {_codes(below)} |")
            else:
                alone.append(table.name)
    lines.append(f"| {_codes(alone)} | Each says what in [Tables](docs/tables.md). | |")
    return "\n".join([*lines, "\n"])


def _by_kind(kind: Callable[[Table], str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for table in tables().values():
        found.setdefault(kind(table), []).append(table.name)
    return {name: _codes(names) for name, names in found.items() if name}


def _promise(table: Table) -> str:
    """Tables of one kind are complete, and their rows deleted, by the same rules."""
    match table.reading:
        case Changed():
            return "changed"
        case Events():
            return "events"
        case Document():
            return "document"
        case Riding():
            return "riding"
        case _:
            return _promise_of_lists(table)


def _promise_of_lists(table: Table) -> str:
    if _of_members(table):
        return "gated by members"
    if table.row.undercounts:
        return "undercounted"
    if table.row.gate:
        return "gated, with silent columns" if table.row.silent else "gated"
    if table.chained:
        return "chained"
    if table.record_path is None:
        return "without a path for one record"
    return "below a parent" if table.parent else "without a parent"


def _cost(table: Table) -> str:
    """What a run reads of it; nothing for what is read whole, of which no page has a list."""
    if isinstance(table.reading, Changed):
        return "changed"
    if _of_members(table):
        return "gated by members"
    if isinstance(table.reading, Riding):
        return "riding"
    if isinstance(table.reading, Document):
        return "settled" if table.row.gate else ""
    return "gated" if table.row.gate else "less often" if table.row.every else ""


def _of_members(table: Table) -> bool:
    """Whether the rows of members tell of which member there is news."""
    return table.row.gate is not None and table.row.gate.of == "list_members"


# -- the page of tables ---------------------------------------------------------------------------


def tables_doc() -> str:
    """The text of docs/tables.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Tables"
    yield ""
    yield (
        "This page lists every table, how it is read, its keys and its columns. It is generated by "
        "`make docs`; do not edit it by hand."
    )
    yield ""
    yield (
        f"Columns and types follow version {SPECIFICATION} of Mailchimp's specification, or "
        f"version {NEWER} where only that has the list; the schema version is "
        f"`{SCHEMA_VERSION}`. Tables are copied unless you choose some with "
        "`--tables`; those that say *not copied by default* only where you name them, or with "
        "`--tables all`. Every table also has the columns "
        "[`_extra`, `_synced_at` and `_deleted_at`](destinations.md#columns-of-our-own). "
        "*Gated* and *silent* are explained in [How it reads](how-it-reads.md). A Full Table can "
        "have a replication key that is listed for information: it does not show every change, "
        "so the table is read completely all the same."
    )
    yield ""
    yield "| table | method | replication key | primary key | parent |"
    yield "|---|---|---|---|---|"
    for table in tables().values():
        yield (
            f"| [{table.name}](#{table.name}) | {_method(table)} | {_code(table.replication_key)} "
            f"| {_codes(table.schema.primary_key)} | {_parent(table)} |"
        )
    for table in tables().values():
        yield from _one(table)
    yield ""
    yield "## Not copied"
    yield ""
    yield "Lists that Mailchimp offers and chimpline does not copy, each with the reason."
    yield ""
    yield "| path | why |"
    yield "|---|---|"
    for path, why in LEFT_OUT.items():
        yield f"| `{path}` | {why} |"


def _one(table: Table) -> Iterator[str]:
    yield ""
    yield f"## {table.name}"
    yield ""
    yield table.row.about
    yield ""
    yield f"- Read from `{table.path}`. {_reading(table)}"
    if table.row.off:
        yield f"- Not copied by default: {table.row.off}"
    yield f"- Primary key: {_codes(table.schema.primary_key)}."
    if table.parent:
        yield f"- Parent: {_parent(table)}."
    if table.row.off:
        yield f"- Copied only where you name it. {table.row.off}"
    if table.row.misses:
        yield f"- Found by the next complete read only: {table.row.misses}."
    if table.silent_columns:
        yield (
            f"- Silent columns: {_codes(table.silent_columns)}. They can change without any sign "
            "in the API, so they are as recent as the last complete read."
        )
    yield ""
    yield "| column | type |"
    yield "|---|---|"
    for column in table.schema.columns:
        yield f"| `{column.name}` | {column.type.value} |"


def _reading(table: Table) -> str:
    match table.reading:
        case Changed(cursor):
            return (
                f"Incremental by `{cursor}`: each run reads what changed since the bookmark, "
                "compares counts, and searches for what differs."
            )
        case Riding(host, array):
            return (
                f"The items of `{array}` in the records of [{host}](#{host}), with which they are "
                "read: no request of their own."
            )
        case Document() if table.row.gate:
            return "One request for each campaign, in every run for each that is not sent yet."
        case Document():
            return "One request in every run."
        case _ if table.row.gate and table.row.gate.audience:
            return (
                "Gated: a segment is read completely when its record or a member of its audience "
                "has changed, and once a day."
            )
        case _ if _of_members(table):
            return (
                "Gated: what hangs below a member is read completely when one of these columns of "
                f"the member's row has changed: {_codes(_watched(table))}."
            )
        case _ if table.row.gate:
            return "Gated: a campaign is read completely when its counters changed."
        case _:
            often = "in every run"
            if every := interval(table.row.every):
                often = f"every {every}, unless [`every`](metadata.md) says otherwise"
            return f"Read completely {often}; only differences are written."


def _watched(table: Table) -> list[str]:
    """The columns of its parent that its gate compares."""
    gate, parent = table.row.gate, table.parent
    return (
        [f.column.name for f in parent.fields if gate.watches(f.column.name)]
        if gate and parent
        else []
    )


def _method(table: Table) -> str:
    return table.method_shown + (", gated" if table.row.gate else "")


def _parent(table: Table) -> str:
    return f"[{table.parent.name}](#{table.parent.name})" if table.parent else ""


def _code(name: str | None) -> str:
    return f"`{name}`" if name else ""


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    try:
        made = pages()
        hold(_text(TABLES), made[TABLES])
    except StaleError as stale:
        sys.exit(str(stale))
    for name, text in made.items():
        if text != _text(name):
            (REPOSITORY / name).write_text(text, "utf-8")
            print(f"{name} is made anew.")
