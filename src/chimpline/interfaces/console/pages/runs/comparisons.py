"""Comparisons of a copy with its account: asked for, what they found, and the repair."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.pages.runs.listing import PipelineAsked
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, SessionOf
from chimpline.service.reconciliation import Level

router = APIRouter(include_in_schema=False)
DIFFERENCES_SHOWN = 200

Id = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


@router.get("/runs/comparisons")
def comparisons(
    request: Request, room: RoomOf, session: SessionOf, pipeline: PipelineAsked = None
) -> Response:
    return page(
        request,
        "comparisons.html",
        session,
        comparisons=room.desk.comparisons.newest(pipeline or None),
        pipelines=room.desk.pipeline_names(),
        pipeline=pipeline,
        levels=[level.value for level in Level],
    )


@router.post("/runs/comparisons")
def compare(
    room: RoomOf,
    session: AdminSession,
    *,
    pipeline: Annotated[str, Form(max_length=60)],
    level: Annotated[Level, Form()] = Level.COUNTS,
    repair: Annotated[bool, Form()] = False,
) -> Response:
    del session
    room.desk.choose(pipeline)
    order = room.desk.comparisons.ask(pipeline, level, repair=repair)
    return RedirectResponse(f"/runs/comparisons/{order.run_id}", 303)


@router.get("/runs/comparisons/{comparison_id}")
def comparison(request: Request, comparison_id: Id, room: RoomOf, session: SessionOf) -> Response:
    return _shown(request, "comparison.html", comparison_id, room, session)


@router.get("/runs/comparisons/{comparison_id}/now")
def comparison_now(
    request: Request, comparison_id: Id, room: RoomOf, session: SessionOf
) -> Response:
    return _shown(request, "comparison_now.html", comparison_id, room, session)


@router.post("/runs/comparisons/{comparison_id}/cancel")
def cancel(comparison_id: Id, room: RoomOf, session: AdminSession) -> Response:
    del session
    room.desk.comparisons.cancel(comparison_id)
    return RedirectResponse(f"/runs/comparisons/{comparison_id}", 303)


def _shown(
    request: Request, template: str, comparison_id: str, room: RoomOf, session: SessionOf
) -> Response:
    return page(
        request,
        template,
        session,
        comparison=room.desk.comparisons.known(comparison_id),
        most=DIFFERENCES_SHOWN,
    )
