"""Another kind of destination is one file: no other has to know of it for a run to reach it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from chimpline.sandbox import Sandbox
from tests.acceptance.made_up_destination import TOKEN

SETTINGS = """
[destinations.spare]
kind = "box"
room = "attic"
label = "mail"
dataset = "letters"

[pipelines.daily]
destination = "spare"
tables = ["lists"]
"""


def test_a_kind_that_one_file_registers_is_checked_and_written_to(tmp_path: Path) -> None:
    (tmp_path / "chimpline.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "attic").mkdir()
    with Sandbox.start(members=20, campaigns=2, events=20, seed=5) as sandbox:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.acceptance.made_up_destination"),
                "run --to box://attic",
                "check --destination spare",
                "destination spare --password-stdin",
                f"run --api-root {sandbox.api_root}",
                "check --destination box://attic/mail",
                "status",
                "run --help",
                "check --destination box://cellar/mail",
            ],
            cwd=tmp_path,
            input=f"{TOKEN}\n",
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "CHIMPLINE_SLOTS_DIR": os.environ["CHIMPLINE_SLOTS_DIR"],
                "CHIMPLINE_API_KEY": sandbox.api_key,
                "COLUMNS": "200",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        lists = len(sandbox.truth("lists"))
    *said, rest = done.stdout.split("exit status: ")
    assert ["2", "1", "0", "0", "0", "0", "0", "1"] == [
        part.splitlines()[0] for part in done.stdout.split("exit status: ")[1:]
    ], done.stderr
    assert "\n" == rest[1:]
    assert 'destination "box://attic" (--to) is not right: it names no box' in done.stderr
    assert "The room attic is locked." in done.stderr
    assert "The token of destination spare is stored, encrypted." in said[2]
    assert "The data is in box://attic/mail, dataset letters." in said[3]
    assert "destination spare (box://attic/mail), dataset letters. It holds a copy" in said[4]
    assert "succeeded" in said[5]
    assert "box://ROOM/NAME" in said[6]
    assert "There is no room cellar." in done.stderr
    with duckdb.connect(tmp_path / "attic" / "mail", read_only=True) as copy:
        assert [(lists,)] == copy.sql("SELECT count(*) FROM letters.lists").fetchall()
