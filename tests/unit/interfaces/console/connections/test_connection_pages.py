"""The pages of connections, where nobody asks Mailchimp for anything."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from chimpline.api.sign_in.account import Account
from chimpline.errors import ChimplineError, InvalidCredentials, SettingsError
from chimpline.interfaces.console.pages.connections.explained import (
    EXPLAINED,
    IN_THE_GUIDE,
    explained,
)
from chimpline.interfaces.console.pages.shown import Shown
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.message import Message
from chimpline.service.connection.authentication import LABELS
from chimpline.service.connection.connections import ConnectionState
from chimpline.service.connection.vault import SecretKind
from chimpline.service.guide import guide, steps
from chimpline.service.people.people import Role
from chimpline.service.people.tokens import Scope
from chimpline.service.sign_in.questions import FIRST
from tests.desks import Browser, Console, console_in, text_of

KEY = "0123456789abcdef0123456789abcdef-us6"
HOSTILE = "<img src=x onerror=alert(1)>'\"&"
SETTINGS = """\
# of the shop
[connections.main]
auth = "api_key"  # for now
start_date = "01/31/2020"

[pipelines.daily]
connection = "main"

[connections.other]
auth = "oauth"
client_id = "123456789012"
"""


@pytest.fixture
def chimpline_toml() -> str:
    return SETTINGS


def verified(console: Console, name: str = "main") -> None:
    with console.desk.connections() as ours:
        kind = SecretKind.API_KEY if name == "main" else SecretKind.ACCESS_TOKEN
        ours.keep(name, kind, KEY, ours.get(name).settings)
        account = Account("acc1", HOSTILE, "7", "owner", 10, "UTC", "free")
        ours.statuses.set(name, ConnectionState.VERIFIED, account=account)
        ours.statuses.set_access(
            name,
            {"lists": (True, None), "campaigns": (False, Message.of("in-words", what=HOSTILE))},
        )


def words(kind: str) -> str:
    return catalogue().words(Message(kind))


# -- words -----------------------------------------------------------------------------------------


def test_the_labels_are_those_of_connect() -> None:
    assert dict(FIRST) == {field: words(f"field-{field}") for field in FIRST}
    assert LABELS["client_secret"] == words("field-client_secret")


def test_the_steps_are_those_of_the_guide() -> None:
    # The redirect URI stands behind the fourth; the last is said for whoever is here already.
    ours = [words(f"guide-step-{number}") for number in range(1, 6)]
    theirs = [step.partition(" `")[0] for step in steps()[:5]]
    assert ours == theirs
    assert 6 == len(steps())


def test_each_error_of_the_guide_has_its_reason_and_its_remedy() -> None:
    table = guide().partition("## What each error means\n")[2]
    rows = re.findall(r"^\| (?!error|---)([^|]+) \|", table, re.MULTILINE)
    assert len(rows) == len(IN_THE_GUIDE)
    assert {row.strip("`") for row in rows if row.startswith("`")} == {
        one.__name__ for one in EXPLAINED
    }
    for kind in IN_THE_GUIDE:
        for part in ("", "-reason", "-do"):
            assert f"oauth-{kind}{part}" != words(f"oauth-{kind}{part}")


def test_what_to_do_is_said_for_a_browser() -> None:
    shown = Shown(catalogue(), dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC))
    shared = SettingsError("client-id-in-use", client_id="1", others=["main"], name="second")
    assert "under More settings" in explained(shared, shown, catalogue()).do
    refused = InvalidCredentials("api-key-not-accepted", answer="401")
    assert "Enter a key that is not revoked" in explained(refused, shown, catalogue()).do


# -- pages -----------------------------------------------------------------------------------------


def test_an_empty_directory_begins_with_preparing_for_authentication(tmp_path: Path) -> None:
    with console_in(tmp_path, None) as console:
        admin = console.admin
        assert "There is no connection yet" in text_of(admin.get("/connections"))
        first = text_of(admin.get("/connections/new"))
        assert "Preparing for authentication" in first
        assert "http://127.0.0.1:8719/oauth/callback" in first
        form = admin.get("/connections/-/settings?auth=oauth")
        labels = re.findall(r"<label for=\"\w+\">([^<]*)</label>", form.text)
        assert ["Connection name", *FIRST.values(), LABELS["client_secret"]] == labels[:6]
        assert not console.path.exists()


def test_the_list_says_what_to_do(console: Console, admin: Browser) -> None:
    said = text_of(admin.get("/connections"))
    assert "Nobody has signed in with this connection yet. \N{EN DASH} Sign in" in said
    assert "Sign in" in said
    verified(console)
    said = text_of(admin.get("/connections"))
    assert "verified Mailchimp accepted the secret. 2026-11-27 12:00 UTC Nothing" in said


def test_what_mailchimp_says_is_escaped_and_secrets_are_not_shown(
    console: Console, admin: Browser
) -> None:
    verified(console)
    page = admin.get("/connections/main")
    assert HOSTILE in text_of(page).replace("' ", "'")
    admin.get("/connections")
    admin.get("/connections/main/sign-in")
    admin.get("/connections/main/edit")
    assert "<img src=x" not in admin.seen
    assert KEY[:8] not in admin.seen
    assert "API key: stored, encrypted" in text_of(page)
    assert "1 of 2 tables can be read" in text_of(page)


def test_settings_that_are_wrong_keep_no_other_connection_from_being_shown(
    console: Console,
) -> None:
    admin = console.admin
    console.path.write_text(SETTINGS.replace("01/31/2020", "31/31/2020"), "utf-8")
    said = text_of(admin.get("/connections"))
    assert "Correct its settings" in said
    assert "other" in said
    assert "start_date" in text_of(admin.get("/connections/main"))


def test_an_edit_keeps_comments_and_says_what_is_wrong(console: Console, admin: Browser) -> None:
    wrong = admin.form("/connections/main/edit", start_date="13/13/2020", connections="3")
    assert 422 == wrong.status_code
    assert "no month 13" in text_of(wrong)
    assert 'value="13/13/2020"' in wrong.text
    assert SETTINGS == console.says()
    fields = {"start_date": "", "connections": "3", "email_activity_date_window": "90"}
    answer = admin.form("/connections/main/edit", **fields)
    assert "saved" in text_of(admin.follow(answer))
    said = console.says()
    assert "# of the shop" in said
    assert 'auth = "api_key"  # for now' in said
    assert "start_date" not in said.partition("[pipelines")[0]
    assert "connections = 3" in said
    assert "email_activity_date_window = 90" in said


def test_after_a_change_of_the_address_the_secret_is_asked_for_again(
    console: Console, admin: Browser
) -> None:
    verified(console)
    answer = admin.form("/connections/main/edit", api_root="https://evil.example/3.0")
    said = text_of(admin.follow(answer))
    assert "needs re-authentication" in said
    overview = text_of(admin.get("/"))
    assert "The address of connection main was changed" in overview
    assert "Sign in again" in overview
    assert "was given for another address" in said
    checked = admin.form("/connections/main/check")
    assert 422 == checked.status_code
    assert "It is not sent there." in text_of(checked)
    with console.desk.connections() as ours:
        assert ours.is_named("main", ours.get("main").settings)


def test_the_environments_secret_is_not_sent_to_an_address_of_the_console(tmp_path: Path) -> None:
    with console_in(tmp_path, SETTINGS, {"CHIMPLINE_API_KEY": KEY}) as console:
        admin = console.admin
        assert "environment of chimpline" in text_of(admin.get("/connections/main"))
        admin.form("/connections/main/edit", api_root="https://evil.example/3.0")
        assert "environment of chimpline" not in text_of(admin.get("/connections/main"))
        refused = admin.form("/connections/main/check")
        assert "no API key or access token yet" in text_of(refused)


def test_a_connection_that_is_used_is_not_deleted(console: Console, admin: Browser) -> None:
    assert "cannot be deleted: daily" in text_of(admin.get("/connections/main/delete"))
    assert 409 == admin.form("/connections/main/delete").status_code
    verified(console, "other")
    assert 303 == admin.form("/connections/other/delete").status_code
    assert "other" not in console.says()
    with console.desk.connections() as ours:
        assert ["main"] == ours.names()
        assert [] == ours.secrets.kinds("other")


def test_an_unknown_connection_is_no_page(admin: Browser) -> None:
    for address in ("", "/edit", "/delete", "/sign-in", "/authenticate", "/authenticate/now"):
        assert 404 == admin.get(f"/connections/nobody{address}").status_code
    for address in ("/edit", "/delete", "/check", "/sign-in", "/code", "/give-up"):
        assert 404 == admin.form(f"/connections/nobody{address}").status_code


def test_a_name_that_is_taken_or_cannot_be_is_refused(console: Console, admin: Browser) -> None:
    fields = {"auth": "api_key", "api_key": KEY}
    for name, word in (("main", "is a connection main already"), ("new", "cannot be called new")):
        answer = admin.form("/connections/-/settings", name=name, **fields)
        assert 422 == answer.status_code
        assert word in text_of(answer)
    answer = admin.form("/connections/-/settings", name="two words", **fields)
    assert 422 == answer.status_code
    assert SETTINGS == console.says()
    assert KEY not in admin.seen


def test_without_a_code_nothing_is_tried(admin: Browser) -> None:
    answer = admin.form("/connections/other/code", code="")
    shown = admin.follow(admin.follow(answer))
    assert "No sign-in of connection other waits for a code" in text_of(shown)


@pytest.mark.parametrize("address", ["edit", "delete", "check", "sign-in", "code", "give-up"])
def test_a_viewer_looks_and_changes_nothing(console: Console, address: str) -> None:
    viewer = console.person("vera", Role.VIEWER)
    assert 200 == viewer.get("/connections").status_code
    assert 200 == viewer.get("/connections/main").status_code
    assert 403 == viewer.form(f"/connections/main/{address}").status_code
    assert 403 == viewer.form("/connections/-/settings", name="x").status_code
    assert 403 == viewer.get("/connections/new").status_code
    assert SETTINGS == console.says()


def test_a_form_without_its_word_changes_nothing(console: Console, admin: Browser) -> None:
    assert 403 == admin.form("/connections/other/delete", csrf="guessed").status_code
    assert SETTINGS == console.says()


# -- the API ---------------------------------------------------------------------------------------


def test_programs_see_how_each_stands(console: Console) -> None:
    verified(console)
    answer = console.nobody().get("/api/v1/connections", headers=console.token(Scope.READ))
    assert 200 == answer.status_code
    main, other = answer.json()["connections"]
    assert ("main", "verified", "acc1", HOSTILE, ["api_key"], ["campaigns"], ["daily"]) == (
        main["name"],
        main["state"],
        main["account_id"],
        main["account_name"],
        main["secrets"],
        main["refused"],
        main["pipelines"],
    )
    assert ("other", "new", None, "") == (
        other["name"],
        other["state"],
        other["verified_at"],
        other["problem"],
    )
    assert KEY not in answer.text
    assert 401 == console.nobody().get("/api/v1/connections").status_code
    refused = console.nobody().get("/api/v1/connections", headers=console.token(Scope.DATA))
    assert 403 == refused.status_code


def test_a_connection_is_not_changed_where_the_file_is_another_one(console: Console) -> None:
    verified(console, "other")
    program = console.nobody()
    program.headers.update(console.token(Scope.ADMIN))
    place = "/api/v1/connections/other"
    read = program.get(place).headers["ETag"]
    wanted = {"auth": "oauth", "client_id": "210987654321"}
    changed = program.put(place, json=wanted, headers={"If-Match": read})
    assert 200 == changed.status_code
    assert changed.headers["ETag"] == program.get(place).headers["ETag"] != read
    before = console.says()
    late = {"If-Match": read}
    for answer in (
        program.put(place, json=wanted | {"client_id": "1"}, headers=late),
        program.put(place, json={"api_key": KEY}, headers=late),  # Mailchimp is not asked
        program.delete(place, headers=late),
    ):
        assert (412, "settings-changed") == (answer.status_code, answer.json()["kind"])
    assert before == console.says()
    assert ["access_token"] == program.get(place).json()["secrets"]
    now = {"If-Match": changed.headers["ETag"]}
    assert 204 == program.delete(place, headers=now).status_code
    assert 404 == program.get(place).status_code


def test_every_remedy_is_of_an_error() -> None:
    assert all(issubclass(one, ChimplineError) for one in EXPLAINED)
