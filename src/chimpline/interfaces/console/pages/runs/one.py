"""One run: how far it is, how it ended, table by table, and its log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.pages.runs.progress import WRONG, progress_of
from chimpline.interfaces.console.pages.runs.proofs import proof_of
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import AdminSession, RoomOf, SessionOf
from chimpline.service.execution.logs import Severity, last_lines, log_lines, log_text

router = APIRouter(include_in_schema=False)
LINES_SHOWN = 400

RunId = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Least = Annotated[str, Query(pattern="^(debug|info|warning|error)$")]
Holding = Annotated[str, Query(max_length=200)]


@router.get("/runs/{run_id}")
def run(request: Request, run_id: RunId, room: RoomOf, session: SessionOf) -> Response:
    return page(request, "run.html", session, **_values(room, run_id))


@router.get("/runs/{run_id}/now")
def run_now(request: Request, run_id: RunId, room: RoomOf, session: SessionOf) -> Response:
    return page(request, "run_now.html", session, **_values(room, run_id))


@router.post("/runs/{run_id}/cancel")
def cancel(run_id: RunId, room: RoomOf, session: AdminSession) -> Response:
    del session
    room.desk.known_run(run_id)
    room.desk.executor.cancel(run_id)
    return RedirectResponse(f"/runs/{run_id}", 303)


@router.get("/runs/{run_id}/log")
def log(
    request: Request,
    run_id: RunId,
    room: RoomOf,
    session: SessionOf,
    *,
    least: Least = "info",
    holding: Holding = "",
) -> Response:
    found = room.desk.known_run(run_id)
    lines = log_lines(room.desk.state, run_id, least=Severity[least.upper()], holding=holding)
    return page(
        request,
        "run_log.html",
        session,
        run=found,
        lines=last_lines(lines, LINES_SHOWN),
        most=LINES_SHOWN,
        least=least,
        holding=holding,
        severities=[one.name.lower() for one in Severity],
    )


@router.get("/runs/{run_id}/log.txt")
def log_file(
    run_id: RunId,
    room: RoomOf,
    session: SessionOf,
    *,
    least: Least = "debug",
    holding: Holding = "",
) -> Response:
    """The log as a file, filtered as the page is."""
    del session
    room.desk.known_run(run_id)
    text = log_text(room.desk.state, run_id, least=Severity[least.upper()], holding=holding)
    named = {"Content-Disposition": f'attachment; filename="run-{run_id}.log"'}
    return StreamingResponse(text, media_type="text/plain; charset=utf-8", headers=named)


def _values(room: Room, run_id: str) -> dict[str, Any]:
    found = room.desk.known_run(run_id)
    goes_on = room.desk.goes_on(run_id)
    return {
        "run": found,
        "proof_of": proof_of,
        "wrong_first": _wrong_first,
        "runs_again": found.pipeline in room.desk.pipeline_names(),
        "goes_on": goes_on,
        "progress": progress_of(room.desk.state.read_events(run_id)) if goes_on else None,
    }


def _wrong_first(tables: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """The tables of a run that has ended; those that somebody has to look at on top."""
    return sorted(tables.items(), key=lambda named: named[1].get("state") not in WRONG)
