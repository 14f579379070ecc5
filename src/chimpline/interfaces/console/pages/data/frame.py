"""What every page of the data has: its pipeline, and what it shows while a run has the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.responses import Response

from chimpline.errors import ChimplineError
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.pages.runs.progress import Progress, progress_of
from chimpline.interfaces.console.room import room_of
from chimpline.message import Problem
from chimpline.service.data.room import RunHolds
from chimpline.service.people.sessions import Session


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What was read; or the problem, or the run that has the file, and how far it is."""

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    problem: Problem | None = None
    run_id: str | None = None
    progress: Progress | None = None


def data_page(
    request: Request,
    template: str,
    session: Session,
    pipeline: str,
    read: Callable[[], dict[str, Any]],
    **values: Any,
) -> Response:
    """What `read` gives is known to the template as `found.values`.

    Raises `UserError` where there is no such pipeline, or its settings cannot be used.
    """
    room_of(request).desk.choose(pipeline)
    query = request.url.query
    return page(
        request,
        template,
        session,
        pipeline=pipeline,
        found=_found(request, read),
        here=f"{request.url.path}{'?' if query else ''}{query}",
        polls=request.method == "GET",
        base=f"/data/{pipeline}",
        **values,
    )


def _found(request: Request, read: Callable[[], dict[str, Any]]) -> Found:
    try:
        return Found(read())
    except RunHolds as error:
        events = room_of(request).desk.state.read_events(error.run_id)
        return Found(problem=error.problem, run_id=error.run_id, progress=progress_of(events))
    except ChimplineError as error:
        return Found(problem=error.problem)
