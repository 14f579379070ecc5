"""PostgreSQL as a destination: a schema in a database of a server."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

from chimpline.errors import DestinationReadOnly, SettingsError
from chimpline.load.postgres.role import grants, make, reader_of
from chimpline.load.registry import Kind, Place, Secret, Setting, UrlRefused, forms, register
from chimpline.load.sql import quote as quoted
from chimpline.message import Message
from chimpline.redact import redact

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chimpline.load.contract import Destination
    from chimpline.load.postgres.session import PostgresSession
    from chimpline.load.reading import Limits, Reader

_ELSEWHERE = (
    "PGPASSWORD in the environment, in ~/.pgpass, or by a service of pg_service.conf "
    "(?service=name)"
)
NO_FILE = os.path.join(os.devnull, "none")  # noqa: PTH118  (the name of no file)
"""For libpq, where it is to look for no password."""
# What says to libpq, beside a URL's host, which server is meant.
_PLACES = ("host", "hostaddr", "port", "service")
_MAY_CREATE = """
    SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)
           THEN has_schema_privilege($1, 'CREATE')
           ELSE has_database_privilege(current_database(), 'CREATE') END
"""
_TABLES = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = $1"


@dataclasses.dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """`uri` is what libpq takes, without a password; `shown` is for messages.

    `password` None: libpq looks for one by itself; empty: there is none, and it does not look.
    """

    uri: str
    shown: Message
    dataset: str
    password: str | None = dataclasses.field(default=None, repr=False)


class Postgres(Kind):
    name = "PostgreSQL"
    schemes = ("postgresql", "postgres")
    forms = ("postgresql://user@host/db",)
    short = "postgresql://USER@HOST/DB"
    settings = (
        Setting(
            "host",
            "The server's name or address. Default: this machine.",
            form='a name or an address, or the directory of a socket: "db.example.com"',
            example="db.example.com",
            pattern=r"[^@?#\s]+",
        ),
        Setting(
            "port",
            "The server's port. Default: 5432.",
            form="a number from 1 to 65535: 5432",
            example="5432",
            pattern=r"0*([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])",
        ),
        Setting(
            "user",
            "The database user. Default: the one who starts chimpline.",
            form='a user of the database: "chimpline"',
            example="chimpline",
        ),
        Setting(
            "database",
            "The database on that server.",
            form='the name of a database: "analytics"',
            example="analytics",
            needed=True,
        ),
        Setting(
            "sslmode",
            "Whether the connection is encrypted and the server's certificate checked.",
            form='a word that libpq knows: "verify-full"',
            example="verify-full",
            pattern=r"disable|allow|prefer|require|verify-ca|verify-full",
        ),
    )
    secrets = (Secret("password", elsewhere=_ELSEWHERE),)

    def read(self, url: str) -> str:
        _, separator, rest = url.partition("://")
        if not separator:
            raise UrlRefused("url-refused", reason=Message("url-is-none"), urls=forms())
        user, at, _ = rest.rpartition("@")
        queried = parse_qs(url.partition("?")[2], keep_blank_values=True)
        if (at and user.partition(":")[2]) or {"password", "sslpassword"} & set(queried):
            raise UrlRefused("url-holds-password", secret=True)
        authority = rest.partition("/")[0]
        if "#" in rest or authority.count("@") > 1 or ("@" in authority and "?" in authority):
            # libpq knows no fragment, and takes all before the first @ for a user: what we take for
            # the server, to know whose password goes there, would not be the one it connects to.
            raise UrlRefused("url-refused", reason=Message("url-of-two-servers"), urls=forms())
        if "sslkeylogfile" in queried:
            raise UrlRefused("url-refused", reason=Message("url-writes-keys"), urls=forms())
        try:
            urlsplit(url)
        except ValueError:
            raise UrlRefused("url-refused", reason=Message("url-is-none"), urls=forms()) from None
        return f"postgresql://{rest}"

    def url(self, settings: Mapping[str, str]) -> str:
        host, options = settings.get("host", ""), {}
        if host.startswith("/"):  # a directory, which has no place before the path
            options["host"], host = host, ""
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        if "sslmode" in settings:
            options["sslmode"] = settings["sslmode"]
        user = f"{quote(settings['user'], safe='')}@" if "user" in settings else ""
        port = f":{settings['port']}" if "port" in settings else ""
        query = "&".join(f"{name}={quote(value, safe='/')}" for name, value in options.items())
        database = quote(settings["database"], safe="")
        return f"postgresql://{user}{host}{port}/{database}{'?' if query else ''}{query}"

    def open(self, place: Place, *, read_only: bool) -> Destination:
        from chimpline.load.sql_destination import SqlDestination

        return SqlDestination(_session(_database(place), read_only=read_only), read_only=read_only)

    def get_ready(self) -> None:
        import chimpline.load.postgres.reading  # noqa: F401

    def reader(self, place: Place, limits: Limits, *, trusted: bool) -> Reader:
        """Not trusted: under the role `reader_of`, with `reader_password` of the secrets."""
        from chimpline.load.postgres.reading import PostgresReader, under

        database = _database(place)
        if not trusted:
            database = dataclasses.replace(
                database,
                uri=under(database.uri, reader_of(place.dataset)),
                password=place.secrets.get("reader_password", ""),
            )
        return PostgresReader(database, limits, trusted=trusted)

    def reader_role(self, place: Place) -> Sequence[str]:
        role = quoted(reader_of(place.dataset))
        return f"CREATE ROLE {role}", *grants(
            place.dataset, unquote(urlsplit(place.url).username or "")
        )

    def make_reader(self, place: Place, password: str) -> None:
        make(_database(place), password)

    def check_writable(self, place: Place, tables: Collection[str]) -> None:
        from chimpline.load.lines import TABLES_OF_OUR_OWN

        database = _database(place)
        session = _session(database, read_only=True)
        try:
            ((may_create,),) = session.rows(_MAY_CREATE, place.dataset)
            there = {name for (name,) in session.rows(_TABLES, place.dataset)}
        finally:
            session.close()
        # Who may only write rows can go on where all is made.
        if not may_create and {*tables, *TABLES_OF_OUR_OWN} - there:
            raise DestinationReadOnly(
                "postgres-may-not-create",
                dataset=place.dataset,
                database=database.shown,
                kept="kept-nothing-changed",
            )

    def server(self, url: str) -> str:
        parts = urlsplit(self.read(url))
        named = parse_qs(parts.query)
        further = [f"{key}={value}" for key in _PLACES for value in named.get(key, []) if value]
        return " ".join([parts.netloc.rpartition("@")[2].lower(), *further]).strip()

    def look(self, url: str, dataset: str, table: str) -> Sequence[str]:
        return "psql", url, "-c", f"select * from {dataset}.{table}"


def _database(place: Place) -> PostgresDatabase:
    dataset = place.dataset
    if dataset.lower().startswith("pg_") or dataset.lower() == "information_schema":
        raise SettingsError("postgres-keeps-name", name=repr(dataset))
    parts = urlsplit(place.url)
    hosts = parse_qs(parts.query).get("host", ["localhost"])
    host = unquote(parts.hostname or hosts[-1])
    name = unquote(parts.path.strip("/"))
    shown = Message.of(
        "postgres-database" if name else "postgres-default-database",
        name=redact(name),
        host=redact(host),
    )
    return PostgresDatabase(place.url, shown, dataset, password=place.secrets.get("password"))


def _session(database: PostgresDatabase, *, read_only: bool) -> PostgresSession:
    try:
        from chimpline.load.postgres.session import PostgresSession
    except ModuleNotFoundError:
        raise SettingsError("postgres-no-driver") from None
    return PostgresSession(database, read_only=read_only)


register(Postgres())
