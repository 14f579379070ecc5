"""The pages of pipelines: what a form writes, what it shows, and who may send it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from chimpline.model import RunState
from chimpline.service.people.people import Role
from tests.desks import Console


def form_of(html: str) -> dict[str, Any]:
    """The hidden fields of the form that defines something."""
    form = html[html.index('class="define"') :]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: value.replace("&#34;", '"') for name, value in found}


def section(console: Console, name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(console.says())["pipelines"][name]
    return found


def test_a_pipeline_is_made_in_the_browser(console: Console) -> None:
    html = console.admin.get("/pipelines/-/new").text
    typed = form_of(html) | {
        "name": "hourly",
        "connection": "main",
        "destination": "duckdb:///other.duckdb",
        "dataset": "shop",
        "which": "some",
        "tables": ["lists", "campaigns"],
        "deletes": "remove",
        "schedule": "every 1 hour",
        "fresh_within": "6 hours",
        "lookback_minutes": "20",
    }
    answer = console.admin.form("/pipelines/-/new", **typed)
    assert (303, "/pipelines/hourly") == (answer.status_code, answer.headers["Location"])
    assert {
        "connection": "main",
        "destination": "duckdb:///other.duckdb",
        "dataset": "shop",
        "tables": ["lists", "campaigns"],
        "deletes": "remove",
        "schedule": "every 1 hour",
        "fresh_within": "6 hours",
        "lookback_minutes": 20,
    } == section(console, "hourly")
    assert "every 1 hour" in console.admin.get("/pipelines/hourly").text


@pytest.mark.parametrize("which", ["all", "default"])
def test_a_pipeline_copies_a_set_of_tables(console: Console, which: str) -> None:
    html = console.admin.get("/pipelines/daily/edit").text
    assert 'value="kept" checked' in html
    typed = form_of(html) | {"which": which}
    assert 303 == console.admin.form("/pipelines/daily/edit", **typed).status_code
    assert which == section(console, "daily")["tables"]
    assert f'value="{which}" checked' in console.admin.get("/pipelines/daily/edit").text


def test_what_a_newer_version_offers_is_taken_by_a_click(console: Console) -> None:
    console.ran(RunState.SUCCEEDED, offered=("list_tags", "files"))
    shown = console.admin.get("/").text
    assert "list_tags, files" in shown
    assert 'action="/pipelines/daily/take"' in shown
    assert 'action="/pipelines/daily/take"' not in console.person("vera", Role.VIEWER).get("/").text
    assert 303 == console.admin.form("/pipelines/daily/take").status_code
    (order,) = console.orders.submitted
    assert ("daily", ("default",)) == (order.pipeline, order.tables)


@pytest.mark.parametrize(
    ("language", "schedule", "words"),
    [
        ("en", "every 15 minutes", "every 15 minutes"),
        ("en", "every hour", "every 1 hour"),
        ("ko", "every 15 minutes", "15분마다"),
        ("ko", "Every day", "1일마다"),
        ("ko", "0 6 * * *", "0 6 * * *"),
    ],
)
def test_a_schedule_is_told_in_the_readers_language(
    console: Console, language: str, schedule: str, words: str
) -> None:
    settings = console.says().replace("# deletes", f'schedule = "{schedule}"\n# deletes')
    console.path.write_text(settings, "utf-8")
    for page in ("/pipelines", "/pipelines/daily"):
        shown = console.admin.get(page, headers={"Accept-Language": language}).text
        assert re.search(rf">{re.escape(words)}(<| \()", shown), page


def test_a_pipeline_that_never_ran_leads_to_its_schedule(console: Console) -> None:
    leads, refresh = 'href="/pipelines/daily/edit#schedule"', 'action="/pipelines/daily/refresh"'
    new = console.admin.get("/pipelines/daily").text
    assert (True, False) == (leads in new, refresh in new)
    assert leads not in console.person("vera", Role.VIEWER).get("/pipelines/daily").text
    console.ran(RunState.SUCCEEDED)
    assert refresh in console.admin.get("/pipelines/daily").text


def test_an_edit_keeps_what_was_not_touched(console: Console) -> None:
    before = console.says()
    typed = form_of(console.admin.get("/pipelines/daily/edit").text)
    typed |= {"connection": "main", "destination": "duckdb:///copy.duckdb"}
    assert 303 == console.admin.form("/pipelines/daily/edit", **typed).status_code
    assert before == console.says()


def test_what_is_wrong_is_told_and_what_was_typed_is_kept(console: Console) -> None:
    before = console.says()
    typed = form_of(console.admin.get("/pipelines/daily/edit").text)
    answer = console.admin.form("/pipelines/daily/edit", **typed | {"schedule": "now & then"})
    assert (422, before) == (answer.status_code, console.says())
    assert 'value="now &amp; then"' in answer.text
    assert 'role="alert"' in answer.text
    answer = console.admin.form("/pipelines/daily/edit", **typed | {"which": "some"})
    assert "No table is chosen." in answer.text


@pytest.mark.parametrize(
    "page", ["/pipelines/daily/edit", "/connections/main/metadata/lists", "/pipelines/-/new"]
)
def test_settings_that_were_broken_meanwhile_are_told_and_kept(console: Console, page: str) -> None:
    typed = form_of(console.admin.get("/pipelines/daily/edit").text)
    console.admin.get(page)
    broken = console.says() + "\nschedule = every 15 minutes\n"
    console.path.write_text(broken, "utf-8")
    seen = console.admin.get(page)
    saved = console.admin.form(page, **{**typed, "name": "new", "version": ""})
    for answer in (seen, saved):
        assert 500 != answer.status_code
    assert "is not valid TOML" in saved.text
    assert broken == console.says()


def test_two_editors_see_the_difference(console: Console) -> None:
    typed = form_of(console.admin.get("/pipelines/daily/edit").text)
    typed |= {"connection": "main", "destination": "duckdb:///copy.duckdb"}
    first = console.admin.form("/pipelines/daily/edit", **typed | {"dataset": "first"})
    second = console.admin.form("/pipelines/daily/edit", **typed | {"dataset": "<second>"})
    assert (303, 412) == (first.status_code, second.status_code)
    row = re.search(r'<th scope="row">dataset</th>(.*?)</tr>', second.text)
    assert row is not None
    cells = re.sub(r"<(?!td)[^>]*>", "", row[1]).split("<td>")
    assert ["", "not set", "first", "&lt;second&gt;"] == cells
    assert "first" == section(console, "daily")["dataset"]
    again = form_of(second.text) | typed_only(typed) | {"dataset": "second"}
    assert 303 == console.admin.form("/pipelines/daily/edit", **again).status_code
    assert "second" == section(console, "daily")["dataset"]


def typed_only(typed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in typed.items() if name not in {"version", "was"}}


def test_the_next_runs_are_shown_while_one_types(console: Console) -> None:
    def shown(**typed: str) -> str:
        return console.admin.get("/pipelines/-/preview", params=typed).text

    seoul = shown(schedule="0 6 * * *", time_zone="Asia/Seoul")
    assert 5 == seoul.count("<time ")
    assert "2026-11-27 21:00 UTC" in seoul
    later = shown(schedule="every 1 hour", schedule_start="2027-01-01 00:30")
    assert "2027-01-01 00:30 UTC" in later
    assert "neither" in shown(schedule="every now")
    assert "no time zone" in shown(schedule="0 6 * * *", time_zone="<b>")
    assert "not a date" in shown(schedule="every 1 hour", schedule_start="soon")
    assert "only when asked" in shown()


def test_the_destination_is_tried(console: Console) -> None:
    fields = {"connection": "main", "destination": "duckdb:///copy.duckdb", "name": "daily"}
    answer = console.admin.form("/pipelines/-/test", **fields)
    assert "A run can write here." in answer.text
    assert "holds no copy" in answer.text
    assert not (console.path.parent / "copy.duckdb").exists()
    (console.path.parent / "copy.duckdb").write_text("no database")
    answer = console.admin.form("/pipelines/daily/test")
    assert "A run can write here." not in answer.text
    assert 'role="alert"' in answer.text
    fields["destination"] = "postgresql://user@elsewhere/db"
    assert "does not have yet" in console.admin.form("/pipelines/-/test", **fields).text


def test_a_pipeline_is_deleted_after_a_question(console: Console) -> None:
    asked = console.admin.get("/pipelines/daily/delete").text
    assert "stays in" in asked
    assert 303 == console.admin.form("/pipelines/daily/delete").status_code
    assert "pipelines" not in tomllib.loads(console.says())


def test_one_table_is_read_from_the_start(console: Console) -> None:
    assert 303 == console.admin.form("/pipelines/daily/refresh", table="lists").status_code
    (order,) = console.orders.submitted
    assert (("lists",), True) == (order.tables, order.full_refresh)
    assert 422 == console.admin.form("/pipelines/daily/refresh", table="nonsense").status_code


def test_only_admins_change_and_only_with_the_word_of_the_form(console: Console) -> None:
    fields = {"table": "lists", "name": "x"}
    admin, viewer = console.admin, console.person("vera", Role.VIEWER)
    before = console.says()
    for address in ("-/new", "daily/edit", "-/test", "daily/test", "daily/delete", "daily/refresh"):
        forged = admin.form(f"/pipelines/{address}", **fields | {"csrf": "x"})
        viewed = viewer.form(f"/pipelines/{address}", **fields)
        assert (403, 403, before) == (forged.status_code, viewed.status_code, console.says())


def test_a_viewer_sees_no_form(console: Console) -> None:
    client = console.person("vera", Role.VIEWER)
    for address in ("-/new", "daily/edit", "daily/delete", "-/preview"):
        assert 403 == client.get(f"/pipelines/{address}").status_code
    assert "/edit" not in client.get("/pipelines/daily").text
