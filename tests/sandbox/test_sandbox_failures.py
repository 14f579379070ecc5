"""The ten connections, problem documents, and a plan of what goes wrong.

What is known: docs/mailchimp-facts.md#limits-and-failures.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from chimpline.sandbox import Sandbox

Ask = Callable[..., requests.Response]
PROBLEM = "application/problem+json; charset=utf-8"


def crowd(sandbox: Sandbox, keys: list[str]) -> list[requests.Response]:
    """One request for each key, all at once."""
    barrier = threading.Barrier(len(keys))

    def one(key: str) -> requests.Response:
        barrier.wait()
        return requests.get(f"{sandbox.api_root}/ping", auth=("x", key), timeout=30)

    with ThreadPoolExecutor(len(keys)) as pool:
        return list(pool.map(one, keys))


def test_the_eleventh_connection_of_a_user_is_refused(sandbox: Sandbox) -> None:
    sandbox.latency(base_s=0.4)
    keys = [sandbox.api_key] * 7 + [sandbox.second_api_key] * 5
    answers = crowd(sandbox, keys)
    assert [200] * 10 + [429] * 2 == sorted(answer.status_code for answer in answers)
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert PROBLEM == refused.headers["Content-Type"]
    assert "Retry-After" not in refused.headers
    metrics = sandbox.metrics()
    assert (10, 2) == (metrics["peak_connections"], metrics["rejected_429"])


def test_the_refusal_can_come_without_a_body() -> None:
    with Sandbox.start(
        members=10, campaigns=0, events=0, problem_on_429=False, connection_limit=1
    ) as sandbox:
        sandbox.latency(base_s=0.3)
        answers = crowd(sandbox, [sandbox.api_key] * 3)
        assert [b""] * 2 == [answer.content for answer in answers if answer.status_code == 429]


def test_a_request_that_was_given_up_goes_on_counting() -> None:
    with Sandbox.start(members=10, campaigns=0, events=0, connection_limit=1) as sandbox:
        sandbox.latency(base_s=0.5)
        address = urlsplit(sandbox.api_root)
        with socket.create_connection((address.hostname, address.port)) as connection:
            request = "GET /3.0/ping HTTP/1.1\r\nHost: x\r\n"
            request += f"Authorization: Bearer {sandbox.api_key}\r\n\r\n"
            connection.sendall(request.encode())
            while sandbox.metrics()["total"] == 0:
                pass
        assert [429] == [answer.status_code for answer in crowd(sandbox, [sandbox.api_key])]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Basic bm90aGluZw==", 401),
        ("Bearer 0000", 401),
        ("Bearer {key}", 200),
        ("OAuth {token}", 200),
        ("Bearer {token}", 200),
    ],
)
def test_who_may_ask(header: str | None, status: int, quiet: Sandbox) -> None:
    headers = {}
    if header:
        text = header.format(key=quiet.api_key, token=quiet.access_token)
        headers["Authorization"] = text
    answer = requests.get(f"{quiet.api_root}/ping", headers=headers, timeout=30)
    assert status == answer.status_code


def test_an_error_can_be_asked_for(quiet: Sandbox) -> None:
    answer = requests.get(
        f"{quiet.api_root}/lists",
        headers={"X-Trigger-Error": "TooManyRequests"},
        auth=("x", quiet.api_key),
        timeout=30,
    )
    assert (429, "Too Many Requests") == (answer.status_code, answer.json()["title"])


def test_other_methods_are_405(quiet: Sandbox) -> None:
    answer = requests.post(f"{quiet.api_root}/lists", auth=("x", quiet.api_key), timeout=30)
    assert (405, PROBLEM) == (answer.status_code, answer.headers["Content-Type"])


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("429", 429, PROBLEM),
        ("429-empty", 429, None),
        ("500", 500, PROBLEM),
        ("502-html", 502, "text/html; charset=utf-8"),
        ("504-html", 504, "text/html; charset=utf-8"),
        ("403-problem", 403, PROBLEM),
        ("403-html", 403, "text/html; charset=utf-8"),
        ("403-empty", 403, None),
        ("wrong-content-type", 200, "text/html; charset=utf-8"),
        ("not-json", 200, "application/json; charset=utf-8"),
        ("truncated", 200, "application/json; charset=utf-8"),
    ],
)
def test_a_planned_answer(
    kind: str, status: int, content_type: str | None, quiet: Sandbox, ask: Ask
) -> None:
    quiet.faults([{"path": "/lists", "kind": kind, "after": 1, "times": 1}])
    try:
        answers = [ask(quiet, "/lists"), ask(quiet, "/ping"), ask(quiet, "/lists")]
        assert [200, 200, status] == [answer.status_code for answer in answers]
        assert content_type == answers[2].headers.get("Content-Type")
        if kind in ("not-json", "truncated"):
            with pytest.raises(requests.JSONDecodeError):
                answers[2].json()
        if kind.endswith("empty"):
            assert b"" == answers[2].content
        assert 200 == ask(quiet, "/lists").status_code
    finally:
        quiet.clear_faults()


@pytest.mark.parametrize("kind", ["reset", "reset-in-body"])
def test_a_planned_reset(kind: str, quiet: Sandbox, ask: Ask) -> None:
    quiet.faults([{"path": "^/lists$", "kind": kind}])
    try:
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            ask(quiet, "/lists", count=100)
        assert 200 == ask(quiet, "/lists").status_code
    finally:
        quiet.clear_faults()


def test_a_page_can_repeat_or_come_empty(quiet: Sandbox, ask: Ask) -> None:
    path = f"/lists/{quiet.truth('lists')[0]['id']}/members"
    quiet.faults(
        [
            {"path": path, "kind": "repeated-page", "query": "offset=5"},
            {"path": path, "kind": "empty-page", "query": "offset=10"},
        ]
    )
    try:
        pages = [ask(quiet, path, count=5, offset=offset).json() for offset in (0, 5, 5, 10)]
    finally:
        quiet.clear_faults()
    assert pages[0] == pages[1] != pages[2]
    assert [] == pages[3]["members"]
    assert pages[3]["total_items"] > 100


def test_a_token_can_be_revoked_in_the_middle(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.faults([{"path": "/lists", "kind": "revoked", "after": 1}])
    statuses = [ask(sandbox, "/lists").status_code for _ in range(3)]
    assert [200, 401, 401] == statuses
    assert (
        200
        == requests.get(
            f"{sandbox.api_root}/ping", auth=("x", sandbox.second_api_key), timeout=30
        ).status_code
    )
    sandbox.restore()
    assert 200 == ask(sandbox, "/lists").status_code


def test_a_change_can_happen_between_two_pages(sandbox: Sandbox, ask: Ask) -> None:
    path = f"/lists/{sandbox.truth('lists')[0]['id']}/members"
    order = [row["id"] for row in ask(sandbox, path, count=1000).json()["members"]]
    change = {"kind": "delete_permanently", "member_id": order[0]}
    sandbox.faults([{"path": path, "after": 1, "change": change}])
    seen: list[str] = []
    for offset in (0, 10):
        page = ask(sandbox, path, count=10, offset=offset).json()["members"]
        seen.extend(row["id"] for row in page)
    assert order[:10] + order[11:21] == seen


def test_a_change_can_happen_at_a_numbered_request_and_after_it(sandbox: Sandbox, ask: Ask) -> None:
    rule = {"at_request": 2, "when": "after", "change": {"kind": "create_list"}}
    sandbox.faults([rule])
    totals = [ask(sandbox, "/lists").json()["total_items"] for _ in range(3)]
    assert [3, 3, 4] == totals


def test_a_role_is_refused_what_it_may_not_read(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.role("viewer", refuse=["/reports"])
    assert "viewer" == ask(sandbox, "/").json()["role"]
    answer = ask(sandbox, "/reports")
    assert (403, PROBLEM) == (answer.status_code, answer.headers["Content-Type"])
    assert 200 == ask(sandbox, "/campaigns").status_code


def test_a_plan_with_a_mistake_is_refused(quiet: Sandbox) -> None:
    with pytest.raises(ValueError, match="No fault '418'"):
        quiet.faults([{"kind": "418"}])


def test_date_follows_the_logical_clock(sandbox: Sandbox, ask: Ask) -> None:
    first = ask(sandbox, "/ping").headers["Date"]
    assert "2026" in first
    sandbox.advance(366 * 86400)
    assert "2027" in ask(sandbox, "/ping").headers["Date"]


def test_answers_are_gzipped_for_those_who_ask(quiet: Sandbox) -> None:
    sizes: dict[str, Any] = {}
    for encoding in ("gzip", "identity"):
        answer = requests.get(
            f"{quiet.api_root}/lists",
            headers={"Accept-Encoding": encoding},
            auth=("x", quiet.api_key),
            timeout=30,
        )
        sizes[encoding] = int(answer.headers["Content-Length"])
        assert ("gzip" if encoding == "gzip" else None) == answer.headers.get("Content-Encoding")
    assert sizes["gzip"] * 3 < sizes["identity"]
