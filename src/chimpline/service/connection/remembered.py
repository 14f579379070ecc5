"""What a run takes from a connection that was signed in to, and what it gives back: its state.

Where nobody ever signed in there is no control database; then nothing is opened, imported or
written here, and a run costs what it cost before.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from typing import TYPE_CHECKING

from chimpline.errors import AccessError, ChimplineError, InvalidCredentials, SettingsError
from chimpline.message import Message
from chimpline.runs.request import TableSelection
from chimpline.service.connection import addresses
from chimpline.service.connection.addresses import located
from chimpline.service.settings.sources import at_place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chimpline.runs.request import Credential, RunRequest
    from chimpline.service.connection.connections import Connections
    from chimpline.service.settings.every import Connection
    from chimpline.service.settings.form.naming import KnownTables
    from chimpline.service.settings.request import Chosen

SALT_BYTES = 32


class Remembered:
    """The vault's credential of one connection, for one run.

    A secret that was given for this run alone says nothing of the connection: only a run that
    used the vault's changes its state.
    """

    def __init__(
        self,
        name: str,
        opened: Callable[[], Connections] | None,
        settings: Connection | None = None,
    ) -> None:
        """`settings`: as this run has them, its options included."""
        self._name = name
        self._settings = settings
        self._opened = opened
        self._connections: Connections | None = None

    def credential(self) -> Credential | None:
        """What the vault has; None where it has nothing."""
        if self._opened is None:
            return None
        connections = self._opened()
        found = connections.credential(self._name, self._settings)
        if found is not None:
            self._connections = connections
        return found

    def takes_from_environment(self) -> bool:
        """Whether a secret of the environment may be sent to the hosts of these settings."""
        if self._opened is None or self._settings is None:
            return True
        return not self._opened().is_named(self._name, self._settings)

    def refused(self) -> dict[str, Message]:
        """The tables that the last access check found refused, each with why."""
        return {} if self._opened is None else self._opened().statuses.refused(self._name)

    def worked(self, request: RunRequest) -> None:
        """Mailchimp took the credential of this request."""
        note_address(request)
        self._note(None)

    def failed(self, error: ChimplineError) -> ChimplineError:
        """The run ended in this error; a 401 makes the connection *needs re-authentication*.

        The error as it is to be told: it may say more of what is to be done.
        """
        if self._connections is None or not isinstance(error, InvalidCredentials):
            return error
        self._note(error)
        return error.advising(Message.of("then-connect", connection=self._name))

    def _note(self, error: ChimplineError | None) -> None:
        if self._connections is None:
            return
        from chimpline.service.connection.access import note_run

        # The run itself is over, and its report is what counts.
        with contextlib.suppress(ChimplineError):
            note_run(self._connections, self._name, error)


def where_it_works(
    chosen: Chosen, credential: Credential, notice: Callable[[Message], None]
) -> Chosen:
    """The choice with the address that this key was used at, where the choice names none."""
    connection = located(chosen.state_dir, chosen.connection, credential, notice)
    return dataclasses.replace(chosen, connection=connection)


def note_address(request: RunRequest) -> None:
    """Keep at which address the key of a request was taken."""
    addresses.note_address(
        request.state_dir,
        request.credential,
        api_root=request.api_root,
        login_root=request.login_root,
    )


def refuse_asked(
    connection: str, asked: Mapping[str, Message | None], refused: Mapping[str, Message]
) -> None:
    """Raise where a table that was asked for by name (`asked`: and where) is refused."""
    wrong = [table for table in asked if table in refused]
    if not wrong:
        return
    told = [
        Message.of("table-refused", table=table, at=at_place(asked[table]), why=refused[table])
        for table in wrong
    ]
    raise SettingsError(
        "selected-tables-refused", count=len(wrong), tables=told, connection=connection
    )


def only_readable(
    chosen: Chosen,
    refused: Mapping[str, Message],
    known_tables: KnownTables,
    notice: Callable[[Message], None],
) -> Chosen:
    """The choice without the tables that the last access check found refused.

    One that is asked for by name is an error; of the default set they are left out, with a notice.
    """
    refuse_asked(chosen.connection_name, chosen.asked, refused)
    off = {name for name, one in chosen.selections.items() if not one.selected}
    by_name = isinstance(chosen.pipeline.tables, tuple)
    left_out = [] if by_name else [t for t in refused if t not in off]
    if not left_out:
        return chosen
    if off.issuperset(set(known_tables()) - set(refused)):
        raise AccessError(
            "tables-all-refused", why=refused[left_out[0]], connection=chosen.connection_name
        )
    notice(Message.of("tables-left-out", tables=left_out, connection=chosen.connection_name))
    selections = dict(chosen.selections)
    for table in left_out:
        selections[table] = dataclasses.replace(
            selections.get(table, TableSelection()), selected=False
        )
    return dataclasses.replace(chosen, selections=selections)


def hash_salt(chosen: Chosen, opened: Callable[[], Connections]) -> bytes:
    """The connection's salt, from the vault; made there when something is first to be hashed.

    Nothing is opened where nothing is hashed or dropped (what is dropped can bring hashing along).
    """
    if not any(one.hashed or one.dropped for one in chosen.selections.values()):
        return b""
    from chimpline.service.connection.vault import SecretKind

    salt = opened().secrets.get_or_make(
        chosen.connection_name, SecretKind.HASH_SALT, lambda: secrets.token_hex(SALT_BYTES)
    )
    return bytes.fromhex(salt)
