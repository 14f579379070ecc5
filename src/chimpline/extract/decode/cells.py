"""From JSON values to cells of a column, and what becomes of a value that does not fit.

What fits: a number or boolean in a text column is its JSON text; a whole float in an integer column
is that integer; `""` in any column that is not text or JSON is NULL; an instant lies within the
years 1 to 9999, in UTC. The rest goes to `_extra`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from chimpline.extract.decode.shape import ABSENT, IGNORED, MisfitError, Node
from chimpline.model import FIRST_SECOND, LAST_SECOND, Column, ColumnType, arrow_types

ARROW = arrow_types()
_FIRST = pa.scalar(FIRST_SECOND, ARROW[ColumnType.TIMESTAMP])
_LAST = pa.scalar(LAST_SECOND.replace(microsecond=999_999), ARROW[ColumnType.TIMESTAMP])


def _instants(texts: Sequence[str | None]) -> pa.Array:
    """Texts as instants; `pa.ArrowInvalid` where one is none, or no `datetime` could hold it.

    An offset can lead out of the years 1 to 9999, and Arrow, DuckDB and PostgreSQL go further.
    """
    cells = pa.array(texts, pa.string()).cast(ARROW[ColumnType.TIMESTAMP])
    ends = pc.min_max(cells)
    outside = pc.or_(pc.less(ends["min"], _FIRST), pc.greater(ends["max"], _LAST))
    if outside.as_py():  # null where there is no instant at all
        raise pa.ArrowInvalid("an instant is out of range")
    return cells


class Extras:
    """What has no column of its own, by record and dotted path; `hides` says what is not kept."""

    def __init__(self, rows: int, hides: Callable[[str], bool] | None = None) -> None:
        self.paths: set[str] = set()
        self._hides = hides
        self._rows: list[dict[str, bytes] | None] = [None] * rows

    def put(self, row: int, path: str, raw: bytes) -> None:
        if self._hides is not None and self._hides(path):
            return
        self.paths.add(path)
        extra = self._rows[row]
        if extra is None:
            self._rows[row] = {path: raw}
        else:
            extra[path] = raw

    def repeated(self, owners: Sequence[int]) -> Extras:
        """The same, for rows that each belong to one of these records."""
        other = Extras(0, self._hides)
        other.paths = set(self.paths)
        other._rows = [dict(extra) if (extra := self._rows[i]) else None for i in owners]
        return other

    def column(self) -> pa.Array:
        """The `_extra` column."""
        return pa.array([self.text(row) for row in range(len(self._rows))], pa.string())

    def text(self, row: int) -> str | None:
        """The cell of one row: a JSON object with sorted keys, so that equal means equal."""
        extra = self._rows[row]
        if not extra:
            return None
        members = (msgspec.json.encode(path) + b":" + raw for path, raw in sorted(extra.items()))
        return (b"{" + b",".join(members) + b"}").decode()


def fast_column(column: Column, values: list[Any], node: Node, name: str) -> pa.Array:
    """A column of values that all have the expected JSON type, else `MisfitError`."""
    try:
        match column.type:
            case ColumnType.JSON:
                texts = [None if v is ABSENT else unlinked(bytes(v)) for v in values]
                return pa.array([None if t == b"null" else t for t in texts], pa.string())
            case ColumnType.TIMESTAMP:
                return _instants([v or None for v in values])
            case _:
                return pa.array(values, ARROW[column.type])
    except (pa.ArrowInvalid, OverflowError):
        node.loose.add(name)
        raise MisfitError from None


def loose_column(column: Column, values: list[Any], path: str, extras: Extras) -> pa.Array:
    """A column of raw values of any type; those that do not fit go to `extras`."""
    cells: list[Any] = []
    for i, raw in enumerate(values):
        text = bytes(raw)
        fits, cell = coerce(column.type, text)
        if not fits:
            extras.put(i, path, text)
        cells.append(cell)
    if column.type is ColumnType.TIMESTAMP:
        return pa.array(cells, pa.string()).cast(ARROW[column.type])
    return pa.array(cells, ARROW[column.type])


def coerce(kind: ColumnType, text: bytes) -> tuple[bool, Any]:
    """One JSON value for a column of this type: whether it fits, and the cell (else None).

    A timestamp's cell is its text, known to be one.
    """
    if text == b"null":
        return True, None
    if kind is ColumnType.JSON:
        return True, unlinked(text).decode()
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:  # a number that no machine holds, half a surrogate pair
        return False, None
    if value == "" and kind is not ColumnType.TEXT:
        return True, None
    cell = _CELLS[kind](value, text)
    return (False, None) if cell is _MISFIT else (True, cell)


def unlinked(text: bytes) -> bytes:
    """An array of records, each without the `_links` that it may come with; other JSON as it is.

    A request leaves out those of the records that it asks for, not those of what these hold.
    """
    if b'"_links"' not in text:
        return text
    try:
        records = msgspec.json.decode(text, type=list[dict[str, msgspec.Raw]])
    except msgspec.DecodeError:
        return text
    bare = [{n: raw for n, raw in one.items() if n not in IGNORED} for one in records]
    return msgspec.json.encode(bare)


_MISFIT: Any = object()
_SCALARS = (bool, int, float)


def _text(value: Any, sent: bytes) -> Any:
    if isinstance(value, str):
        return value
    return sent.decode() if isinstance(value, _SCALARS) else _MISFIT


def _boolean(value: Any, _: bytes) -> Any:
    return value if isinstance(value, bool) else _MISFIT


def _int64(value: Any, _: bytes) -> Any:
    match value:
        case bool():
            return _MISFIT
        case int() if -(2**63) <= value < 2**63:
            return value
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case _:
            return _MISFIT


def _double(value: Any, _: bytes) -> Any:
    match value:
        case bool():
            return _MISFIT
        case float():
            return value
        case int() if abs(value) < 2**1023:
            return float(value)
        case _:
            return _MISFIT


def _timestamp(value: Any, _: bytes) -> Any:
    if not isinstance(value, str):
        return _MISFIT
    try:
        _instants([value])
    except pa.ArrowInvalid:
        return _MISFIT
    return value


_CELLS: Mapping[ColumnType, Callable[[Any, bytes], Any]] = {
    ColumnType.TEXT: _text,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.INT64: _int64,
    ColumnType.DOUBLE: _double,
    ColumnType.TIMESTAMP: _timestamp,
}
"""By type of column: the cell of a decoded value that was sent so, or `_MISFIT`."""
