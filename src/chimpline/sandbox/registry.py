"""A collection of the account in one place, and what follows from it.

A file of `tables/` states one: where it stands, what it lists, and what can happen to it. The
answers to the list and to a single record, the oddities of the records, the truth, and real paths
to try follow from that. Nothing here comes from the catalog.
"""

from __future__ import annotations

import copy
import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chimpline.sandbox.answers.answer import Page, Record, encode, paged
from chimpline.sandbox.answers.problems import not_found
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes.choose import audience_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import digest

Row = dict[str, Any]
Key = tuple[str, ...]
Variables = dict[str, str]
Route = Callable[[Account, Variables, Query], Page | Record]
Change = Callable[..., Row]
# What the variables of a path name, from the outside in; the account, where there are none.
Parents = tuple[Any, ...]


ORDINAL = "_ordinal"


def numbered(rows: Sequence[Row], key: Key) -> list[Row]:
    """Records without an id: those with one key are told apart by a number, in their own order."""
    met: Counter[Key] = Counter()
    ordinals = {}
    for place in sorted(range(len(rows)), key=lambda place: encode(rows[place])):
        own = tuple(str(rows[place].get(name, "")) for name in key)
        ordinals[place] = met[own]
        met[own] += 1
    return [{**row, ORDINAL: ordinals[place]} for place, row in enumerate(rows)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Collection:
    """One list of the account. `things` and `row` are given what its path names, in order.

    Below an audience that is `things(audience)` and `row(audience, thing)`; at the root of the API
    `things(account)` and `row(account, thing)`.
    """

    name: str
    path: str
    array: str = ""
    """The records of an answer stand under this name."""
    things: Callable[..., Sequence[Any]]
    """What is listed, as the model has it."""
    row: Callable[..., Row] = lambda *given: given[-1]
    """The record of one thing, as a complete replica asks for it: without `_links`."""
    key: Key = ("id",)
    """The fields that tell two records of one answer apart; the first one names it in a path."""
    times: tuple[str, ...] = ()
    """The columns that hold times, below objects as `opens__last_open`: `""` there is nothing."""
    below: Collection | None = None
    """Whose records the last variable of the path names."""
    record: str = ""
    """The variable that names a single record in its path; none: a record has no path."""
    links: str = ""
    """Which `_links` the records have; unless given, those that the path of a single one tells."""
    around: Callable[..., Row] | None = None
    """Further keys of an answer, beside the records; unless given, the ids in the path."""
    find: Callable[..., Any] | None = None
    """`find(*parents, text)`: the thing that a path names so; unless given, all are tried."""
    order: Callable[[Any], int] | None = None
    """Sorts the list where it has another order than the account."""
    sorts: Key = ()
    """The fields by which a request can have the list sorted."""
    narrow: Callable[[list[Any], Query], list[Any]] = lambda things, _: things
    """What the filters and the sorting of a request leave."""
    document: bool = False
    """The answer is no list, but the one record that `things` has; 404 where it has none."""
    rides: str = ""
    """The array in the records of `below` that these things are served in.

    Unless they have an `array` of their own as well, no path answers. The path says where they
    stand all the same: the variable of that record is in it.
    """
    pages: bool = True
    total: bool = True
    """False: its answer does not say how many there are."""
    listing: Route | None = None
    """Answers the list in a way of its own."""
    single: Route | None = None
    """Answers a single record in a way of its own."""
    changes: Mapping[str, Change] = dataclasses.field(default_factory=dict)
    """What can happen to its records, by name."""
    copied: Callable[..., bool] = lambda *_: True
    """Whether a table has what is listed below these parents; of others it is in another one."""
    table: bool = True
    """False: chimpline copies its records under another name, or not yet."""

    # Where it stands

    @property
    def variables(self) -> Key:
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def primary_key(self) -> Key:
        """Of the table: the ids in the path, then the own key."""
        return (*self.variables, *self.key)

    @property
    def linked(self) -> str:
        """`Lists/GrowthHistory`, of `/lists/{list_id}/growth-history`; none: there are no links."""
        if self.links or not self.record:
            return self.links
        parts = [part for part in self.path.split("/") if part and not part.startswith("{")]
        return "/".join(part.title().replace("-", "") for part in parts)

    @property
    def routes(self) -> dict[str, Route]:
        """What answers, by template."""
        if self.rides and not self.array:
            return {}
        answers = self._document if self.document else self._listing
        found: dict[str, Route] = {self.path: self.listing or answers}
        if self.record:
            found[f"{self.path}/{{{self.record}}}"] = self.single or self._single
        return found

    def parents(self, account: Account, variables: Variables) -> Parents:
        """What the path names. Raises `Problem` (404) where there is no such thing."""
        if self.below is None:
            return (account,)
        outer = self.below.parents(account, variables)
        return self._inner(outer, self.below.found(outer, variables[self.variables[-1]]))

    def everywhere(self, account: Account) -> Iterator[Parents]:
        """All that the path can name."""
        if self.below is None:
            yield (account,)
            return
        for outer in self.below.everywhere(account):
            for thing in self.below.things(*outer):
                yield self._inner(outer, thing)

    def _inner(self, outer: Parents, thing: Any) -> Parents:
        return (*outer, thing) if self.below and self.below.below else (thing,)

    def columns(self, parents: Parents) -> Row:
        """The columns that the path adds: the ids of what it names."""
        if self.below is None:
            return {}
        *outer, thing = parents
        own = _named(thing, self.below.key[0])
        return {**self.below.columns(tuple(outer)), self.variables[-1]: own}

    def found(self, parents: Parents, text: str) -> Any:
        """The thing that a path names so. Raises `Problem` (404) where there is none."""
        if self.find is not None:
            thing = self.find(*parents, text)
        else:
            like = (t for t in self.things(*parents) if text == str(self._own(parents, t)))
            thing = next(like, None)
        if thing is None:
            raise not_found()
        return thing

    def _own(self, parents: Parents, thing: Any) -> Any:
        return self.row(*parents, thing)[self.key[0]]

    def place(self, parents: Parents) -> str:
        """The path of the list, with the ids of what it names."""
        return self.path.format(**self.columns(parents))

    # What it answers

    def ids(self, parents: Parents) -> Key:
        """What the path names, as texts: the first parts of each key."""
        return tuple(map(str, self.columns(parents).values()))

    def shown(self, account: Account, ids: Key, row: Row) -> tuple[Key, Row]:
        """The key of a record as texts, the path's ids first; and the record, oddities and all."""
        own = ["" if row.get(name) is None else str(row[name]) for name in self.key]
        key = (*ids, *own)
        if account.oddities.touches(self.name, key):
            row = account.oddities.apply(self.name, key, copy.deepcopy(row))
        return key, row

    def record_of(self, account: Account, parents: Parents, thing: Any) -> Row:
        return self.shown(account, self.ids(parents), self.row(*parents, thing))[1]

    def page(self, parents: Parents, rows: Sequence[Any], total: int, offset: int) -> Page:
        """An answer with these records, of `total` in all."""
        return Page(
            self.array,
            rows,
            total if self.total else None,
            self.place(parents),
            self.linked,
            own=self.key[0],
            around=self.around(*parents) if self.around else self.columns(parents),
            offset=offset,
        )

    def _listing(self, account: Account, variables: Variables, query: Query) -> Page:
        parents = self.parents(account, variables)
        things: Sequence[Any] = self.things(*parents)
        if self.order is not None:
            things = sorted(things, key=self.order)
        things = self.narrow(list(things), query)
        if by := query.choice("sort_field", self.sorts):
            things.sort(key=lambda t: str(self.row(*parents, t)[by]), reverse=query.descending)
        stretch = paged(query, things) if self.pages else things
        ids = self.ids(parents)
        rows = [self.shown(account, ids, self.row(*parents, thing))[1] for thing in stretch]
        if ORDINAL in self.key:  # which is no field of a record
            rows = [{name: row[name] for name in row if name != ORDINAL} for row in rows]
        return self.page(parents, rows, len(things), query.offset if self.pages else 0)

    def _document(self, account: Account, variables: Variables, _query: Query) -> Record:
        parents = self.parents(account, variables)
        for thing in self.things(*parents):
            row = self.record_of(account, parents, thing)
            return Record(row, self.linked, self.place(parents))
        raise not_found()

    def _single(self, account: Account, variables: Variables, _query: Query) -> Record:
        parents = self.parents(account, variables)
        thing = self.found(parents, variables[self.record])
        row = self.row(*parents, thing)
        path = f"{self.place(parents)}/{row[self.key[0]]}"
        return Record(self.shown(account, self.ids(parents), row)[1], self.linked, path)

    # What is true of it

    def records(self, account: Account) -> Iterator[tuple[Key, Row, Row]]:
        """(key, record, the columns that the path adds) of all there is.

        What is absent from a key is `""`.
        """
        for parents in self.everywhere(account):
            columns, ids = self.columns(parents), self.ids(parents)
            for thing in self.things(*parents) if self.copied(*parents) else ():
                row = self.row(*parents, thing)
                absent = {name: "" for name in self.key if row.get(name) is None}
                yield *self.shown(account, ids, row | absent if absent else row), columns

    def samples(self, account: Account) -> dict[str, list[str]]:
        """Real paths, by template: of the list, and of single records where they have one."""
        if self.rides and not self.array:
            return {}
        places = list(self.everywhere(account))
        there = (p for p in places if not self.document or self.things(*p))
        found = {self.path: [self.place(parents) for parents in there]}
        if self.record:
            found[f"{self.path}/{{{self.record}}}"] = [
                f"{self.place(parents)}/{self._own(parents, thing)}"
                for parents in places
                for thing in self.things(*parents)
            ]
        return found


def _named(thing: Any, name: str) -> Any:
    """The id of a thing; a text is its own."""
    if isinstance(thing, str):
        return thing
    return thing[name] if isinstance(thing, dict) else getattr(thing, name)


FIRST = 2
"""So many records of a plain collection are there from the beginning, in each place."""


def plain(
    thing: str,
    make: Callable[..., Row],
    *,
    name: str,
    edited: Callable[[Account, Row], None] | None = None,
    deleted: Callable[[Account, Row], None] = lambda *_: None,
    **stated: Any,
) -> Collection:
    """A collection whose records the account keeps as they are: no model has them.

    It is at the root, or `below` audiences. `make(id, number)`, or `make(audience, id, number)`: a
    record of it, with an id made from the seed. It has the changes `create_<thing>` and
    `delete_<thing>`, of the newest one; `deleted` is told which that was. With `edited`, which
    does it, it has `edit_<thing>` of the newest one as well.
    """

    def things(whose: Account | Audience) -> list[Row]:
        account, place, _ = _place(whose)
        if place not in account.records:
            account.records[place] = [one(whose, number) for number in range(FIRST)]
        return account.records[place]

    def _place(whose: Account | Audience) -> tuple[Account, str, tuple[Any, ...]]:
        if isinstance(whose, Account):
            return whose, name, ()
        return whose.account, f"{name} {whose.id}", (whose,)

    def one(whose: Account | Audience, number: int) -> Row:
        account, _, above = _place(whose)
        of = (audience.id for audience in above)
        return make(*above, digest(account.options.seed, thing, *of, number)[:10], number)

    def newest(whose: Account | Audience) -> Row:
        if not things(whose):
            raise ValueError(f"The account has no {thing}.")
        return things(whose)[-1]

    def create(account: Account, whose: Account | Audience) -> Row:
        account.made += 1
        things(whose).append(one(whose, FIRST + account.made))
        return things(whose)[-1]

    def edit(account: Account, whose: Account | Audience) -> Row:
        found = newest(whose)
        account.made += 1
        if edited is not None:
            edited(account, found)
        return found

    def delete(account: Account, whose: Account | Audience) -> Row:
        gone = newest(whose)
        things(whose).remove(gone)
        deleted(account, gone)
        return gone

    def change(happens: Callable[[Account, Any], Row]) -> Change:
        if stated.get("below") is None:
            return lambda account: happens(account, account)
        return lambda account, list_id=None: happens(account, audience_for(account, list_id))

    changes = {f"create_{thing}": change(create), f"delete_{thing}": change(delete)}
    if edited is not None:
        changes[f"edit_{thing}"] = change(edit)
    return Collection(name=name, things=things, changes=changes, **stated)
