"""Pipelines: what is copied from where to where, and when."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, SessionOf
from chimpline.runs.request import TableSet
from chimpline.service.pipelines import tables_of

router = APIRouter(include_in_schema=False)


@router.get("/pipelines")
def pipelines(request: Request, room: RoomOf, session: SessionOf) -> Response:
    return page(request, "pipelines.html", session, pipelines=room.desk.pipelines())


@router.get("/pipelines/{name}")
def pipeline(request: Request, name: str, room: RoomOf, session: SessionOf) -> Response:
    found = room.desk.pipeline(name)
    tables = tables_of(found.chosen) if found.chosen and not found.problem else []
    return page(request, "pipeline.html", session, pipeline=found, tables=sorted(tables))


@router.post("/pipelines/{name}/run")
def run_now(
    name: str,
    room: RoomOf,
    session: AdminSession,
    *,
    full_refresh: Annotated[bool, Form()] = False,
) -> Response:
    del session
    run = room.desk.run_now(name, full_refresh=full_refresh)
    return RedirectResponse(f"/runs/{run.run_id}", 303)


@router.post("/pipelines/{name}/take")
def take_tables(name: str, room: RoomOf, session: AdminSession) -> Response:
    """Copy what a newer version added to the default set: now, and from then on."""
    del session
    run = room.desk.run_now(name, tables=[TableSet.DEFAULT])
    return RedirectResponse(f"/runs/{run.run_id}", 303)


@router.post("/pipelines/{name}/pause")
def pause(name: str, room: RoomOf, session: AdminSession) -> Response:
    del session
    room.rest(name, paused=True)
    return RedirectResponse(f"/pipelines/{name}", 303)


@router.post("/pipelines/{name}/resume")
def resume(name: str, room: RoomOf, session: AdminSession) -> Response:
    del session
    room.rest(name, paused=False)
    return RedirectResponse(f"/pipelines/{name}", 303)
