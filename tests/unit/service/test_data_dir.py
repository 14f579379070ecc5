"""Files of destinations that are made in the console lie below `data_dir`."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimpline.errors import ChimplineError, SettingsError
from chimpline.service.settings.data_dir import check_place
from chimpline.service.settings.request import Configuration, read
from tests.words import told_of


def configuration(cwd: Path, text: str = "", **environ: str) -> Configuration:
    (cwd / "chimpline.toml").write_text(text, encoding="utf-8")
    return read(environ, cwd, known_tables=list)


@pytest.mark.parametrize("file", ["copy.duckdb", "deep/er/copy.duckdb", "a b%3F.duckdb"])
def test_a_file_below_is_taken(tmp_path: Path, file: str) -> None:
    check_place(configuration(tmp_path), f"duckdb:///{tmp_path}/{file}")


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("/etc/cron.d/copy.duckdb", "destination-outside-data-dir"),
        ("{cwd}/../copy.duckdb", "destination-outside-data-dir"),
        ("{cwd}/a/../../copy.duckdb", "destination-outside-data-dir"),
        ("{cwd}-other/copy.duckdb", "destination-outside-data-dir"),
        ("{cwd}/%2e%2e/copy.duckdb", "destination-outside-data-dir"),
        ("{cwd}/linked/copy.duckdb", "destination-outside-data-dir"),
        ("{cwd}/ring.duckdb", "destination-outside-data-dir"),
        ("{cwd}/a%00b.duckdb", "destination-outside-data-dir"),
        ("{cwd}", "destination-file-name"),
        ("{cwd}/.chimpline/copy.duckdb", "destination-hidden"),
        ("{cwd}/.git/copy.duckdb", "destination-hidden"),
        ("{cwd}/.duckdb", "destination-hidden"),
        ("{cwd}/chimpline.toml", "destination-file-name"),
        ("{cwd}/profile", "destination-file-name"),
        ("{cwd}/copy.DUCKDB", "destination-file-name"),
    ],
)
def test_a_file_elsewhere_is_refused(tmp_path: Path, file: str, kind: str) -> None:
    (tmp_path / "linked").symlink_to("/tmp")  # noqa: S108  (it only leads elsewhere)
    (tmp_path / "ring.duckdb").symlink_to(tmp_path / "ring.duckdb")
    with pytest.raises(SettingsError) as refused:
        check_place(configuration(tmp_path), f"duckdb:///{file.format(cwd=tmp_path)}")
    assert kind == refused.value.kind


def test_what_is_no_file_has_no_place(tmp_path: Path) -> None:
    check_place(configuration(tmp_path), "postgresql://me@db/shop")


def test_the_folder_is_a_setting(tmp_path: Path) -> None:
    assert tmp_path == configuration(tmp_path).data_dir
    named = configuration(tmp_path, '[console]\ndata_dir = "data"\n')
    assert {} == named.settings().pipelines
    assert tmp_path / "data" == named.data_dir
    check_place(named, f"duckdb:///{tmp_path}/data/copy.duckdb")
    with pytest.raises(SettingsError):
        check_place(named, f"duckdb:///{tmp_path}/copy.duckdb")
    given = configuration(
        tmp_path, '[console]\ndata_dir = "data"\n', CHIMPLINE_DATA_DIR="/srv/data"
    )
    assert Path("/srv/data") == given.data_dir


def test_what_lies_in_the_state_directory_is_refused_wherever_that_is(tmp_path: Path) -> None:
    named = configuration(tmp_path, CHIMPLINE_STATE_DIR="state")
    with pytest.raises(SettingsError):
        check_place(named, f"duckdb:///{tmp_path}/state/copy.duckdb")


@pytest.mark.parametrize(
    "text",
    ['[console]\ndata_dirs = "x"\n', "[console]\ndata_dir = 5\n", "console = 5\n", "[console.a]\n"],
)
def test_what_is_wrong_there_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ChimplineError) as told:
        configuration(tmp_path, text).settings()
    assert "chimpline.toml, line" in str(told_of(told.value))
