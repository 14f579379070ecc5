"""The charts: each with its numbers, its statement, and a CSV."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from chimpline.interfaces.console.data_room import DataOf
from chimpline.interfaces.console.pages.data.cells import shown_rows
from chimpline.interfaces.console.pages.data.frame import data_page
from chimpline.interfaces.console.pages.data.tables import sheet
from chimpline.interfaces.console.security.who import SessionOf
from chimpline.service.data.answers import Answer
from chimpline.service.data.charts import CHARTS, Chart

router = APIRouter(include_in_schema=False)
SHADES = 5
DAYS = range(1, 8)


@router.get("/data/{pipeline}/charts")
def chart_list(request: Request, pipeline: str, room: DataOf, session: SessionOf) -> Response:
    def read() -> dict[str, Any]:
        structure = room.structure(pipeline)
        return {"charts": [(chart, chart.lacking(structure)) for chart in CHARTS.values()]}

    return data_page(request, "data_charts.html", session, pipeline, read, tab="charts")


@router.get("/data/{pipeline}/charts/{name}")
def chart_page(
    request: Request, pipeline: str, name: str, room: DataOf, session: SessionOf
) -> Response:
    def read() -> dict[str, Any]:
        chart, answer = room.charted(pipeline, name)
        return {
            "chart": chart,
            "answer": answer,
            "rows": shown_rows(answer, f"/data/{pipeline}", room.structure(pipeline)),
            "drawn": json.dumps(drawn(chart, answer), ensure_ascii=False),
            "weeks": [(series, week(answer, series)) for series in chart.series]
            if chart.form == "week"
            else [],
        }

    known = name if name in CHARTS else "unknown"
    return data_page(request, "data_chart.html", session, pipeline, read, tab="charts", name=known)


@router.get("/data/{pipeline}/charts/{name}/csv")
def chart_csv(pipeline: str, name: str, room: DataOf, session: SessionOf) -> Response:
    del session
    return sheet(room.charted_sheet(pipeline, name), name)


def drawn(chart: Chart, answer: Answer) -> dict[str, Any]:
    """What the script draws: labels, and a list of numbers for each series."""
    names = [column.name for column in answer.columns]
    rows = list(answer.rows)
    if chart.name == "campaigns":
        rows.reverse()  # the oldest at the left
    return {
        "form": chart.form,
        "labels": [str(row[0]) for row in rows],
        "series": [
            {"name": one, "values": [row[names.index(one)] for row in rows]} for one in chart.series
        ],
    }


def week(answer: Answer, series: str) -> list[list[tuple[int, int]]]:
    """For each weekday from Monday the (number, shade) of each hour."""
    names = [column.name for column in answer.columns]
    place = names.index(series)
    found = {(int(r[0] or 0), int(r[1] or 0)): int(r[place] or 0) for r in answer.rows}
    most = max(found.values(), default=0)
    return [
        [
            (count, -(-count * SHADES // most) if most else 0)
            for count in (found.get((day, hour), 0) for hour in range(24))
        ]
        for day in DAYS
    ]
