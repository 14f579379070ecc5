"""Errors in the words that a user reads, for tests that are about those words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from chimpline.errors import ChimplineError
from chimpline.interfaces.messages import Told, told

E = TypeVar("E", bound=ChimplineError)


def told_of(error: BaseException) -> Told:
    """The three parts of one of our errors."""
    assert isinstance(error, ChimplineError), error
    return told(error.problem)


@contextmanager
def refused(kind: type[E], match: str = "") -> Iterator[pytest.ExceptionInfo[E]]:
    """As `pytest.raises`, with `match` for the words that a user reads of it."""
    with pytest.raises(kind) as caught:
        yield caught
    words = str(told_of(caught.value))
    assert re.search(match, words), f"{match!r} is not in {words!r}"
