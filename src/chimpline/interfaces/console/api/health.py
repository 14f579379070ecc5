"""Whether it can work, and its figures."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from chimpline.errors import ChimplineError
from chimpline.interfaces.console.metrics import CONTENT_TYPE, exposition
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.service.people.tokens import Scope

router = APIRouter()


@router.head("/healthz", include_in_schema=False)
@router.get(
    "/healthz",
    response_class=PlainTextResponse,
    tags=["health"],
    responses={503: {"description": "It cannot work.", "content": {"text/plain": {}}}},
)
def healthz(room: RoomOf) -> PlainTextResponse:
    """200 while it can work: its control database answers. Needs no token."""
    try:
        room.desk.past.count()
    except ChimplineError:
        return PlainTextResponse("the control database does not answer\n", 503)
    return PlainTextResponse("ok\n")


@router.get("/metrics", response_class=PlainTextResponse, tags=["health"])
def metrics(room: RoomOf, token: token_for(Scope.READ)) -> Response:  # type: ignore[valid-type]
    """Figures of pipelines and runs, for Prometheus."""
    del token
    return Response(exposition(room), media_type=CONTENT_TYPE)
