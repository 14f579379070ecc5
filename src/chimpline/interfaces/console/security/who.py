"""Who asks: a person with a session, or a program with a token."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Form, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chimpline.interfaces.console.room import Room, room_of
from chimpline.service.people.people import Role
from chimpline.service.people.sessions import Session
from chimpline.service.people.tokens import Scope, Token

COOKIE = "chimpline_session"
FORM_COOKIE = "chimpline_form"
"""Of a form that is sent before there is a session: the form brings the same word."""


class SignInNeeded(Exception):
    """A page was asked for by nobody."""


class Forbidden(Exception):
    """A viewer asked for what an admin may do."""


class FormRefused(Exception):
    """A form without its word: sent by another page, or from before the last sign-in."""


class TokenRefused(Exception):
    """The API was asked without a token that counts."""


class ScopeRefused(Exception):
    """The token does not reach that far; `scope` is the one it lacks."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope.value)
        self.scope = scope


RoomOf = Annotated[Room, Depends(room_of)]


def session_of(request: Request, room: RoomOf) -> Session:
    """The session of the cookie. Raises `SignInNeeded`."""
    found = session_if_any(request, room)
    if found is None:
        raise SignInNeeded
    return found


def session_word(request: Request, room: Room) -> str:
    """What the cookie of a session holds; empty where there is none."""
    return request.cookies.get(room.address.cookie(COOKIE), "")


def session_if_any(request: Request, room: Room) -> Session | None:
    word = session_word(request, room)
    return room.desk.sessions.of(word) if word else None


SessionOf = Annotated[Session, Depends(session_of)]


def changing(
    session: SessionOf,
    csrf: Annotated[str, Form()] = "",
    header: Annotated[str, Header(alias="X-CSRF-Token")] = "",
) -> Session:
    """The session of a form that changes something. Raises `FormRefused`."""
    if not secrets.compare_digest((csrf or header).encode(), session.csrf.encode()):
        raise FormRefused
    return session


def administering(session: Annotated[Session, Depends(changing)]) -> Session:
    """The session of a form of an admin. Raises `Forbidden`."""
    if session.person.role is not Role.ADMIN:
        raise Forbidden
    return session


def admin(session: SessionOf) -> Session:
    """The session of an admin, for a page that only admins see. Raises `Forbidden`."""
    if session.person.role is not Role.ADMIN:
        raise Forbidden
    return session


ChangingSession = Annotated[Session, Depends(changing)]
AdminSession = Annotated[Session, Depends(administering)]
OneAdmin = Annotated[Session, Depends(admin)]
"""Of a page that only admins see; what changes something takes an `AdminSession`."""


_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token that `chimpline tokens create` or the page Settings made.",
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


class TokenFor:
    """What an operation of the API depends on: a token that reaches as far as `scope`."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self, room: RoomOf, bearer: Bearer) -> Token:
        """Raises `TokenRefused`, `ScopeRefused`."""
        token = room.desk.tokens.of(bearer.credentials.strip()) if bearer else None
        if token is None:
            raise TokenRefused
        if not token.may(self.scope):
            raise ScopeRefused(self.scope)
        return token


def token_for(scope: Scope) -> type[Token]:
    return Annotated[Token, Depends(TokenFor(scope))]  # type: ignore[return-value]
