"""Tables of results, as wide as the terminal; where they are read by a program, as wide as needed.

A table that does not fit is folded by rows: columns move, one after the other, from their place
to a line below their row, as `header: value`. No word is cut.

    table                rows  complete read (UTC)
    list_members        1,234  2026-11-20 12:00:00
      method: Incremental (CDC); primary key: list_id, id; parent: lists
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from chimpline.interfaces.cli.screen.fold import (
    columns_of,
    fold,
    fold_pieces,
    padded,
    terminal_width,
)
from chimpline.interfaces.cli.session import console, say
from chimpline.redact import redact

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

GAP = "  "
_LEAST_FOR_TEXT = 24
"""Columns that a text needs to be folded inside its cell and still be read with ease."""


def show_grid(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[str] = (),
    below: Sequence[str] = (),
    expendable: Collection[str] = (),
) -> None:
    """Print rows under headers; the columns named in `numbers` are aligned to the right.

    On a terminal that is too narrow, the columns named in `expendable` are left out; then those
    named in `below` move below their row, the first of them first; then those at the end.
    """
    shown = [[redact(cell) for cell in row] for row in rows]
    width = terminal_width(sys.stdout)
    if (
        expendable
        and _widths(headers, shown, range(len(headers)), numbers=headers, width=width) is None
    ):
        kept = [at for at, header in enumerate(headers) if header not in expendable]
        headers = [headers[at] for at in kept]
        shown = [[row[at] for at in kept] for row in shown]
        below = [name for name in below if name not in expendable]
    lines = grid(headers, shown, numbers=numbers, below=below, width=width)
    terminal = console()
    for at, line in enumerate(lines):
        if terminal is None or at:
            say(line)
        else:
            from rich.text import Text

            terminal.print(Text(line, style="bold"), soft_wrap=True)


def grid(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[str] = (),
    below: Sequence[str] = (),
    width: int | None = None,
) -> list[str]:
    """The lines of a table, the headers first; none is wider than `width` unless a word is."""
    first = 1 if len(headers) > 1 and not headers[0] else 0  # a mark stays beside the name
    movable = [headers.index(name) for name in below]
    movable += [at for at in range(len(headers) - 1, first, -1) if at not in movable]
    moved: set[int] = set()
    while True:
        kept = [at for at in range(len(headers)) if at not in moved]
        widths = _widths(headers, rows, kept, numbers=numbers, width=width)
        if widths is not None or not movable:
            break
        moved.add(movable.pop(0))
    lines: list[str] = []
    indent = " " * (2 + (columns_of(GAP) + _widest(headers, rows, 0) if first else 0))
    for row in (headers, *rows):
        lines += _row(row, headers, kept=kept, widths=widths or [], numbers=numbers, width=width)
        if width is not None and row is not headers:
            named = [(headers[at], row[at]) for at in sorted(moved) if row[at]]
            pieces = [f"{name}: {value}" if name else value for name, value in named]
            lines += fold_pieces(_separated(pieces), width, indent=indent)
    return lines


def _separated(pieces: Sequence[str]) -> list[str]:
    return [*(f"{piece};" for piece in pieces[:-1]), *pieces[-1:]]


def _widest(headers: Sequence[str], rows: Sequence[Sequence[str]], at: int) -> int:
    return max(columns_of(row[at]) for row in (headers, *rows))


def _widths(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    kept: Sequence[int],
    *,
    numbers: Collection[str],
    width: int | None,
) -> list[int] | None:
    """The widths of the columns that are kept; None where they do not fit side by side.

    The last one may be folded inside its cells, where it is a text.
    """
    widths = [_widest(headers, rows, at) for at in kept]
    if width is None or sum(widths) + len(GAP) * (len(kept) - 1) <= width:
        return widths
    last, left = kept[-1], width - sum(widths[:-1]) - len(GAP) * (len(kept) - 1)
    words = [word for row in (headers, *rows) for word in row[last].split()]
    longest = max(map(columns_of, words), default=0)
    if headers[last] in numbers or len(kept) == 1 or left < max(longest, _LEAST_FOR_TEXT):
        return None
    return [*widths[:-1], left]


def _row(
    row: Sequence[str],
    headers: Sequence[str],
    *,
    kept: Sequence[int],
    widths: Sequence[int],
    numbers: Collection[str],
    width: int | None,
) -> list[str]:
    """One row; several lines where its last cell is folded."""
    if not widths:
        # Not even its first columns fit: a mark and a name, folded like any text.
        return fold(" ".join(row[at] for at in kept).strip(), width)
    cells = [
        padded(row[at], wide, right=headers[at] in numbers)
        for at, wide in zip(kept[:-1], widths[:-1], strict=True)
    ]
    last = fold(row[kept[-1]], widths[-1] if width is not None else None)
    if headers[kept[-1]] in numbers:
        last = [padded(last[0], widths[-1], right=True)]
    space = " " * (sum(widths[:-1]) + len(GAP) * (len(kept) - 1))
    return [
        (GAP.join([*cells, part]) if at == 0 else space + part).rstrip()
        for at, part in enumerate(last)
    ]
