from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from chimpline.catalog.digest import endpoints
from chimpline.sandbox import Sandbox
from chimpline.sandbox.routes.table import SINGLES
from chimpline.sandbox.tables import COLLECTIONS

TRIED = 15
"""So many paths of a template are asked for."""


@pytest.fixture(scope="session")
def quiet() -> Iterator[Sandbox]:
    """An account that no test changes."""
    with Sandbox.start(
        members=1200, campaigns=20, events=2500, seed=3, tags_of_one_member=60
    ) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small account of the test's own."""
    with Sandbox.start(members=240, campaigns=12, events=400, seed=5) as own:
        yield own


@pytest.fixture(scope="session")
def ask() -> Callable[..., requests.Response]:
    """One GET: `ask(sandbox, "/lists", count=1)`."""

    def get(sandbox: Sandbox, path: str, **query: Any) -> requests.Response:
        return requests.get(
            f"{sandbox.api_root}{path}",
            params=query,
            auth=("anystring", sandbox.api_key),
            timeout=30,
            allow_redirects=False,
        )

    return get


@pytest.fixture(scope="session")
def walk(ask: Callable[..., requests.Response]) -> Callable[..., list[dict[str, Any]]]:
    """All records of a collection, page by page to the short one."""

    def read(sandbox: Sandbox, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        count = query.pop("count", 100)
        while True:
            page = ask(sandbox, path, count=count, offset=len(rows), **query).json()[key]
            rows.extend(page)
            if len(page) < count:
                return rows

    return read


@pytest.fixture(scope="session")
def shapes() -> dict[str, Any]:
    """The shapes of the 200 answers, by path: the catalog's digest of the specification.

    The tests may read it; the sandbox itself may not.
    """
    return {path: endpoint.answer for path, endpoint in endpoints().items()}


def spread(real: list[str]) -> list[str]:
    """As many as are tried, from the first to the last."""
    if len(real) <= TRIED:
        return real
    return [real[place * (len(real) - 1) // (TRIED - 1)] for place in range(TRIED)]


@pytest.fixture(scope="session")
def paths(quiet: Sandbox) -> dict[str, list[str]]:
    """Real paths for each template that the sandbox serves."""
    found = {template: [template] for template in SINGLES}
    for collection in COLLECTIONS.values():
        for template, real in collection.samples(quiet._engine.account).items():
            found[template] = spread(real)
    return found
