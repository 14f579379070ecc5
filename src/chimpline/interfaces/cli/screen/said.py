"""What a run, a table or a comparison says, in words; as JSON with what the words are made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chimpline.interfaces.cli.session import say
from chimpline.message import said_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chimpline.message import Said


def whole(said: Said | None) -> str:
    """All that is said; the catalogue is read where there is anything only."""
    if said is None:
        return ""
    from chimpline.interfaces.messages import whole

    return whole(said)


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
