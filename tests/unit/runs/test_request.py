"""What a request names, what is read for it, and the form in which it is sent elsewhere."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from chimpline.api.sign_in.credentials import Credential
from chimpline.model import Deletes, History
from chimpline.runs.request import SECRETS, RunRequest, TableSelection


def request(**chosen: Any) -> RunRequest:
    return RunRequest(
        pipeline="p",
        credential=Credential("k-us1", is_api_key=True),
        destination="duckdb:///x.duckdb",
        dataset="d",
        **chosen,
    )


def test_without_a_choice_every_slice_is_wanted() -> None:
    assert request().wants("list_members", "any")


@pytest.mark.parametrize(
    ("table", "parent", "wanted"),
    [
        ("list_members", "a", True),
        ("list_members", "b", False),
        ("list_segment_members", "b/7", True),
        ("list_segment_members", "b/8", False),
        ("list_segment_members", "a/7", False),
        ("list_segments", "b", False),
        ("list_merge_fields", "a", True),  # shapes the rows of a chosen slice
        ("list_interests", "a/cat", True),
        ("list_merge_fields", "c", False),
        ("unsubscribes", "a1", False),
    ],
)
def test_only_the_chosen_slices_and_what_they_hang_on_are_wanted(
    table: str, parent: str, *, wanted: bool
) -> None:
    chosen = {
        "list_members": frozenset({"a"}),
        "list_segment_members": frozenset({"b/7"}),
    }
    assert wanted == request(reread=chosen).wants(table, parent)


def test_what_a_chosen_slice_hangs_on_is_wanted() -> None:
    chosen = request(reread={"list_segment_members": frozenset({"b/7"})})
    assert chosen.wants("list_segments", "b", holds=True)
    assert not chosen.wants("list_segments", "a", holds=True)


def test_the_start_date_is_inclusive() -> None:
    assert request().floor is None
    floor = request(start_date=dt.date(2020, 2, 29)).floor
    assert dt.datetime(2020, 2, 28, 23, 59, 59, tzinfo=dt.UTC) == floor


@pytest.mark.parametrize(
    ("start", "floor"),
    [
        (None, None),
        (dt.date(1, 1, 1), None),  # nothing lies before it
        (dt.date(1, 1, 2), dt.datetime(1, 1, 1, 23, 59, 59, tzinfo=dt.UTC)),
        (dt.date(2020, 1, 31), dt.datetime(2020, 1, 30, 23, 59, 59, tzinfo=dt.UTC)),
        (dt.date(9999, 12, 31), dt.datetime(9999, 12, 30, 23, 59, 59, tzinfo=dt.UTC)),
    ],
)
def test_a_start_date_leaves_out_what_lies_before_it(
    start: dt.date | None, floor: dt.datetime | None
) -> None:
    assert floor == request(start_date=start).floor


SECRET = "deadbeefdeadbeefdeadbeefdeadbeef-us19"

EVERYTHING: dict[str, Any] = {
    "credential": Credential(SECRET, is_api_key=True),
    "hash_salt": b"salt of sixteen and more",
    "destination_secrets": {"password": "deadbeef"},
    "api_root": "https://us19.api.mailchimp.com/3.0",
    "login_root": "https://login.example",
    "tables": ("lists", "list_members"),
    "start_date": dt.date(2020, 1, 31),
    "activity_window_days": 30,
    "activity_window_strict": True,
    "deletes": Deletes.REMOVE,
    "full_refresh": True,
    "connections": 3,
    "lookback": dt.timedelta(minutes=7),
    "complete_read_every": dt.timedelta(days=1, seconds=1),
    "pages_in_memory_mb": 64,
    "state_dir": Path("/somewhere/.chimpline"),
    "selections": {
        "list_members": TableSelection(
            columns=frozenset({"id", "merge_fields.FNAME"}),
            exclude=frozenset({"ip_opt"}),
            dropped=frozenset({"ip_signup"}),
            hashed=frozenset({"email_address"}),
            key=("list_id", "id", "contact_id"),
        ),
        "campaigns": TableSelection(selected=False),
    },
    "every": {"campaigns": dt.timedelta(days=1)},
    "history": {"campaigns": History.DAILY},
    "segments_every_run": True,
    "reread": {"list_members": frozenset({"a", "b"}), "lists": frozenset({""})},
    "run_id": "0a1b2c3d4e",
}


@pytest.mark.parametrize("chosen", [{}, EVERYTHING])
def test_a_request_that_was_sent_is_the_same_request(chosen: dict[str, Any]) -> None:
    sent = RunRequest(
        **{
            "pipeline": "p",
            "credential": Credential(SECRET, is_api_key=True),
            "destination": "duckdb:////x.duckdb",
            "dataset": "d",
            **chosen,
        }
    )
    document = json.loads(json.dumps(sent.to_json()))
    others = {name: getattr(sent, name) for name in SECRETS - {"credential"}}
    back = RunRequest.from_json(document, sent.credential, **others)
    assert sent == back


def test_everything_that_a_request_has_is_sent_but_for_its_secrets() -> None:
    names = {field.name for field in dataclasses.fields(RunRequest)}
    assert names == EVERYTHING.keys() | {"pipeline", "destination", "dataset"}
    assert names - SECRETS == request().to_json().keys()
    whole = {"pipeline": "p", "destination": "d", "dataset": "d", **EVERYTHING}
    written = json.dumps(RunRequest(**whole).to_json())
    assert "deadbeef" not in written
    assert "salt" not in written


def test_a_field_that_no_request_has_is_not_passed_over() -> None:
    document = request().to_json() | {"tomorrow": 1}
    with pytest.raises(TypeError):
        RunRequest.from_json(document, Credential(SECRET, is_api_key=True))
