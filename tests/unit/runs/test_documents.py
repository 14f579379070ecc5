"""A table whose answer is no list: one request for its one row, and 404 where there is none."""

from __future__ import annotations

from tests.acceptance.replica import changes_of, differences, key_of
from tests.unit.runs.account import Script, World, always, problem

NAMES = ("account", "campaigns", "campaign_content")


def assert_true(world: World) -> None:
    for table in NAMES:
        expected = {key_of(table, row): row for row in world.engine.truth(table)}
        assert [] == list(map(str, differences(table, expected, world.destination.rows(table))))


def run(world: World, script: Script | None = None) -> dict[str, tuple[int, int, int]]:
    finished = world.run(script, tables=NAMES)
    assert (0, None) == (finished.exit, finished.said)
    return changes_of(finished)


def test_a_document_is_asked_for_once_without_count_and_offset(new: World) -> None:
    """One that has a content answers so; another, of which nobody wrote anything, answers 404."""
    new.engine.change("create_campaign")
    run(new)
    assert_true(new)
    campaigns = new.truth("campaigns", "id")
    asked = new.asked("/content")
    assert {f"/campaigns/{id_}/content" for (id_,) in campaigns} == {one.path for one in asked}
    assert {"exclude_fields=_links"} == {one.query for one in asked}
    assert len(campaigns) == len(asked) > len(new.truth("campaign_content", "campaign_id")) > 0
    assert "exclude_fields=_links" in {one.query for one in new.asked("^/[?]")}


def test_of_campaigns_that_are_sent_nothing_is_asked_again(new: World) -> None:
    run(new)
    draft = new.engine.change("create_campaign")["id"]
    assert "campaign_content" not in run(new)
    new.engine.change("edit_content", campaign_id=draft)
    assert {"campaign_content": (1, 0, 0)} == run(new)
    new.engine.change("edit_content", campaign_id=draft)
    assert {"campaign_content": (0, 1, 0)} == run(new)
    sent = {row["id"] for row in new.engine.truth("campaigns") if row["status"] == "sent"}
    asked = {one.path.split("/")[2] for one in new.asked("/content")}
    assert asked == {row["id"] for row in new.engine.truth("campaigns")} - sent
    # It is sent, with what nobody saw it hold before.
    new.engine.change("edit_content", campaign_id=draft)
    new.engine.change("send_campaign", campaign_id=draft)
    run(new)
    assert_true(new)


def test_what_is_not_found_any_more_has_no_row(new: World) -> None:
    run(new)
    sent = next(row["id"] for row in new.engine.truth("campaigns") if row["status"] == "sent")
    gone = Script((f"{sent}/content", always(problem("Resource Not Found", 404))))
    new.run(gone, tables=NAMES, full_refresh=True)
    assert new.truth("campaign_content", "campaign_id") - {(sent,)} == set(
        new.live("campaign_content")
    )
    run(new)
    new.engine.change("delete_campaign", campaign_id=sent)
    run(new)
    assert_true(new)


def test_a_change_of_the_account_is_a_change_of_its_row(new: World) -> None:
    run(new)
    new.engine.change("move_account")
    assert {"account": (0, 1, 0)} == run(new)
    assert_true(new)
