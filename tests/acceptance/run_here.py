"""One run in a process of its own, to be killed: destination, state directory, key and root."""

from __future__ import annotations

import sys
from pathlib import Path

from chimpline.api.sign_in.credentials import Credential
from chimpline.runs.job import run
from chimpline.runs.request import RunRequest
from tests.acceptance.replica import DATASET, services_of


def main(destination: str, state_dir: str, key: str, api_root: str, *tables: str) -> int:
    request = RunRequest(
        pipeline="test",
        credential=Credential(key, is_api_key=True),
        destination=destination,
        dataset=DATASET,
        api_root=api_root,
        state_dir=Path(state_dir),
        tables=tables or None,
    )
    return run(request, services_of(request)).exit


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
