"""Rows of a table in pieces that one statement can hold.

DuckDB reads rows in lots of 2,048 (measured: 4,000 rows of 50 KB, copied at once, needed more than
it may take). Only a filter like the one here keeps it from holding the cells of a lot for one that
is wanted, and only where the place of a row is not among what is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.duckdb.dialect import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chimpline.load.sql import Session

HEAVY_ROW = 8 * 1024
"""Bytes; lighter ones are taken all at once."""
AT_ONCE = 6 * 1024 * 1024
_TRIED = 32
"""So many rows tell how heavy the others are."""


def pieces(session: Session, target: str, places: str) -> list[str]:
    """See `chimpline.load.sql.Session.pieces`."""
    found = session.arrow(f"{places} ORDER BY place").column(0)
    count = len(found)
    if not count:
        return []
    few = found.take(list(range(0, count, -(-count // _TRIED)))).to_pylist()
    tried = session.arrow(f"SELECT * FROM {target} WHERE {piece(few)}")
    bytes_a_row = max(1, tried.nbytes // len(few))
    if bytes_a_row < HEAVY_ROW:
        return [f"{ROW_ID} IN ({places})"]
    at_once = max(1, AT_ONCE // bytes_a_row)
    return [piece(found.slice(begin, at_once).to_pylist()) for begin in range(0, count, at_once)]


def piece(places: Sequence[int]) -> str:
    """The condition of the rows at these places, in their order."""
    return (
        f"{ROW_ID} BETWEEN {places[0]} AND {places[-1]} "
        f"AND list_position({list(places)}, {ROW_ID}) > 0"
    )
