"""Write what the pages say of tables anew, from the catalog: `make docs`.

docs/tables.md, docs/migrating.md and what is in docs/tables are made whole, in `reference`. In
other pages the names of tables stand between `<!-- tables: KIND -->` and `<!-- end -->`; what is
said of each kind is written by hand. A test finds pages that are stale.

Other columns, types or keys need another SCHEMA_VERSION: without it, nothing is written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from chimpline.catalog.row import DAILY, HOURLY, Changed, Document, Events, Riding
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from reference.diagram import diagram
from reference.examples import examples
from reference.index import index
from reference.migrating import migrating
from reference.page import page

REPOSITORY = Path(__file__).parents[1]
TABLES = "docs/tables.md"
FOLDER = "docs/tables"
"""A page for each table, and the diagram."""


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
    return {**reference(), **made}


def reference() -> dict[str, str]:
    """The pages that are made whole. Raises `StaleError` where something is not written yet."""
    shown = examples()
    if lacking := [name for name in tables() if name not in shown]:
        raise StaleError(f"No example yet in scripts/reference/examples.sql: {', '.join(lacking)}.")
    return {
        TABLES: index(),
        "docs/migrating.md": migrating(),
        f"{FOLDER}/diagram.svg": diagram(),
        **{f"{FOLDER}/{name}.md": page(one, shown[name]) for name, one in tables().items()},
    }


def left_over(made: Iterable[str]) -> list[str]:
    """Files beside those that are made: of tables that there are no more."""
    there = (REPOSITORY / FOLDER).glob("*")
    return sorted({path.relative_to(REPOSITORY).as_posix() for path in there} - {*made})


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


def hold(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Raise `StaleError` where columns, types or keys changed and the schema version did not."""
    if _schema(before) not in ({}, _schema(now)) and _version(before) == _version(now):
        raise StaleError(
            f"Columns, types or keys are others than in {FOLDER}. Raise the number after + in "
            "SCHEMA_VERSION (src/chimpline/catalog/tables.py), then run `make docs` again."
        )


def _schema(pages: Mapping[str, str]) -> dict[str, list[str]]:
    """By page of a table: its key and, with their types, its columns. Empty: there are none yet."""
    said = re.compile(r"^- \*\*Primary key\*\*.*|^\| `\w+` \|[^|]+\|", re.MULTILINE)
    found = {
        name: said.findall(text) for name, text in pages.items() if name.startswith(f"{FOLDER}/")
    }
    return {name: lines for name, lines in found.items() if lines}


def _version(pages: Mapping[str, str]) -> list[str]:
    return re.findall(r"schema version is `(.+?)`", pages[TABLES])


def _text(name: str) -> str:
    """What a file has; nothing where there is none."""
    path = REPOSITORY / name
    return path.read_text("utf-8") if path.exists() else ""


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
    if table.row.gate:
        return "settled" if isinstance(table.reading, Document) else "gated"
    return {HOURLY: "hourly", DAILY: "less often"}[table.row.every] if table.row.every else ""


def _of_members(table: Table) -> bool:
    """Whether the rows of members tell of which member there is news."""
    return table.row.gate is not None and table.row.gate.of == "list_members"


def _code(name: str | None) -> str:
    return f"`{name}`" if name else ""


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    try:
        made = pages()
        hold({name: _text(name) for name in made} | {n: _text(n) for n in left_over(made)}, made)
    except (StaleError, LookupError) as stale:
        sys.exit(str(stale))
    (REPOSITORY / FOLDER).mkdir(exist_ok=True)
    for name in left_over(made):
        (REPOSITORY / name).unlink()
        print(f"{name} is gone: there is no such table.")
    for name, text in made.items():
        if text != _text(name):
            (REPOSITORY / name).write_text(text, "utf-8")
            print(f"{name} is made anew.")
