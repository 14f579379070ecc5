"""When a table is done, and what becomes of work that never began."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from chimpline.catalog.tables import tables
from chimpline.runs.work.completion import Completion
from chimpline.runs.work.together import together


def test_work_that_never_began_is_not_reported_as_forgotten() -> None:
    """A stop right at the beginning would print a warning of Python's into the user's terminal."""

    async def work() -> None:
        raise AssertionError

    async def main() -> None:
        async with together() as group:
            Completion(group, {"lists": ()}, lambda _: None).spawn(tables()["lists"], work())
            raise KeyError

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(KeyError):
            asyncio.run(main())
        gc.collect()
    assert [] == told
