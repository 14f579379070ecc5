"""Comparisons: asked for, watched, what they found, and repaired."""

from __future__ import annotations

from typing import Any

import pytest

from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.message import Message
from chimpline.model import RunState
from chimpline.reconcile.difference import Kind
from chimpline.service.execution.order import Became, Fate, Task
from chimpline.service.people.people import Role
from chimpline.service.people.tokens import Scope
from tests.desks import Console

STARTED = {"event": "reconcile_started", "level": "keys", "requests_expected": 120}
LISTS: dict[str, Any] = {
    "event": "table_reconciled",
    "table": "lists",
    "mailchimp": 1003,
    "copy": 1002,
    "losses": 1,
    "explained": 0,
    "verdict": "differs",
    "note": "",
}
LOST: dict[str, Any] = {
    "event": "difference",
    "table": "lists",
    "parent": "<b>audience</b>",
    "why": "lost",
    "kind": Kind.LOST.value,
    "loss": True,
    "rows": 1,
    "keys": ["a1"],
    "columns": [],
    "note": "",
}
EQUAL = {**LISTS, "copy": 1003, "losses": 0, "verdict": "equal"}
ENDED = {"event": "reconcile_finished", "requests": 118, "exit": 1}
RAN = Fate(Became.RAN, RunState.SUCCEEDED, 1)


def asked(console: Console, **fields: Any) -> str:
    """The address of a new comparison."""
    return console.admin.form(
        "/runs/comparisons", pipeline="daily", level="keys", **fields
    ).headers["location"]


def test_a_comparison_is_asked_for_watched_and_shown(console: Console) -> None:
    address = asked(console)
    (order, _), *_ = console.orders.known
    assert (Task.COMPARE, "keys", False) == (order.task, order.level, order.repair)
    console.logs(order.run_id, STARTED)
    assert "running" in console.admin.text(address)
    assert "every 1s" in console.admin.get(f"{address}/now").text
    console.logs(order.run_id, STARTED, LOST, LISTS, ENDED)
    console.orders.ends(order.run_id, RAN)
    shown = console.admin.text(address)
    for said in ("differs", "1,003 1,002 1 0", "lost: Mailchimp had it", "a1", "Repair", "118"):
        assert said in shown, said
    assert "<b>audience" not in console.admin.get(address).text
    assert "every 1s" not in console.admin.get(address).text
    assert "differs" in console.admin.text("/runs/comparisons")


def test_what_is_noted_is_in_the_readers_language(console: Console) -> None:
    address = asked(console)
    (order, _), *_ = console.orders.known
    note = Message("note-no-total").to_json()
    noted = {**EQUAL, "note": "Mailchimp tells no total", "noted": note}
    says = {"event": "dashboard_note", "message": "as it was said", "said": note}
    console.logs(order.run_id, STARTED, noted, says, ENDED)
    console.orders.ends(order.run_id, RAN)
    for language in ("en", "ko"):
        console.admin.cookies["chimpline_language"] = language
        said = catalogue(language).words(Message("note-no-total"))
        assert 2 == console.admin.text(address).count(said)


def test_a_repair_shows_what_was_wrong_and_which_run_mended_it(console: Console) -> None:
    address = asked(console, repair="true")
    (order, _), *_ = console.orders.known
    assert order.repair
    run = {"event": "run_started", "run_id": "r9"}
    console.logs(order.run_id, STARTED, LOST, LISTS, run, STARTED, EQUAL, {**ENDED, "exit": 0})
    console.orders.ends(order.run_id, RAN)
    shown = console.admin.text(address)
    for said in ("Everything that was compared is equal.", "Repaired by run r9", "repair 1"):
        assert said in shown, said


def test_a_comparison_that_failed_says_why(console: Console) -> None:
    address = asked(console)
    (order, _), *_ = console.orders.known
    console.orders.ends(order.run_id, Fate(Became.BROKEN, message="There is no copy."))
    assert "There is no copy." in console.admin.text(address)


def test_a_comparison_is_no_run(console: Console) -> None:
    address = asked(console)
    assert [] == console.desk.live()
    console.admin.text(f"/runs/{address.rpartition('/')[2]}", 404)
    console.admin.text("/runs/comparisons/none", 404)


def test_a_viewer_compares_nothing(console: Console) -> None:
    viewer = console.person("vera", Role.VIEWER)
    answer = viewer.form("/runs/comparisons", pipeline="daily", level="keys")
    assert 403 == answer.status_code
    assert [] == console.orders.known


def test_a_program_compares_as_well(console: Console) -> None:
    operates = console.token(Scope.OPERATE, Scope.READ)
    made = console.nobody().post("/api/v1/pipelines/daily/comparisons?level=rows", headers=operates)
    assert (202, "running") == (made.status_code, made.json()["verdict"])
    address = f"/api/v1/comparisons/{made.json()['id']}"
    found = console.nobody().get(address, headers=operates).json()
    assert "rows" == found["level"]
    for asked_of, listed in (("", [found]), ("?pipeline=daily", [found]), ("?pipeline=x", [])):
        answer = console.nobody().get(f"/api/v1/comparisons{asked_of}", headers=operates)
        assert {"comparisons": listed} == answer.json()
    assert 202 == console.nobody().post(f"{address}/cancel", headers=operates).status_code
    unknown = console.nobody().post("/api/v1/pipelines/none/comparisons", headers=operates)
    assert 404 == unknown.status_code


@pytest.mark.parametrize("kind", Kind)
def test_every_reason_has_its_words(kind: Kind) -> None:
    assert kind.value != catalogue().words(kind.said)
