"""Destinations, for programs: what the settings file says of each; secrets go in and never out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from chimpline.interfaces.console.api.pipelines import IfMatch, version_named
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.saying import said_of
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.redact import redact
from chimpline.service.editing.destinations import DestinationDefinitions, DestinationNow
from chimpline.service.editing.tried import try_destination
from chimpline.service.people.tokens import Scope

router = APIRouter(prefix="/api/v1", tags=["destinations"])

Name = Annotated[str, Path(max_length=60)]
Word = Annotated[str, Field(max_length=2000)]
Reading = token_for(Scope.READ)
Operating = token_for(Scope.OPERATE)
Administering = token_for(Scope.ADMIN)


class DestinationSettings(BaseModel):
    """A `url`; or a `kind` with the settings of this kind, such as `host` and `database`."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Word | int]

    url: Word | None = None
    kind: Annotated[str, Field(max_length=60)] | None = None
    dataset: Annotated[str, Field(max_length=200)] | None = None


class DestinationChange(DestinationSettings):
    """`secrets` are stored encrypted, for this server alone; not given, they stay as they are."""

    secrets: dict[str, Annotated[str, Field(min_length=1, max_length=2000)]] | None = None


class Destination(BaseModel):
    """A destination; `problem` says why it cannot be used, and is empty otherwise."""

    model_config = ConfigDict(frozen=True)

    name: str
    url: str | None = Field(description="Its absolute URL; null where it cannot be used.")
    kind: str | None
    settings: dict[str, Any] = Field(description="As the settings file has them.")
    secrets: list[str] = Field(description="Those that are stored, by name.")
    pipelines: list[str] = Field(description="Those that write there.")
    problem: str

    @classmethod
    def of(cls, now: DestinationNow) -> Destination:
        return cls(
            name=now.name,
            url=redact(now.url) if now.url else None,
            kind=now.kind.schemes[0] if now.kind else None,
            settings={name: _shown(value) for name, value in now.values.items()},
            secrets=list(now.kept),
            pipelines=list(now.users),
            problem=redact(said_of(now.problem, catalogue())),
        )


class Destinations(BaseModel):
    destinations: list[Destination]


@router.get("/destinations")
def list_destinations(room: RoomOf, token: Reading) -> Destinations:  # type: ignore[valid-type]
    """All destinations that have a name, in the order of the settings file."""
    del token
    found = DestinationDefinitions(room.desk).all()
    return Destinations(destinations=[Destination.of(one) for one in found])


@router.get("/destinations/{name}")
def get_destination(
    name: Name,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    response: Response,
) -> Destination:
    """One destination; its ETag is that of the settings file as a whole."""
    del token
    return _answer(room, name, response)


@router.put("/destinations/{name}")
def put_destination(  # noqa: PLR0917
    name: Name,
    change: DestinationChange,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
    response: Response,
    if_match: IfMatch = None,
) -> Destination:
    """Define a destination, new or not; a setting that is not given is taken out.

    412 where the settings file is not the one that `If-Match` names.
    """
    del token
    values = change.model_dump(exclude={"secrets"})
    definitions = DestinationDefinitions(room.desk)
    definitions.put(name, values, change.secrets, version_named(if_match))
    return _answer(room, name, response)


@router.delete("/destinations/{name}", status_code=204)
def delete_destination(
    name: Name,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
    if_match: IfMatch = None,
) -> None:
    """Take a destination out of the settings file, and its secrets with it; its data stays.

    409 while a pipeline writes there.
    """
    del token
    DestinationDefinitions(room.desk).remove(name, version_named(if_match))


class TriedDataset(BaseModel):
    """Whether a run could write to a dataset; `problem` says why not, and is empty otherwise.

    `reached`: the database could be opened. `account`: whose copy the dataset holds.
    """

    url: str
    dataset: str
    reached: bool
    writable: bool
    account: str | None
    problem: str


class TriedDatasets(BaseModel):
    tried: list[TriedDataset]


@router.post("/destinations/{name}/test")
def check_destination(name: Name, room: RoomOf, token: Operating) -> TriedDatasets:  # type: ignore[valid-type]
    """Try whether a run could write there; nothing is written. 409 while a run has the file."""
    del token
    DestinationDefinitions(room.desk).get(name)
    return TriedDatasets(
        tried=[
            TriedDataset(
                url=redact(one.url),
                dataset=one.dataset,
                reached=one.reached,
                writable=one.writable,
                account=one.account,
                problem=redact(said_of(one.problem, catalogue())),
            )
            for one in try_destination(room.desk, name)
        ]
    )


@router.delete("/destinations/{name}/secrets", status_code=204)
def forget_secrets(name: Name, room: RoomOf, token: Administering) -> None:  # type: ignore[valid-type]
    """Delete the stored secrets of a destination; its definition stays."""
    del token
    definitions = DestinationDefinitions(room.desk)
    definitions.get(name)
    definitions.forget_secrets(name)


def _answer(room: Room, name: str, response: Response) -> Destination:
    found = DestinationDefinitions(room.desk).get(name)
    response.headers["ETag"] = f'"{found.version}"'
    return Destination.of(found)


def _shown(value: object) -> object:
    return redact(value) if isinstance(value, str) else value
