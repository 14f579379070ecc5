"""People who may sign in: an admin adds and removes them, and gives roles and passwords."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from chimpline.errors import UserError
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.pages.settings.parts import Named, Word, check_same, refused
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import AdminSession, OneAdmin, RoomOf
from chimpline.message import Problem
from chimpline.service.people.people import Role
from chimpline.service.people.sessions import Session

router = APIRouter(include_in_schema=False)


@router.get("/settings/people")
def people(request: Request, room: RoomOf, session: OneAdmin) -> Response:
    return _page(request, room, session)


@router.post("/settings/people")
def add(
    request: Request,
    room: RoomOf,
    session: AdminSession,
    *,
    name: Word = "",
    role: Word = Role.VIEWER.value,
    password: Word = "",
    again: Word = "",
) -> Response:
    def change() -> None:
        check_same(password, again)
        room.desk.people.add(name.strip(), _role(role), password)

    return _changed(request, room, session, change, typed=name)


@router.post("/settings/people/{name}/role")
def set_role(
    request: Request, name: Named, room: RoomOf, session: AdminSession, role: Word = ""
) -> Response:
    return _changed(request, room, session, lambda: room.desk.people.change(name, _role(role)))


@router.post("/settings/people/{name}/password")
def set_password(
    request: Request,
    name: Named,
    room: RoomOf,
    session: AdminSession,
    *,
    password: Word = "",
    again: Word = "",
) -> Response:
    """For somebody else: whoever changes an own password gives the one before, too."""

    def change() -> None:
        if name == session.person.name:
            raise UserError("password-of-ones-own")
        check_same(password, again)
        room.desk.people.change(name, password=password)

    return _changed(request, room, session, change)


@router.post("/settings/people/{name}/remove")
def remove(request: Request, name: Named, room: RoomOf, session: AdminSession) -> Response:
    return _changed(request, room, session, lambda: room.desk.people.remove(name))


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise UserError("person-role", roles=tuple(one.value for one in Role)) from None


def _changed(
    request: Request, room: Room, session: Session, change: Callable[[], None], typed: str = ""
) -> Response:
    try:
        change()
    except UserError as error:
        problem, status = error.problem, refused(error)
        return _page(request, room, session, problem=problem, status=status, typed=typed)
    return RedirectResponse("/settings/people", 303)


def _page(
    request: Request,
    room: Room,
    session: Session,
    *,
    problem: Problem | None = None,
    status: int = 200,
    typed: str = "",
) -> Response:
    return page(
        request,
        "settings_people.html",
        session,
        status=status,
        people=room.desk.people.everyone(),
        roles=[one.value for one in Role],
        problem=problem,
        typed=typed,
    )
