"""Tasks that are one piece of work: the error that ended it comes out, not a group of one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from chimpline.errors import BrokenAnswer, NotFound, Refused, SourceUnavailable


@contextlib.asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises the one error that ended it, not a group of one."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as many:
        raise first_of(many) from many


def first_of(many: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that matters most: one that ends the run before one that ends a slice."""
    flat = [
        first_of(error) if isinstance(error, BaseExceptionGroup) else error
        for error in many.exceptions
    ]
    slice_only = (NotFound, Refused, SourceUnavailable, BrokenAnswer)
    return next((error for error in flat if not isinstance(error, slice_only)), flat[0])
