"""What `make test` and `make soak` draw by chance: from which seed, and how many cases."""

from __future__ import annotations

import dataclasses
import gc
import secrets
import signal
from collections import Counter
from typing import Any

import pytest

DRAWN = "drawn"
"""The property by which a test tells what it drew; the summary prints it."""

LONG = ("tests/console/", "tests/integration/test_bench.py")
"""Tests of up to a minute each."""

GARBAGE_AT = 20_000
"""New objects after which garbage is looked for; at Python's 700, a sixth of all CPU went there."""


@dataclasses.dataclass(frozen=True)
class Chance:
    """`soak`: many cases, and a seed that nobody chose unless one was named."""

    soak: bool
    seed: int
    cases: int | None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="many cases of what is drawn by chance")
    parser.addoption("--seed", type=int, default=None, help="of what is drawn by chance")
    parser.addoption("--cases", type=int, default=None, help="how many of each kind are drawn")


def pytest_configure(config: pytest.Config) -> None:
    """The seed is drawn once: the processes that share the tests must agree on it."""
    heed_interrupts()
    given = getattr(config, "workerinput", {}).get("seed")
    if given is not None:
        config.option.seed = given
    elif config.option.seed is None:
        at_length = config.option.soak or config.option.markexpr.startswith("console")
        config.option.seed = secrets.randbelow(10**6) if at_length else 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that at the end no process works on one while others have none left."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """What was collected stays to the end, and need not be looked through for garbage each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AT, 20, 20)


def pytest_sessionfinish() -> None:
    gc.unfreeze()  # libraries look, as the process ends, for what they think is lost


def heed_interrupts() -> None:
    """What a shell starts in the background ignores SIGINT, and so would all that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """To a process that shares the tests (pytest-xdist)."""
    node.workerinput["seed"] = node.config.option.seed


def chance_of(config: pytest.Config) -> Chance:
    return Chance(config.option.soak, config.option.seed, config.option.cases)


def pytest_report_header(config: pytest.Config) -> list[str]:
    chance = chance_of(config)
    return [f"seed: {chance.seed}"] if chance.soak else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = Counter(
        str(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == DRAWN
    )
    for line, times in sorted(told.items()):
        terminalreporter.write_line(f"{line}: {times}" if times > 1 else line)
