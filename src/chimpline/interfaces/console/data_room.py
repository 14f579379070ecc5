"""The data of pipelines, for pages and operations of the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from chimpline.interfaces.console.room import room_of
from chimpline.service.data.room import DataRoom


def data_of(request: Request) -> DataRoom:
    """Made when it is first needed: it imports the catalog."""
    state = request.app.state
    if not hasattr(state, "data"):
        state.data = DataRoom(room_of(request).desk)
    found: DataRoom = state.data
    return found


DataOf = Annotated[DataRoom, Depends(data_of)]
