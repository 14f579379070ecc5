"""/metrics: each figure with its name, its help and its labels, and none that is not known."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from chimpline.interfaces.console.metrics import FIGURES, PREFIX
from chimpline.model import RunState
from chimpline.service.people.tokens import Scope
from tests.desks import NOW, Console

TABLES = {
    "lists": {"state": "done", "rows_read": 3, "inserted": 1, "updated": 1, "deleted": 0},
    "list_members": {"state": "unproven", "rows_read": None, "inserted": None},
}
DOCS = Path(__file__).parents[5] / "docs" / "console.md"


def figures(console: Console) -> str:
    answer = console.nobody().get("/metrics", headers=console.token(Scope.READ))
    assert 200 == answer.status_code
    return answer.text


def values(console: Console) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name.removeprefix(PREFIX), tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(figures(console))
        for sample in family.samples
    }


def test_of_a_pipeline_that_never_ran_nothing_is_made_up(console: Console) -> None:
    found = values(console)
    assert 1 == found["settings_valid", ()]
    assert 0 == found["pipeline_running", ("daily",)]
    assert 6 * 3600 == found["data_age_target_seconds", ("daily",)]
    assert 0 == found["data_late", ("daily",)]
    names = {name for name, _ in found}
    assert not names & {"data_age_seconds", "last_run", "table_last_run"}


def test_the_figures_are_those_of_the_last_run(console: Console) -> None:
    console.ran(RunState.SUCCEEDED, tables=TABLES | {"list_members": {"state": "done"}})
    console.now += dt.timedelta(hours=8)
    end = console.now + dt.timedelta(seconds=90)
    console.ran(
        RunState.UNPROVEN, run_id="r2", tables=TABLES, requests=7, rows_changed=2, finished_at=end
    )
    console.ran(RunState.SKIPPED, run_id="r3")
    found = values(console)
    wanted = {
        ("data_timestamp_seconds", ("daily",)): NOW.timestamp(),
        ("data_age_seconds", ("daily",)): 8 * 3600,
        ("data_late", ("daily",)): 1,
        ("last_run", ("daily", "unproven")): 1,
        ("last_run", ("daily", "succeeded")): 0,
        ("last_run_duration_seconds", ("daily",)): 90,
        ("last_run_requests", ("daily",)): 7,
        ("last_run_rows_changed", ("daily",)): 2,
        ("table_last_run", ("daily", "done", "lists")): 1,
        ("table_last_run", ("daily", "unproven", "list_members")): 1,
        ("table_last_run_rows_read", ("daily", "lists")): 3,
        ("table_last_run_rows_changed", ("daily", "lists")): 2,
        ("table_data_timestamp_seconds", ("daily", "lists")): console.now.timestamp(),
        ("table_data_timestamp_seconds", ("daily", "list_members")): NOW.timestamp(),
        ("runs_kept", ("skipped",)): 1,
        ("connection_needs_reauthentication", ("main",)): 0,
        ("alert_messages_unsent", ()): 0,
    }
    assert wanted == {key: found.get(key) for key in wanted}
    assert ("table_last_run_rows_read", ("daily", "list_members")) not in found


def test_every_figure_has_its_help_and_is_documented(console: Console) -> None:
    text = figures(console)
    assert {PREFIX + name for name in FIGURES} == set(re.findall(r"# HELP (\w+) \w", text))
    documented = re.findall(r"^\| `(chimpline_\w+)` \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert [PREFIX + name for name in FIGURES] == documented


def test_without_a_token_that_may_read_there_are_no_figures(console: Console) -> None:
    assert 401 == console.admin.get("/metrics").status_code
