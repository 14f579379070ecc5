"""Pipelines defined by programs: what is written, what is refused, and two editors at once."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from httpx2 import Response

from chimpline.errors import UserError
from chimpline.interfaces.console.api.answers.problems import status_of
from chimpline.service.people.tokens import Scope
from tests.desks import Browser, Console

URL = "/api/v1/pipelines"


@pytest.fixture
def program(console: Console) -> Browser:
    """With a token for all but the data."""
    program = console.nobody()
    program.headers.update(console.token(Scope.READ, Scope.OPERATE, Scope.ADMIN))
    return program


def put(program: Browser, name: str, settings: dict[str, Any], **headers: str) -> Response:
    return program.put(f"{URL}/{name}", json=settings, headers=headers)


def test_what_is_got_can_be_put_and_changes_nothing(console: Console, program: Browser) -> None:
    before = console.says()
    got = program.get(f"{URL}/daily")
    settings = got.json()["settings"]
    assert {"connection": "main", "destination": "duckdb:///copy.duckdb"} == {
        name: value for name, value in settings.items() if value is not None
    }
    answer = put(program, "daily", settings, **{"If-Match": got.headers["ETag"]})
    assert (200, before) == (answer.status_code, console.says())
    assert got.headers["ETag"] == answer.headers["ETag"]


def test_a_change_keeps_comments_and_takes_out_what_is_not_given(
    console: Console, program: Browser
) -> None:
    settings = {
        "destination": "duckdb:///copy.duckdb",
        "deletes": "remove",
        "tables": ["lists", "list_members"],
        "lookback_minutes": 30,
        "schedule": "0 6 * * *",
        "time_zone": "Asia/Seoul",
    }
    answer = put(program, "daily", settings)
    assert 200 == answer.status_code
    assert "# the shop's copy" in console.says()
    assert "# every night\n[pipelines.daily]" in console.says()
    assert settings == tomllib.loads(console.says())["pipelines"]["daily"]
    assert "2026-11-27T21:00:00Z" == answer.json()["upcoming"][0]


def test_what_a_variable_sets_is_not_written_into_the_file(
    console: Console, program: Browser
) -> None:
    console.desk.environ = {**console.desk.environ, "CHIMPLINE_PIPELINES__DAILY__DATASET": "mine"}
    answer = put(program, "daily", {"dataset": "shop", "lookback_minutes": 30})
    assert 200 == answer.status_code
    written = tomllib.loads(console.says())["pipelines"]["daily"]
    assert ("shop", 30) == (written["dataset"], written["lookback_minutes"])


def test_two_editors_of_one_file(console: Console, program: Browser) -> None:
    first = program.get(f"{URL}/daily").headers["ETag"]
    saved = put(program, "daily", {"dataset": "shop"}, **{"If-Match": first})
    late = put(program, "daily", {"dataset": "other"}, **{"If-Match": first})
    assert (200, 412) == (saved.status_code, late.status_code)
    assert "settings-changed" == late.json()["kind"]
    assert "shop" == tomllib.loads(console.says())["pipelines"]["daily"]["dataset"]
    anew = put(program, "daily", {"dataset": "other"}, **{"If-Match": saved.headers["ETag"]})
    assert 200 == anew.status_code


def test_a_new_pipeline_and_its_end(console: Console, program: Browser) -> None:
    before = console.says()
    assert 200 == put(program, "hourly", {"schedule": "every 1 hour", "dataset": "h"}).status_code
    gone = program.delete(f"{URL}/hourly")
    assert (204, before) == (gone.status_code, console.says())
    assert 404 == program.delete(f"{URL}/hourly").status_code


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("daily", {"schedule": "sometimes"}),
        ("daily", {"schedule": "R R * * *"}),
        ("daily", {"schedule": "0 r(1-5) * * *"}),
        ("daily", {"schedule": "0 6 * * *", "schedule_start": "0001-01-01"}),
        (
            "daily",
            {
                "schedule": "0 6 * * *",
                "time_zone": "America/New_York",
                "schedule_start": "9999-12-31",
            },
        ),
        ("daily", {"time_zone": "Mars/Base"}),
        ("daily", {"tables": ["no_such_table"]}),
        ("daily", {"tables": []}),
        ("daily", {"lookback_minutes": -1}),
        ("daily", {"connection": "none"}),
        ("daily", {"destination": "none"}),
        ("daily", {"no_such_setting": 1}),
        ("daily", {"dataset": "a\nb = 1"}),
        ("a b", {}),
        ("a.b", {}),
        ("daily", {"destination": "postgresql://user@elsewhere/db"}),
        ("daily", {"destination": "duckdb:////etc/copy.duckdb"}),
        ("daily", {"destination": "duckdb:///../copy.duckdb"}),
        ("daily", {"destination": "duckdb:///%2e%2e/copy.duckdb"}),
        ("daily", {"destination": " postgresql://user@elsewhere/db"}),
        ("daily", {"destination": "\tduckdb:////etc/copy.duckdb"}),
        ("daily", {"destination": "duckdb:///.chimpline/copy.duckdb"}),
        ("daily", {"destination": "duckdb:///.profile"}),
        ("daily", {"destination": "duckdb:///chimpline.toml"}),
        ("daily", {"destination": "duckdb:///up/../../copy.duckdb"}),
    ],
)
def test_what_is_not_right_is_not_written(
    console: Console, program: Browser, name: str, settings: dict[str, Any]
) -> None:
    before = console.says()
    answer = put(program, name, settings)
    assert (422, before) == (answer.status_code, console.says())
    assert "application/problem+json" == answer.headers["Content-Type"]


def test_a_url_of_the_settings_file_can_be_used_again(console: Console, program: Browser) -> None:
    url = "postgresql://user@warehouse/db"
    console.path.write_text(f'{console.says()}\n[pipelines.b]\ndestination = "{url}"\n', "utf-8")
    assert 200 == put(program, "daily", {"destination": url, "dataset": "c"}).status_code
    below = {"destination": "duckdb:///copies/b.duckdb", "dataset": "c"}
    assert 200 == put(program, "daily", below).status_code


def test_a_new_file_lies_below_the_folder_of_the_settings(
    console: Console, program: Browser
) -> None:
    console.path.write_text(f'{console.says()}\n[console]\ndata_dir = "data"\n', "utf-8")
    (console.path.parent / "data").mkdir()
    (console.path.parent / "data" / "out").symlink_to(console.path.parent)
    for file, status in (
        ("other.duckdb", 422),
        ("data/out/other.duckdb", 422),
        ("data/other.duckdb", 200),
        ("copy.duckdb", 422),
    ):
        answer = put(program, "daily", {"destination": f"duckdb:///{file}"})
        assert (file, status) == (file, answer.status_code)


def test_a_place_is_not_tried_where_it_could_not_be_saved(console: Console) -> None:
    for url, said in (
        (" postgresql://user@elsewhere/db", "Define it as a destination first"),
        ("duckdb:////etc/copy.duckdb", "is not below"),
    ):
        form = {"name": "daily", "connection": "main", "destination": url}
        assert said in console.admin.form("/pipelines/-/test", **form).text


def test_a_pipeline_that_runs_is_not_deleted(console: Console, program: Browser) -> None:
    with console.desk.state.lock(*console.desk.place("daily"), "r1", "daily"):
        answer = program.delete(f"{URL}/daily")
    assert (409, "pipeline-in-progress") == (answer.status_code, answer.json()["kind"])


def test_what_other_settings_lack_is_not_what_was_asked_for(
    console: Console, program: Browser
) -> None:
    before = console.says()
    for wrong in ("[console]\nx = 1\n", "[alerts.a]\nx = 1\n", "[connections.b]\nx = 1\n"):
        console.path.write_text(f"{before}\n{wrong}", "utf-8")
        assert (wrong, 422) == (wrong, put(program, "daily", {"dataset": "shop"}).status_code)
    console.path.write_text(f'{before}\n[alerts.a]\npipelines = ["daily"]\n', "utf-8")
    answer = program.delete(f"{URL}/daily")
    assert (422, "alert-pipeline-unknown") == (answer.status_code, answer.json()["kind"])


def test_what_may_be_well_in_a_moment_is_503() -> None:
    assert 503 == status_of(UserError("control-held", path="control.db"))
    assert 404 == status_of(UserError("console-pipeline-unknown", name="x"))


def test_a_run_of_one_table(console: Console, program: Browser) -> None:
    run = f"{URL}/daily/runs?full_refresh=true&table=lists"
    assert 202 == program.post(run).status_code
    (order,) = console.orders.submitted
    assert (("lists",), True) == (order.tables, order.full_refresh)
    assert order == type(order).from_json(order.to_json())
    run = f"{URL}/daily/runs?table=no_such_table"
    assert 422 == program.post(run).status_code


def test_a_schedule_is_paused_and_resumed(program: Browser) -> None:
    assert 200 == put(program, "daily", {"schedule": "every 1 hour"}).status_code
    for done, paused in (("pause", True), ("resume", False)):
        answer = program.post(f"{URL}/daily/{done}")
        assert 204 == answer.status_code
        shown = program.get(f"{URL}/daily").json()
        assert (paused, [] if paused else 5) == (
            shown["paused"],
            shown["upcoming"] if paused else len(shown["upcoming"]),
        )


def test_a_destination_is_tried(console: Console, program: Browser) -> None:
    (console.path.parent / "copy.duckdb").write_text("no database")
    told = program.post(f"{URL}/daily/test").json()
    assert (False, "DuckDB", True) == (told["works"], told["kind"], bool(told["problem"]))


# -- metadata ---------------------------------------------------------------------------------

METADATA = "/api/v1/connections/main/metadata"


def test_choices_of_a_table_are_got_and_put(console: Console, program: Browser) -> None:
    def choose(choices: dict[str, Any], **headers: str) -> Any:
        return program.put(f"{METADATA}/list_members", json=choices, headers=headers)

    got = program.get(METADATA)
    assert "list_members" in {one["name"] for one in got.json()["tables"]}
    answer = choose({"hash": ["email_address"]}, **{"If-Match": got.headers["ETag"]})
    assert ["email_address"] == answer.json()["choices"]["hash"]
    assert {"main": {"list_members": {"hash": ["email_address"]}}} == (
        tomllib.loads(console.says())["metadata"]
    )
    assert 412 == choose({}, **{"If-Match": got.headers["ETag"]}).status_code
    one = program.get(f"{METADATA}/list_members")
    assert 200 == choose(one.json()["choices"], **{"If-Match": one.headers["ETag"]}).status_code
    assert 422 == choose({"drop": ["id"]}).status_code
    assert 422 == choose({"every": "often"}).status_code
    assert 422 == choose({"history": "daily"}).status_code
    assert "versions" == choose({"history": "versions"}).json()["choices"]["history"]
    assert 200 == choose({}).status_code
    assert "metadata" not in tomllib.loads(console.says())


def test_metadata_that_there_is_not(program: Browser) -> None:
    for address in ("/api/v1/connections/none/metadata", f"{METADATA}/none"):
        assert 404 == program.get(address).status_code
