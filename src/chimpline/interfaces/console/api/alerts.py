"""Alerts, for programs: their definitions and whether they are sent; never an address."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from chimpline.interfaces.console.api.pipelines import IfMatch, tag, version_named
from chimpline.interfaces.console.room import Room
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.service.alerts.alerts import AlertNow, Alerts
from chimpline.service.alerts.kinds import AlertKind
from chimpline.service.alerts.memory import AlertMessage
from chimpline.service.people.tokens import Scope

router = APIRouter(prefix="/api/v1", tags=["alerts"])

Name = Annotated[str, Path(max_length=60)]
Administering = token_for(Scope.ADMIN)


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class AlertOf(_Shape):
    """An alert. `service`: where it goes to; null while it has no address that can be read."""

    name: str
    on: list[AlertKind]
    pipelines: list[str] | None = Field(description="Null: all of them.")
    service: str | None

    @classmethod
    def of(cls, now: AlertNow) -> AlertOf:
        alert = now.settings
        pipelines = None if alert.pipelines is None else list(alert.pipelines)
        return cls(name=now.name, on=list(alert.on), pipelines=pipelines, service=now.service)


class MessageOf(_Shape):
    """What an alert said, or is to say; `again_at`: when it is tried (again)."""

    alert: str
    kind: AlertKind
    subject: str
    run_id: str | None
    made_at: dt.datetime
    sent_at: dt.datetime | None
    again_at: dt.datetime | None
    tries: int

    @classmethod
    def of(cls, message: AlertMessage) -> MessageOf:
        return cls(**{name: getattr(message, name) for name in cls.model_fields})


class AlertsOf(_Shape):
    """`messages`: the latest, newest first."""

    alerts: list[AlertOf]
    messages: list[MessageOf]


class AlertSettings(BaseModel):
    """What an alert is to be. `address` may be left out where it has one."""

    model_config = ConfigDict(extra="forbid")

    on: list[AlertKind] = Field(default_factory=lambda: list(AlertKind), min_length=1)
    pipelines: list[Annotated[str, Field(max_length=60)]] | None = None
    address: str | None = Field(None, max_length=2000, description="A secret; never given back.")


class Tested(_Shape):
    """Whether the service took the test; `status`: how it refused, where that is known."""

    sent: bool
    status: int | None


@router.get("/alerts")
def list_alerts(room: RoomOf, token: Administering, response: Response) -> AlertsOf:  # type: ignore[valid-type]
    """All alerts, in the order of the settings file, and their latest messages.

    The ETag is that of the settings file as a whole.
    """
    del token
    tag(room, response)
    alerts = alerts_of(room)
    return AlertsOf(
        alerts=[AlertOf.of(one) for one in alerts.everything()],
        messages=[MessageOf.of(one) for one in alerts.memory.newest()],
    )


@router.put("/alerts/{name}")
def put_alert(  # noqa: PLR0917
    name: Name,
    settings: AlertSettings,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
    response: Response,
    if_match: IfMatch = None,
) -> AlertOf:
    """Define an alert, new or not.

    412 where the settings file is not the one that `If-Match` names.
    """
    del token
    alerts = alerts_of(room)
    version = version_named(if_match)
    alerts.put(name, settings.on, settings.pipelines, settings.address, version)
    tag(room, response)
    return AlertOf.of(next(one for one in alerts.everything() if one.name == name))


@router.delete("/alerts/{name}", status_code=204)
def delete_alert(
    name: Name,
    room: RoomOf,
    token: Administering,  # type: ignore[valid-type]
    if_match: IfMatch = None,
) -> None:
    """Take an alert out of the settings file; its address is deleted."""
    del token
    alerts_of(room).remove(name, version_named(if_match))


@router.post("/alerts/{name}/test")
def test_alert(name: Name, room: RoomOf, token: Administering) -> Tested:  # type: ignore[valid-type]
    """Send a message that says that it is a test."""
    del token
    sent = alerts_of(room).test(name)
    return Tested(sent=sent.ok, status=sent.status)


def alerts_of(room: Room) -> Alerts:
    """What is sent is in English: whoever gets it has chosen no language here."""
    return Alerts(room.desk, catalogue().words)
