"""Classes by name, what derives from them, and what assigns to their instances."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from evlint.fix.sources import Impossible, Source, Sources
from evlint.words.identifiers import split

SETTERS = frozenset({"__setattr__", "__delattr__"})
CLASS_WORDS = frozenset({"cls", "klass", "mcs"})
ASSIGNED = r"\s*(?::[^=\n]+)?(?:=(?!=)|(?:[-+*/%&|^@]|//|\*\*|<<|>>)=)"
CARRIERS = frozenset({"event", "evt", "message", "msg"})
# Bases that add neither fields nor behaviour.
NEUTRAL = ("builtins.object", "abc.", "typing.", "typing_extensions.")


class Definition:
    """A class where it is defined."""

    def __init__(self, source: Source, node: cst.ClassDef) -> None:
        self.source = source
        self.node = node

    @property
    def name(self) -> str:
        return self.node.name.value

    @property
    def place(self) -> tuple[str, str]:
        return self.source.path, self.name

    def base_names(self) -> tuple[str, ...]:
        """The bases as written, without what they are given in brackets."""
        return tuple(self.source.written(item.value).partition("[")[0].strip() for item in self.node.bases)

    def decorator(self, names: frozenset[str]) -> cst.BaseExpression | None:
        """The decorator whose last word is one of `names`, with its call."""
        for decorator in self.node.decorators:
            called = decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
            if self.source.written(called).rpartition(".")[2] in names:
                return decorator.decorator
        return None

    def assigned(self, name: str) -> tuple[cst.BaseExpression, ...]:
        """What the class body assigns to a name."""
        return tuple(
            small.value
            for small in self._small()
            if isinstance(small, cst.Assign)
            and any(isinstance(target.target, cst.Name) and target.target.value == name for target in small.targets)
        )

    def inner(self, name: str) -> cst.ClassDef | None:
        """The class of that name in the body."""
        for statement in self.node.body.body:
            if isinstance(statement, cst.ClassDef) and statement.name.value == name:
                return statement
        return None

    def annotated(self) -> Iterator[cst.AnnAssign]:
        """The declarations in the body."""
        return (small for small in self._small() if isinstance(small, cst.AnnAssign))

    def methods(self) -> Iterator[cst.FunctionDef]:
        """The functions in the body."""
        return (item for item in self.node.body.body if isinstance(item, cst.FunctionDef))

    def _small(self) -> Iterator[cst.BaseSmallStatement]:
        for statement in self.node.body.body:
            if isinstance(statement, cst.SimpleStatementLine):
                yield from statement.body

    def refuse_changes(self) -> None:
        """Raise `Impossible` where the class changes its own instances."""
        for method in self.methods():
            if method.name.value in SETTERS:
                raise Impossible(f"`{self.name}` defines `{method.name.value}`")
            first = next(iter(method.params.posonly_params or method.params.params), None)
            if first is None or first.name.value in CLASS_WORDS:
                continue
            own = re.escape(first.name.value)
            body = self.source.written(method)
            changed = re.search(
                rf"(?<![\w.]){own}\.\w+{ASSIGNED}|\b(?:setattr|delattr)\(\s*{own}\b|\bdel\s+{own}\.|\bfor\s+{own}\.\w+\s+in\b",
                body,
            )
            if changed:
                raise Impossible(f"`{self.name}.{method.name.value}` changes its instance")


def find(sources: Sources, dotted: str) -> Definition:
    """The class of a dotted name, as linking spells it."""
    module, _, name = dotted.rpartition(".")
    tail = module.replace(".", "/")
    found = [
        path
        for path in sources.paths
        for ending in (f"{tail}.py", f"{tail}/__init__.py")
        if path == ending or path.endswith(f"/{ending}")
    ]
    definitions = [item for path in sorted(found) for item in defined(sources.at(path), name)]
    if len(definitions) != 1:
        raise Impossible(f"the base class `{name}` was not found")
    return definitions[0]


def defined(source: Source, name: str) -> Iterator[Definition]:
    """The classes of a name in a file."""
    for node in source.nodes(cst.ClassDef):
        if node.name.value == name:
            yield Definition(source, node)


def derived(sources: Sources, base: Definition) -> Iterator[Definition]:
    """The classes that derive from `base` at once.

    Raises:
        Impossible: It cannot be known whether one does.
    """
    word = re.escape(base.name.encode())
    for source in sources.matching(re.compile(rb"\bclass\s+\w+\s*(?:\[[^\n]*)?\([^:]*\b" + word + rb"\b")):
        for node in source.nodes(cst.ClassDef):
            definition = Definition(source, node)
            named = any(name.rpartition(".")[2] == base.name for name in definition.base_names())
            if named and means(sources, source, base):
                yield definition


def means(sources: Sources, source: Source, base: Definition) -> bool:
    """Whether the name of `base` means it in `source`."""
    if source.path == base.source.path:
        return True
    if next(defined(source, base.name), None) is not None:
        return False
    for statement in source.nodes(cst.ImportFrom):
        names = statement.names
        if isinstance(names, cst.ImportStar) or statement.module is None:
            continue
        if any(source.written(item.name) == base.name for item in names):
            module = source.written(statement.module).replace(".", "/")
            there = [f"{module}.py", f"{module}/__init__.py"]
            candidates = [path for path in sources.paths if any(f"/{path}".endswith(f"/{end}") for end in there)]
            if base.source.path in candidates:
                return True
            if any(next(defined(sources.at(path), base.name), None) for path in candidates):
                return False
            # Through a package that hands it on.
            refuse_namesakes(sources, base.name)
            return True
    refuse_namesakes(sources, base.name)
    return True


def refuse_namesakes(sources: Sources, name: str) -> None:
    """Raise `Impossible` where more than one class has the name, so that nobody knows which is meant."""
    pattern = re.compile(rb"^[ \t]*class[ \t]+" + re.escape(name.encode()) + rb"\b", re.MULTILINE)
    if sum(len(pattern.findall(sources.data(path))) for path in sources.paths) > 1:
        raise Impossible(f"there is more than one `{name}`")


def is_handed_out(sources: Sources, definition: Definition) -> bool:
    """Whether the outermost package around a class has it among its own names, as libraries do."""
    folder = definition.source.path
    package = ""
    while f"{(folder := folder.rpartition('/')[0])}/__init__.py" in sources.paths:
        package = f"{folder}/__init__.py"
    return bool(package) and re.search(rb"\b" + definition.name.encode() + rb"\b", sources.data(package)) is not None


def assigns(sources: Sources, fields: frozenset[str], event: str) -> bool:
    """Whether anything but a method, of its own instance, assigns to an attribute with the name of a field.

    Raises:
        Impossible: What it assigns to is called like the event of that class name, or like any event.
    """
    called = CARRIERS | {word.lower() for word in split(event)[-1:]}
    names = "|".join(map(re.escape, sorted(fields)))
    if not names:
        return False
    pattern = re.compile(
        rf"\.(?:{names}){ASSIGNED}|\bdel\s+[\w.\[\]]*\.(?:{names})\b|\bfor\s+[\w.]*\.(?:{names})\s+in\b"
    )
    setting = re.compile(r"\b(?:set|del)attr\(\s*([\w.]+)\s*,")
    found = False
    for path in sorted(sources.paths):
        data = sources.data(path)
        text = (
            data.decode("utf-8", "replace") if b"attr(" in data or any(name.encode() in data for name in fields) else ""
        )
        if any(_last_word(match[1]) in called for match in setting.finditer(text)):
            raise Impossible(f"`{path}` may change it")
        if text:
            for match in pattern.finditer(text):
                owner = re.search(r"[\w.\])]*\Z", text[max(0, match.start() - 200) : match.start()])
                if owner is None or owner[0] != "self":
                    found = True
                if owner is not None and _last_word(owner[0]) in called:
                    raise Impossible(f"`{path}` may change it")
    return found


def _last_word(owner: str) -> str:
    return owner.lower().rpartition(".")[2].rpartition("_")[2]
