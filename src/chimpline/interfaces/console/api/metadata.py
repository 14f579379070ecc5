"""What a connection copies, for programs: its tables, and what is chosen of each."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from chimpline.interfaces.console.api.pipelines import (
    Administering,
    IfMatch,
    Operating,
    Reading,
    version_named,
)
from chimpline.interfaces.console.room import LooksOf, Room
from chimpline.interfaces.console.saying import said_of
from chimpline.interfaces.console.security.who import RoomOf
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.redact import redact
from chimpline.runs.asking.found import FoundTable
from chimpline.service.editing.looking import Look, Looks
from chimpline.service.editing.tables import (
    TableChoices,
    catalog_tables,
    known_table,
)
from chimpline.service.metadata import is_copied

router = APIRouter(prefix="/api/v1", tags=["metadata"])

Name = Annotated[str, Path(max_length=60)]
TableName = Annotated[str, Path(max_length=200)]
Paths = Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=2000)]


class Choices(BaseModel):
    """What is chosen of a table; see docs/metadata.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    selected: bool | None = Field(
        None, description="Whether it is copied; absent or null: if it is of the default set."
    )
    columns: Paths | None = None
    exclude: Paths = []
    drop: Paths = []
    hash: Paths = []
    key: Paths | None = None
    every: Annotated[str | None, Field(max_length=200)] = None
    history: Literal["daily", "versions"] | None = None


class TableOfConnection(BaseModel):
    """A table, what is chosen of it, and what the last look at the account found.

    `rows` and `requests` of a first run; null where only reading tells, or before the first look.
    """

    name: str
    method: str
    replication_key: str | None
    primary_key: list[str]
    parent: str | None
    refused: str | None
    rows: int | None
    requests: int | None
    choices: Choices


class Metadata(BaseModel):
    tables: list[TableOfConnection]


@router.get("/connections/{name}/metadata")
def get_metadata(
    name: Name,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    response: Response,
) -> Metadata:
    """All tables of a connection; the ETag is that of the settings file as a whole."""
    del token
    return Metadata(tables=_tables(room, name, response))


@router.get("/connections/{name}/metadata/{table}")
def get_table(
    name: Name,
    table: TableName,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    response: Response,
) -> TableOfConnection:
    del token
    known_table(table)
    return next(one for one in _tables(room, name, response) if one.name == table)


@router.put("/connections/{name}/metadata/{table}")
def put_table(  # noqa: PLR0917
    name: Name,
    table: TableName,
    choices: Choices,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
    response: Response,
    if_match: IfMatch = None,
) -> TableOfConnection:
    """Choose what is copied of a table; what is not given has its default.

    412 where the settings file is not the one that `If-Match` names.
    """
    del token
    values = choices.model_dump(mode="json")
    TableChoices(room.desk).put(name, table, values, version_named(if_match))
    return next(one for one in _tables(room, name, response) if one.name == table)


class ChangeAtSource(BaseModel):
    """`kind` is new, changed or gone."""

    kind: str
    what: str


class LookAtAccount(BaseModel):
    """The last look at an account since `serve` began.

    `changes`: what differs from what was accepted last. `first`: there was nothing to compare with.
    `problem`: why it failed; empty otherwise.
    """

    state: Literal["none", "going", "ended", "failed"]
    began_at: dt.datetime | None = None
    first: bool = False
    changes: list[ChangeAtSource] = []
    problem: str = ""

    @classmethod
    def of(cls, look: Look | None) -> LookAtAccount:
        if look is None:
            return cls(state="none")
        ended = "failed" if look.problem else "ended"
        return cls(
            state="going" if look.goes_on else ended,  # type: ignore[arg-type]
            began_at=look.began_at,
            first=look.first,
            changes=[
                ChangeAtSource(kind=one.kind, what=redact(said_of(one.what, catalogue())))
                for one in look.changes
            ],
            problem=redact(said_of(look.problem, catalogue())),
        )


@router.get("/connections/{name}/look")
def get_look(name: Name, room: RoomOf, looks: LooksOf, token: Reading) -> LookAtAccount:  # type: ignore[valid-type]
    """How the last look at the account goes, or what it found."""
    del token
    TableChoices(room.desk).of(name)
    return LookAtAccount.of(looks.of(name))


@router.post("/connections/{name}/look", status_code=202)
def begin_look(name: Name, room: RoomOf, looks: LooksOf, token: Operating) -> LookAtAccount:  # type: ignore[valid-type]
    """Look at the account again. Where a look goes on already, it is that one."""
    del token
    TableChoices(room.desk).of(name)
    looks.begin(name)
    return LookAtAccount.of(looks.of(name))


@router.post("/connections/{name}/look/accept", status_code=204)
def accept_look(name: Name, room: RoomOf, looks: LooksOf, token: Administering) -> None:  # type: ignore[valid-type]
    """Let what was found be what later looks are compared with. Nothing happens without a look."""
    del token
    TableChoices(room.desk).of(name)
    looks.accept(name)


def _tables(room: Room, connection: str, response: Response) -> list[TableOfConnection]:
    choices = TableChoices(room.desk)
    response.headers["ETag"] = f'"{choices.version()}"'
    chosen = choices.of(connection)
    found = Looks(room.desk).kept(connection)
    seen = {one.name: one for one in found.tables} if found else {}
    return [
        TableOfConnection(
            name=name,
            method=one.method_shown,
            replication_key=one.replication_key,
            primary_key=list(one.primary_key),
            parent=one.parent,
            refused=_refused(seen.get(name)),
            rows=seen[name].rows if name in seen else None,
            requests=seen[name].requests if name in seen else None,
            choices=Choices.model_validate(
                (chosen[name].model_dump(mode="json") if name in chosen else {})
                | {"selected": is_copied(name, chosen.get(name))}
            ),
        )
        for name, one in catalog_tables().items()
    ]


def _refused(seen: FoundTable | None) -> str | None:
    if seen is None or seen.refused is None:
        return None
    return said_of(seen.refused, catalogue())
