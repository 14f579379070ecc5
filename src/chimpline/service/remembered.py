"""What a run takes from a connection that was signed in to, and what it gives back: its state.

Where nobody ever signed in there is no control database; then nothing is opened, imported or
written here, and a run costs what it cost before.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from chimpline.errors import ChimplineError, InvalidCredentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from chimpline.runs.request import Credential
    from chimpline.service.connections import Connections


class Remembered:
    """The vault's credential of one connection, for one run.

    A secret that was given for this run alone says nothing of the connection: only a run that
    used the vault's changes its state.
    """

    def __init__(self, name: str, opened: Callable[[], Connections] | None) -> None:
        self._name = name
        self._opened = opened
        self._connections: Connections | None = None

    def credential(self) -> Credential | None:
        """What the vault has; None where it has nothing."""
        if self._opened is None:
            return None
        connections = self._opened()
        found = connections.credential(self._name)
        if found is not None:
            self._connections = connections
        return found

    def worked(self) -> None:
        """Mailchimp took the credential."""
        self._note(None)

    def failed(self, error: ChimplineError) -> None:
        """The run ended in this error; a 401 makes the connection *needs re-authentication*."""
        if self._connections is None or not isinstance(error, InvalidCredentials):
            return
        self._note(error)
        error.do = f"{error.do} Then: chimpline connect {self._name}"

    def _note(self, error: ChimplineError | None) -> None:
        if self._connections is None:
            return
        from chimpline.service.access import note_run

        # The run itself is over, and its report is what counts.
        with contextlib.suppress(ChimplineError):
            note_run(self._connections, self._name, error)
