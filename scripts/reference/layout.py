"""Where the boxes of the diagram stand: panels in columns, and in a panel a tree."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator

from chimpline.catalog.table import Table
from reference.groups import groups
from reference.links import Link, links

COLUMNS = (
    ("Account", "Stores", "Contacts (beta)"),
    ("Audiences",),
    ("Campaigns", "Reports of pages, surveys and ads"),
    ("Reports of campaigns",),
)
"""Which groups stand in which column, from the top."""

WIDTH, PAD, INDENT, TOP = 352, 16, 20, 104
HEAD, GAP, BETWEEN = 44, 8, 28
LINE, TITLE, FOOT, MIDDLE = 15, 19, 10, 15
LETTER = 7.1
"""How wide a letter of the key is, in the widest of its fonts."""


@dataclasses.dataclass(frozen=True)
class Box:
    """A table. `x` is within its column. `key`, `names`: lines below its name."""

    table: Table
    group: int
    column: int
    depth: int
    y: float
    key: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def x(self) -> float:
        return PAD + self.depth * INDENT

    @property
    def width(self) -> float:
        return WIDTH - PAD - self.x

    @property
    def height(self) -> float:
        return TITLE + LINE * (len(self.key) + len(self.names)) + FOOT

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    group: int
    column: int
    y: float
    boxes: tuple[Box, ...]

    @property
    def bottom(self) -> float:
        return self.boxes[-1].bottom + PAD


def panels() -> list[Panel]:
    """The groups, each at its place."""
    titles = list(groups())
    made = []
    for column, stack in enumerate(COLUMNS):
        y: float = TOP
        for title in stack:
            boxes = tuple(_boxes(groups()[title], titles.index(title), column, y + HEAD))
            made.append(Panel(title, titles.index(title), column, y, boxes))
            y = made[-1].bottom + BETWEEN
    return made


def _boxes(tables: list[Table], group: int, column: int, y: float) -> Iterator[Box]:
    for table in _as_tree(tables):
        depth = _depth(table)
        own = list(table.own_key) or ["one row for each row above"]
        room = int((WIDTH - 2 * PAD - depth * INDENT - 24) / LETTER)
        named = dict.fromkeys(one.to for one in links() if one.table == table.name if not near(one))
        box = Box(
            table,
            group,
            column,
            depth,
            y,
            key=tuple(textwrap.wrap(", ".join(own), room)),
            names=tuple(textwrap.wrap("→ " + ", ".join(named), room + 4)) if named else (),
        )
        yield box
        y = box.bottom + GAP


def _as_tree(tables: list[Table], upper: Table | None = None) -> Iterator[Table]:
    """Each table before those that hang below it."""
    for table in tables:
        if table.above is upper:
            yield table
            yield from _as_tree(tables, table)


def _depth(table: Table) -> int:
    upper = table.above
    return _depth(upper) + 1 if upper else 0


def near(link: Link) -> bool:
    """Whether a link is drawn as a line: between tables at the top, in columns side by side."""
    places = {
        table.name: (column, _depth(table))
        for column, stack in enumerate(COLUMNS)
        for title in stack
        for table in groups()[title]
    }
    (start, start_depth), (end, end_depth) = places[link.table], places[link.to]
    single = len(link.columns) == 1 and link.table != link.to
    return single and start_depth == end_depth == 0 and abs(start - end) <= 1
