"""The catalogue of messages: Fluent files, one folder a language.

A kind's value says what happened, its attribute `do` what to do. Facts that are messages themselves
are put into words first, in the same part where they have it: `do` says what they say to do. A fact
that is None says nothing. Several names are told with commas between, several messages as a list.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import threading
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

from chimpline.message import Fact, Message, Problem, Said

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ko")
"""Of which there is a folder; the first is for everyone else."""

_BEGINS = re.compile(r"^(-?[a-z][\w-]*) *=", re.MULTILINE)
_NAMES = re.compile(r"-?[a-z][\w-]*")


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """The three parts of an error, in words."""

    what: str
    kept: str
    do: str

    def __str__(self) -> str:
        return f"{self.what} {self.kept} {self.do}".strip()


class Catalogue:
    """The messages of one language.

    A message is parsed when it is first said: all of them take a fifth of a second, which each
    command would need before its first word.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._bundle = FluentBundle([language], use_isolating=False)
        self._lock = threading.Lock()
        self._unparsed: dict[str, str] = {}
        # What is there already stays: English fills what a language lacks.
        for folder in dict.fromkeys((language, ENGLISH)):
            for text in _files(folder):
                for name, entry in _entries(text):
                    self._unparsed.setdefault(name, entry)

    def words(self, message: Message, part: str | None = None) -> str:
        """What happened, or another part of it; of a kind that is not known, its plain facts."""
        with self._lock:
            self._parse(message.kind)
        if not self._bundle.has_message(message.kind):
            return "" if part else str(message)
        entry = self._bundle.get_message(message.kind)
        pattern = entry.attributes.get(part) if part else entry.value
        if pattern is None:
            return ""
        facts = {name: self._worded(fact, part) for name, fact in message.facts.items()}
        text, _ = self._bundle.format_pattern(pattern, facts)
        return str(text)

    def told(self, problem: Problem) -> Told:
        """All three parts."""
        do = self.words(problem.message, "do")
        if not do and problem.do:
            do = self.words(problem.do)
        if problem.then:
            do = f"{do} {self.words(problem.then)}".strip()
        return Told(self.words(problem.message), self.words(problem.kept), do)

    def _parse(self, name: str) -> None:
        """An entry, and those that it may be made of."""
        if entry := self._unparsed.pop(name, None):
            self._bundle.add_resource(FluentResource(entry))
            for other in _NAMES.findall(entry):
                self._parse(other)

    def _worded(self, fact: Fact, part: str | None) -> Any:
        match fact:
            case None:
                return ""
            case Message():
                return (self.words(fact, part) if part else "") or self.words(fact)
            case Problem():
                problem = self.told(fact)
                return f"{problem.what} {problem.do}".strip()
            case tuple():
                told = [str(self._worded(one, part)) for one in fact]
                if any(isinstance(one, Message) for one in fact):
                    return "".join(f"\n- {line}" for line in dict.fromkeys(told))
                return ", ".join(told)
            case _:
                return fact


def _files(language: str) -> Iterator[str]:
    folder = resources.files(__package__) / language
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".ftl"):
            yield file.read_text(encoding="utf-8")


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Each message or term of a file: its name, and its lines."""
    begins = list(_BEGINS.finditer(text))
    ends = [*(one.start() for one in begins[1:]), len(text)]
    for begin, end in zip(begins, ends, strict=True):
        yield begin[1], text[begin.start() : end]


@functools.cache
def catalogue(language: str = ENGLISH) -> Catalogue:
    return Catalogue(language)


def accepted(header: str) -> str:
    """What a browser likes best (Accept-Language) of the languages that there are."""
    asked = sorted(map(_wanted, header.split(",")), key=lambda one: -one[1])
    return next((one for one, much in asked if one in LANGUAGES and much > 0), LANGUAGES[0])


def _wanted(given: str) -> tuple[str, float]:
    """A language, without its region, and how much it is wanted: 1 where that is not said."""
    language, _, quality = given.partition(";")
    try:
        much = float(quality.replace(" ", "").removeprefix("q=") or 1)
    except ValueError:
        much = 0.0
    return language.strip().partition("-")[0].lower(), much


class _Terminal:
    """What the command line speaks; a command chooses it once, before anything is said."""

    language = ENGLISH


def speak(environ: Mapping[str, str]) -> None:
    """Say what is said from here on in the language of a locale, where there is a catalogue of it.

    As the system's own tools choose: LC_ALL, else LC_MESSAGES, else LANG, as in `ko_KR.UTF-8`.
    """
    chosen = next(filter(None, map(environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    language = re.split(r"[_.@-]", chosen, maxsplit=1)[0].lower()
    _Terminal.language = language if language in LANGUAGES else ENGLISH


def spoken() -> Catalogue:
    """What the command line, and whatever it starts, speaks."""
    return catalogue(_Terminal.language)


def words(message: Message) -> str:
    return spoken().words(message)


def told(problem: Problem) -> Told:
    return spoken().told(problem)


def whole(said: Said | None) -> str:
    """All that is said, as one text; of a problem its three parts. Nothing is an empty one."""
    if said is None:
        return ""
    return str(told(said)) if isinstance(said, Problem) else words(said)
