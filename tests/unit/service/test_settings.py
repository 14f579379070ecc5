"""Settings: each wrong key is named with its place and right form, and no secret is repeated."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from chimpline.catalog.selection import TableSet
from chimpline.catalog.tables import usual_intervals
from chimpline.errors import SettingsError, UnknownTable, UserError
from chimpline.load import registry
from chimpline.model import Deletes, History, RunState, TableState
from chimpline.redact import redact
from chimpline.runs.request import Credential
from chimpline.service.alerts.kinds import Alert
from chimpline.service.editing.choices import read_choices
from chimpline.service.pipelines import written_by
from chimpline.service.settings.credentials import credential, secret
from chimpline.service.settings.every import Connection, Console, Destination, Pipeline, Settings
from chimpline.service.settings.request import Chosen, read
from chimpline.service.settings.template import settings_template
from tests.words import refused, told_of

KEY = "feedfacefeedfacefeedfacefeedface-us19"
TABLES = ("lists", "list_members", "campaigns")


def choose(
    tmp_path: Path,
    toml: str | None = None,
    environ: Mapping[str, str] | None = None,
    pipeline: str | None = None,
    **options: object,
) -> Chosen:
    if toml is not None:
        (tmp_path / "chimpline.toml").write_text(toml, encoding="utf-8")
    configuration = read(
        environ or {}, tmp_path, today=dt.date(2026, 11, 23), known_tables=lambda: TABLES
    )
    return configuration.choose(pipeline, options)


def refusal(tmp_path: Path, *args: object, **options: object) -> UserError:
    with pytest.raises(UserError) as caught:
        choose(tmp_path, *args, **options)  # type: ignore[arg-type]
    assert "Nothing was read or changed." == told_of(caught.value).kept
    return caught.value


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    request = choose(tmp_path).request(Credential(secret=KEY, is_api_key=True))
    assert f"duckdb:///{tmp_path}/chimpline.duckdb" == request.destination
    assert ("main", "mailchimp", None, None) == (
        request.pipeline,
        request.dataset,
        request.tables,
        request.start_date,
    )
    assert (8, 0, Deletes.MARK) == (
        request.connections,
        request.activity_window_days,
        request.deletes,
    )
    assert tmp_path / ".chimpline" == request.state_dir
    assert KEY not in repr(request)


@pytest.mark.parametrize("written", ['"all"', '["all"]', '" all "'])
def test_tables_can_be_a_set_of_them(tmp_path: Path, written: str) -> None:
    chosen = choose(tmp_path, f"[pipelines.daily]\ntables = {written}\n")
    assert (TableSet.ALL, {}) == (chosen.pipeline.tables, chosen.asked)
    option = choose(tmp_path, tables="default")
    assert TableSet.DEFAULT is option.pipeline.tables


def test_a_table_is_read_as_often_as_is_usual_unless_something_else_is_chosen(
    tmp_path: Path,
) -> None:
    key, day = Credential(secret=KEY, is_api_key=True), dt.timedelta(days=1)
    toml = """\
[metadata.main.campaign_folders]
every = "every run"
[metadata.main.lists]
every = "6 hours"
"""

    def every(tables: str | None = None) -> Mapping[str, dt.timedelta]:
        return choose(tmp_path, toml, tables=tables).request(key).every

    chosen = {"campaign_folders": dt.timedelta(), "lists": dt.timedelta(hours=6)}
    assert {**usual_intervals(), **chosen} == every() == every(tables="all")
    assert day == every()["list_growth_history"]
    assert {} == every(tables="lists")  # whoever names tables wants them now


def test_the_past_is_kept_of_the_tables_of_which_it_is_chosen(tmp_path: Path) -> None:
    key = Credential(secret=KEY, is_api_key=True)
    toml = """\
[metadata.main.reports]
history = "daily"
[metadata.main.list_members]
history = "versions"
"""
    kept = {"reports": History.DAILY, "list_members": History.VERSIONS}
    for tables in (None, "lists"):
        assert kept == choose(tmp_path, toml, tables=tables).request(key).history
    named = choose(tmp_path, toml, tables="lists,list_members")
    assert ["lists", "list_members", "list_members_history"] == written_by(named)


@pytest.mark.parametrize(
    ("table", "kind", "why"),
    [
        ("list_members", "daily", "history-daily-of-people"),
        ("list_segment_members", "daily", "history-daily-of-people"),
        ("list_member_tags", "daily", "history-daily-of-people"),
        ("reports_email_activity", "versions", "history-of-events"),
        ("reports_email_activity", "daily", "history-of-events"),
    ],
)
def test_what_past_cannot_be_kept_is_told_with_its_line(
    tmp_path: Path, table: str, kind: str, why: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        choose(tmp_path, f'[metadata.main.{table}]\nhistory = "{kind}"\n')
    told = caught.value.facts
    assert (table, "history", why) == (told["table"], told["option"], told["reason"].kind)  # type: ignore[union-attr]
    assert "line 2" in told_of(caught.value).what


def test_an_option_goes_before_the_environment_and_the_environment_before_the_file(
    tmp_path: Path,
) -> None:
    toml = '[connections.main]\nstart_date = "01/01/2011"\n'
    flat = {"CHIMPLINE_START_DATE": "2012-01-01"}
    nested = {**flat, "CHIMPLINE_CONNECTIONS__MAIN__START_DATE": "2013-01-01"}

    def year(environ: Mapping[str, str], **options: object) -> int:
        start = choose(tmp_path, toml, environ, None, **options).connection.start_date
        assert start is not None
        return start.year

    assert [2011, 2012, 2013, 2014] == [
        year({}),
        year(flat),
        year(nested),
        year(nested, start_date="2014-01-01"),
    ]


def test_nested_variables_reach_connections_whose_names_no_variable_can_spell(
    tmp_path: Path,
) -> None:
    toml = '[connections.My-Shop]\n[pipelines.daily]\nconnection = "My-Shop"\n'
    chosen = choose(tmp_path, toml, {"CHIMPLINE_CONNECTIONS__MY_SHOP__CONNECTIONS": "3"})
    assert ("My-Shop", 3) == (chosen.connection_name, chosen.connection.connections)


def test_nested_variables_work_without_a_file(tmp_path: Path) -> None:
    chosen = choose(tmp_path, None, {"CHIMPLINE_PIPELINES__NIGHTLY__DATASET": "mc"})
    assert ("nightly", "mc") == (chosen.pipeline_name, chosen.pipeline.dataset)


@pytest.mark.parametrize(
    "text", ["01/31/2020", "1/31/2020", "2020-01-31", "2020-01-31T00:00:00Z", " 2020-01-31 "]
)
def test_dates_are_american_or_iso(tmp_path: Path, text: str) -> None:
    assert dt.date(2020, 1, 31) == choose(tmp_path, start_date=text).connection.start_date


def test_a_date_without_quotes_is_a_date_too(tmp_path: Path) -> None:
    chosen = choose(tmp_path, "[connections.main]\nstart_date = 2020-01-31\n")
    assert dt.date(2020, 1, 31) == chosen.connection.start_date


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("13/01/2020", "there is no month 13"),
        ("02/30/2020", "there is no such day in 02/2020"),
        ("11/24/2026", "it lies in the future"),
        ("yesterday", "it is not a date"),
        ("2020", "it is not a date"),
        ("2020-01-31T15:00:00Z", "it is not a date"),
        ("00/00/0000", "there is no month 0"),
        ("0000-01-01", "there is no such day in 01/0000"),
        ("0001-01-01", "the earliest is 01/01/1970"),
        ("0001-01-02", "the earliest is 01/01/1970"),
        ("12/31/1969", "the earliest is 01/01/1970"),
        ("9999-12-31", "it lies in the future"),
    ],
)
def test_a_wrong_date_is_told_why_and_the_right_form(
    tmp_path: Path, text: str, reason: str
) -> None:
    error = refusal(tmp_path, f'\n[connections.main]\nstart_date = "{text}"\n')
    assert (
        f'start_date "{text}" (chimpline.toml, line 3) is not right: {reason}.'
        == told_of(error).what
    )
    assert "a date from 01/01/1970 to today, as MM/DD/YYYY or YYYY-MM-DD" in told_of(error).do


RANGES: dict[str, tuple[str, Any, Any]] = {
    "start_date": ("connections", "1970-01-01", "2026-11-23"),
    "email_activity_date_window": ("connections", 0, 36_500),
    "connections": ("connections", 1, 10),
    "lookback_minutes": ("pipelines", 0, 10_080),
    "complete_read_days": ("pipelines", 1, 3_650),
    "pages_in_memory_mb": ("pipelines", 8, 65_536),
    "keep_runs": ("pipelines", 10, 100_000),
    "keep_logs_days": ("pipelines", 1, 3_650),
}


def test_every_number_and_date_has_two_ends() -> None:
    """A setting that is added is added here."""
    for section, model in (("connections", Connection), ("pipelines", Pipeline)):
        for name, field in model.model_fields.items():
            ranged = field.annotation is int or "date" in str(field.annotation)
            assert ranged == (name in RANGES and RANGES[name][0] == section), name


@pytest.mark.parametrize("name", RANGES)
def test_both_ends_of_a_range_are_taken_and_what_lies_beyond_is_refused(
    tmp_path: Path, name: str
) -> None:
    section, least, most = RANGES[name]

    def asked(value: object) -> str:
        shown = f'"{value}"' if isinstance(value, str) else value
        return f"[{section}.main]\n{name} = {shown}\n"

    for end, step in ((least, -1), (most, 1)):
        chosen = choose(tmp_path, asked(end))
        found = getattr(chosen.connection if section == "connections" else chosen.pipeline, name)
        beyond: object
        if isinstance(end, str):
            assert end == found.isoformat()
            beyond = (dt.date.fromisoformat(end) + dt.timedelta(days=step)).isoformat()
        else:
            assert end == found
            beyond = end + step
        error = refusal(tmp_path, asked(beyond))
        named = ("01/01/1970", "today") if isinstance(end, str) else (str(least), str(most))
        assert all(one in told_of(error).do for one in named), told_of(error).do
        assert chosen.request(Credential(KEY, is_api_key=True)).lookback >= dt.timedelta()


@pytest.mark.parametrize("port", ["0", "65536", "99999999999", "x", "-1"])
def test_a_port_that_there_is_not_is_refused(tmp_path: Path, port: str) -> None:
    toml = f'[connections.main]\napi_root = "http://127.0.0.1:{port}/3.0"\n'
    assert "its port is not a number from 1 to 65535." in told_of(refusal(tmp_path, toml)).what


@pytest.mark.parametrize(
    ("toml", "what", "do"),
    [
        (
            '[connections.main]\n\nstrat_date = "01/31/2020"\n',
            (
                "strat_date (chimpline.toml, line 3) is not a setting of a connection. "
                "Did you mean 'start_date'?"
            ),
            "Correct it, or take it out.",
        ),
        (
            '[connections.main]\ntables = ["lists"]\n',
            (
                "tables (chimpline.toml, line 2) is not a setting of a connection. "
                "It belongs under [pipelines.<name>]."
            ),
            "Correct it, or take it out.",
        ),
        (
            "[connections.main]\nconnections = 11\n",
            "connections 11 (chimpline.toml, line 2) is not right: the most is 10.",
            "Write connections as a whole number from 1 to 10.",
        ),
        (
            "[connections.main]\nconnections = 0\n",
            "connections 0 (chimpline.toml, line 2) is not right: the least is 1.",
            "Write connections as a whole number from 1 to 10.",
        ),
        (
            "[connections.main]\nemail_activity_date_window = -1\n",
            "email_activity_date_window -1 (chimpline.toml, line 2) is not right: the least is 0.",
            "Write email_activity_date_window as a whole number of days from 0 to 36500;",
        ),
        (
            '[connections.main]\nemail_activity_date_window = "ten"\n',
            (
                'email_activity_date_window "ten" (chimpline.toml, line 2) is not right: '
                "it is not a whole number."
            ),
            "Write email_activity_date_window as a whole number of days from 0 to 36500;",
        ),
        (
            '[pipelines.daily]\ndeletes = "markk"\n',
            (
                'deletes "markk" (chimpline.toml, line 2) is not right: it is none of mark, '
                "remove, ignore. Did you mean 'mark'?"
            ),
            'Write deletes as "mark", "remove" or "ignore".',
        ),
        (
            '[connections.main]\n[pipelines.daily]\nconnection = "mian"\n',
            (
                "There is no connection 'mian', which pipeline daily names (chimpline.toml, "
                "line 3). Did you mean 'main'?"
            ),
            "There are: main.",
        ),
        (
            "[connection.main]\n",
            (
                "connection (chimpline.toml, line 1) is not a section of a settings file. "
                "Did you mean 'connections'?"
            ),
            "[connections.<name>], [destinations.<name>] or [pipelines.<name>].",
        ),
        (
            '[connections]\nmain = "x"\n',
            "connections.main (chimpline.toml, line 2) is not a section.",
            "Write it as [connections.main]",
        ),
        (
            "connections = 3\n",
            "connections (chimpline.toml, line 1) is not a section.",
            "Write it as [connections.main]",
        ),
        (
            '[pipelines."a b"]\n',
            "'a b' (in chimpline.toml) cannot be the name of a pipeline.",
            "Use letters, digits, - and _ for names.",
        ),
        (
            "[connections.main]\nstart_date = 01/31/2020\n",
            "chimpline.toml is not valid TOML:",
            'text stands in quotes, as in start_date = "01/31/2020".',
        ),
        (
            '[pipelines.daily]\ndestination = "mysql://me@db/x"\n',
            (
                "destination (chimpline.toml, line 2) is not right: there is no destination of the "
                "kind mysql."
            ),
            "postgresql://user@host/db",
        ),
        (
            '[pipelines.daily]\ndestination = "out.duckdb"\n',
            'destination "out.duckdb" (chimpline.toml, line 2) is not right: it is not a URL.',
            "duckdb:///relative.duckdb",
        ),
        (
            '[pipelines.daily]\ndataset = "my data"\n',
            'dataset "my data" (chimpline.toml, line 2) is not right: it holds a space.',
            (
                "Write dataset as letters, digits and underscores, a letter first, at most 63: "
                '"my_data".'
            ),
        ),
        (
            '[pipelines.daily]\ndataset = "1st"\n',
            'dataset "1st" (chimpline.toml, line 2) is not right: it has the wrong form.',
            "a letter first",
        ),
        (
            f'[pipelines.daily]\ndataset = "{"d" * 64}"\n',
            "is not right: it is longer than 63.",
            "at most 63",
        ),
        (
            '[connections.main]\napi_root = "us19.api.mailchimp.com"\n',
            (
                'api_root "us19.api.mailchimp.com" (chimpline.toml, line 2) is not right: '
                "it is not the address of a server."
            ),
            "https://us19.api.mailchimp.com/3.0",
        ),
        (
            "[pipelines.a]\n[pipelines.b]\n",
            "There are 2 pipelines: a, b.",
            "Name one: `chimpline run a`.",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place_and_right_form(
    tmp_path: Path, toml: str, what: str, do: str
) -> None:
    error = refusal(tmp_path, toml)
    assert what in told_of(error).what
    assert do in told_of(error).do


@pytest.mark.parametrize("field", ["client_id", "start_date", "email_activity_date_window", "auth"])
@pytest.mark.parametrize(
    "secret", ["5ec7e7" * 8, "5ec7e75ec7e75ec7e75ec7e75ec7e75e", "AbC-9_" * 4 + "=="]
)
def test_what_looks_like_a_secret_is_not_repeated_where_it_is_wrong(
    tmp_path: Path, field: str, secret: str
) -> None:
    error = refusal(tmp_path, f'[connections.main]\n{field} = "{secret}"\n')
    assert "looks like a secret" in told_of(error).what
    assert secret not in str(told_of(error))
    assert secret not in redact(f"and nowhere else: {secret}")


@pytest.mark.parametrize(
    "text", ["a=" + "[" * 9999, "a." * 5000 + "a=1", "a=" + "[" * 30 + "]" * 30]
)
def test_choices_that_are_nested_like_no_choice_are_refused(text: str) -> None:
    with refused(SettingsError, r"choices\.toml is nested more than 20 levels deep"):
        read_choices(text, "choices.toml", "main")


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    error = refusal(tmp_path, "[connections.main]\nconnections = 11\nnaem = 1\n")
    assert told_of(error).what.startswith("2 settings are not right.\n- ")
    assert "line 2" in told_of(error).what
    assert "line 3" in told_of(error).what


def test_the_place_of_an_option_and_a_variable_is_named_too(tmp_path: Path) -> None:
    assert 'connections "11" (--connections)' in told_of(refusal(tmp_path, connections="11")).what
    environ = {"CHIMPLINE_CONNECTIONS": "11"}
    expected = 'connections "11" (environment variable CHIMPLINE_CONNECTIONS)'
    assert expected in told_of(refusal(tmp_path, None, environ)).what


@pytest.mark.parametrize(
    "toml", [None, '[pipelines.daily]\ntables = ["list_member"]\n'], ids=["option", "file"]
)
def test_an_unknown_table_brings_the_nearest_one(tmp_path: Path, toml: str | None) -> None:
    options = {} if toml else {"tables": "lists, list_member"}
    error = refusal(tmp_path, toml, **options)
    assert isinstance(error, UnknownTable)
    assert "There is no table list_member. Did you mean 'list_members'?" in told_of(error).what


def test_a_pipeline_that_does_not_exist_brings_the_nearest_one(tmp_path: Path) -> None:
    error = refusal(tmp_path, "[pipelines.daily]\n[pipelines.weekly]\n", pipeline="dayly")
    assert "Did you mean 'daily'?" in told_of(error).what
    assert "There are: daily, weekly." in told_of(error).do


def test_a_pipeline_where_there_is_none_need_not_be_named(tmp_path: Path) -> None:
    error = refusal(tmp_path, pipeline="nightly")
    assert "There is no pipeline 'nightly' (no settings file)." == told_of(error).what
    assert "Leave the name out, or write one with `chimpline init`." == told_of(error).do


@pytest.mark.parametrize(
    ("variable", "what"),
    [
        ("CHIMPLINE_STRAT_DATE", "Did you mean CHIMPLINE_START_DATE?"),
        ("CHIMPLINE_API_KEEY", "Did you mean CHIMPLINE_API_KEY?"),
        ("CHIMPLINE_CONNECTIONS__MAIN__STRAT_DATE", "Did you mean 'start_date'?"),
        ("CHIMPLINE_CONNECTIONS__MAIN__APIKEY", "Did you mean 'api_key'?"),
        ("CHIMPLINE_CONNECTIONS__START_DATE", "names no setting"),
        ("CHIMPLINE_CONECTIONS__MAIN__START_DATE", "Did you mean 'connections'?"),
    ],
)
def test_a_misspelt_variable_is_an_error_since_it_would_silently_change_what_is_read(
    tmp_path: Path, variable: str, what: str
) -> None:
    error = refusal(tmp_path, None, {variable: "value-not-shown"})
    assert what in told_of(error).what
    assert "value-not-shown" not in str(told_of(error))


def test_variables_of_others_and_empty_ones_are_left_alone(tmp_path: Path) -> None:
    choose(tmp_path, None, {"CHIMPLINE_TEAM": "data", "CHIMPLINE_START_DATE": ""})


@pytest.mark.parametrize(
    "line",
    [
        f'api_key = "{KEY}"',
        f'apikey = "{KEY}"',
        'access_token = "not-a-hex-token"',
        'client_secret = "s3cr3t-text"',
        f'start_date = "{KEY}"',
    ],
)
def test_a_secret_in_a_settings_file_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    error = refusal(tmp_path, f"[connections.main]\n{line}\n")
    value = line.split('"')[1]
    assert value not in str(told_of(error))
    assert "line 2" in told_of(error).what
    assert "CHIMPLINE_API_KEY" in told_of(error).do
    assert value not in redact(f"later: {value}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2hunter2@db/x",
        "postgresql://me:hunter2@hunter2@db/x",
        "postgresql://me:hun/hunter2@db/x",
        "postgresql://db/x?user=me&password=hunter2",
    ],
)
def test_a_password_in_a_destination_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    for error in (
        refusal(tmp_path, destination=url),
        refusal(tmp_path, None, {"CHIMPLINE_DESTINATION": url}),
        refusal(tmp_path, f'[pipelines.daily]\ndestination = "{url}"\n'),
    ):
        assert "hunter2" not in str(told_of(error))
        assert "PGPASSWORD" in told_of(error).do


def test_a_relative_file_lies_beside_the_settings_that_name_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    file = project / "chimpline.toml"
    file.write_text('[pipelines.daily]\ndestination = "duckdb:///out.duckdb"\n')
    configuration = read({}, tmp_path, settings=file)
    assert f"duckdb:///{project}/out.duckdb" == configuration.choose().destination
    typed = configuration.choose(None, {"destination": "duckdb:///out.duckdb"})
    assert f"duckdb:///{tmp_path}/out.duckdb" == typed.destination
    absolute = configuration.choose(None, {"destination": "duckdb:////data/out.duckdb"})
    assert "duckdb:////data/out.duckdb" == absolute.destination
    assert project / ".chimpline" == configuration.state_dir


def test_a_named_settings_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with refused(SettingsError, "There is no settings file"):
        read({"CHIMPLINE_SETTINGS": "nowhere.toml"}, tmp_path)


def test_the_secret_of_the_connection_goes_before_the_general_one(tmp_path: Path) -> None:
    other = "0123456789abcdef0123456789abcdef-us2"
    environ = {"CHIMPLINE_API_KEY": other, "CHIMPLINE_CONNECTIONS__MAIN__API_KEY": KEY}
    configuration = read(environ, tmp_path)
    found = credential(configuration.choose(), configuration)
    assert (KEY, True) == (found.secret, found.is_api_key)
    assert KEY not in redact(KEY)


def test_two_kinds_of_secret_need_a_choice(tmp_path: Path) -> None:
    configuration = read(
        {"CHIMPLINE_API_KEY": KEY, "CHIMPLINE_ACCESS_TOKEN": "token-of-oauth"}, tmp_path
    )
    with refused(SettingsError, "Both an API key and an access token"):
        credential(configuration.choose(), configuration)
    chosen = configuration.choose(None, {"auth": "oauth"})
    found = credential(chosen, configuration)
    assert ("token-of-oauth", False) == (found.secret, found.is_api_key)


def test_without_a_secret_the_ways_to_give_one_are_named_or_a_person_is_asked(
    tmp_path: Path,
) -> None:
    configuration = read({}, tmp_path)
    with refused(SettingsError, "No API key is given") as caught:
        credential(configuration.choose(), configuration)
    assert "CHIMPLINE_API_KEY" in told_of(caught.value).do
    assert "--api-key-stdin" in told_of(caught.value).do
    found = credential(configuration.choose(), configuration, ask=lambda _: f" {KEY}\n")
    assert KEY == found.secret


def test_an_empty_secret_is_refused() -> None:
    for text in ("", "   ", "two words", "clé"):
        with refused(SettingsError, "Copy it again"):
            secret(text, is_api_key=True)


def test_the_written_file_documents_every_setting_and_nothing_else(tmp_path: Path) -> None:
    text = settings_template()
    settings = Settings.model_validate(tomllib.loads(text))
    assert {"main"} == set(settings.connections)
    assert {"daily"} == set(settings.pipelines)
    head, connection, pipeline = text.split("\n[")
    connection, _, destination = connection.partition("\n# [")
    destination, *kinds = destination.split("\n# With kind = ")
    pipeline, alert, console = pipeline.split("\n# [")
    assert "is a comment" in head
    assert [f'"{scheme}":' for scheme in registry.schemes()] == [
        kind.splitlines()[0] for kind in kinds
    ]
    for setting in (setting for kind in registry.kinds() for setting in kind.settings):
        assert f"# {setting.name} = " in "".join(kinds)
    sections: dict[str, type[BaseModel]] = {
        connection: Connection,
        destination: Destination,
        pipeline: Pipeline,
        alert: Alert,
        console: Console,
    }
    for section, model in sections.items():
        assignments = [
            line.removeprefix("# ")
            for line in section.splitlines()
            if " = " in line.removeprefix("# ").split("  ")[0] and not line.endswith(".")
        ]
        assert list(model.model_fields) == [line.split(" = ")[0] for line in assignments]
        model.model_validate(tomllib.loads("\n".join(assignments)))
        assert all(field.description for field in model.model_fields.values())
    chosen = choose(tmp_path, text)
    assert ("daily", "main") == (chosen.pipeline_name, chosen.connection_name)


def test_the_glossary_defines_every_state() -> None:
    glossary = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8")
    for state in (*RunState, *TableState):
        assert f"*{state.value}*" in glossary


@pytest.mark.parametrize(
    ("root", "why"),
    [
        ("http://127.1:8299/3.0", "reason-half-an-address"),
        ("http://[::1/3.0", "reason-not-a-server"),
        ("http://[nonsense]/3.0", "reason-not-a-server"),
    ],
)
def test_an_address_that_no_server_can_have_is_refused_at_once(root: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Connection.model_validate({"api_root": root})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[alerts.team]\non = ["failur"]', "failure, recovery"),
        ('[alerts.team]\naddress = "slack://a/b/c"', "enter it in the console"),
        ('[alerts.team]\npipeline = "daily"', "Did you mean 'pipelines'?"),
        ('[alerts.team]\npipelines = ["dayly"]', "Did you mean 'daily'?"),
        ('[alerts."a b"]\n', "cannot be the name of an alert"),
    ],
)
def test_a_wrong_alert_is_told_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    error = refusal(tmp_path, f"[pipelines.daily]\n{text}\n")
    told = str(told_of(error))
    assert says in told
    assert "chimpline.toml" in told
    assert "slack://" not in told


@pytest.mark.parametrize("text", ["6 hours", "every 6 hours", "day", "90 minutes", "2 weeks"])
def test_a_target_of_freshness_is_a_length_of_time(tmp_path: Path, text: str) -> None:
    chosen = choose(tmp_path, f'[pipelines.daily]\nfresh_within = "{text}"\n')
    assert text == chosen.pipeline.fresh_within


@pytest.mark.parametrize("text", ["soon", "0 hours", "6", "366 days", "6.5 hours"])
def test_no_other_text_is(tmp_path: Path, text: str) -> None:
    error = refusal(tmp_path, f'[pipelines.daily]\nfresh_within = "{text}"\n')
    assert '"6 hours"' in told_of(error).do
