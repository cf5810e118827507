"""The program as a graph, and every question that rules, reports and docs ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from evlint.model.program import (
    Action,
    Behaviour,
    Catch,
    DataType,
    EventType,
    Intake,
    Program,
    Publication,
    Subscription,
    Transport,
)

if TYPE_CHECKING:
    from networkx import DiGraph, MultiDiGraph


class Flow:
    """An index over a program; never changes it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._events = {event.id: event for event in program.events}
        self._types = {item.id: item for item in program.types}
        self._behaviours = {behaviour.key: behaviour for behaviour in program.behaviours}
        self._published: dict[str, list[Publication]] = {}
        self._carried: dict[str, list[Publication]] = {}
        for publication in program.publications:
            self._published.setdefault(publication.event, []).append(publication)
            if publication.channel and publication.transport == "broker":
                self._carried.setdefault(publication.channel, []).append(publication)
        self._subscribed: dict[str, list[Subscription]] = {}
        self._patterns: list[Subscription] = []
        self._listened: dict[str, list[Subscription]] = {}
        for subscription in program.subscriptions:
            self._subscribed.setdefault(subscription.event, []).append(subscription)
            if subscription.pattern:
                self._patterns.append(subscription)
            topic = self._events[subscription.event]
            if topic.kind == "topic" and subscription.transport == "broker":
                self._listened.setdefault(topic.name, []).append(subscription)

    @classmethod
    def of(cls, program: Program) -> Flow:
        """The flow of a program."""
        return cls(program)

    def event(self, event: str) -> EventType:
        """The event of that id; every id in a publication or subscription has one."""
        return self._events[event]

    def type(self, name: str) -> DataType | None:
        """The class of that dotted name, where an event holds it."""
        return self._types.get(name)

    def behaviour(self, function: str) -> Behaviour | None:
        """What the function of that key does, where that is kept."""
        return self._behaviours.get(function)

    def publications_of(self, event: str) -> tuple[Publication, ...]:
        """Where the event is sent, patterns that may mean it included."""
        found = list(self._published.get(event, ()))
        wanted = self._events.get(event)
        if wanted is not None and "{}" in wanted.name:
            found += [
                item for item in self.program.publications if item not in found and self._matches(event, item.event)
            ]
        if wanted is not None and wanted.kind == "topic":
            found += [item for item in self._carried.get(wanted.name, ()) if item.event != event]
        return tuple(found)

    def subscriptions_to(self, event: str) -> tuple[Subscription, ...]:
        """Where the event is taken: by its id, by a base class, or by a pattern that matches one of its names."""
        found = list(self._subscribed.get(event, ()))
        target = self._events.get(event)
        if target is not None:
            for base in target.bases:
                found.extend(self._subscribed.get(f"class:{base}", ()))
        found.extend(item for item in self._patterns if item.event != event and self._matches(item.event, event))
        channels = {item.channel for item in self._published.get(event, ()) if item.channel}
        found.extend(
            item for channel in sorted(channels) for item in self._listened.get(channel, ()) if item.event != event
        )
        return tuple(found)

    def _matches(self, pattern: str, event: str) -> bool:
        """Whether a wildcard topic takes the event, by its topic or any other name that it goes by."""
        wildcard, target = self._events.get(pattern), self._events.get(event)
        if wildcard is None or target is None:
            return False
        names = (target.name, *target.aliases) if target.kind != "topic" else (target.name,)
        return any(matches_topic(wildcard.name, name) for name in names)

    @cached_property
    def handled(self) -> dict[str, tuple[Subscription, ...]]:
        """The subscriptions by the key of the function that handles them."""
        found: dict[str, list[Subscription]] = {}
        for subscription in self.program.subscriptions:
            if subscription.function in self._behaviours:
                found.setdefault(subscription.function, []).append(subscription)
        return {key: tuple(items) for key, items in found.items()}

    @cached_property
    def intakes(self) -> dict[str, tuple[Intake, ...]]:
        """How the functions that take deliveries get them, by their key."""
        found: dict[str, list[Intake]] = {}
        for intake in self.program.intakes:
            if intake.function in self._behaviours:
                found.setdefault(intake.function, []).append(intake)
        return {key: tuple(items) for key, items in found.items()}

    def taken(self, function: str) -> str:
        """The name of the event that the function handles; empty where none or more than one is known."""
        names = {self.event(item.event).name for item in self.handled.get(function, ())}
        return next(iter(names)) if len(names) == 1 else ""

    def called(self, behaviour: Behaviour) -> Iterator[Behaviour]:
        """The functions of the program that the function calls, each once."""
        seen = {behaviour.key}
        for action in behaviour.actions:
            if action.function not in seen and action.function in self._behaviours:
                seen.add(action.function)
                yield self._behaviours[action.function]

    @cached_property
    def uses_broker(self) -> bool:
        """Whether anything that is sent or taken leaves the process."""
        program = self.program
        used = {item.transport for item in program.publications}
        used |= {item.transport for item in program.intakes} | {item.transport for item in program.unresolved}
        return bool(used - {"in-process"})

    def has_open_publications(self, transport: Transport) -> bool:
        """Whether a publication whose event is not known could be of any event on that transport."""
        return any(item.role == "publication" and item.transport == transport for item in self.program.unresolved)

    def has_open_subscriptions(self, transport: Transport) -> bool:
        """Whether a subscription to an unknown event could be to any event on that transport."""
        return any(item.role == "subscription" and item.transport == transport for item in self.program.unresolved)

    def following(self, publication: Publication) -> Iterator[Action]:
        """The actions of the publishing function that may run after the publication, in order."""
        behaviour = self._behaviours.get(publication.function)
        span = publication.location.span
        if behaviour is not None:
            at = next(
                (item for item in behaviour.actions if item.kind == "publish" and item.location.span == span), None
            )
            if at is not None:
                yield from after(behaviour, at)

    def callers(self, function: str) -> tuple[tuple[Behaviour, Action], ...]:
        """The functions that run the function, as far as what they do is kept, each with the step that does it."""
        return tuple(self._callers.get(function, ()))

    @cached_property
    def _callers(self) -> dict[str, list[tuple[Behaviour, Action]]]:
        found: dict[str, list[tuple[Behaviour, Action]]] = {}
        for behaviour in self.program.behaviours:
            for action in behaviour.actions:
                if action.function and action.function != behaviour.key:
                    found.setdefault(action.function, []).append((behaviour, action))
        return found

    def preceding(self, publication: Publication) -> Iterator[Action]:
        """The actions of the publishing function that may run before the publication, in order."""
        behaviour = self._behaviours.get(publication.function)
        if behaviour is None:
            return
        for action in behaviour.actions:
            if action.kind == "publish" and action.location.span == publication.location.span:
                return
            yield action

    def root(self, event: EventType) -> str:
        """The dotted name of the class of the program that its family derives from; empty where it has none.

        What stands in the same package is the program's own, even where its file did not have to be read.
        """
        package = event.id.removeprefix("class:").partition(".")[0]
        own = (base for base in event.bases if base not in event.foreign or base.partition(".")[0] == package)
        return next(reversed(tuple(own)), "")

    def is_hook(self, event: EventType) -> bool:
        """Whether a signal asks for something: what its handlers return is always used, or they validate something."""
        sent = self._published.get(event.id, ())
        if event.kind != "signal" or not sent:
            return False
        return event.name.startswith("validate_") or all(item.consumed and not item.asynchronous for item in sent)

    def owner(self, event: str) -> str:
        """The service that publishes the event, or else the first to handle it, or else the file that defines it."""
        services = [item.service for item in self._published.get(event, ())]
        services += [item.service for item in self._subscribed.get(event, ())]
        location = self._events[event].location
        return services[0] if services else location.path if location is not None else ""

    def action_of(self, publication: Publication) -> Action | None:
        """The step of its function that the publication is."""
        behaviour = self._behaviours.get(publication.function)
        actions = behaviour.actions if behaviour is not None else ()
        return next((item for item in actions if item.location == publication.location), None)

    def commits(self, action: Action) -> bool:
        """Whether the step makes a change of state final, itself or in the function that it calls."""
        inner = self._behaviours.get(action.function) if action.function else None
        return action.kind == "commit" or (inner is not None and any(item.kind == "commit" for item in inner.actions))

    def reactions(self, event: str) -> Iterator[tuple[Subscription, Publication]]:
        """What the handlers of an event publish, themselves or through what they call."""
        for subscription in self.subscriptions_to(event):
            for function in self._reached(subscription.function):
                for publication in self._sent_by.get(function, ()):
                    yield subscription, publication

    def _reached(self, function: str) -> Iterator[str]:
        """The behaviours that run when `function` does."""
        seen = {function}
        waiting = [function]
        while waiting:
            current = waiting.pop()
            yield current
            behaviour = self._behaviours.get(current)
            for action in behaviour.actions if behaviour is not None else ():
                if action.function and action.function not in seen:
                    seen.add(action.function)
                    waiting.append(action.function)

    @cached_property
    def _sent_by(self) -> dict[str, list[Publication]]:
        found: dict[str, list[Publication]] = {}
        for publication in self.program.publications:
            found.setdefault(publication.function, []).append(publication)
        return found

    @cached_property
    def _chains(self) -> DiGraph[str]:
        """Events as nodes; an edge says that a handler of one publishes the other, and holds that `publication`."""
        from networkx import DiGraph

        graph: DiGraph[str] = DiGraph()
        for event in self.program.events:
            for _, publication in self.reactions(event.id):
                if not graph.has_edge(event.id, publication.event):
                    graph.add_edge(event.id, publication.event, publication=publication)
        return graph

    def cycles(self) -> Iterator[tuple[Publication, ...]]:
        """Publications of which each is a reaction to the one before, and the first to the last; one for each knot."""
        from networkx import find_cycle, strongly_connected_components

        for component in sorted(map(sorted, strongly_connected_components(self._chains))):
            part = self._chains.subgraph(component)
            if part.edges:
                yield tuple(part.edges[one, other]["publication"] for one, other in find_cycle(part, component[0]))

    def longest_chains(self) -> Iterator[tuple[str, tuple[Publication, ...]]]:
        """For each group of events that lead to one another: where its longest chain starts, and the steps from there.

        Groups in which events go round have none.
        """
        from networkx import dag_longest_path, is_directed_acyclic_graph, weakly_connected_components

        for component in sorted(map(sorted, weakly_connected_components(self._chains))):
            part = self._chains.subgraph(component)
            if is_directed_acyclic_graph(part):
                path = dag_longest_path(part)
                yield path[0], tuple(part.edges[step]["publication"] for step in pairwise(path))

    @cached_property
    def graph(self) -> MultiDiGraph[str]:
        """Services, functions and events as nodes; publications and subscriptions as edges.

        Nodes carry `kind`; edges carry `kind`, `path`, `line` and `dialect`. An edge leads from the service to its
        functions, from a publishing function to the event, and from the event to the handling function.
        """
        from networkx import MultiDiGraph

        graph: MultiDiGraph[str] = MultiDiGraph()
        for service in self.program.services:
            graph.add_node(f"service:{service.id}", kind="service", name=service.id)
        for event in self.program.events:
            graph.add_node(event.id, kind="event", name=event.name)
        for publication in self.program.publications:
            self._add_edge(graph, publication, publication.function, publication.location.symbol, publishes=True)
        for subscription in self.program.subscriptions:
            function = subscription.function or f"{subscription.handler_path}:{subscription.handler}"
            self._add_edge(graph, subscription, function, subscription.handler, publishes=False)
        return graph

    @staticmethod
    def _add_edge(
        graph: MultiDiGraph[str], site: Publication | Subscription, function: str, name: str, *, publishes: bool
    ) -> None:
        node = f"function:{function}"
        if node not in graph:
            graph.add_node(node, kind="function", name=name)
            graph.add_edge(f"service:{site.service}", node, kind="holds")
        ends = (node, site.event) if publishes else (site.event, node)
        kind = "publication" if publishes else "subscription"
        graph.add_edge(*ends, kind=kind, path=site.location.path, line=site.location.line, dialect=site.dialect)


def after(behaviour: Behaviour, step: Action) -> Iterator[Action]:
    """The steps of a function that may run after one of them, in order."""
    start = behaviour.actions.index(step)
    for action in behaviour.actions[start + 1 :]:
        if action.kind in ("return", "raise") and is_prefix(action.blocks, step.blocks):
            return
        if can_follow(step.blocks, action.blocks):
            yield action


def is_prefix(blocks: tuple[str, ...], of: tuple[str, ...]) -> bool:
    """Whether what stands in the blocks `of` stands in `blocks`, too."""
    return of[: len(blocks)] == blocks


def can_follow(first: tuple[str, ...], later: tuple[str, ...]) -> bool:
    """Whether something in the blocks `later` may run after something in `first`: they are not alternatives."""
    for one, other in zip(first, later, strict=False):
        if one != other:
            line, _, kind = one.partition(":")
            other_line, _, other_kind = other.partition(":")
            if line == other_line and kind != other_kind:
                return kind == "try" and not other_kind.startswith("except")
            return True
    return True


def stands_in(action: Action, catch: Catch, block: str) -> bool:
    """Whether the action stands in that block of the `try` of an except clause."""
    return is_prefix((*catch.blocks, block), action.blocks)


def matches_topic(pattern: str, topic: str) -> bool:
    """Whether a wildcard (`*`, `#`, `>`, `+`, or `{}` for an unknown part) takes the topic."""
    if pattern == topic:
        return True
    if "{}" in pattern:
        return fnmatchcase(topic, pattern.replace("{}", "*"))
    words, given = pattern.replace("/", ".").split("."), topic.replace("/", ".").split(".")
    return _words_match(words, given) or ("*" in pattern and pattern.endswith("*") and fnmatchcase(topic, pattern))


def _words_match(words: list[str], given: list[str]) -> bool:
    if not words:
        return not given
    head, rest = words[0], words[1:]
    if head in ("#", ">"):
        return any(_words_match(rest, given[start:]) for start in range(len(given) + 1))
    return bool(given) and (head in ("*", "+") or head == given[0]) and _words_match(rest, given[1:])
