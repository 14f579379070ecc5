"""The landed data, for programs: rows, charts, and a statement, with the scope `data`.

The role of statements is a definition, and needs the scope `admin`.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from chimpline.interfaces.console.data_room import DataOf, LookOf
from chimpline.interfaces.console.security.who import token_for
from chimpline.service.data.answers import Answer, Cell
from chimpline.service.data.charts import CHARTS
from chimpline.service.people.tokens import Scope

router = APIRouter(prefix="/api/v1/pipelines/{name}", tags=["data"])

Name = Annotated[str, Path(max_length=60)]
Part = Annotated[str, Path(max_length=200)]
Data = token_for(Scope.DATA)
Admin = token_for(Scope.ADMIN)


class Rows(BaseModel):
    """`more`: there are more rows than one answer holds. `count`: all of them, where known."""

    model_config = ConfigDict(frozen=True)

    columns: list[str]
    kinds: list[str] = Field(description="Of each column: number, time, json, boolean or text.")
    rows: list[list[Cell]]
    more: bool
    count: int | None = None

    @classmethod
    def of(cls, answer: Answer, count: int | None = None) -> Rows:
        return cls(
            columns=[column.name for column in answer.columns],
            kinds=[column.kind for column in answer.columns],
            rows=[list(row) for row in answer.rows],
            more=answer.more,
            count=count,
        )


class TablesOfData(BaseModel):
    """The columns of each table, with their kinds."""

    model_config = ConfigDict(frozen=True)

    tables: dict[str, dict[str, str]]


class ChartOfData(BaseModel):
    """A chart, and the tables and columns that it lacks."""

    model_config = ConfigDict(frozen=True)

    name: str
    lacking: list[str]


class ChartsOfData(BaseModel):
    model_config = ConfigDict(frozen=True)

    charts: list[ChartOfData]


class ReaderRole(BaseModel):
    """The password of a role that was made by hand; absent, the role is made."""

    password: str = Field(default="", max_length=500)


class RoleOfReader(BaseModel):
    """Whether statements can be asked, and what makes the role that they are asked under."""

    model_config = ConfigDict(frozen=True)

    ready: bool
    statements: list[str]


class Statement(BaseModel):
    """One statement that reads."""

    sql: str = Field(max_length=20_000)


@router.get("/data")
def list_tables(name: Name, room: DataOf, token: Data) -> TablesOfData:  # type: ignore[valid-type]
    """What is landed. 409 while a run has the file."""
    del token
    structure = room.structure(name)
    return TablesOfData(tables={table: dict(columns) for table, columns in structure.items()})


@router.get("/data/{table}")
def list_rows(
    name: Name,
    table: Part,
    room: DataOf,
    token: Data,  # type: ignore[valid-type]
    filtered: LookOf,
    *,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Rows:
    """Fifty rows of a table, every column. 409 while a run has the file."""
    del token, table  # it is in `filtered`
    look = dataclasses.replace(filtered, page=page, every_column=True)
    _, answer, count = room.rows(name, look)
    return Rows.of(answer, count)


@router.get("/charts")
def list_charts(name: Name, room: DataOf, token: Data) -> ChartsOfData:  # type: ignore[valid-type]
    """The charts there are. 409 while a run has the file."""
    del token
    structure = room.structure(name)
    charts = [
        ChartOfData(name=chart.name, lacking=chart.lacking(structure)) for chart in CHARTS.values()
    ]
    return ChartsOfData(charts=charts)


@router.get("/charts/{chart}")
def get_chart(name: Name, chart: Part, room: DataOf, token: Data) -> Rows:  # type: ignore[valid-type]
    """The numbers of a chart. 409 while a run has the file."""
    del token
    return Rows.of(room.charted(name, chart)[1])


@router.post("/sql")
def ask(name: Name, asked: Statement, room: DataOf, token: Data) -> Rows:  # type: ignore[valid-type]
    """The answer to one statement that reads, up to 1,000 rows. 409 while a run has the file."""
    del token
    answer: Any = room.asked(name, asked.sql)
    return Rows.of(answer)


@router.get("/reader")
def get_reader(name: Name, room: DataOf, token: Admin) -> RoleOfReader:  # type: ignore[valid-type]
    """The role of statements, where the destination needs one."""
    del token
    return RoleOfReader(ready=room.has_reader(name), statements=room.reader_role(name))


@router.put("/reader")
def put_reader(
    name: Name,
    role: ReaderRole,
    room: DataOf,
    token: Admin,  # type: ignore[valid-type]
) -> RoleOfReader:
    """Make the role of statements, or keep the password of one that was made by hand."""
    del token
    if role.password:
        room.keep_reader(name, role.password)
    else:
        room.make_reader(name)
    return RoleOfReader(ready=room.has_reader(name), statements=room.reader_role(name))
