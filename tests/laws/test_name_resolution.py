"""A name means what Python says it means, however far it is handed on."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from evlint.app import analyse_sources

BUS = """
class Bus:
    def __init__(self):
        self._handlers = {}
    def subscribe(self, event, handler):
        self._handlers.setdefault(event, []).append(handler)
    def publish(self, event):
        for handler in self._handlers.get(type(event), []):
            handler(event)
bus = Bus()
"""
# What each module may be, and how it may get the class from the one before it.
PLACES = ("{n}.py", "p{n}/__init__.py", "p{n}/inner.py", "p{n}/deep/__init__.py")
FORMS = ("from", "renamed", "star", "module", "assigned", "class")


@dataclass(frozen=True)
class Link:
    """One module of a chain: where it stands, how it imports, and whether relatively."""

    place: str
    form: str
    relative: bool


LINKS = st.builds(Link, st.sampled_from(PLACES), st.sampled_from(FORMS), st.booleans())


def dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def import_of(path: str, source: str, name: str, link: Link, number: int) -> tuple[str, str]:
    """The statements that bring `name` of the module `source` into `path`, and what it is called there."""
    module = f"root.{dotted(source)}"
    if link.relative:
        package = path.split("/")[:-1]
        module = "." * (len(package) + 1) + dotted(source)
    own = f"Name{number}"
    match link.form:
        case "renamed":
            return f"from {module} import {name} as {own}\n", own
        case "star":
            return f"from {module} import *\n", name
        case "module":
            return f"import root.{dotted(source)} as there\n{own} = there.{name}\n", own
        case "assigned":
            return f"from {module} import {name}\n{own} = {name}\n", own
        case "class":
            return f"from {module} import {name}\nclass Holder:\n    {own} = {name}\n{own} = Holder.{own}\n", own
    return f"from {module} import {name}\n", name


def program(links: list[Link]) -> tuple[dict[str, str], str]:
    """A package in which a class is handed on from module to module, and the module that publishes it."""
    sources = {"root/__init__.py": "", "root/bus.py": BUS, "root/origin.py": "class OrderPlaced:\n    pass\n"}
    path, name = "origin.py", "OrderPlaced"
    for number, link in enumerate(links):
        here = link.place.format(n=f"m{number}")
        text, name = import_of(here, path, name, link, number)
        sources[f"root/{here}"] = text
        for folder in Path(here).parents:
            if folder != Path():
                sources.setdefault(f"root/{folder.as_posix()}/__init__.py", "")
        path = here
    last = f"root.{dotted(path)}"
    sources["root/use.py"] = (
        f"from root.bus import bus\nfrom {last} import {name} as It\ndef go():\n    bus.publish(It())\n"
    )
    return sources, last


@settings(max_examples=150, deadline=None)
@given(st.lists(LINKS, max_size=5))
def test_an_event_is_the_class_that_python_finds(links: list[Link]) -> None:
    sources, _ = program(links)
    found = analyse_sources(sources)
    assert [item.event for item in found.publications] == [f"class:{_by_python(sources)}"]


def _by_python(sources: dict[str, str]) -> str:
    """The class that the program really publishes, by importing it."""
    with TemporaryDirectory() as folder:
        for path, text in sources.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        sys.path.insert(0, folder)
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
        try:
            it = import_module("root.use").It
            return f"{it.__module__}.{it.__qualname__}"
        finally:
            sys.dont_write_bytecode = before
            sys.path.remove(folder)
            for name in [name for name in sys.modules if name == "root" or name.startswith("root.")]:
                del sys.modules[name]
