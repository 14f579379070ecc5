"""What is kept of runs that are over, and for how long: settings of each pipeline."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Mapping

from chimpline.service.execution.past import PastRuns
from chimpline.state.directory import StateDirectory


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """`runs`: so many of the newest; `logs`: for so long."""

    runs: int
    logs: dt.timedelta


def tidy(
    past: PastRuns,
    state: StateDirectory,
    kept: Mapping[str, Kept],
    otherwise: Kept,
    now: dt.datetime,
) -> None:
    """Forget older runs, and remove older logs. `kept`: by pipeline; `otherwise`: of all others."""
    past.keep_newest({name: one.runs for name, one in kept.items()}, otherwise.runs)
    logs = list((state.path / "logs").glob("*.log"))
    pipelines = past.pipelines_of([path.stem.removeprefix("run-") for path in logs])
    alive = {holder.run_id for holder in state.live_runs()}
    for path in logs:
        run_id = path.stem.removeprefix("run-")
        rule = kept.get(pipelines.get(run_id, ""), otherwise)
        with contextlib.suppress(OSError):
            written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
            if now - written > rule.logs and run_id not in alive:
                path.unlink()
