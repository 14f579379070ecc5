"""The tables of a pipeline, the rows of one of them, one row, and one member."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import IO, Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from chimpline.interfaces.console.data_room import DataOf, LookOf
from chimpline.interfaces.console.pages.data.cells import ROWS_BELOW, key_in, shown_rows
from chimpline.interfaces.console.pages.data.frame import data_page
from chimpline.interfaces.console.pages.page import page
from chimpline.interfaces.console.security.who import RoomOf, SessionOf
from chimpline.service.data import tables
from chimpline.service.data.member import MEMBERS
from chimpline.service.data.reading import Sheet
from chimpline.service.data.tables import Compare, Gone, Look

router = APIRouter(include_in_schema=False)
SUMMARY = {"email_address", "full_name", "status", "member_rating", "vip", "last_changed"}
"""Of a member, above everything else."""


@router.get("/data")
def data(request: Request, room: RoomOf, session: SessionOf) -> Response:
    """The pipelines; where there is one only, its data."""
    names = room.desk.pipeline_names()
    if len(names) == 1:
        return RedirectResponse(f"/data/{names[0]}", 303)
    return page(request, "data.html", session, pipelines=room.desk.pipelines(runs=1))


@router.get("/data/{pipeline}")
def data_tables(request: Request, pipeline: str, room: DataOf, session: SessionOf) -> Response:
    def read() -> dict[str, Any]:
        structure, answers = room.overview(pipeline)
        counts, fresh = answers or (None, None)
        proven = {row[0]: row[1] for row in fresh.rows} if fresh else {}
        return {
            "tables": [
                {"name": name, "rows": rows, "gone": gone, "proven": _moment(proven.get(name))}
                for name, rows, gone in (counts.rows if counts else ())
                if name in structure
            ]
        }

    return data_page(request, "data_tables.html", session, pipeline, read, tab="tables")


@router.get("/data/{pipeline}/tables/{table}")
def data_rows(
    request: Request,
    pipeline: str,
    table: str,
    room: DataOf,
    *,
    session: SessionOf,
    filtered: LookOf,
    number: Annotated[int, Query(alias="page", ge=1, le=1_000_000)] = 1,
    every: Annotated[bool, Query()] = False,
) -> Response:
    look = dataclasses.replace(filtered, page=number, every_column=every)

    def read() -> dict[str, Any]:
        structure, answer, count = room.rows(pipeline, look)
        base, columns = f"/data/{pipeline}", structure[table]
        return {
            "answer": answer,
            "rows": shown_rows(answer, base, structure, key_in(table, answer), table),
            "count": count,
            "pages": max(1, -(-count // tables.ON_A_PAGE)),
            "columns": list(columns),
            "sortable": [name for name, kind in columns.items() if kind != "json"],
            "has_gone": "_deleted_at" in columns,
        }

    return data_page(
        request,
        "data_rows.html",
        session,
        pipeline,
        read,
        tab="tables",
        look=look,
        tests=list(Compare),
        gones=list(Gone),
        address=_addresses(f"/data/{pipeline}/tables/{quote(table, safe='')}", look),
    )


@router.get("/data/{pipeline}/tables/{table}/csv")
def data_csv(
    pipeline: str, table: str, room: DataOf, session: SessionOf, filtered: LookOf
) -> Response:
    del session
    look = dataclasses.replace(filtered, every_column=True)
    return sheet(room.sheet(pipeline, look), table)


@router.get("/data/{pipeline}/tables/{table}/row")
def data_row(
    request: Request, pipeline: str, table: str, room: DataOf, session: SessionOf
) -> Response:
    key = {name: value[:500] for name, value in list(request.query_params.items())[:10]}
    if table == MEMBERS and {"list_id", "id"} == set(key):
        parts = "/".join(quote(key[name], safe="") for name in ("list_id", "id"))
        return RedirectResponse(f"/data/{pipeline}/members/{parts}", 303)

    def read() -> dict[str, Any]:
        structure = room.structure(pipeline)
        answer = room.row(pipeline, table, key)
        column = ROWS_BELOW.get(table)
        below = []
        if column:
            last = list(tables.key_of(table, structure[table]))[-1]
            asked = urlencode({"column": column, "test": "is", "value": key[last]})
            below = [
                (name, f"/data/{pipeline}/tables/{quote(name, safe='')}?{asked}")
                for name, columns in structure.items()
                if column in columns and "__" not in name and name != table
            ]
        (cells,) = shown_rows(answer, f"/data/{pipeline}", structure)
        return {"facts": list(zip(answer.columns, cells, strict=True)), "below": below}

    return data_page(
        request, "data_row.html", session, pipeline, read, tab="tables", table=table, key=key
    )


@router.get("/data/{pipeline}/members/{list_id}/{member_id}")
def data_member(
    request: Request,
    pipeline: str,
    list_id: str,
    member_id: str,
    *,
    room: DataOf,
    session: SessionOf,
) -> Response:
    def read() -> dict[str, Any]:
        structure = room.structure(pipeline)
        member = room.member(pipeline, {"list_id": list_id[:500], "id": member_id[:500]})
        base = f"/data/{pipeline}"
        (cells,) = shown_rows(member.row, base, structure)
        parts = [
            (name, answer, shown_rows(answer, base, structure) if answer else [])
            for name, answer in member.parts.items()
        ]
        facts = list(zip(member.row.columns, cells, strict=True))
        return {
            "summary": [(column, cell) for column, cell in facts if column.name in SUMMARY],
            "facts": [(column, cell) for column, cell in facts if cell.kind != "none"],
            "parts": parts,
        }

    return data_page(
        request,
        "data_member.html",
        session,
        pipeline,
        read,
        tab="tables",
        table=MEMBERS,
        member_id=member_id,
    )


def sheet(found: Sheet, name: str) -> Response:
    """A file of CSV, named after what it holds; and after how much, where that is not all."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)[:80]
    part = f"-first-{found.count}-rows" if found.more else ""
    headers = {"Content-Disposition": f'attachment; filename="{safe}{part}.csv"'}
    return StreamingResponse(
        _pieces(found.file), media_type="text/csv; charset=utf-8", headers=headers
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(65_536):
            yield piece


def _moment(told: Any) -> Any:
    return dt.datetime.fromisoformat(told) if told else None


def _addresses(base: str, look: Look) -> Any:
    """Makes the address of the same table, looked at in another way."""

    def address(below: str = "", **changes: Any) -> str:
        wanted = {
            "sort": look.sort,
            "descending": look.descending,
            "column": look.column,
            "test": look.test.value,
            "value": look.value,
            "gone": look.gone.value,
            "every": look.every_column,
            **changes,
        }
        told = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in wanted.items()
            if value not in {"", False}
        }
        return f"{base}{below}?{urlencode(told)}"

    return address
