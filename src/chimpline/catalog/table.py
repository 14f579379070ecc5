"""A row of the catalog, and what is derived from it.

A row states decisions: name, path, own key, how it is read, its gate. What the specification states
(parent, record array, columns, types, filters) is derived, by rules short enough to say aloud:

- the *parent* is the table at the path up to its last variable;
- the *primary key* is the path's variables and the row's own key;
- the *record's key* is the whole own key; for events, whose record is the recipient, its first
  field; of records without an id, all of it but the ordinal;
- the *record array* is the one array in the answer;
- where an answer names the next one (`next_cursor`), pages are asked for one after the other;
- a table that *rides* in another's records has that one's path, parent and gate; its rows are the
  items of an array in each record, and their key is the record's whole key and their own;
- a *column* is a leaf of the record's fixed objects, its names joined by `__`; arrays and objects
  with names of their own are JSON; an event's columns keep their own names.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from chimpline.catalog.digest import Endpoint, Shape, endpoints
from chimpline.catalog.row import (
    ORDINAL,
    Changed,
    Document,
    Events,
    Gate,
    Reading,
    Refresh,
    Riding,
    T,
)
from chimpline.catalog.selection import ALL, TableSelection
from chimpline.model import EXTRA, Column, ColumnType, TableSchema

NEXT, AFTER = "cursor", "next_cursor"
"""The parameter that asks for a next page, and the field of the answer before that names it."""

UPDATED = "updated_since"
"""The parameter by which such a list tells what was updated while it was read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """Where a column comes from: the names that lead to it inside a record (or inside an event)."""

    column: Column
    source: tuple[str, ...]
    in_event: bool = False


@dataclasses.dataclass(frozen=True)
class Table:
    """A row with everything that follows from it, and what a user chose of it.

    `asked`: the columns of its rows that the rest of a run asks for, but for tables that are off.
    `watched`: the columns that the gates of its children name, as they name them; `wanted`: the
    gates of those that are copied unless others are named. `host`: the table whose records its rows
    ride in, if they do.
    """

    row: T
    endpoint: Endpoint
    parent: Table | None
    selection: TableSelection = ALL
    asked: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    host: Table | None = None

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def path(self) -> str:
        return self.row.path

    @property
    def above(self) -> Table | None:
        """The table that its rows hang below: its host or its parent."""
        return self.host or self.parent

    @property
    def reading(self) -> Reading:
        return self.row.reading

    @property
    def is_document(self) -> bool:
        """Whether the answer is one record, and no list."""
        return isinstance(self.reading, Document)

    @functools.cached_property
    def variables(self) -> tuple[str, ...]:
        """Names of the path's variables, which are key columns."""
        return tuple(re.findall(r"{(\w+)}", self.row.path))

    @functools.cached_property
    def own_key(self) -> tuple[str, ...]:
        own = (self.row.key,) if isinstance(self.row.key, str) else self.row.key
        return (self._host_column, *own) if self.host else own

    @property
    def item_key(self) -> tuple[str, ...]:
        """What tells the items of one record's array apart, where they are the rows."""
        return self.own_key[1:] if self.row.unnest else ()

    @property
    def _host_column(self) -> str:
        """The column that names the record: a bare `id` is called as in paths (`order_id`)."""
        name = self.host.record_key if self.host else ""
        return self.host.record_variable or name if self.host and name == "id" else name

    @property
    def record_keys(self) -> tuple[str, ...]:
        """What tells the records of one answer apart; for events, the record is the recipient.

        Where they are `numbered` it may not tell all of them apart.
        """
        if self.row.unnest:
            return self.own_key[:1]
        return self.own_key[:-1] if self.numbered else self.own_key

    @property
    def numbered(self) -> bool:
        """Whether its records have no id, so that those with one key are numbered."""
        return self.row.unnest is None and self.own_key[-1:] == (ORDINAL,)

    @property
    def sent_keys(self) -> tuple[str, ...]:
        """The same, by the names under which they are sent."""
        return self.host.record_keys if self.host else self.record_keys

    @property
    def record_key(self) -> str:
        """The one field that tells records apart; only such records can be asked for by id."""
        name, *more = self.record_keys
        if more or self.numbered:
            raise LookupError(f"the records of {self.name} have no single id")
        return name

    @functools.cached_property
    def member_column(self) -> str | None:
        """The column that says which member a row is about; None where rows are about nobody."""
        if self.row.person:
            return self.row.person.get("email_id")
        if self.row.stands_in:  # first: beside it, `email_id` can be that of an email
            return self.record_key
        return "email_id" if any(f.column.name == "email_id" for f in self.fields) else None

    def here(self, path: str) -> str:
        """What this table calls what tables of people have under a name in common."""
        return self.row.person.get(path, path)

    def in_common(self, path: str) -> str | None:
        """What tables of people call what this one has under a name of its own.

        None for what they call something else: a cart has a time of its own beside its customer's.
        """
        common = next((name for name, own in self.row.person.items() if own == path), path)
        return None if common == path and path in self.row.person else common

    @property
    def top(self) -> Table:
        """The table without a parent that this one hangs below; itself where it has no parent."""
        return self.parent.top if self.parent else self

    @functools.cached_property
    def collection(self) -> str:
        """The key of the record array; of a document, which has none, a name for it."""
        if self.is_document:
            return self.name
        collection = self.endpoint.collection
        if collection is None:
            raise LookupError(f"{self.path} has no single record array")
        return collection

    @property
    def record(self) -> Shape:
        """The shape of a record."""
        if self.is_document:
            return self.endpoint.answer
        (record,) = self.endpoint.answer[self.collection]
        return record

    @property
    def paged(self) -> bool:
        """Whether the specification names `count` and `offset`; all are asked with both."""
        return {"count", "offset"} <= self.endpoint.query.keys()

    @property
    def chained(self) -> bool:
        """Whether each answer names the next one, so that no page has a number or an offset."""
        return NEXT in self.endpoint.query and AFTER in self.endpoint.answer

    @property
    def untold(self) -> bool:
        """Whether the specification names `count` and `offset`, and no total."""
        return self.paged and "total_items" not in self.endpoint.answer

    @functools.cached_property
    def record_path(self) -> str | None:
        """The path of a single record, where there is one; it has room for one id."""
        if len(self.record_keys) != 1 or self.numbered or self.is_document or self.host:
            return None
        pattern = re.compile(re.escape(self.path) + r"/{\w+}")
        return next((path for path in endpoints() if pattern.fullmatch(path)), None)

    @functools.cached_property
    def record_variable(self) -> str | None:
        """What a record of it is called in paths (`list_id`), where there is one of a record."""
        return self.record_path.rpartition("{")[2].rstrip("}") if self.record_path else None

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Whether it has anything of this row of its parent, as that was sent (`Gate.among`)."""
        among = self.row.gate.among if self.row.gate else None
        return among is None or among(row)

    @functools.cached_property
    def silent_columns(self) -> tuple[str, ...]:
        """The columns of the silent fields."""
        return tuple(f.column.name for f in self.fields if f.source[0] in self.row.silent)

    @functools.cached_property
    def watched_columns(self) -> tuple[str, ...]:
        """The columns that the gates of its children compare."""
        return self._named(self.watched)

    @functools.cached_property
    def wanted_columns(self) -> tuple[str, ...]:
        """Those of them that are compared unless other tables are named."""
        return self._named(self.wanted)

    def _named(self, names: tuple[str, ...]) -> tuple[str, ...]:
        gate = Gate(self.name, names)
        return tuple(c.name for c in self.offered.columns if gate.watches(c.name))

    @property
    def replication_key(self) -> str | None:
        match self.reading:
            case Changed(cursor) | Events(cursor):
                return cursor
            case Refresh(shown):
                return shown
            case Riding():
                return None

    @property
    def method_shown(self) -> str:
        if self.host:
            return self.host.method_shown
        return "Full Table" if isinstance(self.reading, Refresh) else "Incremental (CDC)"

    @functools.cached_property
    def fields(self) -> tuple[Field, ...]:
        """The columns that come from the answer, in the specification's order."""
        fields = []
        for column, source, shape in _leaves(self.record):
            if self.host and source == (self.host.record_key,):
                fields.append(Field(dataclasses.replace(column, name=self._host_column), source))
            elif source == (self.row.unnest,):
                (event,) = shape
                fields += [Field(leaf, inner, in_event=True) for leaf, inner, _ in _leaves(event)]
            elif not self.host:
                fields.append(Field(column, source))
        return tuple(fields)

    @functools.cached_property
    def schema(self) -> TableSchema:
        """The table as destinations know it: what was chosen of what is offered."""
        selection, offered = self.selection, self.offered
        if selection == ALL:
            return offered
        columns = tuple(
            dataclasses.replace(c, type=ColumnType.TEXT) if c.name in selection.hashed else c
            for c in offered.columns
            if selection.lands(c.name) or c.name in (EXTRA, *offered.primary_key)
        )
        return TableSchema(self.name, columns, selection.key or offered.primary_key)

    @functools.cached_property
    def offered(self) -> TableSchema:
        """The table as Mailchimp offers it: parent's key, record, ordinal, `_extra`."""
        columns = {f.column.name: f.column for f in self.fields}
        keys = {}
        if self.parent:
            inherited = self.parent.offered.primary_key
            for variable, name in zip(self.variables, inherited, strict=True):
                # A path variable takes the type of the key that it stands for.
                keys[variable] = Column(variable, self.parent.offered.column(name).type)
        columns = {**{name: columns.get(name, keys[name]) for name in keys}, **columns, **keys}
        if ORDINAL in self.own_key:
            columns[ORDINAL] = Column(ORDINAL, ColumnType.INT64)
        columns[EXTRA] = Column(EXTRA, ColumnType.JSON)
        return TableSchema(self.name, tuple(columns.values()), (*self.variables, *self.own_key))


_SCALARS = {
    "string": ColumnType.TEXT,
    "integer": ColumnType.INT64,
    "number": ColumnType.DOUBLE,
    "boolean": ColumnType.BOOLEAN,
    "date-time": ColumnType.TIMESTAMP,
}


def _leaves(
    shape: Shape, above: tuple[str, ...] = ()
) -> Iterator[tuple[Column, tuple[str, ...], Shape]]:
    for name, inner in shape.items():
        source = (*above, name)
        if isinstance(inner, dict) and inner.keys() not in ({"$enum"}, {"*"}):
            yield from _leaves(inner, source)
            continue
        named = "string" if isinstance(inner, dict) and "$enum" in inner else inner
        kind = _SCALARS.get(named, ColumnType.JSON) if isinstance(named, str) else ColumnType.JSON
        yield Column("__".join(source), kind), source, inner
