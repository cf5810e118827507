"""Where names meet: facts of many files become one program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from evlint.link import deliveries, derived, homemade, lambdas, recording, routed, shapes
from evlint.link.assemble import Assembly
from evlint.link.candidates import Candidate, candidates
from evlint.link.containers import bound
from evlint.link.declared import event_bases
from evlint.link.discriminators import told_apart
from evlint.link.emissions import Emission, Findings, Follower, Forwarder, Gap, distinct
from evlint.link.enumerated import enumerated
from evlint.link.evaluate import Evaluator
from evlint.link.gathered import gathered
from evlint.link.identities import Identity, is_command_topic
from evlint.link.injected import injected
from evlint.link.listed import listed
from evlint.link.modules import ModuleIndex
from evlint.link.parametrised import parametrised
from evlint.link.patterns import Patterns
from evlint.link.readings import Handler
from evlint.link.receiving import Receiver, only_takes_in, received, receivers
from evlint.link.scopes import Module, Scope
from evlint.link.services import Services
from evlint.link.shapes import Bus
from evlint.link.sites import SYNONYMS, Sites
from evlint.link.spoken import SPOKEN, spoken
from evlint.link.subscribers import declared, dispatchers, dispatching
from evlint.link.values import Text
from evlint.link.vocabulary import Vocabulary
from evlint.link.walk import expressions, last_name
from evlint.model.dialect import Dialect
from evlint.model.facts import Class, Expression, FileFacts, Name
from evlint.model.program import Program, Transport
from evlint.model.why import Reason
from evlint.words.identifiers import split

__all__ = ["Candidate", "Linker", "Word"]

# What the objects are called that stand for one event each.
SIGNALS = ("event", "signal")
HTTP = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


class Word(NamedTuple):
    """A name that matters because of what was found, in files that hold one of its `companions` as well.

    A method is called on something named after its class; a function or class is imported from its module.
    """

    name: str
    is_method: bool
    companions: tuple[str, ...]


class Linker:
    """Resolves names across files. What it returns depends on the files alone, not on the order they come in.

    Args:
        all_paths: Every file that imports may mean.
        load: Gives the facts of a file of `all_paths`; None when it cannot be read.
        dialects: The vocabularies to recognise.
    """

    def __init__(
        self, all_paths: Iterable[str], load: Callable[[str], FileFacts | None], dialects: Sequence[Dialect]
    ) -> None:
        paths = sorted(all_paths)
        self._services = Services(paths)
        libraries = {name.partition(".")[0] for item in dialects for name in item.dialect.detect.imports}
        self._index = ModuleIndex(paths, load, libraries)
        self._vocabulary = Vocabulary(dialects)
        self._evaluator = Evaluator(self._index, self._vocabulary)
        self._buses: dict[str, list[Bus]] = {}
        self._receivers: dict[str, list[Receiver]] = {}

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """The dialects whose frameworks occur in the program, those that are off included."""
        return self._vocabulary.dialects

    def explain(self, path: str, line: int, dialects: Iterable[Dialect]) -> list[Reason]:
        """Why what stands in a line is no fact; `dialects` are those that could have taken part."""
        from evlint.link.why import Explainer

        module = self._index.module(path)
        used = {dialect.id for dialect in self._vocabulary.dialects if dialect.is_on}
        others = [dialect for dialect in dialects if dialect.id not in used]
        return Explainer(self._evaluator, others).at(module, line) if module is not None else []

    def candidates(self, paths: Sequence[str], program: Program) -> list[Candidate]:
        """What looks like a bus in the files at `paths`, and was not recognised in the program that they make up."""
        sites, _, buses, _ = self._read(paths)
        # That something is called a bus is no reason not to ask what it is.
        told = [item.location for item in program.publications if item.dialect != SPOKEN.dialect]
        told += [item.location for item in program.subscriptions]
        told += [item.location for item in program.unresolved]
        return candidates(sites, [bus.owner for bus in buses], told)

    def imported(self, paths: Iterable[str]) -> set[str]:
        """The files that look-ups from `paths` will surely need: where arguments of known calls and bases come from."""
        verbs = self._vocabulary.verbs()
        found: set[str] = set()
        for path in sorted(paths):
            module = self._index.module(path)
            for scope in module.all_scopes() if module is not None else ():
                for site in scope.sites:
                    if last_name(site.call.func) in verbs:
                        parts = (site.call, *_bases_around(scope))
                        names = [node.id for part in parts for node in expressions(part) if isinstance(node, Name)]
                        found.update(self._origins(scope, names))
        return found

    def _origins(self, scope: Scope, names: Iterable[str]) -> Iterable[str]:
        for name in names:
            for binding in scope.module.scope.bindings.get(name, ()):
                imported = binding.imported
                if imported is not None:
                    path = self._index.find(scope.module.path, imported.module, imported.level)
                    if path is not None:
                        yield path

    def link(self, paths: Sequence[str]) -> Program:
        """The program that the files at `paths` make up."""
        sites, patterns, buses, defined = self._read(paths)
        published, subscribed, looped = _followed(sites, patterns, buses)
        publications = list(distinct([*published.emissions, *patterns.returning(), *derived.publishing(sites)]))
        subscriptions: list[Emission] = [
            *subscribed.emissions,
            *enumerated(sites, subscribed.followed),
            *patterns.decorating(),
            *(_handled(emission) for emission in looped.emissions),
            *patterns.assigning(),
            *derived.handling(sites),
            *listed(sites),
            *lambdas.told(sites),
            *routed.subscribing(sites, routed.routing_buses(sites, buses)),
            *homemade.tables(sites),
            *bound(sites),
            *declared(sites),
        ]
        subscriptions += list(parametrised(sites, subscriptions))
        subscriptions += list(gathered(sites, subscriptions))
        commands = frozenset(published.commands | subscribed.commands)
        publications = [item for item in publications if not is_command_topic(item.identity)]
        receiving = self._receiving(sites)
        gaps = [*subscribed.gaps, *looped.gaps]
        subscriptions = list(received(self._evaluator, subscriptions, gaps, receiving))
        subscriptions = [
            item
            for item in _without_tables_looked_in(told_apart(self._evaluator, subscriptions))
            if not is_command_topic(item.identity)
        ]
        unnamed = list(deliveries.unnamed(patterns, subscribed.gaps))
        assembly = Assembly(
            sites,
            self._services,
            publications,
            subscriptions,
            defined,
            commands,
            drained=published.drained,
            buses=buses,
            unnamed=unnamed,
        )
        return _program(assembly, published, [*subscribed.gaps, *looped.gaps, *lambdas.fed(sites)])

    def words(self, paths: Sequence[str]) -> frozenset[Word]:
        """The names by which files that are not among `paths` may take part in the program."""
        sites, patterns, buses, defined = self._read(paths)
        followed = _followed(sites, patterns, buses)
        identities = [item.identity for findings in followed for item in findings.emissions]
        used = [item.scope for item in (*identities, *defined) if item.scope is not None]
        bases = [scope for findings in followed for scope in sorted(findings.bases, key=lambda scope: scope.key)]
        others = [*event_bases(self._evaluator, used), *patterns.invoked(), *dispatchers(sites), *bases]
        return _words(buses, followed, others)

    def _receiving(self, sites: Sites) -> list[Receiver]:
        return [item for module in sites.modules for item in self._receivers[module.path]]

    def _read(self, paths: Sequence[str]) -> tuple[Sites, Patterns, list[Bus], list[Identity]]:
        modules = [module for path in sorted(paths) if (module := self._index.module(path)) is not None]
        sites = Sites(modules, self._evaluator)
        patterns = Patterns(sites)
        defined = [*patterns.mark(), *patterns.objects()]
        for module in modules:
            if module.path not in self._buses:
                self._buses[module.path], self._receivers[module.path] = _proved(module)
        buses = [bus for module in modules for bus in self._buses[module.path]]
        return sites, patterns, buses, [*defined, *homemade.objects(sites, buses)]


def _proved(module: Module) -> tuple[list[Bus], list[Receiver]]:
    whole = shapes.buses(module)
    receiving = receivers(module, whole)
    owners = {item.bus.owner for item in receiving}
    kept = [bus for bus in whole if not (bus.owner in owners and only_takes_in(bus))]
    return [*kept, *(item.bus for item in receiving)], receiving


def _bases_around(scope: Scope) -> Iterator[Expression]:
    """The bases of the classes that a scope stands in: what `self` has may come from them."""
    inner: Scope | None = scope
    while inner is not None:
        if isinstance(inner.node, Class):
            yield from (base.value for base in inner.node.bases)
        inner = inner.parent


def _without_tables_looked_in(subscriptions: Iterable[Emission]) -> Iterator[Emission]:
    """A table of handlers in which a function looks, of which more is known, is not a bus of its own."""
    everything = list(subscriptions)
    known: dict[tuple[Text | None, str], set[Transport]] = {}
    for item in everything:
        if not item.manner.dialect.startswith(homemade.TABLE):
            for handler in item.handlers:
                known.setdefault((item.identity.topic, handler.name), set()).add(item.manner.transport)
    for item in everything:
        ways = set().union(*(known.get((item.identity.topic, handler.name), set()) for handler in item.handlers))
        is_table = item.manner.dialect.startswith(homemade.TABLE)
        is_inner = item.manner.transport == "in-process" and item.identity.topic is not None and "broker" in ways
        if not (is_inner or (is_table and ways)):
            yield item


def _handled(emission: Emission) -> Emission:
    """A loop's deliveries are handled by the function that it stands in, or by who gets them from it."""
    inside = emission.emitter.first if isinstance(emission.emitter, Forwarder) else None
    scope = inside if inside is not None and not inside.returns else emission.site.scope
    return replace(emission, handlers=(Handler(scope, scope.qualname or scope.module.name),))


def _followed(sites: Sites, patterns: Patterns, buses: list[Bus]) -> tuple[Findings, Findings, Findings]:
    """Publishing and subscribing calls and loops, followed to where their events are named."""
    published = Follower(sites, needs_handler=False).follow(
        chain(
            patterns.publishing(),
            homemade.publishing(sites, buses),
            routed.publishing(sites, routed.routing_buses(sites, buses)),
            dispatching(sites),
            recording.recording(sites),
            injected(sites),
            spoken(sites),
        )
    )
    subscribed = Follower(sites, needs_handler=True).follow(
        chain(patterns.subscribing(), homemade.subscribing(sites, buses))
    )
    looped = Follower(sites, needs_handler=False).follow(patterns.looping())
    return published, subscribed, looped


def _program(assembly: Assembly, published: Findings, not_subscribed: list[Gap]) -> Program:
    gaps: list[tuple[Gap, str]] = [(gap, "publication") for gap in published.gaps]
    gaps += [(gap, "subscription") for gap in not_subscribed]
    behaviours = assembly.behaviours()
    return Program(
        services=assembly.used_services(),
        events=assembly.events(),
        publications=assembly.publications(),
        subscriptions=assembly.subscriptions(),
        intakes=assembly.intakes(),
        unresolved=assembly.unresolved(gaps),
        behaviours=behaviours,
        types=assembly.types(),
        changes=assembly.changes(),
        dependencies=assembly.dependencies(),
    )


def _words(buses: Iterable[Bus], followed: Iterable[Findings], bases: Iterable[Scope]) -> frozenset[Word]:
    functions = [function for findings in followed for function in findings.forwarders]
    proved = [bus for bus in buses if (bus.keyed and bus.named) or bus.signal]
    methods = {method.function: bus for bus in proved for method in bus.publishes}
    methods.update({method.function: bus for bus in proved for method in bus.subscribes})
    found = [_word(scope) for scope in (*functions, *bases, *(bus.owner for bus in proved if bus.signal))]
    found += [_word(scope, of_bus=True, is_signal=bus.signal) for scope, bus in methods.items()]
    return frozenset(word for word in found if word is not None)


def _word(scope: Scope, *, of_bus: bool = False, is_signal: bool = False) -> Word | None:
    owner = scope.owner
    if owner is not None and scope.name != "__init__":
        # Private methods are called in their own file, and those of a web view by the framework.
        words = [word.lower() for word in split(owner.name)]
        synonyms = (f"{word}{join}{noun}" for word in words for noun in sorted(SYNONYMS) for join in ("", "_"))
        if scope.name.startswith("_") or (scope.name in HTTP and not of_bus):
            return None
        return Word(scope.name, True, (owner.name, words[-1], *synonyms, *(SIGNALS if is_signal else ())))
    named = owner or scope
    if named.parent is None or named.parent.kind != "module":
        return None
    parts = named.module.name.split(".")
    return Word(named.name, False, (parts[-1] if parts[-1] != "__init__" or len(parts) < 2 else parts[-2],))
