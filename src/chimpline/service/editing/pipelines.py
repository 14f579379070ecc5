"""Pipelines as chimpline.toml defines them: read, checked, written and taken out.

definitions = PipelineDefinitions(desk)
found = definitions.get("daily")
definitions.put("daily", {**found.values, "schedule": "every 15 minutes"}, found.version)
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

from chimpline.errors import ChimplineError, SettingsError, UserError
from chimpline.load import registry
from chimpline.message import Message
from chimpline.service.desk import Desk
from chimpline.service.editing.file import SettingsFile
from chimpline.service.pipelines import NEXT_RUNS, tables_of, timed_of
from chimpline.service.schedule.due import upcoming
from chimpline.service.schedule.read import NoSchedule, read_schedule, read_zone
from chimpline.service.settings.data_dir import check_place
from chimpline.service.settings.edit import (
    Section,
    remove_section,
    set_values,
    values_of,
    version_of,
)
from chimpline.service.settings.every import DEFAULT_DESTINATION, Pipeline
from chimpline.service.settings.form.naming import NAME
from chimpline.service.settings.request import Chosen, Configuration

FIELDS = tuple(Pipeline.model_fields)
LONGEST_NAME = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Definition:
    """`values`: what the file says of the pipeline; `version`: of the whole file."""

    name: str
    values: Mapping[str, object]
    version: str


class PipelineDefinitions:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.file = SettingsFile(desk)

    def get(self, name: str) -> Definition:
        """Raises `UserError` where there is none of this name."""
        text = self.file.sound()
        if name not in self.desk.pipeline_names():
            raise UserError("console-pipeline-unknown", name=name)
        return Definition(name, values_of(text, _section(name)), version_of(text))

    def version(self) -> str:
        return version_of(self.file.text())

    def put(
        self,
        name: str,
        values: Mapping[str, object],
        version: str | None = None,
        *,
        new: bool = False,
    ) -> str:
        """Write a pipeline; a setting that is not among `values`, or None, is taken out.

        `new`: there must be none of this name yet. The new version of the file. Raises
        `SettingsChanged`, or `SettingsError` for what is not right.
        """
        if not re.fullmatch(NAME, name) or len(name) > LONGEST_NAME:
            raise SettingsError("pipeline-name", name=name[:LONGEST_NAME])
        if unknown := [field for field in values if field not in FIELDS]:
            raise SettingsError("pipeline-field-unknown", name=unknown[0][:LONGEST_NAME])
        if values.get("tables") == []:
            raise SettingsError("pipeline-no-table")
        if new and name in self.desk.pipeline_names():
            raise SettingsError("pipeline-name-taken", name=name)

        known: list[str] = []

        def change(text: str) -> str:
            known.extend(_urls_of(self.desk.configured_by(text)))
            written = _written(self.desk, text, name, {f: values.get(f) for f in FIELDS})
            return set_values(text, _section(name), written)

        def right(candidate: Configuration) -> None:
            self._refuse_new_place(candidate, name, known)
            check(candidate.choose(name))

        return self.file.change(change, right, version)

    def tried(self, name: str, values: Mapping[str, object]) -> Chosen:
        """A pipeline as `put` would leave it; nothing is written."""
        text = self.file.text() or ""
        known = _urls_of(self.desk.configured_by(text))
        text = set_values(text, _section(name), {field: values.get(field) for field in FIELDS})
        candidate = self.desk.configured_by(text)
        self._refuse_new_place(candidate, name, known)
        chosen = candidate.choose(name)
        check(chosen)
        return chosen

    def remove(self, name: str, version: str | None = None) -> str:
        """Take a pipeline out of the file. Its data stays, and so does its history.

        Raises `UserError` where there is none, or where its run goes on.
        """
        if name not in self.desk.pipeline_names():
            raise UserError("console-pipeline-unknown", name=name)
        if any(run.pipeline == name for run in self.desk.live()):
            raise UserError("pipeline-in-progress", name=name)

        def change(text: str) -> str:
            without = remove_section(text, _section(name))
            if without == text:  # the environment defines it
                raise SettingsError("pipeline-not-in-file", name=name)
            return without

        written = self.file.change(change, lambda _: None, version)
        self.desk.schedules.forget(name)
        return written

    def destinations(self) -> list[str]:
        """What a pipeline can be given as its destination: names, then the URLs in use."""
        configuration = self.desk.configuration()
        return [*configuration.sources.names("destinations"), *_urls_of(configuration)]

    def connections(self) -> list[str]:
        return self.desk.configuration().sources.names("connections")

    def _refuse_new_place(
        self, candidate: Configuration, name: str, known: Collection[str]
    ) -> None:
        """Refuse a URL that is new here, unless it is a file where the console may make one.

        A password from the environment would go to whichever host is named; a destination of the
        settings file has its own. The URL is taken as the settings understand it, not as it was
        typed: white space around it is gone then.
        """
        pipeline = candidate.settings().pipelines.get(name)
        url = pipeline.destination if pipeline else DEFAULT_DESTINATION
        if ":" not in url or url in known:
            return
        kind = registry.kind_of(url)
        if kind.file(url) is None:
            raise SettingsError("pipeline-destination-elsewhere", directory=candidate.data_dir)
        check_place(candidate, kind.absolute(url, self.file.path.parent))


def check(chosen: Chosen) -> None:
    """Raise for what only shows when a pipeline is taken as a whole."""
    tables_of(chosen)
    timed_of(chosen.pipeline)


def preview(
    schedule: str, time_zone: str, start: str, now: dt.datetime
) -> Sequence[dt.datetime] | NoSchedule:
    """The next runs (UTC) of a schedule as it is being typed, or what is wrong with it.

    None of them where nothing is typed.
    """
    if not schedule.strip():
        return []
    try:
        zone = read_zone(time_zone.strip() or "UTC")
        begins = _begin(start.strip(), zone) if start.strip() else None
        return upcoming(read_schedule(schedule, zone, begins), now, NEXT_RUNS)
    except NoSchedule as error:
        return error
    except OverflowError:  # the year 9999, say
        return NoSchedule(Message("reason-schedule-start-not-understood"))


def _begin(text: str, zone: ZoneInfo) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise NoSchedule(Message("reason-schedule-start-not-understood")) from None
    if found.tzinfo is not None:
        raise NoSchedule(Message("reason-schedule-start-not-understood"))
    return found.replace(tzinfo=zone).astimezone(dt.UTC)


def _section(name: str) -> Section:
    return ("pipelines", name)


def _written(
    desk: Desk, text: str, name: str, values: Mapping[str, object]
) -> Mapping[str, object]:
    """Numbers as numbers, and lists as lists, however they came; the rest as it was given."""
    tried = set_values(text, _section(name), {field: values.get(field) for field in FIELDS})
    candidate = desk.configured_by(tried)
    good = candidate.settings().pipelines.get(name)
    if good is None:
        return values
    known = {
        field: getattr(good, field)
        for field, value in values.items()
        # What a variable sets is not the file's.
        if value is not None and not candidate.sources.is_by_variable((*_section(name), field))
    }
    plain = {
        field: list(one) if isinstance(one, tuple) else str(one) if isinstance(one, str) else one
        for field, one in known.items()
    }
    return {**values, **plain}


def _urls_of(configuration: Configuration) -> list[str]:
    """The URLs that pipelines of the file write to, as settings have them, and the default one."""
    sources = configuration.sources
    named = [sources.get("pipelines", one, "destination") for one in sources.names("pipelines")]
    urls = []
    for one in named:
        if isinstance(one, str) and ":" in one:
            with contextlib.suppress(ChimplineError):  # what is wrong is told with its pipeline
                urls.append(registry.read(one.strip()))
    return list(dict.fromkeys([*urls, DEFAULT_DESTINATION]))
