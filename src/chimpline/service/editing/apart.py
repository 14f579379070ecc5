"""Work in a process of its own: what loads a lot, may hang, or holds a file that a run needs.

`serve` stays small, and what takes too long is killed.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from chimpline.errors import ChimplineError, UserError
from chimpline.message import Problem

P = ParamSpec("P")
T = TypeVar("T")
ENDS_WITHIN_S = 5.0


class FailedApart(UserError):
    """What a process of its own raised: the same problem, without the class it had there."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__("work-stopped")
        self.problem = Problem.from_json(problem)


def apart(timeout_s: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns; it, its arguments and what it returns can be pickled.

    Raises `FailedApart` where it raises a `ChimplineError`, and `UserError` where it dies or takes
    longer than `timeout_s` seconds.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_carry_out, args=(theirs, work, args, kwargs), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(timeout_s):
            raise UserError("work-too-slow", seconds=round(timeout_s))
        worked, what = ours.recv()
    except EOFError:
        raise UserError("work-stopped") from None
    finally:
        process.kill()
        process.join(ENDS_WITHIN_S)
        ours.close()
    if not worked:
        raise FailedApart(what)
    return what  # type: ignore[no-any-return]


def _carry_out(
    answer: Connection, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    try:
        answer.send((True, work(*args, **kwargs)))
    except ChimplineError as error:
        answer.send((False, error.problem.to_json()))
