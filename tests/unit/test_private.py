"""What others may have put where we keep keys, locks and events is neither believed nor touched.

Each place that we write or read below the state directory and the connection slots is prepared by
"somebody else", in each way; the access is refused in three parts, and nothing of it was used.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from chimpline import private
from chimpline.api.budget import Budget
from chimpline.api.sign_in.credentials import Credential
from chimpline.clock import utc_now
from chimpline.errors import ChimplineError, SettingsError
from chimpline.service.connection.vault import SecretKind, Vault
from chimpline.service.control import ControlDatabase
from chimpline.service.settings.edit import edit_file
from chimpline.state.directory import StateDirectory
from tests.words import refused, told_of

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
ROOT_FILE = "something of root's"
RUN = "r1"


def _lock(home: Path) -> None:
    with StateDirectory(home).lock("duckdb:///x", "m", RUN, "daily"):
        pass


def _events(home: Path) -> None:
    with StateDirectory(home).event_file(RUN) as events:
        events.write({"event": "x"})


def _log(home: Path) -> None:
    StateDirectory(home, lambda: utc_now().replace(year=2026, month=1, day=1)).write_log("trace")


def _control(home: Path) -> None:
    ControlDatabase(home)


def _vault(home: Path) -> None:
    Vault(ControlDatabase(home), {}, home).put("main", SecretKind.API_KEY, "k" * 32)


def _settings(home: Path) -> None:
    edit_file(home.parent / "chimpline.toml", home, lambda _: "")


def _slots(home: Path) -> None:
    Budget.of(home, "http://127.0.0.1", Credential("k" * 32, is_api_key=True), "1", 8)


def _slot(home: Path) -> None:
    budget = Budget(home, "u")
    os.close(budget._lock("0") or 0)


USES: list[Callable[[Path], None]] = [
    _lock,
    _events,
    _log,
    _control,
    _vault,
    _settings,
    _slots,
    _slot,
]

UNUSED = {"control.lock"}  # taken where a database is made, and no more


def files(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*") if path.is_file())


def refusal(use: Callable[[Path], None], home: Path) -> str:
    """What is said where it is refused; nothing where it is not."""
    try:
        use(home)
    except SettingsError as error:
        return told_of(error).what
    return ""


@pytest.mark.parametrize("use", USES)
def test_all_that_is_made_is_for_this_user_alone(
    tmp_path: Path, use: Callable[[Path], None]
) -> None:
    before = os.umask(0)
    try:
        use(tmp_path / "above" / "home")
    finally:
        os.umask(before)
    made = list((tmp_path / "above").rglob("*"))
    assert made
    modes = {stat.S_IMODE(path.stat().st_mode) for path in made if path.suffix != ".toml"}
    assert modes <= {0o700, 0o600}


@pytest.mark.parametrize("use", USES)
def test_a_planted_link_is_not_followed_by_what_reads_or_writes(
    tmp_path: Path, use: Callable[[Path], None]
) -> None:
    use(tmp_path / "home")
    target = tmp_path / "target"
    for path in files(tmp_path / "home"):
        if path.suffix == ".toml":
            continue
        target.write_text(ROOT_FILE)
        kept = path.read_bytes()
        path.unlink()
        path.symlink_to(target)
        if refused := refusal(use, tmp_path / "home"):
            assert f"{path} is a link" in refused
        else:
            assert path.name in UNUSED or not path.is_symlink()  # replaced, not followed
        assert ROOT_FILE == target.read_text()
        path.unlink()
        path.write_bytes(kept)
        path.chmod(0o600)


@as_root
@pytest.mark.parametrize("use", USES)
def test_a_directory_or_file_of_somebody_else_is_not_used(
    tmp_path: Path, use: Callable[[Path], None]
) -> None:
    home = tmp_path / "home"
    use(home)
    for path in (home, *home.rglob("*")):
        before = {one: one.read_bytes() for one in files(home)}
        os.chown(path, NOBODY, NOBODY)
        if refused := refusal(use, home):
            assert f"{path} belongs to user nobody, and this is user root" in refused
            assert before == {one: one.read_bytes() for one in files(home)}
        else:
            assert path.name in UNUSED or path.parent.name == "users"  # replaced, never read
        os.chown(path, 0, 0)


@pytest.mark.parametrize("use", USES)
def test_a_directory_to_which_others_may_write_is_not_used(
    tmp_path: Path, use: Callable[[Path], None]
) -> None:
    home = tmp_path / "home"
    use(home)
    for path in (home, *(one for one in home.rglob("*") if one.is_dir())):
        path.chmod(0o770)
        with refused(SettingsError, r"Other users may write .* \(mode 0770\)") as caught:
            use(home)
        assert f"chmod go-w {path}" in told_of(caught.value).do
        path.chmod(0o700)


@as_root
def test_a_planted_key_is_not_the_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    ControlDatabase(home)
    key = home / "vault.key"
    key.write_text("A" * 43 + "=\n")
    key.chmod(0o600)
    os.chown(key, NOBODY, NOBODY)
    with refused(SettingsError, "belongs to user nobody"):
        _vault(home)
    assert Vault(ControlDatabase(home), {}, home).kinds("main") == []


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_said_to_be_none_and_never_waited_for(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "x")
    for flags in (os.O_RDONLY, os.O_WRONLY | os.O_APPEND, os.O_RDWR | os.O_CREAT):
        with refused(SettingsError, "something else than a file"):
            private.open_file(tmp_path / "x", flags)


def test_a_link_of_ours_to_a_directory_of_ours_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "home").symlink_to("elsewhere")
    _events(tmp_path / "home")
    assert [f"{RUN}.jsonl"] == [path.name for path in files(tmp_path / "elsewhere")]


@as_root
def test_a_link_of_somebody_else_to_a_directory_of_ours_is_not(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "home").symlink_to("elsewhere")
    os.lchown(tmp_path / "home", NOBODY, NOBODY)
    with refused(ChimplineError, "belongs to user nobody"):
        _events(tmp_path / "home")
    assert [] == files(tmp_path / "elsewhere")


def as_nobody(use: Callable[[], object]) -> str:
    """What a process of another user is told; nothing where it is let in."""
    hears, says = os.pipe()
    if not os.fork():
        told = ""
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            use()
        except BaseException as error:  # noqa: BLE001 -- this process ends here
            words = told_of(error) if isinstance(error, ChimplineError) else error
            told = f"{type(error).__name__}: {words}"
        os.write(says, told.encode())
        os._exit(0)
    os.wait()
    os.close(says)
    with os.fdopen(hears) as heard:
        return heard.read()


@as_root
def test_who_may_not_look_into_a_directory_is_told_whose_it_is(tmp_path: Path) -> None:
    for directory in (tmp_path, *tmp_path.parents):
        if directory == Path(tempfile.gettempdir()) or directory.stat().st_uid != 0:
            break
        directory.chmod(0o755)
    home = tmp_path / "home"
    state = StateDirectory(home)
    with state.lock("duckdb:///x", "m", RUN, "daily"):
        pass
    looks: list[Callable[[], object]] = [
        state.live_runs,
        state.run_ids,
        lambda: ControlDatabase.exists(home),
        lambda: _events(home),
        lambda: _settings(home),
    ]
    for look in looks:
        told = as_nobody(look)
        assert "SettingsError" in told
        assert f"{home} belongs to user root, and this is user nobody" in told


# -- a file that is whole or is not there ----------------------------------------------------------


def test_a_file_beside_another_is_whole_and_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("before")
    with private.beside(path, b"after", 0o640) as whole:
        assert ("before", "after") == (path.read_text(), whole.read_text())
        assert tmp_path == whole.parent
        whole.replace(path)
    assert ["settings.toml"] == [one.name for one in tmp_path.iterdir()]
    assert ("after", 0o640) == (path.read_text(), stat.S_IMODE(path.stat().st_mode))


def test_a_file_that_was_not_moved_is_gone_and_the_other_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), private.beside(path, b"after"):
        raise KeyboardInterrupt
    assert ["before"] == [one.read_text() for one in tmp_path.iterdir()]


def test_a_file_is_for_this_user_alone_unless_more_is_asked_for(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with private.beside(tmp_path / "vault.key", b"") as whole:
            assert 0o600 == stat.S_IMODE(whole.stat().st_mode)
    finally:
        os.umask(before)
