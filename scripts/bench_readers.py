"""An emulated account, the readers that are let loose on it, and the lines that are printed."""

from __future__ import annotations

import dataclasses
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chimpline.sandbox.control import SandboxControl

HERE = Path(__file__).parent
CONNECTIONS = 10
Result = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Sizes:
    members: int
    campaigns: int
    events: int
    bulk: int = 0  # of the members, all changed in one second

    def __str__(self) -> str:
        return f"{self.members:,} members, {self.campaigns:,} campaigns, {self.events:,} events"


class Bench:
    """One emulated account, and the readers, one at a time, each in a process of its own.

    `within`: they are in this process instead, and what they need of it is no figure.
    """

    def __init__(self, folder: Path, info: Result, *, within: bool = False) -> None:
        self._within = within
        self.folder = folder
        self.folder.mkdir()
        self.control = SandboxControl(info["login_root"])
        self._account = ["--api-root", info["api_root"], "--key", info["api_key"]]

    def client(self, stage: str, *flags: str, **options: object) -> Result:
        state = {"state": self.folder / "state", "connections": CONNECTIONS}
        result = self._reader("bench_client", stage, *flags, **(state | options))
        if result.get("exit"):
            raise SystemExit(f"A run ended with {result['exit']}: {result['message']}")
        return result

    def plain(self, what: str, **options: object) -> Result:
        database = {"database": self.folder / f"plain-{what}.duckdb"}
        return self._reader("bench_plain", what, **(database | options))

    def _reader(self, script: str, command: str, *flags: str, **options: object) -> Result:
        told = [part for name, v in options.items() for part in (f"--{name}", str(v))]
        argv = [command, *self._account, *flags, *told]
        self.control.reset_metrics()
        result: Result
        if self._within:
            result = importlib.import_module(script).measured(argv)
        else:
            reader = [sys.executable, str(HERE / f"{script}.py"), *argv]
            done = subprocess.run(reader, stdout=subprocess.PIPE, check=True)  # noqa: S603
            result = json.loads(done.stdout)
        return result


@contextmanager
def account(sizes: Sizes, folder: Path, *, within: bool = False) -> Iterator[Bench]:
    """Three audiences, 80% of the members in the largest, served until the block ends."""
    command = [sys.executable, "-m", "chimpline.sandbox", "--port", "0", "--largest-share", "0.8"]
    for name, value in dataclasses.asdict(sizes).items():
        command += [f"--{'bulk-members' if name == 'bulk' else name}", str(value)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603
    try:
        if server.stdout is None:
            raise SystemExit("The sandbox cannot be heard.")
        bench = Bench(folder, json.loads(server.stdout.readline()), within=within)
        # The account is of another day; Mailchimp's clock and ours show about the same, as a rule.
        bench.control.advance(time.time() - bench.control.now)
        yield bench
    finally:
        server.terminate()
        server.wait()


def title(text: str) -> None:
    print(f"\n{text}")


def line(name: str, *cells: str) -> None:
    print(f"  {name:<46}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


def compare(name: str, ours: float, theirs: float) -> None:
    line(name, f"{ours:.1f}", f"{theirs:.1f}", f"{theirs / ours:.1f} x" if ours > 0 else "")
