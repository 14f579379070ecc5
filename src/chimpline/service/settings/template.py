"""The settings file that `chimpline init` writes: every setting, explained, from its one home."""

from __future__ import annotations

import enum
import textwrap
from typing import TYPE_CHECKING, Any

from chimpline.load import registry
from chimpline.service.alerts.kinds import Alert
from chimpline.service.settings.every import Connection, Console, Destination, Pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

_HEAD = """\
# Settings of chimpline: what it copies, from where and to where. Every chimpline command that is
# started in this directory reads this file.
#
# Every setting of a connection or pipeline is also an option (`chimpline run --start-date
# 01/31/2020`) and an environment variable (CHIMPLINE_START_DATE; for one of several connections
# CHIMPLINE_CONNECTIONS__MAIN__START_DATE). Precedence, highest first: option, environment variable,
# this file, default. A line that begins with # is a comment: it shows the default or an example.
#
# Do not write secrets into this file.
"""


def settings_template(connection: str = "main") -> str:
    """The text of a first `chimpline.toml`: valid as it stands."""
    return "\n".join(
        [
            _HEAD,
            "# A connection is a Mailchimp account with the settings for reading it.",
            f"[connections.{connection}]",
            *_fields(Connection, in_force=()),
            *_destinations(),
            "# A pipeline says what is copied where. If there is only one, commands need no name.",
            "[pipelines.daily]",
            *_fields(
                Pipeline,
                in_force=("connection", "destination", "dataset"),
                values={"connection": connection},
            ),
            *_wrapped(
                "An alert says whom `chimpline serve` tells of what needs attention. The address "
                "is a secret: enter it in the console."
            ),
            "# [alerts.team]",
            *_fields(Alert, in_force=()),
            "# What `chimpline serve` may do.",
            "# [console]",
            *_fields(Console, in_force=()),
        ]
    )


def _destinations() -> list[str]:
    """All of it is comment: a pipeline needs none."""
    lines = [
        *_wrapped(
            "A destination is a database with a name, so that several pipelines can write to it "
            "and its password can be stored: `chimpline destination warehouse` asks for it. A "
            'pipeline then says destination = "warehouse".'
        ),
        "# [destinations.warehouse]",
        *_fields(Destination, in_force=()),
    ]
    for kind in registry.kinds():
        lines.append(f'# With kind = "{kind.schemes[0]}":')
        for setting in kind.settings:
            lines += _wrapped(setting.about)
            number = setting.example.isdigit()
            example = setting.example if number else _toml(setting.example)
            lines.append(f"# {setting.name} = {example}")
        lines.append("")
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 96, initial_indent="# ", subsequent_indent="# ")


def _fields(
    model: type[BaseModel], in_force: tuple[str, ...], values: Mapping[str, str] | None = None
) -> list[str]:
    lines: list[str] = []
    for name, field in model.model_fields.items():
        lines += _wrapped(field.description or "")
        extra = field.json_schema_extra
        example = extra.get("example") if isinstance(extra, dict) else None
        value = field.default if field.default is not None else example
        value = (values or {}).get(name, value)
        mark = "" if name in in_force else "# "
        lines += [f"{mark}{name} = {_toml(value)}", ""]
    return lines


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum):
        return f'"{value.value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
