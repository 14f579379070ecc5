"""What people can be told of, and who is told what, as the settings say it."""

from __future__ import annotations

import enum

from chimpline.message import Message
from chimpline.service.settings.form.section import Section, setting


class AlertKind(enum.StrEnum):
    FAILURE = "failure"
    RECOVERY = "recovery"
    REAUTHENTICATION = "re-authentication"
    LATE = "late"
    UNPROVEN = "unproven"
    SCHEMA = "schema"


_KINDS = ", ".join(f'"{kind}"' for kind in AlertKind)


class Alert(Section):
    """`[alerts.NAME]`: who is told what. The address is a secret: it is in the vault only."""

    on: tuple[AlertKind, ...] = setting(
        tuple(AlertKind),
        f"What is told: {_KINDS}. Default: all of it.",
        form=Message.of("form-alert-kinds", kinds=_KINDS),
    )
    pipelines: tuple[str, ...] | None = setting(
        None,
        "Only of these pipelines. Default: of all.",
        form=Message("form-alert-pipelines"),
        example=["daily"],
    )

    def wants(self, kind: AlertKind, pipelines: tuple[str, ...]) -> bool:
        """Whether it is told of this kind at any of these pipelines."""
        if kind not in self.on:
            return False
        return self.pipelines is None or any(one in self.pipelines for one in pipelines)
