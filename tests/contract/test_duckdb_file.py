"""Who may read the file of a DuckDB destination, and what DuckDB puts beside it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pyarrow as pa
import pytest

from chimpline.load import open_destination
from chimpline.load.duckdb import DuckDBFile
from chimpline.load.duckdb.session import DuckDBSession

DATASET = "mailchimp"


@pytest.mark.parametrize(("before", "after"), [(None, 0o600), (0o644, 0o644), (0o600, 0o600)])
def test_a_file_that_we_make_is_ours_alone_and_one_that_is_there_keeps_its_mode(
    tmp_path: Path, before: int | None, after: int
) -> None:
    path = tmp_path / "x.duckdb"
    if before is not None:
        with open_destination(f"duckdb:///{path}", DATASET):
            pass
        path.chmod(before)
    mask = os.umask(0o022)
    try:
        session = DuckDBSession(DuckDBFile(path, DATASET), read_only=False)
        session.run("SET memory_limit = '24MB'")
        session.run("CREATE TABLE seen (number BIGINT)")
        session.offer("numbers", (), pa.table({"number": range(100_000)}))
        session.run("INSERT INTO seen SELECT number FROM numbers")
        session.rows(
            "SELECT max(again) FROM (SELECT a.number || b.number AS again FROM seen AS a "
            "CROSS JOIN (SELECT number FROM seen LIMIT 8) AS b ORDER BY again)"
        )
        modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in tmp_path.rglob("*")}
        session.close()
        assert 0o022 == os.umask(0o022)  # what others make in this process is as before
    finally:
        os.umask(mask)
    assert {"x.duckdb", "x.duckdb.wal", "x.duckdb.tmp"} <= modes.keys(), modes
    directory = modes.pop("x.duckdb.tmp")
    assert (0o755 if after == 0o644 else 0o700) == directory
    assert {after} == set(modes.values())
