"""The tree of tables that is walked down from its roots, and what is decided of each slice in it.

Whoever asks an account walks the same tree (a run, a dry run, a reconciliation, a discovery, the
check of a connection), each in its own way; what a run reads of it is decided here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Collection, Iterable, Iterator, Mapping

from chimpline.catalog.row import Changed, Events, Gate, due_after
from chimpline.catalog.table import Table
from chimpline.catalog.tables import descendants
from chimpline.evidence import Definitions, left_out, told_records
from chimpline.extract.plan import (
    Row,
    activity_of,
    audience_of,
    definitions_changed,
    expected_rows,
    gate_moved,
    in_activity_window,
)
from chimpline.message import Message
from chimpline.model import SliceRecord, parent_key
from chimpline.runs.request import RunRequest
from chimpline.state.bookmarks import COMPLETE, Bookmarks


@dataclasses.dataclass(frozen=True, slots=True)
class Parent:
    """What a slice lies below: the parent's key, its row, and the audience that both are of."""

    values: tuple[str, ...]
    row: Row
    audience: str | None

    @property
    def key(self) -> str:
        return parent_key(self.values)


class Tree:
    """The tables that are walked, as they hang together.

    `tables`: the catalog as chosen. `walked`: the names of those that are asked for. `landed`: of
    those whose own rows are wanted; the others are walked for what hangs below them. `refused`: why
    Mailchimp does not let a table be read, by name.
    """

    def __init__(
        self, tables: Mapping[str, Table], walked: Collection[str], landed: Collection[str]
    ) -> None:
        self.tables = tables
        self.walked = [table for table in tables.values() if table.name in walked]
        self.landed = frozenset(landed)
        self.refused: dict[str, Message] = {}
        asked = [table for table in self.walked if table.host is None]
        self.roots = [table for table in asked if table.parent is None]
        self._below: dict[str, list[Table]] = {table.name: [] for table in self.walked}
        for table in asked:
            if table.parent is not None and table.parent.name in self._below:
                self._below[table.parent.name].append(table)

    def children(self, table: Table) -> list[Table]:
        """The tables right below this one that are walked."""
        return self._below.get(table.name, [])

    def riders(self, table: Table) -> list[Table]:
        """The tables that are walked along with this one, whose records their rows ride in."""
        riders = (one for one in self.walked if one.host is not None)
        return [one for one in riders if one.host and one.host.name == table.name]

    def landing(self, table: Table) -> list[Table]:
        """Those of it and of its riders whose rows are wanted."""
        return [one for one in (table, *self.riders(table)) if one.name in self.landed]

    def holds(self, table: Table) -> bool:
        """Whether tables that are walked hang below this one."""
        return bool(self.children(table))

    def refuse(self, table: Table, why: Message) -> None:
        """Leave a table out, and those below it, which cannot be listed without it."""
        self.refused[table.name] = why
        for below in descendants(table, self.tables):
            self.refused[below.name] = Message.of("refused-above", above=table.name, why=why)

    def parents(
        self, table: Table, rows: Iterable[Row], above: Parent | None = None
    ) -> Iterator[Parent]:
        """The rows of a slice as what other slices lie below; `above`: what it lies below itself.

        The path's variables are in the rows, so that their key is that of the whole way down.
        """
        for row in rows:
            values = tuple(str(row[name]) for name in table.offered.primary_key)
            audience = audience_of(table, row) or (above.audience if above else None)
            yield Parent(values, row, audience)


class Why(enum.Enum):
    """Why a slice is read, in the ledger's words; `kind` is how messages name it."""

    EVERY_RUN = "nothing tells whether there is news"
    HOLDS = "other tables that are read hang below it; of members, all are listed then"
    FULL_REFRESH = "a full refresh is asked for"
    REPAIR = "it is repaired"
    REOPENED = "it may hold members that this run buried"
    UNPROVEN = "rows of it are landed, and it is not proven that these are all"
    NEW = "nothing of it is proven"
    MOVED = "its parent's row has moved since"
    DUE = "the last complete read is too long ago"
    EARLIER_START = "the start date reaches further back than what was read"
    ASKED = "it is read by every run, as the settings say"
    OPEN = "what it holds can change without a trace"
    SEEN_EMPTY = "it was found empty, though its parent tells of records"
    AUDIENCE = "members of its audience have changed since"
    DEFINED = "its merge fields, interests or tags have changed"
    ALONE = "what rides in its records was not read along"
    UNCOUNTED = "its members could not be counted"
    COUNTS_DIFFER = "the counts differ, and finding the difference would take as long"
    CHANGES = "members are read whole already: only those that changed"

    @property
    def kind(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """A slice is read. `expected`: how many records it will hold, as far as its parent tells.

    `begun`: the lines of a stopped read, of each table that is landed of it, where what it landed
    may be built upon.
    """

    why: Why
    expected: int | None = None
    begun: tuple[SliceRecord, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Leave:
    """A slice stays as it is: it is not `wanted`, or refused; or its gate tells of no news.

    `left_out`: how many rows the start date kept out when it was read.
    """

    wanted: bool
    left_out: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class LeftOut:
    """A slice lies outside the activity window, with so many rows."""

    rows: int


@dataclasses.dataclass(frozen=True, slots=True)
class IfMoved:
    """A slice is read if members of its audience changed after it was `proven`, less the lookback.

    Else it stays. `rests`: nothing tells of all that changes in it, and it is not due.
    """

    read: Read
    proven: dt.datetime
    rests: bool = False


Decision = Read | Leave | LeftOut | IfMoved


def decide(
    child: Table,
    above: Parent,
    books: Bookmarks,
    request: RunRequest,
    *,
    tree: Tree,
    now: dt.datetime,
    reopened: bool = False,
) -> Decision:
    """What a run does with the slice of `child` below one row of its parent.

    `now`: the horizon. `reopened`: whether this run buried members that the slice may hold.
    """
    holds = tree.holds(child)
    wanted = child.takes(above.row) and request.wants(child.name, above.key, holds=holds)
    if child.name in tree.refused or not wanted:
        return Leave(wanted=False)
    expected = expected_rows(child, above.row)
    if isinstance(child.reading, Changed):
        if child.name not in tree.landed or not request.wants(child.name, above.key):
            return Read(Why.HOLDS, expected)
        why = why_members(child, above.key, books, request, now=now, riders=tree.riders(child))
        return Read(why, expected)
    if child.row.gate is None:
        return Read(Why.EVERY_RUN, expected)
    if isinstance(child.reading, Events) and not _in_window(child, above, books, request, now):
        return LeftOut(activity_of(above.row))
    if holds:
        # Only its rows tell what is there to be read below them. They are needed whole, so that
        # nothing is built upon what a stopped run has read of them.
        return Read(Why.HOLDS, expected)
    found = [
        _gated(child.row.gate, one, above, books, request, now=now, reopened=reopened)
        for one in tree.landing(child) or [child]
    ]
    reads = [one for one in found if isinstance(one, Read)]
    if not reads:
        return found[0]
    # What one of them needs is read for all; a part is built upon where all of them have it.
    whole = len(reads) == len(found) and all(one.begun for one in reads)
    begun = tuple(line for one in reads for line in one.begun) if whole else ()
    return dataclasses.replace(reads[0], begun=begun)


def _anew(request: RunRequest) -> Why | None:
    """Why everything that is wanted is read, whatever is proven of it."""
    if request.full_refresh:
        return Why.FULL_REFRESH
    return Why.REPAIR if request.reread is not None else None


def why_members(
    child: Table,
    key: str,
    books: Bookmarks,
    request: RunRequest,
    *,
    now: dt.datetime,
    defined: Definitions | None = None,
    riders: Iterable[Table] = (),
) -> Why:
    """Why an audience is read: whole, or only its changes."""
    last = books.latest(child.name, key, COMPLETE)
    apart = alone(books, child, key, riders)
    why = why_whole(request, last, now=now, defined=defined, alone=apart)
    if why is None and last is not None and _before(request.floor, last.since):
        return Why.EARLIER_START
    return why or Why.CHANGES


def alone(books: Bookmarks, table: Table, key: str, riders: Iterable[Table]) -> bool:
    """Whether anything is proven of a slice beside which a rider has no such line."""

    def proven(name: str) -> set[tuple[object, ...]]:
        asks = (*table.row.ask, COMPLETE)
        lines = (line for ask in asks for line in books.proven(name, key, ask))
        return {(line.ask, line.since, line.until) for line in lines}

    return any(proven(table.name) - proven(rider.name) for rider in riders)


def why_whole(
    request: RunRequest,
    last: SliceRecord | None,
    *,
    now: dt.datetime,
    begun: Iterable[SliceRecord] = (),
    defined: Definitions | None = None,
    alone: bool = False,
) -> Why | None:
    """Why all members of an audience must be read; None where changes suffice.

    `last`: of its last complete read. `begun`: what a first read that was stopped left behind,
    which the next one goes on from (`NEW`) if it was read under these definitions. `defined`: what
    shapes its rows now (`extract.plan.definitions`); None where that is not known. `alone`: whether
    it was read without what rides in its records.
    """
    if (anew := _anew(request)) is not None:
        return anew
    if alone:
        return Why.ALONE
    if last is None:
        others = defined is not None and any(
            definitions_changed(line.evidence, defined) for line in begun
        )
        return Why.DEFINED if others else Why.NEW
    if now - last.until >= request.complete_read_every:
        return Why.DUE
    if defined is not None and definitions_changed(last.evidence, defined):
        return Why.DEFINED
    return None


def _in_window(
    child: Table, above: Parent, books: Bookmarks, request: RunRequest, now: dt.datetime
) -> bool:
    if in_activity_window(above.row, request.activity_window_days, now):
        return True
    return above.key in books.parents(child.name) and not request.activity_window_strict


def _gated(
    by: Gate,
    child: Table,
    above: Parent,
    books: Bookmarks,
    request: RunRequest,
    *,
    now: dt.datetime,
    reopened: bool,
) -> Decision:
    """Read a slice where its parent's row moved, or where its turn has come."""
    expected = expected_rows(child, above.row)
    anew = Why.REOPENED if reopened else _anew(request)
    if anew is None and by.audience and request.segments_every_run:
        anew = Why.ASKED
    begun = books.unfinished(child.name, above.key)
    if begun is not None:
        # It has landed rows under another gate than the one that was proven before.
        fresh = now - begun.until < request.complete_read_every
        return Read(anew or Why.UNPROVEN, expected, (begun,) if fresh and anew is None else ())
    known = books.latest(child.name, above.key)
    if anew is not None or known is None:
        return Read(anew or Why.NEW, expected)
    if gate_moved(by, known.evidence, above.row):
        return Read(Why.MOVED, expected)
    age, untold = now - known.until, _untold(by, known, above)
    if age >= min(request.complete_read_every, due_after(by.complete or dt.timedelta.max)):
        return Read(Why.DUE, expected)
    if isinstance(child.reading, Events) and _before(request.floor, known.since):
        return Read(Why.EARLIER_START, expected)
    rests = untold is Why.OPEN and age < due_after(by.otherwise or dt.timedelta())
    if untold is not None and not rests:
        return Read(untold, expected)
    if by.audience:
        return IfMoved(Read(Why.AUDIENCE, expected), known.until, rests)
    return Leave(wanted=True, left_out=left_out(known.evidence))


def _untold(by: Gate, known: SliceRecord, above: Parent) -> Why | None:
    """Why its parent's row does not tell whether a slice has news."""
    if known.rows == 0 and told_records(known.evidence) not in (None, (None,), (0,)):
        # Its parent's row may be wrong for ever, or a whole run was answered with nobody.
        return Why.SEEN_EMPTY
    if not by.holds(above.row):
        return Why.OPEN
    return None


def _before(floor: dt.datetime | None, known: dt.datetime | None) -> bool:
    """Whether a start date reaches further back than what was read."""
    return known is not None and (floor is None or floor < known)
