"""Reading a collection by offset, so that a shift is noticed.

Pages overlap by one record whose key must match: a record that leaves the result while we read
moves all later ones one place up, and without the overlap the first of the next page would never be
served (docs/mailchimp-facts.md#records-that-shift). A walk ends on a short page with at least
`total_items` received, else reads on until an answer brings nothing more. Where `total_items`
undercounts, it takes the parent's number for it; and since an empty answer and a lost one look the
same there, a collection that should hold something has to be empty `EMPTY` times. It is proven when
every overlap matched, the total held and no key came twice; otherwise it is read again, and after
`ATTEMPTS` reported unproven.

A collection that is documented to page and to tell no total (docs/mailchimp-facts.md#totals) ends
where fewer came than any page holds: another request would be one more for each member.

Every collection is asked for pages, whether or not it documents them. A server can read `count`,
`offset`, neither, or have a size of its own, and can announce no total or a wrong one. So a page as
long as was asked, as the default, or as an earlier one that was not the last, is never the end, and
the first page that comes again at another offset is not a second one.

Why an overlap proves anything: records that stay keep their order. One that stays lies between the
same two overlaps in every answer, and each answer is whole between its own two. In which order, or
how long after each other, the answers were made does not matter. So pages may be asked several at
once (`ahead`), and a walk may go on where a stopped one ended (`Reached`).

Where each answer names the next one, a collection is read so (`chain`), and judged the same.

Where a key came twice although every overlap matched, the collection is read once more: if the same
keys come twice again, it lists two records under them, and nothing is proven of it. Records that
have no id are equal in all they hold then: it has both of them.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from chimpline.errors import NotFound
from chimpline.extract.ahead import Ahead, Help
from chimpline.extract.came import Came
from chimpline.extract.chain import Chain
from chimpline.extract.decode.decoder import Page
from chimpline.extract.decode.oddities import Oddities, Reason
from chimpline.extract.source import DEFAULT_COUNT, NONE, Emit, Found, Source
from chimpline.message import Message

ATTEMPTS = 3
EMPTY = 8
_SHIFTED = Message("read-shifted")
_NO_ROOM = Message("read-no-room")


@dataclasses.dataclass(frozen=True, slots=True)
class Reached:
    """How far a walk has come: so many records, without a gap, the last of them with this key."""

    records: int
    key: Any


async def walk(
    source: Source,
    emit: Emit,
    filters: Mapping[str, str] = NONE,
    begin: Callable[[], None] = lambda: None,
    *,
    reached: Callable[[Reached], None] = lambda _: None,
    resume: Reached | None = None,
    help_: Help | None = None,
    expected: int = 0,
) -> Found:
    """Read the whole collection that `filters` leave, emitting pages in order.

    An attempt that shifted has emitted rows that are true all the same; repeating them is harmless.
    `begin` is called before each attempt: only what the last one meets is known to be there.
    `reached` is called before each page is emitted, with where it ends. With `resume`, the first
    attempt begins there, and does not count as one. `expected`: how many records the parent tells;
    it proves nothing, but that it is worth to look again, and that what a server without `offset`
    and total sends is not all.
    """
    outside, source.odd = source.odd, Oddities()
    try:
        if source.table.is_document:
            begin()
            return await _document(source, emit)
        return await _walk(
            source,
            emit,
            filters,
            begin,
            reached=reached,
            resume=resume,
            help_=help_,
            expected=expected,
        )
    finally:
        source.odd = outside.joined(source.odd)


async def _document(source: Source, emit: Emit) -> Found:
    """What is no list is read by one request, and proven by its answer; 404 says that it is not."""
    before = source.requests
    try:
        page = (await source.page()).value
    except NotFound:
        return source.found(0, source.requests - before + 1, "document: not found")
    await emit(source.rows(page), 1)
    return source.found(1, source.requests - before, "document: one answer")


async def _walk(
    source: Source,
    emit: Emit,
    filters: Mapping[str, str],
    begin: Callable[[], None],
    *,
    reached: Callable[[Reached], None],
    resume: Reached | None,
    help_: Help | None,
    expected: int,
) -> Found:
    before = source.requests
    came = Came(0)
    # Where no answer announces a total, only the parent knows that an empty one may be lost.
    told = expected if source.table.row.undercounts or source.table.chained else 0
    starts = [resume] if resume else []
    failed = empty = 0
    doubled: Collection[Any] = frozenset()
    while failed < ATTEMPTS:
        start = starts.pop() if starts else None
        begin()
        source.begin()
        ahead = Ahead(source, filters, help_, expected)
        try:
            if source.table.chained:
                came = await Chain(source, filters, expected).read(emit)
            else:
                place = _Attempt(
                    source, ahead, start, reached=reached, told=told, expected=expected
                )
                came = await place.read(emit)
        except asyncio.CancelledError:
            await ahead.close(cancelled=True)
            raise
        except BaseException:
            await ahead.close()
            raise
        await ahead.close()
        proof = came.proof
        if proof and told and not came.rows:
            empty += 1
            if empty < EMPTY:
                continue
            proof = f"{proof}; empty {EMPTY} times, where its parent tells {told}"
        if proof and came.twice and came.twice != doubled:
            doubled, proof = came.twice, None
            came = Came(came.rows, Message("read-twice"))
        if proof:
            for key in () if source.table.numbered else came.twice:
                source.odd.note(Reason.TWICE, source.decoder.shown(key))
            return source.found(came.rows, source.requests - before, proof)
        failed += start is None
    return Found(came.rows, source.requests - before, None, came.trouble)


class _Attempt:
    """One attempt at a collection: what came of it so far, page after page."""

    def __init__(
        self,
        source: Source,
        ahead: Ahead,
        start: Reached | None,
        *,
        reached: Callable[[Reached], None],
        told: int,
        expected: int,
    ) -> None:
        self._source = source
        self._ahead = ahead
        self._tell_reached = reached
        self._told = told
        self._expected = expected
        self._seen: set[Any] = set()
        self._twice: set[Any] = set()
        self._last: Any = start.key if start else None
        self._rows = self._earlier = start.records if start else 0
        self._pages = 0
        self._total: int | None = None
        self._whole = False  # whether the first page can be all there is, where no total tells
        self._full = {DEFAULT_COUNT}

    async def read(self, emit: Emit) -> Came:
        """Page after page, until one is the last, or does not join on to those before it."""
        came: Came | None = None
        while came is None:
            came = await self._page(emit)
        return came

    async def _page(self, emit: Emit) -> Came | None:
        """One page; what the attempt came to, where it is over.

        Its memory is given back before the next one is on its way.
        """
        reply = await self._ahead.page(max(0, self._rows - 1))
        page, count = reply.value, reply.count or 0
        self._pages += 1
        if astray := self._source.astray(page):
            return Came(self._rows, astray)
        overlap = 1 if self._rows else 0
        if overlap and (not page.keys or page.keys[0] != self._last):
            return self._shifted(page)
        fresh = page.keys[overlap:]
        if not self._meet(fresh):
            return Came(self._rows, Message("read-page-again"))
        if fresh:
            self._last = fresh[-1]
            # First: what is odd is not reached, else the next run went on behind it.
            landing = self._source.rows(page, overlap)
            if not self._twice and not self._source.odd:
                self._tell_reached(Reached(self._rows, self._last))
            await emit(landing, len(fresh))
        self._total = page.total
        return await self._end(len(page.keys), count, more=bool(fresh))

    def _shifted(self, page: Page) -> Came:
        """What the attempt came to where a page does not begin with the last record before it."""
        again = self._pages == 2 and not self._earlier and _same(page.keys, self._seen)
        return self._repeated(page.total) if again else Came(self._rows, _SHIFTED)

    def _meet(self, fresh: Sequence[Any]) -> bool:
        """Count the records of a page; false where all of several have come before."""
        known = len(self._seen)
        if self._source.table.numbered:  # what comes twice in one answer is there twice
            self._twice |= self._seen.intersection(fresh)
            self._seen.update(fresh)
        else:
            for key in fresh:
                (self._twice if key in self._seen else self._seen).add(key)
        if len(fresh) > 1 and len(self._seen) == known:  # of a lone key: it came twice
            return False
        self._rows += len(fresh)
        return True

    async def _end(self, length: int, count: int, *, more: bool) -> Came | None:
        """What the attempt came to, where a page of `length` is its last; `count` were asked for.

        `more`: whether the page brought a record.
        """
        short = length < count
        self._whole = length not in {count, *self._full}
        if short and not more:
            return await self._nothing_more()
        if short and self._whole and self._announced_is_here():
            return self._all()
        if not more:
            return Came(self._rows, _NO_ROOM)
        if short:
            # Some answers are shorter than what was asked; a server can also have a size of its
            # own, and the next page of that size is not the end either.
            self._full.add(length)
        return None

    async def _nothing_more(self) -> Came:
        """What the attempt came to where a short page brought no record."""
        if self._rows == 1 and (self._total is None or self._total < self._rows):
            # The same question again: it tells nothing of what is behind a lone record.
            behind = (await self._ahead.page(1)).value.keys
            self._pages += 1
            if behind and not _same(behind, self._seen):
                return Came(self._rows, _NO_ROOM)
        return self._all()

    def _announced_is_here(self) -> bool:
        """Whether as many came as a total announces, where that total tells where the end is."""
        if self._total is None:
            return self._source.table.untold and self._rows < DEFAULT_COUNT
        if self._rows < max(self._total, self._told):
            return False
        # It does not for a first page of more than was announced.
        undercounts = self._source.table.row.undercounts
        return self._rows == self._total or self._pages > 1 or undercounts

    def _all(self) -> Came:
        """What an attempt came to that read to the end."""
        rows, total = self._rows, self._total
        if total is not None and rows < total:
            return Came(rows, Message.of("read-fewer", announced=total, served=rows))
        begun = f"begun at {self._earlier}, " if self._earlier else ""
        proof = f"walk: {rows} of {total}, {begun}{self._pages} pages, overlaps match"
        return Came(rows, None, proof, self._twice)

    def _repeated(self, total: int | None) -> Came:
        """What it came to where the second page is the first once more: `offset` is not read.

        What is sent each time is all of it where the announced total says so. Where none is
        announced, or more came than that, it is, unless it is as many as a page holds or fewer than
        its parent tells: a server can have a page size of its own.
        """
        rows, expected = self._rows, self._expected
        trustworthy = total is not None and rows <= total
        trustworthy = trustworthy and not self._source.table.row.undercounts
        if rows == total if trustworthy else self._whole and rows >= max(total or 0, expected):
            proof = f"walk: {rows} of {total}, the same at another offset"
            return Came(rows, None, proof, self._twice)
        announced = Message.of("read-announced", total=total)
        if total is None:
            announced = Message("read-no-total")
        if rows < expected and not trustworthy:
            said = Message.of(
                "read-same-than-parent", served=rows, announced=announced, expected=expected
            )
            return Came(rows, said)
        return Came(rows, Message.of("read-same", served=rows, announced=announced))


def _same(keys: Sequence[Any], seen: set[Any]) -> bool:
    return set(keys) == seen
