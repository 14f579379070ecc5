"""The vault: what it seals opens with the right key, in the right row, and nowhere else."""

from __future__ import annotations

import base64
import dataclasses
import os
import sqlite3
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimpline.errors import ChimplineError, SettingsError, UserError
from chimpline.interfaces.messages import words
from chimpline.redact import redact
from chimpline.service.connection import vault_keys
from chimpline.service.connection.vault import SecretKind, Vault, mask
from chimpline.service.control import ControlDatabase
from tests.words import refused, told_of

KEY = "ab" * 32
OTHER = base64.b64encode(bytes(range(32))).decode()
API_KEY = "0123456789abcdef0123456789abcdef-us6"
ENCODABLE = st.text(st.characters(codec="utf-8"))
TOKEN = "fedcba9876543210fedcba9876543210"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, None)


class FakeBackend:
    """A keyring as the library has them, in memory."""

    priority = 5.0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.kept[service, name] = text

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def plant(monkeypatch: pytest.MonkeyPatch, backend: object | None) -> None:
    """Stand in for the optional package; None: it is not installed."""
    if backend is None:
        monkeypatch.setitem(sys.modules, "keyring", None)
        return
    library = types.ModuleType("keyring")
    library.get_keyring = lambda: backend  # type: ignore[attr-defined]
    fail = types.ModuleType("keyring.backends.fail")
    fail.Keyring = types.new_class("Keyring")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.backends", types.ModuleType("keyring.backends"))
    monkeypatch.setitem(sys.modules, "keyring.backends.fail", fail)


def vault(state_dir: Path, key: str | None = KEY) -> Vault:
    environ = {} if key is None else {"CHIMPLINE_VAULT_KEY": key}
    return Vault(ControlDatabase(state_dir), environ, state_dir)


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# -- sealing ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return vault(tmp_path_factory.mktemp("vault"))


@settings(deadline=None)
@given(ENCODABLE, ENCODABLE, st.sampled_from(SecretKind))
def test_what_is_sealed_opens_again(one: Vault, row: str, text: str, kind: SecretKind) -> None:
    secret = f"nothing else looks like this: {text}"  # since outputs hide it from now on
    assert secret == one.unseal(row, kind, one.seal(row, kind, secret))


def test_the_same_secret_never_looks_the_same(one: Vault) -> None:
    sealed = [one.seal("main", SecretKind.API_KEY, API_KEY) for _ in range(20)]
    assert 20 == len({text.data[:12] for text in sealed})
    assert 20 == len({text.data[12:] for text in sealed})


@settings(deadline=None)
@given(st.data())
def test_one_altered_bit_is_refused(one: Vault, data: st.DataObject) -> None:
    sealed = one.seal("main", SecretKind.API_KEY, API_KEY)
    at = data.draw(st.integers(0, len(sealed.data) - 1))
    altered = bytearray(sealed.data)
    altered[at] ^= 1 << data.draw(st.integers(0, 7))
    with refused(SettingsError, "was altered"):
        one.unseal("main", SecretKind.API_KEY, dataclasses.replace(sealed, data=bytes(altered)))


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_a_cut_text_is_refused(one: Vault, length: int) -> None:
    sealed = one.seal("main", SecretKind.API_KEY, API_KEY)
    with refused(SettingsError, "was altered"):
        one.unseal(
            "main", SecretKind.API_KEY, dataclasses.replace(sealed, data=sealed.data[:length])
        )


@pytest.mark.parametrize(
    ("row", "kind"), [("shop", SecretKind.API_KEY), ("main", SecretKind.ACCESS_TOKEN)]
)
def test_a_text_opens_in_its_own_row_only(one: Vault, row: str, kind: SecretKind) -> None:
    sealed = one.seal("main", SecretKind.API_KEY, API_KEY)
    with refused(SettingsError, "put where another stood"):
        one.unseal(row, kind, sealed)


def test_rows_swapped_in_the_file_do_not_open(tmp_path: Path) -> None:
    ours = vault(tmp_path)
    ours.put("main", SecretKind.API_KEY, API_KEY)
    ours.put("shop", SecretKind.API_KEY, "another" * 5)
    with sqlite3.connect(tmp_path / "control.db") as file:
        file.execute("UPDATE secrets SET connection = 'x' WHERE connection = 'main'")
        file.execute("UPDATE secrets SET connection = 'main' WHERE connection = 'shop'")
    with refused(SettingsError, "put where another stood"):
        ours.get("main", SecretKind.API_KEY)


# -- keeping ---------------------------------------------------------------------------------------


def test_a_secret_is_kept_replaced_and_forgotten(tmp_path: Path) -> None:
    ours = vault(tmp_path)
    assert ours.get("main", SecretKind.API_KEY) is None
    ours.put("main", SecretKind.API_KEY, API_KEY)
    ours.put("main", SecretKind.ACCESS_TOKEN, "first" * 6)
    ours.put("main", SecretKind.ACCESS_TOKEN, TOKEN)
    assert [SecretKind.ACCESS_TOKEN, SecretKind.API_KEY] == ours.kinds("main")
    assert (API_KEY, TOKEN) == (
        vault(tmp_path).get("main", SecretKind.API_KEY),
        vault(tmp_path).get("main", SecretKind.ACCESS_TOKEN),
    )
    ours.remove("main", SecretKind.API_KEY)
    assert [SecretKind.ACCESS_TOKEN] == ours.kinds("main")
    ours.remove("main")
    assert [] == ours.kinds("main")


def test_a_secret_is_made_once_however_many_ask(tmp_path: Path) -> None:
    ControlDatabase(tmp_path)
    found: list[str] = []

    def ask(number: int) -> None:
        salt = f"made by {number}" * 4
        found.append(vault(tmp_path).get_or_make("main", SecretKind.HASH_SALT, lambda: salt))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 6 == len(found)
    assert {vault(tmp_path).get("main", SecretKind.HASH_SALT)} == set(found)


def test_no_file_holds_a_secret_in_clear(tmp_path: Path) -> None:
    ours = vault(tmp_path, None)
    ours.put("main", SecretKind.API_KEY, API_KEY)
    ours.put("main", SecretKind.ACCESS_TOKEN, TOKEN)
    ours.rotate_key()
    found = everything(tmp_path)
    for secret in (API_KEY[:32].encode(), TOKEN.encode(), bytes.fromhex(TOKEN)):
        assert secret not in found


def test_what_comes_out_is_hidden_from_outputs(tmp_path: Path) -> None:
    secret = "only-the-vault-knew-this-one"
    ours = vault(tmp_path)
    ours.put("main", SecretKind.CLIENT_SECRET, secret)
    assert secret not in redact(f"it is {secret}")
    assert secret not in repr(ours)
    assert KEY not in redact(f"the key is {KEY}")


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        (API_KEY, "****cdef-us6"),
        (TOKEN, "****3210"),
        ("short", "****"),
        ("", "****"),
        ("with-a-dash-but-no-data-center-at-all", "****-all"),
    ],
)
def test_a_mask_shows_the_end_only(secret: str, shown: str) -> None:
    assert shown == mask(secret)


# -- keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [KEY, KEY.upper(), OTHER, OTHER.replace("+", "-")])
def test_a_key_is_hex_or_base64(text: str) -> None:
    assert 32 == len(vault_keys.parse(f" {text}\n", "It"))


@pytest.mark.parametrize("text", ["", "letmein", "ab" * 31, "ab" * 33, "é" * 32, OTHER[:-8]])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with refused(SettingsError, "32 bytes") as caught:
        vault_keys.parse(text, "It")
    assert not text or text not in str(told_of(caught.value))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda other: other.get("main", SecretKind.API_KEY),
        lambda other: other.put("shop", SecretKind.API_KEY, "x" * 20),
        lambda other: other.rotate_key(KEY),
    ],
    ids=["get", "put", "rotate"],
)
def test_the_wrong_key_is_told_from_an_altered_text(
    tmp_path: Path, attempt: Callable[[Vault], object]
) -> None:
    vault(tmp_path).put("main", SecretKind.API_KEY, API_KEY)
    with refused(SettingsError, "sealed with another key") as caught:
        attempt(vault(tmp_path, OTHER))
    assert "as they are" in told_of(caught.value).kept
    assert "CHIMPLINE_VAULT_KEY" in told_of(caught.value).do
    assert API_KEY == vault(tmp_path).get("main", SecretKind.API_KEY)


def test_without_any_key_a_file_is_made_for_its_owner(tmp_path: Path) -> None:
    vault(tmp_path, None).put("main", SecretKind.API_KEY, API_KEY)
    assert 0o600 == (tmp_path / "vault.key").stat().st_mode & 0o777
    assert API_KEY == vault(tmp_path, None).get("main", SecretKind.API_KEY)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    vault(tmp_path, None).put("main", SecretKind.API_KEY, API_KEY)
    (tmp_path / "vault.key").chmod(mode)
    with refused(SettingsError, "can be read by others") as caught:
        vault(tmp_path, None).get("main", SecretKind.API_KEY)
    assert f"chmod 600 {tmp_path / 'vault.key'}" in told_of(caught.value).do


def test_a_lost_key_is_said_and_never_replaced_by_a_new_one(tmp_path: Path) -> None:
    vault(tmp_path, None).put("main", SecretKind.API_KEY, API_KEY)
    (tmp_path / "vault.key").unlink()
    with refused(SettingsError, "not to be found"):
        vault(tmp_path, None).put("shop", SecretKind.API_KEY, "x" * 20)
    assert not (tmp_path / "vault.key").exists()


def test_many_threads_make_one_key(tmp_path: Path) -> None:
    ControlDatabase(tmp_path)
    failed: list[ChimplineError] = []

    def put(name: str) -> None:
        try:
            vault(tmp_path, None).put(name, SecretKind.API_KEY, name * 20)
        except ChimplineError as error:
            failed.append(error)

    threads = [threading.Thread(target=put, args=(f"c{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failed
    assert 1 == len((tmp_path / "vault.key").read_text().split())
    ours = vault(tmp_path, None)
    assert [f"c{n}" * 20 for n in range(8)] == [
        ours.get(f"c{n}", SecretKind.API_KEY) for n in range(8)
    ]


# -- rotation --------------------------------------------------------------------------------------


def test_a_new_key_opens_everything_and_the_old_one_nothing(tmp_path: Path) -> None:
    ours = vault(tmp_path, None)
    ours.put("main", SecretKind.API_KEY, API_KEY)
    ours.put("shop", SecretKind.ACCESS_TOKEN, TOKEN)
    old = (tmp_path / "vault.key").read_text()
    assert str(tmp_path / "vault.key") == words(ours.rotate_key())
    new = (tmp_path / "vault.key").read_text()
    assert old != new
    assert 1 == len(new.split())
    assert (API_KEY, TOKEN) == (
        ours.get("main", SecretKind.API_KEY),
        vault(tmp_path, None).get("shop", SecretKind.ACCESS_TOKEN),
    )
    (tmp_path / "vault.key").write_text(old)
    with refused(SettingsError, "another key"):
        vault(tmp_path, None).get("main", SecretKind.API_KEY)


def test_a_key_of_ones_own_takes_the_place_of_the_file(tmp_path: Path) -> None:
    ours = vault(tmp_path, None)
    ours.put("main", SecretKind.API_KEY, API_KEY)
    assert "CHIMPLINE_VAULT_KEY" == words(ours.rotate_key(OTHER))
    assert not (tmp_path / "vault.key").exists()
    assert API_KEY == vault(tmp_path, OTHER).get("main", SecretKind.API_KEY)


def test_a_key_in_the_environment_is_changed_only_for_one_that_is_given(tmp_path: Path) -> None:
    ours = vault(tmp_path)
    ours.put("main", SecretKind.API_KEY, API_KEY)
    with refused(UserError, "cannot change"):
        ours.rotate_key()
    ours.rotate_key(OTHER)
    assert API_KEY == vault(tmp_path, OTHER).get("main", SecretKind.API_KEY)


def test_one_secret_that_does_not_open_stops_the_rotation_as_a_whole(tmp_path: Path) -> None:
    ours = vault(tmp_path, None)
    ours.put("main", SecretKind.API_KEY, API_KEY)
    ours.put("shop", SecretKind.API_KEY, "x" * 20)
    with sqlite3.connect(tmp_path / "control.db") as file:
        file.execute("UPDATE secrets SET sealed = x'00' WHERE connection = 'shop'")
    with refused(SettingsError, "of shop does not open"):
        ours.rotate_key()
    assert API_KEY == vault(tmp_path, None).get("main", SecretKind.API_KEY)


@pytest.mark.parametrize("at", ["before the transaction is over", "after it"])
def test_a_process_that_dies_while_rotating_loses_nothing(tmp_path: Path, at: str) -> None:
    vault(tmp_path, None).put("main", SecretKind.API_KEY, API_KEY)
    child = os.fork()
    if child == 0:  # pragma: no cover -- it dies
        ours = vault(tmp_path, None)
        keys = ours._keys
        if at == "after it":
            keys.keep_only = lambda *_: os._exit(9)  # type: ignore[method-assign]
        else:
            add = keys.add
            keys.add = lambda key: (add(key), os._exit(9))  # type: ignore[method-assign, assignment]
        ours.rotate_key()
        os._exit(1)
    assert 9 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert 2 == len((tmp_path / "vault.key").read_text().split())
    ours = vault(tmp_path, None)
    assert API_KEY == ours.get("main", SecretKind.API_KEY)
    ours.put("shop", SecretKind.API_KEY, "x" * 20)  # with the same key as the others
    ours.rotate_key()
    assert 1 == len((tmp_path / "vault.key").read_text().split())
    assert [API_KEY, "x" * 20] == [ours.get(n, SecretKind.API_KEY) for n in ("main", "shop")]


# -- keyrings --------------------------------------------------------------------------------------


def test_a_keyring_keeps_the_key_and_no_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = FakeBackend()
    plant(monkeypatch, backend)
    ours = vault(tmp_path, None)
    ours.put("main", SecretKind.API_KEY, API_KEY)
    assert not (tmp_path / "vault.key").exists()
    assert API_KEY == vault(tmp_path, None).get("main", SecretKind.API_KEY)
    (before,) = backend.kept
    assert "the keyring of this user" == words(ours.rotate_key())
    (after,) = backend.kept
    assert before != after
    assert API_KEY == vault(tmp_path, None).get("main", SecretKind.API_KEY)


def test_a_keyring_that_appears_later_does_not_hide_the_key_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault(tmp_path, None).put("main", SecretKind.API_KEY, API_KEY)
    plant(monkeypatch, FakeBackend())
    ours = vault(tmp_path, None)
    ours.put("shop", SecretKind.API_KEY, "x" * 20)
    assert API_KEY == ours.get("main", SecretKind.API_KEY)


def test_a_keyring_that_only_asks_or_fails_or_is_plain_counts_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(FakeBackend):
        def set_password(self, *_: str) -> None:
            threading.Event().wait()  # a dialog that nobody sees

    class Locked(FakeBackend):
        def set_password(self, *_: str) -> None:
            raise PermissionError

    class Plain(FakeBackend):
        priority = 0.5

    monkeypatch.setattr(vault_keys, "KEYRING_PATIENCE_S", 0.05)
    for number, backend in enumerate((Silent(), Locked(), Plain())):
        plant(monkeypatch, backend)
        state_dir = tmp_path / str(number)
        vault(state_dir, None).put("main", SecretKind.API_KEY, API_KEY)
        assert (state_dir / "vault.key").exists()
        assert API_KEY == vault(state_dir, None).get("main", SecretKind.API_KEY)


# -- destinations ----------------------------------------------------------------------------------


def test_the_secrets_of_a_destination_are_kept_apart_and_sealed(tmp_path: Path) -> None:
    first = vault(tmp_path)
    first.put_of_destination("main", {"password": "correct horse"})
    assert {"password": "correct horse"} == vault(tmp_path).of_destination("main")
    assert {} == first.of_destination("other")
    assert [] == first.kinds("main")  # a connection of the same name is another thing
    assert b"correct horse" not in everything(tmp_path)
    assert "correct horse" not in redact("it was correct horse")


def test_other_secrets_of_a_destination_take_the_place_of_earlier_ones(tmp_path: Path) -> None:
    first = vault(tmp_path)
    first.put_of_destination("main", {"password": "correct horse", "token": "battery"})
    first.put_of_destination("main", {"password": "staple"})
    assert {"password": "staple"} == first.of_destination("main")
    first.put_of_destination("main", {})
    assert {} == first.of_destination("main")


def test_the_secrets_of_destinations_get_a_new_key_with_the_others(tmp_path: Path) -> None:
    first = vault(tmp_path)
    first.put("main", SecretKind.API_KEY, API_KEY)
    first.put_of_destination("main", {"password": "correct horse"})
    first.rotate_key(OTHER)
    second = vault(tmp_path, OTHER)
    assert API_KEY == second.get("main", SecretKind.API_KEY)
    assert {"password": "correct horse"} == second.of_destination("main")
    with pytest.raises(SettingsError):
        vault(tmp_path).of_destination("main")


def test_a_key_that_seals_for_a_destination_alone_is_the_one_in_use(tmp_path: Path) -> None:
    vault(tmp_path, None).put_of_destination("main", {"password": "correct horse"})
    with pytest.raises(SettingsError):  # not a second key beside it
        vault(tmp_path, OTHER).put("main", SecretKind.API_KEY, API_KEY)


def test_a_secret_of_another_destination_does_not_open(tmp_path: Path) -> None:
    first = vault(tmp_path)
    first.put_of_destination("main", {"password": "correct horse"})
    with sqlite3.connect(tmp_path / "control.db") as file:
        file.execute("UPDATE destination_secrets SET destination = 'other'")
    with refused(SettingsError, "password of destination other") as caught:
        first.of_destination("other")
    assert "chimpline destination other" in told_of(caught.value).do
