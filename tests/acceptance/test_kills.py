"""Ended from outside, at a moment drawn by chance: nothing is lost, nothing lands twice.

Test_replica_stops.py has moments that were chosen; here are those that nobody chose. By a signal at
the n-th request, some time after the first or, through a proxy before PostgreSQL, at the n-th
statement; or the line to PostgreSQL is cut, or goes deaf, at a statement or a byte.
"""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chimpline.errors import DestinationUnavailable
from chimpline.model import Deletes
from chimpline.sandbox import Sandbox
from tests.acceptance.conftest import Templates
from tests.acceptance.proxy import PLAIN, Proxy, Trouble
from tests.acceptance.replica import (
    ALL,
    CHANGES,
    OTHERS,
    READ,
    Pair,
    PostgresReplica,
    Replica,
    replicate,
)
from tests.acceptance.stories import Account, Change, Quiet, World
from tests.conftest import DRAWN, chance_of
from tests.words import told_of

ROOT = Path(__file__).parents[2]
KILLS, KILLS_OF_SOAK = 8, 100
LONGEST_S = 60
"""No run here takes a tenth of it."""

HURT = Account(members=120, campaigns=6, events=200, audiences=2)
REQUESTS, STATEMENTS, BYTES = 50, 900, 700_000
"""Fewer than the shortest of these runs has, of each: so that no blow comes too late."""
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
WAYS = ("request", "time", "cut", "bytes", "deaf", "statement")
"""In turn."""


@dataclasses.dataclass(frozen=True)
class Kill:
    """One end from outside: `moment` counts requests, milliseconds, statements or bytes."""

    way: str
    engine: str
    begun: bool
    moment: int
    signal: signal.Signals
    when: str
    changes: tuple[Change, ...]
    tables: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.way}-{self.engine}-{self.moment}"


def drawn(number: int, seed: int, *, soak: bool) -> Kill:
    """`make test` reads one table of each kind and some others; `make soak` all of them."""
    rng = random.Random(f"{seed} {number}")  # noqa: S311 - a moment is no secret
    way = WAYS[number % len(WAYS)]
    turn = number + number // len(WAYS)  # so that each way has both engines in turn
    longest = {"request": REQUESTS, "time": 800, "cut": STATEMENTS, "statement": STATEMENTS}
    kinds = sorted(CHANGES)
    return Kill(
        way=way,
        engine="duckdb" if way in ("request", "time") and turn % 2 else "postgresql",
        begun=rng.random() < 0.5,
        moment=rng.randint(1, longest.get(way, BYTES)),
        signal=rng.choice(SIGNALS),
        when=rng.choice(PLAIN),
        changes=tuple(Change(rng.choice(kinds), rng.randrange(40)) for _ in range(12)),
        tables=ALL if soak else (*READ, *sorted(rng.sample(OTHERS, 3))),
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chance = chance_of(metafunc.config)
    many = chance.cases or (KILLS_OF_SOAK if chance.soak else KILLS)
    metafunc.parametrize(
        "kill", [drawn(number, chance.seed, soak=chance.soak) for number in range(many)], ids=str
    )


@pytest.fixture
def pair(kill: Kill, templates: Templates) -> Iterator[Pair]:
    before = None if kill.tables is ALL else READ
    own = templates.begin(kill.engine, begun=kill.begun, tables=before, **HURT.options)
    yield own
    templates.discard(own)


class Apart:
    """A run in a process of its own."""

    def __init__(self, sandbox: Sandbox, replica: Replica, *tables: str) -> None:
        command = [sys.executable, "-m", "tests.acceptance.run_here", replica.url]
        slots = {"CHIMPLINE_SLOTS_DIR": str(replica.state_dir / "slots-apart")}
        self._process = subprocess.Popen(
            [*command, str(replica.state_dir), sandbox.api_key, sandbox.api_root, *tables],
            cwd=ROOT,
            env=os.environ | slots,
            stderr=subprocess.PIPE,
        )

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> int:
        self._process.communicate(timeout=LONGEST_S)
        return self._process.returncode


def killed_at_a_request(kill: Kill, pair: Pair) -> None:
    left = kill.moment
    at_last = threading.Event()

    def arrives(*_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            process.send(kill.signal)
            at_last.set()

    pair.sandbox.on_request(arrives)
    process = Apart(pair.sandbox, pair.replica, *kill.tables)
    assert at_last.wait(LONGEST_S)
    assert process.end() != 0


def killed_at_a_time(kill: Kill, pair: Pair) -> None:
    """Some milliseconds after the first request; a run may have ended by then."""
    first = threading.Event()
    pair.sandbox.on_request(lambda *_: first.set())
    process = Apart(pair.sandbox, pair.replica, *kill.tables)
    assert first.wait(LONGEST_S)
    if not process.ends_within(kill.moment / 1000):
        process.send(kill.signal)
    process.end()


def through(proxy: Proxy, replica: Replica) -> Replica:
    return PostgresReplica(replica.state_dir, proxy.url)


def cut_off(kill: Kill, pair: Pair) -> None:
    trouble = Trouble("cut", when=kill.when)
    if kill.way == "cut":
        trouble.statement = kill.moment
    else:
        trouble.byte = kill.moment
    told = ""
    with Proxy(pair.replica.url, trouble) as proxy:
        try:
            replicate(pair.sandbox, through(proxy, pair.replica), tables=kill.tables)
        except DestinationUnavailable as error:
            told = str(told_of(error))
        assert proxy.struck.is_set()
    if told:
        assert "run again" in told or "Nothing was read or changed" in told
    else:
        # The driver's first connection, over which it learns the types of the server, and which it
        # was done with.
        assert 1 == proxy.struck_at < proxy.accepted


def killed_before_the_deaf(kill: Kill, pair: Pair) -> None:
    """Nothing passes any more; the process is killed, then the server notices."""
    with Proxy(pair.replica.url, Trouble("deaf", byte=kill.moment)) as proxy:
        process = Apart(pair.sandbox, through(proxy, pair.replica), *kill.tables)
        assert proxy.struck.wait(LONGEST_S)
        process.send(signal.SIGKILL)
        assert process.end() == -signal.SIGKILL


def killed_at_a_statement(kill: Kill, pair: Pair) -> None:
    trouble = Trouble("deed", statement=kill.moment, when=kill.when)
    with Proxy(pair.replica.url, trouble) as proxy:
        process = Apart(pair.sandbox, through(proxy, pair.replica), *kill.tables)
        trouble.deed = lambda: process.send(kill.signal)
        assert proxy.struck.wait(LONGEST_S)
        assert process.end() != 0


BLOWS: dict[str, Callable[[Kill, Pair], None]] = {
    "request": killed_at_a_request,
    "time": killed_at_a_time,
    "cut": cut_off,
    "bytes": cut_off,
    "deaf": killed_before_the_deaf,
    "statement": killed_at_a_statement,
}


def test_whatever_ends_a_run_the_next_one_makes_it_good(
    kill: Kill,
    pair: Pair,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    chance = chance_of(request.config)
    record_property(DRAWN, f"kills by {kill.way}, seed {chance.seed}")
    world = World(
        HURT, pair.sandbox, pair.replica, Deletes.MARK, begun=kill.begun, tables=kill.tables
    )
    world.tell(*kill.changes)
    BLOWS[kill.way](kill, pair)
    world.tell(Quiet(again=True))
