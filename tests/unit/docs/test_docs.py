"""Documentation is true where a machine can tell: commands, settings, tables, links, numbers."""

from __future__ import annotations

import dataclasses
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.main import get_command

from chimpline import errors
from chimpline.catalog.selection import TableSet
from chimpline.catalog.tables import tables
from chimpline.interfaces.cli.app import app
from chimpline.load import registry
from chimpline.load.duckdb.dialect import DIALECT as DUCKDB
from chimpline.load.lines import DATASET, RUNS, SELECTIONS, SLICES, TABLES, VIEWS
from chimpline.load.postgres.dialect import dialect
from chimpline.model import DELETED_AT, EXTRA, SYNCED_AT, ColumnType
from chimpline.sandbox.changes.apply import CHANGES
from chimpline.service.settings.every import Connection, Destination, Pipeline
from chimpline.service.settings.sources import COMMAND_VARIABLES, PREFIX, SECRETS

REPOSITORY = Path(__file__).parents[3]
DOCS = REPOSITORY / "docs"
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
COMMAND: Any = get_command(app)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(REPOSITORY)))


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


# -- command lines --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Line:
    page: str
    words: tuple[str, ...]


def lines_of(page: Path) -> Iterator[Line]:
    """Every `chimpline ...` of code blocks and of spans in a sentence, without its comment."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    written = [line for block in blocks for line in block.splitlines()]
    written += re.findall(r"`([^`\n]+)`", rest)
    for line in written:
        plain = re.sub(r"<([^<>]*)>", "x", line.partition(" < ")[0])
        command = re.match(r"\s*(?:[A-Z_]+=\S+ )*chimpline (.*)", plain)
        if command:
            words = shlex.split(command[1], comments=True)
            yield Line(page.name, tuple(word for word in words if word != "..."))


LINES = sorted({line for page in PAGES for line in lines_of(page)}, key=str)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.page}: {' '.join(line.words)}")
def test_a_command_line_that_is_shown_can_be_typed(line: Line) -> None:
    if line.words in {("--help",), ("--version",)}:
        return
    name, *rest = line.words
    command = COMMAND.commands[name]
    if "--help" in rest:
        return
    if name == "sandbox" and rest and rest[0] == "change":
        command, rest = command.commands["change"], rest[1:]
        assert not rest or rest[0] in CHANGES
        rest = rest or ["subscribe"]
    try:
        command.make_context(name, list(rest))
    except Exception as error:  # noqa: BLE001 - whatever the parser of the day raises
        pytest.fail(f"{line.page}: {' '.join(line.words)}: {error}")


def test_a_line_that_cannot_be_typed_would_be_found() -> None:
    with pytest.raises(Exception, match="--frm"):
        COMMAND.commands["run"].make_context("run", ["--frm", "x"])


def test_the_commands_are_all_told_of_in_the_readme() -> None:
    told = {line.words[0] for line in lines_of(REPOSITORY / "README.md")} | {"demo"}
    assert set(COMMAND.commands) == told


def test_the_tables_named_in_command_lines_exist() -> None:
    for line in LINES:
        if "--tables" in line.words[:-1]:
            named = line.words[line.words.index("--tables") + 1].split(",")
            assert set() == set(named) - {*tables(), *TableSet}


# -- settings -------------------------------------------------------------------------------------

OF_SERVE = {
    "schedule",
    "time_zone",
    "schedule_start",
    "fresh_within",
    "keep_runs",
    "keep_logs_days",
}
"""Of which a run that somebody starts has no option."""
MODELS: dict[str, type[BaseModel]] = {"connection": Connection, "pipeline": Pipeline}
FIELDS = [(kind, name) for kind, model in MODELS.items() for name in model.model_fields]


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_setting_is_documented_with_its_option_and_its_default(kind: str, name: str) -> None:
    section = text_of("docs/settings.md").partition(f"## Of a {kind}\n")[2].partition("\n## ")[0]
    (row,) = [line for line in section.splitlines() if line.startswith(f"| `{name}` |")]
    _, _, default, option, about, _ = (cell.strip() for cell in row.split("|"))
    flag = "--to" if name == "destination" else "--" + name.replace("_", "-")
    flags = [f"`{flag}`"] if name not in OF_SERVE else ["only for `serve`"]
    assert all(one in option for one in flags)
    assert about
    value = MODELS[kind].model_fields[name].default
    if value is None:
        assert "`" not in default
    else:
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        assert f"`{shown}`" == default


def test_what_is_documented_as_a_setting_is_one() -> None:
    for kind, model in MODELS.items():
        page = text_of("docs/settings.md")
        section = page.partition(f"## Of a {kind}\n")[2].partition("\n## ")[0]
        assert list(model.model_fields) == re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_the_settings_of_a_destination_are_those_that_there_are() -> None:
    page = text_of("docs/settings.md")
    section = page.partition("## Of a destination\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| (?:all|`(\w+)`) \|", section, re.MULTILINE)
    of_kinds = [
        (setting.name, kind.schemes[0]) for kind in registry.kinds() for setting in kind.settings
    ]
    assert [(name, "") for name in Destination.model_fields] + of_kinds == documented


@pytest.mark.parametrize("name", sorted({*COMMAND_VARIABLES, *(s.upper() for s in SECRETS)}))
def test_a_variable_of_the_command_is_documented(name: str) -> None:
    assert f"`{PREFIX}{name}`" in text_of("docs/settings.md")


def test_every_option_of_a_run_is_documented() -> None:
    page = text_of("docs/settings.md")
    shown = [p for p in COMMAND.commands["run"].params if not getattr(p, "hidden", False)]
    options = [option for param in shown for option in param.opts if "-" in option]
    assert len(options) > 20
    assert [] == [option for option in options if f"`{option}`" not in page and option != "--help"]


# -- tables, destinations, errors -----------------------------------------------------------------


MADE = runpy.run_path(str(REPOSITORY / "scripts" / "docs.py"))
"""What `make docs` writes."""
INDEX = "The schema version is `3.0.90+2`. Some words."
PAGE = """# lists

- **Primary key**: `id`.

| `id` | text | key | Its id |
| `name` | text | | Its name |
"""


def test_what_is_said_of_tables_follows_from_the_catalog() -> None:
    pages = MADE["pages"]()
    there = {name: text_of(name) for name in pages if (REPOSITORY / name).exists()}
    assert [] == [name for name, text in pages.items() if text != there.get(name)], "Run: make docs"
    assert [] == MADE["left_over"](pages), "Run: make docs"
    assert {f"docs/tables/{table}.md" for table in tables()} <= {*pages}
    assert {"docs/tables.md", "docs/migrating.md", "docs/tables/diagram.svg"} <= {*pages}


def test_a_page_of_no_table_is_found() -> None:
    pages = {name: text for name, text in MADE["pages"]().items() if name != "docs/tables/lists.md"}
    assert ["docs/tables/lists.md"] == MADE["left_over"](pages)


def test_the_readme_names_every_table() -> None:
    section = text_of("README.md").partition("## The tables\n")[2].partition("<!-- end -->")[0]
    assert sorted(tables()) == sorted(re.findall(r"`(\w+)`", section))


@pytest.mark.parametrize(
    "change",
    [
        ("| text | |", "| JSON | |"),
        ("| `name` | text | | Its name |\n", ""),
        ("key**: `id`", "key**: `name`"),
    ],
)
def test_other_columns_types_or_keys_need_another_schema_version(change: tuple[str, str]) -> None:
    assert PAGE != PAGE.replace(*change)
    _needs_another_version({"docs/tables/lists.md": PAGE.replace(*change)})


def test_another_table_needs_another_schema_version() -> None:
    _needs_another_version({"docs/tables/stores.md": PAGE})
    _needs_another_version({"docs/tables/lists.md": PAGE, "docs/tables/files.md": PAGE})


def _needs_another_version(now: dict[str, str]) -> None:
    before = {"docs/tables.md": INDEX, "docs/tables/lists.md": PAGE}
    with pytest.raises(MADE["StaleError"], match="Raise the number after"):
        MADE["hold"](before, {**now, "docs/tables.md": INDEX})
    MADE["hold"](before, {**now, "docs/tables.md": INDEX.replace("+2", "+3")})


def test_other_words_and_first_pages_need_no_other_schema_version() -> None:
    before = {"docs/tables.md": INDEX, "docs/tables/lists.md": PAGE}
    other = {"docs/tables.md": INDEX, "docs/tables/lists.md": PAGE.replace("Its name", "A name")}
    MADE["hold"](before, other)
    MADE["hold"]({"docs/tables.md": INDEX, "docs/tables/lists.md": ""}, before)


def test_names_are_written_between_their_marks() -> None:
    page = "| <!-- tables: a -->`old`<!-- end --> | x |\n<!-- tables: b -->\n<!-- end -->"
    filled = "| <!-- tables: a -->`new`<!-- end --> | x |\n<!-- tables: b -->`c`<!-- end -->"
    assert filled == MADE["filled"]("page.md", page, {"a": "`new`", "b": "`c`"})


@pytest.mark.parametrize("kinds", [{"a": "", "b": ""}, {}])
def test_a_kind_of_table_that_a_page_says_nothing_of_is_told(kinds: dict[str, str]) -> None:
    with pytest.raises(MADE["StaleError"], match=r"page\.md tells of these kinds of tables: a;"):
        MADE["filled"]("page.md", "<!-- tables: a --><!-- end -->", kinds)


@pytest.mark.parametrize("kind", ColumnType)
def test_the_types_of_both_engines_are_as_documented(kind: ColumnType) -> None:
    row = f"| {kind.value} | `{DUCKDB.types[kind]}` | `{dialect(180000).types[kind]}` |"
    assert row in text_of("docs/destinations.md")


@pytest.mark.parametrize(
    "name", [DATASET, RUNS, SLICES, SELECTIONS, TABLES, VIEWS, SYNCED_AT, DELETED_AT, EXTRA]
)
def test_what_we_add_to_a_dataset_is_documented(name: str) -> None:
    assert f"| `{name}` |" in text_of("docs/destinations.md")


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_documented(name: str) -> None:
    assert f"`{name}`" in text_of("docs/troubleshooting.md")


# -- pages ----------------------------------------------------------------------------------------


def anchors_of(page: Path) -> set[str]:
    """What a link after `#` can name: headings, as the usual hosts turn them into anchors."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(kept.replace(" ", "-"))
    return found


@each_page
def test_links_lead_to_what_exists(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors_of(there), target


@each_page
def test_a_page_names_nothing_outside_the_repository(page: Path) -> None:
    assert [] == re.findall(r"(?<!\w)/work/|\bshared/|\.\./\.\./", page.read_text("utf-8"))


@each_page
def test_files_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"`((?:src|tests|docs|scripts)/[\w./-]+|\w+\.md)`", page.read_text("utf-8"))
    assert [] == [name for name in named if not (REPOSITORY / name).exists()]


def test_decisions_are_numbered_and_listed() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [f"{n:04}" for n in range(1, len(pages) + 1)] == [page.name[:4] for page in pages]
    index = text_of("docs/README.md")
    for page in pages:
        text = page.read_text("utf-8")
        assert re.match(rf"# {page.name[:4]}[:.] ", text), page.name
        parts = re.findall(r"^(?:## |\*\*)([A-Z][a-z ]+)", text, re.MULTILINE)
        assert ["Context", "Decision", "Consequences", "What would reverse it"] == parts, page.name
        assert f"(decisions/{page.name})" in index


def test_every_page_is_in_the_index() -> None:
    index = text_of("docs/README.md")
    assert [] == [
        p.name for p in DOCS.glob("*.md") if p.name != "README.md" and p.name not in index
    ]


def test_the_readme_is_short_enough_to_be_read() -> None:
    lines = text_of("README.md").splitlines()
    assert len([line for line in lines if not line.startswith("| `")]) < 170  # a table has one


def test_what_is_promised_is_said_of_every_table() -> None:
    text = text_of("docs/guarantees.md")
    section = text[text.index("## By table") : text.index("## By database")]
    assert set(tables()) <= set(re.findall(r"`(\w+)`", section))
