"""Where a pipeline writes to: a URL as it stands, or the name of `[destinations.NAME]`.

[destinations.warehouse]          [destinations.local]
url = "postgresql://me@db/shop"   kind = "duckdb"
dataset = "mailchimp"             file = "mailchimp.duckdb"

What may stand beside `kind` its own kind says (`load.registry`). Secrets never do.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from chimpline.errors import SettingsError
from chimpline.load import registry
from chimpline.service.settings.every import Destination
from chimpline.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chimpline.service.settings.every import Settings
    from chimpline.service.settings.sources import KeyPath, Sources


@dataclasses.dataclass(frozen=True, slots=True)
class Located:
    """A destination: its absolute URL; its name and its default dataset, where it has them."""

    url: str
    name: str | None = None
    dataset: str | None = None


def check_destinations(settings: Settings, sources: Sources) -> None:
    """Raise for the first destination that has no URL, naming its line."""
    for name, destination in settings.destinations.items():
        _url(name, destination, sources)


def located(asked: str, place: KeyPath, settings: Settings, sources: Sources, cwd: Path) -> Located:
    """The destination that is asked for by its name or its URL; `place`: where that stands.

    A URL is that of a named destination too, where both lead to the same.
    """
    named = {
        name: Located(_absolute(_url(name, one, sources), path, sources, cwd), name, one.dataset)
        for name, one in settings.destinations.items()
        for path in [("destinations", name)]
    }
    if ":" in asked:
        url = _absolute(asked, place, sources, cwd)
        same = next((one for one in named.values() if one.url == url), None)
        return Located(url, same.name if same else None)
    if asked not in named:
        raise SettingsError(
            "destination-unknown" if named else "destination-unknown-none-there",
            name=repr(asked),
            plain=asked,
            at=sources.at(place),
            near=did_you_mean(asked, named),
            names=list(named),
            urls=registry.forms(),
        )
    return named[asked]


def _url(name: str, destination: Destination, sources: Sources) -> str:
    """The URL of `[destinations.NAME]`, as it stands or by the parts of its kind."""
    parts = destination.model_extra or {}
    at = sources.at(("destinations", name))
    if destination.url is not None:
        if beside := [*parts, *(["kind"] if destination.kind is not None else [])]:
            raise SettingsError("destination-url-and-parts", name=name, at=at, parts=beside)
        return destination.url
    kinds = registry.listed([f'"{scheme}"' for scheme in registry.schemes()])
    if destination.kind is None:
        raise SettingsError(
            "destination-without-url", name=name, at=at, urls=registry.forms(), kinds=kinds
        )
    kind = registry.kind_named(destination.kind)
    if kind is None:
        raise SettingsError(
            "destination-unknown-kind",
            name=name,
            at=sources.at(("destinations", name, "kind")),
            kind=destination.kind,
            near=did_you_mean(destination.kind, registry.schemes()),
            kinds=kinds,
        )
    settings = {setting.name: setting for setting in kind.settings}
    given = {}
    for field, value in parts.items():
        if field not in settings:
            raise SettingsError(
                "destination-unknown-setting",
                setting=field,
                at=sources.at(("destinations", name, field)),
                kind=kind.name,
                near=did_you_mean(field, settings),
                known=list(settings),
            )
        # What is none of these is not repeated: it may have been meant for another place.
        text = str(value).strip() if type(value) in {str, int} else ""
        if not re.fullmatch(settings[field].pattern, text):
            raise SettingsError(
                "destination-wrong-setting",
                setting=field,
                at=sources.at(("destinations", name, field)),
                name=name,
                form=settings[field].form,
            )
        given[field] = text
    if lacking := [one for one in kind.settings if one.needed and one.name not in given]:
        raise SettingsError(
            "destination-lacks-setting",
            name=name,
            at=at,
            setting=lacking[0].name,
            form=lacking[0].form,
        )
    return kind.url(given)


def _absolute(url: str, place: KeyPath, sources: Sources, cwd: Path) -> str:
    """A relative path begins beside the settings file that names it, else where we are."""
    file = sources.file
    beside = file.parent if file is not None and sources.is_in_file(place) else cwd
    return registry.kind_of(url).absolute(url, beside)


def secrets_given(located: Located, secrets: Mapping[KeyPath, str]) -> dict[str, str]:
    """The secrets of a destination that the environment has, its own before those for any."""
    names = [secret.name for secret in registry.kind_of(located.url).secrets]
    scopes = [("destination",), *([("destinations", located.name)] if located.name else [])]
    return {
        name: secrets[(*scope, name)]
        for scope in scopes
        for name in names
        if (*scope, name) in secrets
    }
