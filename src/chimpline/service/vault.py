"""Secrets at rest: AES-256-GCM, each bound to the row it stands in.

The key comes from `CHIMPLINE_VAULT_KEY` (32 bytes as base64 or 64 hex digits), else from the
keyring of the operating system where there is one, else from `vault.key` (0600) in the state
directory, which is made when it is first needed.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from pathlib import Path

from chimpline.clock import Clock, utc_now
from chimpline.service.control import ControlDatabase


class SecretKind(enum.StrEnum):
    API_KEY = "api_key"
    ACCESS_TOKEN = "access_token"  # noqa: S105  (a kind, not a token)
    CLIENT_SECRET = "client_secret"  # noqa: S105
    HASH_SALT = "hash_salt"
    CODE = "code"  # of an OAuth walk; it stands in `authentications`, never in `secrets`


@dataclasses.dataclass(frozen=True, slots=True)
class Sealed:
    """What may be stored: the id of the key, and the nonce with the ciphertext behind it."""

    key_id: str
    data: bytes


def mask(secret: str) -> str:
    """All that is shown of a secret: its last four characters, of a short one nothing."""
    raise NotImplementedError


class Vault:
    """Puts secrets away and takes them out; every one that comes out is hidden from outputs."""

    def __init__(
        self,
        database: ControlDatabase,
        environ: Mapping[str, str],
        state_dir: Path,
        clock: Clock = utc_now,
    ) -> None:
        raise NotImplementedError

    def put(self, connection: str, kind: SecretKind, secret: str) -> None:
        """Keep a secret; an earlier one of this connection and kind is gone."""
        raise NotImplementedError

    def get(self, connection: str, kind: SecretKind) -> str | None:
        raise NotImplementedError

    def remove(self, connection: str, kind: SecretKind | None = None) -> None:
        """Forget one secret of a connection, or all."""
        raise NotImplementedError

    def masked(self, connection: str) -> dict[SecretKind, str]:
        """What is kept for a connection, for showing."""
        raise NotImplementedError

    def seal(self, row: str, kind: SecretKind, secret: str) -> Sealed:
        """Encrypt for another table; `row` is that row's id, and must be given to `unseal`."""
        raise NotImplementedError

    def unseal(self, row: str, kind: SecretKind, sealed: Sealed) -> str:
        raise NotImplementedError

    def rotate_key(self, new: str | None = None) -> str:
        """Seal everything with another key, in one transaction; a line that says where it is.

        `new` is kept by whoever gives it (CHIMPLINE_VAULT_KEY from now on); None makes one and
        keeps it where the old one was.
        """
        raise NotImplementedError
