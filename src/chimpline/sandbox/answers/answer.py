"""What a route answers, before and after it becomes JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec

from chimpline.sandbox.answers.links import INSIDE, envelope_links, linked
from chimpline.sandbox.answers.projection import drop, keep, tree_of
from chimpline.sandbox.answers.query import Query

Row = dict[str, Any]
encode = msgspec.json.encode
decode = msgspec.json.decode


@dataclasses.dataclass(slots=True)
class Record:
    """A single record."""

    row: Row
    kind: str = ""  # of the links; none: the answer has none
    path: str = ""

    rows = 1
    offset = 0

    def body(self, query: Query, root: str) -> bytes:
        row = self.row
        if self.kind:
            row = linked(row, self.kind, f"{root}{self.path}")
        return encode(_projected(row, query))


@dataclasses.dataclass(slots=True)
class Page:
    """A stretch of a collection; its records as dicts, or as JSON without `_links`."""

    key: str
    items: Sequence[Row] | Sequence[bytes]
    total: int | None
    path: str = ""
    kind: str = ""  # of the links of a record; none: the records have none
    own: str = "id"  # the field that names a record in its path
    around: Row = dataclasses.field(default_factory=dict)  # further keys beside the collection
    offset: int = 0
    total_is_null: bool = False

    @property
    def rows(self) -> int:
        return len(self.items)

    def body(self, query: Query, root: str) -> bytes:
        excluded = set(query.exclude_fields)
        bare = not self.kind or f"{self.key}._links" in excluded
        bare = bare and self.kind not in INSIDE
        if bare and not query.fields and excluded <= {f"{self.key}._links", "_links"}:
            return self._plain(root, links="_links" not in excluded)
        items = [decode(i) if isinstance(i, bytes) else i for i in self.items]
        if self.kind:
            url = f"{root}{self.path}"
            items = [linked(i, self.kind, f"{url}/{i.get(self.own, '')}") for i in items]
        answer: Row = {self.key: items, **self._tail(root, links=True)}
        return encode(_projected(answer, query))

    def _plain(self, root: str, *, links: bool) -> bytes:
        """The common case, without building anything that was built before."""
        rows = [i if isinstance(i, bytes) else encode(i) for i in self.items]
        tail = encode(self._tail(root, links=links))
        head = b'{"' + self.key.encode() + b'":[' + b",".join(rows) + b"]"
        return head + (b"," if tail != b"{}" else b"") + tail[1:]

    def _tail(self, root: str, *, links: bool) -> Row:
        tail = dict(self.around)
        if self.total is not None or self.total_is_null:
            tail["total_items"] = self.total
        if links and self.kind:
            tail["_links"] = envelope_links(self.kind, f"{root}{self.path}")
        return tail


def _projected(answer: Row, query: Query) -> Row:
    if query.fields:
        kept: Row = keep(answer, tree_of(query.fields))
        return kept
    if query.exclude_fields:
        left: Row = drop(answer, tree_of(query.exclude_fields))
        return left
    return answer


def paged(query: Query, rows: Sequence[Any]) -> Sequence[Any]:
    return rows[query.offset : query.offset + query.count]
