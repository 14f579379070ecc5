r"""A page of JSON becomes typed Arrow columns, once.

The records of a page are decoded into structs that forbid unknown fields and keep open values raw
(measured: 11-14 us of CPU a member, STACK). Where an answer does not fit (an unknown field, a value
of another type) the struct is loosened at just that place and the page is decoded again, so that
the common case stays fast and nothing is lost: unknown fields, and values that do not fit, go to
`_extra` under their dotted path (a dot inside a name is written `\.`). `""`, `[]` or null in place
of an object are NULL. A row is the same whatever was decoded before it.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.table import ORDINAL, Table
from chimpline.errors import BrokenAnswer
from chimpline.extract.cells import ARROW, Extras, coerce, fast_column, loose_column
from chimpline.extract.landing import Landing
from chimpline.extract.shape import ABSENT, MisfitError, Node, loosen
from chimpline.model import EXTRA, ColumnType

MOST_PATHS = 1000
"""From here on a decoder remembers no more paths: an object used as a map has any number."""


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One decoded answer: its records, their keys in order, and what it says of the whole.

    `total` is None where the answer has no `total_items`. `times`: the cursor of each record as
    sent, where the table is read by a cursor. `answers`: the value of each record in the column by
    which the table's asks differ, where they do. `version`: of the shape it was decoded with.
    """

    body: bytes
    version: int
    records: Sequence[Any]
    keys: list[Any]
    times: list[str | None]
    total: int | None
    answers: Sequence[Any] = ()


class Decoder:
    """Decodes the answers of one table; keeps what it learned of their true shape.

    `in_extra`: the paths that went to `_extra` so far. `salt`: of the hashes, where any are chosen.
    """

    def __init__(self, table: Table, salt: bytes = b"") -> None:
        self.table = table
        self._landing = Landing(table, salt)
        self.in_extra: set[str] = set()
        self._asked = next((ask.partition("=")[0] for ask in table.row.ask if ask), None)
        self._version = 0
        self._root = Node(())
        self._events: Node | None = None
        unnest = table.row.unnest
        if unnest:
            self._events = self._root.items[unnest] = Node((unnest,))
        for field in table.fields:
            node = self._events if field.in_event and self._events else self._root
            for name in field.source[:-1]:
                node = node.nodes.setdefault(name, Node((*node.path, name)))
            node.leaves[field.source[-1]] = field
        self._build()

    def _build(self) -> None:
        self._root.build()
        self._version += 1
        page: list[Any] = [
            ("records", list[dict[str, msgspec.Raw] if self._root.opened else self._root.type]),  # type: ignore[misc]
            ("total_items", int | None, None),
        ]
        kind = msgspec.defstruct("Page", page, rename={"records": self.table.collection})
        self._decode = msgspec.json.Decoder(kind).decode

    def page(self, body: bytes) -> Page:
        """Decode an answer. Raises `BrokenAnswer` where it is no page of this table."""
        try:
            str(body, "utf-8")  # what is kept raw is looked at nowhere else
        except UnicodeDecodeError as error:
            raise BrokenAnswer(f"An answer is not UTF-8: {error}.") from None
        decoded = self._loosening(body)
        records = decoded.records
        keys = self._cells(self.table.record_key, records)
        if None in keys:
            raise BrokenAnswer(f"A record of {self.table.name} came without its key.")
        cursor = self.table.replication_key
        times = self._cells(cursor, records) if cursor in self._root.leaves else []
        times = [time or None for time in times]
        answers = self._cells(self._asked, records) if self._asked in self._root.leaves else []
        return Page(body, self._version, records, keys, times, decoded.total_items, answers)

    def one(self, body: bytes) -> Page:
        """Decode the answer to a request for a single record, as a page of one."""
        return self.page(b'{"%s":[%s]}' % (self.table.collection.encode(), body))

    def batch(
        self,
        page: Page,
        parent: dict[str, str | int],
        start: int = 0,
        stop: int | None = None,
    ) -> pa.RecordBatch:
        """Records `start` to `stop` of a page as rows with the table's (landed) Arrow schema.

        `parent` holds the values of the path's variables.
        """
        records = page.records
        if page.version != self._version:  # another page has loosened the shape meanwhile
            records = self._loosening(page.body).records
        while True:
            try:
                return self._landing.rows(self._batch(records[start:stop], parent))
            except MisfitError:
                self._build()
                records = self._loosening(page.body).records

    def _cells(self, name: str, records: Sequence[Any]) -> list[Any]:
        """One column of the records themselves, as Python values."""
        attribute = self._root.attributes[name]
        values = [getattr(record, attribute) for record in records]
        if name in self._root.loose:
            kind = self._root.leaves[name].column.type
            values = [coerce(kind, bytes(raw))[1] for raw in values]
        return values

    def _loosening(self, body: bytes) -> Any:
        while True:
            try:
                try:
                    decoded: Any = self._decode(body)
                except msgspec.ValidationError as error:
                    if not loosen(self._root, (self.table.collection,), str(error), body):
                        raise BrokenAnswer(
                            f"An answer for {self.table.name} has another form: {error}."
                        ) from None
                    self._build()
                    continue
                if self._root.opened:
                    decoded.records = [self._root.of(members) for members in decoded.records]
            except msgspec.DecodeError as error:
                raise BrokenAnswer(f"An answer is not whole JSON: {error}.") from None
            else:
                return decoded

    def _batch(self, records: Sequence[Any], parent: dict[str, str | int]) -> pa.RecordBatch:
        columns: dict[str, pa.Array] = {}
        extras = Extras(len(records), self._landing.hides)
        self._gather(self._root, records, columns, extras)
        rows = len(records)
        if self._events:
            columns, extras, rows = self._unnest(self._events, records, columns, extras)
        for name, value in parent.items():
            kind = ARROW[self.table.offered.column(name).type]
            columns[name] = pa.repeat(pa.scalar(value, kind), rows)
        columns[EXTRA] = extras.column()
        if len(self.in_extra) < MOST_PATHS:
            self.in_extra |= extras.paths
        schema = self.table.offered.arrow_schema()
        for name in self.table.offered.primary_key:
            if columns[name].null_count:
                if self.table.offered.column(name).type is not ColumnType.TEXT:
                    raise BrokenAnswer(f"A record of {self.table.name} came without {name}.")
                # What is absent from a key is '' (an open has no url).
                columns[name] = pc.fill_null(columns[name], "")
        return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)

    def _gather(
        self, node: Node, records: Sequence[Any], columns: dict[str, pa.Array], extras: Extras
    ) -> None:
        """Collect the columns of a node, and of those inside it, over all records."""
        for name, leaf in node.leaves.items():
            values = [getattr(record, node.attributes[name]) for record in records]
            column = leaf.column
            columns[column.name] = (
                loose_column(column, values, node.dotted(name), extras)
                if name in node.loose
                else fast_column(column, values, node, name)
            )
        for name, inner in node.nodes.items():
            objects = [getattr(record, node.attributes[name]) for record in records]
            if name in node.loose:
                objects = [_object(inner, raw, i, extras) for i, raw in enumerate(objects)]
            empty = inner.empty
            self._gather(inner, [o if o is not None else empty for o in objects], columns, extras)
        for i, name, raw in node.rest(records):
            extras.put(i, node.dotted(name), bytes(raw))

    def _unnest(
        self,
        node: Node,
        records: Sequence[Any],
        columns: dict[str, pa.Array],
        extras: Extras,
    ) -> tuple[dict[str, pa.Array], Extras, int]:
        """Rows are the events inside each record; the record's own columns are repeated."""
        attribute = self._root.attributes[node.path[0]]
        loose = node.path[0] in self._root.loose
        events: list[Any] = []
        owners: list[int] = []
        for i, record in enumerate(records):
            found = getattr(record, attribute)
            if loose:
                found = _items(node, found, self.table.name)
            if found:
                events += found
                owners += [i] * len(found)
        take = pa.array(owners, pa.int64())
        repeated = {name: array.take(take) for name, array in columns.items()}
        of_events = extras.repeated(owners)
        self._gather(node, events, repeated, of_events)
        key = self.table.own_key[1:-1]
        same = [repeated[name] for name in key]
        apart = [
            repeated[leaf.column.name] for name, leaf in node.leaves.items() if name not in key
        ]
        repeated[ORDINAL] = pa.array(_ordinals(owners, same, apart, of_events), pa.int64())
        return repeated, of_events, len(events)


def _ordinals(
    owners: Sequence[int], same: list[pa.Array], apart: list[pa.Array], extras: Extras
) -> list[int]:
    """For each event, how many of its record's have the same key and come before it.

    They are counted by what tells them apart, so that the count is the same in whatever order
    Mailchimp serves them.
    """
    keys, rest = _tuples(same), _tuples(apart)
    ordinals = [0] * len(owners)
    begin = 0
    for _, group in itertools.groupby(owners):
        end = begin + sum(1 for _ in group)
        if len(set(keys[begin:end])) < end - begin:
            counted: dict[tuple[Any, ...], int] = {}
            for row in sorted(
                range(begin, end), key=lambda row: (rest[row], extras.text(row) or "")
            ):
                ordinals[row] = counted.get(keys[row], 0)
                counted[keys[row]] = ordinals[row] + 1
        begin = end
    return ordinals


def _tuples(columns: list[pa.Array]) -> list[tuple[Any, ...]]:
    """The cells of these columns, row by row, as they compare in a key: what is absent is ''."""
    numbers = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in columns]
    return list(
        zip(*(["" if v is None else str(v) for v in c.to_pylist()] for c in numbers), strict=True)
    )


def _object(node: Node, raw: msgspec.Raw, i: int, extras: Extras) -> Any:
    """A fixed object whose place was taken by something else at least once."""
    if raw is ABSENT:
        return None
    try:
        return node.read(raw)
    except msgspec.ValidationError:
        if not _empty(raw):
            extras.put(i, ".".join(node.path), bytes(raw))
        return None


def _items(node: Node, raw: msgspec.Raw, table: str) -> list[Any]:
    """The events of a record, where something else than events came at least once.

    What is no event has no row, so that not even `_extra` could keep it.
    """
    try:
        items = [] if _empty(raw) else msgspec.json.decode(raw, type=list[msgspec.Raw])
        events = [node.read(item) for item in items if not _empty(item)]
    except msgspec.ValidationError as error:
        raise BrokenAnswer(f"{node.path[0]} in {table} has another form: {error}.") from None
    return events


def _empty(raw: msgspec.Raw) -> bool:
    """What PHP writes for nothing."""
    return bytes(raw) in (b"null", b'""', b"[]", b"{}")
