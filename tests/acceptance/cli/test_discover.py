"""`chimpline discover`, and choices in the settings, against an emulated account."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.sandbox import Sandbox
from chimpline.sandbox.tables import TABLES
from tests.acceptance.destinations import ALL

SMALL: dict[str, Any] = {"members": 120, "campaigns": 5, "events": 200, "seed": 5}

SETTINGS = """\
# What I copy.
[connections.main]
api_root = "{root}"

[pipelines.daily]
connection = "main"
destination = "duckdb:///copy.duckdb"

[metadata.main.list_members]  # people
hash = ["email_address"]
drop = ["full_name", "merge_fields.PHONE"]
exclude = ["ip_signup"]

[metadata.main.automations]
selected = false
"""


@dataclasses.dataclass
class Place:
    """A directory with settings, and an account."""

    sandbox: Sandbox
    home: Path
    out: pytest.CaptureFixture[str]

    @property
    def settings(self) -> Path:
        return self.home / "chimpline.toml"

    def call(self, *words: str, **given: str) -> tuple[int, str, str]:
        environ = {
            "CHIMPLINE_API_KEY": self.sandbox.api_key,
            "PATH": os.environ["PATH"],
            "CHIMPLINE_SLOTS_DIR": str(self.home / "slots"),
            **given,
        }
        self.out.readouterr()
        status = main(list(words), Session(environ=environ, cwd=self.home))
        told = self.out.readouterr()
        return status, told.out, told.err

    def good(self, *words: str, **given: str) -> str:
        status, out, err = self.call(*words, **given)
        assert 0 == status, err
        return out


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    with Sandbox.start(**SMALL) as sandbox:
        made = Place(sandbox, tmp_path, capsys)
        made.settings.write_text(SETTINGS.format(root=sandbox.api_root))
        yield made


def test_an_account_is_shown_with_what_is_copied_of_it_and_no_whole_address(place: Place) -> None:
    told = place.good("discover", "main") + place.good("discover", "--columns", "list_members")
    lines = {line.split()[0]: line for line in told.splitlines() if line.strip()}
    assert "some dropped, some hashed, some left out" in lines["list_members"]
    assert " no " in lines["automations"]
    for word in ("hashed", "***@"):
        assert word in lines["email_address"]
    assert "left out" in lines["ip_signup"]
    assert "dropped" in lines["merge_fields.PHONE"]
    for row in place.sandbox.truth("list_merge_fields"):
        assert row["tag"] in told
    everything = told + place.good("discover", "--json")
    for member in place.sandbox.truth("list_members"):
        assert member["email_address"] not in everything
        assert member["id"] not in everything


def test_at_most_a_page_of_each_table_is_read_and_a_second_look_asks_nothing(place: Place) -> None:
    place.good("discover")
    asked = [path for _, path, _ in place.sandbox.requests()]
    members = [
        parse_qs(query)["count"]
        for _, path, query in place.sandbox.requests()
        if path.endswith("/members") and path.count("/") == 3
    ]
    # Beside the page, each audience is counted, archived members apart.
    assert 1 == len([count for count in members if count not in (["1"], ["2"])])
    assert 1 + 2 * len(place.sandbox.truth("lists")) == len(members)
    assert len(asked) < 3 * len(TABLES)
    place.good("discover")
    assert asked == [path for _, path, _ in place.sandbox.requests()]
    assert not (place.home / "copy.duckdb").exists()


def test_an_estimate_and_the_shapes_of_tables_are_given_as_json(place: Place) -> None:
    found = json.loads(place.good("discover", "main", "--json"))
    tables = {table["name"]: table for table in found["tables"]}
    assert found["requests"] > 10
    assert "last_changed" == tables["list_members"]["replication_key"]
    assert ["list_id", "id"] == tables["list_members"]["primary_key"]
    assert "lists" == tables["list_members"]["parent"]
    assert "json" == tables["list_members"]["columns"]["merge_fields"]
    # Archived ones too, whom no figure of an audience counts.
    assert len(place.sandbox.truth("list_members")) == tables["list_members"]["rows"]
    assert tables["automations"]["selected"] is False
    assert "hashed" == tables["unsubscribes"]["forms"]["email_id"]
    audiences = {audience["id"]: audience for audience in found["audiences"]}
    assert {row["id"] for row in place.sandbox.truth("lists")} == set(audiences)


def test_a_refused_table_and_what_hangs_below_it_are_named(place: Place) -> None:
    place.sandbox.role("author", refuse=["/reports"])
    _, out, err = place.call("discover")
    assert "refused" in next(line for line in out.splitlines() if line.startswith("reports "))
    assert "Note: reports is not copied." in err
    assert "Note: reports_email_activity is not copied. It depends on reports." in err


def test_a_refresh_shows_what_changed_and_keeps_it_only_when_accepted(place: Place) -> None:
    place.good("discover")
    assert "Nothing changed" in place.good("discover", "--refresh")
    added = place.sandbox.change("add_merge_field")
    retyped = place.sandbox.change("change_merge_field_type", list_id=added["list_id"])
    gone = place.sandbox.change("delete_interest")
    new = place.sandbox.change("create_list")
    place.sandbox.change("unknown_field")
    told = place.good("discover", "--refresh")
    assert f"+ merge field {added['tag']} " in told
    assert f"~ merge field {retyped['tag']} of audience" in told
    assert " is now " in told
    assert f"({new['id']}), with merge fields FNAME, LNAME" in told
    assert "- interest " in told
    assert gone["list_id"] in told
    assert "+ field " in told
    assert "They are not stored yet." in told
    assert told == place.good("discover", "--refresh")
    assert "They are stored now." in place.good("discover", "--refresh", "--accept")
    assert "Nothing changed" in place.good("discover", "--refresh")
    assert added["tag"] in place.good("discover")


def test_choices_come_back_as_they_were_exported(place: Place) -> None:
    first, second = place.home / "first.toml", place.home / "second.toml"
    place.good("discover", "--export", str(first))
    settings = place.settings.read_text()
    place.good("discover", "--import", str(first))
    place.good("discover", "--export", str(second))
    assert first.read_text() == second.read_text()
    assert 'hash = ["email_address"]' in first.read_text()
    # What else stands in the settings is as it was.
    kept = settings.partition("[metadata")[0]
    assert place.settings.read_text().startswith(kept)
    once = place.settings.read_text()
    place.good("discover", "--import", str(second))
    assert once == place.settings.read_text()


def test_choices_can_be_taken_to_another_connection(place: Place) -> None:
    file = place.home / "choices.toml"
    place.good("discover", "main", "--export", str(file))
    with place.settings.open("a") as settings:
        settings.write('\n[connections.other]\napi_root = "https://us1.api.mailchimp.com/3.0"\n')
    place.good("discover", "other", "--import", str(file))
    other = place.home / "other.toml"
    place.good("discover", "other", "--export", str(other))
    assert re.sub(r"\bmain\b", "other", file.read_text()) == other.read_text()


def test_a_run_keeps_to_the_choices_with_a_salt_of_its_own(place: Place) -> None:
    people = place.sandbox.truth("list_members")
    rows = {table: str(place.sandbox.truth(table)) for table in {*ALL} - {"automations"}}
    of_them = [
        table
        for table, told in sorted(rows.items())
        if any(one["email_address"] in told for one in people)
    ]
    assert len(of_them) > 8
    chosen = ",".join(of_them)
    place.good("run", "--quiet", CHIMPLINE_TABLES=chosen)
    content = (place.home / "copy.duckdb").read_bytes()
    for member in people:
        assert member["email_address"].encode() not in content
    before = len(place.sandbox.requests())
    told = place.good("run", "--json", CHIMPLINE_TABLES=chosen).splitlines()
    assert before < len(place.sandbox.requests())
    assert 0 == json.loads(told[-1])["rows_changed"]


@pytest.mark.parametrize(
    ("old", "new", "told", "advice"),
    [
        (
            '"email_address"]',
            '"email_adress"]',
            (
                "list_members, hash (chimpline.toml, line 10): there is no column email_adress. "
                "Did you mean 'email_address'?"
            ),
            "chimpline tables --columns list_members",
        ),
        (
            "[metadata.main.automations]",
            "[metadata.main.automation]",
            (
                "There is no table automation. Did you mean 'automations'? Its metadata was given "
                "(chimpline.toml, line 14)."
            ),
            "chimpline tables",
        ),
        (
            '"ip_signup"',
            '"status"',
            "list_members, exclude (chimpline.toml, line 12): status cannot be left out",
            "Take it out",
        ),
        (
            "exclude =",
            "excluded =",
            (
                "excluded (chimpline.toml, line 12) is not a choice of a table's metadata. "
                "Did you mean 'exclude'?"
            ),
            "There are: selected, columns, exclude, drop, hash, key, every, history.",
        ),
        (
            "selected = false",
            'selected = "maybe"',
            (
                'selected of automations "maybe" (chimpline.toml, line 15) is not right: '
                "it is neither true nor false."
            ),
            "Write selected as true or false.",
        ),
        (
            'hash = ["email_address"]',
            "hash = 7",
            "hash of list_members 7 (chimpline.toml, line 10) is not right",
            "Write hash as names of columns",
        ),
        (
            "[metadata.main.automations]",
            "[metadata]",
            "metadata.selected",
            "[metadata.",
        ),
    ],
)
def test_a_choice_that_cannot_be_is_told_with_its_line(
    place: Place, old: str, new: str, told: str, advice: str
) -> None:
    place.settings.write_text(place.settings.read_text().replace(old, new))
    status, _, err = place.call("run", "--quiet")
    assert 2 == status
    flat = " ".join(err.split())
    assert told in flat
    assert advice in flat
    assert [] == place.sandbox.requests()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[metadata.main.lists\n", "not valid TOML"),
        ("[connections.main]\n", "no export of one connection's metadata"),
        ("[metadata.a.lists]\n[metadata.b.lists]\n", "no export of one connection's metadata"),
        ('[metadata.x.lists]\nexclude = ["nme"]\n', "(choices.toml, line 2): there is no column"),
    ],
)
def test_a_file_that_cannot_be_imported_changes_nothing(place: Place, text: str, told: str) -> None:
    (place.home / "choices.toml").write_text(text)
    before = place.settings.read_text()
    status, _, err = place.call("discover", "--import", str(place.home / "choices.toml"))
    assert 2 == status
    assert told in " ".join(err.split())
    assert before == place.settings.read_text()


def test_accepting_without_looking_is_refused(place: Place) -> None:
    status, _, err = place.call("discover", "--accept")
    assert 2 == status
    assert "--refresh" in err


def test_a_second_look_that_fails_tells_what_a_look_keeps(place: Place) -> None:
    place.good("discover")
    place.sandbox.revoke()
    status, _, err = place.call("discover", "--refresh")
    assert 2 == status
    assert "What was found before is kept. No table was changed." in " ".join(err.split())
    place.good("discover")
