"""What needs somebody, from what is known: pure functions, told alike on Overview and in alerts.

    failure             the last run that came to an end of its own failed
    unproven            it could not prove that every table is complete
    late                the data is older than its target
    re-authentication   Mailchimp takes a connection's secret no more, or it may not be sent there
    settings            the settings, or those of one pipeline, cannot be used (Overview only)
    offered             a newer version could copy more tables into a dataset (Overview only)

A run that was cancelled or skipped says nothing of the data, so it begins and ends no condition.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Collection, Mapping, Sequence

from chimpline.message import Message, Problem
from chimpline.model import RunState
from chimpline.service.alerts.kinds import AlertKind
from chimpline.service.connection.statuses import ConnectionState, Status
from chimpline.service.execution.past import PastRun

USER_MUST_ACT = 2
SETTLED = dt.timedelta(seconds=10)
"""A run's process says of its connection that its sign-in was refused just after the run's end."""
_KEPT = Message("kept-committed")


class OnlyShown(enum.StrEnum):
    """What Overview shows and no alert tells: it hurts no data."""

    SETTINGS = "settings"
    OFFERED = "offered"


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What is known of a pipeline.

    `last`: the newest run that succeeded, failed or was unproven. `fresh_at`: up to when its data
    is true; `begun_at`: when its first run was asked for. `names_tables`: whether its settings say
    which tables it copies. `problem`: why its settings cannot be used.
    """

    pipeline: str
    connection: str | None = None
    last: PastRun | None = None
    fresh_at: dt.datetime | None = None
    begun_at: dt.datetime | None = None
    fresh_within: dt.timedelta | None = None
    names_tables: bool = False
    problem: Problem | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """`subject`: the pipeline, of a re-authentication the connection, or empty: all settings.

    `pipelines`: those whose data it concerns. `cause` tells several of one kind and subject apart.
    """

    kind: AlertKind | OnlyShown
    subject: str
    problem: Problem
    pipelines: tuple[str, ...] = ()
    run_id: str | None = None
    cause: str = ""


def conditions(
    known: Sequence[Known],
    statuses: Mapping[str, Status],
    now: dt.datetime,
    wrong_settings: Problem | None = None,
    moved: Collection[str] = (),
) -> list[Condition]:
    """All of them, the gravest first.

    `statuses`: of the connections, by name. `moved`: those whose secret was given for another
    address.
    """
    found: list[Condition] = []
    if wrong_settings is not None:
        found.append(Condition(OnlyShown.SETTINGS, "", wrong_settings))
    else:
        found += [
            Condition(OnlyShown.SETTINGS, one.pipeline, one.problem, (one.pipeline,))
            for one in known
            if one.problem is not None
        ]
    found += _signed_out(known, statuses, moved)
    for of in (_failed, _unproven):
        found += [c for one in known if (c := of(one, _status(one, statuses), now)) is not None]
    found += [c for one in known if (c := late(one, now)) is not None]
    found += [c for one in known if (c := _offered(one)) is not None]
    return found


def late(known: Known, now: dt.datetime) -> Condition | None:
    """Whether the data is older than its target; where none is proven yet, since the first run."""
    since = known.fresh_at or known.begun_at
    if known.fresh_within is None or since is None or now - since <= known.fresh_within:
        return None
    message = Message.of("need-late", pipeline=known.pipeline)
    return Condition(
        AlertKind.LATE,
        known.pipeline,
        Problem(message, _KEPT),
        (known.pipeline,),
        known.last.run_id if known.last else None,
    )


def recovered(known: Known) -> bool:
    return known.last is not None and known.last.state is RunState.SUCCEEDED


def _signed_out(
    known: Sequence[Known], statuses: Mapping[str, Status], moved: Collection[str]
) -> list[Condition]:
    found = []
    for name, status in statuses.items():
        if status.state is ConnectionState.NEEDS_REAUTHENTICATION:
            pipelines = tuple(one.pipeline for one in known if one.connection == name)
            kind = "need-secret-moved" if name in moved else "need-sign-in-again"
            problem = Problem(Message.of(kind, name=name), _KEPT)
            found.append(Condition(AlertKind.REAUTHENTICATION, name, problem, pipelines))
    return found


def _failed(known: Known, status: Status, now: dt.datetime) -> Condition | None:
    last = known.last
    if last is None or last.state is not RunState.FAILED or _of_sign_in(last, status, now):
        return None
    message = Message.of("need-failed", pipeline=known.pipeline, run_id=last.run_id)
    return Condition(
        AlertKind.FAILURE, known.pipeline, Problem(message, _KEPT), (known.pipeline,), last.run_id
    )


def _unproven(known: Known, status: Status, now: dt.datetime) -> Condition | None:
    del status, now
    last = known.last
    if last is None or last.state is not RunState.UNPROVEN:
        return None
    message = Message.of("need-unproven", pipeline=known.pipeline, run_id=last.run_id)
    return Condition(
        AlertKind.UNPROVEN, known.pipeline, Problem(message, _KEPT), (known.pipeline,), last.run_id
    )


def _offered(known: Known) -> Condition | None:
    last = known.last
    if last is None or not last.offered or known.names_tables or known.problem is not None:
        return None
    tables = tuple(last.offered)
    message = Message.of("need-offered", pipeline=known.pipeline, count=len(tables), tables=tables)
    problem = Problem(message, _KEPT)
    return Condition(OnlyShown.OFFERED, known.pipeline, problem, (known.pipeline,), last.run_id)


def _of_sign_in(last: PastRun, status: Status, now: dt.datetime) -> bool:
    """Whether a run failed of a sign-in that is refused, was renewed since, or may be either.

    Then it is one cause, the connection's, and told as such.
    """
    if status.state is ConnectionState.NEEDS_REAUTHENTICATION:
        return True
    ended = last.finished_at
    if last.exit != USER_MUST_ACT or ended is None:
        return False
    renewed = (
        status.state is ConnectionState.VERIFIED
        and status.state_since is not None
        and status.state_since > ended
    )
    return renewed or now - ended < SETTLED


def _status(known: Known, statuses: Mapping[str, Status]) -> Status:
    return statuses.get(known.connection or "", Status())
