"""The data of pipelines, for pages and operations of the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from chimpline.interfaces.console.room import room_of
from chimpline.service.data.room import DataRoom
from chimpline.service.data.tables import Compare, Gone, Look

Text = Annotated[str, Query(max_length=500)]


def data_of(request: Request) -> DataRoom:
    """Made when it is first needed: it imports the catalog."""
    state = request.app.state
    if not hasattr(state, "data"):
        state.data = DataRoom(room_of(request).desk)
    found: DataRoom = state.data
    return found


DataOf = Annotated[DataRoom, Depends(data_of)]


def look_of(
    table: Annotated[str, Path(max_length=200)],
    *,
    sort: Text = "",
    descending: Annotated[bool, Query()] = False,
    column: Text = "",
    test: Annotated[Compare, Query()] = Compare.CONTAINS,
    value: Text = "",
    gone: Annotated[Gone, Query()] = Gone.SHOWN,
) -> Look:
    """How the rows of a table are sorted and filtered, as the address says it."""
    return Look(table, sort, descending, column, test, value, gone)


LookOf = Annotated[Look, Depends(look_of)]
