"""The destination in memory keeps the contract: the tests of it that need no SQL are run on it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

import pytest

from chimpline.load.contract import Destination
from tests.contract import (
    test_destination,
    test_destination_cells,
    test_destination_history,
    test_destination_ledger,
    test_destination_strangers,
)
from tests.memory import MemoryDestination

Test = Callable[[Destination], None]


def of_the_contract(module: ModuleType) -> list[Test]:
    """Those that are given a destination, and nothing of a database; tables there are leaves."""
    return [
        test
        for name, test in vars(module).items()
        if name.startswith("test_")
        and "descendants" not in name
        and list(inspect.signature(test).parameters) == ["destination"]
    ]


TESTS = [
    test
    for module in (
        test_destination,
        test_destination_cells,
        test_destination_history,
        test_destination_ledger,
        test_destination_strangers,
    )
    for test in of_the_contract(module)
]


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.__name__)
def test_the_double_keeps_the_contract(test: Test) -> None:
    test(MemoryDestination())


def test_enough_of_the_contract_is_asked_of_it() -> None:
    assert len(TESTS) >= 25
