"""Signing in and out, and the first person's way in."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from chimpline.errors import UserError
from chimpline.interfaces.console.language import LANGUAGE_COOKIE
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.guard import own_path
from chimpline.interfaces.console.security.guesses import TooOften, guessed
from chimpline.interfaces.console.security.who import (
    COOKIE,
    FORM_COOKIE,
    ChangingSession,
    FormRefused,
    RoomOf,
    session_word,
)
from chimpline.interfaces.messages.catalogue import LANGUAGES
from chimpline.message import Message, Problem
from chimpline.service.people import people
from chimpline.service.people.people import Person, Role
from chimpline.service.people.secrets import drawn
from chimpline.service.people.sessions import AT_MOST

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]
_NOTHING = Message("kept-nothing-touched")


@router.get("/sign-in")
def sign_in_form(request: Request, room: RoomOf) -> Response:
    nobody = not room.desk.people.everyone()
    return _with_form_word(request, room, "sign_in.html", nobody=nobody, problem=None, name="")


@router.post("/sign-in")
def sign_in(request: Request, room: RoomOf, name: Text, password: Text, csrf: Text) -> Response:
    _checked(request, room, csrf)
    try:
        person = guessed(request, room, name, password)
    except TooOften as error:
        answer = _again(request, room, name, error.problem, 429)
        answer.headers["Retry-After"] = str(error.problem.message.facts["seconds"])
        return answer
    if person is None:
        refused = Problem(Message("console-sign-in-refused"), _NOTHING)
        return _again(request, room, name, refused, 401)
    return signed_in(request, room, person)


@router.post("/sign-out")
def sign_out(request: Request, room: RoomOf, session: ChangingSession) -> Response:
    del session
    room.desk.sessions.end(session_word(request, room))
    return signed_out(room)


@router.get("/welcome")
def welcome_form(request: Request, room: RoomOf, key: str = "") -> Response:
    if not room.welcome.fits(key):
        return page(request, "welcome_over.html", status=410)
    return _with_form_word(request, room, "welcome.html", key=key, problem=None, name="")


class FirstPassword(BaseModel):
    """The form of the welcome page; `again`: the password, typed twice."""

    key: str = Field(max_length=100)
    name: str = Field(max_length=1000)
    password: str = Field(max_length=1000)
    again: str = Field(max_length=1000)
    csrf: str = Field(max_length=100)


@router.post("/welcome")
def welcome(request: Request, room: RoomOf, form: Annotated[FirstPassword, Form()]) -> Response:
    """Sets a person's password, an admin's, and uses the link up."""
    _checked(request, room, form.csrf)
    key, name = form.key, form.name.strip()
    if not room.welcome.fits(key):
        return page(request, "welcome_over.html", status=410)
    problem = None
    if form.password != form.again:
        problem = Problem(Message("passwords-differ"), _NOTHING)
    else:
        try:
            people.check(name, form.password)
        except UserError as error:
            problem = error.problem
    if problem is not None:
        return _with_form_word(
            request, room, "welcome.html", status=422, key=key, problem=problem, name=name
        )
    if not room.welcome.take(key):  # two opened it at once
        return page(request, "welcome_over.html", status=410)
    room.desk.people.put(name, Role.ADMIN, form.password)
    person = next(one for one in room.desk.people.everyone() if one.name == name)
    return signed_in(request, room, person)


@router.post("/language")
def language(room: RoomOf, chosen: Text, back: Text = "/") -> Response:
    """Which language this browser reads; it changes nothing else, so anybody may."""
    answer = RedirectResponse(own_path(back), 303)
    if chosen in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=365 * 86400,
            httponly=True,
            samesite="lax",
            secure=room.address.is_secure,
        )
    return answer


def _again(request: Request, room: Room, name: str, problem: Problem, status: int) -> Response:
    """The form once more, with the name that was typed; the password has to be typed again."""
    return _with_form_word(
        request, room, "sign_in.html", status=status, nobody=False, problem=problem, name=name
    )


def _with_form_word(
    request: Request, room: Room, template: str, *, status: int = 200, **values: Any
) -> Response:
    """A form for who has no session: the word in it has to come back with the cookie."""
    name = room.address.cookie(FORM_COOKIE)
    word = request.cookies.get(name) or drawn()
    answer = page(request, template, status=status, form_word=word, **values)
    answer.set_cookie(name, word, httponly=True, samesite="strict", secure=room.address.is_secure)
    return answer


def _checked(request: Request, room: Room, csrf: str) -> None:
    word = request.cookies.get(room.address.cookie(FORM_COOKIE), "")
    if not word or not secrets.compare_digest(csrf.encode(), word.encode()):
        raise FormRefused


def signed_in(request: Request, room: Room, person: Person, to: str | None = None) -> Response:
    """A new session, whatever was there before: nobody can have planted its word."""
    word = room.desk.sessions.begin(person, instead_of=session_word(request, room))
    answer = RedirectResponse(to or _begins_at(room, person), 303)
    answer.set_cookie(
        room.address.cookie(COOKIE),
        word,
        max_age=int(AT_MOST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=room.address.is_secure,
    )
    _take_back(answer, room, FORM_COOKIE)
    return answer


def _begins_at(room: Room, person: Person) -> str:
    """The overview; who is the first here is shown what to prepare for a connection."""
    sources = room.desk.configuration().sources
    is_new = not sources.names("connections") and not sources.names("pipelines")
    return "/connections/new" if is_new and person.role is Role.ADMIN else "/"


def signed_out(room: Room) -> Response:
    answer = RedirectResponse("/sign-in", 303)
    _take_back(answer, room, COOKIE)
    return answer


def _take_back(answer: Response, room: Room, name: str) -> None:
    secure = room.address.is_secure
    answer.delete_cookie(room.address.cookie(name), secure=secure, httponly=True, samesite="lax")
