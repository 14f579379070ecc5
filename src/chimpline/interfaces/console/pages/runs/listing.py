"""The list of runs: those that go on, and those that have ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.security.who import RoomOf, SessionOf

router = APIRouter(include_in_schema=False)
ON_A_PAGE = 50
PipelineAsked = Annotated[str | None, Query(max_length=60)]
NumberAsked = Annotated[int, Query(alias="page", ge=1, le=100_000)]


@router.get("/runs")
def runs(
    request: Request,
    room: RoomOf,
    session: SessionOf,
    pipeline: PipelineAsked = None,
    number: NumberAsked = 1,
) -> Response:
    pipeline = pipeline or None
    room.desk.take_over()
    past = room.desk.past.newest(pipeline, limit=ON_A_PAGE, offset=(number - 1) * ON_A_PAGE)
    live = [run for run in room.desk.live() if pipeline in {None, run.pipeline}]
    return page(
        request,
        "runs.html",
        session,
        live=live if number == 1 else [],
        runs=past,
        pipeline=pipeline,
        pipelines=room.desk.pipeline_names(),
        number=number,
        pages=max(1, -(-room.desk.past.count(pipeline) // ON_A_PAGE)),
    )
