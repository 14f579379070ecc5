"""The one thread that writes.

Readers hand over parts of slices; it commits them some twenty pages at a time, since many small
commits cost 10-25 times as much (docs/performance.md#choices-that-were-measured). Fewer where pages
are heavy, and at once where a reader waits for the room that they take.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec, TypeVar

import pyarrow as pa

from chimpline.extract.room import MEGABYTE, Claim, Room
from chimpline.load.contract import Commit, Destination, Forget, Load, Reopen, TableChange
from chimpline.message import Message
from chimpline.model import EXTRA, Deletes, SliceRecord, TableSchema
from chimpline.runs.work.thread import LoneThread, Silence

P = ParamSpec("P")
R = TypeVar("R")

COMMIT_PAGES = 20
WAITING_PAGES = 2 * COMMIT_PAGES
COMMIT_AFTER_S = 2.0
COMMIT_BYTES = 24 * MEGABYTE
"""Some twenty usual pages of members; fewer of heavy ones. DuckDB needs five times as much for a
commit (measured), and ends with an error where that is more than it may take."""
COMMIT_SHARE = 4
"""Of the room for pages, where that is less."""


@dataclasses.dataclass(slots=True)
class Part:
    """Rows, tombstones and ledger lines of one slice, or of a piece of it.

    `along`: it lands in the commit of the part before it.
    """

    table: TableSchema
    batches: Sequence[pa.RecordBatch] = ()
    tombstones: pa.Table | None = None
    slices: Sequence[SliceRecord] = ()
    reopen: Sequence[Reopen] = ()
    forget: Sequence[Forget] = ()
    pages: int = 1
    claims: Sequence[Claim] = ()
    along: bool = False

    @property
    def size(self) -> int:
        """Bytes of the room for pages that it holds."""
        return sum(claim.size for claim in self.claims)


class Writer:
    """Owns the destination while a run lasts: every call to it happens on one thread.

    `versions`: as of when what is changed of a table is kept as versions, where it is.
    """

    def __init__(
        self,
        destination: Destination,
        *,
        run_id: str,
        synced_at: dt.datetime,
        deletes: Deletes,
        on_commit: Callable[[Mapping[str, TableChange]], None],
        on_landed: Callable[[Sequence[SliceRecord], Mapping[str, int]], None] = lambda *_: None,
        commit_after_s: float = COMMIT_AFTER_S,
        on_silence: Callable[[Message], None] = lambda _: None,
        silence: Silence = Silence(),  # noqa: B008 - frozen
        room: Room | None = None,
    ) -> None:
        self.destination = destination
        self.room = room or Room()
        self.room.on_short = self.hurry
        self.versions: Mapping[str, dt.datetime] = {}
        self._run_id = run_id
        self._synced_at = synced_at
        self._deletes = deletes
        self._on_commit = on_commit
        self._on_landed = on_landed
        self._commit_after_s = commit_after_s
        self._thread = LoneThread(silence, on_silence)
        self._pending: list[Part] = []
        self._pages = 0
        self._bytes = 0
        self.commit_bytes = min(COMMIT_BYTES, self.room.limit // COMMIT_SHARE)
        self._changed = asyncio.Condition()
        self._put = self._done = 0
        self._failure: Exception | None = None
        self._urgent = self._stopping = False

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call something of the destination on the writing thread, after what is under way."""
        return await self._thread.do(lambda: function(*args, **kwargs))

    async def put(self, *parts: Part) -> None:
        """Hand over a part, or several of one commit; waits while too many pages wait already.

        Raises what made a commit fail: nothing can be landed any more.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._failure or self._pages < WAITING_PAGES)
            self.check()
            for place, part in enumerate(parts):
                part.along = place > 0
                self._pending.append(part)
                self._pages += part.pages
                self._bytes += part.size
                for claim in part.claims:
                    self.room.move(claim)
            self._put += len(parts)
            self._changed.notify_all()

    async def settled(self) -> None:
        """Wait until everything that was handed over is committed."""
        async with self._changed:
            mark = self._put
            self._urgent = True
            self._changed.notify_all()
            await self._changed.wait_for(lambda: self._failure or self._done >= mark)
            self.check()

    async def work(self) -> None:
        """Commit what comes, until `stop` and nothing waits any more, or a commit fails."""
        while not (self._stopping and not self._pending):
            async with self._changed:
                await self._changed.wait_for(lambda: self._pending or self._stopping)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        self._changed.wait_for(self._enough), self._commit_after_s
                    )
            try:
                await self._commit_pending()
            except Exception as error:  # noqa: BLE001 - told to whoever hands over next
                async with self._changed:
                    self._failure = error
                    self._let_go(self._pending)  # who waits for their room is told, too
                    self._pending.clear()
                    self._changed.notify_all()
                return

    async def hurry(self) -> None:
        """Commit what waits, though it is little: somebody waits for the room that it takes."""
        async with self._changed:
            self._changed.notify_all()

    async def stop(self) -> None:
        """Let `work` commit what waits and end."""
        async with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def check(self) -> None:
        """Raise what made a commit fail, if one did."""
        if self._failure is not None:
            raise self._failure

    def _enough(self) -> bool:
        if self._urgent or self._stopping or self.room.short:
            return True
        return self._pages >= COMMIT_PAGES or self._bytes >= self.commit_bytes

    async def _commit_pending(self) -> None:
        """One transaction of some pages; more where one part takes back another's line."""
        async with self._changed:
            waiting: list[Part] = []
            pages = size = 0
            while self._pending and (pages < COMMIT_PAGES or self._pending[0].along):
                along = self._pending[0].along
                if waiting and not along and size + self._pending[0].size > self.commit_bytes:
                    break
                waiting.append(self._pending.pop(0))
                pages += waiting[-1].pages
                size += waiting[-1].size
            self._pages -= pages
            self._bytes -= size
            self._urgent = self._urgent and bool(self._pending)
            self._changed.notify_all()  # there is room again
        try:
            for parts in _in_turn(waiting):
                commit = self._joined(parts)
                changes = await self.call(self.destination.commit, commit)
                self._on_commit(changes)
                self._on_landed(commit.slices, _extra(parts))
                del commit  # its memory is given back before its room is
                self._let_go(parts)
                async with self._changed:
                    self._done += len(parts)
                    self._changed.notify_all()
        finally:
            self._let_go(waiting)

    def _joined(self, parts: Sequence[Part]) -> Commit:
        loads: dict[str, Load] = {}
        for part in parts:
            name = part.table.name
            load = loads.get(name) or Load(part.table, versions=self.versions.get(name))
            tombstones = load.tombstones
            if part.tombstones is not None and part.tombstones.num_rows:
                tombstones = (
                    part.tombstones
                    if tombstones is None
                    else pa.concat_tables([tombstones, part.tombstones])
                )
            loads[name] = dataclasses.replace(
                load, batches=[*load.batches, *part.batches], tombstones=tombstones
            )
        return Commit(
            run_id=self._run_id,
            synced_at=self._synced_at,
            loads=[load for load in loads.values() if load.batches or load.tombstones is not None],
            slices=[line for part in parts for line in part.slices],
            deletes=self._deletes,
            reopen=[item for part in parts for item in part.reopen],
            forget=[item for part in parts for item in part.forget],
        )

    def _let_go(self, parts: Sequence[Part]) -> None:
        for part in parts:
            part.batches = ()
        pa.default_memory_pool().release_unused()
        for part in parts:
            for claim in part.claims:
                self.room.release(claim)

    async def keep_day(self, table: TableSchema, day: dt.date) -> None:
        """Keep what is landed of a table as the rows of this day."""
        await self.call(self.destination.keep_day, table, day)

    def close(self) -> None:
        """Leave the destination: a session that stayed open would hold its dataset."""
        self._thread.close(lambda: self.destination.__exit__(None, None, None))


def _in_turn(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts of each commit: in one, a line outlasts even a reopening handed over after it."""
    commits: list[list[Part]] = []
    for part in parts:
        lines = [line for earlier in commits[-1] for line in earlier.slices] if commits else []
        if not commits or (not part.along and any(_takes_back(part, line) for line in lines)):
            commits.append([])
        commits[-1].append(part)
    return commits


def _takes_back(part: Part, line: SliceRecord) -> bool:
    reopened = any(
        item.table_name == line.table_name and line.parent_key in item.parent_keys
        for item in part.reopen
    )
    return reopened or any(
        item.table_name == line.table_name
        and f"{line.parent_key}/".startswith(f"{item.parent_key}/")
        for item in part.forget
    )


def _extra(parts: Sequence[Part]) -> dict[str, int]:
    """Rows with something in `_extra`, by table."""
    found: dict[str, int] = {}
    for part in parts:
        for batch in part.batches:
            place = batch.schema.get_field_index(EXTRA)
            if place >= 0:
                rows = batch.num_rows - batch.column(place).null_count
                found[part.table.name] = found.get(part.table.name, 0) + rows
    return found
