"""Alerts over the API: what the console can do, and never an address."""

from __future__ import annotations

from typing import Any

import pytest

from chimpline.service.people.tokens import Scope
from tests.desks import Console

ADDRESS = "json://me:hush-hush@hooks.example.com/hook"
PLACE = "/api/v1/alerts"


def ask(
    console: Console, method: str, tail: str = "", json: Any = None, scope: Scope = Scope.ADMIN
) -> tuple[int, Any]:
    answer = console.nobody().request(method, PLACE + tail, json=json, headers=console.token(scope))
    assert "hush-hush" not in answer.text
    return answer.status_code, answer.json() if answer.content else None


def test_an_alert_is_defined_listed_tested_and_deleted(console: Console, nowhere: str) -> None:
    wanted = {"on": ["failure"], "pipelines": ["daily"]}
    shown = {"name": "team", **wanted, "service": "Webhook (JSON)"}
    assert (200, shown) == ask(
        console, "PUT", "/team", {**wanted, "address": f"json://me:hush-hush@{nowhere}/"}
    )
    assert (200, {"alerts": [shown], "messages": []}) == ask(console, "GET")
    assert (200, {"sent": False, "status": None}) == ask(console, "POST", "/team/test")
    everything = {**shown, "on": ["late"], "pipelines": None}
    assert (200, everything) == ask(console, "PUT", "/team", {"on": ["late"]})
    assert (204, None) == ask(console, "DELETE", "/team")
    assert 404 == ask(console, "DELETE", "/team")[0]
    assert 404 == ask(console, "POST", "/team/test")[0]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("team", {"on": []}),
        ("team", {"on": ["nothing"], "address": ADDRESS}),
        ("team", {"address": "file:///etc/passwd"}),
        ("team", {"address": f"{ADDRESS}?rto=9"}),
        ("team", {}),
        ("te am", {"address": ADDRESS}),
        ("team", {"address": ADDRESS, "url": ADDRESS}),
    ],
)
def test_what_no_alert_can_be_is_refused(
    console: Console, name: str, settings: dict[str, Any]
) -> None:
    status, said = ask(console, "PUT", f"/{name}", settings)
    assert (422, 422) == (status, said["status"])
    assert "alerts" not in console.says()


@pytest.mark.parametrize("scope", [Scope.READ, Scope.OPERATE, Scope.DATA])
def test_only_who_may_define_has_to_do_with_alerts(console: Console, scope: Scope) -> None:
    for method, tail in (("GET", ""), ("PUT", "/x"), ("DELETE", "/x"), ("POST", "/x/test")):
        json = {"address": ADDRESS} if method == "PUT" else None
        assert 403 == ask(console, method, tail, json, scope)[0]


def test_while_the_settings_file_is_wrong_nothing_is_changed(console: Console) -> None:
    given = {"address": ADDRESS}
    assert 200 == ask(console, "PUT", "/team", given)[0]
    wrong = console.says() + "\n[pipelines.daily2]\nno_such_setting = 1\n"
    console.path.write_text(wrong, "utf-8")
    assert 422 == ask(console, "PUT", "/other", given)[0]
    assert 422 == ask(console, "DELETE", "/team")[0]
    assert wrong == console.says()
    assert ["team"] == [one["name"] for one in ask(console, "GET")[1]["alerts"]]


def test_an_alert_is_not_changed_where_the_file_is_another_one(console: Console) -> None:
    program = console.nobody()
    program.headers.update(console.token(Scope.ADMIN))
    read = program.get(PLACE).headers["ETag"]
    wanted = {"address": ADDRESS}
    made = program.put(f"{PLACE}/team", json=wanted, headers={"If-Match": read})
    assert 200 == made.status_code
    assert made.headers["ETag"] == program.get(PLACE).headers["ETag"] != read
    before = console.says()
    late = {"If-Match": read}
    for answer in (
        program.put(f"{PLACE}/team", json={"on": ["late"]}, headers=late),
        program.put(f"{PLACE}/more", json=wanted, headers=late),
        program.delete(f"{PLACE}/team", headers=late),
    ):
        assert (412, "settings-changed") == (answer.status_code, answer.json()["kind"])
    assert before == console.says()
    assert ["Webhook (JSON)"] == [one["service"] for one in program.get(PLACE).json()["alerts"]]
    now = {"If-Match": made.headers["ETag"]}
    assert 204 == program.delete(f"{PLACE}/team", headers=now).status_code
