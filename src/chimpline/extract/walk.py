"""Reading a collection by offset, so that a shift is noticed.

Pages overlap by one record whose key must match: a record that leaves the result while we read
moves all later ones one place up, and without the overlap the first of the next page would never be
served (FACTS 3). A walk ends on a short page with at least `total_items` received, else reads on
until an answer brings nothing more. It is proven when every overlap matched, the total held and no
key came twice; otherwise it is read again, and after `ATTEMPTS` reported unproven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chimpline.extract.source import NONE, Emit, Found, Source

ATTEMPTS = 3


async def walk(
    source: Source,
    emit: Emit,
    filters: Mapping[str, str] = NONE,
    begin: Callable[[], None] = lambda: None,
) -> Found:
    """Read the whole collection that `filters` leave, emitting pages as they come.

    An attempt that shifted has emitted rows that are true all the same; repeating them is harmless.
    `begin` is called before each attempt: only what the last one meets is known to be there.
    """
    before = source.requests
    rows, trouble = 0, ""
    for _ in range(ATTEMPTS):
        begin()
        rows, trouble, proof = await _attempt(source, emit, filters)
        if proof:
            return Found(rows, source.requests - before, proof)
    return Found(rows, source.requests - before, None, trouble)


async def _attempt(
    source: Source, emit: Emit, filters: Mapping[str, str]
) -> tuple[int, str, str | None]:
    seen: set[Any] = set()
    last: Any = None
    offset = pages = 0
    total: int | None = None
    while True:
        reply = await source.page(offset, filters)
        page, pages = reply.value, pages + 1
        overlap = 1 if seen else 0
        if overlap and (not page.keys or page.keys[0] != last):
            return len(seen), "the collection shifted while it was read", None
        fresh = page.keys[overlap:]
        known = len(seen)
        seen.update(fresh)
        if fresh:
            await emit(source.rows(page, overlap), len(fresh))
        if len(seen) < known + len(fresh):
            return len(seen), "a record came twice", None
        total = page.total
        if reply.count is None:
            break
        short = len(page.keys) < reply.count
        enough = total is not None and len(seen) >= total
        if short and (enough or not fresh):
            break
        if not fresh:
            return len(seen), "pages of one record leave no room for an overlap", None
        # A short page before the end happens: some answers are shorter than what was asked.
        offset = len(seen) - 1
        last = page.keys[-1] if page.keys else None
    if total is not None and len(seen) < total:
        return len(seen), f"{total} records were announced and {len(seen)} served", None
    return len(seen), "", f"walk: {len(seen)} of {total}, {pages} pages, overlaps match"
