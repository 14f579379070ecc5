"""Where a key was taken before: it is sent to that address again, and to no other unasked.

An address that was given for one command (`--api-root`, as for the sandbox) belongs to the key that
was used with it. A later command without it must not show that key to Mailchimp's own host, nor a
key of Mailchimp's to the sandbox. Kept in `addresses.json` of the state directory, under a hash of
the key, which cannot be turned round.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING, Any

from chimpline.service.settings import Connection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chimpline.runs.request import Credential

FILE = "addresses.json"
FIELDS = ("api_root", "login_root")
_MANY_BYTES = 1 << 20
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def located(
    state_dir: Path, settings: Connection, credential: Credential, notice: Callable[[str], None]
) -> Connection:
    """The settings with the address that this key was used at, where they name none."""
    if any(getattr(settings, field) != _default(field) for field in FIELDS):
        return settings
    known = _read(state_dir).get(_fingerprint(credential), {})
    found = {field: known[field] for field in FIELDS if isinstance(known.get(field), str)}
    if not found:
        return settings
    where = " and ".join(found.values())
    notice(f"Note: this key was used with {where} before, so it is sent there again.")
    return settings.model_copy(update=found)


def note_address(
    state_dir: Path, credential: Credential, *, api_root: str | None, login_root: str | None
) -> None:
    """Keep the address at which a key was taken; where none was named, there is nothing to keep.

    What cannot be written is not kept: the command itself has succeeded.
    """
    given = {"api_root": api_root, "login_root": login_root}
    told = {f: value for f, value in given.items() if value and value != _default(f)}
    known, name = _read(state_dir), _fingerprint(credential)
    if not told or known.get(name) == told:
        return
    with contextlib.suppress(OSError):
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = state_dir / f".{FILE}.{os.getpid()}"
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({**known, name: told}, file, indent=1)
        new.replace(state_dir / FILE)


def _default(field: str) -> object:
    return Connection.model_fields[field].default


def _read(state_dir: Path) -> dict[str, dict[str, Any]]:
    """What is known; nothing where somebody else could have written it."""
    try:
        descriptor = os.open(state_dir / FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return {}
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        theirs = about.st_uid != os.geteuid() or about.st_mode & _WRITABLE_BY_OTHERS
        if theirs or not stat.S_ISREG(about.st_mode):
            return {}
        try:
            known = json.loads(file.read(_MANY_BYTES))
        except ValueError:
            return {}
    if not isinstance(known, dict):
        return {}
    return {name: told for name, told in known.items() if isinstance(told, dict)}


def _fingerprint(credential: Credential) -> str:
    return hashlib.sha256(f"address of {credential.secret}".encode()).hexdigest()[:32]
