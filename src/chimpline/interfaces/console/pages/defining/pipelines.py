"""The form of a pipeline: new, edited, tried, deleted."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from chimpline.errors import UserError
from chimpline.interfaces.console.pages.defining.forms import (
    differences,
    given,
    in_words,
    packed,
    unpacked,
)
from chimpline.interfaces.console.pages.page import is_part, page
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, admin
from chimpline.message import Message, Problem
from chimpline.model import Deletes
from chimpline.runs.request import TableSet
from chimpline.service.editing.pipelines import PipelineDefinitions, preview
from chimpline.service.editing.trying import Tried, try_destination
from chimpline.service.people.sessions import Session
from chimpline.service.schedule.read import NoSchedule, zones
from chimpline.service.settings.edit import SettingsChanged
from chimpline.service.settings.every import Pipeline
from chimpline.service.settings.form.naming import table_names

router = APIRouter(include_in_schema=False)

Admin = Annotated[Session, Depends(admin)]
Typed = Annotated[str, Field(max_length=2000)]
_NOTHING = Message("kept-nothing-changed")
_BESIDE_THE_FIELD = {
    "reason-schedule-minutes-out-of-range": "schedule-minutes-out-of-range",
    "reason-schedule-not-understood": "schedule-not-understood",
    "reason-schedule-never-due": "schedule-never-due",
    "reason-schedule-start-not-understood": "schedule-start-not-understood",
    "reason-time-zone-unknown": "time-zone-unknown",
}
"""What is said beside a field, by what is said of a setting."""
DEFAULTS = {name: in_words(field.default) for name, field in Pipeline.model_fields.items()}


class PipelineForm(BaseModel):
    """The form as it was sent. `was`: what the file said when it was opened; `version`: of it."""

    name: Typed = ""
    connection: Typed = ""
    destination: Typed = ""
    dataset: Typed = ""
    which: Typed = "kept"
    tables: list[Typed] = Field(default=[], max_length=500)
    deletes: Typed = ""
    schedule: Typed = ""
    time_zone: Typed = ""
    schedule_start: Typed = ""
    fresh_within: Typed = ""
    lookback_minutes: Typed = ""
    complete_read_days: Typed = ""
    segment_members: Typed = ""
    pages_in_memory_mb: Typed = ""
    keep_runs: Typed = ""
    keep_logs_days: Typed = ""
    version: Typed = ""
    was: str = Field("", max_length=20_000)

    def values(self) -> dict[str, object]:
        """As settings; what is empty is not given."""
        plain = {
            name: given(getattr(self, name)) for name in Pipeline.model_fields if name != "tables"
        }
        if self.which in set(TableSet):
            return {**plain, "tables": self.which}
        return {**plain, "tables": self.tables if self.which == "some" else None}


class ScheduleTyped(BaseModel):
    """The fields of a schedule, as they are while somebody types."""

    schedule: Typed = ""
    time_zone: Typed = ""
    schedule_start: Typed = ""


PipelineOf = Annotated[PipelineForm, Form()]


@router.get("/pipelines/-/new")
def new(request: Request, room: RoomOf, session: Admin) -> Response:
    definitions = PipelineDefinitions(room.desk)
    connections = definitions.connections()
    known = definitions.destinations()
    values = {
        "connection": connections[0] if len(connections) == 1 else None,
        "destination": known[0] if known else None,
        "schedule": "every 1 hour",
    }
    return _form(request, room, session, None, values, version=definitions.version())


@router.get("/pipelines/{name}/edit")
def edit(request: Request, name: str, room: RoomOf, session: Admin) -> Response:
    found = PipelineDefinitions(room.desk).get(name)
    return _form(request, room, session, name, found.values, version=found.version)


@router.post("/pipelines/-/new")
def create(request: Request, room: RoomOf, session: AdminSession, form: PipelineOf) -> Response:
    return _saved(request, room, session, None, form)


@router.post("/pipelines/{name}/edit")
def save(
    request: Request, name: str, room: RoomOf, session: AdminSession, form: PipelineOf
) -> Response:
    return _saved(request, room, session, name, form)


def _saved(
    request: Request, room: Room, session: Session, name: str | None, form: PipelineForm
) -> Response:
    definitions = PipelineDefinitions(room.desk)
    values = form.values()
    wanted = name or form.name.strip()
    shown: dict[str, Any] = {"typed_name": form.name, "was": form.was}
    try:
        definitions.put(wanted, values, form.version or None, new=name is None)
    except SettingsChanged as error:
        now = definitions.get(name).values if name else {}
        return _form(
            request, room, session, name, values, version=error.version, status=412,
            problem=error.problem, **shown,
            changed=differences(unpacked(form.was) if name else {}, now, values) if name else [],
        )  # fmt: skip
    except UserError as error:
        return _form(
            request, room, session, name, values, version=form.version, status=422,
            problem=error.problem, **shown,
        )  # fmt: skip
    room.ticker.changed()
    return RedirectResponse(f"/pipelines/{wanted}", 303)


@router.get("/pipelines/-/preview")
def previewed(
    request: Request, room: RoomOf, session: Admin, typed: Annotated[ScheduleTyped, Query()]
) -> Response:
    """The next runs of a schedule that is being typed."""
    found = _preview(room, typed.schedule, typed.time_zone, typed.schedule_start)
    return page(request, "defining/preview.html", session, preview=found)


def _preview(room: Room, schedule: str, time_zone: str, start: str) -> dict[str, Any]:
    found = preview(schedule, time_zone, start, room.desk.clock())
    if isinstance(found, NoSchedule):
        sentence = Message(_BESIDE_THE_FIELD[found.message.kind])
        return {"problem": Problem(sentence, Message("kept-nothing-changed"))}
    return {"problem": None, "instants": found, "given": bool(schedule.strip())}


@router.post("/pipelines/-/test")
def test_typed(request: Request, room: RoomOf, session: AdminSession, form: PipelineOf) -> Response:
    """Try the destination that is typed; nothing is saved, and nothing written there."""
    definitions = PipelineDefinitions(room.desk)
    name = form.name.strip()
    tried, problem = None, None
    try:
        tried = try_destination(definitions.tried(name or "new", form.values()))
    except UserError as error:
        problem = error.problem
    if is_part(request):
        return page(request, "defining/tried.html", session, tried=tried, problem=problem)
    known = name if name in room.desk.pipeline_names() else None
    return _form(
        request, room, session, known, form.values(), version=form.version, was=form.was,
        typed_name=form.name, tried=tried, problem=problem,
    )  # fmt: skip


@router.post("/pipelines/{name}/test")
def test_saved(request: Request, name: str, room: RoomOf, session: AdminSession) -> Response:
    """Try the destination of a pipeline as the settings have it."""
    tried = try_destination(room.desk.choose(name))
    template = "defining/tried.html" if is_part(request) else "defining/tried_page.html"
    return page(request, template, session, tried=tried, problem=None, name=name)


@router.get("/pipelines/{name}/delete")
def ask_delete(request: Request, name: str, room: RoomOf, session: Admin) -> Response:
    found = room.desk.pipeline(name)
    version = PipelineDefinitions(room.desk).version()
    return page(request, "defining/delete.html", session, pipeline=found, file_version=version)


@router.post("/pipelines/{name}/delete")
def delete(
    name: str,
    room: RoomOf,
    session: AdminSession,
    version: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    del session
    PipelineDefinitions(room.desk).remove(name, version or None)
    room.ticker.changed()
    return RedirectResponse("/pipelines", 303)


@router.post("/pipelines/{name}/refresh")
def refresh_table(
    name: str,
    room: RoomOf,
    session: AdminSession,
    table: Annotated[str, Form(max_length=200)],
) -> Response:
    """Read one table from the start."""
    del session
    run = room.desk.run_now(name, full_refresh=True, tables=[table])
    return RedirectResponse(f"/runs/{run.run_id}", 303)


def _form(
    request: Request,
    room: Room,
    session: Session,
    name: str | None,
    values: Any,
    *,
    version: str,
    status: int = 200,
    problem: Problem | None = None,
    typed_name: str = "",
    was: str | None = None,
    changed: Any = (),
    tried: Tried | None = None,
) -> Response:
    definitions = PipelineDefinitions(room.desk)
    shown = {field: in_words(values.get(field)) for field in Pipeline.model_fields}
    tables = table_names(values.get("tables"))
    which = "kept" if tables is None else tables if isinstance(tables, TableSet) else "some"
    return page(
        request,
        "defining/pipeline.html",
        session,
        status=status,
        name=name,
        typed_name=typed_name,
        values=shown,
        defaults=DEFAULTS,
        which=which,
        chosen=set(tables) if which == "some" else set(),
        sets=[one.value for one in TableSet],
        tables=sorted(room.desk.configuration().known_tables()),
        connections=definitions.connections(),
        destinations=definitions.destinations(),
        deletes=[one.value for one in Deletes],
        zones=zones(),
        file_version=version,
        was=packed(values) if was is None else was,
        problem=problem,
        changed=changed,
        tried=tried,
        preview=_preview(room, shown["schedule"], shown["time_zone"], shown["schedule_start"]),
    )
