"""From what a person chose to what can begin: a request, and the ports it is carried out with.

prepared = prepare(configuration, chosen, environ=environ, connections=opened, notice=warn)
engine.run(prepared.request, prepared.services.telling(display))
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from chimpline.load import open_destination
from chimpline.runs.services import Services
from chimpline.service.connection.remembered import (
    Remembered,
    hash_salt,
    only_readable,
    where_it_works,
)
from chimpline.service.settings.credentials import credential
from chimpline.state.directory import StateDirectory, connection_slots_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chimpline.message import Message
    from chimpline.runs.request import Credential, RunRequest
    from chimpline.service.connection.connections import Connections
    from chimpline.service.settings.request import Chosen, Configuration


@dataclasses.dataclass(frozen=True, slots=True)
class Prepared:
    """`remembered`: the connection, which is told whether its secret was taken."""

    request: RunRequest
    services: Services
    remembered: Remembered


def prepare(
    configuration: Configuration,
    chosen: Chosen,
    *,
    environ: Mapping[str, str],
    connections: Callable[[], Connections],
    notice: Callable[[Message], None],
    given: Credential | None = None,
    ask: Callable[[str], str] | None = None,
    full_refresh: bool = False,
    all_tables: bool = False,
) -> Prepared:
    """Make the request of a choice, and its ports.

    `connections` opens the control database, where something is needed of it. `given`: the secret,
    where it came with the command; `ask`: how a person is asked for it. `all_tables`: also those
    that the last access check found refused. Raises `SettingsError` where no secret is found.
    """
    remembered = Remembered(
        chosen.connection_name,
        connections if configuration.has_control_database else None,
        chosen.connection,
    )
    if not all_tables:
        known = configuration.known_tables
        chosen = only_readable(chosen, remembered.refused(), known, notice)
    found = credential(
        chosen,
        configuration,
        given=given,
        kept=remembered.credential,
        ask=ask,
        from_environ=remembered.takes_from_environment,
    )
    salt = hash_salt(chosen, connections)
    chosen = where_it_works(chosen, found, notice)
    request = chosen.request(found, full_refresh=full_refresh, hash_salt=salt)
    return Prepared(request, services(request, environ), remembered)


def services(request: RunRequest, environ: Mapping[str, str]) -> Services:
    """The ports of a request, on this machine."""
    return Services(
        destination=functools.partial(
            open_destination,
            request.destination,
            request.dataset,
            secrets=request.destination_secrets,
        ),
        budget=connection_slots_directory(environ),
        state=StateDirectory(request.state_dir),
    )
