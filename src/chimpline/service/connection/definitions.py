"""What chimpline.toml and the environment define of connections; the file is written here."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import ValidationError

from chimpline.clock import Clock, utc_now
from chimpline.errors import SettingsError
from chimpline.message import Message
from chimpline.redact import register
from chimpline.service.settings import edit as settings_edit
from chimpline.service.settings.every import Connection, Settings
from chimpline.service.settings.problems import settings_error
from chimpline.service.settings.request import SETTINGS_FILE, Configuration, read
from chimpline.service.settings.sources import SECRETS, Sources, of_variable, section_of
from chimpline.service.settings.template import settings_template


class Definitions:
    def __init__(
        self,
        environ: Mapping[str, str],
        cwd: Path,
        *,
        settings: Path | None = None,
        state_dir: Path | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._environ = environ
        self._cwd = cwd
        self._settings = settings
        self._state_dir = state_dir
        self._clock = clock
        self._configuration = self._read(missing_is_fine=True)

    @property
    def configuration(self) -> Configuration:
        """The settings as they are now, read again after every change through this class."""
        return self._configuration

    @property
    def settings_file(self) -> Path:
        """Where definitions are, or will be once the first is saved."""
        named = self._settings or self._environ.get("CHIMPLINE_SETTINGS") or SETTINGS_FILE
        return self.configuration.settings_file or self._cwd / named

    def names(self) -> list[str]:
        """In the order of the settings file."""
        return self.configuration.sources.names("connections")

    def pipelines_of(self, name: str) -> list[str]:
        """The pipelines that read from a connection."""
        sources = self.configuration.sources
        only = self.names() == [name]
        return [
            pipeline
            for pipeline in sources.names("pipelines")
            if sources.get("pipelines", pipeline, "connection") == name
            or (only and sources.get("pipelines", pipeline, "connection") is None)
        ]

    def of(self, name: str) -> Connection:
        """The settings of one connection, the environment's over the file's."""
        return self._validated(copy.deepcopy(self.configuration.sources), name)

    def validated(self, name: str, settings: Mapping[str, object]) -> Connection:
        """The connection as `save` would leave it, or the error that it would raise."""
        sources = copy.deepcopy(self.configuration.sources)
        for key, value in settings.items():
            if key in SECRETS:
                register(str(value))
                raise SettingsError("settings-take-no-secret", secret=key)
            place = Message.of("place-of-connection", setting=key, connection=name)
            sources.set(("connections", name, key), value, place)
            if value is None:
                sources.values["connections"][name].pop(key, None)
        return self._validated(sources, name)

    def save(self, name: str, settings: Mapping[str, object], version: str | None = None) -> None:
        """Write these settings of a connection (new or not) into chimpline.toml, validated first.

        Others of the connection stay; None takes one out. Comments and order are kept. Where there
        is no file, it is written as `chimpline init` does. Raises `SettingsChanged` where the file
        is not the one of `version`.
        """
        good = self.validated(name, settings)
        written = {key: _as_written(good, key, value) for key, value in settings.items()}

        def change(text: str | None) -> str:
            text = settings_template(name) if text is None else text
            return settings_edit.set_values(text, ("connections", name), written)

        state_dir = self.configuration.state_dir
        settings_edit.edit_file(self.settings_file, state_dir, change, version)
        self._configuration = self._read()

    def remove(
        self, name: str, version: str | None = None, *, first: Callable[[], object] = lambda: None
    ) -> None:
        """Take a connection out of the file, with what was chosen of its tables.

        `first` is done before, once the file is known to be the one of `version`; else
        `SettingsChanged` is raised.
        """
        if self.configuration.settings_file is None:
            settings_edit.check_version(None, version)
            first()
        else:

            def change(text: str | None) -> str:
                for section in ("metadata", "connections"):
                    text = settings_edit.remove_section(text or "", (section, name))
                first()
                return text or ""

            state_dir = self.configuration.state_dir
            settings_edit.edit_file(self.settings_file, state_dir, change, version)
        self._configuration = self._read()

    def _validated(self, sources: Sources, name: str) -> Connection:
        for field, text in self.configuration.flat.items():
            path = ("connections", name, field)
            if section_of(field) == "connections" and not sources.is_by_variable(path):
                sources.set(path, text, of_variable(f"CHIMPLINE_{field.upper()}"))
        named = sources.values.get("connections", {})
        only = {"connections": {name: named.get(name, {}) if isinstance(named, dict) else {}}}
        try:
            context = {"today": self.configuration.today}
            return Settings.model_validate(only, context=context).connections[name]
        except ValidationError as error:
            raise settings_error(error, sources) from None

    def _read(self, *, missing_is_fine: bool = False) -> Configuration:
        settings = self._settings
        if missing_is_fine and settings is not None and not (self._cwd / settings).exists():
            # It will be written by the first `save`.
            configuration = read(
                {**self._environ, "CHIMPLINE_SETTINGS": ""},
                (self._cwd / settings).parent,
                state_dir=self._state_dir and self._cwd / self._state_dir,
                today=self._clock().date(),
            )
            return dataclasses.replace(configuration, cwd=self._cwd)
        return read(
            self._environ,
            self._cwd,
            settings=settings,
            state_dir=self._state_dir,
            today=self._clock().date(),
        )


def _as_written(good: Connection, key: str, value: object) -> object:
    """A number or a truth value as TOML has it; a date as the user wrote it."""
    known = getattr(good, key, None)
    if value is None or not isinstance(known, bool | int):
        return value.isoformat() if isinstance(value, dt.date) else value
    return known
