"""Accounts and replicas: new ones, and pairs on which a first run has ended, for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    READ,
    DuckDBReplica,
    Pair,
    PostgresReplica,
    Replica,
    replicate,
)
from tests.acceptance.within import MemoryReplica
from tests.conftest import chance_of
from tests.postgres import start

ENGINES = ("duckdb", "postgresql")
MEMORY = "memory"
"""In the place of an engine: no database and no socket (`tests/acceptance/within.py`)."""
SMALL: dict[str, Any] = {"members": 80, "campaigns": 6, "events": 200, "seed": 11}
HOUR_S = 3600.0


@pytest.fixture(scope="session", autouse=True)
def _slots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Connection slots apart from those of the person who runs the tests."""
    before = os.environ.get("CHIMPLINE_SLOTS_DIR")
    os.environ["CHIMPLINE_SLOTS_DIR"] = str(tmp_path_factory.mktemp("slots"))
    yield
    if before is None:
        del os.environ["CHIMPLINE_SLOTS_DIR"]
    else:
        os.environ["CHIMPLINE_SLOTS_DIR"] = before


class Postgres:
    """A server of the session's own; databases are cheap."""

    def __init__(self, directory: Path) -> None:
        self._server = start(directory)
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database)).replace("postgres:@", "postgres@")

    def database(self, template: str | None = None) -> str:
        """The URL of a new database, empty or a copy."""
        name = f"test_{next(self._numbers)}"
        like = f' TEMPLATE "{template}"' if template else ""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"{like}'.encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{database_of(url)}" WITH (FORCE)'.encode())

    def stop(self) -> None:
        self._server.cleanup()


def database_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not below pytest's own directory: each session that starts closes that one to other users,
    # and as root the server runs as another user.
    with tempfile.TemporaryDirectory(prefix="chimpline-pg-") as directory:
        Path(directory).chmod(0o755)
        server = Postgres(Path(directory) / "data")
        yield server
        server.stop()


@pytest.fixture(params=[*ENGINES, MEMORY])
def engine(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def new_replica(
    request: pytest.FixtureRequest, engine: str, tmp_path: Path
) -> Iterator[Callable[[], Replica]]:
    """Makes empty destinations of this engine."""
    made: list[str] = []

    def make() -> Replica:
        if engine == MEMORY:
            made.append("")
            return MemoryReplica(tmp_path / f"state{len(made)}")
        if engine == "duckdb":
            made.append("")
            return DuckDBReplica(tmp_path / "state", tmp_path / f"replica{len(made)}.duckdb")
        made.append(request.getfixturevalue("postgres").database())
        return PostgresReplica(tmp_path / "state", made[-1])

    yield make
    for url in filter(None, made):
        request.getfixturevalue("postgres").drop(url)


@pytest.fixture
def replica(new_replica: Callable[[], Replica]) -> Replica:
    """An empty destination."""
    return new_replica()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small account of the test's own."""
    with Sandbox.start(**SMALL) as own:
        yield own


# -- pairs on which a first run has ended -----------------------------------------------------


class Templates:
    """One first run for each engine and account; each test gets a clone, as the account is
    made anew from the same seed."""

    def __init__(self, request: pytest.FixtureRequest, directory: Path) -> None:
        self._request = request
        self._directory = directory
        self._made: dict[str, Replica] = {}
        self._numbers = itertools.count(1)

    def clone(self, engine: str, *, tables: tuple[str, ...] | None = READ, **options: Any) -> Pair:
        """`tables`: those of the first run; None are all."""
        every = "" if tables is READ else f" {tables}"
        name = f"{engine}{every} {sorted(options.items())}"
        if name not in self._made:
            self._made[name] = self._empty(engine)
            with Sandbox.start(**{**SMALL, **options}) as first:
                finished = replicate(first, self._made[name], tables=tables)
                assert (0, None) == (finished.exit, finished.said)
        sandbox = Sandbox.start(**{**SMALL, **options})
        sandbox.advance(HOUR_S)
        return Pair(sandbox, self._copy(self._made[name]))

    def begin(
        self,
        engine: str,
        *,
        begun: bool,
        tables: tuple[str, ...] | None = READ,
        **options: Any,
    ) -> Pair:
        """A clone, or, not `begun`, the account of these options and an empty destination."""
        if begun:
            return self.clone(engine, tables=tables, **options)
        sandbox = Sandbox.start(**{**SMALL, **options})
        sandbox.advance(HOUR_S)
        return Pair(sandbox, self._empty(engine))

    def _empty(self, engine: str) -> Replica:
        here = self._directory / str(next(self._numbers))
        here.mkdir()
        if engine == MEMORY:
            return MemoryReplica(here / "state")
        if engine == "duckdb":
            return DuckDBReplica(here / "state", here / "replica.duckdb")
        return PostgresReplica(here / "state", self._request.getfixturevalue("postgres").database())

    def _copy(self, template: Replica) -> Replica:
        here = self._directory / str(next(self._numbers))
        here.mkdir()
        if isinstance(template, MemoryReplica):
            return MemoryReplica(here / "state", template.destination.copy())
        if isinstance(template, DuckDBReplica):
            shutil.copy(template.path, here / "replica.duckdb")
            return DuckDBReplica(here / "state", here / "replica.duckdb")
        postgres = self._request.getfixturevalue("postgres")
        return PostgresReplica(here / "state", postgres.database(database_of(template.url)))

    def discard(self, pair: Pair) -> None:
        pair.sandbox.stop()
        if isinstance(pair.replica, PostgresReplica):
            self._request.getfixturevalue("postgres").drop(pair.replica.url)
        shutil.rmtree(pair.replica.state_dir.parent)


@pytest.fixture(scope="session")
def templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Templates:
    return Templates(request, tmp_path_factory.mktemp("replicas"))


@pytest.fixture
def new_pair(templates: Templates, engine: str) -> Iterator[Callable[..., Pair]]:
    """Makes pairs; `options` are further ones of the account."""
    made: list[Pair] = []

    def make(**options: Any) -> Pair:
        made.append(templates.clone(engine, **options))
        return made[-1]

    yield make
    for pair in made:
        templates.discard(pair)


@pytest.fixture
def pair(new_pair: Callable[..., Pair]) -> Pair:
    return new_pair()


# -- tests of the reading, which both engines need not show ------------------------------------


@pytest.hookimpl(trylast=True)  # after -k and -m
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test of the reading, one engine's of each case; `make soak` runs both.

    Whatever is read, the engines hold the same (`tests/contract`). Whoever names one gets it. Which
    one it is, its name decides: in turn, each value of a parameter would meet one engine only.

    Of the tests of a file that are marked `within` as well, the first case has an engine and a
    socket, and the others are shown without.
    """
    soak = chance_of(config).soak
    cases: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        drawn = getattr(item, "callspec", None)
        kind = drawn.params.get("engine") if drawn else None
        if kind:
            cases.setdefault(item.nodeid.replace(kind, "", 1), {})[kind] = item
    spared: set[int] = set()
    shown: set[str] = set()
    for name, case in cases.items():
        file = name.partition("::")[0]
        one = ENGINES[zlib.crc32(name.encode()) % len(ENGINES)]
        within = case.get(MEMORY)
        whole = len(case) == len(ENGINES) + 1
        if within is not None and (soak or not within.get_closest_marker("within")):
            spared.add(id(case.pop(MEMORY)))
        elif whole and file in shown:
            spared |= {id(case[kind]) for kind in ENGINES}
            continue
        elif whole:
            spared.add(id(case.pop(MEMORY)))
            shown.add(file)
        either = all(item.get_closest_marker("either_engine") for item in case.values())
        if whole and either and not soak:
            spared.add(id(case[one]))
    config.hook.pytest_deselected(items=[item for item in items if id(item) in spared])
    items[:] = [item for item in items if id(item) not in spared]


# -- one pair for many small tests ------------------------------------------------------------

_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001 - the hook's form
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def _shared() -> Iterator[dict[str, Pair]]:
    pairs: dict[str, Pair] = {}
    yield pairs
    for pair in pairs.values():
        pair.sandbox.stop()


@pytest.fixture
def shared_pair(
    request: pytest.FixtureRequest,
    engine: str,
    templates: Templates,
    _shared: dict[str, Pair],
) -> Iterator[Pair]:
    """An account that changes from test to test, each of which leaves its replica true to it.

    All tables are copied.

    A test that fails leaves nothing behind: the next one gets a new pair.
    """
    if engine not in _shared:
        _shared[engine] = templates.clone(engine, tables=None, audiences=2)
    yield _shared[engine]
    if request.node.stash.get(_FAILED, False):
        templates.discard(_shared.pop(engine))
