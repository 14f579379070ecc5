"""Which segments a run reads: those that anybody may have joined or left, and all once a day."""

from __future__ import annotations

import re
from typing import Any

from chimpline.message import Message
from chimpline.model import Deletes
from chimpline.runs.report.events import Notice
from tests.unit.runs.account import HOUR_S, Asked, Script, World, always, problem

MEMBERS = "list_segment_members"
PATH = re.compile(r"^/lists/(\w+)/segments/(\d+)/members$")
DAY_S = 86_400.0
MINUTES_S = 20 * 60.0
TABLES = (
    *("lists", "list_merge_fields", "list_interests", "list_tags", "list_segments", MEMBERS),
    *("list_members", "list_member_tags", "templates"),
)


def read(world: World) -> set[tuple[str, str]]:
    """The segments whose members the last run asked for."""
    found = (PATH.match(one.path) for one in world.transport.asked)
    return {(match[1], match[2]) for match in found if match}


def segments(world: World, *kinds: str, list_id: str | None = None) -> set[tuple[str, str]]:
    return {
        (row["list_id"], str(row["id"]))
        for row in world.engine.truth("list_segments")
        if (not kinds or row["type"] in kinds) and list_id in {None, row["list_id"]}
    }


def open_ones(world: World) -> set[tuple[str, str]]:
    """Those that hold people by their rating, or by what nobody knows."""
    return {
        (row["list_id"], str(row["id"]))
        for row in world.engine.truth("list_segments")
        if row["type"] == "fuzzy" or "MemberRating" in str(row.get("options__conditions"))
    }


def same(world: World) -> None:
    key = ("list_id", "segment_id", "id")
    assert world.truth(MEMBERS, *key) == set(world.live(MEMBERS))


def test_while_nobody_moves_only_those_are_read_that_people_join_without_a_trace(
    copied: World,
) -> None:
    assert 0 == copied.run().exit
    assert open_ones(copied) == read(copied)
    assert open_ones(copied) < segments(copied)


def test_a_change_of_one_member_opens_all_segments_of_that_audience(copied: World) -> None:
    list_id = copied.engine.change("edit_merge_fields")["list_id"]
    copied.run()
    assert segments(copied, list_id=list_id) | open_ones(copied) == read(copied)
    copied.run()
    copied.run()
    assert open_ones(copied) == read(copied)


def swapped(world: World, leave: str, join: str) -> None:
    """One leaves a segment, and another one joins it."""
    gone = world.engine.change(leave)
    where = {"list_id": gone["list_id"], "segment_id": gone["segment_id"]}
    audience = world.engine.account.audiences[gone["list_id"]]
    segment = audience.segments[gone["segment_id"]]
    other = next(
        member
        for member in audience.living()
        if member.status == "subscribed"
        and member.id != gone["id"]
        and not segment.holds(audience, member)
    )
    world.engine.change(join, member_id=other.id, **where)


def test_who_swaps_by_tags_is_found_at_once(copied: World) -> None:
    swapped(copied, "untag", "tag")
    copied.run()
    same(copied)


def test_who_swaps_by_rating_is_found_at_once(copied: World) -> None:
    swapped(copied, "leave_segment", "join_segment")
    copied.run()
    same(copied)


def swapped_without_a_trace(world: World) -> None:
    """In a static segment, somebody in another one's place; of whom, by no time at all."""
    for list_id, segment in sorted(segments(world, "static")):
        where = {"list_id": list_id, "segment_id": int(segment)}
        audience = world.engine.account.audiences[list_id]
        joined = audience.segments[int(segment)].joined
        people = [member for member in audience.living() if member.status == "subscribed"]
        inside = [member.id for member in people if member.number in joined]
        outside = [member.id for member in people if member.number not in joined]
        if inside and outside:
            world.engine.change("leave_segment", member_id=inside[0], **where)
            world.engine.change("join_segment", member_id=outside[0], **where)
            return
    raise AssertionError


def test_within_the_hour_those_are_not_due_unless_their_audience_or_count_moved(
    copied: World,
) -> None:
    held = set(copied.live(MEMBERS))
    copied.run()
    swapped(copied, "leave_segment", "join_segment")
    copied.run(after_s=MINUTES_S)
    assert (set(), held) == (read(copied), set(copied.live(MEMBERS)))
    (told,) = [e.said for e in copied.events if isinstance(e, Notice) and e.table == MEMBERS]
    assert Message.of("slices-not-due", many=len(open_ones(copied))) == told
    moved = copied.engine.change("edit_merge_fields")["list_id"]
    copied.run(after_s=MINUTES_S)
    assert segments(copied, list_id=moved) == read(copied)


def test_a_swap_that_nothing_tells_of_is_found_within_a_day(copied: World) -> None:
    swapped_without_a_trace(copied)
    copied.run()
    key = ("list_id", "segment_id", "id")
    assert copied.truth(MEMBERS, *key) != set(copied.live(MEMBERS))
    copied.run(after_s=DAY_S - HOUR_S - MINUTES_S / 4)  # as a schedule's runs may be
    assert segments(copied) == read(copied)
    same(copied)


def test_or_at_once_where_every_segment_is_read_by_every_run(copied: World) -> None:
    swapped_without_a_trace(copied)
    copied.run(segments_every_run=True)
    assert segments(copied) == read(copied)
    same(copied)


def test_a_definition_that_changed_opens_its_segment(copied: World) -> None:
    told = copied.engine.change("rename_tag")
    copied.run()
    assert (told["list_id"], str(told["id"])) in read(copied)


def test_where_members_are_not_copied_every_segment_is_read(new: World) -> None:
    chosen: dict[str, Any] = {"tables": (MEMBERS,)}
    new.run(**chosen)
    new.run(**chosen)
    assert segments(new) == read(new)


def test_beside_members_that_were_not_read_every_segment_of_theirs_is_read(copied: World) -> None:
    list_id = copied.engine.truth("lists")[0]["id"]
    script = Script((rf"^/lists/{list_id}/members\?", always(problem("Internal", 500))))
    assert 0 != copied.run(script).exit
    assert segments(copied, list_id=list_id) <= read(copied)


def test_who_is_erased_leaves_the_segments_that_held_them(copied: World) -> None:
    held = {row[2] for row in copied.live(MEMBERS)}
    member = next(
        row
        for row in copied.engine.truth("list_members")
        if row["id"] in held and row["status"] == "subscribed"
    )
    copied.engine.change("delete_permanently", list_id=member["list_id"], member_id=member["id"])
    copied.run(deletes=Deletes.MARK)
    same(copied)


def test_who_changes_while_segments_are_read_opens_them_for_the_next_run(copied: World) -> None:
    changed: list[str] = []

    def change(_: Asked) -> None:
        if not changed:
            swapped(copied, "untag", "tag")
            changed.append("a swap")

    copied.engine.change("edit_merge_fields")
    copied.run(Script((r"/segments/\d+/members\?", change)))
    assert changed
    copied.run()
    same(copied)
