"""Which columns name a row of another table, from `links.toml`."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path

WRITTEN = Path(__file__).with_name("links.toml")


@dataclasses.dataclass(frozen=True)
class Link:
    """`columns` of `table` have the values of the columns `there` of the table `to`."""

    table: str
    columns: tuple[str, ...]
    to: str
    there: tuple[str, ...]


def links() -> tuple[Link, ...]:
    """In the order of the file."""
    return tuple(_read(tomllib.loads(WRITTEN.read_text("utf-8"))))


def _read(tables: dict[str, dict[str, str]]) -> Iterator[Link]:
    for table, lines in tables.items():
        for columns, target in lines.items():
            to, _, there = target.partition(".")
            yield Link(table, tuple(columns.split(", ")), to, tuple(there.split(", ")))
