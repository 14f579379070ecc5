"""Tasks that are one piece of work: begun together, cancelled together, ended by one error."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any

from chimpline.errors import SliceError


class Tasks(asyncio.TaskGroup):
    """A task group in which a task that was cancelled begins nothing new.

    A task can come to its end before it notices that it was cancelled. What it would begin then,
    the standard library's group refuses with a `RuntimeError`. That the group is ending, only an
    attribute of its own tells: `Task.cancelling` stays above 0 in Python 3.11 after an inner group
    has failed, and a task that merely met such a failure must go on.
    """

    def create_task(self, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:  # type: ignore[override]
        if self._aborting:  # type: ignore[attr-defined]
            coro.close()
            raise asyncio.CancelledError
        return super().create_task(coro, **options)


@contextlib.asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises the one error that ended it, not a group of one."""
    try:
        async with Tasks() as group:
            yield group
    except BaseExceptionGroup as many:
        raise first_of(many) from many


def first_of(many: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that matters most: one that ends the run before one that ends a slice."""
    flat = [
        first_of(error) if isinstance(error, BaseExceptionGroup) else error
        for error in many.exceptions
    ]
    return next((error for error in flat if not isinstance(error, SliceError)), flat[0])


async def answered(questions: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Ask all at once; raises what the first of them raised, once all are answered.

    A request that is given up keeps its connection slot for as long as Mailchimp may work on it, so
    that whoever asks next would wait for two minutes.
    """
    for outcome in await asyncio.gather(*questions, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
