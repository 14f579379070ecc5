"""Secrets at rest: AES-256-GCM, each bound to the row it stands in.

The key comes from `CHIMPLINE_VAULT_KEY` (32 bytes as base64 or 64 hex digits), else from the
keyring of the operating system where there is one, else from `vault.key` (0600) in the state
directory, which is made when it is first needed (`vault_keys`).

What this does not protect from: somebody who can read both the control database and its key, which
on one machine is the user and root. A backup of the database alone is useless without the key.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chimpline.clock import Clock, utc_now
from chimpline.errors import SettingsError, UserError
from chimpline.message import Message
from chimpline.redact import register
from chimpline.service import control
from chimpline.service.connection import vault_keys
from chimpline.service.connection.vault_keys import VARIABLE, Keys, key_id
from chimpline.service.control import ControlDatabase

NONCE = 12  # bytes: what GCM is made for; drawn anew for every text
SHOWN = 4


class SecretKind(enum.StrEnum):
    API_KEY = "api_key"
    ACCESS_TOKEN = "access_token"  # noqa: S105  (a kind, not a token)
    CLIENT_SECRET = "client_secret"  # noqa: S105
    NEW_CLIENT_SECRET = "new_client_secret"  # noqa: S105  (given, and not yet taken by Mailchimp)
    HASH_SALT = "hash_salt"
    CODE = "code"  # of an OAuth walk; it stands in `authentications`, never in `secrets`


@dataclasses.dataclass(frozen=True, slots=True)
class Sealed:
    """What may be stored: the id of the key, and the nonce with the ciphertext behind it."""

    key_id: str
    data: bytes


def mask(secret: str) -> str:
    """The last four characters (of an API key, before its data center); of a short one nothing."""
    data_center = found[0] if (found := re.search(r"-[a-z]{2,3}\d{1,3}$", secret)) else ""
    body = secret.removesuffix(data_center)
    return "****" if len(body) < 4 * SHOWN else f"****{body[-SHOWN:]}{data_center}"


class Vault:
    """Puts secrets away and takes them out; every one that comes out is hidden from outputs."""

    def __init__(
        self,
        database: ControlDatabase,
        environ: Mapping[str, str],
        state_dir: Path,
        clock: Clock = utc_now,
    ) -> None:
        self.database = database
        self._keys = Keys(environ, state_dir)
        self._clock = clock

    def put(self, connection: str, kind: SecretKind, secret: str) -> None:
        """Keep a secret; an earlier one of this connection and kind is gone."""
        with self.database.writing() as rows:
            self._put(rows, connection, kind, secret)

    def get(self, connection: str, kind: SecretKind) -> str | None:
        with self.database.reading() as rows:
            return self._get(rows, connection, kind)

    def get_or_make(self, connection: str, kind: SecretKind, make: Callable[[], str]) -> str:
        """The secret that is kept, else a new one; of processes that ask at once, all get one."""
        with self.database.writing() as rows:
            found = self._get(rows, connection, kind)
            if found is None:
                found = make()
                self._put(rows, connection, kind, found)
            return found

    def remove(self, connection: str, kind: SecretKind | None = None) -> None:
        """Forget one secret of a connection, or all."""
        with self.database.writing() as rows:
            remove(rows, connection, kind)

    def kinds(self, connection: str) -> list[SecretKind]:
        """What is kept for a connection; no key is needed to know."""
        table = control.secrets
        chosen = sa.select(table.c.kind).where(table.c.connection == connection)
        with self.database.reading() as rows:
            return [SecretKind(kind) for kind in rows.scalars(chosen.order_by(table.c.kind))]

    def masked(self, connection: str) -> dict[SecretKind, str]:
        """What is kept for a connection, for showing."""
        return {kind: mask(self.get(connection, kind) or "") for kind in self.kinds(connection)}

    def put_of_destination(self, destination: str, secrets: Mapping[str, str]) -> None:
        """Keep the secrets of a destination, by name; earlier ones are gone."""
        table = control.destination_secrets
        with self.database.writing() as rows:
            key = self._key(rows)  # within the transaction, as in `_put`
            rows.execute(sa.delete(table).where(table.c.destination == destination))
            for name, secret in secrets.items():
                sealed = _sealed(key, _of_destination(destination), name, secret)
                rows.execute(
                    sa.insert(table).values(
                        destination=destination,
                        name=name,
                        key_id=sealed.key_id,
                        sealed=sealed.data,
                        updated_at=self._clock(),
                    )
                )

    def remove_of_destination(self, destination: str) -> bool:
        """Forget the secrets of a destination; whether there were any."""
        table = control.destination_secrets
        with self.database.writing() as rows:
            found = sa.delete(table).where(table.c.destination == destination)
            return rows.execute(found).rowcount > 0

    def names_of_destination(self, destination: str) -> list[str]:
        """What is kept of a destination; no key is needed to know."""
        table = control.destination_secrets
        chosen = sa.select(table.c.name).where(table.c.destination == destination)
        with self.database.reading() as rows:
            return list(rows.scalars(chosen.order_by(table.c.name)))

    def of_destination(self, destination: str) -> dict[str, str]:
        """The secrets of a destination, by name."""
        table = control.destination_secrets
        chosen = sa.select(table).where(table.c.destination == destination)
        with self.database.reading() as rows:
            return {found.name: self._opened(found) for found in rows.execute(chosen).all()}

    def _opened(self, found: Any) -> str:
        """The secret in a row of `destination_secrets`."""
        return _unsealed(
            self._keys.find(found.key_id),
            _of_destination(found.destination),
            found.name,
            Sealed(found.key_id, found.sealed),
        )

    def seal(self, row: str, kind: SecretKind, secret: str) -> Sealed:
        """Encrypt for another table; `row` is that row's id, and must be given to `unseal`."""
        with self.database.writing() as rows:
            return _sealed(self._key(rows), row, kind, secret)

    def unseal(self, row: str, kind: SecretKind, sealed: Sealed) -> str:
        """The secret; what was altered, or stands in another row than its own, is refused."""
        return _unsealed(self._keys.find(sealed.key_id), row, kind, sealed)

    def rotate_key(self, new: str | None = None) -> Message:
        """Seal everything with another key, in one transaction; where that key is.

        `new` is kept by whoever gives it (CHIMPLINE_VAULT_KEY from now on); None makes one and
        keeps it where the old one was.
        """
        if new is None and self._keys.from_environment:
            raise UserError("vault-key-in-environment", kept="kept-sealed", variable=VARIABLE)
        key = vault_keys.fresh() if new is None else vault_keys.parse(new, Message("the-new-key"))
        with self.database.writing() as rows:
            former = self._resealed(rows, key)
            if new is None:
                # Both keys are there until the transaction is over, so that none is ever lost.
                self._keys.add(key)
        self._keys.keep_only(key_id(key) if new is None else None, former)
        if new is not None:
            return Message.of("key-in-variable", variable=VARIABLE)
        return self._keys.place(key_id(key))

    def _put(self, rows: sa.Connection, connection: str, kind: SecretKind, secret: str) -> None:
        # Within the transaction: another process may be changing the key.
        sealed = _sealed(self._key(rows), connection, kind, secret)
        remove(rows, connection, kind)
        rows.execute(
            sa.insert(control.secrets).values(
                connection=connection,
                kind=kind.value,
                key_id=sealed.key_id,
                sealed=sealed.data,
                updated_at=self._clock(),
            )
        )

    def _get(self, rows: sa.Connection, connection: str, kind: SecretKind) -> str | None:
        found = rows.execute(_where(sa.select(control.secrets), connection, kind)).first()
        if found is None:
            return None
        return self.unseal(connection, kind, Sealed(found.key_id, found.sealed))

    def _resealed(self, rows: sa.Connection, key: bytes) -> set[str]:
        """Seal all rows anew; the ids of the keys that had sealed them."""
        former = set()
        table = control.secrets
        for found in rows.execute(sa.select(table)).all():
            kind = SecretKind(found.kind)
            old = Sealed(found.key_id, found.sealed)
            new = _sealed(key, found.connection, kind, self.unseal(found.connection, kind, old))
            rows.execute(
                _where(sa.update(table), found.connection, kind).values(
                    key_id=new.key_id, sealed=new.data
                )
            )
            former.add(found.key_id)
        kept = control.destination_secrets
        for found in rows.execute(sa.select(kept)).all():
            secret = self._opened(found)
            new = _sealed(key, _of_destination(found.destination), found.name, secret)
            rows.execute(
                sa.update(kept)
                .where(kept.c.destination == found.destination, kept.c.name == found.name)
                .values(key_id=new.key_id, sealed=new.data)
            )
            former.add(found.key_id)
        walks = control.authentications
        for walk in rows.execute(sa.select(walks).where(walks.c.code_sealed.is_not(None))).all():
            old = Sealed(walk.code_key_id, walk.code_sealed)
            new = _sealed(key, walk.id, SecretKind.CODE, self.unseal(walk.id, SecretKind.CODE, old))
            rows.execute(
                sa.update(walks)
                .where(walks.c.id == walk.id)
                .values(code_key_id=new.key_id, code_sealed=new.data)
            )
            former.add(walk.code_key_id)
        return former

    def _key(self, rows: sa.Connection) -> bytes:
        """The key that the others are sealed with; the first one, where there are none."""
        used = None
        for table in (control.secrets, control.destination_secrets):
            used = used or rows.scalar(sa.select(table.c.key_id).limit(1))
        return self._keys.first() if used is None else self._keys.find(used)


def remove(rows: sa.Connection, connection: str, kind: SecretKind | None = None) -> None:
    """`Vault.remove` within a transaction; needs no key."""
    rows.execute(_where(sa.delete(control.secrets), connection, kind))


def _where(statement: Any, connection: str, kind: SecretKind | None) -> Any:
    statement = statement.where(control.secrets.c.connection == connection)
    return statement if kind is None else statement.where(control.secrets.c.kind == kind.value)


def _of_destination(name: str) -> str:
    """What a row of `destination_secrets` is bound to; no connection can have such a name."""
    return f"destination/{name}"


def _bound(row: str, kind: str) -> bytes:
    """What a ciphertext is bound to: swapped with another row's, it does not open."""
    return f"chimpline\0{row}\0{kind}".encode()


def _sealed(key: bytes, row: str, kind: str, secret: str) -> Sealed:
    register(secret)
    nonce = secrets.token_bytes(NONCE)
    text = AESGCM(key).encrypt(nonce, secret.encode(), _bound(row, kind))
    return Sealed(key_id(key), nonce + text)


def _unsealed(key: bytes, row: str, kind: str, sealed: Sealed) -> str:
    nonce, text = sealed.data[:NONCE], sealed.data[NONCE:]
    try:
        secret = AESGCM(key).decrypt(nonce, text, _bound(row, kind)).decode()
    except (InvalidTag, ValueError):
        raise _does_not_open(row, kind) from None
    register(secret)
    return secret


def _does_not_open(row: str, kind: str) -> SettingsError:
    _, of_destination, destination = row.partition("/")
    if of_destination:
        return SettingsError(
            "secret-of-destination-does-not-open",
            kept="kept-unused",
            secret=kind.replace("_", " "),
            destination=destination,
        )
    return SettingsError("secret-does-not-open", kept="kept-unused", secret=kind, connection=row)
