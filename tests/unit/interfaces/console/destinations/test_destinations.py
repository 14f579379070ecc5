"""Destinations in the console and over the API: settings in the file, secrets in the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from chimpline.errors import SettingsError
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.load import registry
from chimpline.message import Message
from chimpline.service.editing.destinations import DestinationDefinitions
from chimpline.service.people.people import Role
from chimpline.service.people.tokens import Scope
from tests.desks import Browser, Console, console_in, text_of

PASSWORD = "correct-horse-battery"
SETTINGS = """\
# the shop's copy
[destinations.local]
kind = "duckdb"
file = "copy.duckdb"  # beside this file

[destinations.warehouse]
url = "postgresql://me@db.example/shop"

# every night
[pipelines.daily]
destination = "local"
"""
SHOP = {"kind": "postgresql", "host": "db.example", "port": 5433, "database": "shop"}


@pytest.fixture
def chimpline_toml() -> str:
    return SETTINGS


@pytest.fixture
def api(console: Console) -> Api:
    return Api(console)


class Api:
    def __init__(self, console: Console) -> None:
        self._client = console.nobody()
        self._headers = console.token(Scope.READ, Scope.ADMIN)

    def __call__(self, method: str, name: str = "", body: Any = None, **headers: str) -> Response:
        sent = {**self._headers, **{key.replace("_", "-"): one for key, one in headers.items()}}
        address = f"/api/v1/destinations{'/' + name if name else ''}"
        return self._client.request(method, address, headers=sent, json=body)


def kept(console: Console, name: str) -> dict[str, str]:
    configuration = console.desk.configuration()
    return dict(configuration.destination_secrets(configuration.destination(name)))


# -- the API ---------------------------------------------------------------------------------------


def test_what_the_file_says_of_a_destination(api: Api, console: Console) -> None:
    answer = api("GET", "local")
    assert 200 == answer.status_code
    assert {
        "name": "local",
        "url": f"duckdb:///{console.path.parent}/copy.duckdb",
        "kind": "duckdb",
        "settings": {"kind": "duckdb", "file": "copy.duckdb"},
        "secrets": [],
        "pipelines": ["daily"],
        "problem": "",
    } == answer.json()
    assert answer.headers["etag"] == api("GET", "warehouse").headers["etag"]
    names = [one["name"] for one in api("GET").json()["destinations"]]
    assert ["local", "warehouse"] == names
    assert 404 == api("GET", "nowhere").status_code


def test_a_destination_is_written_and_its_secret_is_not(api: Api, console: Console) -> None:
    answer = api("PUT", "shop", {**SHOP, "secrets": {"password": PASSWORD}})
    assert 200 == answer.status_code
    assert ("postgresql://db.example:5433/shop", ["password"]) == (
        answer.json()["url"],
        answer.json()["secrets"],
    )
    assert PASSWORD not in answer.text + console.says()
    assert {"password": PASSWORD} == kept(console, "shop")
    said = console.says()
    assert said.startswith(SETTINGS)
    assert "port = 5433" in said
    api("PUT", "shop", {**SHOP, "user": "me"})
    assert {"password": PASSWORD} == kept(console, "shop")


def test_a_secret_is_not_sent_to_another_server(api: Api, console: Console) -> None:
    api("PUT", "shop", {**SHOP, "secrets": {"password": PASSWORD}})
    answer = api("PUT", "shop", {**SHOP, "host": "evil.example"})
    assert 200 == answer.status_code
    assert "was given for db.example:5433" in answer.json()["problem"]
    again = {**SHOP, "host": "evil.example", "secrets": {"password": "another-one"}}
    assert "" == api("PUT", "shop", again).json()["problem"]
    assert {"password": "another-one"} == kept(console, "shop")


def test_the_environments_password_is_for_no_server_that_is_named_here(tmp_path: Path) -> None:
    environ = {"CHIMPLINE_DESTINATION_PASSWORD": "of-the-environment"}
    with console_in(tmp_path, SETTINGS, environ) as console:
        api = Api(console)
        assert {"password": "of-the-environment"} == kept(console, "warehouse")
        api("PUT", "warehouse", {"url": "postgresql://me@db.example/shop", "dataset": "mine"})
        assert {"password": "of-the-environment"} == kept(console, "warehouse")
        api("PUT", "warehouse", {"url": "postgresql://me@evil.example/shop"})
        api("PUT", "new", SHOP)
        assert {"password": ""} == kept(console, "warehouse")
        assert {"password": ""} == kept(console, "new")


def test_a_server_that_another_definition_has_is_named_here_all_the_same(tmp_path: Path) -> None:
    environ = {"CHIMPLINE_DESTINATION_PASSWORD": "of-the-environment"}
    evil = {"url": "postgresql://me@evil.example/shop"}
    with console_in(tmp_path, SETTINGS, environ) as console:
        api = Api(console)
        for name in ("first", "warehouse", "second"):
            assert 200 == api("PUT", name, evil).status_code
            assert {"password": ""} == kept(console, name)


def test_a_secret_is_for_the_server_that_it_came_with(console: Console) -> None:
    """Whatever somebody else names before it is kept."""

    class Meanwhile(dict[str, str]):
        def __bool__(self) -> bool:
            if "shop" in console.says():
                other = "postgresql://evil.example/shop"
                console.path.write_text(f'[destinations.shop]\nurl = "{other}"\n', "utf-8")
            return True

    definitions = DestinationDefinitions(console.desk)
    definitions.put("shop", SHOP, Meanwhile(password=PASSWORD))
    assert "evil.example" in console.says()
    with pytest.raises(SettingsError) as refused:
        kept(console, "shop")
    assert "destination-secret-of-another-host" == refused.value.kind


@pytest.mark.parametrize("hidden", ["shop#?host=evil", "shop?application_name=x#&host=evil"])
def test_no_url_hides_another_server(api: Api, console: Console, hidden: str) -> None:
    answer = api("PUT", "warehouse", {"url": f"postgresql://me@db.example/{hidden}"})
    assert 422 == answer.status_code
    assert SETTINGS == console.says()


def test_the_settings_file_that_was_read_is_the_one_that_is_written(
    api: Api, console: Console
) -> None:
    tag = api("GET", "local").headers["etag"]
    console.path.write_text(SETTINGS + "# by somebody else\n", "utf-8")
    changed = {"kind": "duckdb", "file": "other.duckdb"}
    refused = api("PUT", "local", changed, If_Match=tag)
    assert (412, "settings-changed") == (refused.status_code, refused.json()["kind"])
    assert 412 == api("DELETE", "warehouse", If_Match=tag).status_code
    assert console.says().endswith("# by somebody else\n")
    tag = api("GET", "local").headers["etag"]
    assert 200 == api("PUT", "local", changed, If_Match=tag).status_code
    assert 'file = "other.duckdb"  # beside this file' in console.says()


@pytest.mark.parametrize(
    ("name", "body", "word"),
    [
        ("x", {}, "neither a url nor a kind"),
        ("x", {"kind": "postgresql"}, "has no database"),
        ("x", {"kind": "postgresql", "database": "x", "colour": "red"}, "colour"),
        ("x", {"kind": "nosuch", "a": "b"}, "no destination of the kind nosuch"),
        ("x", {"url": "postgresql://me:geheim@db/shop"}, "contains a passwor"),
        ("x", {**SHOP, "password": PASSWORD}, "password"),
        ("x", {"kind": "duckdb", "file": "c.duckdb", "secrets": {"password": "x"}}, "no secret"),
        ("x", {"kind": "duckdb", "file": "/etc/c.duckdb"}, "outside"),
        ("x", {"kind": "duckdb", "file": "../c.duckdb"}, "outside"),
        ("x", {"kind": "duckdb", "file": "a/../../c.duckdb"}, "outside"),
        ("x", {"url": "duckdb:////etc/c.duckdb"}, "outside"),
        ("x", {"url": "duckdb:///%2e%2e/c.duckdb"}, "outside"),
        ("two words", SHOP, "cannot be the name"),
    ],
)
def test_what_is_not_right_is_not_written(
    api: Api, console: Console, name: str, body: dict[str, object], word: str
) -> None:
    answer = api("PUT", name, body)
    assert 422 == answer.status_code
    assert word in f"{answer.json()}"
    assert "geheim" not in answer.text
    assert PASSWORD not in answer.text
    assert SETTINGS == console.says()


def test_a_link_that_leads_elsewhere_is_elsewhere(api: Api, console: Console) -> None:
    (console.path.parent / "out").symlink_to("/etc")
    answer = api("PUT", "x", {"kind": "duckdb", "file": "out/c.duckdb"})
    assert 422 == answer.status_code


def test_a_file_that_was_defined_by_hand_stays_where_it_is(api: Api, console: Console) -> None:
    console.path.write_text(SETTINGS.replace("copy.duckdb", "/srv/copy.duckdb"), "utf-8")
    body = {"kind": "duckdb", "file": "/srv/copy.duckdb", "dataset": "mine"}
    assert 200 == api("PUT", "local", body).status_code


def test_a_destination_goes_with_its_secret_unless_a_pipeline_uses_it(
    api: Api, console: Console
) -> None:
    assert 409 == api("DELETE", "local").status_code
    api("PUT", "shop", {**SHOP, "secrets": {"password": PASSWORD}})
    assert 204 == api("DELETE", "shop").status_code
    assert SETTINGS == console.says()
    api("PUT", "shop", SHOP)
    assert [] == api("GET", "shop").json()["secrets"]
    assert 404 == api("DELETE", "nowhere").status_code


def test_each_operation_needs_its_scope(console: Console) -> None:
    reader = console.token(Scope.READ, Scope.OPERATE, Scope.DATA)
    address = "/api/v1/destinations/local"
    assert 403 == console.nobody().put(address, headers=reader, json=SHOP).status_code
    assert 403 == console.nobody().delete(address, headers=reader).status_code
    assert 401 == console.nobody().get(address).status_code
    assert SETTINGS == console.says()


# -- the pages -------------------------------------------------------------------------------------


def test_each_setting_of_our_own_kinds_has_its_words() -> None:
    for kind in registry.kinds():
        names = [f"dest-{kind.schemes[0]}-{setting.name}" for setting in kind.settings]
        for name in [*names, *(f"dest-secret-{secret.name}" for secret in kind.secrets)]:
            assert name != catalogue().words(Message(name))


def test_a_destination_is_made_and_edited_in_the_browser(console: Console, admin: Browser) -> None:
    assert "Server" in text_of(admin.get("/destinations/-/new?kind=postgresql"))
    fields = {
        "name": "shop",
        "kind": "postgresql",
        "setting-host": "db.example",
        "setting-port": "5433",
        "setting-database": "shop",
        "setting-user": "",
        "secret-password": PASSWORD,
    }
    saved = admin.follow(admin.form("/destinations/-/new", **fields))
    assert "Password: stored, encrypted" in text_of(saved)
    assert {"password": PASSWORD} == kept(console, "shop")
    form = admin.get("/destinations/shop/edit")
    assert 'value="5433"' in form.text
    wrong = admin.form("/destinations/shop/edit", **{**fields, "setting-port": "no number"})
    assert (422, True) == (wrong.status_code, 'value="no number"' in wrong.text)
    moved = admin.form("/destinations/shop/edit", **{**fields, "secret-password": ""})
    admin.follow(moved)
    assert {"password": PASSWORD} == kept(console, "shop")
    admin.follow(admin.form("/destinations/shop/forget"))
    assert {} == {name: one for name, one in kept(console, "shop").items() if one}
    assert PASSWORD not in admin.seen + console.says()


def test_the_second_of_two_editors_sees_what_the_first_one_wrote(
    console: Console, admin: Browser
) -> None:
    form = admin.get("/destinations/local/edit").text
    version = form.partition('name="version" value="')[2].partition('"')[0]
    other = SETTINGS.replace("copy.duckdb", "first.duckdb")
    console.path.write_text(other, "utf-8")
    fields = {"kind": "duckdb", "setting-file": "second.duckdb", "version": version}
    refused = admin.form("/destinations/local/edit", **fields)
    assert 412 == refused.status_code
    assert "File first.duckdb second.duckdb" in text_of(refused)
    assert other == console.says()
    version = refused.text.partition('name="version" value="')[2].partition('"')[0]
    admin.follow(admin.form("/destinations/local/edit", **{**fields, "version": version}))
    assert "second.duckdb" in console.says()


def test_a_destination_that_cannot_be_used_says_why(console: Console, admin: Browser) -> None:
    console.desk.configuration()
    console.path.write_text(SETTINGS.replace("me@db", "me:geheim@db"), "utf-8")
    for address in ("/destinations", "/destinations/local", "/destinations/local/edit"):
        assert 200 == admin.get(address).status_code
    assert "geheim" not in admin.seen


def test_the_test_says_what_it_tried(admin: Browser) -> None:
    said = text_of(admin.form("/destinations/local/test"))
    assert "The database can be opened:" in said
    assert "A run can create and write its tables in dataset mailchimp." in said
    assert "No account was copied there yet." in said


def test_a_program_tries_a_destination_and_deletes_its_secrets(console: Console) -> None:
    program = console.nobody()
    program.headers.update(console.token(Scope.ADMIN))
    (tried,) = program.post("/api/v1/destinations/local/test").json()["tried"]
    assert (True, True, "mailchimp", None, "") == (
        tried["reached"],
        tried["writable"],
        tried["dataset"],
        tried["account"],
        tried["problem"],
    )
    shop = {"kind": "postgresql", "host": "db.example", "database": "shop"}
    address = "/api/v1/destinations/shop"
    made = program.put(address, json={**shop, "secrets": {"password": PASSWORD}})
    assert ["password"] == made.json()["secrets"]
    assert 204 == program.delete(f"{address}/secrets").status_code
    now = program.get(address).json()
    assert ([], "shop") == (now["secrets"], now["settings"]["database"])
    assert 404 == program.delete("/api/v1/destinations/none/secrets").status_code
    assert 404 == program.post("/api/v1/destinations/none/test").status_code
    assert PASSWORD not in program.seen


def test_a_viewer_changes_nothing(console: Console) -> None:
    viewer = console.person("vera", Role.VIEWER)
    assert 200 == viewer.get("/destinations").status_code
    assert 200 == viewer.get("/destinations/local").status_code
    for address in ("-/new", "local/edit", "local/test", "local/forget", "local/delete"):
        assert 403 == viewer.form(f"/destinations/{address}").status_code
    assert SETTINGS == console.says()


def test_a_destination_that_is_used_is_not_deleted(console: Console, admin: Browser) -> None:
    assert "cannot be deleted: daily" in text_of(admin.get("/destinations/local/delete"))
    assert 409 == admin.form("/destinations/local/delete").status_code
    assert 303 == admin.form("/destinations/warehouse/delete").status_code
    assert "warehouse" not in console.says()
    assert "# every night" in console.says()
