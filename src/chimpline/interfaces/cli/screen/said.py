"""What a run, a table or a comparison says, in words; as JSON with what the words are made of."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from chimpline.interfaces.cli.session import say
from chimpline.message import Message, said_from_json
from chimpline.model import TableState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chimpline.message import Said


def whole(said: Said | None) -> str:
    """All that is said; the catalogue is read where there is anything only."""
    if said is None:
        return ""
    from chimpline.interfaces.messages import whole

    return whole(said)


def not_due_of(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Which tables of a run's report were not due, with the times; empty where all were."""
    not_due = [
        Message.of(
            "table-not-due", table=name, read=_time(told, "read_at"), until=_time(told, "due_at")
        )
        for name, told in tables.items()
        if told.get("state") == TableState.NOT_DUE.value
    ]
    return whole(Message.of("tables-not-due", tables=not_due)) if not_due else ""


def _time(told: Mapping[str, Any], name: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(told.get(name)))
    except ValueError:  # somebody wrote there
        return None


def say_json(told: Mapping[str, Any]) -> None:
    """A line of `--json`."""
    say(json.dumps(with_words(told), ensure_ascii=False))


def with_words(told: Any) -> Any:
    """The same JSON; whatever has something `said` has its words beside it, as `message`."""
    match told:
        case dict():
            inner = {name: with_words(value) for name, value in told.items() if name != "said"}
            if "said" in told:
                inner["message"] = whole(said_from_json(told["said"]))
                inner["said"] = told["said"]
            return inner
        case list() | tuple():
            return [with_words(one) for one in told]
        case _:
            return told
