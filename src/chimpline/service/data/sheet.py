"""An answer as CSV, which no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from chimpline.load.reading import Answer, Cell

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
AT_ONCE = 500


def csv_of(answer: Answer) -> Iterator[str]:
    """Its text, piece by piece, with a mark by which spreadsheets know UTF-8."""
    yield "\ufeff" + _lines([[column.name for column in answer.columns]])
    for start in range(0, len(answer.rows), AT_ONCE):
        yield _lines(answer.rows[start : start + AT_ONCE])


def _lines(rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([disarmed(cell) for cell in row] for row in rows)
    return text.getvalue()


def disarmed(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula is given an apostrophe; numbers stay."""
    if isinstance(cell, str) and cell.lstrip(" \u3000").startswith(STARTS_A_FORMULA):
        return f"'{cell}"
    return cell
