"""The catalogue has every kind that the code names, with its facts, and no others."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from chimpline import errors
from chimpline.errors import ChimplineError, DestinationLocked, SettingsError
from chimpline.interfaces.messages import told, words
from chimpline.message import Message, Problem

SOURCE = Path(errors.__file__).parent
FOLDER = SOURCE / "interfaces" / "messages"
OF_A_CALL = {"kept", "timed_out"}
"""What an error is given beside its facts."""
KIND = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclasses.dataclass(frozen=True)
class Said:
    """One place in the code that says something of a kind. `facts`: None where not all are seen."""

    place: str
    kind: str
    facts: frozenset[str] | None
    needs_do: bool


@dataclasses.dataclass
class Entry:
    """What a catalogue has of one kind."""

    facts: set[str]
    has_do: bool


class Facts(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802
        self.found.add(node.id.name)


def entries(text: str) -> dict[str, Entry]:
    """The messages of a Fluent file; what is not understood is an error."""
    found = {}
    for entry in FluentParser().parse(text).body:
        assert not isinstance(entry, ftl.Junk), entry.content
        if isinstance(entry, ftl.Message):
            facts = Facts()
            facts.visit(entry)
            assert entry.id.name not in found, f"{entry.id.name} is there twice"
            found[entry.id.name] = Entry(
                facts.found, any(one.id.name == "do" for one in entry.attributes)
            )
    return found


@functools.cache
def catalogue(language: str) -> dict[str, Entry]:
    files = sorted((FOLDER / language).glob("*.ftl"))
    return entries("\n".join(file.read_text(encoding="utf-8") for file in files))


def subclasses(of: type[ChimplineError]) -> Iterator[type[ChimplineError]]:
    yield of
    for one in of.__subclasses__():
        yield from subclasses(one)


@functools.cache
def modules() -> list[tuple[str, list[ast.AST]]]:
    """(name, everything in it) of each module that says something."""
    found = [(path, path.relative_to(SOURCE)) for path in sorted(SOURCE.rglob("*.py"))]
    return [
        (name.as_posix(), everything_in(path.read_text(encoding="utf-8")))
        for path, name in found
        if name.parts[0] != "sandbox"
    ]


def everything_in(text: str) -> list[ast.AST]:
    """Each node of the text that can say something, or name a kind, or be a class of errors."""
    kinds = (ast.Call, ast.ClassDef, ast.Constant)
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


def error_classes() -> dict[str, bool]:
    """Each class of errors, and whether it knows by itself what to do."""
    known = {one.__name__: one.do_by_default is not None for one in subclasses(ChimplineError)}
    for _, nodes in modules():
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                bases = [known[ast.unparse(b)] for b in node.bases if ast.unparse(b) in known]
                if bases:
                    known.setdefault(node.name, any(bases))
    return known


def said(nodes: list[ast.AST], place: str, classes: Mapping[str, bool]) -> Iterator[Said]:
    """Every message and every error that a module makes with a kind written there."""
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        for kept in _kept(node):
            yield Said(f"{place}:{node.lineno}", kept, frozenset(), needs_do=False)
        if not node.args:
            continue
        name = ast.unparse(node.func).rpartition("chimpline.")[2]
        its_class = name.rpartition(".")[2]
        is_error = its_class in classes
        if not is_error and name not in {"Message.of", "Message"}:
            continue
        first = node.args[0]
        either = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
        for one in either:
            if not (isinstance(one, ast.Constant) and isinstance(one.value, str)):
                if is_error and not _passed_on(one):
                    yield Said(f"{place}:{node.lineno}", ast.unparse(one), None, needs_do=False)
                continue
            whole = name != "Message" and all(keyword.arg for keyword in node.keywords)
            facts = frozenset(k.arg for k in node.keywords if k.arg) - OF_A_CALL
            needs_do = is_error and not classes[its_class]
            yield Said(f"{place}:{node.lineno}", one.value, facts if whole else None, needs_do)


def _passed_on(kind: ast.expr) -> bool:
    """Whether it is what a function was given: its callers write the kind."""
    return isinstance(kind, ast.Name | ast.Starred)


def _kept(call: ast.Call) -> Iterator[str]:
    """What an error is told to have kept, where it is named as it stands."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "kept"]
    if isinstance(call.func, ast.Attribute) and call.func.attr == "keeping":
        given += call.args
    for one in given:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def everything_said() -> list[Said]:
    classes = error_classes()
    return [one for name, nodes in modules() for one in said(nodes, name, classes)]


def faults(said: list[Said], known: dict[str, Entry]) -> Iterator[str]:
    """What is said and cannot be put into words."""
    for one in said:
        entry = known.get(one.kind)
        if entry is None:
            yield f"{one.place}: there is no message {one.kind}"
        elif one.facts is not None and entry.facts - one.facts:
            lacking = ", ".join(sorted(entry.facts - one.facts))
            yield f"{one.place}: {one.kind} speaks of {lacking}, which is not given"
        elif one.needs_do and not entry.has_do:
            yield f"{one.place}: {one.kind} says nothing of what to do"


def _named() -> set[str]:
    """Every text of the code that may be the name of a kind."""
    texts = (
        node.value for _, nodes in modules() for node in nodes if isinstance(node, ast.Constant)
    )
    in_code = {text for text in texts if isinstance(text, str)}
    quoted = {text for page in _pages() for text in re.findall(r"[\"']([a-z0-9_-]+)[\"']", page)}
    begun = tuple(text for text in in_code | quoted if text.endswith("-") and len(text) > 3)
    named = {text for text in in_code | quoted if KIND.fullmatch(text)}
    return named | {kind for kind in catalogue("en") if kind.startswith(begun)}


def _pages() -> list[str]:
    """The templates of the console, which name kinds too, some by how they begin."""
    folder = SOURCE / "interfaces" / "console" / "templates"
    return [page.read_text(encoding="utf-8") for page in sorted(folder.rglob("*.html"))]


def _spoken_of() -> set[str]:
    """The kinds that others of the catalogue are made of."""
    files = sorted((FOLDER / "en").glob("*.ftl"))
    return set(re.findall(r"\{ ([a-z][a-z0-9-]*) \}", "".join(f.read_text("utf-8") for f in files)))


def test_no_words_are_kept_of_what_nobody_says() -> None:
    assert set() == catalogue("en").keys() - _named() - _spoken_of()


def test_every_kind_has_its_words() -> None:
    assert [] == list(faults(everything_said(), catalogue("en")))


@pytest.mark.parametrize(
    "text",
    [
        "raise SettingsError('no-such-kind')",
        "Message.of('no-such-kind', path=path)",
        "raise SettingsError('no-file')",
        "raise SettingsError('no-do', path=path)",
        "raise SettingsError('no-file', path=path, kept='no-such-kind')",
        "raise error.keeping('no-such-kind')",
        "raise SettingsError(f'There is no {path}.')",
    ],
)
def test_what_has_no_words_is_found(text: str) -> None:
    known = entries("no-file = No { $path }.\n    .do = Make it.\nno-do = No { $path }.\n")
    made = list(said(everything_in(text), "planted.py", {"SettingsError": False}))
    assert [] != list(faults(made, known))


def test_an_error_is_told_in_three_parts() -> None:
    error = DestinationLocked("stored-sentence", sentence="It is locked.")
    assert "It is locked." == told(error.problem).what
    assert "Nothing was read or changed." == told(SettingsError("x-y").problem).kept


def test_a_message_within_a_message() -> None:
    near = Message.of("did-you-mean", name="lists")
    said = Message.of("stored-sentence", sentence=near)
    assert "Did you mean lists?" == words(said).strip()
    assert said == Message.from_json(said.to_json())
    problem = Problem(said, Message("kept-it"), then=near)
    assert problem == Problem.from_json(problem.to_json())


def test_several_names_are_told_with_commas_and_several_messages_as_a_list() -> None:
    refused = [Message.of("found-table", table=name) for name in ("lists", "reports", "lists")]
    several = Message.of("settings-several", count=2, problems=refused)
    assert "2 settings are not right.\n- table lists\n- table reports" == words(several)
    some = Message.of("found-audience-with", audience="All", id="a1", tags=["FNAME", "LNAME"])
    assert "audience All (a1), with merge fields FNAME, LNAME" == words(some)


def test_what_is_to_be_done_about_a_cause_is_told_with_it() -> None:
    cause = Message.of("settings-file-missing", path="x.toml")
    error = SettingsError("settings-several", count=2, problems=[cause, Message("a-b")])
    assert "\n- Name another with --settings" in told(error.problem).do
    assert "There is no settings file" not in told(error.problem).do


def test_nothing_is_left_out_of_a_language() -> None:
    languages = [folder.name for folder in FOLDER.iterdir() if any(folder.glob("*.ftl"))]
    english = catalogue("en")
    for language in languages:
        assert {k: sorted(e.facts) for k, e in english.items()} == {
            k: sorted(e.facts) for k, e in catalogue(language).items()
        }


def test_errors_name_only_what_the_catalogue_has() -> None:
    known = catalogue("en")
    for one in subclasses(ChimplineError):
        assert one.kept_by_default in known, one
        assert one.do_by_default is None or one.do_by_default in known, one
        assert inspect.getdoc(one)
