"""Imports point down the layers: every import of every module, wherever it stands.

The layers are in CONTRIBUTING.md#how-it-is-built.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

WORDS = frozenset(
    {"model", "evidence", "message", "errors", "clock", "redact", "private", "spelling"}
)
_API, _CATALOG, _LOAD = "api", "catalog", "load"
_BELOW_RUNS = frozenset({_API, _CATALOG, _LOAD, "state", "extract"})

# What the modules of each package may import, beside their own package.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "evidence": frozenset(),
    "model": frozenset({"evidence"}),
    "message": frozenset({"redact"}),
    "errors": frozenset({"message"}),
    "clock": frozenset(),
    "redact": frozenset(),
    "spelling": frozenset({"message"}),
    "private": frozenset({"errors", "message"}),
    _CATALOG: WORDS,
    _API: WORDS,
    _LOAD: WORDS,
    "state": WORDS | {_CATALOG, _API, _LOAD},
    "extract": WORDS | {_CATALOG, _API, _LOAD, "state"},
    "runs": WORDS | _BELOW_RUNS,
    "reconcile": WORDS | _BELOW_RUNS | {"runs"},
    "service": WORDS | _BELOW_RUNS | {"runs", "reconcile"},
    "interfaces": WORDS | {"service", "runs", "reconcile", "interfaces.messages"},
    "sandbox": frozenset({"model"}),
    "__main__": frozenset({"interfaces.cli"}),
}
# The rooms of `runs`, floor above floor: each imports only what lies below it.
FLOORS = (
    {"request"},
    {"report", "tree"},
    {"services"},
    {"work", "reshaping", "failures", "resting", "offering"},
    {"context"},
    {"slice"},
    {"members"},
    {"replication", "mistimed", "asking"},
    {"planning"},
    {"job"},
)
# Written down with their reasons; each holds only for what is not imported at once.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("interfaces.cli", "sandbox"): "`chimpline sandbox` is how a person starts it",
    ("interfaces.cli", "interfaces.demo"): "`chimpline demo` is how a person starts it",
    ("interfaces.cli", "interfaces.console"): "`chimpline serve` is how a person starts it",
    ("interfaces.cli", "interfaces.page"): "`chimpline connect` shows it while it waits",
    ("interfaces.console", "interfaces.page"): "the console shows the same while somebody signs in",
    ("interfaces.demo", "sandbox"): "the demo replicates an emulated account",
    ("interfaces.demo", "interfaces.cli"): "the demo shows a run with the bars of the CLI",
}


def package_of(module: str) -> str:
    """`interfaces.cli` for `chimpline.interfaces.cli.run`; else the first name below chimpline."""
    parts = module.split(".")[1:]
    if not parts:
        return ""
    return ".".join(parts[:2]) if parts[0] == "interfaces" and len(parts) > 1 else parts[0]


def imports(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[tuple[str, int, bool]]:
    """(what, line, lazy) of every import of our own: inside a function or under TYPE_CHECKING."""
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            inside.update(ast.walk(node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside.update(ast.walk(node))
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                up = parts[: len(parts) - node.level + (1 if is_package else 0)]
                base = ".".join([*up, base]) if base else ".".join(up)
            names = [base]
            if base in {"chimpline", "chimpline.interfaces"}:
                names = [f"{base}.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] == "chimpline":
                yield name, getattr(node, "lineno", 0), node in inside


def violations(text: str, module: str, *, is_package: bool = False) -> list[str]:
    """What a module imports and must not, in words."""
    here = package_of(module)
    found = []
    for name, line, lazy in imports(ast.parse(text), module, is_package=is_package):
        there = package_of(name)
        if there in {"", "__version__", here} or here == "":
            continue
        if (here, there) in EXCEPTIONS:
            # The demo is itself imported only when it is asked for.
            if not lazy and here != "interfaces.demo":
                found.append(f"{module}:{line} imports {name} at once")
            continue
        if there not in MAY_IMPORT[here.split(".")[0]]:
            found.append(f"{module}:{line} imports {name}")
    return found


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted((SOURCE / "chimpline").rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def test_imports_point_down() -> None:
    found = [
        violation
        for module, path in modules()
        for violation in violations(
            path.read_text(encoding="utf-8"), module, is_package=path.name == "__init__.py"
        )
    ]
    assert [] == found


def upwards(text: str, module: str) -> list[str]:
    """The imports of a module of `runs` that do not go down its floors."""
    floor = {room: n for n, rooms in enumerate(FLOORS) for room in rooms}
    here = module.split(".")[2]
    found = []
    for name, line, _ in imports(ast.parse(text), module, is_package=False):
        there = name.split(".")[2:3]
        if (
            name.startswith("chimpline.runs.")
            and there != [here]
            and floor[there[0]] >= floor[here]
        ):
            found.append(f"{module}:{line} imports {name}")
    return found


def test_the_rooms_of_runs_lie_floor_above_floor() -> None:
    found = [
        violation
        for module, path in modules()
        if module.startswith("chimpline.runs.") and path.name != "__init__.py"
        for violation in upwards(path.read_text(encoding="utf-8"), module)
    ]
    assert [] == found


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("chimpline.runs.work.writer", "from chimpline.runs.slice.read import read_slice"),
        ("chimpline.runs.report.tally", "from chimpline.runs.work import turns"),
        ("chimpline.runs.context", "def f():\n    import chimpline.runs.job"),
    ],
)
def test_planted_ways_up_the_floors_are_found(module: str, text: str) -> None:
    assert [] != upwards(text, module)


def test_every_package_has_a_layer() -> None:
    packages = {package_of(module).split(".")[0] for module, _ in modules()} - {""}
    assert packages == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("chimpline.model", "import chimpline.catalog.tables"),
        ("chimpline.catalog.tables", "from chimpline.api import client"),
        ("chimpline.api.client", "from chimpline.load.contract import Load"),
        ("chimpline.load.duckdb", "from ..catalog import tables"),
        ("chimpline.load.duckdb", "from .. import catalog"),
        ("chimpline.state.ledger", "def f():\n    from chimpline.runs import events"),
        ("chimpline.state.ledger", "import chimpline.extract.decode.decoder"),
        (
            "chimpline.runs.worker",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import chimpline.service",
        ),
        ("chimpline.runs.job", "from chimpline.reconcile.compare import reconcile"),
        ("chimpline.service.settings.every", "from chimpline.interfaces import cli"),
        (
            "chimpline.interfaces.cli.run",
            "from chimpline.state.directory import StateDirectory",
        ),
        ("chimpline.interfaces.cli.run", "from chimpline.interfaces.console import pages"),
        ("chimpline.interfaces.cli.sandbox", "from chimpline.sandbox import server"),
        ("chimpline.interfaces.console.pages", "def f():\n    from chimpline.sandbox import x"),
        ("chimpline.sandbox.server", "from chimpline.catalog.tables import TABLES"),
        ("chimpline.sandbox.server", "from chimpline.errors import Bug"),
    ],
)
def test_a_planted_violation_is_caught(module: str, text: str) -> None:
    assert 1 == len(violations(text, module))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("chimpline.api.client", "from chimpline.errors import Bug\nfrom .retry import again"),
        ("chimpline.runs.worker", "import chimpline.extract.decode.decoder"),
        ("chimpline.interfaces.cli.run", "from chimpline.service import settings"),
        ("chimpline.interfaces.cli.app", "import chimpline"),
        (
            "chimpline.interfaces.cli.sandbox",
            "def f():\n    from chimpline.sandbox import server",
        ),
    ],
)
def test_imports_downwards_are_left_alone(module: str, text: str) -> None:
    assert [] == violations(text, module)


def test_help_loads_no_engine_and_starts_within_half_a_second_of_cpu() -> None:
    probe = (
        "import sys, time\n"
        "from chimpline.interfaces.cli import main\n"
        "status = main(['--help'])\n"
        "heavy = {'pyarrow', 'duckdb', 'aiohttp', 'adbc_driver_postgresql', 'psycopg', 'msgspec',"
        " 'pydantic', 'structlog', 'sqlalchemy', 'alembic', 'cryptography', 'keyring', 'tomlkit'}\n"
        "print(sorted(heavy & set(sys.modules)), status, file=sys.stderr)\n"
        "print(time.process_time(), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    heavy, cpu_s = done.stderr.strip().splitlines()
    assert "[] 0" == heavy
    assert "Copy a Mailchimp account" in done.stdout
    # Under half a second (docs/performance.md#choices-that-were-measured); twice that where
    # compiled files are missing or the machine is busy.
    assert float(cpu_s) < 1.0
