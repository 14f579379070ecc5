"""What is to be said, before it is words: a kind, and the facts of this one case.

    Message(kind, facts)             something to be said
    Problem(message, kept, do)       what stands in the way: what happened, what was kept

Words are made at the edge, in `interfaces.messages`, from one catalogue a language; below it a
message travels as it is: in errors, in events and in the ledger.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Self, TypeAlias

from chimpline.redact import redact

Fact: TypeAlias = "str | int | float | Message | Problem | tuple[Fact, ...] | None"
"""None says nothing at all; several are told one after the other. A problem: what happened and
what to do."""
Given: TypeAlias = "Fact | PurePath | dt.date | Sequence[Given]"


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """`kind` names the words in the catalogue; `facts` is what they speak of, by name."""

    kind: str
    facts: Mapping[str, Fact] = dataclasses.field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.kind, frozenset(self.facts.items())))

    @classmethod
    def of(cls, kind: str, /, **facts: Given) -> Self:
        """A message of plain values: paths and times become text, lists tuples."""
        return cls(kind, {name: _fact(value) for name, value in facts.items()})

    def to_json(self) -> dict[str, Any]:
        """Without secrets; `from_json` gives an equal message where there were none."""
        facts = {name: _to_json(fact) for name, fact in self.facts.items()}
        return {"kind": self.kind, "facts": facts} if facts else {"kind": self.kind}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        facts = {name: _from_json(fact) for name, fact in told.get("facts", {}).items()}
        return cls(told["kind"], facts)

    def __str__(self) -> str:
        """For logs and tracebacks, which speak no language: the kind and the facts."""
        facts = ", ".join(f"{name}={_plain(fact)}" for name, fact in self.facts.items())
        return f"{self.kind} ({facts})" if facts else self.kind


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """`message` tells what happened, and mostly what to do.

    `do`: what to do where the catalogue has nothing of its own for the kind. `then`: what to do
    after that.
    """

    message: Message
    kept: Message
    do: Message | None = None
    then: Message | None = None

    def to_json(self) -> dict[str, Any]:
        parts = {"kept": self.kept, "do": self.do, "then": self.then}
        further = {name: part.to_json() for name, part in parts.items() if part is not None}
        return self.message.to_json() | further

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        further = {n: Message.from_json(told[n]) for n in ("kept", "do", "then") if n in told}
        return cls(Message.from_json(told), **further)

    def __str__(self) -> str:
        return str(self.message)


Said: TypeAlias = Message | Problem
"""What is said of a run or of a table."""


def said_from_json(told: Any) -> Said | None:
    """What `to_json` made; of an earlier version, its sentence. None: nothing was said."""
    match told:
        case None | "":
            return None
        case dict():
            return Problem.from_json(told) if "kept" in told else Message.from_json(told)
        case _:
            return Message.of("stored-sentence", sentence=str(told))


def _fact(value: Any) -> Fact:
    match value:
        case None | str() | int() | float() | Message() | Problem():
            return value
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case list() | tuple():
            return tuple(_fact(one) for one in value)
        case _:
            return str(value)


def _to_json(fact: Fact) -> Any:
    match fact:
        case Message() | Problem():
            return fact.to_json()
        case tuple():
            return [_to_json(one) for one in fact]
        case str():
            return redact(fact)
        case _:
            return fact


def _from_json(told: Any) -> Fact:
    match told:
        case dict():
            return said_from_json(told)
        case list():
            return tuple(_from_json(one) for one in told)
        case _:
            return told  # type: ignore[no-any-return]


def _plain(fact: Fact) -> str:
    return "; ".join(map(_plain, fact)) if isinstance(fact, tuple) else str(fact)
