"""Edits of chimpline.toml: the values change as meant, and not one other byte does."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from chimpline.errors import SettingsError
from chimpline.service.settings.edit import edit_file, remove_section, set_values
from chimpline.service.settings.template import settings_template
from tests.words import refused

MAIN = ("connections", "main")
FILE = """\
# ours, do not touch
[connections.main]   # the shop
auth = "oauth"       # since May
# start_date = "01/31/2020"

[pipelines.daily]
# what is read
connection = "main"
tables = [
    "lists",         # all of them
]
"""


def lines_changed(before: str, after: str) -> tuple[set[str], set[str]]:
    old, new = set(before.splitlines()), set(after.splitlines())
    return old - new, new - old


def test_a_value_changes_and_its_comment_stays() -> None:
    text = set_values(FILE, MAIN, {"auth": "api_key"})
    assert ({'auth = "oauth"       # since May'}, {'auth = "api_key"       # since May'}) == (
        lines_changed(FILE, text)
    )


def test_a_commented_setting_comes_into_force_where_it_stands() -> None:
    text = set_values(FILE, MAIN, {"start_date": "02/01/2021"})
    assert FILE.replace('# start_date = "01/31/2020"', 'start_date = "02/01/2021"') == text


def test_a_new_setting_stands_below_the_others_of_its_section() -> None:
    text = set_values(FILE, MAIN, {"connections": 4})
    assert FILE.replace("# since May\n", "# since May\nconnections = 4\n") == text


def test_a_setting_is_taken_out() -> None:
    text = set_values(FILE, MAIN, {"auth": None, "gateway": None})
    assert ({'auth = "oauth"       # since May'}, set()) == lines_changed(FILE, text)


def test_a_new_section_comes_last() -> None:
    text = set_values(FILE, ("connections", "shop"), {"connections": 2})
    assert FILE + "\n[connections.shop]\nconnections = 2\n" == text


def test_a_section_goes_and_the_others_stay() -> None:
    text = remove_section(FILE, ("pipelines", "daily"))
    assert {"connections": {"main": {"auth": "oauth"}}} == tomllib.loads(text)
    assert "# ours, do not touch" in text
    assert FILE == remove_section(FILE, ("connections", "shop"))


@pytest.mark.parametrize(
    "text",
    [
        'connections.main.auth = "oauth"\n',
        'connections = {main = {auth = "oauth"}}\n',
        '[connections]\nmain = {auth = "oauth"}\n',
        '[connections]\nmain.auth = "oauth"\n',
        '[ connections . "main" ]\nauth = "oauth"',
        '[connections.main]\nauth = "oauth"',
        '[connections.main]\r\nauth = "oauth"\r\n# client_id = "x"\r\n',
        "",
        '[pipelines.a]\nx = """\n[connections.main]\n# client_id = "1"\n"""\n',
    ],
)
def test_however_a_section_is_written_the_values_become_those(text: str) -> None:
    wanted = tomllib.loads(text)
    wanted.setdefault("connections", {}).setdefault("main", {})
    wanted["connections"]["main"] |= {"client_id": "123456", "connections": 3}
    changed = set_values(text, MAIN, {"client_id": "123456", "connections": 3})
    assert wanted == tomllib.loads(changed)
    assert changed == set_values(changed, MAIN, {"client_id": "123456", "connections": 3})
    assert ("\r\n" in text) == ("\r\n" in changed)


def test_the_written_file_takes_every_setting_of_a_connection() -> None:
    values = {"auth": "oauth", "client_id": "123456789012", "connections": 4}
    text = set_values(settings_template("shop"), ("connections", "shop"), values)
    parsed = tomllib.loads(text)
    assert {"shop": values} == parsed["connections"]
    assert "shop" == parsed["pipelines"]["daily"]["connection"]
    assert len(settings_template("shop").splitlines()) == len(text.splitlines())


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "chimpline.toml"
    real.write_text(FILE)
    real.chmod(0o640)
    link.symlink_to(real)
    edit_file(link, tmp_path / "state", lambda text: (text or "") + "# more\n")
    assert link.is_symlink()
    assert FILE + "# more\n" == real.read_text()
    assert 0o640 == real.stat().st_mode & 0o777
    assert ["chimpline.toml", "real.toml", "state"] == sorted(p.name for p in tmp_path.iterdir())


def test_what_cannot_be_written_is_told_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "chimpline.toml"
    with refused(SettingsError, "cannot be changed"):
        edit_file(path, tmp_path / "state", lambda _: "x")


def test_a_file_that_is_no_toml_is_told_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "chimpline.toml"
    path.write_text("[connections.main\n")
    with refused(SettingsError, "not valid TOML"):
        edit_file(path, tmp_path, lambda text: set_values(text or "", MAIN, {"auth": "oauth"}))
    assert "[connections.main\n" == path.read_text()


TABLES = """\
[pipelines.daily]
dataset = "shop"

# not at night
# deletes = "mark"

# what the shop wants
[metadata.main.list_members]
hash = ["email_address"]   # since May

# and the rest
[metadata.main.lists]
selected = false
"""


def test_a_section_three_deep_is_edited_and_goes() -> None:
    members = ("metadata", "main", "list_members")
    changed = set_values(TABLES, members, {"hash": None, "exclude": ["ip_signup"]})
    assert ({'hash = ["email_address"]   # since May'}, {'exclude = ["ip_signup"]'}) == (
        lines_changed(TABLES, changed)
    )
    gone = remove_section(TABLES, members)
    assert (
        TABLES.replace(
            '[metadata.main.list_members]\nhash = ["email_address"]   # since May\n\n', ""
        )
        == gone
    )
    gone = remove_section(gone, ("metadata", "main", "lists"))
    assert {"pipelines": {"daily": {"dataset": "shop"}}} == tomllib.loads(gone)
    assert gone.endswith("# and the rest\n")


def test_a_section_takes_its_own_comments_along_and_leaves_the_next_ones() -> None:
    gone = remove_section(TABLES, ("pipelines", "daily"))
    assert gone.startswith("# what the shop wants\n[metadata.main.list_members]")
    text = 'connections = {main = {auth = "oauth"}, shop = {}}\n# mine\n'
    assert 'connections = {main = {auth = "oauth"} }\n# mine\n' == remove_section(
        text, ("connections", "shop")
    )
