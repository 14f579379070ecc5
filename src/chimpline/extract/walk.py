"""Reading a collection by offset, so that a shift is noticed.

Pages overlap by one record whose key must match: a record that leaves the result while we read
moves all later ones one place up, and without the overlap the first of the next page would never be
served (docs/mailchimp-facts.md#records-that-shift). A walk ends on a short page with at least
`total_items` received, else reads on until an answer brings nothing more. Where `total_items`
undercounts, it takes the parent's number for it; and since an empty answer and a lost one look the
same there, a collection that should hold something has to be empty `EMPTY` times. It is proven when
every overlap matched, the total held and no key came twice; otherwise it is read again, and after
`ATTEMPTS` reported unproven.

Every collection is asked for pages, whether or not it documents them. A server can read `count`,
`offset`, neither, or have a size of its own, and can announce no total or a wrong one. So a page as
long as was asked, as the default, or as an earlier one that was not the last, is never the end, and
the first page that comes again at another offset is not a second one.

Why an overlap proves anything: records that stay keep their order. One that stays lies between the
same two overlaps in every answer, and each answer is whole between its own two. In which order, or
how long after each other, the answers were made does not matter. So pages may be asked several at
once (`ahead`), and a walk may go on where a stopped one ended (`Reached`).

Where a key came twice although every overlap matched, the collection is read once more: if the same
keys come twice again, it lists two records under them, and nothing is proven of it.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from chimpline.extract.ahead import Ahead, Help
from chimpline.extract.decode.oddities import Oddities, Reason
from chimpline.extract.source import DEFAULT_COUNT, NONE, Emit, Found, Source

ATTEMPTS = 3
EMPTY = 8
_NO_ROOM = "pages of one record leave no room for an overlap"


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
    came = _Came(0)
    told = expected if source.table.row.undercounts else 0
    starts = [resume] if resume else []
    failed = empty = 0
    doubled: Collection[Any] = frozenset()
    while failed < ATTEMPTS:
        start = starts.pop() if starts else None
        begin()
        source.odd.clear()
        ahead = Ahead(source, filters, help_, expected)
        try:
            came = await _attempt(
                source, ahead, emit, start, reached=reached, told=told, expected=expected
            )
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
            came = _Came(came.rows, "a record came twice")
        if proof:
            for key in came.twice:
                source.odd.note(Reason.TWICE, source.decoder.shown(key))
            return source.found(came.rows, source.requests - before, proof)
        failed += start is None
    return Found(came.rows, source.requests - before, None, came.trouble)


@dataclasses.dataclass(frozen=True, slots=True)
class _Came:
    """What one attempt came to: `twice` are the keys that came with more than one record."""

    rows: int
    trouble: str = ""
    proof: str | None = None
    twice: Collection[Any] = frozenset()


async def _attempt(
    source: Source,
    ahead: Ahead,
    emit: Emit,
    start: Reached | None,
    *,
    reached: Callable[[Reached], None],
    told: int,
    expected: int,
) -> _Came:
    seen: set[Any] = set()
    twice: set[Any] = set()
    last: Any = start.key if start else None
    rows = earlier = start.records if start else 0
    pages = 0
    total: int | None = None
    whole = False  # whether the first page can be all there is, where no total tells
    full = {DEFAULT_COUNT}
    while True:
        reply = await ahead.page(max(0, rows - 1))
        page, pages = reply.value, pages + 1
        if astray := source.astray(page):
            return _Came(rows, astray)
        overlap = 1 if rows else 0
        if overlap and (not page.keys or page.keys[0] != last):
            if pages == 2 and not earlier and _same(page.keys, seen):
                return _repeated(source, rows, page.total, twice, expected, whole=whole)
            return _Came(rows, "the collection shifted while it was read")
        fresh = page.keys[overlap:]
        known = len(seen)
        for key in fresh:
            (twice if key in seen else seen).add(key)
        if len(fresh) > 1 and len(seen) == known:  # of a lone key: it came twice
            return _Came(rows, "a page came again in another's place")
        rows += len(fresh)
        if fresh:
            last = fresh[-1]
            # First: what is odd is not reached, else the next run went on behind it.
            landing = source.rows(page, overlap)
            if not twice and not source.odd:
                reached(Reached(rows, last))
            await emit(landing, len(fresh))
        total = page.total
        short = len(page.keys) < (reply.count or 0)
        whole = len(page.keys) not in {reply.count, *full}
        if short and not fresh:
            if rows == 1 and (total is None or total < rows):
                # The same question again: it tells nothing of what is behind a lone record.
                behind, pages = (await ahead.page(1)).value.keys, pages + 1
                if behind and not _same(behind, seen):
                    return _Came(rows, _NO_ROOM)
            break
        # A first page of more than was announced: that total does not tell where the end is.
        tells = rows == total or pages > 1 or source.table.row.undercounts
        if short and whole and total is not None and rows >= max(total, told) and tells:
            break
        if not fresh:
            return _Came(rows, _NO_ROOM)
        if short:
            # Some answers are shorter than what was asked; a server can also have a size of its
            # own, and the next page of that size is not the end either.
            full.add(len(page.keys))
        del reply, page  # their memory, while the next is on its way
    if total is not None and rows < total:
        return _Came(rows, f"{total} records were announced and {rows} served")
    begun = f"begun at {earlier}, " if earlier else ""
    proof = f"walk: {rows} of {total}, {begun}{pages} pages, overlaps match"
    return _Came(rows, "", proof, twice)


def _same(keys: Sequence[Any], seen: set[Any]) -> bool:
    return set(keys) == seen


def _repeated(
    source: Source, rows: int, total: int | None, twice: set[Any], expected: int, *, whole: bool
) -> _Came:
    """What a walk came to whose second page is the first once more: `offset` is not read.

    What is sent each time is all of it where the announced total says so. Where none is announced,
    or more came than that, it is, unless it is as many as a page holds or fewer than its parent
    tells: a server can have a page size of its own.
    """
    trustworthy = total is not None and rows <= total and not source.table.row.undercounts
    if rows == total if trustworthy else whole and rows >= max(total or 0, expected):
        return _Came(rows, "", f"walk: {rows} of {total}, the same at another offset", twice)
    announced = "no total is announced" if total is None else f"{total} records were announced"
    if rows < expected and not trustworthy:
        announced += f"; its parent tells {expected}"
    return _Came(rows, f"the same {rows} records come at every offset, and {announced}")
