"""Whether it can work, and its figures."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from chimpline.errors import ChimplineError
from chimpline.interfaces.console.metrics import CONTENT_TYPE, exposition
from chimpline.interfaces.console.saying import said_of
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.redact import redact
from chimpline.service.installation import installation
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


class Installation(BaseModel):
    """`problem` says why the settings file cannot be used, and is empty otherwise."""

    model_config = ConfigDict(frozen=True)

    versions: dict[str, str] = Field(description="Of chimpline and of what it stands on.")
    address: str
    state_dir: str
    settings_file: str
    has_settings: bool
    data_dir: str | None
    problem: str


@router.get("/api/v1/installation", tags=["health"])
def get_installation(room: RoomOf, token: token_for(Scope.READ)) -> Installation:  # type: ignore[valid-type]
    """What is installed here, and where it keeps what it keeps."""
    del token
    found = installation(room.desk)
    return Installation(
        versions=found.versions,
        address=room.address.url,
        state_dir=str(found.state_dir),
        settings_file=str(found.settings_file),
        has_settings=found.has_settings,
        data_dir=None if found.data_dir is None else str(found.data_dir),
        problem=redact(said_of(found.problem, catalogue())),
    )
