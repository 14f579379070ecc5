"""The parameters of a request, read as leniently and as strictly as Mailchimp reads them."""

from __future__ import annotations

from collections.abc import Mapping

from chimpline.sandbox import instants
from chimpline.sandbox.answers.problems import Problem

DEFAULT_COUNT = 10
MAX_COUNT = 1000


class Query:
    """`default` and `most`: the sizes of a page, where `count` is not given, and at most."""

    def __init__(
        self,
        parameters: Mapping[str, str],
        *,
        default: int = DEFAULT_COUNT,
        most: int = MAX_COUNT,
    ) -> None:
        self._parameters = parameters
        self._default = default
        self._most = most
        fields, exclude = parameters.get("fields"), parameters.get("exclude_fields")
        if fields and exclude:
            raise Problem(
                "Invalid Resource",
                "The resource submitted could not be validated. For field-specific details, see "
                "the 'errors' array.",
                [{"field": "fields", "message": "Cannot be combined with exclude_fields"}],
            )
        self.fields = _names(fields)
        self.exclude_fields = _names(exclude)

    def text(self, name: str) -> str | None:
        return self._parameters.get(name) or None

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of the known values; another one is as good as none."""
        value = self._parameters.get(name)
        return value if value in choices else None

    def flag(self, name: str) -> bool:
        """`true` and `1`; anything else silently means false."""
        return self._parameters.get(name) in ("true", "1")

    def given(self, name: str) -> bool:
        return name in self._parameters

    def instant(self, name: str) -> int | None:
        return instants.parse(self._parameters.get(name))

    def _number(self, name: str, default: int) -> int:
        try:
            number = int(self._parameters.get(name, default))
        except ValueError:
            return default
        return number if number >= 0 else default

    @property
    def count(self) -> int:
        return min(self._number("count", self._default), self._most)

    @property
    def offset(self) -> int:
        return self._number("offset", 0)

    @property
    def descending(self) -> bool:
        """Newest first, unless asked otherwise."""
        return (self._parameters.get("sort_dir") or "DESC").upper() != "ASC"

    def flags(self, names: Mapping[str, str]) -> frozenset[str]:
        return frozenset(name for name in names if self.flag(name))


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())
