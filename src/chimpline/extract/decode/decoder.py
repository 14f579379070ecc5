r"""A page of JSON becomes typed Arrow columns, once.

The records of a page are decoded into structs that forbid unknown fields and keep open values raw
(docs/performance.md#choices-that-were-measured). Where an answer does not fit (an unknown field, or
a value of another type) the struct is loosened at just that place and the page is decoded again, so
that the common case stays fast and nothing is lost: unknown fields, and values that do not fit, go
to `_extra` under their dotted path (a dot inside a name is written `\.`). `""`, `[]` or null in
place of an object are NULL. A row is the same whatever was decoded before it.

What cannot be a row is counted among the slice's `Oddities`, and costs none of the others theirs.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.row import ORDINAL
from chimpline.catalog.table import Field, Table
from chimpline.errors import BrokenAnswer
from chimpline.extract.decode.cells import ARROW, Extras, fast_column, loose_column
from chimpline.extract.decode.events import Met, items, numbered, ordinals
from chimpline.extract.decode.landing import Landing
from chimpline.extract.decode.oddities import Oddities, Reason
from chimpline.extract.decode.records import Records
from chimpline.extract.decode.sent import counted, sent
from chimpline.extract.decode.shape import ABSENT, MisfitError, Node, empty
from chimpline.extract.plan import MORE, Row, kept_columns
from chimpline.model import EXTRA, ColumnType

MOST_PATHS = 1000
"""From here on a decoder remembers no more paths: an object used as a map has any number."""


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One decoded answer: its records, their keys in order, and what it says of the whole.

    `total` is None where the answer has no `total_items`. `after`: which page it names as the next
    one; None where it names none. `times`: the cursor of each record as
    sent, where the table is read by a cursor. `answers`: the value of each record in the column by
    which the table's asks differ, where they do. `odd`: places of records that make no rows, and
    why. `version`: of the shape it was decoded with. `held`: the room that it takes (`room`), for
    as long as it is referenced.
    """

    body: bytes
    version: int
    records: Sequence[Any]
    keys: list[Any]
    times: list[str | None]
    total: int | None
    after: str | None = None
    answers: Sequence[Any] = ()
    odd: Mapping[int, Reason] = dataclasses.field(default_factory=dict)
    held: object = None


class Decoder:
    """Decodes the answers of one table; keeps what it learned of their true shape.

    `in_extra`: the paths that went to `_extra` so far. `salt`: of the hashes, where any are chosen.
    """

    def __init__(self, table: Table, salt: bytes = b"") -> None:
        self.table = table
        self._landing = Landing(table, salt)
        self._shape = Records(table, self._landing)
        self.in_extra: set[str] = set()
        # An item that has nothing in its only key field has no key.
        self._alone = table.item_key if table.host else ()
        self._asked = next((ask.partition("=")[0] for ask in table.row.ask if ask), None)

    @property
    def replaced(self) -> bool:
        """Whether a text held what no text can, and has U+FFFD in its place now."""
        return self._shape.replaced

    def page(self, body: bytes) -> Page:
        """Decode an answer. Raises `BrokenAnswer` where it is no page of this table."""
        read = self._shape.read(body)
        records, cursor = read.records, self.table.replication_key
        times = self._shape.cells(cursor, records) if cursor in self._shape.root.leaves else []
        times = [time or None for time in times]
        answers = (
            self._shape.cells(self._asked, records)
            if self._asked in self._shape.root.leaves
            else []
        )
        version = self._shape.version
        told = (read.total, read.after)
        return Page(body, version, records, read.keys, times, *told, answers, read.odd)

    def one(self, body: bytes) -> Page:
        """Decode the answer to a request for a single record, as a page of one."""
        page = self.page(b'{"%s":[%s]}' % (self.table.collection.encode(), body))
        if Reason.NO_OBJECT in page.odd.values():
            raise BrokenAnswer("extract-record-no-object", table=self.table.name)
        return page

    def batch(
        self,
        page: Page,
        parent: dict[str, str | int],
        start: int = 0,
        stop: int | None = None,
        oddities: Oddities | None = None,
        *,
        met: Met | None = None,
    ) -> pa.RecordBatch:
        """Records `start` to `stop` of a page as rows with the table's (landed) Arrow schema.

        `parent` holds the values of the path's variables. What makes no row is noted in `oddities`.
        `met`: what of the slice came on earlier pages; these records are added to it.
        """
        told = Oddities() if oddities is None else oddities
        records, keys, odd = page.records, page.keys, page.odd
        while True:
            if page.version != self._shape.version:  # the shape was loosened meanwhile
                read = self._shape.read(page.body)
                records, keys, odd = read.records, read.keys, read.odd
            places = [i for i in range(len(keys))[start:stop] if i not in odd]
            try:
                batch = self._batch([records[i] for i in places], parent, told, met)
            except MisfitError:
                self._shape.build()
                continue
            lost = [(odd[i], keys[i]) for i in range(len(keys))[start:stop] if i in odd]
            for (reason, key), times in collections.Counter(lost).items():
                told.note(reason, self._landing.key(key), times)
            return self._landing.rows(batch)

    def shown(self, key: object) -> str:
        """The key of a record as the ledger may hold it: hashed where the rows hold it hashed."""
        return self._landing.key(key)

    def stood_in(self, page: Page) -> list[str | None]:
        """The keys that these people had while they had no address, where a contact is told."""
        records = page.records
        if page.version != self._shape.version:
            records = self._shape.read(page.body).records
        return [self._shape.stand_in(record) for record in records]

    def sent(self, page: Page, start: int = 0, stop: int | None = None) -> list[Row]:
        """The kept columns of these records, as they were sent; without the path's variables."""
        names = set(kept_columns(self.table))
        fields = [f for f in self.table.fields if f.column.name in names and not f.in_event]
        records, keys, odd = page.records, page.keys, page.odd
        while True:
            if page.version != self._shape.version:
                read = self._shape.read(page.body)
                records, keys, odd = read.records, read.keys, read.odd
            places = [i for i in range(len(keys))[start:stop] if i not in odd]
            try:
                return [self._sent(fields, keys[i], records[i]) for i in places]
            except MisfitError:
                self._shape.build()

    def _sent(self, fields: list[Field], key: Any, record: Any) -> Row:
        row = {field.column.name: sent(self._shape.root, field, record) for field in fields}
        parts = key if isinstance(key, tuple) else (key,)
        row.update(zip(self.table.record_keys, parts, strict=not self.table.numbered))
        if self.table.watched:
            row[MORE] = counted(self._shape.root, record, self.table.watched)
        return row

    def _batch(
        self,
        records: Sequence[Any],
        parent: dict[str, str | int],
        oddities: Oddities,
        met: Met | None,
    ) -> pa.RecordBatch:
        columns: dict[str, pa.Array] = {}
        # Beside the items, what rides keeps nothing of a record.
        hides = self._landing.hides if self.table.host is None else _hidden
        extras = Extras(len(records), hides)
        self._gather(self._shape.root, records, columns, extras)
        rows = len(records)
        if self._shape.events:
            columns, extras, rows = self._unnest(
                self._shape.events, records, columns, extras, oddities
            )
        elif self.table.numbered:
            names = self.table.record_keys
            apart = [column for name, column in columns.items() if name not in names]
            found = numbered([columns[n] for n in names], apart, extras, {} if met is None else met)
            columns[ORDINAL] = pa.array(found, pa.int64())
        for name, value in parent.items():
            kind = ARROW[self.table.offered.column(name).type]
            columns[name] = pa.repeat(pa.scalar(value, kind), rows)
        columns[EXTRA] = extras.column()
        if len(self.in_extra) < MOST_PATHS:
            self.in_extra |= extras.paths
        for name in self.table.offered.primary_key:
            is_text = self.table.offered.column(name).type is ColumnType.TEXT
            if (name,) == self._alone:
                if is_text:
                    columns[name] = pc.if_else(pc.equal(columns[name], ""), None, columns[name])
            elif columns[name].null_count and is_text:
                # What is absent from a key is '' (an open has no url).
                columns[name] = pc.fill_null(columns[name], "")
        schema = self.table.offered.arrow_schema()
        arrays = [columns[name] for name in schema.names]
        keyed = self._keyed(columns, oddities)
        if keyed is not None:
            arrays = [array.filter(keyed) for array in arrays]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _keyed(self, columns: dict[str, pa.Array], oddities: Oddities) -> pa.Array | None:
        """Which rows have a whole key; None where all have. The others are noted."""
        parts = [pc.is_valid(columns[name]) for name in self.table.offered.primary_key]
        whole = functools.reduce(pc.and_, parts)
        if whole.false_count == 0:
            return None
        parts = [
            columns[name].filter(pc.invert(whole)).to_pylist() for name in self.table.record_keys
        ]
        lost = zip(*parts, strict=True)
        for key, times in collections.Counter(lost).items():
            reason = Reason.NO_ITEM_KEY if self.table.host else Reason.NO_TIME
            oddities.note(reason, self._landing.key(key), times)
        return whole

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
            blank = inner.empty
            self._gather(inner, [o if o is not None else blank for o in objects], columns, extras)
        for i, name, raw in node.rest(records):
            extras.put(i, node.dotted(name), bytes(raw))

    def _unnest(
        self,
        node: Node,
        records: Sequence[Any],
        columns: dict[str, pa.Array],
        extras: Extras,
        oddities: Oddities,
    ) -> tuple[dict[str, pa.Array], Extras, int]:
        """Rows are the events inside each record; the record's own columns are repeated."""
        attribute = self._shape.root.attributes[node.path[0]]
        loose = node.path[0] in self._shape.root.loose
        events: list[Any] = []
        owners: list[int] = []
        for i, record in enumerate(records):
            found = getattr(record, attribute)
            if loose:
                found, reason, times = items(node, found)
                if reason is not None:
                    key = columns[self.table.record_key][i].as_py()
                    if self.table.host:
                        reason = _OF_ITEMS[reason]
                    oddities.note(reason, self._landing.key(key), times)
            if found:
                events += found
                owners += [i] * len(found)
        owned = columns[self.table.record_key]
        take = pa.array(owners, pa.int64())
        repeated = {name: array.take(take) for name, array in columns.items()}
        of_events = extras.repeated(owners)
        if self.table.host:
            of_events = Extras(len(owners), self._landing.hides)
        self._gather(node, events, repeated, of_events)
        key = [name for name in self.table.item_key if name != ORDINAL]
        same = [repeated[name] for name in key]
        apart = [
            repeated[leaf.column.name] for name, leaf in node.leaves.items() if name not in key
        ]
        places = ordinals(owners, same, apart, of_events)
        if ORDINAL in self.table.item_key:
            repeated[ORDINAL] = pa.array(places, pa.int64())
        else:
            for i in {owners[row] for row, place in enumerate(places) if place}:
                oddities.note(Reason.TWICE, self._landing.key(owned[i].as_py()))
        return repeated, of_events, len(events)


_OF_ITEMS = {Reason.NO_TIME: Reason.NO_ITEM_KEY, Reason.NO_EVENTS: Reason.NO_ITEMS}


def _hidden(_: str) -> bool:
    return True


def _object(node: Node, raw: msgspec.Raw, i: int, extras: Extras) -> Any:
    """A fixed object whose place was taken by something else at least once."""
    if raw is ABSENT:
        return None
    try:
        return node.read(raw)
    except msgspec.ValidationError:
        if not empty(raw):
            extras.put(i, ".".join(node.path), bytes(raw))
        return None
