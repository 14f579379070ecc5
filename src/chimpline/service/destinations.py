"""What the interfaces ask of destinations, whatever their kinds; no driver is loaded for it."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from chimpline.errors import DestinationError, DestinationUnavailable, UserError
from chimpline.load import check_writable, open_destination, registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chimpline.clock import Clock
    from chimpline.model import Owner
    from chimpline.service.connection.vault import Vault
    from chimpline.service.settings.destinations import Located
    from chimpline.service.settings.request import Chosen, Configuration


def url_forms() -> str:
    """The URLs there are, in short: `duckdb:///FILE or postgresql://USER@HOST/DB`."""
    return registry.listed([kind.short for kind in registry.kinds()])


def files() -> list[str]:
    """Patterns of the files that destinations make beside the settings file."""
    return [pattern for kind in registry.kinds() for pattern in kind.files]


def look(url: str, dataset: str, table: str) -> Sequence[str]:
    """The words of a command that shows the rows of a table; empty where there is none."""
    return registry.kind_of(url).look(url, dataset, table)


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """Whether a run could write to a dataset. `owner`: whose copy it holds; None: nobody's yet."""

    name: str | None
    url: str
    dataset: str
    owner: Owner | None = None
    refused: DestinationError | None = None


def check(configuration: Configuration, asked: str) -> list[Checked]:
    """Check a destination, by its name or URL, for every dataset that a pipeline writes to there.

    Nothing is written to find out.
    """
    found = configuration.destination(asked)
    secrets = configuration.destination_secrets(found)
    checked = []
    for dataset, tables in _wanted(configuration, found).items():
        owner = refused = None
        try:
            check_writable(found.url, dataset, tables, secrets=secrets)
            with open_destination(found.url, dataset, read_only=True, secrets=secrets) as opened:
                owner = opened.owner()
        except DestinationError as error:
            refused = error
        checked.append(Checked(found.name, found.url, dataset, owner, refused))
        if isinstance(refused, DestinationUnavailable):
            break  # what cannot be reached for one dataset cannot be for the next
    return checked


def _wanted(configuration: Configuration, found: Located) -> dict[str, set[str]]:
    """The datasets that pipelines write to there, each with its tables; else the default ones."""
    from chimpline.catalog.selected import resolve
    from chimpline.service.pipelines import written_by

    wanted: dict[str, set[str]] = {}
    for chosen in _pipelines(configuration):
        if chosen.destination == found.url:
            wanted.setdefault(chosen.pipeline.dataset, set()).update(written_by(chosen))
    if not wanted:
        from chimpline.service.settings.every import Pipeline

        dataset = found.dataset or Pipeline.model_fields["dataset"].default
        wanted[dataset] = {table.name for table in resolve(None, {}).landed}
    return wanted


def _pipelines(configuration: Configuration) -> Iterator[Chosen]:
    """Those that can be chosen; what is wrong with another one is not asked here."""
    for name in configuration.pipeline_names():
        with contextlib.suppress(UserError):
            yield configuration.choose(name)


def secrets_of(configuration: Configuration, asked: str) -> tuple[str, list[str]]:
    """The name of a destination, and those of the secrets that it can have.

    `UserError` where it has no name, or can have no secret.
    """
    found = configuration.destination(asked)
    if found.name is None:
        raise UserError("destination-is-a-url")
    kind = registry.kind_of(found.url)
    if not kind.secrets:
        raise UserError("destination-needs-no-password", name=found.name, kind=kind.name)
    return found.name, [secret.name for secret in kind.secrets]


def store(
    configuration: Configuration, name: str, secrets: Mapping[str, str], clock: Clock
) -> None:
    """Keep the secrets of a named destination, sealed; earlier ones are gone."""
    from chimpline.service.connection import hosts

    url = configuration.destination(name).url
    with _vault(configuration, clock) as vault:
        vault.put_of_destination(name, secrets)
        known = hosts.Hosts(hosts.Opened(vault.database))
        server = registry.kind_of(url).server(url)
        known.bind(hosts.of_destination(name), hosts.OF_A_DESTINATION, server)


def forget(configuration: Configuration, name: str, clock: Clock) -> bool:
    """Delete the secrets of a destination, defined or not; whether there were any."""
    if not configuration.has_control_database:
        return False
    from chimpline.service.connection import hosts

    with _vault(configuration, clock) as vault:
        with vault.database.writing() as rows:
            hosts.forget(rows, hosts.of_destination(name))
        return vault.remove_of_destination(name)


@contextlib.contextmanager
def _vault(configuration: Configuration, clock: Clock) -> Iterator[Vault]:
    from chimpline.service.connection.vault import Vault
    from chimpline.service.control import ControlDatabase

    with contextlib.closing(ControlDatabase(configuration.state_dir)) as database:
        yield Vault(database, configuration.environ, configuration.state_dir, clock)
