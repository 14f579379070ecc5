"""Runs, for programs: what there was, what goes on, and what it says while it goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import PlainTextResponse, StreamingResponse

from chimpline.errors import UserError
from chimpline.interfaces.console.api.answers.shapes import Run, RunLog, Runs
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.service.execution.following import Following
from chimpline.service.execution.logs import Severity, last_lines, log_lines, log_text
from chimpline.service.people.tokens import Scope

router = APIRouter(prefix="/api/v1", tags=["runs"])

RunId = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Least = Annotated[
    Literal["debug", "info", "warning", "error"],
    Query(description="Lines that matter as much as this, or more."),
]
Holding = Annotated[
    str, Query(max_length=200, description="Lines with this text, in upper or lower case.")
]
Reading = token_for(Scope.READ)
Operating = token_for(Scope.OPERATE)
LOOK_EVERY_S = 0.5
HEARTBEAT_EVERY_S = 15.0
MOST = 500
MOST_LINES = 5_000


@router.get("/runs")
def list_runs(
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    pipeline: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Runs:
    """Newest first; those that go on come before the others."""
    del token
    room.desk.take_over()
    going = [run for run in room.desk.live() if pipeline in {None, run.pipeline}]
    first = going[::-1][offset : offset + limit]
    # Those that have ended come after all that go on, so that pages leave none out.
    further, left = max(0, offset - len(going)), limit - len(first)
    ended = room.desk.past.newest(pipeline, limit=left, offset=further) if left else []
    return Runs(runs=[Run.of(run) for run in (*first, *ended)])


@router.get("/runs/{run_id}")
def get_run(run_id: RunId, room: RoomOf, token: Reading) -> Run:  # type: ignore[valid-type]
    del token
    return Run.of(room.desk.known_run(run_id))


@router.post("/runs/{run_id}/cancel", status_code=202)
def cancel_run(run_id: RunId, room: RoomOf, token: Operating) -> Run:  # type: ignore[valid-type]
    """Let it end, keeping what is whole. 409 where it has ended already."""
    del token
    run = room.desk.known_run(run_id)
    if not room.desk.executor.cancel(run_id):
        raise UserError("run-not-going", run_id=run_id)
    return Run.of(run)


@router.get("/runs/{run_id}/log")
def get_log(  # noqa: PLR0917
    run_id: RunId,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    least: Least = "info",
    holding: Holding = "",
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 400,
) -> RunLog:
    """The last lines of its log, oldest first, without secrets; no line holds a row."""
    del token
    room.desk.known_run(run_id)
    lines = log_lines(room.desk.state, run_id, least=Severity[least.upper()], holding=holding)
    return RunLog.of(last_lines(lines, limit + 1), limit)


@router.get("/runs/{run_id}/log.txt", response_class=PlainTextResponse)
def get_log_text(
    run_id: RunId,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    least: Least = "debug",
    holding: Holding = "",
) -> StreamingResponse:
    """The whole log as a text file, filtered in the same way."""
    del token
    room.desk.known_run(run_id)
    severity = Severity[least.upper()]
    return StreamingResponse(
        log_text(room.desk.state, run_id, least=severity, holding=holding),
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="run-{run_id}.log"'},
    )


@router.get("/runs/{run_id}/events", response_class=StreamingResponse)
async def run_events(
    run_id: RunId,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    last_event_id: Annotated[int, Header(ge=-1)] = -1,
) -> StreamingResponse:
    """What the run says, as server-sent events, from its beginning; ends with the run.

    Who comes back sends `Last-Event-ID`, and gets what came after it. The last event is *end*.
    """
    del token
    await asyncio.to_thread(room.desk.known_run, run_id)
    following = Following(room.desk.state, run_id, last_event_id)
    return StreamingResponse(_events(room, run_id, following), media_type="text/event-stream")


async def _events(room: Room, run_id: str, following: Following) -> AsyncIterator[str]:
    silent_for = 0.0
    while True:
        going = await asyncio.to_thread(room.desk.goes_on, run_id)  # before what it said is read
        said = await asyncio.to_thread(following.new)
        for number, event in said:
            yield f"id: {number}\nevent: {event.get('event')}\ndata: {json.dumps(event)}\n\n"
        if not going:
            yield "event: end\ndata: {}\n\n"
            return
        silent_for = 0.0 if said else silent_for + LOOK_EVERY_S
        if silent_for >= HEARTBEAT_EVERY_S:  # so that no proxy takes it for dead
            silent_for = 0.0
            yield ": still going\n\n"
        await asyncio.sleep(LOOK_EVERY_S)
