"""Reading a collection by its cursor instead of by offset: offset stays 0 however deep one reads.

Every page asks `(since, until]` from the last second seen, less one, so that the second in which a
page was cut is read whole by the next. A record that changes meanwhile leaves the window and is met
in the next run's; it shifts nothing (drawn in docs/mailchimp-facts.md#reading-by-time). A second
that holds more than a page (bulk imports) is walked by offset inside that second.

A page is proven by itself: in order, inside its window, no key twice. Over the pages, what was read
and what is left must stay the same sum. Where it does not, or where a page was shorter than both
what was asked and what is left, the window's count is asked once more and must not exceed what was
read.

A record that shows no readable cursor, or shares its key with another one of its page, is landed
and counted among the slice's `Oddities`: then the window is read to its end, and not proven.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from chimpline.extract.ahead import Help
from chimpline.extract.decode.decoder import Page
from chimpline.extract.decode.oddities import Reason, listed
from chimpline.extract.source import Emit, Found, Source, instant, parse_instant
from chimpline.extract.walk import walk
from chimpline.message import Message
from chimpline.model import LAST_SECOND, Window, second_before

ATTEMPTS = 3
SECOND = dt.timedelta(seconds=1)
SHARE_ABOVE_PAGES = 2
"""A rest of fewer pages is not worth another reader: splitting costs up to a page."""


@dataclasses.dataclass(slots=True)
class Split:
    """How a reader shares its window: `wanted` tells whether to, `fork` hands over.

    `wanted` is told how many records are left; `fork` takes the upper part, which becomes a slice
    of its own. `help_`: further readers inside one second, which cannot be cut in two.
    """

    wanted: Callable[[int], bool]
    fork: Callable[[Window], None]
    help_: Help | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Sought:
    """What a seek came to: `window` is what it read, less what it forked off."""

    found: Found
    window: Window


class _Anomaly(Exception):
    """An answer that a sound server does not give."""

    def __init__(self, said: Message) -> None:
        super().__init__(said)
        self.said = said


async def seek(source: Source, window: Window, emit: Emit, split: Split | None = None) -> Sought:
    """Read all records whose cursor lies in `window`."""
    before = source.requests
    reader = _Reader(source, window, emit, split)
    trouble: Message | None = None
    failed, begun = 0, 1
    while failed < ATTEMPTS and begun <= ATTEMPTS:
        reader.advanced = False
        try:
            proof = await reader.read()
        except _Anomaly as anomaly:
            trouble = anomaly.said
            # Of a long window any page may lie: only one that does so again and again is given up.
            failed = 1 if reader.advanced else failed + 1
            begun += reader.over
            continue
        found = source.found(reader.rows, source.requests - before, proof)
        return Sought(found, Window(window.since, reader.until))
    rows = reader.rows
    if not reader.over:
        # What cannot be proven is landed all the same, as far as it is served at all.
        rest = await walk(source, emit, reader.filters(reader.since, reader.until))
        rows += rest.rows
    found = Found(rows, source.requests - before, None, trouble)
    return Sought(found, Window(window.since, reader.until))


class _Reader:
    def __init__(self, source: Source, window: Window, emit: Emit, split: Split | None) -> None:
        self.source = source
        self.start = window.since
        self.since = window.since
        self.until = window.until
        self.emit = emit
        self.split = split
        self.rows = 0
        self.advanced = False
        self.sank = False
        self.over = False
        self.promised: int | None = None
        self.doubted: set[tuple[Reason, Any]] = set()

    def filters(self, since: dt.datetime | None, until: dt.datetime) -> dict[str, str]:
        cursor = self.source.table.replication_key
        asked = {"sort_field": f"{cursor}", "sort_dir": "ASC"}
        if until < LAST_SECOND or since is None:  # without both, records without a time came too
            asked[f"before_{cursor}"] = instant(until)
        if since is not None:
            asked[f"since_{cursor}"] = instant(since)
        return asked

    async def read(self) -> str:
        """Go on from where the last attempt stopped; the rule that proves the window."""
        pages = 0
        if self.over:
            self.source.odd.clear()
            self.rows, self.since = 0, self.start
            self.sank, self.promised, self.over = False, None, False
        while True:
            reply = await self.source.page(filters=self.filters(self.since, self.until))
            page, pages = reply.value, pages + 1
            times = self._check(page)
            total = page.total or 0
            if self.promised is not None and self.rows + total != self.promised:
                self.sank = True
            self.promised = self.rows + total
            if len(page.keys) < min(total, reply.count or 0):
                self.sank = True
            if len(page.keys) == total:
                if page.keys:
                    await self.emit(self.source.rows(page), len(page.keys))
                    self.rows += len(page.keys)
                break
            seconds = [time and time.replace(microsecond=0) for time in times]
            last = next(time for time in reversed(seconds) if time is not None)
            cut = seconds.index(last)
            if self.since is not None and last <= self.since:
                raise _Anomaly(Message.of("read-no-further", time=instant(last)))
            further = self.since is None or last - SECOND > self.since
            if None in times:
                # Where the next page begins, nobody can say of those without a time.
                await self.emit(self.source.rows(page, cut if further else 0), 0)
            if cut and further:
                await self.emit(self.source.rows(page, 0, cut), cut)
                self.rows += cut
                self.since = last - SECOND
            else:
                # What stands before `last` lies in its second too, and is read with it.
                await self._second(last)
                self.since = last
            self.advanced = True
            if self.since >= self.until:
                break
            self._share(self.since, total - len(page.keys), reply.count or 1)
            del reply, page  # their memory, while the next is on its way
        proof = f"seek: {self.rows} rows, {pages} pages, each in order and full"
        if self.sank:
            left = await self.source.total(self.filters(self.start, self.until))
            if left is None or left > self.rows:
                # Start over: what was read stays, repeating it is harmless.
                rows, self.over = self.rows, True
                if left is None:
                    raise _Anomaly(Message("read-uncounted"))
                raise _Anomaly(Message.of("read-fewer-in-window", left=left, served=rows))
            proof += f"; {left} left there at the end"
        return proof

    def _check(self, page: Page) -> list[dt.datetime | None]:
        """The cursor of each record, once the page is known to be the one that was asked for.

        None where a record shows none that can be read.
        """
        cursor = self.source.table.replication_key
        if len(page.times) != len(page.keys):
            raise _Anomaly(Message.of("read-no-cursor", cursor=cursor))
        times = [_readable(time) for time in page.times]
        told = [time for time in times if time is not None]
        if astray := self.source.astray(page):
            raise _Anomaly(astray)
        if page.total is None:
            raise _Anomaly(Message("read-unannounced"))
        if len(page.keys) > page.total:
            facts = {"served": len(page.keys), "announced": page.total}
            raise _Anomaly(Message.of("read-more", **facts))
        if not page.keys and page.total:
            raise _Anomaly(Message.of("read-empty-page", announced=page.total))
        if told != sorted(told):
            raise _Anomaly(Message.of("read-out-of-order", cursor=cursor))
        if told and (told[-1] > self.until or (self.since and told[0] <= self.since)):
            raise _Anomaly(Message("read-outside-window"))
        if not told and len(page.keys) < page.total:
            raise _Anomaly(Message.of("read-no-time", cursor=cursor))
        self._note(page, times)
        return times

    def _note(self, page: Page, times: list[dt.datetime | None]) -> None:
        """Take down what is odd about a page, once a second look has shown the same."""
        found = [
            (Reason.TWICE, key) for key, met in collections.Counter(page.keys).items() if met > 1
        ]
        found += [
            (Reason.NO_CURSOR, key)
            for place, (key, time) in enumerate(zip(page.keys, times, strict=True))
            if time is None and place not in page.odd
        ]
        if not self.doubted.issuperset(found):
            self.doubted.update(found)
            doubt = listed(reason.of(1) for reason, _ in found)
            if doubt is not None:
                raise _Anomaly(doubt)
        for reason, key in found:
            self.source.odd.note(reason, self.source.decoder.shown(key))

    async def _second(self, second: dt.datetime) -> None:
        """All records of one second, which fill more than a page."""
        help_ = self.split.help_ if self.split else None
        filters = self.filters(second_before(second), second)
        found = await walk(self.source, self.emit, filters, help_=help_)
        if found.proof is None and not found.odd:
            raise _Anomaly(Message.of("read-within", time=instant(second), why=found.trouble))
        self.rows += found.rows

    def _share(self, since: dt.datetime, left: int, count: int) -> None:
        """Hand the upper half of the rest to another reader, where that is wanted."""
        if self.split is None or left <= SHARE_ABOVE_PAGES * count or not self.split.wanted(left):
            return
        middle = (since + (self.until - since) / 2).replace(microsecond=0)
        if since < middle < self.until:
            upper = Window(middle, self.until)
            self.until = middle
            self.promised = None
            self.split.fork(upper)


def _readable(time: str | None) -> dt.datetime | None:
    try:
        return parse_instant(time) if time else None
    except ValueError:
        return None
