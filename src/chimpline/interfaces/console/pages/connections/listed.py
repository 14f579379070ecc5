"""The connections, and each one's own page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from chimpline.errors import ChimplineError
from chimpline.interfaces.console.language import language_of
from chimpline.interfaces.console.pages.connections.explained import explained
from chimpline.interfaces.console.pages.connections.typed import (
    Typed,
    offered_of,
    settings_of,
    shown_again,
)
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.pages.shown import Shown
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, SessionOf, admin
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.message import Problem
from chimpline.service.connection import access
from chimpline.service.people.sessions import Session
from chimpline.service.sign_in.listed import ConnectionNow, all_of, one_of

router = APIRouter(include_in_schema=False)
Admin = Annotated[Session, Depends(admin)]


@router.get("/connections")
def connections(request: Request, room: RoomOf, session: SessionOf) -> Response:
    return page(request, "connections/list.html", session, connections=all_of(room.desk))


@router.get("/connections/{name}")
def connection(
    request: Request, name: str, room: RoomOf, session: SessionOf, done: str = ""
) -> Response:
    return _page(request, room, session, name, done=done if done in _DONE else "")


_DONE = ("verified", "again", "checked", "saved")


@router.post("/connections/{name}/check")
def check(request: Request, name: str, room: RoomOf, session: AdminSession) -> Response:
    """Ask Mailchimp for the account, and for one record of every table."""
    one_of(room.desk, name)
    try:
        with room.desk.connections() as found:
            given = found.given_credential(name)
            access.check(found, name, credential=given)
    except ChimplineError as error:
        return _page(request, room, session, name, error=error, status=422)
    return RedirectResponse(f"/connections/{name}?done=checked", 303)


@router.get("/connections/{name}/edit")
def edit_form(request: Request, name: str, room: RoomOf, session: Admin) -> Response:
    now = one_of(room.desk, name)
    values = offered_of(now.connection.settings) if now.connection else {}
    return _edit(request, session, now, values)


@router.post("/connections/{name}/edit")
def edit(
    request: Request, name: str, room: RoomOf, session: AdminSession, typed: Typed
) -> Response:
    now = one_of(room.desk, name)
    auth = now.connection.settings.auth if now.connection else None
    settings = settings_of(typed, auth or "oauth")
    if auth is None:
        del settings["auth"]
    try:
        with room.desk.connections() as found:
            found.name_hosts(name, settings)
            found.edit(name, settings)
    except ChimplineError as error:
        return _edit(request, session, now, shown_again(typed), error.problem, 422)
    return RedirectResponse(f"/connections/{name}?done=saved", 303)


@router.get("/connections/{name}/delete")
def delete_form(request: Request, name: str, room: RoomOf, session: Admin) -> Response:
    return page(
        request, "connections/delete.html", session, now=one_of(room.desk, name), problem=None
    )


@router.post("/connections/{name}/delete")
def delete(request: Request, name: str, room: RoomOf, session: AdminSession) -> Response:
    now = one_of(room.desk, name)
    try:
        with room.desk.connections() as found:
            found.delete(name)
    except ChimplineError as error:
        return page(
            request,
            "connections/delete.html",
            session,
            status=409,
            now=now,
            problem=error.problem,
        )
    return RedirectResponse("/connections", 303)


def _page(
    request: Request,
    room: Room,
    session: Session,
    name: str,
    *,
    done: str = "",
    error: ChimplineError | None = None,
    status: int = 200,
) -> Response:
    words = catalogue(language_of(request))
    told = None
    if error is not None:
        told = explained(error, Shown(words, now=room.desk.clock()), words)
    return page(
        request,
        "connections/connection.html",
        session,
        status=status,
        now=one_of(room.desk, name),
        done=done,
        told=told,
    )


def _edit(  # noqa: PLR0917
    request: Request,
    session: Session,
    now: ConnectionNow,
    values: dict[str, str],
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    if problem is None and now.problem is not None:
        problem = now.problem.problem
    auth = now.connection.settings.auth if now.connection else None
    return page(
        request,
        "connections/edit.html",
        session,
        status=status,
        now=now,
        values=values,
        auth=auth or "oauth",
        problem=problem,
    )
