"""Which pipeline and which connection are meant: the ones that are named, or the only ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import SettingsError
from chimpline.spelling import nearest

if TYPE_CHECKING:
    from chimpline.service.settings.sources import Sources

# What the pipeline and the connection are called where nothing names them.
UNNAMED = "main"


def pipeline_name(asked: str | None, sources: Sources) -> str:
    """The pipeline that is asked for, or the only one."""
    names = sources.names("pipelines")
    if asked is None:
        if len(names) > 1:
            raise SettingsError(
                f"There are {len(names)} pipelines: {', '.join(names)}.",
                do=f"Name one: `chimpline run {names[0]}`.",
            )
        return names[0] if names else UNNAMED
    if asked not in names and not (asked == UNNAMED and not names):
        where = f"in {sources.file.name}" if sources.file else "(no settings file)"
        do = "Leave the name out, or write one with `chimpline init`."
        if names:
            do = (
                f"There are: {', '.join(names)}. Name one of them, or write [pipelines.<name>] "
                "into the settings file."
            )
        raise SettingsError(
            f"There is no pipeline {asked!r} {where}.{nearest(asked, names)}",
            do=do,
        )
    return asked


def connection_name(
    pipeline: str, asked: object, names: list[str], sources: Sources, *, typed: bool
) -> str:
    """The connection that is asked for, or the only one."""
    if isinstance(asked, str) and asked:
        if names and asked not in names:
            place = sources.place(("pipelines", pipeline, "connection"))
            at = f" ({place})" if place else ""
            by = " (option --connection)" if typed else f", which pipeline {pipeline} names{at}"
            raise SettingsError(
                f"There is no connection {asked!r}{by}.{nearest(asked, names)}",
                do=f"There are: {', '.join(names)}. Name one of them, or write "
                f"[connections.{asked}] into the settings file.",
            )
        return asked
    if len(names) > 1:
        raise SettingsError(
            f"Pipeline {pipeline} names no connection, and there are {len(names)}: "
            f"{', '.join(names)}.",
            do=f'Write connection = "{names[0]}" under [pipelines.{pipeline}].',
        )
    return names[0] if names else UNNAMED
