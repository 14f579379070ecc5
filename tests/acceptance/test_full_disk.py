"""A disk that fills up while a run writes: said clearly, and the next run goes on."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    DATASET,
    DuckDBReplica,
    assert_true_to,
    changes_of,
    replicate,
)
from tests.acceptance.stories import Account

COMMAND = Path(sys.executable).with_name("chimpline")
ACCOUNT = Account(members=1500, audiences=2, campaigns=10, events=3000, seed=5)
TABLES = ("lists", "list_members", "reports", "reports_email_activity", "reports_sent_to")
"""Those that most is written of."""
KIB = 1024


@pytest.mark.parametrize(("room_kib", "request_number"), [(16, 1), (600, 20), (1500, 40)])
def test_a_full_disk_is_told_and_the_next_run_goes_on(
    tmp_path: Path, room_kib: int, request_number: int
) -> None:
    """No file of the process may grow beyond `room_kib` from the n-th request on."""
    replica = DuckDBReplica(tmp_path / "state", tmp_path / "replica.duckdb")
    with Sandbox.start(**ACCOUNT.options) as sandbox:
        left = request_number

        def arrives(*_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                limits = (room_kib * KIB, resource.RLIM_INFINITY)
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)

        sandbox.on_request(arrives)
        known = {n: v for n, v in os.environ.items() if not n.startswith("CHIMPLINE_")}
        own = {"CHIMPLINE_API_KEY": sandbox.api_key, "CHIMPLINE_SLOTS_DIR": str(tmp_path / "slots")}
        where = ["--to", replica.url, "--dataset", DATASET, "--state-dir", str(replica.state_dir)]
        process = subprocess.Popen(
            [COMMAND, "run", "--api-root", sandbox.api_root, "--tables", ",".join(TABLES), *where],
            cwd=tmp_path,
            env=known | own,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        _, told = process.communicate(timeout=60)
        assert left <= 0
        assert 2 == process.returncode, told
        assert f"The disk of {replica.path} is full." in " ".join(told.split()), told
        assert "Free some space, and run again." in " ".join(told.split()), told
        assert "Traceback" not in told

        finished = replicate(sandbox, replica, tables=TABLES)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(sandbox, replica, TABLES)
        quiet = replicate(sandbox, replica, tables=TABLES)
        assert (0, {}) == (quiet.exit, changes_of(quiet))
