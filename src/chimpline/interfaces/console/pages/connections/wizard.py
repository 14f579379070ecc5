"""The way to *verified*, in the steps, labels and order of `chimpline connect`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from chimpline.errors import ChimplineError, UserError
from chimpline.interfaces.console.language import language_of
from chimpline.interfaces.console.pages.connections.explained import IN_THE_GUIDE, explained
from chimpline.interfaces.console.pages.connections.typed import (
    Typed,
    offered_of,
    settings_of,
    shown_again,
)
from chimpline.interfaces.console.pages.page import is_part, page
from chimpline.interfaces.console.pages.shown import Shown
from chimpline.interfaces.console.room import Room, SignInsOf
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, admin
from chimpline.interfaces.messages.catalogue import Told, catalogue
from chimpline.service.connection.authentication import client_secret
from chimpline.service.connection.connections import Connections
from chimpline.service.connection.statuses import ConnectionState
from chimpline.service.connection.vault import SecretKind
from chimpline.service.people.sessions import Session
from chimpline.service.sign_in.listed import check_name, one_of
from chimpline.service.sign_in.walking import SignIns

router = APIRouter(include_in_schema=False)
Admin = Annotated[Session, Depends(admin)]
AUTHS = ("oauth", "api_key")

# -- 1. Preparing for authentication --------------------------------------------------------------


@router.get("/connections/new")
def prepare(request: Request, room: RoomOf, session: Admin) -> Response:
    """The first step: what to have ready."""
    with room.desk.connections() as found:
        settings = found.definitions.of(_free_name(found))
    return page(
        request,
        "connections/prepare.html",
        session,
        redirect_uri=settings.redirect_uri,
        explained=IN_THE_GUIDE,
    )


# -- 2. Settings ----------------------------------------------------------------------------------


@router.get("/connections/-/settings")
def new_settings(request: Request, room: RoomOf, session: Admin, auth: str = "oauth") -> Response:
    """The second step, for a connection that there is not yet."""
    with room.desk.connections() as found:
        name = _free_name(found)
        values = {**offered_of(found.definitions.of(name)), "name": name}
    return _settings(request, room, session, None, auth, values)


@router.post("/connections/-/settings")
def create(
    request: Request, room: RoomOf, session: AdminSession, sign_ins: SignInsOf, typed: Typed
) -> Response:
    name = typed.get("name", "").strip()
    auth = _auth(typed.get("auth", ""))
    there_before = _exists(room, name)
    try:
        if there_before:
            raise UserError("connection-name-taken", name=name)
        check_name(name)
        return _begun(room, sign_ins, name, auth, typed)
    except ChimplineError as error:
        if not there_before and _exists(room, name):  # saved, and then refused by Mailchimp
            sign_ins.problems[name] = error
            return RedirectResponse(f"/connections/{name}/sign-in", 303)
        return _settings(request, room, session, None, auth, shown_again(typed), error)


@router.get("/connections/{name}/sign-in")
def sign_in_form(  # noqa: PLR0917
    request: Request,
    name: str,
    room: RoomOf,
    session: Admin,
    sign_ins: SignInsOf,
    auth: str = "",
) -> Response:
    """The second step, for a connection that there is: to sign in again, or at last."""
    now = one_of(room.desk, name)
    values = offered_of(now.connection.settings) if now.connection else {}
    known = now.connection.settings.auth if now.connection else None
    if name in sign_ins.insisted:
        values["insist"] = "true"
    error = sign_ins.problems.pop(name, None) or now.problem
    return _settings(request, room, session, name, _auth(auth or known or ""), values, error)


@router.post("/connections/{name}/sign-in")
def sign_in(  # noqa: PLR0917
    request: Request,
    name: str,
    room: RoomOf,
    session: AdminSession,
    sign_ins: SignInsOf,
    typed: Typed,
) -> Response:
    one_of(room.desk, name)
    auth = _auth(typed.get("auth", ""))
    try:
        return _begun(room, sign_ins, name, auth, typed)
    except ChimplineError as error:
        return _settings(request, room, session, name, auth, shown_again(typed), error)


def _begun(
    room: Room, sign_ins: SignIns, name: str, auth: str, typed: Mapping[str, str]
) -> Response:
    """On to Mailchimp's page; with an API key, to *verified* at once."""
    settings = settings_of(typed, auth)
    accept = bool(typed.get("accept"))
    before = _verified_before(room, name)
    if auth == "api_key":
        key = typed.get("api_key", "").strip()
        if not key:
            raise UserError("api-key-missing")
        sign_ins.by_key(name, settings, key, accept=accept)
        return _to_verified(name, before=before)
    given = typed.get("client_secret", "").strip()
    sign_ins.begin(
        name,
        settings,
        client_secret=client_secret(given) if given else None,
        insist=bool(typed.get("insist")),
    )
    return RedirectResponse(f"/connections/{name}/authenticate", 303)


# -- 3. Authenticate ------------------------------------------------------------------------------


@router.get("/connections/{name}/authenticate")
def authenticate(
    request: Request, name: str, room: RoomOf, session: Admin, sign_ins: SignInsOf
) -> Response:
    """The third step: a person consents on Mailchimp's page, and the code comes here."""
    now = one_of(room.desk, name)
    waiting = sign_ins.waiting(name)
    if waiting is None:
        verified = now.status.state is ConnectionState.VERIFIED
        is_over = verified and name not in sign_ins.problems  # told where one signs in again
        return RedirectResponse(f"/connections/{name}{'' if is_over else '/sign-in'}", 303)
    return page(
        request,
        "connections/authenticate.html",
        session,
        now=now,
        waiting=waiting,
        told=_told(request, room, sign_ins.problems.pop(name, None), waits=True),
    )


@router.get("/connections/{name}/authenticate/now")
def authenticate_now(
    request: Request, name: str, room: RoomOf, session: Admin, sign_ins: SignInsOf
) -> Response:
    """Whether the code has come by itself; then it is tried."""
    now = one_of(room.desk, name)
    waiting = sign_ins.waiting(name)
    if waiting is None:
        return _to(request, f"/connections/{name}/authenticate")
    return page(request, "connections/authenticate_now.html", session, now=now, waiting=waiting)


@router.post("/connections/{name}/code")
def code(  # noqa: PLR0917
    request: Request,
    name: str,
    room: RoomOf,
    session: AdminSession,
    sign_ins: SignInsOf,
    typed: Typed,
) -> Response:
    """Verify: with what was pasted, or with what came by itself."""
    del session
    one_of(room.desk, name)
    before = _verified_before(room, name)
    try:
        sign_ins.complete(name, typed.get("code", ""), accept=bool(typed.get("accept")))
    except ChimplineError as error:
        sign_ins.problems[name] = error
        return _to(request, f"/connections/{name}/authenticate")
    return _to(request, _verified(name, before=before))


@router.post("/connections/{name}/give-up")
def give_up(name: str, room: RoomOf, session: AdminSession, sign_ins: SignInsOf) -> Response:
    del session
    one_of(room.desk, name)
    sign_ins.give_up(name)
    return RedirectResponse(f"/connections/{name}", 303)


# -- what the steps have in common ----------------------------------------------------------------


def _settings(  # noqa: PLR0917
    request: Request,
    room: Room,
    session: Session,
    name: str | None,
    auth: str,
    values: Mapping[str, str],
    error: ChimplineError | None = None,
) -> Response:
    now = one_of(room.desk, name) if name else None
    secret = SecretKind.NEW_CLIENT_SECRET, SecretKind.CLIENT_SECRET
    return page(
        request,
        "connections/settings.html",
        session,
        status=422 if error is not None and request.method == "POST" else 200,
        now=now,
        auth=_auth(auth),
        values=values,
        has_secret=now is not None and any(kind in now.kept for kind in secret),
        told=_told(request, room, error),
    )


def _told(
    request: Request, room: Room, error: ChimplineError | None, *, waits: bool = False
) -> Told | None:
    if error is None:
        return None
    words = catalogue(language_of(request))
    return explained(error, Shown(words, now=room.desk.clock()), words, waits=waits)


def _to(request: Request, address: str) -> Response:
    """Another page, also where htmx asked for a part of this one."""
    if is_part(request):
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _verified(name: str, *, before: bool) -> str:
    return f"/connections/{name}?done={'again' if before else 'verified'}"


def _to_verified(name: str, *, before: bool) -> Response:
    return RedirectResponse(_verified(name, before=before), 303)


def _auth(text: str) -> str:
    return text if text in AUTHS else AUTHS[0]


def _exists(room: Room, name: str) -> bool:
    with room.desk.connections() as found:
        return name in found.names()


def _verified_before(room: Room, name: str) -> bool:
    with room.desk.connections() as found:
        return found.statuses.of(name).verified_at is not None


def _free_name(connections: Connections) -> str:
    """What a new connection is called unless somebody says so: main, then main-2, and so on."""
    names = connections.names()
    numbers = (f"main-{number}" for number in range(2, len(names) + 3))
    return next(one for one in ("main", *numbers) if one not in names)
