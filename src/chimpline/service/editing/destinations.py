"""Destinations as chimpline.toml defines them: read, checked, written and taken out.

definitions = DestinationDefinitions(desk)
found = definitions.get("warehouse")
definitions.put("warehouse", {**found.values, "database": "shop"}, version=found.version)
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chimpline.errors import ChimplineError, SettingsError, UserError
from chimpline.load import registry
from chimpline.redact import register
from chimpline.service import destinations
from chimpline.service.connection import hosts
from chimpline.service.connection.vault import Vault
from chimpline.service.desk import Desk
from chimpline.service.editing.file import SettingsFile
from chimpline.service.settings.data_dir import check_place
from chimpline.service.settings.edit import (
    Section,
    remove_section,
    set_values,
    values_of,
    version_of,
)
from chimpline.service.settings.form.naming import NAME
from chimpline.service.settings.request import Configuration

Kind = registry.Kind
kinds = registry.kinds
kind_named = registry.kind_named
OWN = ("url", "kind", "dataset")
LONGEST_NAME = 60


@dataclasses.dataclass(frozen=True, slots=True)
class DestinationNow:
    """A destination as it stands. `values`: what the file says; `version`: of the whole file.

    `url` None: its settings cannot be used, see `problem`. `secrets`: those it can have; `kept`:
    those in the vault. `users`: the pipelines that write there.
    """

    name: str
    values: Mapping[str, object]
    version: str
    url: str | None = None
    kind: registry.Kind | None = None
    problem: ChimplineError | None = None
    secrets: Sequence[str] = ()
    kept: Sequence[str] = ()
    users: Sequence[str] = ()


class DestinationDefinitions:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.file = SettingsFile(desk)

    def names(self) -> list[str]:
        return self.desk.configuration().sources.names("destinations")

    def all(self) -> list[DestinationNow]:
        """In the order of the settings file."""
        return [self.get(name) for name in self.names()]

    def get(self, name: str) -> DestinationNow:
        """Raises `UserError` where there is none of this name."""
        configuration = self.desk.configuration()
        if name not in configuration.sources.names("destinations"):
            raise UserError("console-destination-unknown", name=name)
        text = self.file.sound()
        now = DestinationNow(
            name,
            values_of(text, _section(name)),
            version_of(text),
            users=_users(configuration, name),
        )
        try:
            url = configuration.destination(name).url
            now = dataclasses.replace(
                now,
                url=url,
                kind=registry.kind_of(url),
                secrets=[secret.name for secret in registry.kind_of(url).secrets],
                kept=self._kept(configuration, name),
            )
            configuration.destination_secrets(configuration.destination(name))
        except ChimplineError as error:
            return dataclasses.replace(now, problem=error)
        return now

    def version(self) -> str:
        return version_of(self.file.text())

    def put(
        self,
        name: str,
        values: Mapping[str, object],
        secrets: Mapping[str, str] | None = None,
        version: str | None = None,
        *,
        new: bool = False,
    ) -> str:
        """Write a destination; a setting that is not among `values`, or None, is taken out.

        `secrets`: to be kept in the vault from now on, for this server; None: as they are. `new`:
        there must be none of this name yet. The new version of the file. Raises `SettingsChanged`,
        or `SettingsError` for what is not right.
        """
        if not re.fullmatch(NAME, name) or len(name) > LONGEST_NAME:
            raise SettingsError("destination-name", name=name[:LONGEST_NAME])
        for secret in (secrets or {}).values():
            register(secret)
        before = self.desk.configuration()
        if new and name in before.sources.names("destinations"):
            raise SettingsError("destination-name-taken", name=name)
        given = {field: _plain(field, value) for field, value in values.items()}
        given = {field: value for field, value in given.items() if value is not None}

        def change(text: str) -> str:
            gone = dict.fromkeys(values_of(text, _section(name)))
            return set_values(text, _section(name), {**gone, **given})

        checked: list[Configuration] = []

        def check(candidate: Configuration) -> None:
            checked.append(candidate)
            url = candidate.destination(name).url
            kind = registry.kind_of(url)
            known = {secret.name for secret in kind.secrets}
            if unknown := [one for one in secrets or {} if one not in known]:
                raise SettingsError(
                    "destination-without-secret", name=unknown[0][:LONGEST_NAME], kind=kind.name
                )
            if url not in _urls_of(before):
                check_place(candidate, url)
            self._note_server(before, name, kind.server(url))

        written = self.file.change(change, check, version)
        if secrets:  # for the server that was checked: somebody may have named another since
            destinations.store(checked[-1], name, secrets, self.desk.clock)
        return written

    def forget_secrets(self, name: str) -> bool:
        """Delete what is kept of a destination's secrets; whether there was anything."""
        return destinations.forget(self.desk.configuration(), name, self.desk.clock)

    def remove(self, name: str, version: str | None = None) -> str:
        """Take a destination out of the file, and its secrets with it. Its data stays.

        Raises `UserError` where there is none, or where a pipeline writes there.
        """
        configuration = self.desk.configuration()
        if name not in configuration.sources.names("destinations"):
            raise UserError("console-destination-unknown", name=name)
        if users := _users(configuration, name):
            raise UserError("destination-in-use", name=name, pipelines=users)

        def change(text: str) -> str:
            without = remove_section(text, _section(name))
            if without == text:  # the environment defines it
                raise SettingsError("destination-not-in-file", name=name)
            return without

        written = self.file.change(change, lambda _: None, version)
        destinations.forget(configuration, name, self.desk.clock)
        return written

    def _kept(self, configuration: Configuration, name: str) -> list[str]:
        vault = Vault(self.desk.database(), configuration.environ, configuration.state_dir)
        return vault.names_of_destination(name)

    @property
    def data_dir(self) -> Path:
        """Where files of destinations that are named here have to lie below."""
        return self.desk.configuration().data_dir.resolve()

    def _note_server(self, before: Configuration, name: str, server: str) -> None:
        """Note a server that is named here, where this definition has another one, or none.

        Whoever names it need not know any password; that another definition has it says nothing: it
        may have been named here as well.
        """
        if server and server != self._server_of(before, name):
            known = hosts.Hosts(hosts.Opened(self.desk.database()))
            known.name(hosts.of_destination(name), [server])

    @staticmethod
    def _server_of(configuration: Configuration, name: str) -> str | None:
        """The server of a destination; None where there is none, or it cannot be told."""
        try:
            url = configuration.destination(name).url
        except ChimplineError:
            return None
        return registry.kind_of(url).server(url)


def _section(name: str) -> Section:
    return ("destinations", name)


def _plain(field: str, value: object) -> object:
    """A setting as the file has it: a port as a number, nothing as None."""
    text = str(value).strip() if value is not None else ""
    if not text:
        return None
    is_number = field not in OWN and any(
        setting.name == field and setting.example.isdigit()
        for kind in registry.kinds()
        for setting in kind.settings
    )
    return int(text) if is_number and re.fullmatch(r"[1-9]\d{0,8}", text) else text


def _users(configuration: Configuration, name: str) -> list[str]:
    """The pipelines that write to a destination, by its name or by its URL."""
    found = []
    for pipeline in configuration.sources.names("pipelines"):
        if configuration.sources.get("pipelines", pipeline, "destination") == name:
            found.append(pipeline)
            continue
        with contextlib.suppress(ChimplineError):
            if configuration.choose(pipeline).destination_name == name:
                found.append(pipeline)
    return found


def _urls_of(configuration: Configuration) -> set[str]:
    """The absolute URLs that the settings have already."""
    return set(_each_url(configuration))


def _each_url(configuration: Configuration) -> Iterator[str]:
    sources = configuration.sources
    named = [sources.get("pipelines", one, "destination") for one in sources.names("pipelines")]
    for asked in [*sources.names("destinations"), *named]:
        if isinstance(asked, str):
            with contextlib.suppress(ChimplineError):
                yield configuration.destination(asked).url
