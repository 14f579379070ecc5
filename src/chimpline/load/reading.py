"""Reading a dataset for people: a few rows, in a process of its own, and never a change.

A kind of destination that can be read so has `Kind.reader`. What it opens answers questions that
chimpline writes (`trusted`), and those of anybody: of these each engine takes one statement that
only reads, and refuses the rest. Whoever opens one ends its process when the time is over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from chimpline.errors import UserError
from chimpline.redact import redact

Cell: TypeAlias = "str | int | float | bool | None"
LONGEST_CELL = 20_000
"""Characters; what is longer is cut, and ends in an ellipsis."""
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
AT_ONCE = 100
NUMBER, TIME, JSON, BOOLEAN, TEXT = "number", "time", "json", "boolean", "text"


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """`temporary`: a directory for what does not fit into memory, which its owner removes."""

    temporary: str
    seconds: float = 10.0
    rows: int = 1000
    bytes: int = 4_000_000
    memory_mb: int = 256
    spill_mb: int = 256
    threads: int = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """One statement; `values` for its `$1`, `$2`, each cast there to what it is."""

    sql: str
    values: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """`kind`: number, time, json, boolean or text."""

    name: str
    kind: str


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """`more`: there were more rows than the limits let through."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: bool = False


class Reader(Protocol):
    def answer(self, question: Question) -> Answer: ...
    def close(self) -> None: ...


class SqlRefused(UserError):
    """A statement that is not one that reads, or that the database does not understand."""

    kept_by_default = "kept-nothing-changed"


def refused_by_database(error: Exception) -> SqlRefused:
    return SqlRefused("data-sql-refused", why=cut(redact(str(error)).strip(), 600))


def cut(text: str, most: int = LONGEST_CELL) -> str:
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def gathered(
    columns: Sequence[Column], lots: Iterable[Sequence[Sequence[Any]]], limits: Limits
) -> Answer:
    """Rows of the lots that come, until a limit is met."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    for lot in lots:
        for row in lot:
            size += sum(len(cell) if isinstance(cell, str) else 8 for cell in row)
            if len(rows) == limits.rows or size > limits.bytes:
                return Answer(tuple(columns), tuple(rows), more=True)
            rows.append(tuple(row))
    return Answer(tuple(columns), tuple(rows))
