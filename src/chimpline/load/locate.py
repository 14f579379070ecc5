"""From the URL of a destination to the place it names; passwords are refused here."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from chimpline.errors import SettingsError
from chimpline.redact import redact

FORMS = "Write duckdb:///relative.duckdb, duckdb:////absolute.duckdb or postgresql://user@host/db."
# PostgreSQL cuts longer identifiers silently, and DuckDB datasets keep to the same limit, so that
# a dataset can move from one to the other.
MAX_IDENTIFIER_BYTES = 63


@dataclasses.dataclass(frozen=True, slots=True)
class DuckDBFile:
    path: Path
    dataset: str


@dataclasses.dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """`uri` is what libpq takes, without a password; `shown` is for messages."""

    uri: str
    shown: str
    dataset: str


def locate(url: str, dataset: str) -> DuckDBFile | PostgresDatabase:
    """The place that `url` names; `SettingsError` for any other form."""
    _check_dataset(dataset)
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        raise SettingsError("The destination is not a URL.", do=FORMS) from None
    if parts.scheme == "duckdb":
        return DuckDBFile(_duckdb_path(url), dataset)
    if parts.scheme in {"postgresql", "postgres"}:
        if password or dict(parse_qsl(parts.query)).get("password"):
            raise SettingsError(
                "The destination's URL holds a password.",
                do="Take it out, and give it as CHIMPLINE_DESTINATION_PASSWORD or PGPASSWORD in "
                "the environment, in ~/.pgpass, or by a service of pg_service.conf "
                "(?service=name).",
            )
        if dataset.lower().startswith("pg_") or dataset.lower() == "information_schema":
            raise SettingsError(
                f"PostgreSQL keeps the name {dataset!r} for itself.",
                do="Choose another dataset name, such as mailchimp.",
            )
        host = unquote(parts.hostname or dict(parse_qsl(parts.query)).get("host", "localhost"))
        shown = f"PostgreSQL database {unquote(parts.path.strip('/')) or '(default)'} at {host}"
        return PostgresDatabase(
            "postgresql" + url[len(parts.scheme) :], shown=redact(shown), dataset=dataset
        )
    # The rest of an unknown URL is not repeated: it may hold a secret.
    raise SettingsError(f"No destination has URLs of the form {parts.scheme!r}:...", do=FORMS)


def _duckdb_path(url: str) -> Path:
    """`///x` is relative, `////x` absolute, as users know it from other tools."""
    rest = url[len("duckdb:") :]
    if not rest.startswith("///") or rest.strip("/") == "":
        raise SettingsError("The duckdb URL names no file.", do=FORMS)
    if "?" in rest or "#" in rest:
        raise SettingsError(
            "The duckdb URL holds a '?' or '#'.",
            do="Write such characters percent-encoded (%3F, %23); there are no options.",
        )
    return Path(unquote(rest[3:]))


def _check_dataset(dataset: str) -> None:
    size = len(dataset.encode())
    if not dataset.strip() or "\0" in dataset or size > MAX_IDENTIFIER_BYTES:
        raise SettingsError(
            f"The dataset name {dataset[:80]!r} cannot name a schema.",
            do=f"Choose a name of 1 to {MAX_IDENTIFIER_BYTES} bytes, such as mailchimp.",
        )
