"""What ruff does not count: how many modules lie side by side, and how long they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "chimpline"

SIDE_BY_SIDE = 12
LINES = 350

REGISTRIES = {"sandbox/tables"}
"""One file a thing: as many as there are things."""


def modules() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if path.name != "__init__.py"]


def test_few_modules_lie_side_by_side() -> None:
    rooms = Counter(path.parent.relative_to(SOURCE).as_posix() for path in modules())
    full = {room: n for room, n in rooms.items() if n > SIDE_BY_SIDE and room not in REGISTRIES}
    assert {} == full


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lines = {
        path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for path in modules()
    }
    assert {} == {name: n for name, n in lines.items() if n > LINES}
