"""Errors in the words that a user reads, for tests that are about those words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chimpline.errors import ChimplineError
from chimpline.interfaces.messages import Told, told


def told_of(error: BaseException) -> Told:
    """The three parts of one of our errors."""
    assert isinstance(error, ChimplineError), error
    return told(error.problem)


@contextmanager
def refused(
    kind: type[ChimplineError], match: str = ""
) -> Iterator[pytest.ExceptionInfo[ChimplineError]]:
    """As `pytest.raises`, with `match` for the words that a user reads of it."""
    with pytest.raises(kind) as caught:
        yield caught
    words = str(told_of(caught.value))
    assert re.search(match, words), f"{match!r} is not in {words!r}"
