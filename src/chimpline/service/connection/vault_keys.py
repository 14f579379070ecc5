"""Where the vault's key is: the environment, else the OS keyring, else a file of its owner's.

A key is known by its id, which stands beside every text that it sealed. So a home may hold two keys
for a moment, while one takes the place of the other, and a process that dies in between leaves
nothing unreadable.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import queue
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from chimpline import private
from chimpline.errors import SettingsError
from chimpline.message import Message
from chimpline.redact import register

VARIABLE = "CHIMPLINE_VAULT_KEY"
FILE = "vault.key"
LENGTH = 32  # bytes: AES-256
KEYRING_SERVICE = "chimpline vault"
# A locked keyring may ask a person who is not there; then it counts as none.
KEYRING_PATIENCE_S = 3.0
ELSEWHERE = f"set {VARIABLE}"
LONGEST = 65536  # characters that are read of a file of keys


def key_id(key: bytes) -> str:
    """Names a key and tells nothing of it."""
    return hashlib.sha256(b"chimpline vault key\0" + key).hexdigest()[:16]


def parse(text: str, where: str | Message) -> bytes:
    """A key from its text, 64 hex digits or base64; the text is hidden from outputs.

    `where` it stands, for an error.
    """
    text = text.strip()
    if len(text) >= LENGTH // 2:  # a word typed by mistake would be hidden wherever it stands
        register(text)
    key = b""
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        key = bytes.fromhex(text)
    else:
        with contextlib.suppress(binascii.Error, ValueError):
            key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    if len(key) != LENGTH:
        raise SettingsError("vault-key-wrong-form", kept="kept-sealed", where=where, length=LENGTH)
    _hide(key)
    return key


def fresh() -> bytes:
    key = secrets.token_bytes(LENGTH)
    _hide(key)
    return key


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _hide(key: bytes) -> None:
    for text in (_text(key), key.hex(), base64.urlsafe_b64encode(key).decode()):
        register(text)
        register(text.rstrip("="))


class Keys:
    """The keys that can be found from here."""

    def __init__(self, environ: Mapping[str, str], state_dir: Path) -> None:
        self._given = environ.get(VARIABLE, "").strip()
        self._file = _KeyFile(state_dir / FILE)
        self._keyring = _Keyring()

    @property
    def from_environment(self) -> bool:
        return bool(self._given)

    def find(self, wanted: str) -> bytes:
        """The key of this id."""
        if self._given:
            key = parse(self._given, VARIABLE)
            if key_id(key) == wanted:
                return key
            raise SettingsError(
                "vault-key-other-than-variable", kept="kept-sealed", variable=VARIABLE
            )
        for key in self._file.read():
            if key_id(key) == wanted:
                return key
        kept = self._keyring.get(wanted)
        if kept is not None:
            key = parse(kept, Message("the-key-of-the-keyring"))
            if key_id(key) == wanted:
                return key
        if self._file.read():
            raise SettingsError(
                "vault-key-other-than-file", kept="kept-sealed", path=self._file.path
            )
        raise SettingsError(
            "vault-key-missing", kept="kept-sealed", variable=VARIABLE, path=self._file.path
        )

    def first(self) -> bytes:
        """A key to seal with where nothing is sealed yet; made, if there is none."""
        if self._given:
            return parse(self._given, VARIABLE)
        if keys := self._file.read():
            return keys[-1]
        key = fresh()
        if self._keyring.set(key_id(key), _text(key)):
            return key
        return self._file.make(key)

    def add(self, key: bytes) -> None:
        """Keep one more, where the others are."""
        if self._file.read() or not self._keyring.set(key_id(key), _text(key)):
            self._file.write([*self._file.read(), key])

    def keep_only(self, wanted: str | None, former: set[str]) -> None:
        """Forget the `former` ones; None: whoever gave the new key keeps it."""
        remaining = [key for key in self._file.read() if key_id(key) == wanted]
        self._file.write(remaining)
        for old in former - {wanted}:
            self._keyring.delete(old)

    def place(self, wanted: str) -> Message:
        """Where the key of this id is."""
        if self._given:
            return Message.of("key-in-variable", variable=VARIABLE)
        if any(key_id(key) == wanted for key in self._file.read()):
            return Message.of("key-in-file", path=self._file.path)
        return Message("key-in-keyring")


class _KeyFile:
    """One key a line, 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[bytes]:
        try:
            private.check_directory(self.path.parent)
            descriptor = private.open_file(self.path, os.O_RDONLY, ELSEWHERE)
            with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
                mode = os.fstat(file.fileno()).st_mode
                lines = file.read(LONGEST).splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SettingsError(
                "vault-key-unreadable", kept="kept-sealed", path=self.path, reason=error.strerror
            ) from error
        if mode & 0o077:
            raise SettingsError(
                "vault-key-open-to-others",
                kept="kept-sealed",
                path=self.path,
                mode=f"{mode & 0o777:04o}",
            )
        return [parse(line, str(self.path)) for line in lines if line.strip()]

    def make(self, key: bytes) -> bytes:
        """The first key; of two processes that make one, the later takes the earlier's."""
        try:
            with self._beside([key]) as whole:
                os.link(whole, self.path)
        except FileExistsError:
            return self.read()[-1]
        return key

    def write(self, keys: list[bytes]) -> None:
        """All or nothing, on the disk before this returns."""
        if keys:
            with self._beside(keys) as whole:
                whole.replace(self.path)
        else:
            self.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _beside(self, keys: list[bytes]) -> Iterator[Path]:
        text = "".join(_text(key) + "\n" for key in keys)
        try:
            with private.beside(self.path, text.encode()) as whole:
                yield whole
        except FileExistsError:
            raise
        except OSError as error:
            raise SettingsError(
                "vault-key-unwritable",
                kept="kept-sealed",
                path=self.path,
                reason=error.strerror,
                directory=self.path.parent,
                variable=VARIABLE,
            ) from error


class _Keyring:
    """The keyring of the operating system, if there is a real one that answers in time."""

    def get(self, name: str) -> str | None:
        found = self._asked(lambda keyring: keyring.get_password(KEYRING_SERVICE, name))
        return found if isinstance(found, str) else None

    def set(self, name: str, text: str) -> bool:
        def keep(keyring: Any) -> bool:
            keyring.set_password(KEYRING_SERVICE, name, text)
            return bool(keyring.get_password(KEYRING_SERVICE, name) == text)

        return bool(self._asked(keep))

    def delete(self, name: str) -> None:
        self._asked(lambda keyring: keyring.delete_password(KEYRING_SERVICE, name))

    @staticmethod
    def _asked(question: Callable[[Any], object]) -> object:
        """The answer, or None where there is no keyring, it fails, or it does not answer."""
        answers: queue.Queue[object] = queue.Queue()

        def ask() -> None:
            try:
                import keyring
                from keyring.backends.fail import Keyring as NoKeyring

                backend = keyring.get_keyring()
                # Below 1 are those that keyring itself advises against, as plain text files.
                if isinstance(backend, NoKeyring) or backend.priority < 1:
                    answers.put(None)
                else:
                    answers.put(question(backend))
            except Exception:  # noqa: BLE001  (backends raise whatever their system raises)
                answers.put(None)

        # A daemon: a keyring that never answers must not hold up the end of the process.
        threading.Thread(target=ask, daemon=True).start()
        try:
            return answers.get(timeout=KEYRING_PATIENCE_S)
        except queue.Empty:
            return None
