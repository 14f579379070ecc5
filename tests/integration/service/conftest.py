"""An account on a socket, and the command line in a directory of its own."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.sandbox import Sandbox
from chimpline.service.connection.connections import Connections


@pytest.fixture(autouse=True)
def _of_this_test_alone(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIMPLINE_SLOTS_DIR", str(tmp_path_factory.mktemp("slots")))
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)  # none of this machine's


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(members=40, campaigns=3, events=60, seed=5) as running:
        yield running


@dataclasses.dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out.strip().splitlines()[-1])


@dataclasses.dataclass
class Place:
    """A directory of somebody who uses chimpline there; `outputs` is all that was ever said."""

    path: Path
    environ: dict[str, str]
    capture: pytest.CaptureFixture[str]
    stdin: Callable[[str], None]
    outputs: list[str] = dataclasses.field(default_factory=list)

    def __call__(self, *words: str, stdin: str = "", **environ: str) -> Outcome:
        self.stdin(stdin)
        session = Session(environ={**self.environ, **environ}, cwd=self.path)
        status = main(list(words), session)
        said = self.capture.readouterr()
        self.outputs += [said.out, said.err]
        return Outcome(status, said.out, said.err)

    @property
    def connections(self) -> Connections:
        return Connections(self.environ, self.path)


@pytest.fixture
def place(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    sandbox: Sandbox,
) -> Place:
    def stdin(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    logging.getLogger().handlers.clear()
    environ = {
        "CHIMPLINE_API_ROOT": sandbox.api_root,
        "CHIMPLINE_LOGIN_ROOT": sandbox.login_root,
        "CHIMPLINE_TABLES": "lists,campaigns,list_members,reports_email_activity",
    }
    return Place(tmp_path, environ, capsys, stdin)
