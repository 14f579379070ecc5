"""Overview: whether the copy is true, how old it is, and what needs somebody."""

from __future__ import annotations

import dataclasses
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import RoomOf, SessionOf
from chimpline.message import Problem
from chimpline.service.alerts.conditions import Condition, OnlyShown
from chimpline.service.alerts.kinds import AlertKind
from chimpline.service.alerts.standing import standing
from chimpline.service.people.people import Role
from chimpline.service.people.sessions import Session

router = APIRouter(include_in_schema=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Need:
    """Something that somebody has to do. `button`: its words, and where it leads."""

    problem: Problem
    button: str
    leads_to: str
    posts: bool = False


@router.get("/")
def overview(request: Request, room: RoomOf, session: SessionOf) -> Response:
    return page(request, "overview.html", session, **_values(room, session))


@router.get("/overview/now")
def overview_now(request: Request, room: RoomOf, session: SessionOf) -> Response:
    return page(request, "overview_now.html", session, **_values(room, session))


def _values(room: Room, session: Session) -> dict[str, Any]:
    pipelines = room.desk.pipelines()
    stands = standing(room.desk)
    going = {pipeline.name for pipeline in pipelines if pipeline.live is not None}
    may_run = session.person.role is Role.ADMIN
    return {
        "pipelines": pipelines,
        "needs": [_need(one, may_run=may_run, going=going) for one in stands.conditions],
        "targets": {one.pipeline: one.fresh_within for one in stands.known if one.fresh_within},
        "late": {one.subject for one in stands.conditions if one.kind is AlertKind.LATE},
    }


def _need(condition: Condition, *, may_run: bool, going: set[str]) -> Need:
    """What is the case, with the button that helps: this reader, and now."""
    subject = condition.subject
    pipeline = f"/pipelines/{subject}"
    match condition.kind:
        case AlertKind.REAUTHENTICATION:
            button, leads_to = "connection-sign-in-again", f"/connections/{subject}/sign-in"
        case AlertKind.FAILURE | AlertKind.UNPROVEN:
            button, leads_to = "need-see-run", f"/runs/{condition.run_id}"
        case AlertKind.LATE if may_run and subject not in going:
            return Need(condition.problem, "run-now", f"{pipeline}/run", posts=True)
        case OnlyShown.OFFERED if may_run and subject not in going:
            return Need(condition.problem, "need-take-tables", f"{pipeline}/take", posts=True)
        case AlertKind.LATE:
            button, leads_to = "need-see-pipeline", pipeline
        case _ if not subject:
            button, leads_to = "need-see-settings", "/settings"
        case _:
            button, leads_to = "need-edit-pipeline", pipeline
    return Need(condition.problem, button, leads_to)
