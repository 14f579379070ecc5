"""Where a key was taken before: kept among threads, and only addresses that are believed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chimpline.errors import SettingsError
from chimpline.runs.request import Credential
from chimpline.service.connection.addresses import FILE, located, note_address
from chimpline.service.settings.every import Connection

HERE = "http://127.0.0.1:8299/3.0"


def key(number: int) -> Credential:
    return Credential(f"{number:032x}-us1", is_api_key=True)


def note(path: Path, number: int, root: str = HERE) -> None:
    note_address(path, key(number), api_root=root, login_root=None)


def root_of(path: Path, number: int) -> str | None:
    return located(path, Connection(), key(number), lambda _: None).api_root


def test_what_many_note_at_once_is_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: note(tmp_path / "state", number), range(40)))
    assert 40 == len(json.loads((tmp_path / "state" / FILE).read_text()))
    assert [] == list((tmp_path / "state").glob(f".{FILE}*"))


def test_a_directory_that_others_may_write_to_is_not_believed(tmp_path: Path) -> None:
    note(tmp_path, 1)
    tmp_path.chmod(0o777)
    with pytest.raises(SettingsError):
        root_of(tmp_path, 1)


@pytest.mark.parametrize("root", ["ftp://a.example/3.0", "anything", "http://[::1/3.0", ""])
def test_a_kept_address_that_the_settings_would_not_take_is_not_used(
    tmp_path: Path, root: str
) -> None:
    note(tmp_path, 1, "http://127.0.0.1:1/3.0")
    file = tmp_path / FILE
    file.write_text(file.read_text().replace("http://127.0.0.1:1/3.0", root))
    assert None is root_of(tmp_path, 1)


def test_nesting_without_end_is_no_address_and_is_written_anew(tmp_path: Path) -> None:
    note(tmp_path, 1)
    (tmp_path / FILE).write_text("[" * 100_000)
    assert None is root_of(tmp_path, 1)
    note(tmp_path, 1)
    assert HERE == root_of(tmp_path, 1)


def test_many_addresses_are_kept_as_well(tmp_path: Path) -> None:
    note(tmp_path, 1)
    file = tmp_path / FILE
    many = {f"{n:032x}": {"api_root": HERE} for n in range(20_000)}
    file.write_text(json.dumps({**json.loads(file.read_text()), **many}))
    note(tmp_path, 2)
    assert (HERE, HERE) == (root_of(tmp_path, 1), root_of(tmp_path, 2))
