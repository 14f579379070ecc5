"""The pages and operations of the landed data, on a file and without a browser."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from chimpline.catalog.tables import tables
from chimpline.load.duckdb.dialect import DIALECT
from chimpline.load.sql import quote
from chimpline.service.data.charts import CHARTS
from chimpline.service.people.tokens import Scope
from tests.desks import Console, console_in

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOSTILE = "=cmd|\"<script>alert(1)</script>'&"
REST = """
list_segments (list_id, id, name, type) VALUES ('l1', 5, 'Readers', 'static');
list_segment_members (list_id, segment_id, id) VALUES ('l1', 5, 'm007');
campaigns (id, settings__subject_line, send_time) VALUES ('c1', 'Bananas', '2026-05-01 10:00Z');
reports (id, campaign_title, send_time, emails_sent, opens__unique_opens,
         clicks__unique_subscriber_clicks, unsubscribed)
VALUES ('c1', 'Bananas', '2026-05-01 10:00Z', 100, 40, 10, 2);
reports_sent_to (campaign_id, email_id, list_id, status, open_count)
VALUES ('c1', 'm007', 'l1', 'sent', 1);
reports_email_activity (campaign_id, list_id, email_id, action, timestamp, url)
VALUES ('c1', 'l1', 'm007', 'open', '2026-05-01 11:30Z', ''),
       ('c1', 'l1', 'm007', 'click', '2026-05-01 11:31Z', 'https://example.com/x');
list_growth_history (list_id, month, existing, imports, optins, subscribed, unsubscribed, cleaned)
VALUES ('l1', '2026-04', 100, 0, 0, 20, 4, 1)
"""


def land(path: Path) -> None:
    """A small copy, in the shape that runs make."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA mailchimp; USE mailchimp")
        for table in tables().values():
            columns = [f"{quote(c.name)} {DIALECT.types[c.type]}" for c in table.offered.columns]
            columns += ["_synced_at TIMESTAMPTZ", "_deleted_at TIMESTAMPTZ"]
            connection.execute(f"CREATE TABLE {table.name} ({', '.join(columns)})")
        connection.execute(
            "CREATE TABLE _chimpline_runs (run_id TEXT, started_at TIMESTAMPTZ, report JSON)"
        )
        connection.execute(
            "INSERT INTO _chimpline_runs VALUES ('r1', '2026-05-31 10:00:00+00', "
            """'{"tables": {"lists": {"state": "done"}, "list_members": {"state": "failed"}}}')"""
        )
        connection.execute("INSERT INTO lists (id, name) VALUES ('l1', 'Everyone')")
        for i in range(120):
            connection.execute(
                "INSERT INTO list_members (list_id, id, email_address, full_name, status, "
                "member_rating, last_changed, merge_fields) VALUES ('l1', $1, $2, $3, $4, $5, "
                "'2026-01-01 10:00:00+00', $6)",
                [
                    f"m{i:03}",
                    f"person{i}@example.com",
                    HOSTILE if i == 7 else f"Person {i}",
                    "cleaned" if i % 10 == 0 else "subscribed",
                    i % 5,
                    '{"FNAME": "<b>Bo</b>"}',
                ],
            )
        for statement in REST.split(";"):
            connection.execute(f"INSERT INTO {statement}")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One for all tests, which leave it as it was: the tables of a dataset are looked up once."""
    cwd = tmp_path_factory.mktemp("console")
    land(cwd / "copy.duckdb")
    with console_in(cwd, environ={"PATH": "/usr/bin"}) as console:
        console.now = NOW
        yield console


def page(console: Console, address: str) -> str:
    answer = console.admin.get(address)
    assert 200 == answer.status_code, answer.text
    return answer.text


def sql(console: Console, statement: str) -> str:
    answer = console.admin.form("/data/daily/sql", sql=statement)
    assert 200 == answer.status_code, answer.text
    return answer.text


@pytest.mark.parametrize(
    "address",
    [
        *("", "/tables/list_members", "/tables/lists/row?id=l1"),
        *("/members/l1/m007", "/charts", "/sql", "/sql?chart=week"),
    ],
)
def test_each_page_has_one_heading_and_no_problem(console: Console, address: str) -> None:
    text = page(console, f"/data/daily{address}")
    assert 1 == text.count("<h1>")
    assert "told bad" not in text
    assert "style=" not in text


@pytest.mark.parametrize("name", CHARTS)
def test_each_chart_has_its_numbers_its_statement_and_a_csv(console: Console, name: str) -> None:
    text = page(console, f"/data/daily/charts/{name}")
    assert "told bad" not in text
    assert "The numbers" in text
    assert "The SQL of this chart" in text
    assert name == "week" or "data-chart=" in text
    assert f"/data/daily/charts/{name}/csv" in text


def test_a_chart_as_csv(console: Console) -> None:
    assert "Bananas" in page(console, "/data/daily/charts/campaigns/csv")


def test_rows_are_sorted_filtered_and_paged(console: Console) -> None:
    def people(query: str) -> list[str]:
        text = page(console, f"/data/daily/tables/list_members?{query}")
        return re.findall(r">(person\d+)@example", text)

    assert 50 == len(people(""))
    assert "person119" == people("sort=id&descending=true")[0]
    assert ["person115"] == people("column=email_address&value=N115@")
    rated = people("column=member_rating&test=least&value=3&sort=id")
    assert ["person3", "person4", "person8"] == rated[:3]
    assert [] == people("gone=only")


@pytest.mark.parametrize(
    "query",
    [
        "column=nope&value=1",
        "column=member_rating&test=is&value=many",
        "column=vip&test=is&value=1",
    ],
)
def test_a_filter_that_cannot_be_says_why(console: Console, query: str) -> None:
    assert "told bad" in page(console, f"/data/daily/tables/list_members?{query}")


def test_a_member_leads_to_segments_campaigns_and_events(console: Console) -> None:
    text = page(console, "/data/daily/members/l1/m007")
    assert "Readers" in text
    assert "Bananas" in text
    assert '<a href="/data/daily/tables/campaigns/row?id=c1">c1</a>' in text
    assert 'href="https://example.com/x" rel="noreferrer noopener external"' in text
    row = page(console, "/data/daily/tables/campaigns/row?id=c1")
    assert "/data/daily/tables/reports_sent_to?column=campaign_id" in row


def test_a_hostile_name_is_text_in_the_page_and_in_the_csv(console: Console) -> None:
    for address in (
        "/data/daily/members/l1/m007",
        "/data/daily/tables/list_members?column=full_name&value=cmd",
    ):
        text = page(console, address)
        assert "<script>alert" not in text
        assert "=cmd|&#34;&lt;script&gt;" in text
        assert "<b>Bo" not in text
    sheet = page(console, "/data/daily/tables/list_members/csv?column=full_name&value=cmd")
    ((row),) = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert f"'{HOSTILE}" == row["full_name"]
    statement = "SELECT full_name FROM list_members WHERE id = 'm007'"
    asked = console.admin.form("/data/daily/sql/csv", sql=statement)
    assert "'=cmd" in asked.text
    found = sql(console, statement)
    assert "<script>alert" not in found


def test_a_statement_of_ones_own_is_answered(console: Console) -> None:
    text = sql(console, "SELECT status, count(*) AS n FROM list_members GROUP BY 1 ORDER BY 1")
    assert '<td>cleaned</td><td class="number">12</td>' in text
    refused = sql(console, "COMMIT")
    assert "Only a statement that reads is run here." in refused
    assert ">COMMIT</textarea>" in refused


def test_a_csv_that_is_not_all_says_so_in_its_name(console: Console) -> None:
    statement = "SELECT range FROM range(100001)"
    answer = console.admin.form("/data/daily/sql/csv", sql=statement)
    named = 'attachment; filename="daily-sql-first-100000-rows.csv"'
    assert named == answer.headers["content-disposition"]
    assert 100_001 == len(answer.text.splitlines())


def test_a_statement_needs_the_word_of_its_form(console: Console) -> None:
    answer = console.admin.post("/data/daily/sql", data={"sql": "SELECT 1"})
    assert 403 == answer.status_code


def test_a_run_that_has_the_file_is_shown_instead(console: Console) -> None:
    state, chosen = console.desk.state, console.desk.choose("daily")
    lock = state.lock(chosen.destination, "mailchimp", "run7", "daily")
    with lock, state.event_file("run7") as events:
        events.write({"event": "run_started", "tables": ["lists"]})
        progress = {"rows_read": 33, "rows_expected": 50, "requests": 2, "state": "full load"}
        events.write({"event": "table_progress", "table": "lists", **progress})
        text = page(console, "/data/daily/tables/lists?sort=id")
        assert "A run has the data for itself" in text
        assert "/runs/run7" in text
        assert '<td class="number">33</td>' in text
        assert 'data-hx-get="/data/daily/tables/lists?sort=id"' in text
        assert 'data-hx-trigger="every 2s"' in text
        told = console.nobody().get(
            "/api/v1/pipelines/daily/data", headers=console.token(Scope.DATA)
        )
        assert (409, "data-run-holds") == (told.status_code, told.json()["kind"])
    text = page(console, "/data/daily/tables/lists?sort=id")
    assert "Everyone" in text
    assert "data-hx-get=" not in text


def test_during_a_first_run_every_page_says_so(console: Console) -> None:
    file = console.desk.cwd / "copy.duckdb"
    away = file.rename(file.with_suffix(".away"))
    url = console.desk.choose("daily").destination
    with console.desk.state.lock(url, "mailchimp", "run8", "daily"):
        for address in (
            *("", "/tables/lists", "/tables/lists/row?id=l1", "/members/l1/m007"),
            *("/charts", "/charts/week", "/sql?chart=week"),
        ):
            text = page(console, f"/data/daily{address}")
            assert "A run has the data for itself" in text
            assert "every 2s" in text
        sheet = console.admin.get("/data/daily/tables/lists/csv")
        assert 409 == sheet.status_code
        assert "has the data for itself" in sheet.text
        asked = sql(console, "SELECT 1")
        assert "A run has the data for itself" in asked
        assert ">SELECT 1</textarea>" in asked
    away.rename(file)


def test_without_a_file_nothing_has_landed(console: Console) -> None:
    file = console.desk.cwd / "copy.duckdb"
    away = file.rename(file.with_suffix(".away"))
    assert "Nothing has landed here yet." in page(console, "/data/daily/charts/week")
    away.rename(file)


def test_programs_read_with_the_scope_data_alone(console: Console) -> None:
    api, data = "/api/v1/pipelines/daily", console.token(Scope.DATA)
    program = console.nobody()
    others = console.token(Scope.ADMIN)
    for path in ("/data", "/data/lists", "/charts/week"):
        assert 401 == program.get(f"{api}{path}").status_code
        assert 403 == program.get(f"{api}{path}", headers=others).status_code
        assert 200 == program.get(f"{api}{path}", headers=data).status_code
    asked = {"sql": "SELECT count(*) AS n FROM list_members"}
    assert 403 == program.post(f"{api}/sql", json=asked, headers=others).status_code
    told = program.post(f"{api}/sql", json=asked, headers=data).json()
    assert {"columns": ["n"], "kinds": ["number"], "rows": [[120]]} == {
        name: told[name] for name in ("columns", "kinds", "rows")
    }
    rows = program.get(f"{api}/data/list_members?page=3", headers=data).json()
    assert (120, 20) == (rows["count"], len(rows["rows"]))
    unknown = program.get(f"{api}/data/nope", headers=data)
    assert (404, "data-table-unknown") == (unknown.status_code, unknown.json()["kind"])
    wrong = program.post(f"{api}/sql", json={"sql": "SET threads = 1"}, headers=data)
    assert (422, "data-sql-read-only") == (wrong.status_code, wrong.json()["kind"])
    charts = program.get(f"{api}/charts", headers=data).json()["charts"]
    assert [(name, []) for name in CHARTS] == [(one["name"], one["lacking"]) for one in charts]
    assert 403 == program.put(f"{api}/reader", json={}, headers=data).status_code
    needless = program.put(f"{api}/reader", json={}, headers=others)
    assert (422, "data-reader-needless") == (needless.status_code, needless.json()["kind"])
    surrogate = program.post(f"{api}/sql", content=b'{"sql": "\\ud800"}', headers=data)
    assert 422 == surrogate.status_code


def test_nobody_sees_data_without_signing_in(console: Console) -> None:
    nobody = console.nobody()
    for path in ("/data", "/data/daily", "/data/daily/tables/lists/csv", "/data/daily/sql"):
        answer = nobody.get(path)
        assert (303, "/sign-in") == (answer.status_code, answer.headers["location"])


def test_the_process_that_serves_loads_no_driver() -> None:
    code = (
        "import sys, chimpline.interfaces.console.app, chimpline.service.data.room\n"
        "print([m for m in ('duckdb', 'pyarrow', 'psycopg') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == said.stdout.strip()
