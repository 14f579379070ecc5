"""Each language says everything, templates say nothing by themselves, and who chooses is heard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from jinja2 import Environment, nodes

from chimpline.errors import UserError
from chimpline.interfaces import console, messages
from chimpline.interfaces.console.pages.shown import Shown
from chimpline.interfaces.messages import speak, told, words
from chimpline.interfaces.messages.catalogue import ENGLISH, LANGUAGES, accepted, catalogue
from chimpline.message import Message
from tests.unit.interfaces.test_messages import Facts, entries

FOLDER = Path(messages.__file__).parent
TEMPLATES = Path(console.__file__).parent / "templates"
SPOKEN_ATTRIBUTES = {"aria-label", "aria-description", "alt", "title", "placeholder", "label"}
IN_EVERY_LANGUAGE = {"chimpline", "SQL", "CSV", "JSON", "UTC", "URL", "day"}
"""Names, and words of the settings file, that no language changes."""
OTHERS = [one for one in LANGUAGES if one != ENGLISH]


def files(language: str) -> dict[str, str]:
    return {
        file.name: file.read_text(encoding="utf-8") for file in (FOLDER / language).glob("*.ftl")
    }


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", sorted(files(ENGLISH)))
def test_a_language_has_each_message_with_the_same_facts(language: str, name: str) -> None:
    english, other = (parts(files(one).get(name, "")) for one in (ENGLISH, language))
    assert english == other


@pytest.mark.parametrize(("language", "again"), [("en", "run again"), ("ko", "다시 실행")])
def test_what_a_sign_in_may_meet_asks_for_no_run(language: str, again: str) -> None:
    assert again not in files(language)["api.ftl"].lower()


def parts(text: str) -> dict[str, dict[str, set[str]]]:
    """Of each message its value and its attributes, with the facts that each of them tells."""
    entries(text)  # whatever is not understood is an error there
    found: dict[str, dict[str, set[str]]] = {}
    for entry in FluentParser().parse(text).body:
        if isinstance(entry, ftl.Message):
            of = found[entry.id.name] = {}
            for part, pattern in [
                ("", entry.value),
                *((a.id.name, a.value) for a in entry.attributes),
            ]:
                facts = Facts()
                facts.visit(pattern)
                of[part] = facts.found
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_no_file_that_english_lacks(language: str) -> None:
    assert files(ENGLISH).keys() == files(language).keys()


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", sorted(files(ENGLISH)))
def test_a_language_leaves_nothing_in_english(language: str, name: str) -> None:
    assert [] == list(in_english(files(language).get(name, "")))


def in_english(text: str) -> Iterator[str]:
    """What three words of the same script stand in a row, outside code and names."""
    for entry in FluentParser().parse(text).body:
        if not isinstance(entry, ftl.Message | ftl.Term):
            continue
        for pattern in (entry.value, *(one.value for one in entry.attributes)):
            said = "".join(
                one.value if isinstance(one, ftl.TextElement) else " _ "
                for one in (pattern.elements if pattern else ())
            )
            said = re.sub(r"`[^`]*`|\"[^\"]*\"|\bchimpline( [a-z-]+)+", "", said)
            if re.search(r"(?<![-\w/<.])[a-z]+ [a-z]+ [a-z]+", said):
                yield f"{entry.id.name}: {said}"


def test_what_is_left_in_english_is_found() -> None:
    assert ["a: This was left as it is"] == list(in_english("a = This was left as it is"))
    assert [] == list(in_english("a = `chimpline runs list all` 명령으로 LC_ALL을 확인하십시오."))


class _Spoken(HTMLParser):
    """Collects what a reader of a page hears or sees, but for code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag == "code"
        self.found += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value]
        is_button = ("type", "submit") in attrs and tag == "input"
        self.found += [value for name, value in attrs if is_button and name == "value" and value]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.found.append(data)


def spoken(template: str) -> Iterator[str]:
    """The words of a template that come from no catalogue."""
    environment = Environment(autoescape=True)
    told: list[str] = []
    asked: list[str] = []
    for _, token, text in environment.lex(template):
        match token:
            case "data":
                told.append(text)
            case "variable_begin":
                asked = [text]
            case "variable_end":
                told.append(_literal(environment.parse("".join([*asked, text]))))
            case _:
                asked.append(text)
    page = _Spoken()
    page.feed("".join(told))
    for text in page.found:
        for word in re.findall(r"[^\W\d_]+", text):
            if word not in IN_EVERY_LANGUAGE:
                yield text.strip()


def _literal(tree: nodes.Template) -> str:
    """The strings that may be what is shown, as in `{{ "some" if one else "none" }}`."""
    shown = [one for output in tree.find_all(nodes.Output) for one in output.nodes]
    return " ".join(text for one in shown for text in _results(one)) or "0"


def _results(node: nodes.Expr) -> Iterator[str]:
    match node:
        case nodes.Const(value=str() as text):
            yield text
        case nodes.CondExpr():
            yield from _results(node.expr1)
            if node.expr2 is not None:
                yield from _results(node.expr2)
        case nodes.Or():
            yield from _results(node.right)
        case _:
            return


@pytest.mark.parametrize(
    "name", sorted(one.relative_to(TEMPLATES).as_posix() for one in TEMPLATES.rglob("*.html"))
)
def test_a_template_has_no_words_of_its_own(name: str) -> None:
    assert [] == list(spoken((TEMPLATES / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "template",
    [
        "<h1>Runs</h1>",
        "<p>{{ count }} rows</p>",
        '<nav aria-label="Pages"></nav>',
        '<input placeholder="{{ t("x") }} or so">',
        '<p>{{ "not known" if one is none else one }}</p>',
        "<option>{% if x %}All of them{% endif %}</option>",
    ],
)
def test_a_word_in_a_template_is_found(template: str) -> None:
    assert [] != list(spoken(template))


@pytest.mark.parametrize(
    "template",
    [
        '<p class="state">{{ t("runs") }} · {{ t("pages", count=3) }}</p>',
        "<p><code>chimpline serve --reset-password</code></p>",
        '<p class="{{ "very bad" if one else "good" }}">{{ one }}%</p>',
    ],
)
def test_what_the_catalogue_says_is_no_fault(template: str) -> None:
    assert [] == list(spoken(template))


def test_templates_ask_for_messages_that_there_are() -> None:
    known = {kind for text in files(ENGLISH).values() for kind in entries(text)}
    asked = set()
    for path in TEMPLATES.rglob("*.html"):
        tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args:
                first = call.args[0]
                asked |= {first.value} if isinstance(first, nodes.Const) else set()
    assert set() == asked - known


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR"}, "ko"),
        ({"LANG": "C", "LC_ALL": "ko"}, "ko"),
        ({"LANG": "", "LC_ALL": "fr_FR.UTF-8"}, "en"),
    ],
)
def test_a_terminal_speaks_the_language_of_its_locale(
    environ: dict[str, str], language: str
) -> None:
    error = UserError("token-unknown", name="ci")
    try:
        speak(environ)
        assert catalogue(language).told(error.problem) == told(error.problem)
        assert catalogue(language).words(error.problem.message) == words(error.problem.message)
    finally:
        speak({})


def test_what_a_language_lacks_is_said_in_english() -> None:
    lacking = {"nav-runs", "no-such-kind"}
    assert "no-such-kind" == catalogue("ko").words(Message("no-such-kind"))
    assert ["실행", "no-such-kind"] == [
        catalogue("ko").words(Message(one)) for one in sorted(lacking)
    ]


def test_numbers_and_spans_are_as_a_language_writes_them() -> None:
    now = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.UTC)
    english, korean = (Shown(catalogue(one), now) for one in ("en", "ko"))
    assert ["1 second", "1 minute", "2 minutes", "3 hours", "4 days"] == [
        english.span(seconds) for seconds in (1, 90, 120, 3 * 3600, 4 * 86400)
    ]
    assert ["1초", "2분", "3시간", "4일"] == [
        korean.span(seconds) for seconds in (1, 120, 3 * 3600, 4 * 86400)
    ]
    assert ["1,234,567", "1,234,567"] == [one.number(1_234_567) for one in (english, korean)]


def test_times_are_in_the_readers_zone_with_the_zone_named() -> None:
    moment = dt.datetime(2026, 11, 27, 20, 30, tzinfo=dt.UTC)
    unknown = Shown(catalogue("ko"), moment)
    known = Shown(catalogue("ko"), moment, ZoneInfo("Asia/Seoul"))
    assert "2026-11-27 20:30 UTC" == unknown.moment(moment)
    assert "2026-11-28 05:30 KST" == known.moment(moment)
    instant = 'datetime="2026-11-27T20:30:00+00:00"'
    assert f"<time {instant}>2026-11-27 20:30 UTC</time>" == unknown.time(moment)
    assert f"<time {instant} data-shown>2026-11-28 05:30 KST</time>" == known.time(moment)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("fr, KO;q=0.5", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("ko;q=0.4, en;q=0.8", "en"),
        ("ko;q=0", "en"),
        ("ko;q=x", "en"),
        ("*", "en"),
    ],
)
def test_a_browser_is_answered_in_the_first_language_that_there_is(
    header: str, language: str
) -> None:
    assert language == accepted(header)
