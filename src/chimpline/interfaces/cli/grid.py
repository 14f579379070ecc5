"""Tables of results: drawn by rich on a terminal, aligned plain text elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.interfaces.cli.session import console, say
from chimpline.redact import redact

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def show_grid(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[str] = (),
    expendable: Sequence[str] = (),
) -> None:
    """Print rows under headers; the columns named in `numbers` are aligned to the right.

    On a terminal that is too narrow, the `expendable` columns go, the first of them first.
    """
    terminal = console()
    if terminal is None:
        for line in plain_grid(headers, rows, numbers=numbers):
            say(line)
        return
    headers, rows = fitting(headers, rows, expendable, width=terminal.width)
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    for header in headers:
        table.add_column(header, justify="right" if header in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(redact(cell)) for cell in row))
    terminal.print(table)


def fitting(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    expendable: Sequence[str],
    *,
    width: int,
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """The same table, without as many expendable columns as `width` makes necessary."""
    left = list(expendable)
    while left and len(plain_grid(headers, rows, numbers=headers)[0]) > width:
        at = headers.index(left.pop(0))
        headers = [*headers[:at], *headers[at + 1 :]]
        rows = [[*row[:at], *row[at + 1 :]] for row in rows]
    return headers, rows


def plain_grid(
    headers: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Collection[str] = ()
) -> list[str]:
    """The lines of a table without any drawing."""
    widths = [max(len(line[at]) for line in (headers, *rows)) for at in range(len(headers))]
    return [
        "  ".join(
            cell.rjust(width) if header in numbers else cell.ljust(width)
            for cell, width, header in zip(line, widths, headers, strict=True)
        ).rstrip()
        for line in (headers, *rows)
    ]
