"""What a table was like when chimpline last wrote it, so that what others did to it is noticed.

One line a table in `_chimpline_tables`: its key, its columns in order, and how many rows it has,
which moves in the same transaction as the rows do.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from chimpline.load.lines import TABLES
from chimpline.load.sql import Session, quote
from chimpline.model import ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chimpline.load.upkeep.stored import StoredColumn


@dataclasses.dataclass(frozen=True, slots=True)
class Recorded:
    """`columns`: (name, type as the engine reports it). `rows`: all, tombstones too.

    `identity`: the engine's own number of the table (`Catalog.identity`). `places`: those of the
    columns (`StoredColumn.place`); empty where the line was written without them.
    """

    key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    rows: int
    identity: int | None
    places: tuple[int | None, ...] = ()

    def renamed(self, stored: Sequence[StoredColumn]) -> dict[str, str]:
        """Old name to new one: a column that is renamed keeps its place and its type.

        Empty where columns were dropped in between, since places tell nothing then.
        """
        if len(stored) < len(self.columns):
            return {}
        had, has = {name for name, _ in self.columns}, {column.name for column in stored}
        found = {}
        for (old, old_type), new in zip(self.columns, stored, strict=False):
            if old == new.name:
                continue
            if old_type != new.type or old in has or new.name in had:
                return {}
            found[old] = new.name
        return found

    def moved(self, stored: Sequence[StoredColumn], identity: int | None) -> set[str]:
        """Columns that are not in the place where they were.

        A dump that is restored numbers them anew, in a table of another identity: their order
        holds.
        """
        before = [name for name, _ in self.columns]
        if self.identity == identity and len(self.places) == len(before):
            places = dict(zip(before, self.places, strict=True))
            if None not in places.values():
                return {c.name for c in stored if places.get(c.name, c.place) != c.place}
        has = {column.name for column in stored}
        were = [name for name in before if name in has]
        are = [column.name for column in stored if column.name in before]
        return {name for name, other in zip(were, are, strict=True) if name != other}


class Records:
    """Lines are read and written here; the transaction is the caller's."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, table: str) -> Recorded | None:
        text = self._session.dialect.types[ColumnType.TEXT]
        found = self._session.rows(
            f"SELECT CAST(shape AS {text}) AS shape, rows FROM {quote(TABLES)} "
            "WHERE table_name = $1",
            table,
        )
        if not found:
            return None
        try:
            shape = json.loads(found[0][0])
            columns = tuple((str(name), str(kind)) for name, kind in shape["columns"])
            places = tuple(shape.get("places", ()))
            key = tuple(str(name) for name in shape["key"])
            identity = None if shape["identity"] is None else int(shape["identity"])
            return Recorded(key, columns, int(found[0][1]), identity, places)
        except (ValueError, TypeError, LookupError, AttributeError):
            return None  # somebody wrote there: as good as no line

    def names(self) -> set[str]:
        """The tables that chimpline has made."""
        return {
            str(row[0]) for row in self._session.rows(f"SELECT table_name FROM {quote(TABLES)}")
        }

    def now(
        self, table: str, key: Sequence[str], columns: Iterable[StoredColumn], rows: int
    ) -> Recorded:
        """What is stored of a table now."""
        found = list(columns)
        return Recorded(
            key=tuple(key),
            columns=tuple((column.name, column.type) for column in found),
            rows=rows,
            identity=self._session.catalog.identity(table),
            places=tuple(column.place for column in found),
        )

    def put(self, table: str, known: Recorded) -> None:
        """Take down what is known of a table now."""
        shape = {
            "key": known.key,
            "columns": known.columns,
            "identity": known.identity,
            "places": known.places,
        }
        self._session.run(f"DELETE FROM {quote(TABLES)} WHERE table_name = $1", table)
        self._session.run(
            f"INSERT INTO {quote(TABLES)} (table_name, shape, rows) "
            f"VALUES ($1, CAST($2 AS {self._session.dialect.types[ColumnType.JSON]}), $3)",
            table,
            json.dumps(shape, ensure_ascii=False),
            known.rows,
        )

    def add(self, table: str, more: int) -> None:
        """The table has so many rows more (or fewer, below 0)."""
        if more:
            self._session.run(
                f"UPDATE {quote(TABLES)} SET rows = rows + $1 WHERE table_name = $2", more, table
            )
