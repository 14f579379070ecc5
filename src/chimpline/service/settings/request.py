"""From settings to what a run is asked to do: choose a pipeline, lay the sources over each other.

configuration = read(environ, cwd, settings=None, state_dir=None)
chosen = configuration.choose("daily", {"start_date": "01/31/2020"})
request = chosen.request(credential(chosen, configuration), full_refresh=False)
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from chimpline import private
from chimpline.clock import utc_now
from chimpline.load import registry
from chimpline.message import Message
from chimpline.model import History
from chimpline.redact import register
from chimpline.runs.request import Credential, RunRequest, Selections
from chimpline.service.engine import load_engine
from chimpline.service.metadata import (
    check_metadata,
    histories,
    insisted,
    intervals,
    selections_of,
)
from chimpline.service.settings.destinations import (
    Located,
    check_destinations,
    located,
    secrets_given,
)
from chimpline.service.settings.every import Settings
from chimpline.service.settings.form.naming import KnownTables
from chimpline.service.settings.names import (
    UNNAMED,
    check_alerts,
    connection_name,
    pipeline_name,
)
from chimpline.service.settings.problems import settings_error
from chimpline.service.settings.sources import (
    Sources,
    of_variable,
    read_environment,
    read_file,
    section_of,
    take_text,
)
from chimpline.state.directory import CONTROL_DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chimpline.service.settings.every import Connection, Pipeline, TableMetadata

SETTINGS_FILE = "chimpline.toml"
STATE_DIRECTORY = ".chimpline"


def catalog_names() -> frozenset[str]:
    """The names of all tables; the catalog is loaded only when a name has to be checked."""
    return frozenset(table.name for table in load_engine().catalog_tables())


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """One pipeline with its connection, every setting decided; `destination` is absolute.

    `asked`: the tables that are asked for by name, and where. `every`: how often tables are to be
    read that are read less often than the pipeline runs, or could be; None: all of them now.
    """

    pipeline_name: str
    connection_name: str
    pipeline: Pipeline
    connection: Connection
    destination: str
    state_dir: Path
    destination_name: str | None = None
    destination_secrets: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    selections: Selections = dataclasses.field(default_factory=dict)
    asked: Mapping[str, Message | None] = dataclasses.field(default_factory=dict)
    every: Mapping[str, dt.timedelta] | None = dataclasses.field(default_factory=dict)
    history: Mapping[str, History] = dataclasses.field(default_factory=dict)

    def request(
        self, credential: Credential, *, full_refresh: bool = False, hash_salt: bytes = b""
    ) -> RunRequest:
        from chimpline.catalog.tables import usual_intervals

        return RunRequest(
            pipeline=self.pipeline_name,
            credential=credential,
            destination=self.destination,
            dataset=self.pipeline.dataset,
            api_root=self.connection.api_root,
            login_root=self.connection.login_root,
            tables=self.pipeline.tables,
            start_date=self.connection.start_date,
            activity_window_days=self.connection.email_activity_date_window,
            activity_window_strict=self.connection.email_activity_date_window_strict,
            deletes=self.pipeline.deletes,
            full_refresh=full_refresh,
            connections=self.connection.connections,
            lookback=dt.timedelta(minutes=self.pipeline.lookback_minutes),
            complete_read_every=dt.timedelta(days=self.pipeline.complete_read_days),
            pages_in_memory_mb=self.pipeline.pages_in_memory_mb,
            state_dir=self.state_dir,
            selections=self.selections,
            hash_salt=hash_salt,
            every={} if self.every is None else usual_intervals() | dict(self.every),
            history=self.history,
            segments_every_run=self.pipeline.segment_members == "every run",
            destination_secrets=self.destination_secrets,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Configuration:
    """The sources, read once; pipelines are chosen from it."""

    sources: Sources
    flat: Mapping[str, str]
    state_dir: Path
    cwd: Path
    today: dt.date
    known_tables: KnownTables
    environ: Mapping[str, str] = dataclasses.field(repr=False)

    @property
    def settings_file(self) -> Path | None:
        return self.sources.file

    @property
    def data_dir(self) -> Path:
        """Below which files of destinations lie that are made in the console or by the API."""
        beside = self.settings_file.parent if self.settings_file else self.cwd
        if given := self.environ.get("CHIMPLINE_DATA_DIR"):
            return (self.cwd / given).absolute()
        section = self.sources.values.get("console")
        named = section.get("data_dir") if isinstance(section, dict) else None
        return (beside / named if isinstance(named, str) else beside).absolute()

    @property
    def has_control_database(self) -> bool:
        """Whether a connection was ever signed in to; where not, the vault is not even loaded."""
        private.check_directory(self.state_dir)
        return (self.state_dir / CONTROL_DATABASE).exists()

    @property
    def names_a_dataset(self) -> bool:
        """Whether the file or the environment says where data goes."""
        return bool(self.sources.names("pipelines") or {"destination", "dataset"} & set(self.flat))

    def pipeline_names(self) -> list[str]:
        """The pipelines there are; without any, the unnamed one."""
        return self.sources.names("pipelines") or [UNNAMED]

    def settings(self) -> Settings:
        """The settings of the file alone, validated."""
        return self._validated(copy.deepcopy(self.sources))

    def metadata(self, connection: str) -> Mapping[str, TableMetadata]:
        """What the settings choose of a connection's tables, checked."""
        return self.settings().metadata.get(connection, {})

    def choose(
        self, pipeline: str | None = None, options: Mapping[str, object] | None = None
    ) -> Chosen:
        """The named pipeline (or the only one), with the environment and `options` over it."""
        sources = copy.deepcopy(self.sources)
        given = {key: value for key, value in (options or {}).items() if value is not None}
        name = pipeline_name(pipeline, self.sources)
        connection = connection_name(
            name,
            given.get("connection")
            or sources.get("pipelines", name, "connection")
            or self.flat.get("connection"),
            sources.names("connections"),
            sources,
            typed="connection" in given,
        )
        names = {"pipelines": name, "connections": connection}
        for field, text in self.flat.items():
            path = (section_of(field), names[section_of(field)], field)
            if not sources.is_by_variable(path):
                sources.set(path, text, of_variable(f"CHIMPLINE_{field.upper()}"))
        for field, value in given.items():
            option = "--to" if field == "destination" else "--" + field.replace("_", "-")
            place = Message.of("place-option", option=option)
            sources.set((section_of(field), names[section_of(field)], field), value, place)
        settings = self._validated(sources)
        chosen_pipeline = settings.pipelines.get(name) or settings_default("pipelines", name)
        chosen_connection = settings.connections.get(connection) or settings_default(
            "connections", connection
        )
        path = ("pipelines", name, "destination")
        found = located(chosen_pipeline.destination, path, settings, sources, self.cwd)
        if found.dataset is not None and sources.get("pipelines", name, "dataset") is None:
            chosen_pipeline = chosen_pipeline.model_copy(update={"dataset": found.dataset})
        return Chosen(
            pipeline_name=name,
            connection_name=connection,
            pipeline=chosen_pipeline,
            connection=chosen_connection,
            destination=found.url,
            destination_name=found.name,
            destination_secrets=self.destination_secrets(found),
            state_dir=self.state_dir,
            selections=selections_of(settings, connection),
            asked=_asked(settings, sources, name, connection),
            # Who asks for tables by name wants them now.
            every=None
            if "tables" in given and isinstance(chosen_pipeline.tables, tuple)
            else intervals(settings.metadata.get(connection, {})),
            history=histories(settings.metadata.get(connection, {})),
        )

    def destination(self, asked: str) -> Located:
        """The destination of this name or URL, as an option gives it."""
        sources = self.sources
        return located(asked, ("--destination",), self.settings(), sources, self.cwd)

    def destination_secrets(self, found: Located) -> Mapping[str, str]:
        """The secrets of a destination: from the vault, and from the environment before it."""
        given = secrets_given(found, self.sources.secrets)
        if not registry.kind_of(found.url).secrets or not self.has_control_database:
            return given
        from chimpline.service.connection.kept_secrets import for_destination

        return for_destination(self.environ, self.state_dir, found, given)

    def _validated(self, sources: Sources) -> Settings:
        context = {"today": self.today, "known_tables": self.known_tables}
        try:
            settings = Settings.model_validate(sources.values, context=context)
        except ValidationError as error:
            raise settings_error(error, sources) from None
        check_metadata(settings, sources)
        check_destinations(settings, sources)
        check_alerts(settings, sources)
        return settings


def settings_default(section: str, name: str) -> Any:
    """A section of defaults, where nothing set anything."""
    return getattr(Settings.model_validate({section: {name: {}}}), section)[name]


def read(
    environ: Mapping[str, str],
    cwd: Path,
    *,
    settings: Path | None = None,
    state_dir: Path | None = None,
    today: dt.date | None = None,
    known_tables: KnownTables = catalog_names,
    text: str | None = None,
) -> Configuration:
    """Read the settings file (if there is one) and the environment; validate nothing yet.

    `text`: what the file would say, instead of what it says.
    """
    sources = Sources()
    named = settings or _path(environ.get("CHIMPLINE_SETTINGS"))
    file = cwd / (named or SETTINGS_FILE)
    if text is not None:
        take_text(text, file, sources)
    elif (
        named is not None or file.exists() or file.is_symlink()
    ):  # a link that leads nowhere is told
        read_file(file, sources)
    flat = read_environment(environ, sources)
    if password := environ.get("PGPASSWORD"):
        register(password)
    state = state_dir or _path(environ.get("CHIMPLINE_STATE_DIR"))
    beside = file.parent if sources.file else cwd
    return Configuration(
        sources=sources,
        flat=flat,
        state_dir=(cwd / state) if state else beside / STATE_DIRECTORY,
        cwd=cwd,
        today=today or utc_now().date(),
        known_tables=known_tables,
        environ=environ,
    )


def _asked(
    settings: Settings, sources: Sources, pipeline: str, connection: str
) -> dict[str, Message | None]:
    """The tables that the pipeline or, where it names none, the metadata names; and where."""
    chosen = settings.pipelines.get(pipeline)
    if chosen is not None and isinstance(chosen.tables, tuple):
        return dict.fromkeys(chosen.tables, sources.place(("pipelines", pipeline, "tables")))
    return {
        table: sources.place(("metadata", connection, table, "selected"))
        for table in insisted(settings.metadata.get(connection, {}))
    }


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
