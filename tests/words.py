"""Errors in the words that a user reads, for tests that are about those words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from chimpline.errors import ChimplineError
from chimpline.interfaces.messages import Told, told, whole, words
from chimpline.message import Message, Said
from chimpline.runs.report.events import Notice, RunFinished, TableFinished, said_in

E = TypeVar("E", bound=ChimplineError)

NOTHING_TOUCHED = words(Message("kept-nothing-touched"))
COMMITTED_STAYS = words(Message("kept-committed"))


def told_of(error: BaseException) -> Told:
    """The three parts of one of our errors."""
    assert isinstance(error, ChimplineError), error
    return told(error.problem)


@contextmanager
def refused(kind: type[E], match: str = "") -> Iterator[pytest.ExceptionInfo[E]]:
    """As `pytest.raises`, with `match` for the words that a user reads of it."""
    with pytest.raises(kind) as caught:
        yield caught
    text = str(told_of(caught.value))
    assert re.search(match, text), f"{match!r} is not in {text!r}"


def heard(of: Notice | TableFinished | RunFinished | Mapping[str, Any] | Said | None) -> str:
    """What an event, a report of the ledger, or a table's part of one says, in words."""
    match of:
        case Notice() | TableFinished() | RunFinished():
            return whole(of.said)
        case Mapping():
            return whole(said_in(of))
        case _:
            return whole(of)


def sentence(text: str) -> Message:
    """A message that says just this."""
    return Message.of("stored-sentence", sentence=text)


def saying(kind: type[E], what: str, *, do: str = "", kept: str | None = None) -> E:
    """An error that says just this."""
    error = kind("stored-sentence", sentence=what, kept=kept)
    error.problem = dataclasses.replace(error.problem, do=sentence(do))
    return error
