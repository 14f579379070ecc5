"""Each command as typed: what it prints, its exit status, and that it keeps secrets."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from chimpline.errors import (
    Bug,
    ChimplineError,
    DestinationLocked,
    InvalidCredentials,
    SourceUnavailable,
)
from chimpline.interfaces.cli.screen.view import MARKS
from chimpline.model import Deletes, RunRecord, RunState, TableState
from chimpline.runs.report.endings import ENDED_FROM_OUTSIDE, NOT_READ
from chimpline.runs.report.events import TableProgress, as_json
from chimpline.runs.report.info import LedgerView
from chimpline.sandbox import Sandbox
from chimpline.service.history import ELSEWHERE
from chimpline.state.directory import StateDirectory
from tests.words import COMMITTED_STAYS, heard, saying, told_of

if TYPE_CHECKING:
    from tests.acceptance.cli.conftest import CommandLine, Outcome

KEY = "deadbeefdeadbeefdeadbeefdeadbeef-us19"
NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


NO_RUN = ["There is no run yet. To copy the account:", "    chimpline run"]


def in_three_parts(outcome: Outcome) -> bool:
    heads = [line.split(":")[0] for line in outcome.err.splitlines() if not line.startswith(" ")]
    return [head for head in heads if head in {"Error", "Kept", "To do"}] == [
        "Error",
        "Kept",
        "To do",
    ]


def test_the_command_of_the_issue_works_as_typed_without_a_settings_file(
    chimpline: CommandLine,
) -> None:
    outcome = chimpline(
        "run", "--api-root", "http://127.0.0.1:8190/3.0", "--start-date", "01/01/2010",
        "--to", "duckdb:////absolute/out.duckdb", "--dataset", "mailchimp",
        "--tables", "lists,list_members", "--email-activity-date-window", "10",
        "--full-refresh", "--connections", "10",
    )  # fmt: skip
    assert 0 == outcome.status
    request = chimpline.engine.requests[0]
    assert (KEY, True) == (request.credential.secret, request.credential.is_api_key)
    assert "http://127.0.0.1:8190/3.0" == request.api_root
    assert dt.date(2010, 1, 1) == request.start_date
    assert ("duckdb:////absolute/out.duckdb", "mailchimp") == (request.destination, request.dataset)
    assert ("lists", "list_members") == request.tables
    assert (10, True, 10) == (
        request.activity_window_days,
        request.full_refresh,
        request.connections,
    )


def test_an_access_token_goes_with_its_login_root(chimpline: CommandLine) -> None:
    chimpline.environ = {"CHIMPLINE_ACCESS_TOKEN": "0auth-token-deadbeef"}
    outcome = chimpline("run", "--login-root", "http://127.0.0.1:8190/")
    request = chimpline.engine.requests[0]
    assert 0 == outcome.status
    assert ("0auth-token-deadbeef", False) == (
        request.credential.secret,
        request.credential.is_api_key,
    )
    assert "http://127.0.0.1:8190" == request.login_root


def test_every_option_reaches_the_request(chimpline: CommandLine) -> None:
    chimpline(
        "run", "--deletes", "remove", "--lookback-minutes", "3", "--complete-read-days", "2",
        "--email-activity-date-window-strict", "--auth", "api_key", "--gateway", "none",
        "--connection", "shop", "--client-id", "123456789012", "--state-dir", "elsewhere",
        "--pages-in-memory-mb", "64",
    )  # fmt: skip
    request = chimpline.engine.requests[0]
    assert (Deletes.REMOVE, dt.timedelta(minutes=3), dt.timedelta(days=2), True, 64) == (
        request.deletes,
        request.lookback,
        request.complete_read_every,
        request.activity_window_strict,
        request.pages_in_memory_mb,
    )
    assert chimpline.cwd / "elsewhere" == request.state_dir


def test_without_a_terminal_a_run_is_told_in_few_plain_lines(
    chimpline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = chimpline.cwd / "tools"
    tools.mkdir()
    (tools / "duckdb").touch(0o755)
    monkeypatch.setenv("PATH", str(tools))
    outcome = chimpline("run")
    assert (
        f"There is no chimpline.toml in {chimpline.cwd}: options and environment are used.\n"
        == outcome.err
    )
    assert [
        (
            f"Copying Sandbox Goods to duckdb:///{chimpline.cwd}/chimpline.duckdb, dataset "
            "mailchimp. This is the first run: 2 tables, 8 connections."
        ),
        (
            "... 0 of 2 tables, 1,000 read, 4 requests, 3 of 8 connections in use, "
            "about 1 min 5 s left"
        ),
        "✓ lists: done, 1,000 rows read, 998 inserted, 1 updated, 1 deleted",
        "✓ list_members: done, 1,000 rows read, 998 inserted, 1 updated, 1 deleted",
        "",
        ("   table         method              read  inserted  updated  deleted  left out  state"),
        "✓  lists         Full Table         1,000       998        1        1         -  done",
        "✓  list_members  Incremental (CDC)  1,000       998        1        1         -  done",
        "2,000 rows changed, with 4 requests in 21 s.",
        (f"The data is in duckdb:///{chimpline.cwd}/chimpline.duckdb, dataset mailchimp."),
        "Next:",
        f"    duckdb {chimpline.cwd}/chimpline.duckdb 'select * from mailchimp.lists'",
    ] == outcome.lines


def test_json_is_one_object_a_line_and_the_last_is_run_finished(chimpline: CommandLine) -> None:
    outcome = chimpline("run", "--json")
    events = [json.loads(line) for line in outcome.lines]
    assert ["run_queued", "run_started"] == [event["event"] for event in events[:2]]
    assert ("run_finished", 0) == (events[-1]["event"], events[-1]["exit"])
    assert {"lists", "list_members"} == set(events[-1]["tables"])
    assert 1 == sum(event["event"] == "run_finished" for event in events)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (saying(InvalidCredentials, "Mailchimp does not know this key.", do="Make a new one."), 2),
        (saying(SourceUnavailable, "Mailchimp does not answer.", do="Run again later."), 2),
        (Bug("A page came twice."), 3),
        (ValueError(f"boom with {KEY}"), 3),
    ],
)
def test_an_error_in_the_middle_has_three_parts_a_status_and_a_last_json_line(
    chimpline: CommandLine, error: Exception, status: int
) -> None:
    chimpline.engine.fail = error
    plain = chimpline("run")
    assert status == plain.status
    assert in_three_parts(plain)
    as_lines = chimpline("run", "--json")
    last = json.loads(as_lines.lines[-1])
    assert ("run_finished", status, "failed") == (last["event"], last["exit"], last["state"])
    assert status == as_lines.status
    if isinstance(error, ChimplineError):
        assert told_of(error).what in plain.err
        assert told_of(error).what in last["message"]


def test_where_a_key_was_taken_is_kept_from_the_start_of_a_run(chimpline: CommandLine) -> None:
    chimpline.engine.fail = saying(
        SourceUnavailable, "Mailchimp does not answer.", do="Run again later."
    )
    root = "http://127.0.0.1:9/3.0"
    chimpline("run", "--api-root", root)
    assert root in (chimpline.cwd / ".chimpline" / "addresses.json").read_text()


def test_a_bug_leaves_a_log_without_secrets_and_asks_to_be_reported(
    chimpline: CommandLine,
) -> None:
    chimpline.engine.fail = ValueError(f"boom with {KEY}")
    outcome = chimpline("run")
    logs = list((chimpline.cwd / ".chimpline" / "logs").iterdir())
    assert 1 == len(logs)
    trace = logs[0].read_text()
    assert "boom with [hidden]" in trace
    assert "Traceback" in trace
    assert str(logs[0]) in outcome.err
    assert "report it" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_bug_whose_log_cannot_be_written_shows_its_trace_to_those_who_ask(
    chimpline: CommandLine,
) -> None:
    chimpline.engine.fail = ValueError("boom")
    (chimpline.cwd / ".chimpline").mkdir()
    (chimpline.cwd / ".chimpline" / "logs").touch()
    assert "Traceback" not in chimpline("run").err
    assert "Traceback" in chimpline("run", "-v").err


def test_a_settings_error_is_the_last_json_line_too(chimpline: CommandLine) -> None:
    outcome = chimpline("run", "--json", "--start-date", "13/01/2020")
    last = json.loads(outcome.lines[-1])
    assert ("run_finished", 2) == (last["event"], last["exit"])
    assert "there is no month 13" in last["message"]
    assert in_three_parts(outcome)


def test_a_failed_table_makes_status_1_and_says_what_to_look_at(chimpline: CommandLine) -> None:
    chimpline.engine.states["list_members"] = TableState.UNPROVEN
    chimpline.engine.state = RunState.UNPROVEN
    chimpline.engine.exit = 1
    outcome = chimpline("run")
    assert 1 == outcome.status
    assert "? list_members: unproven" in outcome.out
    assert "Next:\n    chimpline runs r1\n" in outcome.out
    assert "list_members went wrong. Run again." in outcome.err
    assert "Something went wrong. Look at the tables." in outcome.err


def test_quiet_says_only_what_went_wrong(chimpline: CommandLine) -> None:
    assert ("", "") == (chimpline("run", "-q").out, chimpline("run", "--quiet").err)
    chimpline.engine.states["lists"] = TableState.FAILED
    outcome = chimpline("run", "-q")
    assert "" == outcome.out
    assert "lists went wrong" in outcome.err


def test_a_notice_is_told(chimpline: CommandLine) -> None:
    chimpline.engine.notice = "slowed down by 429"
    assert "Note: list_members: slowed down by 429" in chimpline("run").out


ESTIMATED = "Row counts are estimates based on Mailchimp's own counters. Nothing was copied."


def test_a_dry_run_tells_tables_requests_and_time(chimpline: CommandLine) -> None:
    outcome = chimpline("run", "--dry-run")
    assert 0 == outcome.status
    assert [
        "table         rows  requests  why",
        "lists            3         1  full",
        "list_members     -         -  new",
        "A run would make about 12 requests over 8 connections and take about 1 min 30 s. "
        + ESTIMATED,
    ] == outcome.lines
    events = [json.loads(line) for line in chimpline("run", "--dry-run", "--json").lines]
    assert ["table_estimated", "table_estimated", "run_estimated"] == [e["event"] for e in events]


def test_a_dry_run_that_is_held_up_says_why(chimpline: CommandLine) -> None:
    chimpline.engine.notice = "429: Retrying."
    outcome = chimpline("run", "--dry-run")
    assert 0 == outcome.status
    assert "Note: 429: Retrying." in outcome.err


def test_a_dry_run_that_is_over_at_once_takes_less_than_a_second(chimpline: CommandLine) -> None:
    chimpline.engine.estimated_seconds = 0.3
    assert (
        "A run would make about 12 requests over 8 connections and take less than a second. "
        + ESTIMATED
        == chimpline("run", "--dry-run").lines[-1]
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_a_run_cleanly_with_status_1(
    chimpline: CommandLine, number: signal.Signals
) -> None:
    def stop(cancelled: threading.Event) -> None:
        os.kill(os.getpid(), number)
        assert cancelled.wait(10)

    chimpline.engine.during = stop
    outcome = chimpline("run")
    assert 1 == outcome.status
    assert "Stopping. Rows that were read completely are still being saved" in outcome.err
    assert chimpline.engine.requests


def test_a_dataset_that_another_run_holds_is_refused(chimpline: CommandLine) -> None:
    destination = f"duckdb:///{chimpline.cwd}/chimpline.duckdb"
    state = StateDirectory(chimpline.cwd / ".chimpline", clock=lambda: NOON)
    with state.lock(destination, "mailchimp", "r0", "main"):
        outcome = chimpline("run")
    assert 2 == outcome.status
    assert f"process {os.getpid()}" in outcome.err
    assert in_three_parts(outcome)


SECRET_ARGUMENTS = [
    ("run", "--api-key", KEY),
    ("run", f"--api-key={KEY}"),
    ("run", "--apikey", "deadbeef-short"),
    ("run", "--token", "deadbeef-token"),
    ("run", "--access-token=deadbeef-token"),
    ("run", "--password", "deadbeef-password"),
    ("run", "--client-secret", "deadbeef-secret"),
    ("run", KEY),
    ("status", f"--dataset={KEY}"),
]


@pytest.mark.parametrize("argv", SECRET_ARGUMENTS)
def test_a_secret_as_an_argument_is_refused_with_the_alternatives(
    chimpline: CommandLine, argv: tuple[str, ...]
) -> None:
    outcome = chimpline(*argv)
    assert 2 == outcome.status
    assert in_three_parts(outcome)
    assert "CHIMPLINE_API_KEY" in outcome.err
    assert "--api-key-stdin" in outcome.err
    assert [] == chimpline.engine.requests


BAD_INPUT = [
    ("run", "--start-date", "02/30/2020"),
    ("run", "--start-date", "01/01/2030"),
    ("run", "--start-date", "0001-01-01"),
    ("run", "--start-date", "0001-01-02"),
    ("run", "--start-date", "9999-12-31"),
    ("run", "--email-activity-date-window", "36501"),
    ("run", "--connections", "11"),
    ("run", "--connections", "many"),
    ("run", "--email-activity-date-window", "-1"),
    ("run", "--deletes", "never"),
    ("run", "--tables", "list_member"),
    ("run", "--tables", ""),
    ("run", "--to", "postgresql://me:deadbeef@db/x"),
    ("run", "--to", "somewhere"),
    ("run", "--dataset", "my data"),
    ("run", "nightly"),
    ("run", "--nope"),
    ("run", "--settings", "missing.toml"),
    ("tables", "--columns", "list_member"),
    ("runs", "r99"),
    ("runs", "--last", "0"),
    ("runs", "--last", "100001"),
    ("connect", "--timeout", "86401"),
    ("sandbox", "--members", "5000001"),
    ("rum",),
    ("sandbox", "change", "subscribe", "--url", "http://127.0.0.1:9"),
    ("sandbox", "change", "subscribe", "alone"),
]


@pytest.mark.parametrize("argv", BAD_INPUT)
def test_bad_input_has_status_2_and_three_parts(
    chimpline: CommandLine, argv: tuple[str, ...]
) -> None:
    outcome = chimpline(*argv)
    assert 2 == outcome.status
    assert in_three_parts(outcome)
    assert "" == outcome.out
    assert [] == chimpline.engine.requests
    assert not list(chimpline.cwd.glob("*.duckdb"))


def test_a_misspelt_command_brings_the_nearest_one(chimpline: CommandLine) -> None:
    assert "Did you mean 'run'?\n" in chimpline("rum").err
    assert "No such command 'frobnicate'.\n" in chimpline("frobnicate").err


def test_a_port_that_is_taken_is_named_once(chimpline: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = chimpline("sandbox", "--port", port, "--members", "0", "--campaigns", "0")
    assert 2 == outcome.status
    assert f"Error: Port {port} is in use." == outcome.err.splitlines()[0]


def test_a_change_of_the_sandbox_fails_in_our_words(chimpline: CommandLine) -> None:
    def told(*argv: str, url: str) -> str:
        outcome = chimpline("sandbox", "change", *argv, "--url", url)
        assert 2 == outcome.status
        return outcome.err.splitlines()[0]

    nobody = "http://127.0.0.1:9"
    assert f"Error: No sandbox answers at {nobody}: connection refused." == told(
        "archive", url=nobody
    )
    assert "is no address of a sandbox" in told("archive", url="127.0.0.1:9")
    with Sandbox.start(members=20, campaigns=2, events=0) as sandbox:
        assert told("archive", "--listid", "x", url=sandbox.login_root).endswith(
            "archive takes no listid. Its arguments: list_id, member_id, advance_s."
        )
        assert told("odd_value", url=sandbox.login_root).endswith(
            "odd_value needs table, key, field. Its arguments: table, key, field, value, advance_s."
        )
        assert "No audience 'x'." in told("archive", "--list-id", "x", url=sandbox.login_root)


def test_a_key_from_standard_input_is_taken(
    chimpline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    chimpline.environ = {}
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
    assert 0 == chimpline("run", "--api-key-stdin").status
    assert KEY == chimpline.engine.requests[0].credential.secret
    assert 2 == chimpline("run", "--api-key-stdin").status  # nothing more to read


def test_init_writes_a_file_that_runs_and_never_overwrites_one(chimpline: CommandLine) -> None:
    outcome = chimpline("init")
    file = chimpline.cwd / "chimpline.toml"
    assert 0 == outcome.status
    assert ".gitignore" in outcome.out
    assert 0 == chimpline("run").status
    assert "daily" == chimpline.engine.requests[0].pipeline
    file.write_text("# mine\n")
    again = chimpline("init")
    assert 2 == again.status
    assert "It was not changed." in again.err
    assert "# mine\n" == file.read_text()


def test_tables_lists_how_each_is_read(chimpline: CommandLine) -> None:
    outcome = chimpline("tables")
    assert [
        "table method replication key primary key parent default requests",
        "lists Full Table id yes 1",
        "list_members Incremental (CDC) last_changed list_id, id lists yes 1 each of lists",
        (
            "unsubscribes Full Table, on change campaign_id, email_id campaigns yes "
            "1 each of campaigns"
        ),
        "on change: read when the counters of its campaign have changed, and every week.",
        "requests: about how many a first read takes, by what it hangs below.",
        "To see all of a table, with what its columns mean:",
        "chimpline tables TABLE",
    ] == [" ".join(line.split()) for line in outcome.lines]
    columns = chimpline("tables", "--columns", "list_members")
    assert "What list_members holds." == columns.lines[0]
    assert "seen         timestamp" in columns.lines
    own = [line for line in columns.lines if line.startswith("_")]
    assert ["_synced_at", "_deleted_at"] == [line.split()[0] for line in own]
    assert own[1].endswith("found the record deleted (UTC); empty while it exists")
    as_json_lines = [json.loads(line) for line in chimpline("tables", "--json").lines]
    assert ["lists", "list_members", "unsubscribes"] == [line["table"] for line in as_json_lines]
    assert "What lists holds." == as_json_lines[0]["about"]
    assert not (chimpline.cwd / "chimpline.duckdb").exists()


def test_tables_shows_all_of_a_table_with_what_its_columns_mean(chimpline: CommandLine) -> None:
    named = chimpline("tables", "list_members")
    assert [
        "What list_members holds.",
        "Primary key: list_id, id.",
        "Parent: lists.",
        "Replication key: last_changed.",
        "Method: Incremental (CDC).",
        "Copied by default: yes.",
    ] == named.lines[:6]
    assert "list_id      text       key  The audience (`lists.id`)" in named.lines
    assert named.lines == chimpline("tables", "--columns", "list_members").lines
    lines = [json.loads(line) for line in chimpline("tables", "list_members", "--json").lines]
    assert ["The audience (`lists.id`)", None] == [lines[0]["meaning"], lines[2]["meaning"]]


def test_tables_takes_a_name_for_that_of_a_pipeline_first(chimpline: CommandLine) -> None:
    (chimpline.cwd / "chimpline.toml").write_text("[pipelines.lists]\n")
    assert "What lists holds." not in chimpline("tables", "lists").lines
    assert "What list_members holds." == chimpline("tables", "list_members").lines[0]


def test_tables_says_when_a_table_was_last_read_completely(chimpline: CommandLine) -> None:
    chimpline.landed(list_members=TableState.DONE)
    lines = chimpline("tables").lines
    assert lines[0].endswith("rows  full read (UTC)")
    assert lines[2].endswith("1,234  2026-11-20 12:00:00")
    assert lines[1].endswith("-  never")


def test_runs_lists_history_and_one_run_table_by_table(chimpline: CommandLine) -> None:
    assert NO_RUN == chimpline("runs").lines
    chimpline.landed()
    assert [
        "run  pipeline  started (UTC)             took  state     changed  requests",
        "r7   main      2026-11-23 12:00:00  1 min 5 s  unproven        7        42",
    ] == chimpline("runs").lines
    one = chimpline("runs", "r7")
    assert "list_members: The total did not hold. Run again." in one.lines
    assert "Schema 1, chimpline 0.1.0." in one.lines
    line = json.loads(chimpline("runs", "--json", "--last", "1").out)
    assert ("r7", "unproven", 42) == (line["run_id"], line["state"], line["requests"])


def test_a_run_is_named_by_the_beginning_of_its_id_and_ids_of_earlier_versions_still_work(
    chimpline: CommandLine,
) -> None:
    chimpline.landed()
    (kept,), tables = chimpline.engine.kept.runs, chimpline.engine.kept.tables
    ids = ("3f2a91c4d7", "3f2b000000", "20261127T070221Z-abc123", "20261127T080000Z-3f9fff")
    chimpline.engine.kept = LedgerView(
        tuple(dataclasses.replace(kept, run_id=id_) for id_ in ids), tables
    )

    def found(typed: str) -> str:
        told: str = json.loads(chimpline("runs", typed, "--json").out)["run_id"]
        return told

    for typed, meant in (
        ("3f2a", ids[0]),
        ("3f2b", ids[1]),
        (ids[2], ids[2]),
        ("20261127T07", ids[2]),
        ("abc1", ids[2]),
        ("3f9", ids[3]),
    ):
        assert meant == found(typed)
    outcome = chimpline("runs", "3f2")
    assert 2 == outcome.status
    assert in_three_parts(outcome)
    assert "The ids of 2 runs begin with 3f2: 3f2a91c4d7 (2026-11-23 12:00:00), " in outcome.err
    assert "There is no run 77." in chimpline("runs", "77").err


def test_what_is_wrong_with_every_table_is_told_once_with_the_run_first(
    chimpline: CommandLine,
) -> None:
    names = ("lists", "list_members", "unsubscribes")
    chimpline.engine.states = dict.fromkeys(names, TableState.UNPROVEN)
    chimpline.engine.said = NOT_READ
    chimpline.engine.exit = 1

    def stop(cancelled: threading.Event) -> None:
        cancelled.set()

    stopped = chimpline("run")
    told = stopped.err.splitlines()[1:]
    assert "Something went wrong. Look at the tables." == told[0]
    assert [f"{', '.join(names)}: unproven. {heard(NOT_READ)}"] == told[1:]
    assert heard(NOT_READ) not in stopped.out
    chimpline.engine.during = stop
    stopped = chimpline("run")
    assert 1 == stopped.status
    assert ["Something went wrong. Look at the tables."] == stopped.err.splitlines()[1:]
    assert heard(NOT_READ) not in stopped.out


def test_a_message_of_several_tables_is_told_once(chimpline: CommandLine) -> None:
    chimpline.landed(lists=TableState.UNPROVEN, list_members=TableState.UNPROVEN)
    (told,) = [line for line in chimpline("runs", "r7").lines if "did not hold" in line]
    assert "lists, list_members: The total did not hold. Run again." == told


def test_a_run_that_failed_before_it_started_stands_on_top_and_says_why(
    chimpline: CommandLine,
) -> None:
    chimpline.landed()
    (before,), tables = chimpline.engine.kept.runs, chimpline.engine.kept.tables
    before = dataclasses.replace(before, started_at=NOON - dt.timedelta(days=1))
    chimpline.engine.kept = LedgerView((before,), tables)
    chimpline.engine.refused = saying(
        InvalidCredentials, "Mailchimp knows no such key.", do="Make one."
    )
    assert 2 == chimpline("run").status
    top = chimpline("runs").lines[1]
    assert ["r1", "main", "2026-11-23", "12:00:00", "2", "s", "failed"] == top.split()[:7]
    why = f"Mailchimp knows no such key. {COMMITTED_STAYS} Make one."
    assert [f"r1: {why}"] == [line for line in chimpline("status").lines if "no such key" in line]
    assert [
        why,
        "The run left no report on its tables.",
    ] == chimpline("runs", "r1").lines[-2:]
    told = json.loads(chimpline("runs", "r1", "--json").out)
    assert ("failed", why, "1", "0.1.0") == (
        told["state"],
        told["message"],
        told["schema_version"],
        told["chimpline_version"],
    )


def under_way(chimpline: CommandLine, started: dt.datetime = NOON) -> RunRecord:
    """What the ledger holds of a run that wrote no end."""
    chimpline.landed()
    record = RunRecord("r8", "main", started, None, RunState.RUNNING, "1", "0.1.0")
    kept = chimpline.engine.kept
    chimpline.engine.kept = LedgerView((record, *kept.runs), kept.tables)
    return record


def test_a_run_that_was_killed_is_failed_in_every_view(chimpline: CommandLine) -> None:
    under_way(chimpline, NOON + dt.timedelta(hours=1))
    for command in ("runs", "status"):
        (line,) = [line for line in chimpline(command).lines if line.startswith("r8 ")]
        assert "failed" in line
    assert heard(ENDED_FROM_OUTSIDE) in chimpline("runs", "r8").lines
    told = json.loads(chimpline("runs", "--json", "--last", "1").out)
    assert ("r8", "failed", heard(ENDED_FROM_OUTSIDE)) == (
        told["run_id"],
        told["state"],
        told["message"],
    )


def test_a_run_that_holds_its_lock_is_running(chimpline: CommandLine) -> None:
    under_way(chimpline)
    state = StateDirectory(chimpline.cwd / ".chimpline", clock=lambda: NOON)
    with state.lock(f"duckdb:///{chimpline.cwd}/chimpline.duckdb", "mailchimp", "r8", "main"):
        told = json.loads(chimpline("runs", "r8", "--json").out)
    assert ("running", "", None) == (told["state"], told["message"], told["finished_at"])


def test_a_run_of_another_machine_is_not_called_dead(chimpline: CommandLine) -> None:
    under_way(chimpline)
    to = ("--to", "postgresql://db.example/x")
    told = json.loads(chimpline("runs", "r8", "--json", *to).out)
    assert ("running", heard(ELSEWHERE)) == (told["state"], told["message"])
    with StateDirectory(chimpline.cwd / ".chimpline", clock=lambda: NOON).event_file("r8"):
        pass  # it was this one after all, and is gone
    told = json.loads(chimpline("runs", "r8", "--json", *to).out)
    assert ("failed", heard(ENDED_FROM_OUTSIDE)) == (told["state"], told["message"])


def test_what_was_typed_for_run_need_not_be_typed_again_to_see_it(chimpline: CommandLine) -> None:
    chimpline("run", "--to", "duckdb:///elsewhere.duckdb", "--dataset", "mc")
    assert 1 == sum("r1 " in line for line in chimpline("runs").lines)
    assert "elsewhere.duckdb, dataset mc." in chimpline("status").out
    assert NO_RUN == chimpline("runs", "--dataset", "other").lines


def test_status_shows_what_runs_now_although_the_ledger_is_locked(chimpline: CommandLine) -> None:
    chimpline.landed()
    chimpline.engine.ledger_fails = saying(
        DestinationLocked, "Another process has the file open.", do="Wait for it."
    )
    state = StateDirectory(chimpline.cwd / ".chimpline", clock=lambda: NOON)
    destination = f"duckdb:///{chimpline.cwd}/chimpline.duckdb"
    with state.lock(destination, "mailchimp", "r8", "main"), state.event_file("r8") as events:
        events.write(
            as_json(
                TableProgress(
                    at=NOON,
                    table="list_members",
                    state=TableState.CHANGES,
                    rows_read=250,
                    rows_expected=1000,
                    pages=1,
                    requests=1,
                    slices_open=1,
                )
            )
        )
        outcome = chimpline("status")
        live, told = (json.loads(line) for line in chimpline("status", "--json").lines)
    assert 0 == outcome.status
    assert "Run r8 of pipeline main is in progress" in outcome.lines[0]
    assert "▸  list_members  changes   250  25%" in outcome.lines
    assert (
        "The database cannot be read now, because the run above has it open." == outcome.lines[-1]
    )
    assert "No run yet" not in outcome.out
    assert "Run r8, which is in progress, has it open." == told["unreadable"]
    assert ("r8", os.getpid()) == (live["live"], live["pid"])


def test_status_names_whoever_else_has_the_file_open(chimpline: CommandLine) -> None:
    chimpline.landed()
    chimpline.engine.ledger_fails = saying(
        DestinationLocked, "It is open in process 7.", do="Close it."
    )
    outcome = chimpline("status")
    assert "The database cannot be read now. It is open in process 7. Close it." in outcome.lines


def test_status_knows_a_run_on_another_dataset_of_the_same_file(chimpline: CommandLine) -> None:
    def look(_: threading.Event) -> None:
        chimpline.engine.ledger_fails = saying(DestinationLocked, "It is open.", do="Close it.")
        looked.append(chimpline("status", "--json", "--dataset", "mailchimp"))

    looked: list[Outcome] = []
    (chimpline.cwd / "chimpline.duckdb").touch()
    chimpline.engine.during = look
    chimpline("run", "--dataset", "other")
    told = json.loads(looked[0].lines[1])
    assert ("mailchimp", "Run r1, which is in progress, has it open.") == (
        told["dataset"],
        told["unreadable"],
    )


@pytest.mark.parametrize("state", [TableState.UNPROVEN, TableState.FAILED, TableState.REFUSED])
def test_status_shows_how_each_table_ended_and_until_when_it_is_proven(
    chimpline: CommandLine, state: TableState
) -> None:
    def lines(ended: TableState) -> list[str]:
        chimpline.landed(unsubscribes=TableState.REFUSED, list_members=ended)
        return chimpline("status").lines

    assert "No run is in progress." == lines(TableState.DONE)[0]
    proven = "1,234  2026-11-23 12:00:00  2026-11-20 12:00:00"
    assert ["✓", "list_members", "done", *proven.split()] in [
        line.split() for line in lines(TableState.DONE)
    ]
    assert any(line.endswith("dataset mailchimp. Schema 1.") for line in lines(state))
    shown = [line.split() for line in lines(state)]
    # No run has read all of it yet, whatever single parts of it are.
    assert [MARKS[state], "list_members", state.value, "1,234", "never", "never"] in shown
    assert ["⊘", "unsubscribes", "refused", "-", "never", "never"] == shown[-1]
    told = json.loads(chimpline("status", "--json").lines[0])
    assert ("1", "1") == (told["schema_version"], told["runs"][0]["schema_version"])
    tables = told["tables"]
    assert [(state.value, 1234), ("refused", None)] == [
        (tables[name]["state"], tables[name]["rows"]) for name in ("list_members", "unsubscribes")
    ]


def test_no_settings_file_is_said_once_to_people_only(chimpline: CommandLine) -> None:
    told = f"There is no chimpline.toml in {chimpline.cwd}: options and environment are used.\n"
    assert told == chimpline("status").err
    assert ["", ""] == [chimpline("status", "--json").err, chimpline("run", "--json").err]
    chimpline("init")
    assert ["", ""] == [chimpline("status").err, chimpline("run").err]


def test_version_is_told(chimpline: CommandLine) -> None:
    outcome = chimpline("--version")
    assert (0, "chimpline 0.1.0\n") == (outcome.status, outcome.out)


def test_what_was_typed_is_named_as_that(chimpline: CommandLine) -> None:
    (chimpline.cwd / "chimpline.toml").write_text("[connections.main]\n")
    told = " ".join(chimpline("run", "--connection", "nokey").err.split())
    assert "There is no connection 'nokey' (option --connection)." in told
    assert "The id of the run is empty." in chimpline("runs", "").err
