"""Every setting there is: its form, its default and what it does, in one place.

`chimpline init` prints these fields as a commented file, `chimpline run` has an option for each,
and the environment a variable for each; `request` puts the sources together.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from chimpline.api.limit import MOST_CONNECTIONS
from chimpline.load import registry
from chimpline.message import Message
from chimpline.model import Deletes
from chimpline.service.alerts.kinds import Alert
from chimpline.service.settings.form.naming import Dataset, Name, Paths, Tables, Url, UrlOrName
from chimpline.service.settings.form.plain import EARLIEST_START, RedirectUri, Root, StartDate
from chimpline.service.settings.form.section import Section, setting
from chimpline.service.settings.form.times import Interval, Rest, Schedule, ScheduleStart, TimeZone

DEFAULT_DESTINATION = "duckdb:///chimpline.duckdb"
DEFAULT_LOGIN_ROOT = "https://login.mailchimp.com"
# Not `localhost`, which Mailchimp may refuse: docs/mailchimp-facts.md#the-redirect-address
DEFAULT_REDIRECT_URI = "http://127.0.0.1:8719/oauth/callback"


class Connection(Section):
    """An account with its settings."""

    auth: Literal["api_key", "oauth"] | None = setting(
        None,
        "How to sign in. Default: by whichever secret is given. Do not write a secret into this "
        "file: `chimpline connect` stores it, or it is in CHIMPLINE_API_KEY or "
        "CHIMPLINE_ACCESS_TOKEN.",
        option=("KIND", "How to sign in: oauth (an app of your own) or api_key."),
        form=Message("form-auth"),
        example="api_key",
    )
    client_id: str | None = setting(
        None,
        "The Client ID of the app that you registered with Mailchimp. Only for OAuth.",
        option=("ID", "Client ID of your app, for OAuth."),
        form=Message("form-client-id"),
        example="123456789012",
        pattern=r"^[0-9]{4,20}$",
    )
    start_date: StartDate = setting(
        None,
        "First day to copy (from 00:00 UTC): members that changed and events that happened earlier "
        "are left out. Audiences, campaigns and reports are always copied. Default: everything.",
        option=("DATE", "First day to copy: MM/DD/YYYY or ISO."),
        form=Message.of("form-start-date", earliest=f"{EARLIEST_START:%m/%d/%Y}"),
        example="01/31/2020",
    )
    email_activity_date_window: int = setting(
        0,
        "Number of days. Email activity is copied for campaigns that were sent in the last so many "
        "days, and updated for copied campaigns whose counters change. 0: for all campaigns.",
        option=("DAYS", "Copy email activity of campaigns sent in the last DAYS days; 0: of all."),
        form=Message("form-window"),
        ge=0,
        le=36_500,
    )
    email_activity_date_window_strict: bool = setting(
        False,
        "true: campaigns that were sent before the window are not updated, even if their counters "
        "change.",
        option=("", "Do not update campaigns that were sent before the window."),
        form=Message("form-true-or-false"),
    )
    connections: int = setting(
        8,
        "How many requests are made at the same time, by all runs of the same Mailchimp user. "
        "Mailchimp allows 10 for all apps together; 8 leaves two for other apps.",
        option=("N", f"Requests at the same time, 1 to {MOST_CONNECTIONS}."),
        form=Message.of("form-connections", most=MOST_CONNECTIONS),
        ge=1,
        le=MOST_CONNECTIONS,
    )
    gateway: Literal["none"] = setting(
        "none",
        "Data gateway. There is none yet: chimpline runs on this machine.",
        option=("NAME", "Only none is possible now."),
        form=Message("form-gateway"),
    )
    api_root: Root | None = setting(
        None,
        "Address of the API, for a compatible server. Default: the data center that the API key "
        "names, or that Mailchimp names for the token.",
        option=("URL", "Address of a compatible server's API."),
        form=Message("form-api-root"),
        example="https://us19.api.mailchimp.com/3.0",
    )
    login_root: Root = setting(
        DEFAULT_LOGIN_ROOT,
        "Login server that tells which data center an OAuth token belongs to.",
        option=("URL", "Login server of a compatible server, for OAuth."),
        form=Message.of("form-login-root", usual=DEFAULT_LOGIN_ROOT),
    )
    redirect_uri: RedirectUri = setting(
        DEFAULT_REDIRECT_URI,
        "Where Mailchimp sends the browser after you allow access. The app must have registered "
        "exactly this address. If it is on this machine, chimpline shows a small page there while "
        "it waits; otherwise you paste the address from the browser. Only for OAuth.",
        option=("URI", "Redirect URI that your app has registered, for OAuth."),
        form=Message.of("form-redirect-uri", usual=DEFAULT_REDIRECT_URI),
    )


_URL_FORM = registry.forms()
_DATASET_FORM = Message("form-dataset")


class Destination(Section):
    """A database under a name: its URL, or its kind with the settings that this kind has."""

    model_config = ConfigDict(extra="allow", frozen=True, str_strip_whitespace=True)

    url: Url | None = setting(
        None,
        f"The database: {_URL_FORM}. A relative path starts at this file. Do not write a password "
        "here: `chimpline destination` stores it.",
        form=Message.of("form-url", urls=_URL_FORM),
        example="postgresql://user@host/db",
    )
    kind: str | None = setting(
        None,
        "Instead of the url: what kind of database it is. Its other settings follow.",
        form=Message.of(
            "form-kind", kinds=registry.listed([f'"{scheme}"' for scheme in registry.schemes()])
        ),
        example=registry.schemes()[0],
    )
    dataset: Dataset | None = setting(
        None,
        "The schema in that database, for pipelines that name none. Default: mailchimp.",
        form=_DATASET_FORM,
        example="mailchimp",
    )


class Pipeline(Section):
    """What is copied from where to where."""

    connection: str | None = setting(
        None,
        "The connection to read from. Not needed if there is only one.",
        option=("NAME", "Connection to read from."),
        form=Message("form-connection"),
        example="main",
    )
    destination: UrlOrName = setting(
        DEFAULT_DESTINATION,
        f"The database to write to: {_URL_FORM}, or the name of a destination of this file. A "
        "relative path starts at this file. Do not write a password here.",
        form=Message.of("form-destination", urls=_URL_FORM),
    )
    dataset: Dataset = setting(
        "mailchimp",
        "The schema in that database. One schema is for one Mailchimp account.",
        form=_DATASET_FORM,
    )
    tables: Tables = setting(
        None,
        'The tables to copy, by name; or "all" that there are; or "default": the default set, also '
        "what later versions add to it. `chimpline tables` lists them. Default: the default set; a "
        "dataset that exists keeps its tables, and what later versions add is offered.",
        option=("A,B", "Tables to copy, all, or default. Default: the default set."),
        form=Message("form-tables"),
        example=["lists", "list_members"],
    )
    deletes: Deletes = setting(
        Deletes.MARK,
        'What happens to rows that were deleted at Mailchimp: "mark" sets _deleted_at, "remove" '
        'deletes them, "ignore" does not look for them.',
        option=("HOW", "For deleted records: mark, remove or ignore."),
        form=Message("form-deletes"),
    )
    lookback_minutes: int = setting(
        15,
        "How many minutes before the last run are read again, since Mailchimp shows some changes "
        "late.",
        option=("N", "Read the last N minutes again."),
        form=Message("form-lookback"),
        ge=0,
        le=10_080,
    )
    complete_read_days: int = setting(
        7,
        "Number of days after which everything is read again, to find changes that Mailchimp shows "
        "nowhere else.",
        option=("N", "Read everything every N days."),
        form=Message("form-complete-read"),
        ge=1,
        le=3_650,
    )
    segment_members: Literal["when changed", "every run"] = setting(
        "when changed",
        'When the members of a segment are read: "when changed" leaves a segment as it is while '
        "neither its record nor a member of its audience has changed, for up to a day; "
        '"every run" reads all segments in each run.',
        option=("WHEN", 'Read segment members "when changed" or in "every run".'),
        form=Message("form-segment-members"),
    )
    pages_in_memory_mb: int = setting(
        96,
        "Megabytes that pages may take, from being asked for until their rows are committed. "
        "The program and the database's driver need up to 450 more.",
        option=("N", "Megabytes of pages at once."),
        form=Message("form-pages-in-memory"),
        ge=8,
        le=65_536,
    )

    schedule: Schedule | None = setting(
        None,
        'When `chimpline serve` runs it: "every 15 minutes" (1 minute to 1 day), or a cron '
        'expression of five fields, such as "0 6 * * *" for every day at 6:00. Default: never by '
        "itself.",
        form=Message("form-schedule"),
        example="every 15 minutes",
    )
    time_zone: TimeZone = setting(
        "UTC",
        "The time zone that a cron expression and schedule_start speak of, by its IANA name.",
        form=Message("form-time-zone"),
        example="Asia/Seoul",
    )
    schedule_start: ScheduleStart = setting(
        None,
        "Nothing runs by schedule before this time, in the time zone above. With every N minutes, "
        "it is also the time of the first run. Default: no limit.",
        form=Message("form-schedule-start"),
        example="2026-12-31 06:00",
    )
    fresh_within: Interval | None = setting(
        None,
        "How old the data may be. While it is older, `chimpline serve` shows it as late, and sends "
        "an alert. Default: no target.",
        form=Message("form-fresh-within"),
        example="6 hours",
    )
    keep_runs: int = setting(
        1000,
        "How many runs of this pipeline the console remembers. What they copied stays anyway.",
        form=Message("form-keep-runs"),
        ge=10,
        le=100_000,
    )
    keep_logs_days: int = setting(
        30,
        "Number of days after which the console removes the log of a run.",
        form=Message("form-complete-read"),
        ge=1,
        le=3_650,
    )


class TableMetadata(Section):
    """What was chosen of one table. A path is a column, or `merge_fields.PHONE` inside one."""

    selected: bool = setting(
        True,
        "false: the table is not copied.",
        form=Message("form-true-or-false"),
        example=True,
    )
    columns: Paths | None = setting(
        None,
        "Only these are requested and copied, besides keys and columns that runs need.",
        form=Message.of("form-columns", example='["email_address", "status", "merge_fields.CITY"]'),
    )
    exclude: Paths = setting(
        (),
        "These are not requested and not copied. What was copied earlier stays.",
        form=Message.of("form-columns", example='["ip_signup", "merge_fields.PHONE"]'),
    )
    drop: Paths = setting(
        (),
        "Personal data: these are not requested, and the next run empties what was copied earlier.",
        form=Message.of("form-columns", example='["full_name", "merge_fields.PHONE"]'),
    )
    hash: Paths = setting(
        (),
        "Personal data: copied as salted hashes. Equal values have equal hashes in all tables.",
        form=Message.of("form-columns", example='["email_address"]'),
    )
    key: Paths | None = setting(
        None,
        "The primary key: the table's own, and further columns of text.",
        form=Message.of("form-columns", example='["list_id", "id", "status"]'),
    )
    every: Rest | None = setting(
        None,
        "How often the table is read, where that is less often than its pipeline runs: a run "
        "leaves it as it is while its last complete read is younger. Default: every run, or what "
        "`chimpline tables` shows for it.",
        form=Message("form-every"),
        example="1 day",
    )
    history: Literal["daily", "versions"] | None = setting(
        None,
        'What is kept of the past: "versions" keeps each state of a row, with the time from and '
        'until which it held, in a table <table>_history; "daily" keeps the rows as the last run '
        "of each day left them, in <table>_daily. Default: only the present.",
        form=Message("form-history"),
        example="versions",
    )


class Console(Section):
    """What the console may do; it never changes this section itself."""

    data_dir: str | None = setting(
        None,
        "The folder below which files of destinations lie that are made in the console or by the "
        "API. A relative path starts at this file. Default: the folder of this file.",
        form=Message("form-data-dir"),
        example="data",
        min_length=1,
    )


class Settings(Section):
    """A settings file as a whole. `metadata`: by connection, then by table."""

    connections: dict[Name, Connection] = Field(default_factory=dict)
    destinations: dict[Name, Destination] = Field(default_factory=dict)
    pipelines: dict[Name, Pipeline] = Field(default_factory=dict)
    metadata: dict[Name, dict[str, TableMetadata]] = Field(default_factory=dict)
    alerts: dict[Name, Alert] = Field(default_factory=dict)
    console: Console = Field(default_factory=Console)
