"""`chimpline serve` in a process of its own, on an account, asked as a program asks it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2

from chimpline.sandbox import Sandbox
from chimpline.service.desk import Desk
from chimpline.service.people.tokens import Scope
from chimpline.state.directory import StateDirectory
from tests.acceptance.destinations import DATASET
from tests.console.served import Served

LONGEST_S = 90.0


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for another process, whose time nobody can set."""
    end = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.02)


class Daily(Served):
    """A console with one pipeline, *daily*, on an account, and a program that asks it."""

    def __init__(self, path: Path, sandbox: Sandbox) -> None:
        key = {"CHIMPLINE_API_KEY": sandbox.api_key}
        super().__init__(path, {**key, "CHIMPLINE_SLOTS_DIR": str(path / "slots")})
        self.sandbox = sandbox
        self.state = StateDirectory(path / ".chimpline")
        (path / "chimpline.toml").write_text(
            f'[connections.main]\nauth = "api_key"\napi_root = "{sandbox.api_root}"\n'
            '[pipelines.daily]\nconnection = "main"\ndestination = "duckdb:///copy.duckdb"\n'
            f'dataset = "{DATASET}"\n'
        )
        with contextlib.closing(Desk({}, path)) as desk:
            word = desk.tokens.create("test", list(Scope), None)
        self._headers = {"Authorization": f"Bearer {word}"}

    def ask(self, method: str, address: str, status: int = 200) -> Any:
        answer = httpx2.request(method, f"{self.url}{address}", headers=self._headers, timeout=30)
        assert status == answer.status_code, answer.text
        return answer.json()

    def streamed(self, run_id: str) -> Iterator[str]:
        """The lines of a run's stream of events."""
        address = f"{self.url}/api/v1/runs/{run_id}/events"
        with httpx2.stream("GET", address, headers=self._headers, timeout=30) as answer:
            yield from answer.iter_lines()

    def run(self) -> str:
        """Ask for a run; its id."""
        return str(self.ask("POST", "/api/v1/pipelines/daily/runs", 202)["id"])

    def state_of(self, run_id: str) -> str:
        return str(self.ask("GET", f"/api/v1/runs/{run_id}")["state"])

    def ends(self, run_id: str) -> str:
        """Its state, when it has ended."""
        until(lambda: self.state_of(run_id) not in {"queued", "running"}, f"the end of {run_id}")
        return self.state_of(run_id)

    def events(self, run_id: str) -> list[str]:
        return [str(event["event"]) for event in self.state.read_events(run_id)]

    def processes(self, run_id: str) -> int:
        """How often a process was started for it."""
        log = self.state.path / "logs" / f"run-{run_id}.log"
        return log.read_text().count('"process_started"')

    def leave(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for holder in self.state.live_runs():
            with contextlib.suppress(ProcessLookupError):
                os.kill(holder.pid, signal.SIGKILL)
