"""The files that pages load: kept by browsers for as long as their version stays."""

from __future__ import annotations

import functools
import hashlib
from importlib import resources
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(str(resources.files("chimpline.interfaces.console") / "static"))
FOR_GOOD = "public, max-age=31536000, immutable"
ASKED_EACH_TIME = "no-cache"
"""A browser may keep it, and asks whether it is still the same (ETag)."""


@functools.cache
def static_version() -> str:
    """Changes with any of the files: it stands behind their addresses."""
    every = hashlib.sha256()
    for file in sorted(FOLDER.iterdir()):
        content = file.read_bytes()
        every.update(f"{file.name} {len(content)} ".encode() + content)
    return every.hexdigest()[:12]


class Statics(StaticFiles):
    """Asked for by the version there is, a file never changes."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        versioned = scope["query_string"].decode("latin-1") == static_version()
        answer.headers["Cache-Control"] = FOR_GOOD if versioned else ASKED_EACH_TIME
        return answer
