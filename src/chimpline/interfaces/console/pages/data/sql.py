"""A statement of one's own: one that reads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from chimpline.interfaces.console.data_room import DataOf
from chimpline.interfaces.console.pages.data.cells import shown_rows
from chimpline.interfaces.console.pages.data.frame import data_page
from chimpline.interfaces.console.pages.data.tables import sheet
from chimpline.interfaces.console.security.who import AdminSession, ChangingSession, SessionOf
from chimpline.service.data.charts import chart_of

router = APIRouter(include_in_schema=False)
FIRST = (
    "SELECT status, count(*) AS members\nFROM list_members\nGROUP BY status\nORDER BY members DESC"
)
Statement = Annotated[str, Form(max_length=20_000)]


@router.get("/data/{pipeline}/sql")
def sql_page(
    request: Request,
    pipeline: str,
    room: DataOf,
    session: SessionOf,
    chart: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """With the statement of a chart, where one is named."""

    def read() -> dict[str, Any]:
        sql = chart_of(chart, room.structure(pipeline)).sql if chart else FIRST
        return {"sql": sql, "answer": None, "rows": [], **_box(room, pipeline)}

    return data_page(request, "data_sql.html", session, pipeline, read, tab="sql")


@router.post("/data/{pipeline}/sql")
def sql_answer(
    request: Request, pipeline: str, room: DataOf, session: ChangingSession, sql: Statement
) -> Response:
    def read() -> dict[str, Any]:
        answer = room.asked(pipeline, sql)
        rows = shown_rows(answer, f"/data/{pipeline}", ())
        return {"sql": sql, "answer": answer, "rows": rows, **_box(room, pipeline)}

    return data_page(request, "data_sql.html", session, pipeline, read, tab="sql", typed=sql)


@router.post("/data/{pipeline}/sql/csv")
def sql_csv(pipeline: str, room: DataOf, session: ChangingSession, sql: Statement) -> Response:
    del session
    return sheet(room.asked_sheet(pipeline, sql), f"{pipeline}-sql")


@router.post("/data/{pipeline}/sql/reader")
def make_reader(
    pipeline: str,
    room: DataOf,
    session: AdminSession,
    password: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Make the role; or keep the password of one that somebody else made."""
    del session
    if password:
        room.keep_reader(pipeline, password)
    else:
        room.make_reader(pipeline)
    return RedirectResponse(f"/data/{pipeline}/sql", 303)


def _box(room: DataOf, pipeline: str) -> dict[str, Any]:
    return {"open": room.has_reader(pipeline), "role": room.reader_role(pipeline)}
