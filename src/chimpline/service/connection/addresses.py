"""Where a key was taken before: it is sent to that address again, and to no other unasked.

An address that was given for one command (`--api-root`, as for the sandbox) belongs to the key that
was used with it. A later command without it must not show that key to Mailchimp's own host, nor a
key of Mailchimp's to the sandbox. Kept in `addresses.json` of the state directory, under a hash of
the key, which cannot be turned round.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from chimpline import private
from chimpline.errors import SettingsError
from chimpline.message import Message
from chimpline.service.settings.every import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chimpline.runs.request import Credential

FILE = "addresses.json"
LOCK = "addresses.lock"
FIELDS = ("api_root", "login_root")
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def located(
    state_dir: Path,
    settings: Connection,
    credential: Credential,
    notice: Callable[[Message], None],
) -> Connection:
    """The settings with the address that this key was used at, where they name none."""
    if any(getattr(settings, field) != _default(field) for field in FIELDS):
        return settings
    known = _read(state_dir).get(_fingerprint(credential), {})
    found = {field: known[field] for field in FIELDS if _is_address(field, known.get(field))}
    if not found:
        return settings
    if len(found) == 1:
        (address,) = found.values()
        notice(Message.of("key-used-before", address=address))
    else:
        notice(Message.of("key-used-with-both-before", **found))
    return settings.model_copy(update=found)


def note_address(
    state_dir: Path, credential: Credential, *, api_root: str | None, login_root: str | None
) -> None:
    """Keep the address at which a key was taken; where none was named, there is nothing to keep.

    What cannot be written is not kept: the command itself has succeeded.
    """
    given = {"api_root": api_root, "login_root": login_root}
    told = {f: value for f, value in given.items() if value and value != _default(f)}
    if not told:
        return
    name = _fingerprint(credential)
    with contextlib.suppress(OSError, SettingsError), _alone(state_dir):
        known = _read(state_dir)
        if known.get(name) != told:
            _write(state_dir, {**known, name: told})


@contextlib.contextmanager
def _alone(state_dir: Path) -> Iterator[None]:
    """One writer at a time, of all threads and processes: none loses what another noted."""
    private.make_directory(state_dir)
    descriptor = private.open_file(state_dir / LOCK, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(state_dir: Path, known: dict[str, dict[str, Any]]) -> None:
    path = state_dir / FILE
    with private.beside(path, json.dumps(known, indent=1).encode()) as whole:
        whole.replace(path)


def _default(field: str) -> object:
    return Connection.model_fields[field].default


def _is_address(field: str, value: object) -> bool:
    """Whether it is what the settings would take; what is not is as good as unknown."""
    try:
        Connection.model_validate({field: value})
    except ValidationError:
        return False
    return isinstance(value, str)


def _read(state_dir: Path) -> dict[str, dict[str, Any]]:
    """What is known; nothing where it is no text of ours.

    Raises `SettingsError` where others may exchange files in the directory, or have done so.
    """
    private.check_directory(state_dir)
    try:
        descriptor = private.open_file(state_dir / FILE, os.O_RDONLY)
    except OSError:
        return {}
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(descriptor).st_mode & _WRITABLE_BY_OTHERS:
            return {}
        try:
            known = json.loads(file.read())
        except (ValueError, RecursionError):
            return {}
    if not isinstance(known, dict):
        return {}
    return {name: told for name, told in known.items() if isinstance(told, dict)}


def _fingerprint(credential: Credential) -> str:
    return hashlib.sha256(f"address of {credential.secret}".encode()).hexdigest()[:32]
