"""Whether a run could write to the destination of a pipeline, found out without writing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chimpline.errors import UserError
from chimpline.load import check_writable, open_destination, registry
from chimpline.service.editing.apart import apart
from chimpline.service.pipelines import tables_of, written_by

if TYPE_CHECKING:
    from chimpline.service.settings.request import Chosen

WITHIN_S = 30.0


@dataclasses.dataclass(frozen=True, slots=True)
class Tried:
    """`kind`: of database. `owner`: the account whose copy the dataset holds; None: none yet.

    `refused`: why a run could not write there.
    """

    kind: str
    destination: str
    dataset: str
    tables: int
    owner: str | None = None
    refused: UserError | None = None


def try_destination(chosen: Chosen) -> Tried:
    """Open the database, and look whether the dataset and each table could be written."""
    tables = tables_of(chosen)
    shown = chosen.destination_name or chosen.destination
    kind = registry.kind_of(chosen.destination).name
    tried = Tried(kind, shown, chosen.pipeline.dataset, len(tables))
    try:
        owner = apart(
            WITHIN_S,
            _look,
            chosen.destination,
            chosen.pipeline.dataset,
            written_by(chosen),
            dict(chosen.destination_secrets),
        )
    except UserError as error:
        return dataclasses.replace(tried, refused=error)
    return dataclasses.replace(tried, owner=owner)


def _look(url: str, dataset: str, tables: Sequence[str], secrets: Mapping[str, Any]) -> str | None:
    check_writable(url, dataset, tables, secrets=secrets)
    with open_destination(url, dataset, read_only=True, secrets=secrets) as opened:
        owner = opened.owner()
    return None if owner is None else owner.account_name or owner.account_id
