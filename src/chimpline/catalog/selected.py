"""The catalog as a user chose it: what can be chosen, what follows from it, which tables result.

Personal data stands in several tables, so one rule holds for all tables of people (those with an
`email_address`): **a column that one of them hashes or drops is treated alike in all**, unless a
table says otherwise for itself. Where such a column has another name, its row tells (`person`). A
choice for the contact's id counts in those of them, too, that have no such column: the key of a
person without an address is made of it in all (`stands_in`). And since a member's id is the MD5 of
the address, which a list of addresses undoes, it is hashed wherever the address is hashed or
dropped; so is what a row says is made of another column (`digests`). A key that another table of
people has as a plain column cannot be dropped with it; it is hashed.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping

from chimpline.catalog.row import ORDINAL, Changed, Events, Refresh, Riding
from chimpline.catalog.selection import (
    ALL,
    Selections,
    Tables,
    TableSelection,
    column_of,
)
from chimpline.catalog.table import Table
from chimpline.catalog.tables import select, tables
from chimpline.errors import SettingsError, UnknownTable
from chimpline.message import Message
from chimpline.model import EXTRA, ColumnType
from chimpline.spelling import did_you_mean

ADDRESS = "email_address"
OPTIONS = ("columns", "exclude", "drop", "hash", "key")
OPEN = ("merge_fields", "interests")
"""JSON objects whose members the account defines, and which can be chosen one by one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be chosen: in which table, by which option (one of `OPTIONS`), and why."""

    table: str
    option: str
    message: Message


@dataclasses.dataclass(frozen=True, slots=True)
class Selected:
    """Every table of the catalog as chosen, and those of them that are landed."""

    tables: Mapping[str, Table]
    landed: tuple[Table, ...]


def resolve(
    names: Tables,
    selections: Selections,
    among: Mapping[str, Table] | None = None,
) -> Selected:
    """The tables of these names, or of this set, under these choices; `among` is the catalog.

    Raises `UnknownTable`, or `SettingsError` for the first thing that cannot be chosen.
    """
    known = tables() if among is None else among
    for problem in problems(selections, known):
        raise SettingsError("selection-unusable", table=problem.table, reason=problem.message)
    off = {name for name, selection in selections.items() if not selection.selected}
    if isinstance(names, tuple):
        for name in names:
            if name in off:
                raise SettingsError("selection-off-and-asked", table=name)
    chosen = applied(selections, known)
    wanted = {table.name for table in select(names, known)} - off
    if not isinstance(names, tuple):
        wanted |= {name for name, selection in selections.items() if selection.named}
    landed = tuple(
        table
        for name, table in chosen.items()
        if name in wanted and not _rides_in_hidden(table, names)
    )
    for table in landed:
        _in_clear_below(table)
        _with_its_gate(table)
    return Selected(chosen, landed)


def _rides_in_hidden(table: Table, names: Tables) -> bool:
    """Whether the array that it rides in is dropped or hashed there: so it is not to be read here.

    Raises `SettingsError` where the table is asked for by name.
    """
    if table.host is None:
        return False
    selection, array = table.host.selection, str(table.row.unnest)
    if array not in selection.dropped | selection.hashed:
        return False
    if isinstance(names, tuple) and table.name in names:
        facts = {"table": table.name, "host": table.host.name, "array": array}
        raise SettingsError("selection-rides-in-hidden", **facts)
    return True


def _in_clear_below(table: Table) -> None:
    """A table's rows, and the ledger, name its parent by an id as Mailchimp wants it: in clear."""
    parent = table.parent
    if parent is not None and parent.selection.hashed.intersection(parent.record_keys):
        raise SettingsError("selection-below-hashed-ids", table=table.name, parent=parent.name)


def _with_its_gate(table: Table) -> None:
    """A table that is copied only where it is named asks for more of its parent's columns then."""
    gate, parent = table.row.gate, table.parent
    if gate is None or parent is None:
        return
    for column in parent.watched_columns:
        if gate.watches(column) and not parent.selection.lands(column):
            told = Message.of("selection-needed", path=column, reason=_news(parent))
            raise SettingsError("selection-unusable", table=parent.name, reason=told)


def applied(selections: Selections, among: Mapping[str, Table] | None = None) -> dict[str, Table]:
    """Every table with what was chosen of it, and what follows from choices elsewhere."""
    known = tables() if among is None else among
    spread = spread_out(selections, known)
    if all(selection == ALL for selection in spread.values()):
        return dict(known)
    made: dict[str, Table] = {}
    for name, table in known.items():
        parent = made[table.parent.name] if table.parent else None
        host = made[table.host.name] if table.host else None
        made[name] = dataclasses.replace(table, parent=parent, host=host, selection=spread[name])
    return made


# -- what follows from what -----------------------------------------------------------------------


def of_people(table: Table) -> bool:
    """Whether each row is about one person."""
    return any(column.name == table.here(ADDRESS) for column in table.offered.columns)


def spread_out(
    selections: Selections, among: Mapping[str, Table] | None = None
) -> dict[str, TableSelection]:
    """The choices for every table, with what runs need and what other tables' protection brings."""
    known = tables() if among is None else among
    chosen = {
        name: _with_required(table, selections.get(name, ALL)) for name, table in known.items()
    }
    people = [table for table in known.values() if of_people(table)]
    dropped = {
        name for t in people for path in chosen[t.name].dropped if (name := t.in_common(path))
    }
    hashed = {
        name
        for t in people
        for path in chosen[t.name].hashed
        if path != t.member_column and (name := t.in_common(path))
    }
    ids = ADDRESS in dropped | hashed or any(
        t.member_column in chosen[t.name].hashed for t in people
    )
    for table in people:
        mine = chosen[table.name]
        fixed = required(table)
        named = mine.dropped | mine.hashed
        to_drop = {table.here(path) for path in dropped}
        free = {
            path
            for path in to_drop | {table.here(path) for path in hashed}
            if (_has(table, path) or path == table.row.stands_in)
            and column_of(path) not in fixed
            and not _spoken_for(path, named)
        }
        keys = {table.here(path) for path in dropped | hashed if path in table.row.person}
        keys &= hashable_key(table, known)
        more_hashed = free - to_drop | {path for path in keys if not _spoken_for(path, named)}
        if ids and table.member_column is not None:
            more_hashed |= {table.member_column}
        dropped_, hashed_ = mine.dropped | (free & to_drop), mine.hashed | more_hashed
        made = {name for name, of in table.row.digests.items() if of in dropped_ | hashed_}
        chosen[table.name] = dataclasses.replace(
            mine, dropped=dropped_, hashed=hashed_ | (made - dropped_)
        )
    for table in known.values():
        if table.host is not None:
            chosen[table.name] = _as_in(chosen[table.host.name], table, chosen[table.name])
    return chosen


def _as_in(hosts: TableSelection, table: Table, mine: TableSelection) -> TableSelection:
    """Whom a record is about is hashed in what rides in it, too, and never asked for if dropped."""
    hashed = {
        name
        for name, sent in zip(table.record_keys, table.sent_keys, strict=True)
        if sent in hosts.hashed
    }
    of_people = {name for name in (table.row.stands_in, ADDRESS) if name is not None}
    return dataclasses.replace(
        mine,
        hashed=mine.hashed | hashed | (of_people & hosts.hashed - {ADDRESS}),
        dropped=mine.dropped | (of_people & hosts.dropped if table.row.stands_in else frozenset()),
    )


def _spoken_for(path: str, named: frozenset[str]) -> bool:
    """Whether a table that names these paths says for itself what becomes of another one.

    Naming one merge field says nothing of the others, but it says that not all are meant.
    """
    whole = "." not in path and any(column_of(other) == path for other in named)
    return path in named or column_of(path) in named or whole


def _with_required(table: Table, chosen: TableSelection) -> TableSelection:
    if chosen.columns is None:
        return chosen
    needed = {*required(table), *(chosen.key or ())}
    return dataclasses.replace(chosen, columns=chosen.columns | needed)


def required(table: Table) -> dict[str, Message]:
    """The columns that cannot be left out, each with the reason."""
    reasons = dict.fromkeys(table.offered.primary_key, Message("required-key"))
    if isinstance(table.reading, Changed | Events):
        reasons.setdefault(table.reading.cursor, Message("required-cursor"))
    for ask in table.row.ask:
        if ask:
            reasons.setdefault(ask.partition("=")[0], Message.of("required-ask", ask=ask))
    if table.row.gate and table.member_column:
        reasons.setdefault(table.member_column, Message("required-member"))
    for column in table.row.keeps:
        reasons.setdefault(column, _PLANS)
    for column in table.wanted_columns:
        reasons.setdefault(column, _news(table))
    for column in table.asked:
        reasons.setdefault(column, _PLANS)
    return reasons


def _news(table: Table) -> Message:
    return Message.of("required-news", collection=table.collection)


_PLANS = Message("required-plans")
_EXTRA = Message("required-extra")


# -- what cannot be chosen ------------------------------------------------------------------------


def problems(selections: Selections, among: Mapping[str, Table] | None = None) -> Iterator[Problem]:
    """Everything in these choices that cannot be, table by table."""
    known = tables() if among is None else among
    for name, selection in selections.items():
        if name not in known:
            raise UnknownTable(
                "selection-no-table", name=repr(name), near=did_you_mean(name, known)
            )
        yield from _problems(known[name], selection, hashable_key(known[name], known))


def _problems(table: Table, chosen: TableSelection, hashable: frozenset[str]) -> Iterator[Problem]:
    name, fixed = table.name, required(table)
    by_option = {
        "columns": chosen.columns or frozenset(),
        "exclude": chosen.exclude,
        "drop": chosen.dropped,
        "hash": chosen.hashed,
        "key": frozenset(chosen.key or ()),
    }
    for option, paths in by_option.items():
        for path in sorted(paths):
            if not _has(table, path):
                yield Problem(name, option, _unknown(table, path))
    if chosen.columns is not None and chosen.exclude:
        yield Problem(name, "exclude", Message("selection-columns-and-exclude"))
    for option in ("exclude", "drop"):
        for path in sorted(by_option[option]):
            if path in fixed or path == EXTRA:
                told = Message.of(
                    "selection-needed-or-hashed" if path in hashable else "selection-needed",
                    path=path,
                    reason=fixed.get(path, _EXTRA),
                )
                yield Problem(name, option, told)
    for path in sorted(chosen.hashed):
        if (path in fixed and path not in hashable) or path == EXTRA:
            told = Message.of("selection-not-hashable", path=path, reason=fixed.get(path, _EXTRA))
            yield Problem(name, "hash", told)
        if path in chosen.dropped or path in chosen.exclude:
            told = Message.of("selection-hashed-and-left-out", path=path)
            yield Problem(name, "hash", told)
    yield from _problems_of_key(table, chosen)


def _problems_of_key(table: Table, chosen: TableSelection) -> Iterator[Problem]:
    if chosen.key is None:
        return
    name, own = table.name, table.offered.primary_key
    lacking = [column for column in own if column not in chosen.key]
    if lacking:
        whole = json.dumps(list(dict.fromkeys((*own, *chosen.key))))
        told = Message.of("selection-key-lacks", columns=lacking, whole=whole)
        yield Problem(name, "key", told)
    if len(set(chosen.key)) < len(chosen.key):
        yield Problem(name, "key", Message("selection-key-twice"))
    for column in chosen.key:
        if column in own or not _has(table, column):
            continue
        if "." in column or table.offered.column(column).type is not ColumnType.TEXT:
            told = Message.of("selection-key-not-text", column=column)
            yield Problem(name, "key", told)
        elif not chosen.lands(column):
            told = Message.of("selection-key-left-out", column=column)
            yield Problem(name, "key", told)


def hashable_key(table: Table, among: Mapping[str, Table]) -> frozenset[str]:
    """The key columns that may be hashed: no cursor, nothing that names a parent.

    What is copied only where it is named forbids it only then: `_in_clear_below`.
    """
    is_parent = any(t.parent is table and not t.row.off for t in among.values())
    if is_parent or (isinstance(table.reading, Refresh | Riding) and not of_people(table)):
        return frozenset()
    cursor = table.replication_key
    return frozenset(column for column in table.own_key if column not in (cursor, ORDINAL))


def _has(table: Table, path: str) -> bool:
    column, dot, member = path.partition(".")
    known = {c.name for c in table.offered.columns}
    return column in known and (not dot or (column in OPEN and bool(member)))


def _unknown(table: Table, path: str) -> Message:
    column, dot, _ = path.partition(".")
    known = [c.name for c in table.offered.columns]
    if dot and column in known:
        return Message.of("selection-no-members", column=column, open=OPEN)
    return Message.of(
        "selection-no-column",
        column=column,
        near=did_you_mean(column, known),
        table=table.name,
    )
