"""One table's answers for one parent: the requests of a slice, each answered by a decoded page."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote

import pyarrow as pa

from chimpline.api.client import Client, Memory, PageSize, Reply
from chimpline.catalog.digest import endpoints
from chimpline.catalog.table import Table
from chimpline.errors import BrokenAnswer, NotFound
from chimpline.extract.decode.decoder import Decoder, Page
from chimpline.extract.decode.events import Met
from chimpline.extract.decode.landing import projection
from chimpline.extract.decode.oddities import STANDS_IN, Oddities
from chimpline.extract.instants import instant, parse_instant
from chimpline.extract.plan import Row
from chimpline.extract.room import Room
from chimpline.message import Message

__all__ = ["COUNTED", "NONE", "Emit", "Found", "Source", "instant", "parse_instant"]

NONE: Mapping[str, str] = MappingProxyType({})

DEFAULT_COUNT = 10  # docs/mailchimp-facts.md#count-and-offset
"""The size of a page where `count` is not read: so many are never taken for all."""

COUNTED = 3
"""So often a count is asked for, where its answer is not one to the question."""

Emit = Callable[[pa.RecordBatch, int], Awaitable[None]]
"""Takes rows of one answer on their way to the destination, and how many records it held."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What reading a slice came to. `proof` says by which rule; None where nothing was proven.

    `trouble` says why not. `rows` counts records served once; `requests` all attempts. `odd`: the
    records that could not be copied, as the ledger keeps them; where there are any, all others
    were read, and nothing is proven.
    """

    rows: int
    requests: int
    proof: str | None
    trouble: Message | None = None
    odd: Sequence[Mapping[str, Any]] = ()


class Source:
    """Asks one path of one table; counts what it asked. Its pages find their place in `room`.

    `arrays`: fields of the records that are asked for whatever is landed of the table itself.
    """

    def __init__(
        self,
        client: Client,
        decoder: Decoder,
        parent: tuple[str, ...],
        ask: str = "",
        size: PageSize | None = None,
        *,
        room: Room | None = None,
        arrays: Collection[str] = (),
    ) -> None:
        self.table: Table = decoder.table
        self.decoder = decoder
        self.parent = parent
        self.requests = 0
        self.odd = Oddities()
        self.met: Met = {}
        self.client = client
        self.ask = ask
        asked = dict(parse_qsl(ask))
        told_by = dict(other.split("=") for other in self.table.row.ask if other)
        # What an ask narrows besides, no row's answer tells.
        self._only = next((asked[name] for name in told_by if name in asked), None)
        self._others = set(told_by.values())
        above = self.table.parent
        of_people = above is not None and above.row.stands_in is not None
        # Whoever has no e-mail address is asked for by contact id, as in `record`.
        ids = tuple(one.removeprefix(STANDS_IN) for one in parent) if of_people else parent
        self._path = _fill(self.table.path, ids)
        self._size = size or PageSize()
        self.keeps_sent = False
        self._made: tuple[Page, int, int | None] | None = None
        self._room = room
        self._params: Mapping[str, str] = {
            **self.table.row.params,
            **asked,
            **projection(self.table, self.table.endpoint.query, self._prefix, arrays),
        }

    @property
    def _prefix(self) -> str:
        """What stands before the fields of a record where fields are named."""
        return "" if self.table.is_document else f"{self.table.collection}."

    @property
    def parent_values(self) -> dict[str, str | int]:
        """The parent's key as cells of the key columns."""
        keys = {}
        for name, value in zip(self.table.variables, self.parent, strict=True):
            is_text = self.table.schema.column(name).type.value == "text"
            keys[name] = value if is_text else int(value)
        return keys

    def begin(self) -> None:
        """The slice is read from its start: nothing of it was met, and nothing was odd."""
        self.odd.clear()
        self.met.clear()

    def rows(self, page: Page, start: int = 0, stop: int | None = None) -> pa.RecordBatch:
        """Records of a page as rows; those that make none are noted in `odd`."""
        if self.keeps_sent:
            self._made = (page, start, stop)
        try:
            return self.decoder.batch(page, self.parent_values, start, stop, self.odd, met=self.met)
        except RecursionError:
            raise BrokenAnswer("extract-nested-too-deeply", table=self.table.name) from None

    def found(self, rows: int, requests: int, proof: str) -> Found:
        """What was read and proven, unless there were records that could not be copied."""
        if self.odd:
            return Found(rows, requests, None, self.odd.said, self.odd.told())
        return Found(rows, requests, proof)

    def sent(self) -> list[Row]:
        """The records that `rows` made rows of last, as they were sent: their kept columns.

        For whoever has set `keeps_sent`: a page that nobody asks for must not be held.
        """
        made, self._made = self._made, None
        if made is None:
            return []
        return [{**row, **self.parent_values} for row in self.decoder.sent(*made)]

    def ridden(self, decoder: Decoder, odd: Oddities) -> pa.RecordBatch:
        """Rows of another table, which ride in the records that `rows` made rows of last.

        For whoever has set `keeps_sent`; to be asked before `sent`.
        """
        if self._made is None:
            raise LookupError(f"no page of {self.table.name} is held")
        page, start, stop = self._made
        try:
            own = decoder.page(page.body)
            return decoder.batch(own, self.parent_values, start, stop, odd)
        except RecursionError:
            raise BrokenAnswer("extract-nested-too-deeply", table=decoder.table.name) from None

    def let_go(self) -> list[Row]:
        """Hold no page any more, of which nobody asks for the kept columns: none."""
        self._made = None
        return []

    async def page(self, offset: int = 0, filters: Mapping[str, str] = NONE) -> Reply[Page]:
        """One page; `filters` are further query parameters. A document is the one page of it."""
        params = {**self._params, **filters, **self._at(offset)}
        if self._room is None:
            return await self._asked(params)
        async with self._room.asking(self.table.name) as asked:
            reply = await self._asked(params, asked)
            page = dataclasses.replace(reply.value, held=asked.came(len(reply.value.body)))
            return dataclasses.replace(reply, value=page)

    def _at(self, offset: int) -> dict[str, str]:
        """The parameter that says where in the list a page begins, of a list that takes one."""
        paged = not (self.table.is_document or self.table.chained)
        return {"offset": str(offset)} if paged else {}

    def may_ask_ahead(self) -> bool:
        """Whether a page that nobody needs yet finds room."""
        return self._room is None or self._room.spare(self.table.name)

    async def _asked(self, params: Mapping[str, str], memory: Memory | None = None) -> Reply[Page]:
        one = self.table.is_document
        parse, size = (self.decoder.one, None) if one else (self.decoder.page, self._size)
        reply = await self.client.get(self._path, params, parse=parse, size=size, memory=memory)
        self.requests += reply.requests
        if reply.value.odd:  # of this answer only, perhaps
            again = self.client.get(self._path, params, parse=parse, size=size, memory=memory)
            reply = await again
            self.requests += reply.requests
        return reply

    async def first(self, count: int, filters: Mapping[str, str] = NONE) -> Reply[Page]:
        """The first records of the collection; more of them where it does not read `count`."""
        if self.table.is_document:
            return await self.page()
        params = {**self._params, **filters, "count": str(count), **self._at(0)}
        reply = await self.client.get(self._path, params, parse=self.decoder.page)
        self.requests += reply.requests
        return reply

    def astray(self, page: Page) -> Message | None:
        """What of a page belongs to another ask than this one; None where all is well.

        The answers to two asks differ in nothing but their rows, so that one in the other's place
        would pass for complete.
        """
        for place, answer in enumerate(page.answers):
            if place in page.odd:
                continue  # it makes no row, whatever it is
            mine = answer == self._only if self._only is not None else answer not in self._others
            if not mine:
                if self.ask:
                    return Message.of("read-astray", answer=repr(answer), asked=self.ask)
                return Message.of("read-astray-unasked", answer=repr(answer))
        return None

    async def total(self, filters: Mapping[str, str] = NONE) -> int | None:
        """How many records the collection holds now, by a page of one; of two without filters.

        None where Mailchimp does not tell, or tells something else than what was asked. What is
        counted inside filters shows it by its record; what is counted without by having two, so
        that neither passes for the other.
        """
        if self.table.is_document:
            return await self._whether_there()
        if self.table.chained:
            return None
        size = 1 if filters else 2
        for _ in range(COUNTED):
            page = (await self.first(size, filters)).value
            if page.total is None:
                return None
            sizes = {min(size, page.total)}
            if not self.table.paged:  # it may not read `count`
                sizes |= {min(DEFAULT_COUNT, page.total), page.total}
            if len(page.keys) in sizes and not self.astray(page) and self._inside(page, filters):
                return page.total
        return None

    async def _whether_there(self) -> int:
        try:
            return len((await self.page()).value.keys)
        except NotFound:
            self.requests += 1
            return 0

    def _inside(self, page: Page, filters: Mapping[str, str]) -> bool:
        """Whether the records lie in the window that the filters name."""
        cursor = self.table.replication_key
        since, until = filters.get(f"since_{cursor}"), filters.get(f"before_{cursor}")
        if not (since or until):
            return True
        try:
            times = [parse_instant(time) for time in page.times if time]
        except ValueError:
            return False
        return all(
            (since is None or parse_instant(since) < time)
            and (until is None or time <= parse_instant(until))
            for time in times
        )

    async def record(self, key: str) -> Page | None:
        """The page of one record by its key; None where it is gone (404).

        A person without an e-mail address is asked for by contact id.
        """
        path = self.table.record_path
        if self.table.row.stands_in:
            key = key.removeprefix(STANDS_IN)
        if path is None:
            raise LookupError(f"{self.table.name} has no path for one record")
        taken = endpoints()[path].query
        params = {name: value for name, value in self.table.row.params.items() if name in taken}
        params |= projection(self.table, taken)
        try:
            reply = await self.client.get(
                _fill(path, (*self.parent, key)), params, parse=self.decoder.one
            )
        except NotFound:
            self.requests += 1
            return None
        self.requests += reply.requests
        return reply.value


def _fill(path: str, values: tuple[str, ...]) -> str:
    """`/lists/{list_id}/members` and its values, percent-encoded, in order."""
    parts = iter(values)
    return "/".join(
        quote(next(parts), safe="") if part.startswith("{") else part for part in path.split("/")
    )
