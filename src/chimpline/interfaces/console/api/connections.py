"""Connections, for programs: how each stands, its settings, and an API key.

Signing in by OAuth needs a person at Mailchimp's page, and is the console's.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from chimpline.interfaces.console.api.pipelines import IfMatch, tag, version_named
from chimpline.interfaces.console.room import SignInsOf
from chimpline.interfaces.console.saying import said_of
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.redact import redact
from chimpline.service.connection import access
from chimpline.service.editing.file import SettingsFile
from chimpline.service.people.tokens import Scope
from chimpline.service.sign_in.listed import ConnectionNow, all_of, check_name, one_of

router = APIRouter(prefix="/api/v1", tags=["connections"])

Name = Annotated[str, Path(max_length=60)]
Word = Annotated[str, Field(max_length=2000)]
Reading = token_for(Scope.READ)
Operating = token_for(Scope.OPERATE)
Administering = token_for(Scope.ADMIN)


class Connection(BaseModel):
    """A connection; `state` is new, waiting for code, verified, failed, needs re-authentication.

    `problem` says why its settings cannot be used, or what went wrong last; it is empty otherwise.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    state: str
    state_since: dt.datetime | None
    verified_at: dt.datetime | None
    auth: str | None = Field(description="oauth or api_key; null: by whichever secret there is.")
    account_id: str | None
    account_name: str | None
    role: str | None
    start_date: dt.date | None
    email_activity_date_window: int | None
    connections: int | None
    secrets: list[str] = Field(description="The kinds that are stored, never the secrets.")
    refused: list[str] = Field(description="Tables that the user may not read.")
    pipelines: list[str]
    problem: str

    @classmethod
    def of(cls, now: ConnectionNow) -> Connection:
        status = now.status
        settings = now.connection.settings if now.connection else None
        return cls(
            name=now.name,
            state=status.state.value,
            state_since=status.state_since,
            verified_at=status.verified_at,
            auth=settings.auth if settings else None,
            account_id=status.account_id,
            account_name=status.account_name,
            role=status.role,
            start_date=settings.start_date if settings else None,
            email_activity_date_window=settings.email_activity_date_window if settings else None,
            connections=settings.connections if settings else None,
            secrets=[kind.value for kind in now.kept],
            refused=[one.table for one in now.refused],
            pipelines=list(now.pipelines),
            problem=redact(said_of(now.problem or status.last_error, catalogue())),
        )


class ConnectionChange(BaseModel):
    """The settings of a connection, as the settings file has them.

    `api_key` is stored encrypted, for this server alone. `another_account`: it may be the key of
    another account than the connection had before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    auth: Literal["oauth", "api_key"] | None = None
    start_date: Word | None = Field(None, description="MM/DD/YYYY")
    email_activity_date_window: int | None = None
    email_activity_date_window_strict: bool | None = None
    connections: int | None = None
    client_id: Word | None = None
    redirect_uri: Word | None = None
    login_root: Word | None = None
    api_root: Word | None = None
    api_key: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    another_account: bool = False


class Connections(BaseModel):
    connections: list[Connection]


@router.get("/connections")
def list_connections(room: RoomOf, token: Reading) -> Connections:  # type: ignore[valid-type]
    """All connections, in the order of the settings file."""
    del token
    return Connections(connections=[Connection.of(one) for one in all_of(room.desk)])


@router.get("/connections/{name}")
def get_connection(
    name: Name,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    response: Response,
) -> Connection:
    """One connection; its ETag is that of the settings file as a whole."""
    del token
    tag(room, response)
    return Connection.of(one_of(room.desk, name))


@router.put("/connections/{name}")
def put_connection(  # noqa: PLR0917
    name: Name,
    change: ConnectionChange,
    room: RoomOf,
    sign_ins: SignInsOf,
    token: Administering,  # type: ignore[valid-type]
    response: Response,
    if_match: IfMatch = None,
) -> Connection:
    """Define a connection, new or not; a setting that is not given is taken out.

    With an `api_key`, Mailchimp is asked for its account, and nothing is kept of a key that it
    refuses. Without one, what is stored stays. 412 where the settings file is not the one that
    `If-Match` names.
    """
    del token
    check_name(name)
    version = version_named(if_match)
    SettingsFile(room.desk).check(version)  # before anybody is asked
    settings = change.model_dump(exclude={"api_key", "another_account"})
    if change.api_key is not None:
        sign_ins.by_key(
            name, settings, change.api_key, version=version, accept=change.another_account
        )
    else:
        with room.desk.connections() as found:
            found.name_hosts(name, settings)
            found.save(name, settings, version)
    tag(room, response)
    return Connection.of(one_of(room.desk, name))


@router.post("/connections/{name}/check")
def check_connection(name: Name, room: RoomOf, token: Operating) -> Connection:  # type: ignore[valid-type]
    """Ask Mailchimp for the account, and for one record of every table."""
    del token
    one_of(room.desk, name)
    with room.desk.connections() as found:
        access.check(found, name, credential=found.given_credential(name))
    return Connection.of(one_of(room.desk, name))


@router.delete("/connections/{name}", status_code=204)
def delete_connection(
    name: Name,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
    if_match: IfMatch = None,
) -> None:
    """Take a connection out of the settings file, and its secrets with it. 409 while it is used."""
    del token
    one_of(room.desk, name)
    with room.desk.connections() as found:
        found.delete(name, version_named(if_match))
