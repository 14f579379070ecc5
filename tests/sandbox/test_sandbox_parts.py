"""The parts that hold many rows, against the plainest model of each."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chimpline.sandbox.answers.ordering import TimeIndex, tie
from chimpline.sandbox.answers.projection import drop, keep, tree_of
from chimpline.sandbox.instants import iso, parse
from chimpline.sandbox.model.activity import CLICK, HARD, MAX_EVENTS, OPEN, SOFT, Activity, Event
from chimpline.sandbox.model.merge_fields import CONVERSIONS, to_text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 9), max_size=40),
    st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)),
    st.tuples(st.integers(0, 45), st.integers(0, 12)),
    st.booleans(),
)
def test_a_page_of_the_index_is_a_page_of_a_sorted_list(
    instants: list[int],
    window: tuple[int | None, int | None],
    page: tuple[int, int],
    descending: bool,
) -> None:
    (since, before), (offset, count) = window, page
    index = TimeIndex()
    index.fill((instant, tie(number)) for number, instant in enumerate(instants[::2]))
    for number, instant in list(enumerate(instants))[len(instants[::2]) :]:
        index.add(instant, tie(number))
    held = list(enumerate(instants[::2])) + list(enumerate(instants))[len(instants[::2]) :]
    plain = sorted(((instant, tie(number), number) for number, instant in held))
    if since is not None or before is not None:
        plain = [row for row in plain if row[0] > (since or 0)]
    if before is not None:
        plain = [row for row in plain if row[0] <= before]
    if descending:
        plain.reverse()
    expected = [number for _, _, number in plain[offset : offset + count]]
    span = index.span(since, before)
    assert expected == index.page(span, offset, count, descending=descending)
    assert len(plain) == span[1] - span[0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("air"), st.integers(0, 6), st.integers(1, 9))))
def test_activity_behaves_like_a_dict_of_lists(steps: list[tuple[str, int, int]]) -> None:
    activity, plain = Activity(), dict[int, list[Event]]()
    for step, number, instant in steps:
        position = activity.position(number)
        assert (position is None) == (number not in plain)
        if step == "a" and position is None:
            activity.append(number, [(OPEN, instant, 0, 1), (CLICK, instant, 2, 1)])
            plain[number] = [Event(OPEN, instant, 0, 1), Event(CLICK, instant, 2, 1)]
        elif step == "i" and position is not None:
            assert activity.insert(position, Event(OPEN, instant))
            plain[number].append(Event(OPEN, instant))
        elif step == "r" and position is not None:
            activity.remove(position)
            del plain[number]
    assert list(plain) == list(activity.recipients)
    assert list(plain.values()) == [activity.events(p) for p in range(len(plain))]
    assert sum(map(len, plain.values())) == len(activity)


def test_a_recipient_shows_a_thousand_opens_a_thousand_clicks_and_one_bounce() -> None:
    activity = Activity()
    activity.append(1, [])
    for _ in range(MAX_EVENTS):
        assert activity.insert(0, Event(OPEN, 5))
    assert not activity.insert(0, Event(OPEN, 6))
    assert activity.insert(0, Event(CLICK, 6))
    assert activity.insert(0, Event(SOFT, 7))
    assert not activity.insert(0, Event(HARD, 8))


def test_instants_are_read_as_they_are_written_and_malformed_ones_are_none() -> None:
    assert 1654084800 == parse("2022-06-01T12:00:00+00:00") == parse("2022-06-01T14:00:00+02:00")
    assert 1654084800 == parse("2022-06-01T12:00:00.999Z")
    assert "2022-06-01T12:00:00+00:00" == iso(1654084800)
    assert "" == iso(0)
    for text in (None, "", "2022-06-01T12:00:00 00:00", "06/01/2022"):
        assert parse(text) is None


def test_projection_keeps_and_drops_by_dotted_names() -> None:
    answer = {"rows": [{"a": {"b": 1, "c": 2}, "d": 3}], "total_items": 1}
    assert {"rows": [{"a": {"b": 1}}]} == keep(answer, tree_of(["rows.a.b"]))
    assert {"rows": [{"a": {"b": 1, "c": 2}}]} == keep(answer, tree_of(["rows.a.b", "rows.a"]))
    assert {"rows": [{"a": {"c": 2}}], "total_items": 1} == drop(
        answer, tree_of(["rows.a.b", "rows.d", "rows.nothing.there"])
    )


def test_values_follow_a_merge_field_to_another_type() -> None:
    number, address = CONVERSIONS["number"], CONVERSIONS["address"]
    assert [3, 668.3, "", ""] == [number(v) for v in ("3", "668.30", "a lot", "")]
    assert ["3", "668.3", "1 Main St  Berlin"] == [
        to_text(v) for v in (3, 668.3, {"addr1": "1 Main St", "addr2": "", "city": "Berlin"})
    ]
    assert "" == address("")
    assert "1 Main St" == address("1 Main St")["addr1"]
