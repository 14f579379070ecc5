"""The destinations: listed, made, edited, tried and deleted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from chimpline.errors import ChimplineError, UserError
from chimpline.interfaces.console.api.answers.problems import status_of
from chimpline.interfaces.console.language import language_of
from chimpline.interfaces.console.pages.connections.typed import Typed, shown_again
from chimpline.interfaces.console.pages.page import is_part, page
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, SessionOf, admin
from chimpline.interfaces.messages.catalogue import Catalogue, catalogue
from chimpline.message import Message, Problem
from chimpline.service.editing.destinations import (
    DestinationDefinitions,
    DestinationNow,
    Kind,
    kind_named,
    kinds,
)
from chimpline.service.editing.tried import Tried, try_destination
from chimpline.service.people.sessions import Session
from chimpline.service.settings.edit import SettingsChanged

router = APIRouter(include_in_schema=False)
Admin = Annotated[Session, Depends(admin)]
SETTING, SECRET = "setting-", "secret-"


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One setting as the form asks for it; `now`: what the file has meanwhile, if it is another."""

    name: str
    label: str
    about: str
    value: str
    example: str = ""
    needed: bool = False
    now: str | None = None


@router.get("/destinations")
def destinations(request: Request, room: RoomOf, session: SessionOf) -> Response:
    return page(
        request,
        "destinations/list.html",
        session,
        destinations=DestinationDefinitions(room.desk).all(),
        kinds=kinds(),
    )


@router.get("/destinations/-/new")
def new(request: Request, room: RoomOf, session: Admin, kind: str = "") -> Response:
    chosen = kind_named(kind) or kinds()[0]
    version = DestinationDefinitions(room.desk).version()
    return _form(request, room, session, None, chosen, {"version": version})


@router.post("/destinations/-/new")
def create(request: Request, room: RoomOf, session: AdminSession, typed: Typed) -> Response:
    chosen = kind_named(typed.get("kind", "")) or kinds()[0]
    return _saved(request, room, session, None, chosen, typed)


@router.get("/destinations/{name}")
def destination(
    request: Request, name: str, room: RoomOf, session: SessionOf, done: str = ""
) -> Response:
    return _page(request, room, session, name, done=done if done in _DONE else "")


_DONE = ("saved", "forgotten")


@router.get("/destinations/{name}/edit")
def edit_form(request: Request, name: str, room: RoomOf, session: Admin) -> Response:
    now = DestinationDefinitions(room.desk).get(name)
    values = {SETTING + field: str(value) for field, value in now.values.items()}
    values["version"] = now.version
    return _form(request, room, session, now, _kind_of(now), values)


@router.post("/destinations/{name}/edit")
def edit(
    request: Request, name: str, room: RoomOf, session: AdminSession, typed: Typed
) -> Response:
    now = DestinationDefinitions(room.desk).get(name)
    return _saved(request, room, session, now, _kind_of(now), typed)


@router.post("/destinations/{name}/test")
def test(request: Request, name: str, room: RoomOf, session: AdminSession) -> Response:
    """Whether a run could write there; nothing is written."""
    DestinationDefinitions(room.desk).get(name)
    tried: Sequence[Tried] = ()
    problem = None
    try:
        tried = try_destination(room.desk, name)
    except ChimplineError as error:
        problem = error.problem
    if is_part(request):
        return page(request, "destinations/tried.html", session, tried=tried, problem=problem)
    return _page(request, room, session, name, tried=tried, problem=problem)


@router.post("/destinations/{name}/forget")
def forget(name: str, room: RoomOf, session: AdminSession) -> Response:
    """Delete the stored secrets."""
    del session
    definitions = DestinationDefinitions(room.desk)
    definitions.get(name)
    definitions.forget_secrets(name)
    return RedirectResponse(f"/destinations/{name}?done=forgotten", 303)


@router.get("/destinations/{name}/delete")
def delete_form(request: Request, name: str, room: RoomOf, session: Admin) -> Response:
    now = DestinationDefinitions(room.desk).get(name)
    return page(request, "destinations/delete.html", session, now=now, problem=None)


@router.post("/destinations/{name}/delete")
def delete(
    request: Request, name: str, room: RoomOf, session: AdminSession, typed: Typed
) -> Response:
    definitions = DestinationDefinitions(room.desk)
    try:
        definitions.remove(name, typed.get("version") or None)
    except UserError as error:
        return page(
            request,
            "destinations/delete.html",
            session,
            status=status_of(error),
            now=definitions.get(name),
            problem=error.problem,
        )
    return RedirectResponse("/destinations", 303)


def _page(
    request: Request,
    room: Room,
    session: Session,
    name: str,
    *,
    tried: Sequence[Tried] = (),
    problem: Problem | None = None,
    done: str = "",
) -> Response:
    now = DestinationDefinitions(room.desk).get(name)
    words = catalogue(language_of(request))
    return page(
        request,
        "destinations/destination.html",
        session,
        now=now,
        fields=_fields(words, _kind_of(now), _given_by_url(now), _values(now), {}),
        tried=tried,
        problem=problem,
        done=done,
    )


def _saved(  # noqa: PLR0917
    request: Request,
    room: Room,
    session: Session,
    now: DestinationNow | None,
    kind: Kind | None,
    typed: Mapping[str, str],
) -> Response:
    definitions = DestinationDefinitions(room.desk)
    name = now.name if now else typed.get("name", "").strip()
    values: dict[str, object] = {
        field.removeprefix(SETTING): value
        for field, value in typed.items()
        if field.startswith(SETTING)
    }
    if kind is not None and (now is None or not _given_by_url(now)):
        values["kind"] = kind.schemes[0]
    secrets = {
        field.removeprefix(SECRET): value
        for field, value in typed.items()
        if field.startswith(SECRET) and value
    }
    version = typed.get("version") or None
    try:
        definitions.put(name, values, secrets or None, version, new=now is None)
    except ChimplineError as error:
        shown = {f: v for f, v in shown_again(typed).items() if not f.startswith(SECRET)}
        if isinstance(error, SettingsChanged):
            shown["version"] = error.version
        return _form(request, room, session, now, kind, shown, error)
    return RedirectResponse(f"/destinations/{name}?done=saved", 303)


def _form(  # noqa: PLR0917
    request: Request,
    room: Room,
    session: Session,
    now: DestinationNow | None,
    kind: Kind | None,
    values: Mapping[str, str],
    error: ChimplineError | None = None,
) -> Response:
    """The form; where the file was changed meanwhile, with both, what it has and what was typed."""
    words = catalogue(language_of(request))
    changed = _values(now) if now and isinstance(error, SettingsChanged) else {}
    typed = {
        field.removeprefix(SETTING): value
        for field, value in values.items()
        if field.startswith(SETTING)
    }
    return page(
        request,
        "destinations/form.html",
        session,
        status=status_of(error) if error else 200,
        now=now,
        kind=kind,
        by_url=now is not None and _given_by_url(now),
        fields=_fields(words, kind, now is not None and _given_by_url(now), typed, changed),
        values=values,
        changed=bool(changed),
        secrets=[
            (one.name, _word(words, f"dest-secret-{one.name}", one.name)) for one in kind.secrets
        ]
        if kind
        else [],
        data_dir=DestinationDefinitions(room.desk).data_dir,
        problem=error.problem if error else None,
    )


def _fields(
    words: Catalogue,
    kind: Kind | None,
    by_url: bool,
    values: Mapping[str, str],
    changed: Mapping[str, str],
) -> list[Field]:
    """The settings of a destination, in the order of its kind; the dataset last."""
    found = []
    if by_url or kind is None:
        found.append(Field("url", _word(words, "dest-url", "url"), "", "", needed=True))
    else:
        scheme = kind.schemes[0]
        found += [
            Field(
                setting.name,
                _word(words, f"dest-{scheme}-{setting.name}", setting.name),
                _word(words, f"dest-{scheme}-{setting.name}-about", setting.about),
                "",
                setting.example,
                setting.needed,
            )
            for setting in kind.settings
        ]
    about = _word(words, "dest-dataset-about", "")
    found.append(Field("dataset", _word(words, "dest-dataset", "dataset"), about, "", "mailchimp"))
    return [
        dataclasses.replace(
            field,
            value=values.get(field.name, ""),
            now=changed.get(field.name, "")
            if changed and changed.get(field.name, "") != values.get(field.name, "")
            else None,
        )
        for field in found
    ]


def _word(words: Catalogue, kind: str, otherwise: str) -> str:
    """A word of the catalogue; of a kind of destination that came from elsewhere, its own."""
    found = words.words(Message(kind))
    return otherwise if found == kind else found


def _values(now: DestinationNow) -> dict[str, str]:
    return {field: str(value) for field, value in now.values.items()}


def _given_by_url(now: DestinationNow) -> bool:
    return "url" in now.values


def _kind_of(now: DestinationNow) -> Kind | None:
    return now.kind or kind_named(str(now.values.get("kind", "")))
