"""What the ledger and the commands say of runs that ended badly, by a real account and engine."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import AiohttpTransport, Answer
from chimpline.catalog.tables import SCHEMA_VERSION
from chimpline.clock import utc_now
from chimpline.errors import InvalidCredentials
from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.runs.job import run
from chimpline.runs.report.endings import ENDED_FROM_OUTSIDE, NOT_READ
from chimpline.sandbox import Sandbox
from tests.acceptance.replica import DATASET, READ, Replica, replicate, request_for, services_of
from tests.words import heard, told_of

pytestmark = pytest.mark.either_engine

ROOT = Path(__file__).parents[2]
RUNS = f"SELECT * FROM {DATASET}._chimpline_runs ORDER BY started_at"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(members=60, campaigns=4, events=60, audiences=2) as own:
        yield own


class Shown:
    """The commands, typed where the runs of this replica keep their state."""

    def __init__(self, replica: Replica, capsys: pytest.CaptureFixture[str]) -> None:
        self._replica = replica
        self._capsys = capsys

    def __call__(self, *argv: str) -> list[str]:
        where = ("--to", self._replica.url, "--dataset", DATASET)
        state = ("--state-dir", str(self._replica.state_dir))
        session = Session(environ={}, cwd=self._replica.state_dir.parent)
        self._capsys.readouterr()
        assert 0 == main([*argv, *where, *state], session)
        return self._capsys.readouterr().out.splitlines()

    def runs(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self("runs", "--json")]


@pytest.fixture
def shown(replica: Replica, capsys: pytest.CaptureFixture[str]) -> Shown:
    return Shown(replica, capsys)


def kill_a_run(sandbox: Sandbox, replica: Replica, number: int) -> None:
    """End a run of its own process as its n-th request arrives."""
    command = [sys.executable, "-m", "tests.acceptance.run_here", replica.url]
    process = subprocess.Popen(
        [*command, str(replica.state_dir), sandbox.api_key, sandbox.api_root, *READ],
        cwd=ROOT,
        env=dict(os.environ),
        stderr=subprocess.DEVNULL,
    )
    left = number

    def count(*_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            process.kill()

    sandbox.on_request(count)
    assert -9 == process.wait(60)


def test_a_killed_run_is_failed_at_once_and_in_the_ledger_after_the_next(
    sandbox: Sandbox, replica: Replica, shown: Shown
) -> None:
    kill_a_run(sandbox, replica, 50)
    (killed,) = replica.query(RUNS)
    assert ("running", None) == (killed["state"], killed["finished_at"])
    (told,) = shown.runs()
    assert (killed["run_id"], "failed", heard(ENDED_FROM_OUTSIDE)) == (
        told["run_id"],
        told["state"],
        told["message"],
    )
    assert told["finished_at"] > told["started_at"]
    # By the clock that the killed one had, since the order of runs is that of their times.
    assert 0 == replicate(sandbox, replica, clock=utc_now).exit
    first, second = replica.query(RUNS)
    assert ("failed", "succeeded") == (first["state"], second["state"])
    assert heard(ENDED_FROM_OUTSIDE) == heard(first["report"])
    assert first["finished_at"] is not None
    assert ["succeeded", "failed"] == [run["state"] for run in shown.runs()]


def test_why_a_run_failed_stands_in_the_ledger_and_is_shown(
    sandbox: Sandbox, replica: Replica, shown: Shown
) -> None:
    sandbox.faults([{"kind": "revoked", "after": 60}])
    with pytest.raises(InvalidCredentials) as met:
        replicate(sandbox, replica)
    (failed,) = replica.query(RUNS)
    assert told_of(met.value).what in heard(failed["report"])
    assert "401" in heard(failed["report"])
    lines = shown("runs", failed["run_id"])
    assert 1 == sum("401" in line for line in lines)
    assert 1 == sum(heard(NOT_READ) in line for line in lines)
    assert any(line.startswith(f"Schema {SCHEMA_VERSION}, chimpline ") for line in lines)


def test_a_run_that_never_began_is_on_top_of_the_history(
    sandbox: Sandbox, replica: Replica, shown: Shown
) -> None:
    assert 0 == replicate(sandbox, replica).exit
    wrong = Credential(f"{'0' * 32}-us19", is_api_key=True)
    with pytest.raises(InvalidCredentials) as met:
        replicate(sandbox, replica, credential=wrong)
    top, before = shown.runs()
    assert ("failed", SCHEMA_VERSION) == (top["state"], top["schema_version"])
    assert told_of(met.value).what in top["message"]
    assert "succeeded" == before["state"]
    assert 1 == len(replica.query(RUNS))


class Mistaken(AiohttpTransport):
    """Makes a mistake that nobody foresaw, at the n-th request."""

    def __init__(self, *, connections: int, at: int) -> None:
        super().__init__(connections=connections)
        self._left = at

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, **_: Any
    ) -> Answer:
        self._left -= 1
        if self._left == 0:
            raise ZeroDivisionError
        return await super().get(url, headers=headers, timeout_s=timeout_s)


@pytest.mark.parametrize("at", [1, 40])
def test_a_mistake_of_ours_is_no_run_without_an_end(
    sandbox: Sandbox, replica: Replica, shown: Shown, at: int
) -> None:
    request = request_for(sandbox, replica)
    with pytest.raises(ZeroDivisionError):
        run(
            request,
            services_of(request, transport=functools.partial(Mistaken, at=at)),
        )
    (told,) = shown.runs()
    assert "failed" == told["state"]
    assert told["message"].startswith("chimpline met a mistake of its own (ZeroDivisionError).")
    assert told["finished_at"] is not None


def test_a_repair_of_one_audience_does_not_call_the_others_done(
    sandbox: Sandbox, replica: Replica, shown: Shown
) -> None:
    tables = ("lists", "list_members")
    assert 0 == replicate(sandbox, replica, tables=tables).exit
    repaired, broken, *_ = [row["id"] for row in sandbox.truth("lists")]
    path = f"/lists/{broken}/members$"
    sandbox.faults([{"path": path, "kind": "500", "times": None}])
    assert 1 == replicate(sandbox, replica, tables=tables).exit
    sandbox.clear_faults()
    slices = {"list_members": frozenset({repaired})}
    assert 0 == replicate(sandbox, replica, tables=tables, reread=slices).exit

    def state() -> str:
        (told,) = [json.loads(line) for line in shown("status", "--json")]
        return str(told["tables"]["list_members"]["state"])

    assert "failed" == state()
    assert 0 == replicate(sandbox, replica, tables=tables).exit
    assert "done" == state()
