"""Where alerts go: addresses of a few services, each a secret, and kept as one.

An address holds a password or a token, so it is never in the settings file and never shown; what is
shown is the service. What an address may say beside is listed too: some parameters that the library
knows make it read a local file or fetch another address.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

from chimpline.errors import UserError
from chimpline.redact import register
from chimpline.service.alerts.library import apprise
from chimpline.service.connection.vault import Vault

LONGEST = 2000
_SECRET = "address"  # noqa: S105  (the name of one)


@dataclasses.dataclass(frozen=True, slots=True)
class Service:
    """`schemes`: how its addresses begin. `parameters`: what may come after a question mark."""

    name: str
    schemes: tuple[str, ...]
    example: str
    parameters: Collection[str] = ()
    headers: bool = False


SERVICES = (
    Service(
        "E-mail",
        ("mailtos", "mailto"),
        "mailtos://user:password@smtp.example.com?from=me@example.com&to=you@example.com",
        ("smtp", "user", "pass", "from", "to", "cc", "bcc", "name", "mode", "reply"),
    ),
    Service("Slack", ("slack",), "https://hooks.slack.com/services/T.../B.../...", ("to", "token")),
    Service(
        "Microsoft Teams",
        ("workflows", "workflow"),
        "workflows://host:443/workflow/signature",
        ("id", "sig", "ver", "api-version", "route", "routeid", "pa", "powerautomate"),
    ),
    Service("Discord", ("discord",), "https://discord.com/api/webhooks/.../...", ("thread", "tts")),
    Service("Telegram", ("tgram",), "tgram://bot-token/chat-id", ("to", "topic", "silent")),
    Service("Google Chat", ("gchat",), "gchat://workspace/key/token", ("thread",)),
    Service(
        "Mattermost", ("mmosts", "mmost"), "mmosts://host/token", ("to", "channel", "channels")
    ),
    Service("ntfy", ("ntfys", "ntfy"), "ntfys://topic", ("priority", "auth", "token", "mode")),
    Service("PagerDuty", ("pagerduty",), "pagerduty://key@api-key", ("severity", "region")),
    Service("Opsgenie", ("opsgenie",), "opsgenie://api-key", ("priority", "region", "tags")),
    Service("Webhook (JSON)", ("jsons", "json"), "jsons://host/path", ("method",), headers=True),
)
SCHEMES = tuple(scheme for service in SERVICES for scheme in service.schemes)


def check(address: str) -> str:
    """The address without white space around it. Raises `UserError` where it is none of ours."""
    address = address.strip()
    register(address)
    told = _parts(address) if len(address) <= LONGEST and address.isprintable() else {}
    service = _service(told)
    if service is None:
        raise UserError("alert-address-not-understood", schemes=SCHEMES)
    for name in _parameters(told):
        plain = name not in service.parameters
        if plain and not (service.headers and name.startswith("+")):
            raise UserError("alert-address-parameter", name=name[:40], service=service.name)
    # Only now: with another parameter, this alone might read a file.
    if apprise().Apprise.instantiate(told) is None:
        raise UserError("alert-address-not-understood", schemes=SCHEMES)
    return address


def service_of(address: str) -> str:
    """What may be shown of an address: which service it is of."""
    scheme = address.partition("://")[0].lower()
    # Of most, without the library, which takes 20 MB for good.
    found = _service({"schema": scheme}) or _service(_parts(address))
    return found.name if found else ""


def _parts(address: str) -> dict[str, Any]:
    """An address taken apart; nothing where it is none."""
    told: dict[str, Any] | None = apprise().plugins.url_to_dict(address, secure_logging=True)
    return told or {}


def _service(told: Mapping[str, Any]) -> Service | None:
    scheme = str(told.get("schema", "")).lower()
    return next((one for one in SERVICES if scheme in one.schemes), None)


def _parameters(told: Mapping[str, Any]) -> list[str]:
    """The names of what comes after a question mark, each with the mark of its kind."""
    return [
        name if name.startswith(mark) else mark + name
        for mark in ("", "+", "-", ":")
        for name in told.get(f"qsd{mark}") or ()
    ]


class AddressBook:
    """The addresses in the vault, by the name of the alert."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def put(self, alert: str, address: str) -> None:
        self._vault.put_of_destination(_row(alert), {_SECRET: address})

    def get(self, alert: str) -> str | None:
        return self._vault.of_destination(_row(alert)).get(_SECRET)

    def remove(self, alert: str) -> None:
        self._vault.remove_of_destination(_row(alert))


def _row(alert: str) -> str:
    """Where it stands among the secrets of destinations, of which none has such a name."""
    return f"alert/{alert}"
