"""What was found of a connection's account, what changed since, and its choices as a file.

The last accepted discovery is kept in the control database; a newer one takes its place when it is
accepted. Choices (`[metadata.<connection>.<table>]`) have one home, chimpline.toml.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chimpline.message import Message, Problem, said_from_json
from chimpline.runs.asking.found import Discovery, FoundAudience, FoundTable
from chimpline.service import control
from chimpline.service.settings.every import TableMetadata

if TYPE_CHECKING:
    from chimpline.service.connection.connections import Connections
    from chimpline.service.control import ControlDatabase

KEPT = 10
"""Earlier discoveries of a connection that are kept."""


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One difference at the source: `kind` is new, changed or gone."""

    kind: str
    what: Message


# -- the last discovery ---------------------------------------------------------------------------


def stored(connections: Connections, name: str) -> Discovery | None:
    """The last accepted discovery of a connection."""
    if not connections.configuration.has_control_database:
        return None
    return stored_in(connections.database, name)


def stored_in(database: ControlDatabase, name: str) -> Discovery | None:
    table = control.discoveries
    latest = (
        sa.select(table.c.document)
        .where(table.c.connection == name)
        .order_by(table.c.id.desc())
        .limit(1)
    )
    with database.reading() as rows:
        document = rows.scalar(latest)
    return None if document is None else from_document(document)


def accept(connections: Connections, name: str, found: Discovery) -> None:
    """Let a discovery be the one that later ones are compared with."""
    accept_in(connections.database, name, found)


def accept_in(database: ControlDatabase, name: str, found: Discovery) -> None:
    table = control.discoveries
    older = (
        sa.select(table.c.id)
        .where(table.c.connection == name)
        .order_by(table.c.id.desc())
        .offset(KEPT)
    )
    with database.writing() as rows:
        rows.execute(
            sa.insert(table).values(
                connection=name, taken_at=found.taken_at, document=as_document(found)
            )
        )
        ids = list(rows.scalars(older))
        rows.execute(sa.delete(table).where(table.c.id.in_(ids)))


def as_document(found: Discovery) -> dict[str, Any]:
    """A discovery as JSON; the same document always gives the same discovery."""
    document = dataclasses.asdict(found)
    document["taken_at"] = found.taken_at.isoformat()
    for table in document["tables"]:
        table["primary_key"] = list(table["primary_key"])
        table["unknown"] = list(table["unknown"])
    for table, one in zip(document["tables"], found.tables, strict=True):
        table["refused"] = one.refused.to_json() if one.refused else None
    document["tables"], document["audiences"] = (
        list(document["tables"]),
        [
            {
                **audience,
                "merge_fields": {
                    key: list(value) for key, value in audience["merge_fields"].items()
                },
                "interests": {key: list(value) for key, value in audience["interests"].items()},
            }
            for audience in document["audiences"]
        ],
    )
    return document


def from_document(document: Mapping[str, Any]) -> Discovery:
    return Discovery(
        account=document["account"],
        taken_at=dt.datetime.fromisoformat(document["taken_at"]),
        tables=tuple(
            FoundTable(
                **{
                    **table,
                    "primary_key": tuple(table["primary_key"]),
                    "unknown": tuple(table["unknown"]),
                    "refused": _refused(table["refused"]),
                }
            )
            for table in document["tables"]
        ),
        audiences=tuple(
            FoundAudience(
                id=audience["id"],
                name=audience["name"],
                merge_fields={k: (v[0], v[1], v[2]) for k, v in audience["merge_fields"].items()},
                interests={k: (v[0], v[1]) for k, v in audience["interests"].items()},
            )
            for audience in document["audiences"]
        ),
        requests=document["requests"],
        minutes=document["minutes"],
    )


def _refused(told: Any) -> Message | None:
    said = said_from_json(told)
    return said.message if isinstance(said, Problem) else said


# -- what changed ---------------------------------------------------------------------------------


def differences(before: Discovery, now: Discovery) -> list[Change]:
    """What changed at the source; how many rows there are is no change of it."""
    return [
        *_of_audiences({a.id: a for a in before.audiences}, {a.id: a for a in now.audiences}),
        *_of_tables({t.name: t for t in before.tables}, {t.name: t for t in now.tables}),
    ]


def _of_audiences(
    before: Mapping[str, FoundAudience], now: Mapping[str, FoundAudience]
) -> Iterator[Change]:
    for id_, audience in now.items():
        was = before.get(id_)
        if was is None:
            tags = [tag for tag, _, _ in audience.merge_fields.values()]
            yield Change("new", Message.of("found-audience-with", **_of(audience), tags=tags))
            continue
        if was.name != audience.name:
            yield Change("changed", Message.of("found-renamed", **_of(audience), was=was.name))
        for key, field in audience.merge_fields.items():
            yield from _of_field(was.merge_fields.get(key), field, audience)
        for key, (tag, kind, _) in was.merge_fields.items():
            if key not in audience.merge_fields:
                yield Change("gone", _merge_field(tag, kind, audience))
        for key, interest in audience.interests.items():
            earlier = was.interests.get(key)
            if earlier is None:
                yield Change("new", _interest(interest, audience))
            elif earlier != interest:
                names = {"was": " / ".join(earlier), "now": " / ".join(interest)}
                told = Message.of("found-interest-renamed", **names, **_of(audience))
                yield Change("changed", told)
        for key, interest in was.interests.items():
            if key not in audience.interests:
                yield Change("gone", _interest(interest, audience))
    for id_, audience in before.items():
        if id_ not in now:
            yield Change("gone", Message.of("found-audience", **_of(audience)))


def _of(audience: FoundAudience) -> dict[str, str]:
    return {"audience": audience.name, "id": audience.id}


def _merge_field(tag: str, kind: str, audience: FoundAudience) -> Message:
    return Message.of("found-merge-field", tag=tag, type=kind, **_of(audience))


def _interest(names: Sequence[str], audience: FoundAudience) -> Message:
    return Message.of("found-interest", interest=" / ".join(names), **_of(audience))


def _of_field(
    was: tuple[str, str, str] | None, now: tuple[str, str, str], audience: FoundAudience
) -> Iterator[Change]:
    tag, kind, name = now
    if was is None:
        yield Change("new", _merge_field(tag, kind, audience))
        return
    of = _of(audience)
    if was[1] != kind:
        told = Message.of("found-merge-field-type", tag=tag, was=was[1], now=kind, **of)
        yield Change("changed", told)
    if was[0] != tag:
        yield Change("changed", Message.of("found-merge-field-tag", was=was[0], now=tag, **of))
    if was[2] != name:
        told = Message.of("found-merge-field-renamed", tag=tag, was=was[2], now=name, **of)
        yield Change("changed", told)


def _of_tables(before: Mapping[str, FoundTable], now: Mapping[str, FoundTable]) -> Iterator[Change]:
    for name, table in now.items():
        was = before.get(name)
        if was is None:
            yield Change("new", Message.of("found-table", table=name))
            continue
        for column, kind in table.columns.items():
            of = {"column": column, "table": name}
            if column not in was.columns:
                yield Change("new", Message.of("found-column-of-type", type=kind, **of))
            elif was.columns[column] != kind:
                types = {"was": was.columns[column], "now": kind}
                yield Change("changed", Message.of("found-column-type", **types, **of))
        for column in was.columns.keys() - table.columns.keys():
            yield Change("gone", Message.of("found-column", column=column, table=name))
        if table.refused and not was.refused:
            told = Message.of("found-table-refused", table=name, why=table.refused)
            yield Change("changed", told)
        if was.refused and not table.refused:
            yield Change("changed", Message.of("found-table-readable", table=name))
        for field in sorted(set(table.unknown) - set(was.unknown)):
            yield Change("new", Message.of("found-field", field=field, table=name))
    for name in before.keys() - now.keys():
        yield Change("gone", Message.of("found-table", table=name))


def unmet(found: Discovery, chosen: Mapping[str, TableMetadata]) -> list[str]:
    """Merge fields and interests that choices name, and that no audience has."""
    known = {
        "merge_fields": {tag for a in found.audiences for tag, _, _ in a.merge_fields.values()},
        "interests": {id_ for a in found.audiences for id_ in a.interests},
    }
    named = {
        path
        for one in chosen.values()
        for path in (*(one.columns or ()), *one.exclude, *one.drop, *one.hash)
        if "." in path
    }
    return sorted(
        path for path in named if path.split(".", 1)[1] not in known.get(path.split(".", 1)[0], ())
    )


# -- choices as a file ----------------------------------------------------------------------------
