"""From the bytes of an answer to its records, each with a key, whatever their form.

A record that has no key, or is no object, makes no row and costs none of the others theirs: it
keeps its place, so that pages can be held together. What no text can hold (a byte that is not
UTF-8, half of a surrogate pair) becomes U+FFFD, the replacement character.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from chimpline.catalog.selected import ADDRESS
from chimpline.catalog.table import AFTER, Field, Table
from chimpline.errors import BrokenAnswer
from chimpline.extract.decode.cells import coerce
from chimpline.extract.decode.landing import Landing
from chimpline.extract.decode.oddities import STANDS_IN, Nameless, Reason
from chimpline.extract.decode.shape import ABSENT, STRUCTS, MisfitError, Node, loosen
from chimpline.extract.decode.text import utf8, without_halves
from chimpline.model import Column, ColumnType


class Answer(NamedTuple):
    """The records of an answer, a key for each, and which of them make no rows.

    `total`: how many it announces in all, `after`: which page it names as the next, where it does.
    """

    records: Sequence[Any]
    total: int | None
    after: str | None
    keys: list[Any]
    odd: Mapping[int, Reason]


class Records:
    """The shape that one table's records are known to have, and what is read by it.

    `root`: the record. `events`: the items of the array that is unnested, where one is. `version`:
    raised whenever the shape gave way. `replaced`: whether a text held what no text can.
    """

    def __init__(self, table: Table, landing: Landing) -> None:
        self.table = table
        self.version = 0
        self.replaced = False
        self._landing = landing
        self.root = Node(())
        self.events: Node | None = None
        unnest = table.row.unnest
        if unnest:
            self.events = self.root.items[unnest] = Node((unnest,))
        for field in table.fields:
            node = self.events if field.in_event and self.events else self.root
            for name in field.source[:-1]:
                node = node.nodes.setdefault(name, Node((*node.path, name)))
            node.leaves[field.source[-1]] = field
        if table.host:
            # What else the records hold is their own table's; but for what decides their key.
            self.root.ignores = True
            for name in (table.row.stands_in, ADDRESS) if table.row.stands_in else ():
                if name is not None:
                    field = Field(Column(name, ColumnType.TEXT), (name,))
                    self.root.leaves.setdefault(name, field)
        self.build()

    def build(self) -> None:
        """Take up what the shape has learned: answers are decoded by it from now on."""
        self.root.build()
        self.version += 1
        record = dict[str, msgspec.Raw] if self.root.opened else self.root.type
        self._decode = _decoder(record, self.table.collection, self.table.chained).decode

    def cells(self, name: str, records: Sequence[Any]) -> list[Any]:
        """One column of the records themselves, as Python values."""
        attribute = self.root.attributes[name]
        values = [getattr(record, attribute) for record in records]
        if name in self.root.loose:
            kind = self.root.leaves[name].column.type
            values = [coerce(kind, bytes(raw))[1] for raw in values]
        return values

    def read(self, body: bytes) -> Answer:
        """What an answer holds. Raises `BrokenAnswer` where it is no page of this table."""
        read = utf8(body)
        self.replaced |= read is not body
        decoded, odd = self._loosening(read)
        keys = self._keys(decoded.records)
        for place, key in enumerate(keys):
            if key is None or key == "" or place in odd:
                record = decoded.records[place]
                keys[place] = standing_in = self._stand_in(record)
                if isinstance(standing_in, Nameless):
                    odd = {**odd, place: odd.get(place, Reason.NO_KEY)}
        after = str(getattr(decoded, AFTER, None) or "") or None
        return Answer(decoded.records, _count(decoded.total_items), after, keys, odd)

    def _keys(self, records: Sequence[Any]) -> list[Any]:
        """The key of each record: a value, or a tuple where the key has several fields.

        One of several that is absent is '', as in the row, where it is a text. None: no key.
        Records that have no id are told apart by all that they hold.
        """
        names = self.table.sent_keys
        if self.table.numbered:
            found = self._composites(names, records)
            return [key and (*key, _digest(r)) for key, r in zip(found, records, strict=True)]
        if len(names) == 1:
            return self.cells(names[0], records)
        if not names:
            return [()] * len(records)  # the parent's key is the whole key
        return self._composites(names, records)

    def _composites(
        self, names: Sequence[str], records: Sequence[Any]
    ) -> list[tuple[Any, ...] | None]:
        blank = [
            "" if self.table.offered.column(name).type is ColumnType.TEXT else None
            for name in names
        ]
        columns = [self.cells(name, records) for name in names]
        return [_composite(parts, blank) for parts in zip(*columns, strict=True)]

    def _stand_in(self, record: Any) -> str:
        """The key of a record that has none: by its contact where it is a person, and put into it.

        Else a text that only an equal record has, which keeps overlaps of pages comparable.
        """
        # Who has an address has a key, though this answer lacks it.
        text = None if self._text(record, ADDRESS) else self.stand_in(record)
        if text:
            root, (key,) = self.root, self.table.sent_keys
            raw = msgspec.Raw(msgspec.json.encode(text))
            setattr(record, root.attributes[key], raw if key in root.loose else text)
            return text
        return Nameless(f"?{_digest(record)}")

    def stand_in(self, record: Any) -> str | None:
        """The key of this person while there is no address, if a contact is told.

        Hashed where that is, and whether or not it is landed itself, unless the user has dropped
        it.
        """
        name, selection = self.table.row.stands_in, self.table.selection
        if name is None or name in selection.dropped:
            return None
        value = self._text(record, name)
        if not value:
            return None
        contact = self._landing.hashed(value) if name in selection.hashed else str(value)
        return f"{STANDS_IN}{contact}"

    def _text(self, record: Any, name: str) -> Any:
        """A text of one record; None where it was not sent."""
        if name in self.root.leaves:
            (value,) = self.cells(name, [record])
            return value
        # newer than the specification in some answers
        sent = {known: raw for _, known, raw in self.root.rest([record])}
        return coerce(ColumnType.TEXT, bytes(sent.get(name, ABSENT)))[1]

    def _loosening(self, body: bytes) -> tuple[Any, Mapping[int, Reason]]:
        """The decoded answer, and the places of what is no record in it."""
        while True:
            try:
                try:
                    decoded: Any = self._decode(body)
                except msgspec.ValidationError as error:
                    if not loosen(self.root, (self.table.collection,), str(error), body):
                        return self._one_by_one(body)
                    raise MisfitError from None
            except MisfitError:
                self.build()
            except msgspec.ValidationError as error:
                raise BrokenAnswer(
                    "extract-answer-of-another-form", table=self.table.name, reason=str(error)
                ) from None
            except msgspec.DecodeError as error:
                whole = without_halves(body)
                if whole == body:
                    raise BrokenAnswer("extract-answer-not-whole", reason=str(error)) from None
                body, self.replaced = whole, True
            else:
                if self.root.opened:
                    decoded.records = [self.root.of(members) for members in decoded.records]
                return decoded, {}

    def _one_by_one(self, body: bytes) -> tuple[Any, Mapping[int, Reason]]:
        """An answer in which something stands in a record's place that is no object."""
        raw_page = _decoder(msgspec.Raw, self.table.collection, self.table.chained)
        decoded: Any = raw_page.decode(body)
        odd: dict[int, Reason] = {}
        records = []
        for place, raw in enumerate(decoded.records):
            try:
                record = self.root.read(raw)
            except msgspec.ValidationError:
                record = None
            if record is None:
                odd[place] = Reason.NO_OBJECT
                record = self.root.type()
            records.append(record)
        decoded.records = records
        return decoded, odd


@functools.lru_cache(maxsize=STRUCTS)
def _decoder(record: Any, collection: str, chained: bool) -> msgspec.json.Decoder[Any]:
    """Reads pages whose records are of this type."""
    fields: list[Any] = [
        ("records", list[record]),
        ("total_items", int | float | str | None, None),
        *([(AFTER, str | int | None, None)] if chained else []),
    ]
    return msgspec.json.Decoder(msgspec.defstruct("Page", fields, rename={"records": collection}))


def _digest(record: Any) -> str:
    return hashlib.blake2b(msgspec.json.encode(record), digest_size=12).hexdigest()


def _composite(parts: tuple[Any, ...], blank: Sequence[str | None]) -> tuple[Any, ...] | None:
    """A key of several fields, all of which may be absent; None where one is that cannot be ''."""
    key = tuple(
        absent if part is None or part == "" else part
        for part, absent in zip(parts, blank, strict=True)
    )
    return None if None in key else key


def _count(total: float | str | None) -> int | None:
    """`total_items`, which could come as a text or as `1.0`, as other counters do."""
    if isinstance(total, str):
        return int(total) if total.isascii() and total.isdigit() else None
    return None if total is None or total != int(total) else int(total)
