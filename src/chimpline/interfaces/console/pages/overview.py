"""Overview: whether the copy is true, how old it is, and what needs somebody."""

from __future__ import annotations

import dataclasses
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from chimpline.interfaces.console.pages.connections.listed import needs_of
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import RoomOf, SessionOf
from chimpline.message import Message, Problem
from chimpline.model import RunState
from chimpline.service.pipelines import PipelineNow

router = APIRouter(include_in_schema=False)
_KEPT = Message("kept-committed")


@dataclasses.dataclass(frozen=True, slots=True)
class Need:
    """Something that somebody has to do. `button`: its words, and where it leads."""

    problem: Problem
    pipeline: str | None
    button: str
    leads_to: str
    posts: bool = False


@router.get("/")
def overview(request: Request, room: RoomOf, session: SessionOf) -> Response:
    return page(request, "overview.html", session, **_values(room))


@router.get("/overview/now")
def overview_now(request: Request, room: RoomOf, session: SessionOf) -> Response:
    return page(request, "overview_now.html", session, **_values(room))


def _values(room: Room) -> dict[str, Any]:
    pipelines = room.desk.pipelines()
    return {"pipelines": pipelines, "needs": needs(room, pipelines)}


def needs(room: Room, pipelines: list[PipelineNow]) -> list[Need]:
    """What needs a person, the gravest first."""
    found = []
    wrong = room.desk.wrong_settings()
    if wrong is not None:
        found.append(Need(wrong.problem, None, "need-see-settings", "/settings"))
    else:
        found += [Need(problem, None, words, leads) for problem, words, leads in needs_of(room)]
    for pipeline in pipelines:
        if pipeline.problem is not None and wrong is None:
            found.append(
                Need(
                    pipeline.problem.problem,
                    pipeline.name,
                    "need-edit-pipeline",
                    f"/pipelines/{pipeline.name}",
                )
            )
        if pipeline.live is None and pipeline.runs:
            last = pipeline.runs[0]
            if last.state in {RunState.FAILED, RunState.UNPROVEN}:
                kind = "need-failed" if last.state is RunState.FAILED else "need-unproven"
                message = Message.of(kind, pipeline=pipeline.name, run_id=last.run_id)
                found.append(
                    Need(
                        Problem(message, _KEPT),
                        pipeline.name,
                        "need-see-run",
                        f"/runs/{last.run_id}",
                    )
                )
    return found
