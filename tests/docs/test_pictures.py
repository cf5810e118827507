"""Pictures that fit on a page."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from evlint.docs.catalogue import EventEntry, HandlerEntry, OnwardEntry, Place, PublisherEntry
from evlint.docs.pictures import MOST_NODES, consequences, pictures
from evlint.report.drawing import Drawing

PLACE = Place("a.py", 1)


def entry(number: int, publishers: list[int], handlers: list[int], follows: list[int], services: int) -> EventEntry:
    return EventEntry(
        id=f"class:E{number}", slug=f"E{number}", name=f"E{number}", kind="class", place=PLACE, docstring="",
        aliases=(), transports=(), version=None, is_command=False, is_external=False, is_frozen=True, owners=(),
        fields=(), keys=(), types=(), history=(), traces=(), lacks="",
        publishers=tuple(
            PublisherEntry(f"s{item % services}", f"p{item}", PLACE, "bus.publish", "in-process", "certain")
            for item in publishers
        ),
        handlers=tuple(
            HandlerEntry(
                f"s{item % services}", f"h{item}", PLACE, PLACE, "in-process", "likely",
                onward=tuple(OnwardEntry(f"class:E{other}", f"s{item % services}", f"p{item}") for other in follows),
            )
            for item in handlers
        ),
    )  # fmt: skip


numbers = st.lists(st.integers(0, 60), unique=True)
flows = st.integers(1, 6).flatmap(
    lambda services: st.lists(st.tuples(numbers, numbers, st.lists(st.integers(0, 30), max_size=3)), max_size=30).map(
        lambda rows: [entry(number, *row, services) for number, row in enumerate(rows)]
    )
)


def nodes(drawing: Drawing) -> set[str]:
    functions = {box.id for group in drawing.groups for box in group.functions}
    return functions | {box.id for box in drawing.events} | {box.id for box in drawing.services}


@settings(max_examples=150, deadline=None)
@given(flows, st.sampled_from(["", "s0"]))
def test_no_picture_is_a_wall_and_nothing_is_lost(events: list[EventEntry], focus: str) -> None:
    drawn = pictures(events, {f"s{number}": f"s{number}" for number in range(6)}, focus)
    shown = [box.label for drawing in drawn for box in drawing.events]
    assert sorted(shown) == sorted(event.name for event in events if event.ends)
    for drawing in drawn:
        assert len(nodes(drawing)) <= MOST_NODES
        for arrow in drawing.arrows:
            assert {arrow.start, arrow.end} <= nodes(drawing)


@settings(max_examples=50, deadline=None)
@given(flows)
def test_consequences_fit_into_one_picture(events: list[EventEntry]) -> None:
    known = {event.id: event for event in events}
    for event in events:
        shown, _ = consequences(event, known)
        assert shown[0] is event
        assert len({item.id for item in shown}) == len(shown)
        if event.ends:
            assert len(pictures(shown, {f"s{number}": "s" for number in range(6)})) >= 1


def test_small_flows_share_a_picture() -> None:
    events = [entry(number, [number], [number], [], 1) for number in range(4)]
    assert [len(drawing.events) for drawing in pictures(events, {"s0": "s"})] == [4]


def test_an_event_with_very_many_ends_is_drawn_by_services() -> None:
    (drawing,) = pictures([entry(0, list(range(60)), list(range(60)), [], 6)], {f"s{n}": f"s{n}" for n in range(6)})
    assert not drawing.groups
    assert [box.label for box in drawing.services] == [f"s{number}" for number in range(6)]
