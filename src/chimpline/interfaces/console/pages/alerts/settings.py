"""Settings, Alerts: make one, change it, send a test, remove it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from chimpline.errors import UserError
from chimpline.interfaces.console.api.alerts import alerts_of
from chimpline.interfaces.console.api.answers.problems import status_of
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, admin
from chimpline.message import Message, Problem
from chimpline.service.alerts.addresses import SERVICES
from chimpline.service.alerts.kinds import Alert, AlertKind
from chimpline.service.people.sessions import Session

router = APIRouter(include_in_schema=False)
Admin = Annotated[Session, Depends(admin)]
_NOTHING = Message("kept-nothing-changed")
_DONE = {
    "saved": "alert-done-saved",
    "removed": "alert-done-removed",
    "sent": "alert-done-sent",
}


class Typed(BaseModel):
    """The form of an alert. `pipelines`: none of them means all."""

    csrf: Annotated[str, Field(max_length=100)] = ""
    name: Annotated[str, Field(max_length=100)] = ""
    on: Annotated[list[str], Field(max_length=20)] = []
    pipelines: Annotated[list[str], Field(max_length=1000)] = []
    address: Annotated[str, Field(max_length=4000)] = ""


TypedForm = Annotated[Typed, Form()]


@router.get("/settings/alerts")
def everything(
    request: Request, room: RoomOf, session: Admin, done: str = "", name: str = ""
) -> Response:
    return _all(request, room, session, done=_DONE.get(done), name=name[:60])


@router.get("/settings/alerts/-/new")
def new(request: Request, room: RoomOf, session: Admin) -> Response:
    return _form(request, room, session, None, Typed(on=[kind.value for kind in AlertKind]))


@router.post("/settings/alerts")
def create(request: Request, room: RoomOf, session: AdminSession, typed: TypedForm) -> Response:
    name = typed.name.strip()
    if any(one.name == name for one in alerts_of(room).everything()):
        problem = Problem(Message.of("alert-name-taken", name=name), _NOTHING)
        return _form(request, room, session, None, typed, problem=problem, status=409)
    return _saved(request, room, session, None, typed)


@router.get("/settings/alerts/{name}")
def one(request: Request, name: str, room: RoomOf, session: Admin) -> Response:
    return _form(request, room, session, name, _offered(name, _known(room, name)))


@router.post("/settings/alerts/{name}")
def change(
    request: Request, name: str, room: RoomOf, session: AdminSession, typed: TypedForm
) -> Response:
    _known(room, name)
    return _saved(request, room, session, name, typed)


@router.post("/settings/alerts/{name}/test")
def test(request: Request, name: str, room: RoomOf, session: AdminSession) -> Response:
    """Send a message to the service, and say what came of it."""
    try:
        sent = alerts_of(room).test(name)
    except UserError as error:
        return _all(request, room, session, problem=error.problem, status=status_of(error))
    if sent.ok:
        return RedirectResponse(f"/settings/alerts?done=sent&name={name}", 303)
    message = Message.of("alert-test-failed", name=name)
    if sent.status is not None:
        message = Message.of("alert-test-refused", name=name, status=str(sent.status))
    problem = Problem(message, Message("kept-nothing-changed"))
    return _all(request, room, session, problem=problem, status=502)


@router.post("/settings/alerts/{name}/remove")
def remove(name: str, room: RoomOf, session: AdminSession) -> Response:
    del session
    alerts_of(room).remove(name)
    return RedirectResponse(f"/settings/alerts?done=removed&name={name}", 303)


def _saved(
    request: Request, room: Room, session: Session, name: str | None, typed: Typed
) -> Response:
    kinds = [kind for kind in AlertKind if kind.value in typed.on]
    address = typed.address.strip() or None
    called = name or typed.name.strip()
    try:
        alerts_of(room).put(called, kinds, typed.pipelines or None, address)
    except UserError as error:
        return _form(
            request, room, session, name, typed, problem=error.problem, status=status_of(error)
        )
    return RedirectResponse(f"/settings/alerts?done=saved&name={called}", 303)


def _known(room: Room, name: str) -> Alert:
    found = next((one for one in alerts_of(room).everything() if one.name == name), None)
    if found is None:
        raise UserError("alert-unknown", name=name)
    return found.settings


def _offered(name: str, alert: Alert) -> Typed:
    return Typed(
        name=name, on=[kind.value for kind in alert.on], pipelines=list(alert.pipelines or ())
    )


def _all(
    request: Request,
    room: Room,
    session: Session,
    *,
    problem: Problem | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    alerts = alerts_of(room)
    return page(
        request,
        "alerts/all.html",
        session,
        status=status,
        alerts=alerts.everything(),
        latest=alerts.memory.newest(),
        kinds=len(AlertKind),
        problem=problem,
        **{"done": None, "name": "", **values},
    )


def _form(
    request: Request,
    room: Room,
    session: Session,
    name: str | None,
    typed: Typed,
    *,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    """What was typed comes back, but for the address: it is a secret."""
    return page(
        request,
        "alerts/one.html",
        session,
        status=status,
        name=name,
        typed=typed,
        kinds=list(AlertKind),
        pipelines=room.desk.pipeline_names(),
        services=SERVICES,
        problem=problem,
    )
