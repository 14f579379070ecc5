"""What the console can do, the API can: each page and form has an operation, or a reason."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi.routing import APIRoute

from chimpline.interfaces.console.api.answers.document import every_route, routes_of
from tests.desks import Console

OPERATIONS: dict[str, tuple[str, ...]] = {
    "GET /": ("list_pipelines", "list_runs"),
    "GET /overview/now": ("list_pipelines", "list_runs"),
    "GET /pipelines": ("list_pipelines",),
    "GET /pipelines/{name}": ("get_pipeline", "list_runs"),
    "POST /pipelines/{name}/run": ("start_run",),
    "POST /pipelines/{name}/pause": ("pause_schedule",),
    "POST /pipelines/{name}/resume": ("resume_schedule",),
    "POST /pipelines/{name}/refresh": ("start_run",),
    "POST /pipelines/-/new": ("put_pipeline",),
    "POST /pipelines/{name}/edit": ("put_pipeline",),
    "POST /pipelines/{name}/take": ("put_pipeline",),
    "POST /pipelines/{name}/test": ("test_destination",),
    "POST /pipelines/{name}/delete": ("delete_pipeline",),
    "GET /runs": ("list_runs",),
    "GET /runs/{run_id}": ("get_run",),
    "GET /runs/{run_id}/now": ("get_run", "run_events"),
    "GET /runs/{run_id}/log": ("get_log",),
    "GET /runs/{run_id}/log.txt": ("get_log_text",),
    "POST /runs/{run_id}/cancel": ("cancel_run",),
    "GET /runs/comparisons": ("list_comparisons",),
    "POST /runs/comparisons": ("compare",),
    "GET /runs/comparisons/{comparison_id}": ("get_comparison",),
    "GET /runs/comparisons/{comparison_id}/now": ("get_comparison",),
    "POST /runs/comparisons/{comparison_id}/cancel": ("cancel_comparison",),
    "GET /connections": ("list_connections",),
    "GET /connections/{name}": ("get_connection",),
    "POST /connections/-/settings": ("put_connection",),
    "POST /connections/{name}/edit": ("put_connection",),
    "POST /connections/{name}/check": ("check_connection",),
    "POST /connections/{name}/delete": ("delete_connection",),
    "GET /connections/{name}/metadata": ("get_metadata",),
    "POST /connections/{name}/metadata": ("put_table",),
    "GET /connections/{name}/metadata/now": ("get_look",),
    "POST /connections/{name}/metadata/-/look": ("begin_look",),
    "POST /connections/{name}/metadata/-/accept": ("accept_look",),
    "GET /connections/{name}/metadata/{table}": ("get_table",),
    "POST /connections/{name}/metadata/{table}": ("put_table",),
    "GET /destinations": ("list_destinations",),
    "GET /destinations/{name}": ("get_destination",),
    "POST /destinations/-/new": ("put_destination",),
    "POST /destinations/{name}/edit": ("put_destination",),
    "POST /destinations/{name}/test": ("check_destination",),
    "POST /destinations/{name}/forget": ("forget_secrets",),
    "POST /destinations/{name}/delete": ("delete_destination",),
    "GET /data": ("list_pipelines",),
    "GET /data/{pipeline}": ("list_tables",),
    "GET /data/{pipeline}/tables/{table}": ("list_rows",),
    "GET /data/{pipeline}/tables/{table}/csv": ("list_rows",),
    "GET /data/{pipeline}/tables/{table}/row": ("list_rows",),
    "GET /data/{pipeline}/members/{list_id}/{member_id}": ("list_rows", "ask"),
    "GET /data/{pipeline}/charts": ("list_charts",),
    "GET /data/{pipeline}/charts/{name}": ("get_chart",),
    "GET /data/{pipeline}/charts/{name}/csv": ("get_chart",),
    "GET /data/{pipeline}/sql": ("get_reader",),
    "POST /data/{pipeline}/sql": ("ask",),
    "POST /data/{pipeline}/sql/csv": ("ask",),
    "POST /data/{pipeline}/sql/reader": ("put_reader",),
    "GET /settings": ("get_installation",),
    "GET /settings/people": ("list_people",),
    "POST /settings/people": ("create_person",),
    "POST /settings/people/{name}/role": ("change_person",),
    "POST /settings/people/{name}/password": ("change_person",),
    "POST /settings/people/{name}/remove": ("remove_person",),
    "GET /settings/tokens": ("list_tokens",),
    "POST /settings/tokens": ("create_token",),
    "POST /settings/tokens/{name}/revoke": ("revoke_token",),
    "GET /settings/alerts": ("list_alerts",),
    "GET /settings/alerts/{name}": ("list_alerts",),
    "POST /settings/alerts": ("put_alert",),
    "POST /settings/alerts/{name}": ("put_alert",),
    "POST /settings/alerts/{name}/test": ("test_alert",),
    "POST /settings/alerts/{name}/remove": ("delete_alert",),
}

BROWSER = "it is of this browser, or of the session in it"
OAUTH = "signing in by OAuth needs a person at Mailchimp's page; a program stores an API key"
FORM = "it shows an empty form, or one with what is there: what a form sends is an operation"
TYPED = "it tries what is being typed; a program saves it, and is told what comes of it"

PAGES_ALONE: dict[str, str] = {
    "HEAD /healthz": "it is the operation itself, for who wants its status only",
    "GET /sign-in": BROWSER,
    "POST /sign-in": BROWSER,
    "POST /sign-out": BROWSER,
    "POST /language": BROWSER,
    "GET /welcome": "the link from the terminal lets the first person in",
    "POST /welcome": "the link from the terminal lets the first person in",
    "POST /settings/password": "an own password is a person's; `change_person` sets any",
    "GET /pipelines/-/new": FORM,
    "GET /pipelines/{name}/edit": FORM,
    "GET /pipelines/{name}/delete": FORM,
    "GET /pipelines/-/preview": TYPED,  # `put_pipeline` answers with the next runs
    "POST /pipelines/-/test": TYPED,  # `test_destination`, of what is saved
    "GET /connections/new": FORM,
    "GET /connections/-/settings": FORM,
    "GET /connections/{name}/edit": FORM,
    "GET /connections/{name}/delete": FORM,
    "GET /connections/{name}/sign-in": OAUTH,
    "POST /connections/{name}/sign-in": OAUTH,
    "GET /connections/{name}/authenticate": OAUTH,
    "GET /connections/{name}/authenticate/now": OAUTH,
    "POST /connections/{name}/code": OAUTH,
    "POST /connections/{name}/give-up": OAUTH,
    "GET /destinations/-/new": FORM,
    "GET /destinations/{name}/edit": FORM,
    "GET /destinations/{name}/delete": FORM,
    "GET /settings/alerts/-/new": FORM,
}

PROGRAMS_ALONE = {"healthz", "metrics"}
"""What watches over it asks for these; whatever else programs can do, people can do on a page."""


def pages(console: Console) -> Iterator[str]:
    for route in every_route(console.app):
        if isinstance(route, APIRoute) and not route.include_in_schema:
            yield from (f"{method} {route.path}" for method in route.methods or ())


def test_what_the_console_can_do_the_api_can(console: Console) -> None:
    assert sorted(pages(console)) == sorted([*OPERATIONS, *PAGES_ALONE])


def test_what_the_api_can_do_the_console_can(console: Console) -> None:
    used = {name for names in OPERATIONS.values() for name in names}
    assert {route.name for route in routes_of(console.app)} == used | PROGRAMS_ALONE
