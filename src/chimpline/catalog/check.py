"""Whether a row of the catalog can be read: one that no reader can read is refused at import.

Such a row would not fail: it would be taken for a table without records. Each rule here names a
reader that would do so, or that would end with a mistake of ours in the middle of a run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from chimpline.catalog.digest import endpoints
from chimpline.catalog.row import ORDINAL, Changed, Document, Events, Refresh, Riding, T
from chimpline.catalog.table import Table
from chimpline.model import ColumnType

MEMBERS = "/lists/{list_id}/members"
"""What the reader of `Changed` tables (`runs/members`) reads: it knows audiences only."""

SENT = "send_time"
"""What the activity window asks of the parent of a log."""

AUDIENCE = "list_id"

TAKEN = "another row has this name or this path."


class RowError(ValueError):
    """A row that no reader can read; whoever wrote it must act."""


def above(path: str) -> str | None:
    """The path of the parent: all before the last variable; None where there is none."""
    return path.rpartition("{")[0].rstrip("/") if "{" in path else None


def check(rows: Iterable[T]) -> None:
    """Raise `RowError` for the first of these rows that no reader can read, and say why."""
    by_path: dict[str, Table] = {}
    by_name: dict[str, Table] = {}
    for row in rows:
        if row.name in by_name:
            raise RowError(f"{row.name}: {TAKEN}")
        if isinstance(row.reading, Riding):
            for problem in _host(row, row.reading, by_name):
                raise RowError(f"{row.name}: {problem}")
            table = by_name[row.name] = ridden(row, by_name[row.reading.host])
            for problem in _key(table):
                raise RowError(f"{row.name}: {problem}")
            continue
        table = _found(row, by_path)
        for problem in _problems(table):
            raise RowError(f"{row.name}: {problem}")
        by_path[row.path] = by_name[row.name] = table


def ridden(row: T, host: Table) -> Table:
    """The table of a row that rides: what it is read by is its host's."""
    array = row.reading.array if isinstance(row.reading, Riding) else None
    of = host.row
    row = dataclasses.replace(
        row,
        params=of.params,
        unnest=array,
        gate=of.gate,
        expects=of.expects,
        undercounts=of.undercounts,
        stands_in=of.stands_in,
    )
    return Table(row, host.endpoint, host.parent, host=host)


STATED = ("name", "path", "key", "reading", "off", "about")
"""What a row that rides says for itself."""


def _host(row: T, riding: Riding, by_name: dict[str, Table]) -> Iterator[str]:
    host = by_name.get(riding.host)
    if host is None or host.path != row.path:
        yield f"it rides in {riding.host}, and no row before it has that name and this path."
        return
    if host.host or host.row.unnest or host.is_document or len(host.record_keys) != 1:
        yield f"nothing rides in {host.name}: a record there is no row with one id of its own."
    bare = T(row.name, row.path, row.key, riding)
    for field in dataclasses.fields(T):
        if field.name not in STATED and getattr(row, field.name) != getattr(bare, field.name):
            yield f"it rides, and its `{field.name}` is that of {host.name}."
    shape = host.record.get(riding.array)
    if not (isinstance(shape, list) and isinstance(shape[0], dict)):
        yield f"the records of {host.name} have no array {riding.array} of objects."
        return
    table = ridden(row, host)
    above_ = {*table.variables, *table.record_keys}
    both = above_ & {f.column.name for f in table.fields if f.in_event}
    for name in sorted(both):
        yield f"its items have a field {name}, which is the name of a key above them."


def _found(row: T, by_path: dict[str, Table]) -> Table:
    """The row as a table, once its place in the specification and in the catalog is known."""
    endpoint, parent = endpoints().get(row.path), above(row.path)
    single = isinstance(row.reading, Document)
    problem: str | None
    if endpoint is None:
        problem = f"the specification has no path {row.path}."
    elif single and (not isinstance(endpoint.answer, dict) or "total_items" in endpoint.answer):
        problem = f"the answer of {row.path} is no single record (`Document`)."
    elif single:
        problem = _place(row, parent, by_path)
    elif endpoint.collection is None:
        problem = f"the answer of {row.path} has no array of records, or several."
    elif not isinstance(endpoint.answer[endpoint.collection][0], dict):
        problem = f"the specification does not describe the records of {row.path}."
    else:
        problem = _place(row, parent, by_path)
    if problem is None and endpoint is not None:
        return Table(row, endpoint, by_path[parent] if parent else None)
    raise RowError(f"{row.name}: {problem}")


def _place(row: T, parent: str | None, by_path: dict[str, Table]) -> str | None:
    """What is wrong with its place among the rows before it."""
    if row.path in by_path:
        return TAKEN
    if parent is not None and parent not in by_path:
        return f"no row before it has the path {parent}, which is its parent's."
    return None


def _problems(table: Table) -> Iterator[str]:
    yield from _parent(table)
    yield from _key(table)
    yield from _reading(table)
    yield from _gate(table)
    yield from _columns(table)


def _parent(table: Table) -> Iterator[str]:
    parent = table.parent
    if parent is None:
        return
    if parent.row.unnest or len(parent.own_key) != 1:
        yield f"a path names a parent by one id, and the rows of {parent.name} have a longer key."
    elif parent.record_path is None:
        yield f"no path asks for one record of {parent.name}, so that none is known to be gone."


def _key(table: Table) -> Iterator[str]:
    inside = {f.column.name for f in table.fields if f.in_event}
    own = {f.column.name: f.column.type for f in table.fields if len(f.source) == 1}
    keys = table.record_keys
    events = table.own_key[1:] if table.row.unnest else ()
    alone = table.is_document and table.parent is not None  # of each parent there is one
    if not (keys or alone) or len({*table.variables, *table.own_key}) < len(
        (*table.variables, *table.own_key)
    ):
        yield "the key has no field, or one that it has already (the path's variables are in it)."
    for name in keys:
        if own.get(name, ColumnType.JSON) is ColumnType.JSON or name in inside:
            yield f"the records of {table.path} have no field {name} that could be in a key."
    if table.host:
        scalar = {f.column.name for f in table.fields if f.column.type is not ColumnType.JSON}
        if not events or not set(events) - {ORDINAL} <= inside & scalar:
            yield f"the items of {table.row.unnest} have no such fields that could be in a key."
        if ORDINAL in events[:-1]:
            yield f"{ORDINAL} stands at the end of a key."
    elif events and (events[-1] != ORDINAL or not set(events[:-1]) <= inside):
        yield f"the key of an event is fields of the event, and {ORDINAL} at its end."
    if table.numbered and table.chained:
        yield "where answers name the next one, records are told apart by an id."
    if table.numbered and isinstance(table.reading, Changed):
        yield f"`Changed` asks for records by id, and those with {ORDINAL} in the key have none."
    one_id = len(keys) == 1 and not table.numbered
    if table.row.stands_in and not (one_id and own.get(keys[0]) is ColumnType.TEXT):
        yield "people of whom some have no id (`stands_in`) are told apart by one text."


def _reading(table: Table) -> Iterator[str]:
    row, query = table.row, table.endpoint.query
    types = {f.column.name: (f.column.type, f.in_event) for f in table.fields}
    match row.reading:
        case Changed(cursor):
            filters = {f"since_{cursor}", f"before_{cursor}", "sort_field", "sort_dir"}
            if table.path != MEMBERS:
                yield f"`Changed` is read by the reader of members, which reads {MEMBERS} only."
            elif not filters <= query.keys() or types.get(cursor) != (ColumnType.TIMESTAMP, False):
                yield f"{cursor} is no time that the list can be filtered and sorted by."
        case Events(cursor):
            if types.get(cursor) != (ColumnType.TIMESTAMP, True) or row.unnest is None:
                yield f"`Events` needs `unnest`, and {cursor} has to be a time in its items."
            if row.gate is None or table.parent is None or SENT not in table.parent.row.keeps:
                yield f"`Events` needs a gate, and a parent that keeps {SENT} (activity window)."
        case _ if row.unnest is not None:
            yield "`unnest` is read by `Events` only."
        case Refresh(shown) if shown and types.get(shown) != (ColumnType.TIMESTAMP, False):
            yield f"{shown} is shown as the replication key, and is no time."
    if row.ask != ("",) and (not isinstance(row.reading, Changed) or row.ask[0] != ""):
        yield "several questions (`ask`) are asked by `Changed` only, the plain one first."
    asked = {name for ask in row.ask for name, _ in parse_qsl(ask)}
    if not asked <= types.keys():
        yield "what is asked for (`ask`) has to be a column, so that answers can be told apart."
    for name in sorted({*row.params, *asked} - query.keys()):
        yield f"{table.path} takes no parameter {name}."
    if row.undercounts and not row.expects:
        yield "where the total undercounts, `expects` has to say what the parent tells."


def _gate(table: Table) -> Iterator[str]:
    gate, parent = table.row.gate, table.parent
    if gate is None:
        if table.row.misses:
            yield "`misses` says what moves no gate, and it has none."
        return
    if parent is None or gate.of != parent.name:
        yield f"its gate is of {gate.of}, which is not the table right above."
        return
    if isinstance(table.reading, Changed):
        yield "`Changed` has a cursor, and does not look at a gate."
    if not gate.columns:
        yield "its gate names no column, so that it would never open."
    fields = {f.column.name: f for f in parent.fields if not f.in_event}
    objects = {f"{f.source[0]}__" for f in fields.values() if len(f.source) > 1}
    for name in gate.columns:
        if name not in fields and name not in objects:
            yield f"its gate names {name}, which is no column or object of {parent.name}."
    top = table.top
    if table.member_column and top.path != "/lists" and AUDIENCE not in top.row.keeps:
        yield f"nothing tells of which audience its people are: {top.name} keeps no {AUDIENCE}."


def _columns(table: Table) -> Iterator[str]:
    row = table.row
    own = {f.column.name for f in table.fields if not f.in_event}
    above_ = {f.column.name for f in table.parent.fields} if table.parent else set()
    for name in row.keeps:
        if name not in own:
            yield f"it keeps {name}, which is no column of its records."
    if row.called is not None and row.called not in own:
        yield f"its rows are called by {row.called}, which is no column of its records."
    for name in row.expects:
        if name not in above_:
            yield f"it expects as many records as {name} says, which its parent does not have."
    for name in row.person.values():
        if name not in own:
            yield f"it says that {name} is about a person, which is no column of its records."
    for name in (*row.digests, *row.digests.values()):
        if name not in own:
            yield f"it says what {name} is made of, or is made of it, and has no such column."
    if row.person and "email_address" not in row.person:
        yield "whoever a row is about (`person`) has an email_address."
    for name in row.silent:
        if name not in {f.source[0] for f in table.fields}:
            yield f"{name} is said to change silently, and is no field of its records."
    if row.silent and row.gate is None and not isinstance(row.reading, Changed):
        yield "`silent` says what moves no cursor or gate, and it has neither."
