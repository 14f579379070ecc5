"""Tokens of programs: made here, shown once, revoked."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from chimpline.errors import UserError
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.pages.settings.parts import Named, Word, refused
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import AdminSession, OneAdmin, RoomOf
from chimpline.message import Problem
from chimpline.service.people.sessions import Session
from chimpline.service.people.tokens import Scope

router = APIRouter(include_in_schema=False)
DAYS = (30, 90, 365)
"""Until a token expires, as the form offers them; 0 is never."""


@router.get("/settings/tokens")
def tokens(request: Request, room: RoomOf, session: OneAdmin) -> Response:
    return _page(request, room, session)


@router.post("/settings/tokens")
def create(
    request: Request,
    room: RoomOf,
    session: AdminSession,
    *,
    name: Word = "",
    scope: Annotated[list[str], Form(max_length=10)] = [],  # noqa: B006  (FastAPI copies it)
    days: Annotated[int, Form(ge=0, le=3650)] = 0,
) -> Response:
    """The answer shows the token; no other ever does."""
    now = room.desk.clock()
    try:
        scopes = [_scope(one) for one in scope]
        until = now + dt.timedelta(days=days) if days else None
        made = room.desk.tokens.create(name.strip(), scopes, until)
    except UserError as error:
        problem, status = error.problem, refused(error)
        return _page(request, room, session, problem=problem, status=status, typed=name)
    return _page(request, room, session, made=made)


@router.post("/settings/tokens/{name}/revoke")
def revoke(request: Request, name: Named, room: RoomOf, session: AdminSession) -> Response:
    try:
        room.desk.tokens.revoke(name)
    except UserError as error:
        return _page(request, room, session, problem=error.problem, status=refused(error))
    return RedirectResponse("/settings/tokens", 303)


def _scope(word: str) -> Scope:
    try:
        return Scope(word)
    except ValueError:
        known = tuple(one.value for one in Scope)
        raise UserError("token-scope-unknown", scope=word, scopes=known) from None


def _page(
    request: Request,
    room: Room,
    session: Session,
    *,
    made: str = "",
    problem: Problem | None = None,
    status: int = 200,
    typed: str = "",
) -> Response:
    return page(
        request,
        "settings_tokens.html",
        session,
        status=status,
        tokens=room.desk.tokens.everything(),
        now=room.desk.clock(),
        scopes=[one.value for one in Scope],
        days=DAYS,
        made=made,
        problem=problem,
        typed=typed,
    )
