"""Messages of runs in words, however old they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimpline.errors import ChimplineError
from chimpline.interfaces.messages.catalogue import Catalogue
from chimpline.message import Message, Problem


def said_of(message: Any, words: Catalogue) -> str:
    """What is kept with a run or a table: nothing, a message, a problem; long ago a sentence."""
    match message:
        case None:
            return ""
        case str():
            return message
        case ChimplineError():
            return str(words.told(message.problem))
        case Problem():
            return str(words.told(message))
        case Message():
            return words.words(message)
        case Mapping() if "kept" in message:
            return str(words.told(Problem.from_json(message)))
        case Mapping():
            return words.words(Message.from_json(message))
        case _:
            return str(message)
