"""What needs somebody follows from what is known, and from nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from chimpline.errors import SettingsError
from chimpline.model import RunState
from chimpline.service.alerts.alerts import differences, recoveries
from chimpline.service.alerts.conditions import Condition, Known, OnlyShown, conditions, late
from chimpline.service.alerts.kinds import AlertKind
from chimpline.service.alerts.memory import Incident
from chimpline.service.alerts.standing import Standing
from chimpline.service.connection.statuses import ConnectionState, Status
from chimpline.service.execution.past import PastRun

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SIGNED_OUT = Status(ConnectionState.NEEDS_REAUTHENTICATION, NOW)


def ended(state: RunState, *, exit_status: int = 1, ago: dt.timedelta = HOUR) -> PastRun:
    begun = NOW - ago
    return PastRun("r1", "daily", state, begun, finished_at=begun, exit=exit_status)


def kinds(
    *known: Known, statuses: dict[str, Status] | None = None, now: dt.datetime = NOW
) -> list[tuple[str, str]]:
    return [(one.kind.value, one.subject) for one in conditions(known, statuses or {}, now)]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (RunState.FAILED, ["failure"]),
        (RunState.UNPROVEN, ["unproven"]),
        (RunState.SUCCEEDED, []),
    ],
)
def test_the_last_run_says_whether_somebody_is_needed(state: RunState, kind: list[str]) -> None:
    found = conditions([Known("daily", "main", ended(state))], {}, NOW)
    assert kind == [one.kind.value for one in found]
    assert all("r1" == one.run_id and ("daily",) == one.pipelines for one in found)


def test_a_pipeline_of_which_nothing_is_known_needs_nobody() -> None:
    assert [] == kinds(Known("daily", "main", fresh_within=HOUR))


def test_data_is_late_once_it_is_older_than_its_target() -> None:
    known = Known("daily", fresh_at=NOW, fresh_within=6 * HOUR)
    assert None is late(known, NOW + 6 * HOUR)
    assert None is not late(known, NOW + 6 * HOUR + dt.timedelta(seconds=1))
    assert None is late(Known("daily", fresh_at=NOW), NOW + 600 * HOUR)


def test_data_that_was_never_proven_is_late_since_the_first_run() -> None:
    known = Known("daily", begun_at=NOW, fresh_within=HOUR)
    assert None is late(known, NOW + HOUR)
    assert None is not late(known, NOW + 2 * HOUR)


def test_a_refused_sign_in_is_one_cause_however_many_pipelines_fail_of_it() -> None:
    known = [Known(name, "main", ended(RunState.FAILED, exit_status=2)) for name in ("a", "b")]
    other = Known("c", "shop", ended(RunState.FAILED))
    found = conditions([*known, other], {"main": SIGNED_OUT, "shop": Status()}, NOW)
    assert [("re-authentication", "main", ("a", "b")), ("failure", "c", ("c",))] == [
        (one.kind.value, one.subject, one.pipelines) for one in found
    ]


def test_a_secret_that_may_not_be_sent_has_words_of_its_own() -> None:
    known = [Known("daily", "main")]
    for moved, kind in ([], "need-sign-in-again"), (["main"], "need-secret-moved"):
        (found,) = conditions(known, {"main": SIGNED_OUT}, NOW, moved=moved)
        assert (kind, AlertKind.REAUTHENTICATION) == (found.problem.message.kind, found.kind)


def test_a_run_that_failed_before_somebody_signed_in_again_is_over() -> None:
    known = Known("daily", "main", ended(RunState.FAILED, exit_status=2))
    renewed = Status(ConnectionState.VERIFIED, NOW - HOUR / 2)
    assert [] == kinds(known, statuses={"main": renewed})
    long_since = Status(ConnectionState.VERIFIED, NOW - 2 * HOUR)
    assert [("failure", "daily")] == kinds(known, statuses={"main": long_since})


def test_a_run_is_given_a_moment_to_say_that_its_sign_in_was_refused() -> None:
    moment = dt.timedelta(seconds=3)
    known = Known("daily", "main", ended(RunState.FAILED, exit_status=2, ago=moment))
    assert [] == kinds(known)
    assert [("failure", "daily")] == kinds(known, now=NOW + HOUR)


def test_wrong_settings_are_shown_once_and_first() -> None:
    problem = SettingsError("stored-sentence", sentence="It is wrong.").problem
    known = Known("daily", None, ended(RunState.FAILED), problem=problem)
    assert [("settings", "daily"), ("failure", "daily")] == kinds(known)
    found = conditions([known], {}, NOW, problem)
    assert [(OnlyShown.SETTINGS, ""), (AlertKind.FAILURE, "daily")] == [
        (one.kind, one.subject) for one in found
    ]


def test_tables_that_are_offered_need_somebody_until_the_pipeline_names_its_own() -> None:
    last = dataclasses.replace(ended(RunState.SUCCEEDED), offered=("list_tags",))
    assert [("offered", "daily")] == kinds(Known("daily", "main", last))
    assert [] == kinds(Known("daily", "main", last, names_tables=True))


def condition(state: RunState) -> list[Condition]:
    return conditions([Known("daily", "main", ended(state))], {}, NOW)


def test_a_cause_begins_once_and_is_over_once() -> None:
    failed = condition(RunState.FAILED)
    begun, over = differences([], failed)
    assert (failed, set()) == (begun, over)
    incident = Incident(AlertKind.FAILURE, "daily")
    assert ([], set()) == differences([incident], failed)
    assert ([], {incident}) == differences([incident], [])


def test_a_schema_change_is_told_once_for_ever() -> None:
    incident = Incident(AlertKind.SCHEMA, "daily", "lists/new")
    assert ([], set()) == differences([incident], [])


def stands(known: Known, statuses: dict[str, Status] | None = None) -> Standing:
    told = statuses or {}
    return Standing((known,), told, tuple(conditions([known], told, NOW)))


def test_all_is_well_again_when_a_run_has_succeeded() -> None:
    over = [Incident(AlertKind.FAILURE, "daily"), Incident(AlertKind.LATE, "daily")]
    well = stands(Known("daily", "main", ended(RunState.SUCCEEDED)))
    assert [(AlertKind.RECOVERY, "daily", "r1")] == [
        (one.kind, one.subject, one.run_id) for one in recoveries(over, well)
    ]


@pytest.mark.parametrize(
    ("known", "statuses"),
    [
        (Known("daily", "main", ended(RunState.UNPROVEN)), {}),  # something else is wrong now
        (Known("daily", "main", ended(RunState.FAILED)), {"main": SIGNED_OUT}),
        (Known("other", "main", ended(RunState.SUCCEEDED)), {}),  # the pipeline was deleted
    ],
)
def test_nothing_is_well_again_without_a_run_that_says_so(
    known: Known, statuses: dict[str, Status]
) -> None:
    assert [] == recoveries([Incident(AlertKind.FAILURE, "daily")], stands(known, statuses))


def test_a_connection_is_well_again_when_somebody_signed_in() -> None:
    over = [Incident(AlertKind.REAUTHENTICATION, "main")]
    known = Known("daily", "main", ended(RunState.FAILED, exit_status=2))
    renewed = {"main": Status(ConnectionState.VERIFIED, NOW)}
    assert [("main", ("daily",))] == [
        (one.subject, one.pipelines) for one in recoveries(over, stands(known, renewed))
    ]
    new = {"main": Status(ConnectionState.NEW, NOW)}
    assert [] == recoveries(over, stands(known, new))
