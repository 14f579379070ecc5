"""The kinds of destinations, by the scheme of their URLs: each is registered in one file, its own.

    class Warehouse(Kind):
        name, schemes, forms = "Warehouse", ("warehouse",), ("warehouse://user@host/db",)
        ...

    register(Warehouse())

A package in `load` registers its kind when it is imported, and all of them are imported when a kind
is first asked for. None loads its driver before something is opened.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from chimpline.errors import SettingsError, UserError
from chimpline.load.names import MAX_IDENTIFIER_BYTES
from chimpline.message import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from chimpline.load.contract import Destination
    from chimpline.load.reading import Limits, Reader


class UrlRefused(SettingsError):
    """A URL that names no destination; `reason` follows a colon, `secret`: it holds a password."""

    def __init__(
        self,
        kind: str,
        /,
        *,
        reason: str | Message | None = None,
        urls: str | None = None,
        secret: bool = False,
    ) -> None:
        super().__init__(kind, reason=reason, urls=urls)
        self.reason = reason
        self.secret = secret


class UnknownKind(UrlRefused):
    """No kind has URLs of this scheme. The rest is not repeated: it may hold a secret."""

    def __init__(self, kind: str, /, *, scheme: str, urls: str) -> None:
        SettingsError.__init__(self, kind, scheme=scheme, urls=urls)
        self.reason, self.secret = None, False
        self.scheme = scheme


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """A part of a URL that has a name of its own under `[destinations.NAME]`.

    `pattern` is what its text must match as a whole, and `form` says so in words.
    """

    name: str
    about: str
    form: str
    example: str
    pattern: str = r".+"
    needed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Secret:
    """A secret, by the name of its setting. `elsewhere`: other homes that its driver knows."""

    name: str
    elsewhere: str


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A dataset at a URL, as `Kind.read` returned it, with the secrets for opening it by name."""

    url: str
    dataset: str
    secrets: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)


class Kind(ABC):
    """One kind of destination. URLs that its methods take have been through `read`.

    `forms`: its URLs, as help and errors show them; `short` the same for the help of an option.
    `files`: patterns of the files that it makes beside the settings. `alone`: who has it open has
    it alone, so that no run can be under way in what could be opened.
    """

    name: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]]
    forms: ClassVar[tuple[str, ...]]
    short: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()
    secrets: ClassVar[tuple[Secret, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ()
    alone: ClassVar[bool] = False

    @abstractmethod
    def read(self, url: str) -> str:
        """The URL in the one form that we keep; `UrlRefused` where it names no destination."""

    @abstractmethod
    def url(self, settings: Mapping[str, str]) -> str:
        """The URL of what these `settings` name."""

    @abstractmethod
    def open(self, place: Place, *, read_only: bool) -> Destination:
        """See `chimpline.load.open_destination`."""

    @abstractmethod
    def check_writable(self, place: Place, tables: Collection[str]) -> None:
        """See `chimpline.load.check_writable`."""

    def absolute(self, url: str, beside: Path) -> str:
        """The URL wherever the command is started, where a relative path in it begins `beside`."""
        del beside
        return url

    def file(self, url: str) -> Path | None:
        """The file that it writes on this machine; None where it writes none."""
        del url
        return None

    def server(self, url: str) -> str:
        """Where its secrets are sent to, in one form; empty for what is no server."""
        del url
        return ""

    def is_missing(self, url: str) -> bool:
        """Whether nothing can have landed there yet; looking creates nothing."""
        del url
        return False

    def get_ready(self) -> None:  # noqa: B027  (a kind may have nothing to load)
        """Load the code that reads for people, before it is known what."""

    def reader(self, place: Place, limits: Limits, *, trusted: bool) -> Reader:
        """What reads a dataset for people (`load.reading`), in a process that can be ended.

        `trusted`: chimpline writes the statements; anybody otherwise.
        """
        del place, limits, trusted
        raise UserError("data-kind-unreadable", kind=self.name)

    def reader_role(self, place: Place) -> Sequence[str]:
        """The statements that make the role of readers; empty where none is needed."""
        del place
        return ()

    def make_reader(self, place: Place, password: str) -> None:
        """Make this role, with the secret `reader_password`."""
        del place, password
        raise UserError("data-kind-unreadable", kind=self.name)

    def look(self, url: str, dataset: str, table: str) -> Sequence[str]:
        """The words of a command that shows the rows of a table; empty where there is none."""
        del url, dataset, table
        return ()


_kinds: dict[str, Kind] = {}
_found = False


def register(kind: Kind) -> None:
    """From now on URLs of these schemes are of this kind."""
    for scheme in kind.schemes:
        _kinds[scheme] = kind


def kinds() -> tuple[Kind, ...]:
    """Every kind there is, those of this package first, by name."""
    global _found  # noqa: PLW0603  (the packages are looked through once)
    if not _found:
        _found = True
        given = dict(_kinds)
        package = importlib.import_module("chimpline.load")
        for room in pkgutil.iter_modules(package.__path__, "chimpline.load."):
            if room.ispkg:
                importlib.import_module(room.name)
        own = {scheme: kind for scheme, kind in _kinds.items() if scheme not in given}
        _kinds.clear()
        _kinds.update({**own, **given})
    return tuple(dict.fromkeys(_kinds.values()))


def schemes() -> tuple[str, ...]:
    """The scheme of each kind, as it is best written."""
    return tuple(kind.schemes[0] for kind in kinds())


def forms() -> str:
    """The URLs there are, in words: `duckdb:///relative.duckdb, .. or postgresql://user@host/db`."""
    return listed([form for kind in kinds() for form in kind.forms])


def listed(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def kind_named(scheme: str) -> Kind | None:
    """The kind that has this scheme."""
    return next((kind for kind in kinds() if scheme in kind.schemes), None)


def kind_of(url: str) -> Kind:
    """The kind that a URL is of; `UrlRefused` where there is none."""
    scheme, colon, _ = url.partition(":")
    if not colon:
        raise UrlRefused("url-refused", reason=Message("url-is-none"), urls=forms())
    kind = kind_named(scheme)
    if kind is None:
        raise UnknownKind("url-of-no-kind", scheme=scheme, urls=forms())
    return kind


def read(url: str) -> str:
    """The URL in the one form that we keep; `UrlRefused` where it names no destination."""
    return kind_of(url).read(url)


def place_of(url: str, dataset: str, secrets: Mapping[str, str]) -> tuple[Kind, Place]:
    """The kind of a URL, and the dataset in it; `SettingsError` where they name none."""
    size = len(dataset.encode())
    if not dataset.strip() or "\0" in dataset or size > MAX_IDENTIFIER_BYTES:
        raise SettingsError(
            "dataset-names-no-schema", name=repr(dataset[:80]), most=MAX_IDENTIFIER_BYTES
        )
    kind = kind_of(url)
    return kind, Place(kind.read(url), dataset, secrets)
