"""One's own password, and what is installed here."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from chimpline.errors import UserError
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.pages.settings.parts import Word, check_same, refused
from chimpline.interfaces.console.pages.sign_in import signed_in
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.guesses import known
from chimpline.interfaces.console.security.who import ChangingSession, RoomOf, SessionOf
from chimpline.message import Problem
from chimpline.service.installation import installation
from chimpline.service.people.sessions import Session

router = APIRouter(include_in_schema=False)


@router.get("/settings")
def settings(request: Request, room: RoomOf, session: SessionOf, done: str = "") -> Response:
    return _page(request, room, session, done=done == "password")


@router.post("/settings/password")
def own_password(
    request: Request,
    room: RoomOf,
    session: ChangingSession,
    *,
    current: Word = "",
    password: Word = "",
    again: Word = "",
) -> Response:
    """A new password of one's own; every other browser has to sign in again."""
    name = session.person.name
    try:
        check_same(password, again)
        known(request, room, name, current)
        room.desk.people.change(name, password=password)
    except UserError as error:
        return _page(request, room, session, problem=error.problem, status=refused(error))
    return signed_in(request, room, session.person, "/settings?done=password")


def _page(
    request: Request,
    room: Room,
    session: Session,
    *,
    problem: Problem | None = None,
    done: bool = False,
    status: int = 200,
) -> Response:
    return page(
        request,
        "settings.html",
        session,
        status=status,
        installed=installation(room.desk),
        address=room.address,
        problem=problem,
        done=done,
    )
