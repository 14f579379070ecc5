"""Tokens, for programs: a token makes none that reaches further or lasts longer than itself."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from chimpline.errors import UserError
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.service.people import tokens
from chimpline.service.people.tokens import Scope

router = APIRouter(prefix="/api/v1", tags=["tokens"])

Administering = token_for(Scope.ADMIN)
LONGEST_DAYS = 3650
NAME = f"^{tokens.NAME.pattern}$"


def _number(value: object) -> object:
    """As JSON has it: pydantic would take a text or a truth value for a number."""
    if isinstance(value, str | bool):
        raise ValueError("it is no number")  # noqa: TRY004  (pydantic turns it into an answer)
    return value


class Token(BaseModel):
    """A token, without its word."""

    model_config = ConfigDict(frozen=True)

    name: str
    scopes: list[Scope]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    used_at: dt.datetime | None

    @classmethod
    def of(cls, token: tokens.Token) -> Token:
        return cls(
            name=token.name,
            scopes=sorted(token.scopes),
            created_at=token.created_at,
            expires_at=token.expires_at,
            used_at=token.used_at,
        )


class Tokens(BaseModel):
    tokens: list[Token]


class NewToken(BaseModel):
    """What a token is to be. `days` until it expires; None: never."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=NAME, max_length=60)
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS), BeforeValidator(_number)] | None = None


class MadeToken(Token):
    """A token with its word, which is told this once."""

    token: str


@router.get("/tokens")
def list_tokens(room: RoomOf, token: Administering) -> Tokens:  # type: ignore[valid-type]
    """All tokens, by name."""
    del token
    return Tokens(tokens=[Token.of(one) for one in room.desk.tokens.everything()])


@router.post("/tokens", status_code=201)
def create_token(
    new: NewToken,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
) -> MadeToken:
    """Make a token; its word is told this once. 409 where there is one of this name."""
    by: tokens.Token = token
    for scope in new.scopes:
        if not by.may(scope):
            raise UserError("token-beyond-its-maker", scope=scope.value)
    ends = None if new.days is None else room.desk.clock() + dt.timedelta(days=new.days)
    if by.expires_at is not None and (ends is None or ends > by.expires_at):
        raise UserError("token-longer-than-its-maker", until=by.expires_at)
    made = room.desk.tokens.create(new.name, new.scopes, ends)
    found = next(one for one in room.desk.tokens.everything() if one.name == new.name)
    return MadeToken(**Token.of(found).model_dump(), token=made)


@router.delete("/tokens/{name}", status_code=204, response_class=Response)
def revoke_token(
    name: Annotated[str, Path(max_length=60, pattern=NAME)],
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
) -> Response:
    """Whatever uses it is refused from then on."""
    del token
    room.desk.tokens.revoke(name)
    return Response(status_code=204)
