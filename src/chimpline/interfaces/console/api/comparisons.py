"""Comparisons of a copy with its account, for programs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from chimpline.errors import UserError
from chimpline.interfaces.console.saying import said_of
from chimpline.interfaces.console.security.who import RoomOf, token_for
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.redact import redact
from chimpline.service.execution.comparing import Comparison
from chimpline.service.people.tokens import Scope
from chimpline.service.reconciliation import Level

router = APIRouter(prefix="/api/v1", tags=["comparisons"])

Id = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Reading = token_for(Scope.READ)
Operating = token_for(Scope.OPERATE)


class ComparisonShape(BaseModel):
    """A comparison of a copy with its account; `tables` and `differences` as it printed them."""

    model_config = ConfigDict(frozen=True)

    id: str
    pipeline: str
    level: str
    repair: bool
    asked_at: dt.datetime
    verdict: str = Field(
        description="queued, running, equal, explained, differs, failed or cancelled."
    )
    tables: list[dict[str, Any]]
    differences: list[dict[str, Any]]
    repaired_by: str | None = Field(description="The run that read again what differed.")
    message: str

    @classmethod
    def of(cls, one: Comparison) -> ComparisonShape:
        return cls(
            id=one.order.run_id,
            pipeline=one.order.pipeline,
            level=one.order.level,
            repair=one.order.repair,
            asked_at=one.order.asked_at,
            verdict=one.verdict.value,
            tables=[dict(table) for table in one.found.tables],
            differences=[dict(difference) for difference in one.found.differences],
            repaired_by=one.repaired_by,
            message=redact(said_of(one.message, catalogue())),
        )


@router.post("/pipelines/{name}/comparisons", status_code=202)
def compare(
    name: Annotated[str, Path(max_length=60)],
    room: RoomOf,
    token: Operating,  # type: ignore[valid-type]
    *,
    level: Annotated[Level, Query()] = Level.COUNTS,
    repair: Annotated[bool, Query()] = False,
) -> ComparisonShape:
    """Compare a copy with its account; with `repair`, read again what differs."""
    del token
    room.desk.choose(name)
    order = room.desk.comparisons.ask(name, level, repair=repair)
    return ComparisonShape.of(room.desk.comparisons.known(order.run_id))


class Comparisons(BaseModel):
    comparisons: list[ComparisonShape]


@router.get("/comparisons")
def list_comparisons(
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
    pipeline: Annotated[str | None, Query(max_length=60)] = None,
) -> Comparisons:
    """Those that are remembered, newest first."""
    del token
    found = room.desk.comparisons.newest(pipeline)
    return Comparisons(comparisons=[ComparisonShape.of(one) for one in found])


@router.get("/comparisons/{comparison_id}")
def get_comparison(
    comparison_id: Id,
    room: RoomOf,
    token: Reading,  # type: ignore[valid-type]
) -> ComparisonShape:
    del token
    return ComparisonShape.of(room.desk.comparisons.known(comparison_id))


@router.post("/comparisons/{comparison_id}/cancel", status_code=202)
def cancel_comparison(
    comparison_id: Id,
    room: RoomOf,
    token: Operating,  # type: ignore[valid-type]
) -> ComparisonShape:
    """Let it end. 409 where it has ended already."""
    del token
    if not room.desk.comparisons.cancel(comparison_id):
        raise UserError("run-not-going", run_id=comparison_id)
    return ComparisonShape.of(room.desk.comparisons.known(comparison_id))
