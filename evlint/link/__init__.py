"""Where names meet: facts of many files become one program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from evlint.link import homemade, recording
from evlint.link.assemble import Assembly
from evlint.link.emissions import Emission, Follower, Gap, distinct
from evlint.link.evaluate import Evaluator
from evlint.link.modules import ModuleIndex
from evlint.link.patterns import Patterns
from evlint.link.services import Services
from evlint.link.sites import Sites
from evlint.link.vocabulary import Vocabulary
from evlint.model.dialect import Dialect
from evlint.model.facts import FileFacts
from evlint.model.program import Program

__all__ = ["link"]


def link(
    paths: Sequence[str],
    all_paths: Iterable[str],
    load: Callable[[str], FileFacts | None],
    dialects: Sequence[Dialect],
) -> Program:
    """Resolve names across files. Pure, and independent of the order of `paths`.

    Args:
        paths: The files whose sites are looked at.
        all_paths: Every file that imports may mean.
        load: Gives the facts of a file of `all_paths`; None when it cannot be read.
        dialects: The vocabularies to recognise.
    """
    index = ModuleIndex(all_paths, load)
    evaluator = Evaluator(index, Vocabulary(dialects))
    modules = [module for path in sorted(paths) if (module := index.module(path)) is not None]
    sites = Sites(modules, evaluator)
    buses = homemade.all_buses(sites)
    patterns = Patterns(sites)
    defined = [*patterns.mark(), *patterns.objects()]
    published = Follower(sites, needs_handler=False).follow(
        chain(patterns.publishing(), homemade.publishing(sites, buses), recording.recording(sites))
    )
    subscribed = Follower(sites, needs_handler=True).follow(
        chain(patterns.subscribing(), homemade.subscribing(sites, buses))
    )
    publications = list(distinct([*published.emissions, *patterns.returning()]))
    subscriptions: list[Emission] = [
        *subscribed.emissions,
        *patterns.decorating(),
        *patterns.looping(),
        *patterns.assigning(),
        *homemade.tables(sites),
    ]
    assembly = Assembly(sites, Services(paths), publications, subscriptions, defined)
    gaps: list[tuple[Gap, str]] = [(gap, "publication") for gap in published.gaps]
    gaps += [(gap, "subscription") for gap in subscribed.gaps]
    behaviours = assembly.behaviours()
    return Program(
        services=assembly.used_services(),
        behaviours=behaviours,
        events=assembly.events(),
        publications=assembly.publications(),
        subscriptions=assembly.subscriptions(),
        unresolved=assembly.unresolved(gaps),
    )
