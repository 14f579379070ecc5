"""A collection in memory, behind the client's `get`; it pages as docs/mailchimp-facts.md#pages."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar, cast

import pyarrow as pa

from chimpline.api.client import Client, Memory, PageSize, Reply
from chimpline.catalog.tables import tables
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.source import Source

T = TypeVar("T")
Record = dict[str, Any]
DATE = dt.datetime(2026, 11, 23, 12, 0, 7, tzinfo=dt.UTC)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never has to wait: the fake answers at once."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("it waited for something")


@dataclasses.dataclass
class Collection:
    """`before` is called with the number of each request, from 1; `tamper` may change answers.

    `unread`: the paging parameters that it does not read. A `count` that is not read is `default`,
    or everything; one that is read is at most `most`.
    """

    name: str
    records: list[Record]
    cursor: str | None = None
    unread: tuple[str, ...] = ()
    default: int | None = 10
    most: int = 1000
    before: Callable[[int], None] = lambda _: None
    tamper: Callable[[int, Record], None] = lambda _, __: None
    shrink: Mapping[int, int] = dataclasses.field(default_factory=dict)
    asked: list[dict[str, str]] = dataclasses.field(default_factory=list)

    async def get(
        self,
        path: str,  # noqa: ARG002
        params: Mapping[str, str],
        *,
        parse: Callable[[bytes], T],
        size: PageSize | None = None,
        memory: Memory | None = None,  # noqa: ARG002
    ) -> Reply[T]:
        number = len(self.asked) + 1
        if size is not None and number in self.shrink:
            size.value = self.shrink[number]
        count = None if size is None else size.value
        asked = dict(params) if count is None else {**params, "count": str(count)}
        self.asked.append(asked)
        self.before(number)
        answer = self.answer(asked)
        self.tamper(number, answer)
        return Reply(parse(json.dumps(answer).encode()), DATE, 1, count)

    def answer(self, asked: Mapping[str, str]) -> Record:
        found = list(self.records)
        cursor = self.cursor
        if cursor is not None:
            since, until = asked.get(f"since_{cursor}"), asked.get(f"before_{cursor}")
            found = [
                record
                for record in found
                if (since is None or record[cursor] > since)
                and (until is None or record[cursor] <= until)
            ]
            if asked.get("sort_field") == cursor:
                found.sort(key=lambda record: str(record[cursor]))
        total = len(found)
        offset = 0 if "offset" in self.unread else int(asked["offset"])
        count = None if "count" in self.unread else int(asked.get("count", "10"))
        size = self.default if count is None else min(count, self.most)
        found = found[offset : None if size is None else offset + size]
        return {self.name: found, "total_items": total}

    def source(
        self,
        table: str,
        parent: tuple[str, ...],
        *,
        count: int = 1000,
        ask: str = "",
        decoder: Decoder | None = None,
    ) -> Source:
        size = PageSize(start=count, floor=1)
        decoder = decoder or Decoder(tables()[table])
        return Source(cast("Client", self), decoder, parent, ask, size)

    def told(self, *names: str) -> list[tuple[str | None, ...]]:
        """These parameters of all requests."""
        return [tuple(asked.get(name) for name in names) for asked in self.asked]


class Taken:
    """Takes what is emitted; the keys, in order, with repeats."""

    def __init__(self, key: str = "id") -> None:
        self.key = key
        self.batches: list[pa.RecordBatch] = []
        self.records = 0

    async def __call__(self, batch: pa.RecordBatch, records: int) -> None:
        self.batches.append(batch)
        self.records += records

    @property
    def ids(self) -> list[str]:
        return [key for batch in self.batches for key in batch.column(self.key).to_pylist()]
