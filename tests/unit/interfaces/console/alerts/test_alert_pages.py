"""Alerts in the console, and what Overview says needs somebody."""

from __future__ import annotations

import datetime as dt

import pytest

from chimpline.interfaces.console.api.alerts import alerts_of
from chimpline.model import RunState
from chimpline.service.alerts.addresses import AddressBook
from chimpline.service.connection.statuses import ConnectionState, OnDemand, Statuses
from chimpline.service.connection.vault import Vault
from chimpline.service.people.people import Role
from tests.desks import Console

ADDRESS = "json://me:hush-hush@hooks.example.com/hook"


def add(console: Console, name: str = "team", address: str = ADDRESS) -> int:
    fields = {"name": name, "address": address, "on": ["failure", "late"], "pipelines": ["daily"]}
    return console.admin.form("/settings/alerts", **fields).status_code


def test_an_alert_is_made_shown_changed_and_removed(console: Console) -> None:
    assert "There is no alert yet" in console.admin.get("/settings/alerts").text
    assert 'name="address"' in console.admin.get("/settings/alerts/-/new").text
    assert 303 == add(console)
    text = console.says()
    assert '[alerts.team]\non = ["failure", "late"]\npipelines = ["daily"]\n' in text
    assert "# every night" in text
    page = console.admin.get("/settings/alerts?done=saved&name=team").text
    assert "The alert team is saved." in page
    assert "Webhook (JSON)" in page
    changed = console.admin.form("/settings/alerts/team", on=["recovery"])
    assert "/settings/alerts?done=saved&name=team" == changed.headers["location"]
    assert '[alerts.team]\non = ["recovery"]\n' in console.says()
    assert 'value="recovery" checked' in console.admin.get("/settings/alerts/team").text
    assert 303 == console.admin.form("/settings/alerts/team/remove").status_code
    assert "alerts" not in console.says()
    assert 404 == console.admin.get("/settings/alerts/team").status_code


def test_an_address_is_never_shown_again(console: Console) -> None:
    add(console)
    refused = console.admin.form("/settings/alerts/team", on=[], address=ADDRESS)
    assert 422 == refused.status_code
    pages = [
        refused.text,
        *(console.admin.get(f"/settings/alerts{tail}").text for tail in ("", "/team")),
    ]
    assert [] == [page for page in pages if "hush-hush" in page or "hooks.example.com" in page]
    desk = console.desk
    book = AddressBook(Vault(desk.database(), desk.environ, desk.state.path))
    assert book.get("team") == ADDRESS


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"name": "x", "address": "file:///etc/passwd", "on": ["late"]}, 422, "This is no address"),
        ({"name": "../x", "address": ADDRESS, "on": ["late"]}, 422, "cannot be the name of an"),
        ({"name": "x", "address": ADDRESS}, 422, "nothing was chosen"),
        ({"name": "x", "on": ["late"]}, 422, "has no address"),
        ({"name": "team", "address": ADDRESS, "on": ["late"]}, 409, "There is an alert team"),
    ],
)
def test_what_no_alert_can_be_is_told_beside_the_form(
    console: Console, fields: dict[str, object], status: int, says: str
) -> None:
    add(console)
    answer = console.admin.form("/settings/alerts", **fields)
    assert status == answer.status_code
    assert says in answer.text
    assert "/etc/passwd" not in answer.text


def test_a_test_says_that_it_was_not_sent_and_what_to_do(console: Console, nowhere: str) -> None:
    add(console, address=f"json://{nowhere}/hook")
    answer = console.admin.form("/settings/alerts/team/test")
    assert 502 == answer.status_code
    assert "The test of team was not sent." in answer.text


def test_what_was_not_sent_is_shown(console: Console, nowhere: str) -> None:
    add(console, address=f"json://{nowhere}/hook")
    console.ran(RunState.FAILED, exit=1, finished_at=console.now - dt.timedelta(minutes=1))
    telling = alerts_of(console.app.state.room)
    telling.look()
    telling.deliver()
    page = console.admin.get("/settings/alerts").text
    assert "tried 1 time, again in 1 minute" in page
    assert "The service could not be reached" in page


def test_a_message_without_an_address_waits_for_it(console: Console, nowhere: str) -> None:
    add(console)
    desk = console.desk
    AddressBook(Vault(desk.database(), desk.environ, desk.state.path)).remove("team")
    console.ran(RunState.FAILED, finished_at=console.now - dt.timedelta(minutes=1))
    telling = alerts_of(console.app.state.room)
    telling.look()
    telling.deliver()
    page = console.admin.get("/settings/alerts").text
    assert "waits for the address of the alert" in page
    assert '<a href="/settings/alerts/team">Enter the address</a>' in page
    assert "tried 1 time" not in page
    assert [] == telling.memory.due()
    console.admin.form("/settings/alerts/team", on=["failure"], address=f"json://{nowhere}/hook")
    assert 1 == len(telling.memory.due())


def test_a_viewer_sees_no_alerts_and_changes_none(console: Console) -> None:
    viewer = console.person("vera", Role.VIEWER)
    for address in ("/settings/alerts", "/settings/alerts/-/new", "/settings/alerts/team"):
        assert 403 == viewer.get(address).status_code
    for address in ("", "/team", "/team/test", "/team/remove"):
        assert 403 == viewer.form(f"/settings/alerts{address}").status_code
    assert "alerts" not in console.says()


def test_a_form_of_another_page_changes_nothing(console: Console) -> None:
    assert 403 == console.admin.form("/settings/alerts", csrf="x", name="team").status_code


def test_overview_says_who_has_to_sign_in_again_with_the_button(console: Console) -> None:
    statuses = Statuses(OnDemand(console.desk.state.path), console.desk.clock)
    statuses.set("main", ConnectionState.NEEDS_REAUTHENTICATION)
    page = console.admin.get("/").text
    assert "Connection main needs re-authentication" in page
    assert 'href="/connections/main/sign-in"' in page


def test_overview_shows_freshness_against_its_target(console: Console) -> None:
    console.ran(RunState.SUCCEEDED)
    page = console.admin.get("/overview/now").text
    assert "target: 6 hours" in page
    assert "Needs you" not in page
    console.now += dt.timedelta(hours=7)
    page = console.admin.get("/overview/now").text
    assert '<span class="state late">late</span>' in page
    assert "The data of daily is older than its target." in page
    assert 2 == page.count('action="/pipelines/daily/run"')


def test_a_viewer_is_led_to_a_late_pipeline(console: Console) -> None:
    viewer = console.person("vera", Role.VIEWER)
    console.ran(RunState.UNPROVEN)
    console.now += dt.timedelta(hours=7)
    page = viewer.get("/").text
    assert "could not prove" in page
    assert 'href="/runs/r1"' in page
    assert "/pipelines/daily/run" not in page
    assert 'class="button" href="/pipelines/daily"' in page


def test_overview_says_that_the_settings_are_wrong(console: Console) -> None:
    assert 200 == console.admin.get("/").status_code
    console.path.write_text("[pipelines.daily]\nfresh_within = 6\n", "utf-8")
    page = console.admin.get("/").text
    assert 'href="/settings"' in page
    assert "fresh_within" in page
