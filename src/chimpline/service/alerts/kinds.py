"""What people can be told of, and who is told what, as the settings say it."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict, Field

from chimpline.message import Message


class AlertKind(enum.StrEnum):
    FAILURE = "failure"
    RECOVERY = "recovery"
    REAUTHENTICATION = "re-authentication"
    LATE = "late"
    UNPROVEN = "unproven"
    SCHEMA = "schema"


_KINDS = ", ".join(f'"{kind}"' for kind in AlertKind)


class Alert(BaseModel):
    """`[alerts.NAME]`: who is told what. The address is a secret: it is in the vault only."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    on: tuple[AlertKind, ...] = Field(
        tuple(AlertKind),
        description=f"What is told: {_KINDS}. Default: all of it.",
        json_schema_extra={"form": Message.of("form-alert-kinds", kinds=_KINDS).to_json()},
    )
    pipelines: tuple[str, ...] | None = Field(
        None,
        description="Only of these pipelines. Default: of all.",
        json_schema_extra={
            "form": Message("form-alert-pipelines").to_json(),
            "example": ["daily"],
        },
    )

    def wants(self, kind: AlertKind, pipelines: tuple[str, ...]) -> bool:
        """Whether it is told of this kind at any of these pipelines."""
        if kind not in self.on:
            return False
        return self.pipelines is None or any(one in self.pipelines for one in pipelines)
