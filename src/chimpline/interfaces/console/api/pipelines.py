"""Pipelines, for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import ValidationError

from chimpline.interfaces.console.api.answers.shapes import (
    Pipeline,
    Pipelines,
    PipelineSettings,
    Run,
    TriedDestination,
)
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.service.editing.file import SettingsFile
from chimpline.service.editing.pipelines import PipelineDefinitions
from chimpline.service.editing.trying import try_destination
from chimpline.service.people.tokens import Scope

router = APIRouter(prefix="/api/v1", tags=["pipelines"])

Name = Annotated[str, Path(max_length=60)]
IfMatch = Annotated[
    str | None,
    Header(max_length=200, description="The ETag of the settings file as it was read."),
]
Reading = token_for(Scope.READ)
Operating = token_for(Scope.OPERATE)
Administering = token_for(Scope.ADMIN)


@router.get("/pipelines")
def list_pipelines(room: RoomOf, token: Reading) -> Pipelines:  # type: ignore[valid-type]
    """All pipelines, in the order of the settings file."""
    del token
    return Pipelines(pipelines=[Pipeline.of(one) for one in room.desk.pipelines()])


@router.get("/pipelines/{name}")
def get_pipeline(
    name: Name,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    response: Response,
) -> Pipeline:
    """One pipeline; its ETag is that of the settings file as a whole."""
    del token
    return _answer(room, name, response)


@router.put("/pipelines/{name}")
def put_pipeline(  # noqa: PLR0917
    name: Name,
    settings: PipelineSettings,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
    response: Response,
    if_match: IfMatch = None,
) -> Pipeline:
    """Define a pipeline, new or not; a setting that is not given is taken out.

    412 where the settings file is not the one that `If-Match` names.
    """
    del token
    definitions = PipelineDefinitions(room.desk)
    definitions.put(name, settings.model_dump(mode="json"), version_named(if_match))
    room.ticker.changed()
    return _answer(room, name, response)


@router.delete("/pipelines/{name}", status_code=204)
def delete_pipeline(
    name: Name,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
    if_match: IfMatch = None,
) -> None:
    """Take a pipeline out of the settings file; its data and its history stay.

    409 while a run of it goes on.
    """
    del token
    PipelineDefinitions(room.desk).remove(name, version_named(if_match))
    room.ticker.changed()


@router.post("/pipelines/{name}/test")
def test_destination(
    name: Name,
    room: RoomOf,
    token: Operating,  # type: ignore[valid-type]
) -> TriedDestination:
    """Try whether a run could write to the destination; nothing is written there."""
    del token
    return TriedDestination.of(try_destination(room.desk.choose(name)))


@router.post("/pipelines/{name}/pause", status_code=204)
def pause_schedule(name: Name, room: RoomOf, token: Operating) -> None:  # type: ignore[valid-type]
    """No run by schedule until it is resumed; nothing happens where there is no schedule."""
    del token
    room.rest(name, paused=True)


@router.post("/pipelines/{name}/resume", status_code=204)
def resume_schedule(name: Name, room: RoomOf, token: Operating) -> None:  # type: ignore[valid-type]
    """From now on; what was due meanwhile is not made up for."""
    del token
    room.rest(name, paused=False)


@router.post("/pipelines/{name}/runs", status_code=202)
def start_run(
    name: Name,
    room: RoomOf,
    token: Operating,  # type: ignore[valid-type]
    *,
    full_refresh: bool = False,
    table: Annotated[
        list[str],
        Query(
            description="Only these tables; absent: all. `default` alone: the default set, also "
            "what a newer version added to it, from now on.",
            max_length=500,
        ),
    ] = [],  # noqa: B006  (never changed)
) -> Run:
    """Run now. 409 with the holder's id where a run has the dataset already."""
    del token
    return Run.of(room.desk.run_now(name, full_refresh=full_refresh, tables=table))


def _answer(room: Room, name: str, response: Response) -> Pipeline:
    found = PipelineDefinitions(room.desk).get(name)
    response.headers["ETag"] = f'"{found.version}"'
    try:
        settings = PipelineSettings.model_validate(dict(found.values))
    except ValidationError:  # told as the pipeline's problem
        settings = None
    return Pipeline.of(room.desk.pipeline(name), settings)


def tag(room: Room, response: Response) -> None:
    """The ETag of an answer: that of the settings file, as it is before the answer is made."""
    response.headers["ETag"] = f'"{SettingsFile(room.desk).version()}"'


def version_named(if_match: str | None) -> str | None:
    """The version that an `If-Match` names; None for any."""
    text = (if_match or "").strip()
    return None if text in {"", "*"} else text.removeprefix("W/").strip('"')
