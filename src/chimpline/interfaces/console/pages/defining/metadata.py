"""What a connection copies: its tables, their columns, and in what form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, Field
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chimpline.errors import UserError
from chimpline.interfaces.console.pages.defining.forms import (
    differences,
    given,
    in_words,
    names,
    packed,
    unpacked,
)
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.room import LooksOf, Room
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, SessionOf
from chimpline.message import Problem
from chimpline.service.editing.looking import Looks
from chimpline.service.editing.tables import (
    COPIED,
    DROPPED,
    HASHED,
    LEFT_OUT,
    OPTIONS,
    TableChoices,
    catalog_tables,
    columns_of,
    further_key,
    kinds_of_history,
    known_table,
    table_groups,
    written,
)
from chimpline.service.metadata import is_copied, landed_forms, selections
from chimpline.service.people.sessions import Session
from chimpline.service.schedule.read import EVERY_RUN
from chimpline.service.settings.edit import SettingsChanged
from chimpline.service.settings.every import TableMetadata

router = APIRouter(include_in_schema=False)
FORMS = (COPIED, LEFT_OUT, DROPPED, HASHED)
MOST_COLUMNS = 2000


class Selected(BaseModel):
    """The form of all tables of a connection."""

    tables: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=500)
    version: str = Field("", max_length=100)


@router.get("/connections/{name}/metadata")
def metadata(
    request: Request, name: str, room: RoomOf, session: SessionOf, looks: LooksOf
) -> Response:
    return _page(request, name, room, session, looks)


@router.get("/connections/{name}/metadata/now")
def look_now(
    request: Request, name: str, room: RoomOf, session: SessionOf, looks: LooksOf
) -> Response:
    """How a look goes; the page is loaded again once it has ended."""
    TableChoices(room.desk).of(name)
    look = looks.of(name)
    answer = page(request, "defining/look.html", session, name=name, look=look)
    if look is None or not look.goes_on:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/connections/{name}/metadata")
def select(
    request: Request,
    name: str,
    room: RoomOf,
    session: AdminSession,
    looks: LooksOf,
    *,
    form: Annotated[Selected, Form()],
) -> Response:
    choices = TableChoices(room.desk)
    try:
        choices.select(name, set(form.tables), form.version or None)
    except UserError as error:
        status = 412 if isinstance(error, SettingsChanged) else 422
        return _page(
            request, name, room, session, looks,
            status=status, problem=error.problem, typed=set(form.tables),
        )  # fmt: skip
    return RedirectResponse(f"/connections/{name}/metadata?saved=1", 303)


@router.post("/connections/{name}/metadata/-/look")
def look(name: str, room: RoomOf, session: AdminSession, looks: LooksOf) -> Response:
    """Look at the account again."""
    del session
    TableChoices(room.desk).of(name)
    looks.begin(name)
    return RedirectResponse(f"/connections/{name}/metadata", 303)


@router.post("/connections/{name}/metadata/-/accept")
def accept(name: str, room: RoomOf, session: AdminSession, looks: LooksOf) -> Response:
    """Let what was found be what later looks are compared with."""
    del session
    TableChoices(room.desk).of(name)
    looks.accept(name)
    return RedirectResponse(f"/connections/{name}/metadata", 303)


@router.get("/connections/{name}/metadata/{table}")
def table(
    request: Request,
    name: str,
    table: str,
    room: RoomOf,
    session: SessionOf,
    *,
    looks: LooksOf,
) -> Response:
    known_table(table)
    return _table_page(request, name, table, room, session, looks=looks)


async def form_data(request: Request) -> FormData:
    """A form whose fields are known only when its table is."""
    return await request.form(max_fields=MOST_COLUMNS)


@router.post("/connections/{name}/metadata/{table}")
def save_table(
    request: Request,
    name: str,
    table: str,
    room: RoomOf,
    session: AdminSession,
    *,
    looks: LooksOf,
    form: Annotated[FormData, Depends(form_data)],
) -> Response:
    known_table(table)
    choices = TableChoices(room.desk)
    text = {key: value for key, value in form.items() if isinstance(value, str)}
    values = written(
        table,
        _forms(text),
        listed=text.get("listed") == "yes",
        selected=text.get("selected") == "yes",
        further=names(text.get("further", "")) or [],
        every=given(text.get("every", "")),
        history=given(text.get("history", "")),
    )
    try:
        choices.put(name, table, values, text.get("version") or None)
    except SettingsChanged as error:
        now = choices.values(name, table)
        typed = {field: values[field] or None for field in OPTIONS}
        typed["selected"] = None if values["selected"] else False
        return _table_page(
            request, name, table, room, session, looks=looks,
            status=412, problem=error.problem, typed=values, was=text.get("was"),
            changed=differences(unpacked(text.get("was", "")), now, typed),
        )  # fmt: skip
    except UserError as error:
        return _table_page(
            request, name, table, room, session, looks=looks,
            status=422, problem=error.problem, typed=values, was=text.get("was"),
            version=text.get("version"),
        )  # fmt: skip
    return RedirectResponse(f"/connections/{name}/metadata/{table}?saved=1", 303)


def _forms(text: Mapping[str, str]) -> dict[str, str]:
    """What was chosen of each path: the fields `of:PATH`."""
    return {
        field.removeprefix("of:"): value
        for field, value in text.items()
        if field.startswith("of:") and value in FORMS
    }


def _page(
    request: Request,
    name: str,
    room: Room,
    session: Session,
    looks: Looks,
    *,
    status: int = 200,
    problem: Problem | None = None,
    typed: set[str] | None = None,
) -> Response:
    choices = TableChoices(room.desk)
    chosen = choices.of(name)
    found = looks.kept(name)
    seen = {one.name: one for one in found.tables} if found else {}
    forms = landed_forms(selections(chosen))
    rows: dict[str, dict[str, Any]] = {}
    for one in catalog_tables().values():
        mine = chosen.get(one.name, TableMetadata())
        rows[one.name] = {
            "name": one.name,
            "selected": one.name in typed
            if typed is not None
            else is_copied(one.name, chosen.get(one.name)),
            "forms": sorted({form.replace(" ", "-") for form in forms[one.name].values()}),
            "every": None if mine.every == EVERY_RUN else mine.every or one.every,
            "key": mine.key or one.primary_key,
            "method": _method(one),
            "cursor": one.replication_key,
            "parent": one.parent,
            "default": one.default,
            "off": one.off,
            "found": seen.get(one.name),
        }
    return page(
        request,
        "defining/metadata.html",
        session,
        status=status,
        name=name,
        found=found,
        look=looks.of(name),
        groups={title: [rows[one] for one in of] for title, of in table_groups().items()},
        pipelines=_pipelines(room, name),
        problem=problem,
        saved="saved" in request.query_params,
        file_version=choices.version(),
    )


def _pipelines(room: Room, connection: str) -> list[Any]:
    """The pipelines that copy what is chosen here."""
    return [
        one.chosen
        for one in room.desk.pipelines(runs=0)
        if one.chosen and one.chosen.connection_name == connection
    ]


def _method(table: Any) -> str:
    """The kind of message that names how it is read."""
    return "method-full-table" if table.method_shown == "Full Table" else "method-incremental"


def _table_page(
    request: Request,
    name: str,
    table: str,
    room: Room,
    session: Session,
    *,
    looks: Looks,
    status: int = 200,
    problem: Problem | None = None,
    typed: Mapping[str, Any] | None = None,
    was: str | None = None,
    version: str | None = None,
    changed: Any = (),
) -> Response:
    choices = TableChoices(room.desk)
    chosen = choices.of(name)
    mine = chosen.get(table, TableMetadata())
    if typed is not None:  # as it was typed, right or wrong
        mine = TableMetadata.model_construct(
            selected=typed["selected"],
            columns=None if typed["columns"] is None else tuple(typed["columns"]),
            exclude=tuple(typed["exclude"]),
            drop=tuple(typed["drop"]),
            hash=tuple(typed["hash"]),
            key=None if typed["key"] is None else tuple(typed["key"]),
            every=typed["every"],
            history=typed["history"],
        )
    of, found = catalog_tables()[table], looks.kept(name)
    seen = next((one for one in found.tables if one.name == table), None) if found else None
    return page(
        request,
        "defining/table.html",
        session,
        status=status,
        name=name,
        table=table,
        of=of,
        method=_method(of),
        found=found,
        seen=seen,
        mine=mine,
        copied=is_copied(table, chosen.get(table)) if typed is None else mine.selected,
        columns=columns_of(table, chosen, found, mine),
        histories=kinds_of_history(table),
        further=in_words(further_key(table, mine)),
        pipelines=_pipelines(room, name),
        problem=problem,
        changed=changed,
        saved="saved" in request.query_params,
        was=packed(choices.values(name, table)) if was is None else was,
        file_version=choices.version() if version is None else version,
    )
