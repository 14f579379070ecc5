"""The pages of a run: live, ended, failed in three parts; its log; and the same for programs."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from chimpline.errors import SettingsError
from chimpline.interfaces.console.pages.runs.proofs import proof_of
from chimpline.model import RunState
from chimpline.service.execution.order import Became, Fate, Order
from chimpline.service.execution.past import PastRun
from chimpline.service.people.people import Role
from chimpline.service.people.tokens import Scope
from tests.desks import NOW, Console

MINUTE = dt.timedelta(minutes=1)
QUEUED: dict[str, Any] = {
    "event": "run_queued",
    "run_id": "r1",
    "pipeline": "daily",
    "destination": "duckdb:////copy.duckdb",
    "dataset": "mailchimp",
    "schema_version": "1",
    "chimpline_version": "1",
}
STARTED: dict[str, Any] = {
    **QUEUED,
    "event": "run_started",
    "account": "A",
    "tables": ["lists", "list_members"],
    "connections": 8,
    "first_run": True,
}
LISTS: dict[str, Any] = {
    "state": "done",
    "rows_read": 1234,
    "inserted": 1200,
    "updated": 30,
    "deleted": 4,
    "requests": 2,
    "left_out": 0,
    "message": "",
    "extra": 17,
    "seconds": 1.25,
    "bookmark": "2026-11-27T11:59:00+00:00",
    "slices": 1,
    "proof": "walk: 3 of 3, 1 pages, overlaps match",
}
FINISHED: dict[str, Any] = {
    "event": "run_finished",
    "run_id": "r1",
    "state": "succeeded",
    "exit": 0,
    "requests": 9,
    "rows_changed": 1234,
    "seconds": 3.0,
    "tables": {"lists": LISTS},
    "message": "",
}


def test_a_run_that_ended_shows_all_of_each_table(console: Console) -> None:
    console.tells("r1", QUEUED, STARTED, FINISHED)
    console.desk.take_over()
    shown = console.admin.text("/runs/r1")
    for said in (
        "succeeded",
        "1,234",
        "1,230",
        "1,200 new, 30 updated",
        " 4 ",
        " 17 ",
        "1.2 s",
        "2026-11-27 11:59 UTC",
        "3 of 3 announced, 1 page",
    ):
        assert said in shown, said
    assert "Run again" in shown
    assert 'href="/data/daily"' in console.admin.get("/runs/r1").text
    assert "data-hx-trigger" not in console.admin.get("/runs/r1").text


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("walk: 3 of 3, 1 pages, overlaps match", "proof-walk"),
        ("walk: 9 of 9, begun at 4, 2 pages, overlaps match", "proof-walk-begun"),
        ("walk: 3 of 3, the same at another offset", "proof-whole"),
        ("seek: 7 rows, 1 pages, each in order and full", "proof-seek"),
        ("counts compared: 2 gone, 0 late", "proof-counts"),
        ("all windows proven, counts equal", "proof-windows"),
        ("document: one answer", "proof-record"),
        ("document: not found", "proof-no-record"),
    ],
)
def test_what_proved_a_table_has_words(said: str, kind: str) -> None:
    found = proof_of(said)
    assert found is not None
    assert kind == found.kind


def test_what_proved_a_table_otherwise_is_shown_as_it_is_kept() -> None:
    assert None is proof_of("walk: 4 of 3, 1 pages, overlaps match")


def test_a_run_that_is_queued_says_what_comes(console: Console) -> None:
    console.desk.executor.submit(Order("r1", "daily", NOW))
    assert "It is being started." in console.admin.get("/runs/r1").text


def test_a_run_that_goes_on_is_watched(console: Console) -> None:
    console.desk.executor.submit(Order("r1", "daily", NOW))
    progress = {
        "event": "table_progress",
        "table": "lists",
        "state": "full load",
        "rows_read": 0,
        "rows_expected": 400,
        "pages": 1,
        "requests": 3,
        "slices_open": 1,
    }
    in_use = {
        "event": "connections_in_use",
        "in_use": 5,
        "limit": 8,
        "requests": 30,
        "seconds_left": 90.0,
    }
    later = {"at": "2026-11-27T12:00:04+00:00"}
    console.tells(
        "r1",
        QUEUED,
        STARTED,
        progress,
        {**progress, **later, "rows_read": 200},
        {**in_use, **later},
    )
    with console.desk.state.lock("duckdb:////copy.duckdb", "mailchimp", "r1", "daily"):
        shown = console.admin.text("/runs/r1/now")
        for said in ("running", "5 of 8", "1 minute", "Rows a second 50 ", "50%"):
            assert said in shown, said
        assert 'data-hx-trigger="every 1s"' in console.admin.get("/runs/r1/now").text
        assert "/runs/r1" == console.admin.form("/runs/r1/cancel").headers["location"]
    assert ["r1"] == console.orders.cancelled


def at(seconds: int, **event: Any) -> dict[str, Any]:
    return {"at": (NOW + dt.timedelta(seconds=seconds)).isoformat(), **event}


def progressed(seconds: int, table: str) -> dict[str, Any]:
    return at(
        seconds, event="table_progress", table=table, state="full load", rows_read=100,
        rows_expected=400, pages=1, requests=1, slices_open=1,
    )  # fmt: skip


def used(seconds: int) -> dict[str, Any]:
    return at(
        seconds, event="connections_in_use", in_use=1, limit=8, requests=30, seconds_left=60.0
    )


RETRYING = {"event": "notice", "said": {"kind": "api-retrying", "facts": {"cause": "reset"}}}


def test_what_runs_or_went_wrong_is_on_top_and_the_rest_is_folded(console: Console) -> None:
    names = [f"table_{number:02}" for number in range(20)]
    ended = {**LISTS, "event": "table_finished"}
    done = [{**ended, "table": name} for name in names[:15]]
    failed = {**ended, "table": names[15], "state": "failed"}
    started = {**STARTED, "tables": names}
    console.tells("r1", QUEUED, started, *done, progressed(1, names[18]), failed)
    with console.desk.state.lock("duckdb:////copy.duckdb", "mailchimp", "r1", "daily"):
        shown = console.admin.get("/runs/r1/now").text
    on_top, waiting, rest = re.split(r'<details id="run-(?:waiting|done)" class="tables">', shown)
    assert [names[15], names[18]] == re.findall(r"<th scope=\"row\">(\w+)", on_top)
    assert [names[16], names[17], names[19]] == re.findall(r"<th scope=\"row\">(\w+)", waiting)
    assert names[:15] == re.findall(r"<th scope=\"row\">(\w+)", rest)
    assert "<summary>3 tables wait</summary>" in waiting
    assert "<summary>15 tables are done</summary>" in rest


def test_where_nothing_comes_no_time_left_is_told(console: Console) -> None:
    before = (QUEUED, {**STARTED, **at(0)}, progressed(1, "lists"), used(2))

    def shown(*events: dict[str, Any]) -> str:
        console.tells("r1", *before, *events)
        with console.desk.state.lock("duckdb:////copy.duckdb", "mailchimp", "r1", "daily"):
            return console.admin.text("/runs/r1/now")

    outage = ({**RETRYING, **at(3)}, used(11))
    assert "Time left 1 minute" in shown(({**RETRYING, **at(3)}), used(10))
    silent = shown(*outage)
    assert "Mailchimp does not answer." in silent
    assert "the last rows came at 2026-11-27 12:00:01 UTC" in silent
    assert "Time left not known while nothing comes" in silent
    over = shown(*outage, progressed(20, "lists"), used(40))
    assert "Time left 1 minute" in over
    assert "does not answer" not in over


def test_of_a_run_that_has_ended_what_went_wrong_is_on_top(console: Console) -> None:
    console.ran(tables={"lists": LISTS, "list_members": {**LISTS, "state": "unproven"}})
    shown = console.admin.get("/runs/r1").text
    assert ["list_members", "lists"] == re.findall(r"<th scope=\"row\">(\w+)", shown)


def test_an_error_is_told_in_its_three_parts(console: Console) -> None:
    error = SettingsError("run-held", holder="r0")
    problem = error.problem.to_json()
    failed = {**FINISHED, "state": "failed", "exit": 2, "tables": {}, "said": problem}
    console.tells("r1", QUEUED, failed)
    answer = console.admin.get("/runs/r1").text
    assert '<p class="what">The dataset is being written by run r0.</p>' in answer
    assert "<p>Nothing was read or changed.</p>" in answer
    assert '<p class="do">Wait until it has ended, or cancel it.</p>' in answer


def test_what_a_run_tells_is_no_markup(console: Console) -> None:
    hostile = {**FINISHED, "state": "failed", "message": "<script>alert(1)</script>"}
    console.tells("r1", {**QUEUED, "pipeline": "<b>daily"}, hostile)
    console.logs("r1", "<img src=x>", hostile)
    console.desk.take_over()
    for address in ("/runs/r1", "/runs", "/runs/r1/log?least=debug"):
        answer = console.admin.get(address).text
        assert "<script>alert" not in answer
        assert "<img src=x" not in answer
        assert "<b>daily" not in answer


def test_a_run_that_was_due_says_so_from_the_moment_it_ends(console: Console) -> None:
    console.desk.executor.submit(Order("r1", "daily", NOW, due=NOW))
    console.tells("r1", QUEUED, FINISHED)
    console.orders.ends("r1", Fate(Became.RAN, RunState.SUCCEEDED, 0))
    for _ in range(2):
        assert "the schedule, due at" in console.admin.text("/runs/r1")
        console.desk.take_over()


def test_a_run_that_was_skipped_says_because_of_which(console: Console) -> None:
    console.desk.executor.submit(Order("r1", "daily", NOW, due=NOW))
    console.orders.ends("r1", Fate(Became.SKIPPED, holder="r0"))
    assert "Skipped: run r0 was still writing this dataset." in console.admin.text("/runs/r1")
    console.desk.take_over()
    assert RunState.SKIPPED is console.desk.known_run("r1").state
    assert "skipped" in console.admin.text("/runs")


def test_why_a_process_ended_without_events_is_on_the_page(console: Console) -> None:
    console.desk.executor.submit(Order("r1", "daily", NOW))
    console.orders.ends(
        "r1", Fate(Became.BROKEN, RunState.FAILED, 2, message="No API key is given.")
    )
    console.desk.take_over()
    assert "No API key is given." in console.admin.text("/runs/r1")


def test_a_log_is_filtered_and_downloaded_without_secrets(console: Console) -> None:
    console.tells("r1", QUEUED, FINISHED)
    secret = "0123456789abcdef0123456789abcdef-us19"
    console.logs(
        "r1",
        {"event": "process_started", "pid": 1},
        "2026-11-27T12:00:01.25Z [debug    ] GET /3.0/lists: 200",
        f"Warning (chimpline.api): slow, {secret}",
        {**FINISHED, "at": NOW.isoformat(), "exit": 1},
    )
    assert "GET /3.0/lists" not in console.admin.text("/runs/r1/log")
    assert "2026-11-27 12:00:01 UTC debug GET /3.0/lists: 200" in console.admin.text(
        "/runs/r1/log?least=debug"
    )
    only = console.admin.text("/runs/r1/log?least=warning&holding=SLOW")
    assert "slow" in only
    assert "run_finished" not in only
    answer = console.admin.get("/runs/r1/log.txt?least=warning")
    assert 'attachment; filename="run-r1.log"' == answer.headers["content-disposition"]
    assert ["[warning]", "2026-11-27T12:00:00.000000Z"] == [
        line.split()[0] for line in answer.text.splitlines()
    ]
    assert secret not in answer.text + only


def test_a_run_of_a_terminal_has_its_events_for_a_log(console: Console) -> None:
    console.tells("t1", QUEUED, FINISHED)
    assert "run_queued" in console.admin.text("/runs/t1/log")


def test_a_viewer_cancels_nothing(console: Console) -> None:
    viewer = console.person("vera", Role.VIEWER)
    console.desk.executor.submit(Order("r1", "daily", NOW))
    assert "Cancel" not in viewer.text("/runs/r1")
    answer = viewer.form("/runs/r1/cancel")
    assert 403 == answer.status_code
    assert [] == console.orders.cancelled


NOT_DUE: dict[str, Any] = {
    "state": "not due",
    "rows_read": 0,
    "inserted": 0,
    "updated": 0,
    "deleted": 0,
    "requests": 0,
    "left_out": None,
    "read_at": "2026-11-27T06:00:00+00:00",
    "due_at": "2026-11-28T05:50:00+00:00",
}


@pytest.mark.parametrize(
    ("language", "state", "last"),
    [("en", "not due", "last read"), ("ko", "읽을 때가 아님", "마지막 읽기")],
)
def test_a_table_that_was_not_due_is_named_with_its_last_read(
    console: Console, language: str, state: str, last: str
) -> None:
    console.ran(tables={"lists": LISTS, "campaign_folders": NOT_DUE})
    shown = console.admin.get("/runs/r1", headers={"Accept-Language": language}).text
    assert f'<span class="state not-due">{state}</span>' in shown
    assert f'{last} <time datetime="2026-11-27T06:00:00+00:00"' in shown
    reads = console.token(Scope.READ)
    told = console.nobody().get("/api/v1/runs/r1", headers=reads).json()["tables"]
    assert ("not due", "2026-11-27T06:00:00Z", "2026-11-28T05:50:00Z") == tuple(
        told["campaign_folders"][name] for name in ("state", "read_at", "due_at")
    )


# -- for programs ---------------------------------------------------------------------------------


def test_a_program_sees_the_same(console: Console) -> None:
    console.tells("r1", QUEUED, STARTED, FINISHED)
    console.desk.take_over()
    reads = console.token(Scope.READ)
    run = console.nobody().get("/api/v1/runs/r1", headers=reads).json()
    assert ("succeeded", "done", 17, 1.25) == (
        run["state"],
        run["tables"]["lists"]["state"],
        run["tables"]["lists"]["extra"],
        run["tables"]["lists"]["seconds"],
    )
    listed = console.nobody().get("/api/v1/runs?pipeline=daily", headers=reads).json()
    assert [run] == listed["runs"]
    assert 404 == console.nobody().get("/api/v1/runs/none", headers=reads).status_code
    assert 403 == console.nobody().post("/api/v1/runs/r1/cancel", headers=reads).status_code


def test_pages_of_runs_leave_none_out_while_some_go_on(console: Console) -> None:
    for number in range(3):
        console.orders.submit(Order(f"going-{number}", "daily", NOW + number * MINUTE))
    for number in range(4):
        at = NOW - (4 - number) * MINUTE
        console.desk.past.put(PastRun(f"ended-{number}", "daily", RunState.SUCCEEDED, at))
    reads = console.token(Scope.READ)
    found = []
    for offset in (0, 2, 4, 6, 8):
        address = f"/api/v1/runs?limit=2&offset={offset}"
        found += [run["id"] for run in console.nobody().get(address, headers=reads).json()["runs"]]
    assert [f"going-{n}" for n in (2, 1, 0)] + [f"ended-{n}" for n in (3, 2, 1, 0)] == found


def test_a_run_that_has_ended_cannot_be_cancelled(console: Console) -> None:
    console.tells("r1", QUEUED, FINISHED)
    operates = console.token(Scope.OPERATE)
    answer = console.nobody().post("/api/v1/runs/r1/cancel", headers=operates)
    assert (409, "run-not-going") == (answer.status_code, answer.json()["kind"])


def test_a_second_run_is_refused_with_the_holder(console: Console) -> None:
    operates = console.token(Scope.OPERATE)
    first = console.nobody().post("/api/v1/pipelines/daily/runs", headers=operates)
    again = console.nobody().post("/api/v1/pipelines/daily/runs", headers=operates)
    assert (202, 409) == (first.status_code, again.status_code)
    assert first.json()["id"] in again.json()["title"]


def test_events_end_and_are_gone_on_with(console: Console) -> None:
    console.tells("r1", QUEUED, STARTED, FINISHED)
    reads = console.token(Scope.READ)
    told = console.nobody().get("/api/v1/runs/r1/events", headers=reads).text
    names = [line for line in told.splitlines() if line.startswith("event: ")]
    assert ["event: run_queued", "event: run_started", "event: run_finished", "event: end"] == names
    rest = (
        console.nobody().get("/api/v1/runs/r1/events", headers=reads | {"Last-Event-ID": "1"}).text
    )
    assert "id: 2\nevent: run_finished" == rest[: rest.index("\ndata")]


def test_the_overview_draws_the_rows_that_runs_changed(console: Console) -> None:
    console.tells("r1", QUEUED, FINISHED)
    console.tells("r2", QUEUED | {"run_id": "r2"}, FINISHED | {"run_id": "r2", "rows_changed": 309})
    console.desk.take_over()
    shown = console.admin.get("/").text
    assert 'aria-label="Rows changed by the last 2 runs, oldest first: at most 1,234"' in shown
    assert ['height="36.0"', 'height="18.0"'] == sorted(
        re.findall(r'height="\d\d\.\d"', shown), reverse=True
    )


def test_a_program_reads_a_log_filtered_and_without_secrets(console: Console) -> None:
    console.tells("r1", QUEUED, FINISHED)
    secret = "0123456789abcdef0123456789abcdef-us19"
    console.logs(
        "r1",
        {"event": "process_started", "pid": 1},
        "2026-11-27T12:00:01.25Z [debug    ] GET /3.0/lists: 200",
        f"Warning (chimpline.api): slow, {secret}",
        {**FINISHED, "at": NOW.isoformat(), "exit": 1},
    )
    program = console.nobody()
    program.headers.update(console.token(Scope.READ))
    address = "/api/v1/runs/r1/log"
    every = program.get(address, params={"least": "debug"}).json()
    assert (4, False) == (len(every["lines"]), every["more"])
    assert every["lines"][1] == {
        "at": "2026-11-27T12:00:01.250000Z",
        "severity": "debug",
        "text": "GET /3.0/lists: 200",
    }
    assert 3 == len(program.get(address).json()["lines"])
    found = program.get(address, params={"least": "warning", "holding": "SLOW"}).json()["lines"]
    assert [(None, "warning")] == [(one["at"], one["severity"]) for one in found]
    last = program.get(address, params={"limit": 1}).json()
    assert (["error"], True) == ([one["severity"] for one in last["lines"]], last["more"])
    text = program.get(f"{address}.txt", params={"least": "warning"})
    assert text.text == console.admin.get("/runs/r1/log.txt?least=warning").text
    assert 'attachment; filename="run-r1.log"' == text.headers["content-disposition"]
    assert secret not in program.seen
    for wrong in ({"least": "loud"}, {"limit": 0}, {"limit": 5_001}):
        assert 422 == program.get(address, params=wrong).status_code
    assert 404 == program.get("/api/v1/runs/r0/log").status_code
    assert 404 == program.get("/api/v1/runs/r0/log.txt").status_code
