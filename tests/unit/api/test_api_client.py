"""What each answer becomes, how often it is asked again, and what is said in the end."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import traceback
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from chimpline import errors
from chimpline.api.client import PageSize
from chimpline.api.retry import Patience, Retry
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import Answer, TooLarge, TooSlow, Unreachable
from chimpline.errors import BrokenAnswer, ConnectionFailure
from tests.unit.api.conftest import answer, html, problem
from tests.words import refused, told_of

if TYPE_CHECKING:
    from tests.unit.api.conftest import World

LISTS = "https://us6.api.mailchimp.com/3.0/lists"


def test_a_reply_tells_the_value_the_servers_clock_and_what_it_took(world: World) -> None:
    reply = world.get(world.ok({"lists": []}))
    assert reply.value == {"lists": []}
    assert reply.date == dt.datetime(2026, 11, 23, 12, 0, 7, tzinfo=dt.UTC)
    assert (reply.requests, reply.count) == (1, None)
    assert [LISTS] == world.urls()


def test_values_are_percent_encoded_and_a_plus_above_all(world: World) -> None:
    params = {"since_last_changed": "2026-01-01T00:00:00+00:00", "fields": "a.b,c", "x": "ä &/"}
    world.get(world.ok(), params=params)
    query = "since_last_changed=2026-01-01T00:00:00%2B00:00&fields=a.b,c&x=%C3%A4%20%26%2F"
    assert [f"{LISTS}?{query}"] == world.urls()


def test_a_path_is_sent_as_it_is(world: World) -> None:
    world.api_root += "/"
    world.run(world.client(world.ok()).get("/lists/a%2Fb", parse=json.loads))
    assert [f"{LISTS}/a%2Fb"] == world.urls()


def test_a_key_goes_as_basic_and_a_token_as_bearer(world: World) -> None:
    world.get(world.ok())
    sent = world.transport.asked[0]
    basic = "YW55c3RyaW5nOjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmLXVzNg=="
    assert f"Basic {basic}" == sent.headers["authorization"]
    assert "gzip" == sent.headers["accept-encoding"]
    assert sent.headers["user-agent"].startswith("chimpline/")
    assert 130.0 == sent.timeout_s
    world.credential = Credential("f" * 32, is_api_key=False)
    world.get(world.ok())
    assert f"Bearer {'f' * 32}" == world.transport.asked[0].headers["authorization"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 403, 408, 425, 429])
def test_what_may_pass_is_asked_again_until_it_did(world: World, status: int) -> None:
    client = world.client(world.html(status), world.html(status), world.ok(1))
    reply = world.run(client.get("/lists", parse=json.loads))
    assert (1, 3) == (reply.value, reply.requests)
    assert 3 == client.requests
    assert 1 == len(world.notices)  # the first of its kind only


@pytest.mark.parametrize("status", [404, 302, 200])
def test_what_the_api_never_sends_may_pass_too_once_the_api_was_heard(
    world: World, status: int
) -> None:
    foreign = world.html(status)
    client = world.client(world.ok(), *[foreign] * 4, world.ok(1))
    world.run(client.get("/", parse=json.loads))
    assert 5 == world.run(client.get("/lists", parse=json.loads)).requests


@pytest.mark.parametrize("status", [404, 302, 200])
def test_what_the_api_never_sends_met_first_and_twice_is_another_address(
    world: World, status: int
) -> None:
    with refused(errors.SourceUnavailable, r"ends in /3\.0") as met:
        world.get(world.html(status))
    assert 2 == len(world.transport.asked)
    assert told_of(met.value).what.startswith(
        "us6.api.mailchimp.com/3.0/lists is not Mailchimp's API: "
    )
    assert "kept-nothing-touched" == met.value.problem.kept.kind


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_a_problem_document_does_not_make_a_server_failure_final(world: World, status: int) -> None:
    assert 2 == world.get(world.problem(status), world.ok()).requests


@pytest.mark.parametrize("kind", ["text/html", "", "application/xml", "text/plain"])
def test_another_content_type_is_a_broken_answer(world: World, kind: str) -> None:
    assert 2 == world.get(world.ok({}, kind=kind), world.ok({})).requests


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_recognised_whatever_its_parameters(world: World, kind: str) -> None:
    assert 1 == world.get(world.ok({}, kind=kind)).requests


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Fri, 31 Dec 9999 23:59:59 -1400",
        "Mon, 01 Jan 1000 00:00:00 +1400",
        "Fri, 31 Dec 1969 23:59:59 GMT",
        "Fri, 31 Dec 99999 23:59:59 GMT",
    ],
)
def test_an_answer_without_a_date_is_broken_since_horizons_rest_on_it(
    world: World, date: str
) -> None:
    assert 2 == world.get(world.ok({}, date=date), world.ok({})).requests


def test_a_broken_answer_from_parse_is_retried(world: World) -> None:
    def parse(body: bytes) -> Any:
        if body == b"1":
            raise errors.BrokenAnswer("network-broke-off", host="h")
        return json.loads(body)

    reply = world.get(world.ok(1), world.ok(2), parse=parse)
    assert (2, 2) == (reply.value, reply.requests)


def test_any_other_error_of_parse_goes_through_at_once(world: World) -> None:
    with pytest.raises(ZeroDivisionError):
        world.get(world.ok(), parse=lambda _: 1 // 0)
    assert 1 == len(world.transport.asked)


def test_401_ends_it_at_once_and_says_who_must_act(world: World) -> None:
    with pytest.raises(errors.InvalidCredentials) as met:
        world.get(world.problem(401, title="API Key Invalid"))
    assert 1 == len(world.transport.asked)
    text = str(told_of(met.value))
    assert "API key (401 API Key Invalid: Detail)" in text
    assert "needs re-authentication" in text
    assert "-us6" in text
    assert "kept-committed" == met.value.problem.kept.kind


def test_a_refused_token_is_called_a_token(world: World) -> None:
    world.credential = Credential("f" * 32, is_api_key=False)
    with refused(errors.InvalidCredentials, r"access token .* Sign in"):
        world.get(world.html(401))


def test_a_403_with_a_problem_met_twice_is_a_refusal(world: World) -> None:
    with pytest.raises(errors.Refused) as met:
        world.get(world.problem(403, title="Forbidden", detail="Your role is too low."))
    assert 2 == len(world.transport.asked)
    assert "/lists" in told_of(met.value).what
    assert "403 Forbidden: Your role is too low" in told_of(met.value).what
    assert met.value.__cause__ is None


def test_a_403_with_a_problem_met_once_is_not(world: World) -> None:
    assert 2 == world.get(world.problem(403), world.ok()).requests


def test_refusals_need_not_follow_each_other(world: World) -> None:
    script = [world.problem(403), world.html(429), world.problem(403)]
    with pytest.raises(errors.Refused):
        world.get(*script)
    assert 3 == len(world.transport.asked)


def test_json_that_is_no_problem_document_is_no_refusal(world: World) -> None:
    for body in (b"[]", b"{}", b"{", b'"x"'):
        with pytest.raises(errors.SourceUnavailable):
            world.get(world.ok(body, status=403))
        assert 8 == len(world.transport.asked)


def test_404_with_a_problem_is_not_found(world: World) -> None:
    with refused(errors.NotFound, r"/lists \(404 Title: Detail\)"):
        world.get(world.problem(404))
    assert 1 == len(world.transport.asked)


OTHER_4XX = [400, 402, 405, 409, 410, 412, 413, 414, 415, 422, 431, 451, 499]


@pytest.mark.parametrize("status", OTHER_4XX)
def test_any_other_4xx_with_a_problem_ends_its_slice_and_tells_the_fields(
    world: World, status: int
) -> None:
    """The kind: a question that is not taken says nothing of the other questions."""
    fields = [{"field": "count", "message": "too many"}, {"message": "odd"}, "junk"]
    with pytest.raises(errors.NotUnderstood) as met:
        world.get(world.problem(status, errors=fields))
    assert 1 == len(world.transport.asked)
    assert f"GET /lists ({status} Title: Detail; count: too many; odd)" in told_of(met.value).what


@pytest.mark.parametrize("status", [*OTHER_4XX, 407, 426])
def test_any_other_4xx_of_the_edge_may_pass(world: World, status: int) -> None:
    client = world.client(world.ok(), world.html(status), world.html(status), world.ok())

    async def main() -> int:
        await client.get("/", parse=json.loads)
        return int((await client.get("/lists", parse=json.loads)).requests)

    assert 3 == world.run(main())


@pytest.mark.parametrize(("status", "word"), [(407, "HTTPS_PROXY"), (426, "https://")])
def test_what_settings_can_mend_is_said_so(world: World, status: int, word: str) -> None:
    with refused(errors.SettingsError, word):
        world.get(world.html(status))
    assert 1 == len(world.transport.asked)


def test_a_redirect_is_named_and_never_followed(world: World) -> None:
    with refused(errors.SourceUnavailable, r"redirected \(302\) to portal\.example"):
        world.get(world.html(302, location="https://portal.example/login?secret=1"))
    assert 2 == len(world.urls())
    assert {LISTS} == set(world.urls())


@pytest.mark.parametrize("location", ["https://[x", "//", "https://h:x/", "\x1b[31m"])
def test_a_redirect_to_no_address_is_told_all_the_same(world: World, location: str) -> None:
    with refused(errors.SourceUnavailable, r"redirected \(302\)"):
        world.get(world.html(302, location=location))


def test_a_spent_budget_names_path_failure_and_effort_without_the_query(world: World) -> None:
    client = world.client(world.html(503))
    world.transport.during = lambda: setattr(world.clock, "now", world.clock.now + 2)
    with pytest.raises(errors.SourceUnavailable) as met:
        world.run(client.get("/lists", {"email": "ann@example.com"}, parse=json.loads))
    assert 8 == client.requests
    text = str(told_of(met.value))
    assert "us6.api.mailchimp.com/3.0/lists gave no good answer in 8 attempts over 16 s." in text
    assert "503" in text
    assert "ann" not in text
    assert "kept-committed" == met.value.problem.kept.kind
    assert isinstance(met.value.__cause__, errors.ServerFailure)


def test_429_is_cheap_and_has_more_attempts(world: World) -> None:
    with refused(errors.SourceUnavailable, "24 attempts"):
        world.get(world.html(429))
    assert 24 == len(world.transport.asked)


def test_429_does_not_use_up_the_attempts_of_other_failures(world: World) -> None:
    with pytest.raises(errors.SourceUnavailable):
        world.get(*[world.html(429)] * 5, world.html(500))
    assert 5 + 8 == len(world.transport.asked)


def test_time_ends_the_patience_before_the_attempts_do(world: World) -> None:
    client = world.client(world.html(500))
    world.transport.during = lambda: setattr(world.clock, "now", world.clock.now + 100)
    with refused(errors.SourceUnavailable, "3 attempts over 300 s"):
        world.run(client.get("/lists", parse=json.loads))


def test_each_kind_of_failure_is_noticed_once(world: World) -> None:
    client = world.client(
        world.html(500), world.html(429), world.html(503), world.html(429), world.ok()
    )
    world.run(client.get("/lists", parse=json.loads))
    assert 2 == len(world.notices)
    assert "500" in world.notices[0]
    assert "429" in world.notices[1]


# Hosts that were never reached


def test_an_unreachable_host_is_given_up_soon(world: World) -> None:
    with pytest.raises(errors.SourceUnavailable) as met:
        world.get(Unreachable("network-no-connection", host="h", reason="connection refused"))
    assert 3 == len(world.transport.asked)
    assert "connection refused" in str(told_of(met.value))
    assert "kept-nothing-touched" == met.value.problem.kept.kind


def test_a_host_reached_before_is_waited_for(world: World) -> None:
    client = world.client(world.html(500), Unreachable("network-proxy-not-reached", host="h"))
    with pytest.raises(errors.SourceUnavailable) as met:
        world.run(client.get("/lists", parse=json.loads))
    assert 8 == client.requests
    assert "kept-committed" == met.value.problem.kept.kind


def unknown() -> Unreachable:
    return Unreachable("network-name-not-resolved", host="us6.api.mailchimp.com", no_such_host=True)


def test_a_data_center_is_wrong_where_other_hosts_of_mailchimp_answer(world: World) -> None:
    with refused(errors.WrongDataCenter, "no Mailchimp data center 'us6'") as met:
        world.get(unknown(), unknown(), unknown(), world.html(302))
    assert "login.mailchimp.com can be reached." in told_of(met.value).what
    asked = world.transport.asked[-1]
    assert "https://login.mailchimp.com" == asked.url
    assert "authorization" not in asked.headers
    assert 4 == len(world.transport.asked)


def test_where_no_host_is_known_the_network_comes_before_the_data_center(world: World) -> None:
    with pytest.raises(errors.SourceUnavailable) as met:
        world.get(unknown())
    assert 4 == len(world.transport.asked)
    assert told_of(met.value).what.endswith(
        "chimpline gave up after 3 attempts over 0 s, and login.mailchimp.com cannot be reached"
        " either."
    )
    assert "DNS" in told_of(met.value).do
    assert "-us6" in told_of(met.value).do
    assert "kept-nothing-touched" == met.value.problem.kept.kind


def test_a_name_that_was_unknown_for_a_moment_asks_nobody_else(world: World) -> None:
    world.get(unknown(), unknown(), world.ok())
    assert [LISTS] * 3 == world.urls()


def test_an_unknown_name_that_no_key_told_is_a_network_matter(world: World) -> None:
    world.api_root = "https://mailchimp.example/3.0"
    with refused(errors.SourceUnavailable, "api_root"):
        world.get(
            Unreachable(
                "network-name-not-resolved", host="us6.api.mailchimp.com", no_such_host=True
            )
        )


def test_a_name_server_that_fails_accuses_nobody(world: World) -> None:
    with pytest.raises(errors.SourceUnavailable):
        world.get(Unreachable("network-name-not-resolved", host="us6.api.mailchimp.com"))


# Page size


@pytest.mark.parametrize("failure", [502, 504, "slow"])
def test_pages_shrink_when_the_server_cannot_finish(world: World, failure: int | str) -> None:
    failed = (
        TooSlow("network-too-slow", host="h", seconds="130")
        if failure == "slow"
        else world.html(int(failure))
    )
    size = PageSize()
    reply = world.get(failed, failed, world.ok(), params={"offset": "7"}, size=size)
    assert [f"{LISTS}?offset=7&count={n}" for n in (1000, 500, 250)] == world.urls()
    assert (250, 3) == (reply.count, reply.requests)
    assert 250 == size.value


HEAVY: dict[str, Answer | Exception] = {
    "500": answer(status=500, kind="text/html"),
    "503": answer(status=503, kind="text/html"),
    "500 with a problem": problem(500),
    "reset": ConnectionFailure("network-closed", host="h"),
    "broken off": BrokenAnswer("network-broke-off", host="h"),
    "no JSON": answer(b"<html>", kind="text/html"),
    "cut JSON": answer(b"{"),
}


def whole(body: bytes) -> Any:
    if body == b"{":
        raise BrokenAnswer("network-broke-off", host="h")
    return json.loads(body)


@pytest.mark.parametrize("failure", HEAVY)
def test_whatever_fails_again_and_again_is_asked_for_less_before_it_is_given_up(
    world: World, failure: str
) -> None:
    """The kind: a page that is too heavy shows itself as any failure."""
    client = world.client(world.ok(), *[HEAVY[failure]] * 3, world.ok())
    size = PageSize()

    async def main() -> Any:
        await client.get("/", parse=whole)
        return await client.get("/lists", parse=whole, size=size)

    reply = world.run(main())
    counts = [int(url.rpartition("=")[2]) for url in world.urls()[1:]]
    assert [1000, 1000, 500, 250] == counts
    assert (250, 250) == (reply.count, size.value)


def test_the_smallest_pages_are_tried_before_a_failure_is_final(world: World) -> None:
    with pytest.raises(errors.SourceUnavailable):
        world.get(world.html(500), size=PageSize(start=100))
    counts = [int(url.rpartition("=")[2]) for url in world.urls()]
    assert [100, 100, 50, 25, 12, 10, 10, 10] == counts


@pytest.mark.parametrize("failure", [*HEAVY, "429", "403"])
def test_one_failure_shrinks_nothing(world: World, failure: str) -> None:
    client = world.client(world.ok(), HEAVY.get(failure) or world.html(int(failure)), world.ok())

    async def main() -> Any:
        await client.get("/", parse=whole)
        return await client.get("/lists", parse=whole, size=PageSize())

    assert 1000 == world.run(main()).count


@pytest.mark.parametrize(
    "failure",
    [html(429), html(403), Unreachable("network-proxy-not-reached", host="h"), problem(403)],
)
def test_where_no_page_was_made_none_is_too_heavy(
    world: World, failure: Answer | Exception
) -> None:
    size = PageSize()
    with pytest.raises((errors.SourceUnavailable, errors.Refused)):
        world.get(failure, size=size)
    assert {"1000"} == {url.rpartition("=")[2] for url in world.urls()}
    assert 1000 == size.value


def test_an_outage_is_nobodys_size(world: World) -> None:
    """Only a smaller page that came teaches other requests; what failed for all does not."""
    size = PageSize()
    with pytest.raises(errors.SourceUnavailable):
        world.get(world.html(500), size=size)
    assert 1000 == size.value


def test_a_body_that_is_too_large_shrinks_the_page_and_is_told_at_the_smallest(
    world: World,
) -> None:
    reply = world.get(
        TooLarge("network-too-large", host="h", limit=1_000), world.ok(), size=PageSize()
    )
    assert 500 == reply.count
    with refused(errors.SourceUnavailable, "has more than 1,000 bytes") as met:
        world.get(TooLarge("network-too-large", host="h", limit=1_000), size=PageSize(start=40))
    assert "no smaller one can be asked for" in told_of(met.value).what
    assert ["40", "20", "10"] == [url.rpartition("=")[2] for url in world.urls()]
    with refused(errors.SourceUnavailable, "has more than 1,000 bytes"):
        world.get(TooLarge("network-too-large", host="h", limit=1_000))
    assert 1 == len(world.urls())


def test_json_that_is_nested_too_deeply_is_a_broken_answer(world: World) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    for script in ([world.ok(deep)], [world.problem(500), world.ok(deep, status=400)]):
        with pytest.raises(errors.SourceUnavailable):
            world.get(*script, parse=msgspec.json.decode)


# The whole account


@pytest.mark.parametrize("status", [400, 403, 451, 500, 503])
@pytest.mark.parametrize(
    ("title", "kind", "word"),
    [
        ("User Disabled", errors.AccountBlocked, "blocked this user or the whole account"),
        ("Account Deactivated", errors.AccountBlocked, "blocked"),
        ("Compliance Related", errors.AccountBlocked, "blocked"),
        ("ComplianceRelated", errors.AccountBlocked, "blocked"),
        ("Wrong Datacenter", errors.WrongDataCenter, "belongs to another data center"),
        ("API Key Invalid", errors.InvalidCredentials, "needs re-authentication"),
        ("API Key Missing", errors.InvalidCredentials, "needs re-authentication"),
    ],
)
def test_a_problem_of_the_whole_account_ends_the_run_at_the_first_one(
    world: World, status: int, title: str, kind: type[errors.ChimplineError], word: str
) -> None:
    """The kind: a title that speaks of the account, whatever the status and the path."""
    with refused(kind, word) as met:
        world.get(world.problem(status, title=title))
    assert 1 == len(world.transport.asked)
    assert f"({status} {title}: Detail)" in told_of(met.value).what
    assert "kept-committed" == met.value.problem.kept.kind
    assert 2 == met.value.exit_status
    assert not isinstance(met.value, errors.SliceError)


def test_a_smaller_page_is_a_new_question_and_costs_no_time(world: World) -> None:
    client = world.client(world.html(504))
    world.transport.during = lambda: setattr(world.clock, "now", world.clock.now + 120)
    with refused(errors.SourceUnavailable, "8 attempts over 120 s"):
        world.run(client.get("/lists", parse=json.loads, size=PageSize()))
    counts = [int(url.rpartition("=")[2]) for url in world.urls()]
    assert [1000, 500, 250, 125, 62, 31, 15, 10] == counts


def test_failures_at_one_size_shrink_it_once() -> None:
    size = PageSize()
    assert size.too_large(1000)
    assert size.too_large(1000)  # another request, under way at the same time
    assert 500 == size.value
    size.too_large(500)
    assert size.too_large(1000)  # an old one, answered late, makes nothing larger
    assert 250 == size.value


def test_a_page_never_shrinks_below_its_floor() -> None:
    size = PageSize(start=30, floor=20)
    assert size.too_large(30)
    assert 20 == size.value
    assert not size.too_large(20)
    assert 20 == size.value
    assert not PageSize(start=5, floor=10).too_large(5)


def test_a_page_grows_back_after_a_row_of_successes_and_longer_after_each_fall() -> None:
    size = PageSize()
    for needed in (20, 40):
        size.too_large(1000)
        for _ in range(needed - 1):
            size.fitted(500)
        size.fitted(250)  # an answer to an older question tells nothing
        assert 500 == size.value
        size.fitted(500)
        assert 1000 == size.value


def test_the_client_tells_the_page_size_what_fitted(world: World) -> None:
    size = PageSize()
    client = world.client(world.html(504), world.ok())

    async def main() -> list[int | None]:
        return [(await client.get("/lists", parse=len, size=size)).count for _ in range(21)]

    assert [500] * 20 + [1000] == world.run(main())


# Waiting


def test_the_wait_is_drawn_from_a_range_that_doubles_up_to_its_maximum() -> None:
    ranges = []

    def draw(low: float, high: float) -> float:
        ranges.append((low, high))
        return high

    patience = Patience(Retry(wait_max_s=5), draw=draw)
    for attempt in range(1, 7):
        patience.attempts = attempt
        patience.after(errors.ServerFailure("api-failed", answer="503"))
    assert [(0.0, wait) for wait in (0.5, 1, 2, 4, 5, 5)] == ranges
    assert 17.5 == patience.spent_s


def test_only_transient_errors_are_retried() -> None:
    patience = Patience(Retry())
    assert patience.after(errors.Bug("no-such-bug")) is False
    assert patience.after(ValueError()) is False


def test_cancelling_is_not_retried(world: World) -> None:
    async def main() -> int:
        client = world.client(world.ok())
        task = asyncio.create_task(client.get("/lists", parse=json.loads))

        def cancel() -> None:
            task.cancel()

        world.transport.during = cancel
        with pytest.raises(asyncio.CancelledError):
            await task
        return client.requests

    assert 1 == world.run(main())


# Secrets


def test_no_error_shows_a_secret_even_when_the_server_repeats_it(world: World) -> None:
    secret = world.key
    basic = world.credential.authorization.removeprefix("Basic ")
    told = f"{secret} {basic} {secret.partition('-')[0]}"
    for status in (400, 401, 403, 404, 426, 429, 500, 504):
        with pytest.raises(errors.ChimplineError) as met:
            world.get(world.problem(status, detail=told, errors=[{"field": told, "message": told}]))
        text = "".join(traceback.format_exception(met.value)) + repr(met.value) + str(world.notices)
        assert secret.partition("-")[0] not in text
        assert basic not in text
    assert secret not in repr(world.credential)


def test_a_servers_words_stay_on_one_short_line(world: World) -> None:
    with pytest.raises(errors.NotUnderstood) as met:
        world.get(world.problem(400, detail="a\n\x1b[31mb" + "x" * 5000))
    assert told_of(met.value).what.isprintable()
    assert len(told_of(met.value).what) < 500
