"""The API is what its own description says, whatever is asked: with a token, and without one.

schemathesis draws the requests, with all of its checks, and follows what one answer offers to the
next. A few examples an operation in `make test`; in `make test-console` 200, and each edge of each
value before them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chimpline.errors import SettingsError
from chimpline.interfaces.console.serve import served
from chimpline.service.editing.looking import Looks
from chimpline.service.execution.order import Order
from chimpline.service.people.tokens import Scope, Tokens
from tests.conftest import DRAWN, chance_of
from tests.desks import Console, Orders, console_in, on_a_socket

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SETTINGS = Path(__file__).with_name("schemathesis.toml")
FEW, MANY = 5, 200
PATIENCE_S = 1800


class Ended(Orders):
    """What is ordered has ended at once, so that what is said of it comes to an end, too."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def submit(self, order: Order) -> None:
        self._console.ran(run_id=order.run_id)

    def cancel(self, run_id: str) -> bool:
        super().cancel(run_id)
        return self.cancelled.count(run_id) == 1


class Kept(Tokens):
    """The token that the requests are made with is not revoked by them."""

    def revoke(self, name: str) -> None:
        super().revoke(name if name != "test" else "another")


def unasked(*_: object) -> dict[str, object]:
    """A look at an account that nobody has signed in to."""
    raise SettingsError("connection-without-secret", name="main")


@pytest.fixture
def console(tmp_path: Path) -> Iterator[tuple[Console, str]]:
    """A console behind a socket, and its address; whatever it is asked, no run begins."""
    with console_in(tmp_path) as console:
        console.desk.executor = Ended(console)
        console.desk.tokens = Kept(console.desk.database, console.desk.clock)
        console.ran()
        config = served(console.room, console.failures.append, [])
        config.app.state.looks = Looks(console.desk, unasked)  # type: ignore[union-attr]
        with on_a_socket(config) as address:
            yield console, address


Draw = Callable[[int, int, bool], None]


@pytest.fixture
def draw(
    console: tuple[Console, str], tmp_path: Path, record_property: Callable[[str, object], None]
) -> Draw:
    """Ask by chance: so many examples an operation, of this seed, with a token or without."""
    here, address = console

    def drawn(examples: int, seed: int, with_token: bool) -> None:
        record_property(DRAWN, f"requests to the API: seed {seed}, {examples} an operation")
        # The data are read by processes, which are for the long way alone.
        at_length = examples != FEW
        scopes = [Scope.ADMIN, Scope.DATA] if at_length else [Scope.ADMIN]
        token = f"Authorization: {here.token(*scopes)['Authorization']}"
        done = subprocess.run(
            [
                SCHEMATHESIS, "--config-file", str(SETTINGS),
                "run", f"{address}/api/v1/openapi.json",
                "--checks", "all",
                "--phases", f"examples,{'coverage,' if at_length else ''}fuzzing,stateful",
                "--mode", "all",
                "--max-examples", str(examples),
                "--seed", str(seed),
                "--generation-database", "none",
                "--no-color",
                *(["-H", token] if with_token else []),
            ],
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )  # fmt: skip
        assert 0 == done.returncode, f"seed {seed}\n{done.stdout}\n{done.stderr}"
        assert re.search(r"Stateful.*\n\n.*Scenarios", done.stdout), done.stdout
        assert [] == here.failures

    return drawn


def test_the_api_is_what_it_says(draw: Draw, pytestconfig: pytest.Config) -> None:
    draw(FEW, chance_of(pytestconfig).seed, True)


@pytest.mark.console
@pytest.mark.parametrize("with_token", [True, False])
def test_the_api_is_what_it_says_at_length(
    draw: Draw, pytestconfig: pytest.Config, *, with_token: bool
) -> None:
    draw(MANY, chance_of(pytestconfig).seed, with_token)
