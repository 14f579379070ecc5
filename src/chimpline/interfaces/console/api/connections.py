"""Connections, for programs: how each stands. Signing in needs a person, and is the console's."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chimpline.interfaces.console.saying import said_of
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.redact import redact
from chimpline.service.people.tokens import Scope
from chimpline.service.sign_in.listed import ConnectionNow, all_of

router = APIRouter(prefix="/api/v1", tags=["connections"])

Reading = token_for(Scope.READ)


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


class Connections(BaseModel):
    connections: list[Connection]


@router.get("/connections")
def list_connections(room: RoomOf, token: Reading) -> Connections:  # type: ignore[valid-type]
    """All connections, in the order of the settings file."""
    del token
    return Connections(connections=[Connection.of(one) for one in all_of(room.desk)])
