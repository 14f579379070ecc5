"""What the conditions are asked of: pipelines, their last runs, and their connections."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from chimpline.errors import ChimplineError
from chimpline.service.alerts.conditions import Condition, Known, conditions
from chimpline.service.connection.statuses import OnDemand, Status, Statuses
from chimpline.service.desk import Desk
from chimpline.service.schedule.read import read_interval
from chimpline.service.sign_in.listed import ConnectionNow, all_of


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """How things stand.

    `statuses`: of the connections; one whose secret may not be sent where its settings say needs
    re-authentication, which is not seen while `settings_wrong`.
    """

    known: tuple[Known, ...]
    statuses: Mapping[str, Status]
    conditions: tuple[Condition, ...]
    settings_wrong: bool = False


def standing(desk: Desk) -> Standing:
    known = tuple(_known(desk, name) for name in desk.pipeline_names())
    wrong = desk.wrong_settings()
    if wrong is None:
        connections = all_of(desk)
    else:
        kept = Statuses(OnDemand(desk.state.path, desk.database()), desk.clock)
        names = desk.configuration().sources.names("connections")
        connections = [ConnectionNow(name, kept.of(name)) for name in names]
    statuses = {one.name: dataclasses.replace(one.status, state=one.state) for one in connections}
    moved = {one.name for one in connections if one.moved}
    problem = wrong.problem if wrong else None
    found = conditions(known, statuses, desk.clock(), problem, moved)
    return Standing(known, statuses, tuple(found), settings_wrong=wrong is not None)


def fresh_within(text: str | None) -> dt.timedelta | None:
    """The target of a pipeline's settings; None where it has none."""
    return None if text is None else read_interval(text)


def _known(desk: Desk, name: str) -> Known:
    known = Known(
        name,
        last=desk.past.last_told(name),
        fresh_at=desk.past.proven_at(name),
        begun_at=desk.past.begun_at(name),
    )
    try:
        chosen = desk.choose(name)
    except ChimplineError as error:
        return dataclasses.replace(known, problem=error.problem)
    return dataclasses.replace(
        known,
        connection=chosen.connection_name,
        fresh_within=fresh_within(chosen.pipeline.fresh_within),
        names_tables=chosen.pipeline.tables is not None,
    )
