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
from chimpline.spelling import nearest

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
        at = f" ({found})" if (found := sources.place(place)) else ""
        known = f"There are: {', '.join(named)}. " if named else ""
        raise SettingsError(
            f"There is no destination {asked!r}{at}.{nearest(asked, list(named))}",
            do=f"{known}Name one, write [destinations.{asked}] into the settings file, or give a "
            f"URL: {registry.forms()}.",
        )
    return named[asked]


def _url(name: str, destination: Destination, sources: Sources) -> str:
    """The URL of `[destinations.NAME]`, as it stands or by the parts of its kind."""
    parts = destination.model_extra or {}
    at = _at(sources, name)
    header = f"[destinations.{name}]"
    if destination.url is not None:
        if beside := [*parts, *(["kind"] if destination.kind is not None else [])]:
            raise SettingsError(
                f"Destination {name}{at} has a url, and {', '.join(beside)} beside it.",
                do=f"Keep the url alone under {header}, or take it out and write the parts.",
            )
        return destination.url
    kinds = registry.listed([f'"{scheme}"' for scheme in registry.schemes()])
    if destination.kind is None:
        raise SettingsError(
            f"Destination {name}{at} has neither a url nor a kind.",
            do=f"Write one of them under {header}: url as {registry.forms()}, or kind as {kinds}.",
        )
    kind = registry.kind_named(destination.kind)
    if kind is None:
        raise SettingsError(
            f"kind{_at(sources, name, 'kind')} of destination {name} is not right: there is no "
            f"destination of the kind {destination.kind}."
            f"{nearest(destination.kind, registry.schemes())}",
            do=f"Write kind as {kinds}.",
        )
    settings = {setting.name: setting for setting in kind.settings}
    given = {}
    for field, value in parts.items():
        if field not in settings:
            raise SettingsError(
                f"{field}{_at(sources, name, field)} is not a setting of a {kind.name} "
                f"destination.{nearest(field, list(settings))}",
                do=f"Correct it, or take it out. There are: {', '.join(settings)}, dataset.",
            )
        # What is none of these is not repeated: it may have been meant for another place.
        text = str(value).strip() if type(value) in {str, int} else ""
        if not re.fullmatch(settings[field].pattern, text):
            raise SettingsError(
                f"{field}{_at(sources, name, field)} of destination {name} is not right.",
                do=f"Write {field} as {settings[field].form}.",
            )
        given[field] = text
    if lacking := [one for one in kind.settings if one.needed and one.name not in given]:
        raise SettingsError(
            f"Destination {name}{at} has no {lacking[0].name}.",
            do=f"Write it under {header}: {lacking[0].form}.",
        )
    return kind.url(given)


def _at(sources: Sources, name: str, *field: str) -> str:
    place = sources.place(("destinations", name, *field))
    return f" ({place})" if place else ""


def _absolute(url: str, place: KeyPath, sources: Sources, cwd: Path) -> str:
    """A relative path begins beside the settings file that names it, else where we are."""
    file = sources.file
    from_file = file is not None and sources.place(place).startswith(file.name)
    beside = file.parent if file is not None and from_file else cwd
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
