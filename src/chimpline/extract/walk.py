"""Reading a collection by offset, so that a shift is noticed.

Pages overlap by one record whose key must match: a record that leaves the result while we read
moves all later ones one place up, and without the overlap the first of the next page would never be
served (FACTS 3). A walk ends on a short page with at least `total_items` received, else reads on
until an answer brings nothing more. Where `total_items` undercounts, it takes the parent's number
for it; and since an empty answer and a lost one look the same there, a collection that should hold
something has to be empty `EMPTY` times. It is proven when every overlap matched, the total held and
no key came twice; otherwise it is read again, and after `ATTEMPTS` reported unproven.

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
from collections.abc import Callable, Mapping
from typing import Any

from chimpline.extract.ahead import Ahead, Help
from chimpline.extract.oddities import Oddities, Reason
from chimpline.extract.source import NONE, Emit, Found, Source

ATTEMPTS = 3
EMPTY = 8


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
    it proves nothing, but that it is worth to look again.
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
    rows, trouble = 0, ""
    told = expected if source.table.row.undercounts else 0
    starts = [resume] if resume else []
    failed = empty = 0
    doubled: set[Any] = set()
    while failed < ATTEMPTS:
        start = starts.pop() if starts else None
        begin()
        source.odd.clear()
        ahead = Ahead(source, filters, help_, expected)
        try:
            rows, trouble, proof, twice = await _attempt(
                source, ahead, emit, start, reached=reached, told=told
            )
        except asyncio.CancelledError:
            await ahead.close(cancelled=True)
            raise
        except BaseException:
            await ahead.close()
            raise
        await ahead.close()
        if proof and told and not rows:
            empty += 1
            if empty < EMPTY:
                continue
            proof = f"{proof}; empty {EMPTY} times, where its parent tells {told}"
        if proof and twice:
            if twice == doubled:
                for key in twice:
                    source.odd.note(Reason.TWICE, source.decoder.shown(key))
            else:
                doubled, proof, trouble = twice, None, "a record came twice"
        if proof:
            return source.found(rows, source.requests - before, proof)
        failed += start is None
    return Found(rows, source.requests - before, None, trouble)


async def _attempt(
    source: Source,
    ahead: Ahead,
    emit: Emit,
    start: Reached | None,
    *,
    reached: Callable[[Reached], None],
    told: int,
) -> tuple[int, str, str | None, set[Any]]:
    seen: set[Any] = set()
    twice: set[Any] = set()
    last: Any = start.key if start else None
    rows = earlier = start.records if start else 0
    pages = 0
    total: int | None = None
    while True:
        reply = await ahead.page(max(0, rows - 1))
        page, pages = reply.value, pages + 1
        if astray := source.astray(page):
            return rows, astray, None, twice
        overlap = 1 if rows else 0
        if overlap and (not page.keys or page.keys[0] != last):
            return rows, "the collection shifted while it was read", None, twice
        fresh = page.keys[overlap:]
        known = len(seen)
        for key in fresh:
            (twice if key in seen else seen).add(key)
        if fresh and len(seen) == known:
            return rows, "a page came again in another's place", None, twice
        rows += len(fresh)
        if fresh:
            last = fresh[-1]
            # First: what is odd is not reached, else the next run went on behind it.
            landing = source.rows(page, overlap)
            if not twice and not source.odd:
                reached(Reached(rows, last))
            await emit(landing, len(fresh))
        total = page.total
        if reply.count is None:
            break
        short = len(page.keys) < reply.count
        enough = total is not None and rows >= max(total, told)
        if short and (enough or not fresh):
            break
        if not fresh:
            return rows, "pages of one record leave no room for an overlap", None, twice
        # A short page before the end happens: some answers are shorter than what was asked.
    if total is not None and rows < total:
        return rows, f"{total} records were announced and {rows} served", None, twice
    begun = f"begun at {earlier}, " if earlier else ""
    proof = f"walk: {rows} of {total}, {begun}{pages} pages, overlaps match"
    return rows, "", proof, twice
