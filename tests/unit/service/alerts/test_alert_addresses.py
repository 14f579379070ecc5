"""Addresses of alerts: of listed services only, and nothing in them that reads or attaches."""

from __future__ import annotations

import pytest

from chimpline.errors import UserError
from chimpline.redact import redact
from chimpline.service.alerts.addresses import SCHEMES, SERVICES, check, service_of

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
DISCORD = "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("mailtos://me:pass@smtp.example.com?from=me@example.com&to=you@example.com", "E-mail"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", "Slack"),
        (SLACK, "Slack"),
        (DISCORD, "Discord"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "Telegram"),
        ("jsons://user:word@hooks.example.com/path?+X-Token=abc&method=PUT", "Webhook (JSON)"),
        ("workflows://prod.example.com:443/643e69f83c8944/eyJ0eXAiOiJKV1QiLC", "Microsoft Teams"),
        ("pagerduty://integrationkey@apikey?severity=critical", "PagerDuty"),
    ],
)
def test_an_address_of_a_listed_service_is_taken(address: str, service: str) -> None:
    assert address == check(f" {address}\n")
    assert service == service_of(address)
    assert address not in redact(f"it goes to {address}")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "file:///etc/passwd",
        "https://example.com/",
        "syslog://",
        "dbus://",
        "exec://rm",
        "windows://",
        "apprise://host/token",
        "mqtt://host/topic",
        "slack://",
        "jsons://host/\npath",
        "jsons://host/" + "x" * 3000,
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(UserError) as refused:
        check(address)
    assert "alert-address-not-understood" == refused.value.kind


@pytest.mark.parametrize(
    "address",
    [
        "workflows://prod.example.com:443/643e69f83c8944/eyJ0eXAi?template=/etc/passwd",
        f"{SLACK}?template=/etc/passwd",
        "mailtos://me:pass@smtp.example.com?pgp=yes&pgppub=/etc/passwd",
        "ntfys://topic?attach=file:///etc/passwd",
        "jsons://host/?redirect=yes",
        "jsons://host/?verify=no",
        "jsons://host/?:message=",
        "jsons://host/?rto=100000",
        f"{DISCORD}?avatar_url=http://10.0.0.1/",
    ],
)
def test_what_an_address_may_not_say_is_refused_by_its_name(address: str) -> None:
    with pytest.raises(UserError) as refused:
        check(address)
    assert "alert-address-parameter" == refused.value.kind
    assert "passwd" not in str(refused.value.problem)


def test_no_scheme_is_of_two_services() -> None:
    assert len(SCHEMES) == len(set(SCHEMES))
    assert all(service.example for service in SERVICES)
