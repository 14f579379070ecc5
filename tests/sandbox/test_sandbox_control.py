"""The control interface, the ground truth, and the account that a seed makes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox, SandboxControl
from chimpline.sandbox.changes.apply import CHANGES
from chimpline.sandbox.tables import COLLECTIONS

Ask = Callable[..., requests.Response]


@pytest.mark.parametrize("table", COLLECTIONS)
def test_each_row_of_the_truth_has_a_key_of_its_own(table: str, quiet: Sandbox) -> None:
    rows = quiet.truth(table)
    assert rows
    keys = {tuple(row[name] for name in COLLECTIONS[table].primary_key) for row in rows}
    assert len(rows) == len(keys)
    for row in rows:
        assert not any("_links" in column for column in row)
        nested = {name for name, value in row.items() if isinstance(value, dict)}
        assert nested <= {"merge_fields", "interests", "properties"}


def test_the_same_seed_and_sizes_make_the_same_truth() -> None:
    sizes = {"members": 80, "campaigns": 8, "events": 120}
    with Sandbox.start(**sizes, seed=9) as one, Sandbox.start(**sizes, seed=9) as other:
        for table in COLLECTIONS:
            assert one.truth(table) == other.truth(table), table


def test_another_seed_or_account_is_another_account() -> None:
    sizes = {"members": 20, "campaigns": 2, "events": 10}
    with Sandbox.start(**sizes) as one, Sandbox.start(**sizes, seed=2) as other:
        assert one.truth("lists") != other.truth("lists")
        assert one.account_id != other.account_id
        assert one.login_id != other.login_id
    with Sandbox.start(**sizes) as again:
        assert (one.account_id, one.login_id) == (again.account_id, again.login_id)
    with Sandbox.start(**sizes, account_id="another", login_id=7) as third:
        assert 7 == third.login_id
        assert {"another"} == {
            requests.get(f"{third.api_root}/", auth=("x", third.api_key), timeout=30).json()[
                "account_id"
            ]
        }


def test_absent_instants_are_null_and_absent_text_is_empty(quiet: Sandbox) -> None:
    draft = next(row for row in quiet.truth("campaigns") if row["status"] == "save")
    assert draft["send_time"] is None
    assert "" == quiet.truth("lists")[0]["notify_on_subscribe"]
    assert any(row["timestamp_signup"] is None for row in quiet.truth("list_members"))
    assert any(row["ip_signup"] == "" for row in quiet.truth("list_members"))


@pytest.mark.parametrize("kind", sorted(set(CHANGES) - {"odd_value", "mend_record"}))
def test_each_change_can_be_made_without_arguments(kind: str) -> None:
    with Sandbox.start(members=60, campaigns=6, events=100) as sandbox:
        before = sandbox.now
        told = sandbox.change(kind)
        assert kind == told["kind"]
        assert sandbox.now - before >= 1
        for table in COLLECTIONS:
            sandbox.truth(table)


def test_an_unknown_field_is_served_and_belongs_to_no_column(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.change("unknown_field", table="reports", name="mood", value={"of": "day"})
    assert {"of": "day"} == ask(sandbox, "/reports", count=1).json()["reports"][0]["mood"]
    row = sandbox.truth("reports")[0]
    assert {"mood": {"of": "day"}} == row["_extra"]
    assert not any(column.startswith("mood") for column in row)


def test_an_odd_value_is_served_and_belongs_to_no_column(sandbox: Sandbox, ask: Ask) -> None:
    member = sandbox.truth("list_members")[0]
    key = [member["list_id"], member["id"]]
    sandbox.change(
        "odd_value", table="list_members", key=key, field="stats.avg_open_rate", value="much"
    )
    answer = ask(sandbox, f"/lists/{key[0]}/members/{key[1]}").json()
    assert "much" == answer["stats"]["avg_open_rate"]
    row = sandbox.truth("list_members")[0]
    assert {"stats__avg_open_rate": "much"} == row["_extra"]
    elsewhere = {row["stats__avg_open_rate"] for row in sandbox.truth("list_segment_members")}
    assert "much" not in elsewhere
    assert "stats__avg_open_rate" not in row


def test_the_sandbox_of_another_process_is_driven_the_same_way() -> None:
    command = [sys.executable, "-m", "chimpline.sandbox", "--port", "0", "--members", "60"]
    process = subprocess.Popen(
        [*command, "--campaigns", "4", "--events", "50"], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        info: dict[str, Any] = json.loads(process.stdout.readline())
        control = SandboxControl(info["login_root"])
        assert info["api_root"] == control.info()["api_root"]
        assert 60 == len(control.truth("list_members"))
        told = control.change("subscribe", email="x@example.com")
        assert 61 == len(control.truth("list_members"))
        assert told["id"] in {row["id"] for row in control.truth("list_members")}
        now = control.now
        assert control.advance(100) - now >= 100
        control.latency(base_s=0.001)
        control.faults([{"path": "/ping", "kind": "500"}])
        url = f"{info['api_root']}/ping"
        statuses = [
            requests.get(url, auth=("x", info["api_key"]), timeout=30).status_code for _ in range(2)
        ]
        assert [500, 200] == statuses
        assert {"/ping": 2} == control.metrics()["requests"]
        assert [("GET", "/ping", "")] * 2 == control.requests()
        control.reset_metrics()
        assert 0 == control.metrics()["total"]
        with pytest.raises(ValueError, match="No change 'explode'"):
            control.change("explode")
        with pytest.raises(ValueError, match="No truth of 'feelings'"):
            control.truth("feelings")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_callback_sees_each_request_and_may_change_the_account(
    sandbox: Sandbox, ask: Ask
) -> None:
    seen: list[str] = []

    def watch(_method: str, path: str, _query: str) -> None:
        seen.append(path)
        sandbox.change("create_list")

    sandbox.on_request(watch)
    assert 4 == ask(sandbox, "/lists").json()["total_items"]
    assert ["/lists"] == seen


def test_sizes_are_met() -> None:
    with Sandbox.start(
        members=1000, campaigns=10, events=1000, largest_share=0.8, audiences=2
    ) as sandbox:
        assert (1000, 10, 1000) == tuple(
            len(sandbox.truth(table))
            for table in ("list_members", "campaigns", "reports_email_activity")
        )
        lists = [row["list_id"] for row in sandbox.truth("list_members")]
        assert 800 == max(lists.count(list_id) for list_id in set(lists))
