"""An API key or an OAuth token, and the header it becomes."""

from __future__ import annotations

import base64
import dataclasses
import re

from chimpline import redact

_DATA_CENTER = re.compile(r"[a-z]{2,3}[0-9]{1,3}")


@dataclasses.dataclass(frozen=True, slots=True)
class Credential:
    """An API key (its data center is the suffix) or an OAuth access token.

    Never shown: `repr` leaves the secret out, and making one registers it with `redact`.
    """

    secret: str = dataclasses.field(repr=False)
    is_api_key: bool

    def __post_init__(self) -> None:
        redact.register(self.secret)
        redact.register(self._basic())

    @property
    def authorization(self) -> str:
        """The header's value: Basic for a key (any user name does), Bearer for a token."""
        return f"Basic {self._basic()}" if self.is_api_key else f"Bearer {self.secret}"

    @property
    def data_center(self) -> str | None:
        """`us6` of `...-us6`; None for a token, and for a key without one."""
        suffix = self.secret.rpartition("-")[2] if "-" in self.secret else ""
        return suffix if self.is_api_key and _DATA_CENTER.fullmatch(suffix) else None

    def _basic(self) -> str:
        return base64.b64encode(f"anystring:{self.secret}".encode()).decode()
