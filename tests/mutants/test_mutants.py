"""Each guard, taken away: a test notices.

A mutant is a patch of `src` that removes one guard; its head says which guard that is, and which
test must fail. The product knows nothing of them. A patch that no longer applies is made anew for
the guard as it stands now, or goes with it. `make test` takes away those that must not be without
one; `make soak` all.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import chance_of
from tests.mutants.imported import SOURCE

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LONGEST_S = 180
ASSERTED = re.compile(r"^E\s+(AssertionError|assert |Failed: DID NOT RAISE)", re.MULTILINE)
GUARDS = {
    "any difference opens a gate",
    "archived ask",
    "bookmark",
    "budget",
    "confirmation before burial",
    "lock",
    "lookback",
    "ordinal",
    "overlap",
    "proof before burial",
    "since is exclusive",
}
"""Those that must not be without a mutant, by the beginning of its name."""


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    guard: str
    killed_by: str

    @classmethod
    def read(cls, path: Path) -> Mutant:
        head = dict(line.split(": ", 1) for line in path.read_text("utf-8").splitlines()[:2])
        return cls(path.stem, head["Guard"], head["Killed by"])

    @property
    def must_be(self) -> bool:
        return self.name.replace("-", " ").startswith(tuple(GUARDS))


MUTANTS = [Mutant.read(path) for path in sorted(HERE.glob("*.patch"))]
UNIT = [mutant for mutant in MUTANTS if mutant.killed_by.startswith("tests/unit/")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    all_ = chance_of(metafunc.config).soak
    chosen = [mutant for mutant in MUTANTS if all_ or mutant.must_be]
    if "mutant" in metafunc.fixturenames:
        metafunc.parametrize("mutant", chosen, ids=lambda mutant: mutant.name)
    if "mutants" in metafunc.fixturenames:
        # `make test` runs the others anyway; one shows that a copy of `src` is run as it should be.
        metafunc.parametrize("mutants", [chosen if all_ else UNIT[:1]], ids=[""])


def outcome_of(source: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
    """The outcome of these tests on the package in `source`, in a process of its own."""
    options = ["-q", "-p", "tests.mutants.imported", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--tb=short", *tests],
        cwd=ROOT,
        # Plugins that happen to be installed take longer to load than most of these tests.
        env=os.environ
        | {"PYTHONPATH": str(source), SOURCE: str(source), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )


def copied(to: Path) -> Path:
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "chimpline", to / "src" / "chimpline", ignore=leave)
    return to / "src"


def applied(mutant: Mutant, to: Path, *how: str) -> None:
    done = subprocess.run(
        ["git", "apply", "-C1", *how, str(HERE / f"{mutant.name}.patch")],
        cwd=to,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(to.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, (
        f"The patch of {mutant.name} does not apply to src any more: {done.stderr}"
        f"Make it anew for this guard as it is now: {mutant.guard}"
    )


def test_every_patch_applies_and_names_a_test_that_is_there(tmp_path: Path) -> None:
    copied(tmp_path)
    for mutant in MUTANTS:
        applied(mutant, tmp_path, "--check")
        path, *_, name = mutant.killed_by.partition("[")[0].split("::")
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), mutant.name


def test_without_a_mutant_every_killing_test_passes(mutants: list[Mutant], tmp_path: Path) -> None:
    outcome = outcome_of(copied(tmp_path), sorted({mutant.killed_by for mutant in mutants}))
    assert 0 == outcome.returncode, outcome.stdout + outcome.stderr


def test_no_guard_is_without_a_mutant() -> None:
    names = {mutant.name.replace("-", " ") for mutant in MUTANTS}
    without = {guard for guard in GUARDS if not any(name.startswith(guard) for name in names)}
    assert set() == without


def test_a_mutant_is_killed(mutant: Mutant, tmp_path: Path) -> None:
    source = copied(tmp_path)
    applied(mutant, tmp_path)
    outcome = outcome_of(source, [mutant.killed_by])
    told = outcome.stdout + outcome.stderr
    assert 1 == outcome.returncode, f"{mutant.killed_by} lives with {mutant.name}:\n{told}"
    assert ASSERTED.search(outcome.stdout), f"No assertion failed:\n{told}"
