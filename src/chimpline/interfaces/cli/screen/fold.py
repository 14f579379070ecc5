"""Lines as a terminal shows them: as wide as its columns, and folded between words only.

A word is what has no space inside. One that is wider than the terminal (a path, an address) gets a
line of its own and is left whole, so that it can be copied. Korean letters and most emoji take two
columns each.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNKNOWN_WIDTH = 80


def terminal_width(stream: TextIO) -> int | None:
    """The columns of the terminal that `stream` writes to; None where it is no terminal."""
    try:
        if not stream.isatty() or os.environ.get("TERM") == "dumb":
            return None
    except ValueError:  # closed
        return None
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _UNKNOWN_WIDTH
    except (OSError, ValueError):
        return _UNKNOWN_WIDTH


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text with spaces up to `width` columns."""
    space = " " * (width - columns_of(text))
    return space + text if right else text + space


def fold(text: str, width: int | None) -> list[str]:
    """The lines of a text, each at most `width` columns; those that follow keep its indent.

    `None` folds nothing.
    """
    lines = text.split("\n")
    if width is None:
        return lines
    return [part for line in lines for part in _folded(line, width)]


def fold_pieces(pieces: Iterable[str], width: int, *, indent: str = "") -> list[str]:
    """Whole pieces side by side, as many as fit; one that is too long is folded between words."""
    lines: list[str] = []
    for piece in pieces:
        joined = f"{lines[-1]} {piece}" if lines else ""
        if lines and columns_of(joined) <= width:
            lines[-1] = joined
        else:
            lines += _folded(indent + piece, width)
    return lines


def _folded(line: str, width: int) -> list[str]:
    if columns_of(line) <= width:
        return [line]
    words = line.split()
    indent = line[: len(line) - len(line.lstrip())]
    lines: list[str] = []
    for word in words:
        joined = f"{lines[-1]} {word}" if lines else indent + word
        if lines and columns_of(joined) > width:
            lines.append(indent + word)
        else:
            lines[-1:] = [joined]
    return lines
