"""An emulated account, the readers that are let loose on it, and the lines that are printed."""

from __future__ import annotations

import dataclasses
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
    """One emulated account, and the readers, one at a time, each in a process of its own."""

    def __init__(self, folder: Path, info: Result) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.control = SandboxControl(info["login_root"])
        self._account = ["--api-root", info["api_root"], "--key", info["api_key"]]

    def client(self, stage: str, *flags: str, **options: object) -> Result:
        state = {"state": self.folder / "state", "connections": CONNECTIONS}
        result = self._reader("bench_client.py", stage, *flags, **(state | options))
        if result.get("exit"):
            raise SystemExit(f"A run ended with {result['exit']}: {result['message']}")
        return result

    def plain(self, what: str, **options: object) -> Result:
        database = {"database": self.folder / f"plain-{what}.duckdb"}
        return self._reader("bench_plain.py", what, **(database | options))

    def _reader(self, script: str, command: str, *flags: str, **options: object) -> Result:
        told = [part for name, v in options.items() for part in (f"--{name}", str(v))]
        self.control.reset_metrics()
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(HERE / script), command, *self._account, *flags, *told],
            stdout=subprocess.PIPE,
            check=True,
        )
        result: Result = json.loads(done.stdout)
        return result


@contextmanager
def account(sizes: Sizes, folder: Path) -> Iterator[Bench]:
    """Three audiences, 80% of the members in the largest, served until the block ends."""
    command = [sys.executable, "-m", "chimpline.sandbox", "--port", "0", "--largest-share", "0.8"]
    for name, value in dataclasses.asdict(sizes).items():
        command += [f"--{'bulk-members' if name == 'bulk' else name}", str(value)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603
    try:
        if server.stdout is None:
            raise SystemExit("The sandbox cannot be heard.")
        bench = Bench(folder, json.loads(server.stdout.readline()))
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
