"""What a run decides to read: children, gates, windows of activity, and parents that are gone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from chimpline.model import Deletes, parent_key
from chimpline.runs.report.events import Notice
from chimpline.sandbox.tables import descendants
from tests.acceptance.destinations import ALL
from tests.unit.runs.account import Script, World, always, problem
from tests.words import heard

ACTIVITY = "reports_email_activity"
GATED = r"/reports/[^/]+/(email-activity|sent-to|unsubscribed)\?"
DAY_S = 86_400.0
TABLES = (
    *("lists", "list_merge_fields", "list_interest_categories", "list_interests", "list_members"),
    *("list_segments", "list_segment_members", "automations", *descendants("automations")),
    *("campaigns", "reports", ACTIVITY, "reports_sent_to", "unsubscribes", "templates"),
)


def sent(world: World) -> list[str]:
    """The campaigns that were sent, the newest first."""
    reports = world.engine.truth("reports")
    return [row["id"] for row in sorted(reports, key=lambda row: row["send_time"], reverse=True)]


def campaigns_read(world: World, what: str = "email-activity") -> set[str]:
    return {one.path.split("/")[2] for one in world.asked(rf"/reports/[^/]+/{what}\?")}


def test_children_are_read_below_every_row_of_their_parent(new: World) -> None:
    assert 0 == new.run().exit
    segments = {
        parent_key((row["list_id"], str(row["id"]))) for row in new.engine.truth("list_segments")
    }
    proven = {line.parent_key for line in new.destination.lines if line.state == "proven"}
    assert segments <= proven


def test_only_what_is_chosen_and_what_it_hangs_on_is_asked_for(new: World) -> None:
    finished = new.run(tables=("list_interests",))
    assert {"list_interests"} == finished.tables.keys() == new.destination.stored.keys()
    assert [] == new.asked("/members|/reports|/campaigns|/segments|/merge-fields")
    assert new.truth("list_interests", "list_id", "interest_category_id", "id") == (
        new.live("list_interests").keys()
    )


# -- gates ------------------------------------------------------------------------------------


def test_a_campaign_whose_counters_stand_still_is_not_asked_for(copied: World) -> None:
    assert 0 == copied.run().exit
    assert [] == copied.asked(GATED)


def test_a_campaign_whose_counters_moved_is_read_whole_and_no_other(copied: World) -> None:
    oldest = sent(copied)[-1]
    copied.engine.change("add_event", campaign_id=oldest)
    finished = copied.run()
    assert {oldest} == campaigns_read(copied)
    assert 1 == finished.tables[ACTIVITY]["inserted"]
    assert len(copied.engine.truth(ACTIVITY)) == len(copied.live(ACTIVITY))


@pytest.mark.parametrize(
    "chosen", [{"full_refresh": True}, {"complete_read_every": dt.timedelta()}]
)
def test_a_full_refresh_and_the_complete_read_open_every_gate(
    copied: World, chosen: dict[str, Any]
) -> None:
    finished = copied.run(**chosen)
    assert set(sent(copied)) == campaigns_read(copied)
    assert (0, 0) == (finished.exit, finished.rows_changed)


def test_a_gate_is_kept_from_before_the_read_so_that_what_comes_meanwhile_opens_it(
    copied: World,
) -> None:
    """An event after the report was read, before its campaign is: read now or by the next run."""
    campaign = sent(copied)[0]
    copied.engine.change("add_event", campaign_id=campaign)

    def late(_: object) -> None:
        copied.engine.change("add_event", campaign_id=campaign)

    copied.run(Script((rf"/reports/{campaign}/email-activity\?", late)))
    assert 0 == copied.run().exit
    assert {campaign} == campaigns_read(copied)
    assert len(copied.engine.truth(ACTIVITY)) == len(copied.live(ACTIVITY))


def test_a_gated_slice_that_failed_is_read_by_the_next_run(copied: World) -> None:
    campaign = copied.engine.change("add_event")["campaign_id"]
    broken = Script((rf"/reports/{campaign}/email-activity", always(problem("Bad Request", 400))))
    finished = copied.run(broken)
    assert (1, "failed") == (finished.exit, finished.tables[ACTIVITY]["state"])
    assert 0 == copied.run().exit
    assert {campaign} == campaigns_read(copied)


# -- windows of activity ----------------------------------------------------------------------


def test_campaigns_sent_before_the_activity_window_are_left_out_and_counted(new: World) -> None:
    newest, *others = sent(new)
    (report,) = [row for row in new.engine.truth("reports") if row["id"] == newest]
    age = new.now() - dt.datetime.fromisoformat(report["send_time"])
    finished = new.run(activity_window_days=age.days + 1)
    assert {newest} == campaigns_read(new)
    assert {newest, *others} == campaigns_read(new, "sent-to")  # only events have a window
    assert finished.tables[ACTIVITY]["left_out"] > 0


@pytest.mark.parametrize("strict", [False, True])
def test_a_campaign_that_left_the_window_is_read_while_its_counters_move(
    copied: World, *, strict: bool
) -> None:
    held = len(copied.live(ACTIVITY))
    copied.engine.advance(400 * DAY_S)
    window: dict[str, Any] = {"activity_window_days": 1, "activity_window_strict": strict}
    # The complete read comes due in this run too: leaving the window must bury nothing.
    left = copied.run(**window)
    assert (0, held) == (left.exit, len(copied.live(ACTIVITY)))
    campaign = copied.engine.change("add_event")["campaign_id"]
    finished = copied.run(**window)
    assert (set() if strict else {campaign}) == campaigns_read(copied)
    assert held + (not strict) == len(copied.live(ACTIVITY))
    if strict:
        assert len(copied.engine.truth(ACTIVITY)) == finished.tables[ACTIVITY]["left_out"]


# -- parents that are gone --------------------------------------------------------------------


def test_what_hangs_below_an_audience_that_went_goes_with_it(copied: World) -> None:
    gone = copied.engine.truth("lists")[0]["id"]
    copied.engine.change("delete_list", list_id=gone)
    assert 0 == copied.run().exit
    for table in ("list_members", "list_segments", "list_merge_fields"):
        held = {key[0] for key in copied.live(table)}
        assert held
        assert gone not in held
        assert all(key[0] == gone for key in copied.destination.buried(table))
    assert [] == [view for view in copied.destination.views if gone in view]
    assert 0 == copied.run().rows_changed


def test_events_of_a_campaign_that_went_stay(copied: World) -> None:
    campaign = sent(copied)[0]
    events = len(copied.live(ACTIVITY))
    copied.engine.change("delete_campaign", campaign_id=campaign)
    assert 0 == copied.run().exit
    assert events == len(copied.live(ACTIVITY))
    assert campaign in {key[0] for key in copied.destination.buried("reports_sent_to")}


def test_where_nothing_is_looked_for_nothing_below_is_buried(copied: World) -> None:
    copied.engine.change("delete_list")
    copied.run(deletes=Deletes.IGNORE)
    assert set() == copied.destination.buried("list_members")
    assert set() == copied.destination.buried("lists")


# -- what cannot be read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "left_out"),
    [
        (r"^/reports\?", {"reports"} | descendants("reports") & {*ALL}),
        (r"^/lists/[^/]+/segments\?", {"list_segments", "list_segment_members"}),
        (r"^/automations\?", {"automations"} | descendants("automations")),
    ],
)
def test_a_refused_table_is_left_out_with_its_children_and_the_others_land(
    copied: World, path: str, left_out: set[str]
) -> None:
    copied.tables = None
    copied.engine.change("subscribe")
    before = {table: copied.destination.rows(table) for table in left_out}
    finished = copied.run(Script((path, always(problem("Forbidden", 403)))))
    states = {name: table["state"] for name, table in finished.tables.items()}
    assert 1 == finished.exit
    assert left_out == {name for name, state in states.items() if state == "refused"}
    assert {"done"} == {state for name, state in states.items() if name not in left_out}
    assert all(f"{name} (refused)" in heard(finished) for name in left_out)
    assert before == {table: copied.destination.rows(table) for table in left_out}
    assert 0 == copied.run().exit


def test_a_list_that_is_not_found_fails_its_table_and_those_below(new: World) -> None:
    missing = Script((r"^/automations\?", always(problem("Resource Not Found", 404))))
    finished = new.run(missing)
    states = {name: table["state"] for name, table in finished.tables.items()}
    assert {"automations"} | descendants("automations") == {
        name for name, state in states.items() if state == "failed"
    }


def test_a_parent_that_goes_while_its_children_are_read_is_told_and_is_no_failure(
    copied: World,
) -> None:
    """Its children answer 404, and so does it; the next run finds it gone at its own table."""
    category = copied.engine.truth("list_interest_categories")[0]
    path = f"/lists/{category['list_id']}/interest-categories/{category['id']}"
    gone = Script((rf"^{path}(/|\?|$)", always(problem("Resource Not Found", 404))))
    finished = copied.run(gone)
    assert "done" == finished.tables["list_interests"]["state"]
    told = [heard(event) for event in copied.events if isinstance(event, Notice)]
    assert any("was deleted at Mailchimp during this run" in message for message in told)
