"""Reading a collection whose answers name the next one (docs/mailchimp-facts.md#chained-pages).

No page has an offset: each is asked for by the text that the one before names, which means nothing
to us. So nothing overlaps, no total is announced, and pages are asked for one after the other.

What shows that the end is one: an answer names no next page, or holds nothing and names one that
was asked for before. It is believed of a server that has named a next page. Where the first answer
names none, as many records as its parent tells are all; with fewer, or as many as a page holds, the
same question is asked for one record less: only a server that names a next page then is believed.

A record that changes while pages are read may move to where nobody looks any more. One answer is of
one moment; so is one that is shorter than this server's pages are, with an empty one behind it. Of
several, what was updated since the first of them is read as well, until that is of one moment. So
whatever stayed was met where it stood, and whatever moved is met there.

A page that is named twice, keys that come twice, a name that the server no longer knows (400):
nothing is proven, and the collection is read again from its beginning, as is every stopped read.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from chimpline.catalog.table import NEXT, UPDATED
from chimpline.errors import NotUnderstood
from chimpline.extract.came import Came
from chimpline.extract.decode.decoder import Page
from chimpline.extract.source import DEFAULT_COUNT, Emit, Source, instant
from chimpline.message import Message

MEANWHILE = 3
"""So often what was updated while pages were read is read, itself in several pages."""
EMPTY_PAGES = 8
"""So many answers in a row may hold nothing and name another one all the same."""
CLOCKS = dt.timedelta(seconds=10)
"""How much the clocks of Mailchimp's servers may differ."""


@dataclasses.dataclass(slots=True)
class _Read:
    """The pages from a first one to the last: how long each was, and the keys that were met.

    `updated`: they are of what was updated meanwhile. `short`: the first one is shorter than pages
    of this server are, so that it had all there was when it was made.
    """

    updated: bool
    short: bool = False
    pages: list[int] = dataclasses.field(default_factory=list)
    met: set[Any] = dataclasses.field(default_factory=set)

    @property
    def of_one_moment(self) -> bool:
        return len(self.pages) == 1 or (self.short and not any(self.pages[1:]))


class Chain:
    """One attempt at a collection: what came of it so far, page after page.

    `expected`: how many records its parent tells; 0 where it tells none.
    """

    def __init__(self, source: Source, filters: Mapping[str, str], expected: int) -> None:
        self._source = source
        self._filters = filters
        self._expected = expected
        self._met: set[Any] = set()
        self._twice: set[Any] = set()
        self._pages = 0
        self._longest = 0
        self._names_pages = False
        self._begun = dt.datetime.max.replace(tzinfo=dt.UTC)

    async def read(self, emit: Emit) -> Came:
        """All pages, and what was updated meanwhile; or why that is not known to be all."""
        filters = self._filters
        for _ in range(MEANWHILE):
            read = _Read(updated=filters is not self._filters)
            trouble = await self._through(read, filters, emit)
            self._met = self._met | read.met if self._met else read.met  # a million is not copied
            if trouble:
                return Came(len(self._met), trouble)
            if read.of_one_moment:
                proof = f"chain: {len(self._met)} in {self._pages} pages, the last names no next"
                return Came(len(self._met), None, proof, self._twice)
            if UPDATED not in self._source.table.endpoint.query:
                return Came(len(self._met), Message("read-meanwhile-untold"))
            filters = {**self._filters, UPDATED: instant(self._begun - CLOCKS)}
        return Came(len(self._met), Message("read-shifted"))

    async def _through(self, read: _Read, filters: Mapping[str, str], emit: Emit) -> Message | None:
        """From the first page to one that names no next; why that may not be all."""
        asked: set[str] = set()
        here, empty, first = "", 0, True
        while True:
            try:
                reply = await self._source.page(filters=self._at(here, filters))
            except NotUnderstood:
                if first:
                    raise
                return Message("read-page-forgotten")
            page, after = reply.value, reply.value.after
            self._pages += 1
            # The earliest, since a clock may be wrong in one answer.
            self._begun = reply.date if first else min(self._begun, reply.date)
            if first:
                read.short = len(page.keys) < min(self._longest, reply.count or 0)
            self._longest = max(self._longest, len(page.keys))
            read.pages.append(len(page.keys))
            if not self._meet(page, read):
                return Message("read-page-again")
            if page.keys:
                await emit(self._source.rows(page), len(page.keys))
            if after is None or (after in asked and not page.keys):
                alone = first and not self._names_pages
                return await self._all(page, reply.count or 0, filters) if alone else None
            self._names_pages = True
            empty = 0 if page.keys else empty + 1
            if after in asked or empty == EMPTY_PAGES:
                return Message("read-names-no-end")
            asked.add(after)
            here, first = after, False

    @staticmethod
    def _at(name: str, filters: Mapping[str, str]) -> Mapping[str, str]:
        return {**filters, NEXT: name} if name else filters

    def _meet(self, page: Page, read: _Read) -> bool:
        """Count the records of a page; false where all of several have come before.

        Of one that was `updated` meanwhile, it is known why it came twice.
        """
        known = len(read.met)
        twice = self._twice if not read.updated else set[Any]()
        for key in page.keys:
            (twice if key in read.met else read.met).add(key)
        if read.updated:
            self._twice.difference_update(page.keys)
        return len(page.keys) < 2 or len(read.met) > known

    async def _all(self, page: Page, count: int, filters: Mapping[str, str]) -> Message | None:
        """Why a lone answer that names no next one may not be all there is; None where it is."""
        length = len(page.keys)
        full = length in {count, DEFAULT_COUNT}
        if not length or (not full and 0 < self._expected <= length):
            return None
        if length == 1:
            return Message("read-names-no-next") if self._expected > 1 else None
        less = (await self._source.first(length - 1, filters)).value
        return None if less.after else Message("read-names-no-next")
