"""People, for programs: added, changed and removed as on the page Settings.

A person signs in without an end and reads rows. So that a token makes nothing that reaches further
or lasts longer than itself, one without the scope `data` gives nobody a password, and one that ends
gives nobody a password or the role of an admin.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.responses import Response

from chimpline.errors import UserError
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.service.people import people
from chimpline.service.people.people import Role
from chimpline.service.people.tokens import Scope, Token

router = APIRouter(prefix="/api/v1", tags=["people"])

Administering = token_for(Scope.ADMIN)
NAME = f"^{people.NAME.pattern}$"
Name = Annotated[str, Path(max_length=60, pattern=NAME)]
Password = Annotated[SecretStr, Field(min_length=people.SHORTEST, max_length=people.LONGEST)]


class Person(BaseModel):
    """Who may sign in; of the password, nothing is told."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: Role
    since: dt.datetime

    @classmethod
    def of(cls, person: people.Person) -> Person:
        return cls(name=person.name, role=person.role, since=person.since)


class People(BaseModel):
    people: list[Person]


class NewPerson(BaseModel):
    """Who is to sign in. The password is not the name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME, max_length=60)
    role: Role = Role.VIEWER
    password: Password


class PersonChange(BaseModel):
    """What is not given stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role | None = None
    password: Password | None = None


@router.get("/people")
def list_people(room: RoomOf, token: Administering) -> People:  # type: ignore[valid-type]
    """All people, by name."""
    del token
    return People(people=[Person.of(one) for one in room.desk.people.everyone()])


@router.post("/people", status_code=201)
def create_person(
    new: NewPerson,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
) -> Person:
    """Add a person. 409 where there is one of this name.

    Needs the scope `data` as well, since people read rows, and a token that does not expire.
    """
    _check_reach(token)
    _check_end(token)
    room.desk.people.add(new.name, new.role, new.password.get_secret_value())
    return _person(room, new.name)


@router.patch("/people/{name}")
def change_person(
    name: Name,
    change: PersonChange,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
) -> Person:
    """Give a role, a password, or both. A new password ends all sessions; a role counts at once.

    A password needs the scope `data` as well, and a token that does not expire; the role `admin`
    needs a token that does not expire. 409 for the last admin.
    """
    if change.password is not None:
        _check_reach(token)
    if change.password is not None or change.role is Role.ADMIN:
        _check_end(token)
    password = change.password.get_secret_value() if change.password else None
    room.desk.people.change(name, change.role, password)
    return _person(room, name)


@router.delete("/people/{name}", status_code=204, response_class=Response)
def remove_person(name: Name, room: RoomOf, token: Administering) -> Response:  # type: ignore[valid-type]
    """All sessions of the person end. 409 for the last admin."""
    del token
    room.desk.people.remove(name)
    return Response(status_code=204)


def _check_reach(token: Token) -> None:
    if not token.may(Scope.DATA):
        raise UserError("person-beyond-token", scope=Scope.DATA.value)


def _check_end(token: Token) -> None:
    if token.expires_at is not None:
        raise UserError("person-longer-than-token", until=token.expires_at)


def _person(room: Room, name: str) -> Person:
    found = next((one for one in room.desk.people.everyone() if one.name == name), None)
    if found is None:  # somebody removed it meanwhile
        raise UserError("person-unknown", name=name)
    return Person.of(found)
