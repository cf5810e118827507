"""What evlint knows of frameworks, as a list and as a page for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evlint.model.dialect import Act, Dialect, Pattern, Scope

STATUS: dict[Scope, str] = {
    "on": "on",
    "boundary": "on, and its other side is another program",
    "subscriber-only": "on, and its events are published by the framework",
    "ui": "off until it is switched on",
    "off": "off until it is switched on",
}
IDENTITY = {
    "class": "by its class",
    "object": "by the object that stands for it",
    "topic": "by its topic",
    "task": "by the function that runs it: tasks are commands",
}
HEADINGS: dict[Act, str] = {
    "define": "Events",
    "publish": "Publishes",
    "request": "Asks and waits for an answer",
    "subscribe": "Subscribes",
}
OTHER = "Also understood"
TEXTS: dict[Act, str] = {
    "carrier": "makes something that keeps its topic for later calls",
    "carry": "adds topics to a receiver",
    "bind": "routes a topic to a queue",
    "envelope": "wraps an event",
    "exclude": "is no event",
    "transaction": "opens a database transaction",
    "defer": "waits for the commit",
    "ack": "acknowledges a delivery",
    "nack": "gives a delivery back",
    "dead_letter": "sets a failed delivery aside",
}


def table(dialects: Iterable[Dialect]) -> str:
    """One line a dialect: its id, whether it is on, how its events travel, and its name."""
    rows = [
        (item.id, "on" if item.is_on else "off", item.dialect.transport, item.dialect.title)
        for item in sorted(dialects, key=lambda item: item.id)
    ]
    width = max((len(row[0]) for row in rows), default=0)
    return "".join(
        f"{name:<{width}}  {status:<3}  {transport:<10}  {title}\n" for name, status, transport, title in rows
    )


def index(dialects: Iterable[Dialect]) -> str:
    """The list of the pages, in Markdown."""
    lines = ["# Frameworks", "", "| Framework | Dialect | By default | Transport |", "|---|---|---|---|"]
    for item in sorted(dialects, key=lambda item: item.dialect.title.lower()):
        status = "on" if item.is_on else "off"
        lines.append(f"| [{item.dialect.title}]({item.id}.md) | `{item.id}` | {status} | {item.dialect.transport} |")
    lines += [
        "",
        "A dialect is looked at where a file imports its framework; one that is off is switched on by",
        '`dialects-on = ["celery"]` in the configuration. `evlint dialects NAME` prints a page.',
    ]
    return "".join(f"{line}\n" for line in lines)


def page(dialect: Dialect) -> str:
    """What the dialect recognises, with the examples that its tests run, in Markdown."""
    header = dialect.dialect
    imports = " or ".join(f"`{name}`" for name in header.detect.imports) or "anything"
    lines = [
        f"# {header.title}",
        "",
        f"Dialect `{dialect.id}`: {STATUS[header.scope]}. It is looked at where a file imports {imports}.",
        f"An event is known {IDENTITY[header.identity]} and travels {_travel(header.transport)}.",
    ]
    for act, heading in HEADINGS.items():
        lines += _section(dialect, heading, [rule for rule in dialect.rule if rule.act == act])
    rest = [rule for rule in dialect.rule if rule.act not in HEADINGS]
    if rest:
        lines += ["", f"## {OTHER}", ""]
        lines += [f"- {_names(dialect, rule)}: {TEXTS[rule.act]}" for rule in rest]
        lines += [line for rule in rest for line in _example(rule)]
    return "".join(f"{line}\n" for line in lines)


def _travel(transport: str) -> str:
    return {"broker": "over a broker", "in-process": "inside the process"}.get(transport, f"as {transport}")


def _section(dialect: Dialect, heading: str, rules: Sequence[Pattern]) -> list[str]:
    if not rules:
        return []
    lines = ["", f"## {heading}"]
    for rule in rules:
        lines += ["", f"{_form(rule)}: {_names(dialect, rule)}", *_example(rule)]
    return lines


def _form(rule: Pattern) -> str:
    forms = {
        "call": "Call",
        "decorator": "Decorator",
        "class": "Subclass",
        "object": "Call",
        "table": "Table",
        "assign": "Assignment",
        "loop": "Loop or receiving call",
        "region": "Block or decorator",
    }
    return forms[rule.kind]


def _names(dialect: Dialect, rule: Pattern) -> str:
    return ", ".join(f"`{_spelled(dialect, entry)}`" for entry in rule.match)


def _spelled(dialect: Dialect, entry: str) -> str:
    """A method with a class that has it, as code spells it."""
    owner, _, name = entry.rpartition(".")
    if owner not in dialect.types:
        return entry
    names = dialect.types[owner].names
    spelled = names[0].rpartition(".")[2] if names else owner
    if name == "__call__":
        return f"{spelled}()()"
    return f"async for … in {spelled}" if name == "__aiter__" else f"{spelled}.{name}"


def _example(rule: Pattern) -> list[str]:
    if not rule.example:
        return []
    expect = rule.expect
    facts = [f"`{text}` is published" for text in expect.publishes]
    facts += ["`{}` is handled by `{}`".format(*text.split(" -> ", 1)) for text in expect.subscribes]
    if not facts:
        facts = [f"`{text}` is an event" for text in expect.events or ()]
    found = ["", f"Found: {'; '.join(facts)}."] if facts else []
    return ["", "```python", *rule.example.strip("\n").splitlines(), "```", *found]
