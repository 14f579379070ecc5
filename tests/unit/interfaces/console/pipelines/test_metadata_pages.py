"""The metadata pages: what a form writes into chimpline.toml, and looking at the account."""

from __future__ import annotations

import html as html_
import re
import threading
import tomllib
from typing import Any

import pytest

from chimpline.errors import SettingsError
from chimpline.service.editing.looking import Looks
from chimpline.service.editing.tables import catalog_tables
from chimpline.service.people.people import Role
from chimpline.service.people.tokens import Scope
from tests.desks import Console

PAGE = "/connections/main/metadata"
MEMBERS = f"{PAGE}/list_members"


def chosen(console: Console) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(console.says()).get("metadata", {}).get("main", {})
    return found


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the page's form, as it is."""
    main = page[page.index("<main") :]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main)
    found: dict[str, Any] = {name: html_.unescape(value) for name, value in hidden}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', main):
        picked = re.search(r'value="([^"]*)" selected', options) or re.search(
            r'value="([^"]*)"', options
        )
        assert picked is not None
        found[name] = picked[1]
    for name, value in re.findall(r'<input id="\w+" name="(\w+)" value="([^"]*)"', main):
        found[name] = html_.unescape(value)
    ticked = re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', main)
    for name, value in ticked:
        found.setdefault(name, []).append(value)
    return found


def test_tables_are_chosen_and_comments_stay(console: Console) -> None:
    fields = fields_of(console.admin.get(PAGE).text)
    assert "campaigns" in fields["tables"]
    fields["tables"].remove("campaigns")
    answer = console.admin.form(PAGE, **fields)
    assert 303 == answer.status_code
    assert {"campaigns": {"selected": False}} == chosen(console)
    assert "# the only one" in console.says()
    before = console.says()
    fields = fields_of(console.admin.get(PAGE).text)
    assert "campaigns" not in fields["tables"]
    assert 303 == console.admin.form(PAGE, **fields).status_code
    assert before == console.says()
    fields["tables"].append("campaigns")
    assert 303 == console.admin.form(PAGE, **fields).status_code
    assert {} == chosen(console)


def test_a_column_is_shown_with_what_it_means(console: Console) -> None:
    """In English, whatever the language of the page."""
    page = console.admin.get(MEMBERS).text
    assert '<p class="soft" lang="en">The audience (lists.id)</p>' in page


@pytest.mark.parametrize(
    ("language", "reason", "daily"),
    [
        ("en", "It takes one request for each member, and again", "1 day"),
        ("ko", "구성원마다 요청이 한 번 필요하고", "1일"),
    ],
)
def test_why_a_table_is_not_copied_and_how_often_one_is_read_is_said_in_the_readers_language(
    console: Console, language: str, reason: str, daily: str
) -> None:
    def shown(page: str) -> str:
        return console.admin.get(page, headers={"Accept-Language": language}).text

    assert reason in shown(PAGE)
    assert f"<td>{daily}</td>" in shown(PAGE)
    assert reason in shown(f"{PAGE}/list_member_notes")
    assert f"{daily}." in shown(f"{PAGE}/campaign_folders")


def test_tables_stand_in_their_groups_between_two_ways_on(console: Console) -> None:
    way_on, *groups, end = re.split(r"<details class=\"group\">|</form>\n<p", _main(console))
    assert 'href="/pipelines/daily"' in way_on
    assert 'href="/pipelines/daily"' in end
    named = [re.findall(r'name="tables" value="(\w+)"', group) for group in groups]
    assert list(catalog_tables()) == [name for group in named for name in group]
    titles = [re.sub(r"<[^>]+>", "", group.split("</summary>")[0]).strip() for group in groups]
    assert ["Account 5 of 5 copied", "Audiences 17 of 22 copied"] == titles[:2]
    assert ["account", "lists"] == [named[0][0], named[1][0]]


def _main(console: Console) -> str:
    page = console.admin.get(PAGE).text
    return page[page.index("<main") :]


def test_columns_are_left_out_dropped_and_hashed(console: Console) -> None:
    fields = fields_of(console.admin.get(MEMBERS).text)
    fields |= {
        "of:ip_signup": "left-out",
        "of:full_name": "dropped",
        "of:email_address": "hashed",
        "further": "contact_id",
        "every": "6 hours",
        "history": "versions",
    }
    answer = console.admin.form(MEMBERS, **fields)
    assert 303 == answer.status_code, answer.text
    assert {
        "list_members": {
            "exclude": ["ip_signup"],
            "drop": ["full_name"],
            "hash": ["email_address"],
            "key": ["list_id", "id", "contact_id"],
            "every": "6 hours",
            "history": "versions",
        }
    } == chosen(console)
    before = console.says()
    page = console.admin.get(MEMBERS).text
    assert "hashed, since another table" in page  # its id, which is made of the address
    assert 303 == console.admin.form(MEMBERS, **fields_of(page)).status_code
    assert before == console.says()
    other = console.admin.get(f"{PAGE}/unsubscribes").text
    assert "hashed, since another table" in other


def test_only_some_columns_are_copied(console: Console) -> None:
    fields = fields_of(console.admin.get(MEMBERS).text)
    columns = [name for name in fields if name.startswith("of:")]
    fields |= dict.fromkeys(columns, "left-out") | {"of:language": "copied", "listed": "yes"}
    assert 303 == console.admin.form(MEMBERS, **fields).status_code
    assert {"list_members": {"columns": ["language"]}} == chosen(console)
    before = console.says()
    fields = fields_of(console.admin.get(MEMBERS).text)
    assert 303 == console.admin.form(MEMBERS, **fields).status_code
    assert before == console.says()


def test_no_column_but_the_needed_ones_is_not_all_columns(console: Console) -> None:
    fields = fields_of(console.admin.get(MEMBERS).text)
    columns = [name for name in fields if name.startswith("of:")]
    fields |= dict.fromkeys(columns, "left-out") | {"listed": "yes"}
    assert 303 == console.admin.form(MEMBERS, **fields).status_code
    assert {"list_members": {"columns": []}} == chosen(console)
    before = console.says()
    page = console.admin.get(MEMBERS).text
    assert 303 == console.admin.form(MEMBERS, **fields_of(page)).status_code
    assert before == console.says()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("every", "often"),
        ("further", "no_such"),
        ("of:last_changed", "dropped"),
        ("history", "daily"),
    ],
)
def test_what_cannot_be_chosen_is_told_and_not_written(
    console: Console, field: str, value: str
) -> None:
    before = console.says()
    fields = fields_of(console.admin.get(MEMBERS).text) | {field: value}
    answer = console.admin.form(MEMBERS, **fields)
    assert (422, before) == (answer.status_code, console.says())
    assert 'role="alert"' in answer.text


def test_a_table_that_a_pipeline_asks_for_stays(console: Console) -> None:
    text = console.says().replace("[pipelines.daily]", '[pipelines.daily]\ntables = ["lists"]')
    console.path.write_text(text, "utf-8")
    fields = fields_of(console.admin.get(PAGE).text)
    fields["tables"].remove("lists")
    answer = console.admin.form(PAGE, **fields)
    assert (422, text) == (answer.status_code, console.says())
    assert "lists is asked for" in answer.text


def test_the_past_of_a_table_is_offered_as_it_can_be_kept(console: Console) -> None:
    offered = {
        table: re.findall(
            '<option value="(versions|daily)"', console.admin.get(f"{PAGE}/{table}").text
        )
        for table in ("list_members", "reports", "reports_email_activity")
    }
    both = ["versions", "daily"]
    assert {"list_members": both[:1], "reports": both, "reports_email_activity": []} == offered


def test_two_editors_of_one_table_see_the_difference(console: Console) -> None:
    fields = fields_of(console.admin.get(MEMBERS).text)
    assert 303 == console.admin.form(MEMBERS, **fields | {"every": "1 day"}).status_code
    late = console.admin.form(MEMBERS, **fields | {"every": "2 days"})
    assert 412 == late.status_code
    row = re.search(r'<th scope="row">every</th>(.*?)</tr>', late.text)
    assert row is not None
    assert ["", "not set", "1 day", "2 days"] == re.sub(r"<(?!td)[^>]*>", "", row[1]).split("<td>")
    assert {"list_members": {"every": "1 day"}} == chosen(console)
    assert 303 == console.admin.form(MEMBERS, **fields_of(late.text)).status_code
    assert {"list_members": {"every": "2 days"}} == chosen(console)


def found(name: str = "Shop", tag: str = "PHONE") -> dict[str, Any]:
    """A discovery, as the process that makes it tells it."""
    return {
        "account": "<b>Acme</b>",
        "taken_at": "2026-11-27T11:00:00+00:00",
        "tables": [
            {
                "name": "list_members",
                "columns": {"email_address": "text"},
                "primary_key": ["list_id", "id"],
                "method": "Incremental (CDC)",
                "replication_key": "last_changed",
                "parent": "lists",
                "refused": None,
                "unknown": [],
                "samples": {"email_address": "a***@e***.com"},
                "rows": 12345,
                "requests": 13,
            }
        ],
        "audiences": [
            {
                "id": "a1",
                "name": name,
                "merge_fields": {"1": [tag, "text", "<i>Phone</i>"]},
                "interests": {"i1": ["Colours", "Red"]},
            }
        ],
        "requests": 99,
        "minutes": 1.5,
    }


def test_the_account_is_looked_at_and_the_difference_is_shown(console: Console) -> None:
    answers = [found(), found(tag="MOBILE"), found(tag="MOBILE")]
    looks = Looks(console.desk, lambda *_: answers.pop(0))
    console.app.state.looks = looks

    def look() -> str:
        thread = looks.begin("main")
        assert thread is not None
        thread.join()
        return console.admin.get(PAGE).text

    assert "has not looked at this account yet" in console.admin.get(PAGE).text
    first = look()
    assert "Nothing changed at Mailchimp" not in first  # there was nothing to compare with
    assert '<a href="/pipelines/daily">daily</a>' in first.partition("These pipelines copy")[2]
    assert "12345" in first.replace(",", "")
    assert "&lt;b&gt;Acme&lt;/b&gt;" in first
    table = console.admin.get(MEMBERS).text
    assert "a***@e***.com" in table
    assert 'name="of:merge_fields.PHONE"' in table
    assert "&lt;i&gt;Phone&lt;/i&gt;" in table
    assert "has the tag MOBILE now" in look()
    assert "PHONE" in console.admin.get(MEMBERS).text
    assert 303 == console.admin.form(f"{PAGE}/-/accept").status_code
    assert "MOBILE" in console.admin.get(MEMBERS).text
    assert "Nothing changed at Mailchimp" in look()


def test_a_program_looks_and_accepts(console: Console) -> None:
    answers = [found(), found(tag="MOBILE")]
    threads: list[threading.Thread | None] = []

    class Waited(Looks):
        def begin(self, name: str) -> threading.Thread | None:
            threads.append(thread := super().begin(name))
            return thread

    console.app.state.looks = Waited(console.desk, lambda *_: answers.pop(0))
    program, address = console.nobody(), "/api/v1/connections/main/look"
    program.headers.update(console.token(Scope.ADMIN))
    nothing: dict[str, Any] = {
        "state": "none",
        "began_at": None,
        "first": False,
        "changes": [],
        "problem": "",
    }
    assert nothing == program.get(address).json()
    for _ in range(2):
        assert 202 == program.post(address).status_code
        thread = threads.pop()
        assert thread is not None
        thread.join()
    told = program.get(address).json()
    assert ("ended", False, ["changed"]) == (
        told["state"],
        told["first"],
        [one["kind"] for one in told["changes"]],
    )
    assert "has the tag MOBILE now" in told["changes"][0]["what"]
    assert 204 == program.post(f"{address}/accept").status_code
    assert nothing == program.get(address).json()
    assert 404 == program.get("/api/v1/connections/none/look").status_code
    assert 404 == program.post("/api/v1/connections/none/look").status_code
    assert 404 == program.post("/api/v1/connections/none/look/accept").status_code


def test_a_look_that_fails_says_why_and_keeps_what_was_found(console: Console) -> None:
    def refused(*_: Any) -> dict[str, Any]:
        raise SettingsError("pipeline-no-table")

    console.app.state.looks = looks = Looks(console.desk, refused)
    thread = looks.begin("main")
    assert thread is not None
    thread.join()
    assert 'role="alert"' in console.admin.get(PAGE).text
    reads = console.token(Scope.READ)
    told = console.nobody().get("/api/v1/connections/main/look", headers=reads).json()
    assert "failed" == told["state"]
    assert told["problem"]


def test_without_a_key_the_process_of_its_own_says_so(console: Console) -> None:
    console.app.state.looks = looks = Looks(console.desk)
    thread = looks.begin("main")
    assert thread is not None
    assert "is looking at the account" in console.admin.get(PAGE).text
    assert "HX-Refresh" not in console.admin.get(f"{PAGE}/now").headers
    thread.join()
    assert "true" == console.admin.get(f"{PAGE}/now").headers["HX-Refresh"]
    assert "No API key is given for connection main" in console.admin.get(PAGE).text


def test_viewers_see_and_change_nothing(console: Console) -> None:
    viewer = console.person("vera", Role.VIEWER)
    assert 200 == viewer.get(PAGE).status_code
    page = viewer.get(MEMBERS).text
    assert "<select name" not in page
    for address in (PAGE, MEMBERS, f"{PAGE}/-/look", f"{PAGE}/-/accept"):
        assert 403 == viewer.form(address).status_code


def test_what_there_is_not(console: Console) -> None:
    for address in ("/connections/none/metadata", f"{PAGE}/no_such", f"{PAGE}/%3Cb%3E"):
        assert 404 == console.admin.get(address).status_code
