"""The language of the catalog: what a row says of its table.

A row states decisions: name, path, own key, how it is read, its gate. `table.py` has the rest.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

ORDINAL = "_ordinal"
DAILY = dt.timedelta(days=1)
"""How often what people seldom change is read, where no gate tells whether they did (`T.every`)."""
HOURLY = dt.timedelta(hours=1)
"""How often what changes without a sign is read, though a pipeline may run every few minutes."""

SLACK = dt.timedelta(minutes=10)
"""A schedule may begin a run some seconds earlier than the day before; that is not too early."""


def due_after(every: dt.timedelta) -> dt.timedelta:
    """From how long after its last read on something is due that is read so often."""
    return every - min(every / 10, SLACK)


@dataclasses.dataclass(frozen=True, slots=True)
class Changed:
    """The cursor moves at every change of the record: only what changed needs to be read."""

    cursor: str


@dataclasses.dataclass(frozen=True, slots=True)
class Refresh:
    """No filter tells what changed: read whole. `shown` is a cursor that users know, unused."""

    shown: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Document(Refresh):
    """No list: the answer is the record itself, and where it is 404, there is none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Events:
    """An append-only log for each parent; `cursor` is the time of the event."""

    cursor: str


@dataclasses.dataclass(frozen=True, slots=True)
class Riding:
    """The rows ride in the records of the table `host`, as items of `array`: no request of its own.

    Items that have nothing of their own to tell them apart have the ordinal at the end of the key.
    """

    host: str
    array: str


Reading = Changed | Refresh | Events | Riding


@dataclasses.dataclass(frozen=True, slots=True)
class Gate:
    """Which columns of a parent's row move when the records below that row have news.

    `of`: the table right above. `columns`: names of its columns; a name that ends in `__` means all
    columns of that object, and whatever else is sent inside it. `holds`: tells of a parent's row,
    as it was sent, whether its columns say enough; below any other row every run reads, or as often
    as `otherwise` says. `audience`: a change of any member of the audience is news as well.
    `complete`: after how long there is news whatever the columns say, where that is sooner than for
    all tables. `among`: tells of a parent's row, as it was sent, whether the table has anything of
    it; None: of each.
    """

    of: str
    columns: tuple[str, ...]
    holds: Callable[[Mapping[str, Any]], bool] = lambda _: True
    otherwise: dt.timedelta | None = None
    audience: bool = False
    complete: dt.timedelta | None = None
    among: Callable[[Mapping[str, Any]], bool] | None = None

    def watches(self, column: str) -> bool:
        """Whether a column is one of those that move."""
        return any(
            column.startswith(name) if name.endswith("__") else column == name
            for name in self.columns
        )


@dataclasses.dataclass(frozen=True, slots=True)
class T:
    """One row of the catalog.

    `key`: the own key, without the path's variables; with `ORDINAL` at its end, the records have no
    id, and those that are equal in the rest of the key are numbered. `ask`: the questions whose
    answers together are the table, as query strings. `params`: sent with every request. `unnest`:
    the array inside a record whose items are the rows; of what rides it follows from `reading`.
    `gate`: what of the parent's row tells whether there is news; `misses`: which records come,
    change or go without moving it, for users.
    `expects`: the parent's columns whose sum is the number of records; without them a slice counts
    as one page, and its progress has no total. `keeps`: columns of its own rows that runs ask for
    besides those that the gates and `expects` of other rows name. `silent`: fields that change
    without moving the cursor or the gate; they are as of the last complete read (of the campaign,
    where there is a gate). `undercounts`: `total_items` can be lower than what is served, so that
    it proves nothing. `stands_in`: the field whose value is the key of a person who has none yet
    (no e-mail address), with `contact:` before it. `person`: of a table of people whose columns
    have names of their own, which of them is what others call `email_address`, `email_id` and so
    on. `digests`: columns that are made of another one so that a list of guesses finds it (column:
    of which). `called`: the column that names what a row is about. `every`: how often it is read
    where its pipeline runs more often, and a user says nothing else; None: by every run. `off`: why
    the table is copied only where it is named, as the kind of a message; empty: it is one of those
    copied unless others are named. `about`: what the table holds, in a sentence or two, for users.
    `check` says what else has to be true of a row.
    """

    name: str
    path: str
    key: str | tuple[str, ...]
    reading: Reading
    ask: tuple[str, ...] = ("",)
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    unnest: str | None = None
    gate: Gate | None = None
    misses: str = ""
    expects: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    undercounts: bool = False
    stands_in: str | None = None
    person: Mapping[str, str] = dataclasses.field(default_factory=dict)
    digests: Mapping[str, str] = dataclasses.field(default_factory=dict)
    called: str | None = None
    every: dt.timedelta | None = None
    off: str = ""
    about: str = ""
