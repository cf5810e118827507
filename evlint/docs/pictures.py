"""Pictures of the flow that fit on a page: what would be a wall is split where the flow has its seams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evlint.docs.catalogue import EventEntry, HandlerEntry, PublisherEntry, ServiceEntry
from evlint.report.drawing import Arrow, Box, Drawing, Group, identifiers

# Beyond this, people stop reading a picture.
MOST_NODES = 25

Node = tuple[str, str]
"""A service and a function of it, or a service alone with an empty second part."""


def pictures(events: Sequence[EventEntry], labels: Mapping[str, str], focus: str = "") -> list[Drawing]:
    """Draw events with their publishers and handlers, in as many pictures as it takes.

    Args:
        events: What to draw.
        labels: What services are called, by id.
        focus: The service that is drawn in detail, others being one box each; all are in detail where it is empty.
    """
    touching = [event for event in events if event.publishers or event.handlers]
    return [_drawn(part, labels, focus) for part in _parts(touching, focus)]


def service_map(services: Sequence[ServiceEntry], events: Iterable[EventEntry]) -> Drawing | None:
    """Draw which service hears from which; None where that is no picture, or too large a one."""
    names = [service.id for service in services]
    if not 1 < len(names) <= MOST_NODES:
        return None
    carried: dict[tuple[str, str], list[str]] = {}
    for event in events:
        for sender in {publisher.service for publisher in event.publishers}:
            for taker in {handler.service for handler in event.handlers} - {sender}:
                carried.setdefault((sender, taker), []).append(event.name)
    boxes = identifiers("service", names)
    return Drawing(
        groups=(),
        events=(),
        arrows=tuple(
            sorted(
                Arrow(boxes[sender], boxes[taker], label=found[0] if len(found) == 1 else f"{len(found)} events")
                for (sender, taker), found in carried.items()
            )
        ),
        services=tuple(sorted(Box(boxes[service.id], service.label) for service in services)),
    )


def consequences(start: EventEntry, events: Mapping[str, EventEntry]) -> tuple[list[EventEntry], bool]:
    """What follows from an event, nearest first, as far as it fits into one picture; and whether that is all."""
    found = [start]
    nodes = 1 + len(_nodes(start, ""))
    for event in _breadth_first(start, events):
        nodes += 1 + len(_nodes(event, ""))
        if nodes > MOST_NODES:
            return found, False
        found.append(event)
    return found, True


def _breadth_first(start: EventEntry, events: Mapping[str, EventEntry]) -> Iterator[EventEntry]:
    seen = {start.id}
    waiting = [start]
    while waiting:
        for name in waiting.pop(0).follows:
            if name not in seen and name in events:
                seen.add(name)
                waiting.append(events[name])
                yield events[name]


def _nodes(event: EventEntry, focus: str) -> set[Node]:
    return {_node(entry, focus) for entry in event.ends}


def _node(entry: PublisherEntry | HandlerEntry, focus: str) -> Node:
    return (entry.service, "" if focus and entry.service != focus else entry.function)


def _runs(events: Sequence[EventEntry], focus: str) -> Iterator[tuple[Node, Node]]:
    """Handlers and the functions that publish for them what follows, where both are drawn."""
    drawn = {event.id for event in events}
    for event in events:
        for handler in event.handlers:
            for onward in handler.onward:
                inside = not focus or onward.service == focus
                publisher = (onward.service, onward.function if inside else "")
                if onward.event in drawn and publisher != _node(handler, focus):
                    yield _node(handler, focus), publisher


def _parts(events: Sequence[EventEntry], focus: str) -> Iterator[list[EventEntry]]:
    """Groups of events that fit into one picture each: what hangs together stays together as far as may be."""
    part: list[EventEntry] = []
    nodes: set[Node] = set()
    for cluster in _clusters(events, focus):
        for event in cluster:
            more = nodes | _nodes(event, focus)
            if part and len(part) + 1 + len(more) > MOST_NODES:
                yield part
                part, more = [], _nodes(event, focus)
            part.append(event)
            nodes = more
        # A cluster that fills half a picture stands better alone.
        if len(part) + len(nodes) > MOST_NODES // 2:
            yield part
            part, nodes = [], set()
    if part:
        yield part


def _clusters(events: Sequence[EventEntry], focus: str) -> list[list[EventEntry]]:
    """Events that share a function, directly or through others, each cluster in the order of the flow."""
    by_node: dict[Node, list[EventEntry]] = {}
    for event in events:
        for node in _nodes(event, focus):
            if node[1]:
                by_node.setdefault(node, []).append(event)
    seen: set[str] = set()
    found: list[list[EventEntry]] = []
    caused = {name for event in events for name in event.follows}
    # Where a flow begins, its picture begins.
    for first in sorted(events, key=lambda event: (event.id in caused, event.name, event.id)):
        if first.id in seen:
            continue
        cluster, waiting = [], [first]
        seen.add(first.id)
        while waiting:
            event = waiting.pop(0)
            cluster.append(event)
            near = [other for node in sorted(_nodes(event, focus)) for other in by_node.get(node, ())]
            for other in near:
                if other.id not in seen:
                    seen.add(other.id)
                    waiting.append(other)
        found.append(cluster)
    return sorted(found, key=lambda cluster: (-len(cluster), cluster[0].name, cluster[0].id))


def _drawn(events: Sequence[EventEntry], labels: Mapping[str, str], focus: str) -> Drawing:
    all_nodes = set().union(*(_nodes(event, focus) for event in events))
    if len(all_nodes) >= MOST_NODES and any(function for _, function in all_nodes):
        # One event with so many ends is clearer by services.
        return _collapsed(events, labels)
    return _drawing(events, {node: node for node in all_nodes}, labels, focus)


def _collapsed(events: Sequence[EventEntry], labels: Mapping[str, str]) -> Drawing:
    services = sorted({entry.service for event in events for entry in event.ends})
    kept = services[: MOST_NODES - len(events) - 1]
    rest = f"and {len(services) - len(kept)} more services"
    shown = {(name, ""): (name if name in kept else rest, "") for name in services}
    return _drawing(events, shown, {**labels, rest: rest}, "\0")


def _drawing(
    events: Sequence[EventEntry], shown: Mapping[Node, Node], labels: Mapping[str, str], focus: str
) -> Drawing:
    nodes = sorted(set(shown.values()))
    functions = identifiers("function", [f"{service}:{name}" for service, name in nodes if name])
    services = identifiers("service", [service for service, _ in nodes])
    boxes = {node: (functions[f"{node[0]}:{node[1]}"] if node[1] else f"{services[node[0]]}_box") for node in nodes}
    names = identifiers("event", [event.id for event in events])
    likely: dict[tuple[str, str], bool] = {}
    for event in events:
        for publisher in event.publishers:
            arrow = boxes[shown[_node(publisher, focus)]], names[event.id]
            likely[arrow] = publisher.confidence == "likely" and likely.get(arrow, True)
        for handler in event.handlers:
            arrow = names[event.id], boxes[shown[_node(handler, focus)]]
            likely[arrow] = handler.confidence == "likely" and likely.get(arrow, True)
    runs = {
        Arrow(boxes[shown[handler]], boxes[shown[publisher]], label="runs")
        for handler, publisher in _runs(events, focus)
        if publisher in shown and shown[handler] != shown[publisher]
    }
    detailed = sorted({service for service, name in nodes if name})
    return Drawing(
        groups=tuple(
            Group(
                services[service],
                labels[service],
                tuple(sorted(Box(boxes[node], node[1]) for node in nodes if node[0] == service and node[1])),
            )
            for service in detailed
        ),
        events=tuple(sorted(Box(names[event.id], event.name) for event in events)),
        arrows=tuple(sorted((*(Arrow(*arrow, unsure) for arrow, unsure in likely.items()), *runs))),
        services=tuple(sorted(Box(boxes[node], labels[node[0]]) for node in nodes if not node[1])),
    )
