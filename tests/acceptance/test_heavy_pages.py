"""Pages of 50 MB: all of them land. How much memory they take together is not held to a bound here.

The kind of fault: what is under way was counted in pages, whatever they weigh; and what was too
heavy for one commit ended the run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import DATASET, DuckDBReplica

ROOT = Path(__file__).parents[2]
PAGE_MB = 50
MEMBERS, AUDIENCES = 600, 3
EACH = PAGE_MB * 1_000_000 // (MEMBERS // AUDIENCES)

RUN = """
import sys
from pathlib import Path
from chimpline.api.credentials import Credential
from chimpline.runs.job import run
from chimpline.runs.request import RunRequest

destination, dataset, state_dir, key, api_root = sys.argv[1:]
request = RunRequest(
    pipeline="test",
    credential=Credential(key, is_api_key=True),
    destination=destination,
    dataset=dataset,
    api_root=api_root,
    tables=("lists", "list_members"),
    state_dir=Path(state_dir),
)
sys.exit(run(request, lambda _: None).exit)
"""


def test_pages_of_fifty_megabytes_all_land(tmp_path: Path) -> None:
    # Of the two, DuckDB works within the process, so that its memory counts.
    replica = DuckDBReplica(tmp_path / "state", tmp_path / "replica.duckdb")
    options = {"members": MEMBERS, "audiences": AUDIENCES, "campaigns": 0, "events": 0}
    with Sandbox.start(**options, largest_share=0.34, merge_field_bytes=EACH) as sandbox:
        where = (replica.url, DATASET, str(replica.state_dir))
        done = subprocess.run(
            [sys.executable, "-c", RUN, *where, sandbox.api_key, sandbox.api_root],
            cwd=ROOT,
            env=os.environ | {"CHIMPLINE_SLOTS_DIR": str(replica.state_dir / "slots")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (0, "") == (done.returncode, done.stderr.partition("nanobind")[0])
    (landed,) = replica.query(
        "SELECT count(*) AS members, min(length(CAST(merge_fields AS text))) AS shortest"
        f" FROM {DATASET}.list_members"
    )
    assert MEMBERS == landed["members"]
    assert landed["shortest"] > EACH // len("é".encode())
