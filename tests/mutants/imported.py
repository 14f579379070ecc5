"""A plugin for the runs of test_mutants.py: what is tested is the copy, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import chimpline

SOURCE = "CHIMPLINE_MUTANT_SOURCE"
"""The directory that holds the package which must be imported."""


def pytest_configure() -> None:
    expected = Path(os.environ[SOURCE]).resolve()
    actual = Path(str(chimpline.__file__)).resolve().parents[1]
    if expected != actual:
        raise pytest.UsageError(f"chimpline was imported from {actual}, not from {expected}")
