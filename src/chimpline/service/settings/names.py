"""Which pipelines and which connection are meant: those that are named, or the only ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import SettingsError
from chimpline.spelling import did_you_mean

if TYPE_CHECKING:
    from chimpline.service.settings.every import Settings
    from chimpline.service.settings.sources import Sources

# What the pipeline and the connection are called where nothing names them.
UNNAMED = "main"


def pipeline_name(asked: str | None, sources: Sources) -> str:
    """The pipeline that is asked for, or the only one."""
    names = sources.names("pipelines")
    if asked is None:
        if len(names) > 1:
            raise SettingsError("pipelines-several", count=len(names), names=names, first=names[0])
        return names[0] if names else UNNAMED
    if asked not in names and not (asked == UNNAMED and not names):
        raise _unknown_pipeline(asked, names, sources)
    return asked


def _unknown_pipeline(asked: str, names: list[str], sources: Sources) -> SettingsError:
    name, near = repr(asked), did_you_mean(asked, names)
    if sources.file is None:
        if not names:
            return SettingsError("pipeline-unknown-none-there-without-file", name=name)
        return SettingsError("pipeline-unknown-without-file", name=name, near=near, names=names)
    file = sources.file.name
    if not names:
        return SettingsError("pipeline-unknown-none-there", name=name, file=file)
    return SettingsError("pipeline-unknown", name=name, file=file, near=near, names=names)


def connection_name(
    pipeline: str, asked: object, names: list[str], sources: Sources, *, typed: bool
) -> str:
    """The connection that is asked for, or the only one."""
    if isinstance(asked, str) and asked:
        if names and asked not in names:
            raise SettingsError(
                "connection-unknown-by-option" if typed else "connection-unknown-by-pipeline",
                name=repr(asked),
                plain=asked,
                pipeline=pipeline,
                at=sources.at(("pipelines", pipeline, "connection")),
                near=did_you_mean(asked, names),
                names=names,
            )
        return asked
    if len(names) > 1:
        raise SettingsError(
            "pipeline-names-no-connection",
            pipeline=pipeline,
            count=len(names),
            names=names,
            first=names[0],
        )
    return names[0] if names else UNNAMED


def check_alerts(settings: Settings, sources: Sources) -> None:
    """Raise for the first alert about a pipeline that there is not: it would never be sent."""
    known = list(settings.pipelines)
    for name, alert in settings.alerts.items():
        for pipeline in alert.pipelines or ():
            if pipeline not in known:
                raise SettingsError(
                    "alert-pipeline-unknown",
                    alert=name,
                    pipeline=pipeline,
                    near=did_you_mean(pipeline, known),
                    place=sources.place(("alerts", name, "pipelines")),
                    known=known,
                )
