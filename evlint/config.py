"""Read `[tool.evlint]` or evlint.toml; whatever is not understood there is refused by name."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec

from evlint.model.bus import Bus, dialect
from evlint.model.dialect import Dialect
from evlint.model.errors import UsageError
from evlint.model.finding import Severity
from evlint.model.flow_contract import Declared, FlowContract, fault
from evlint.model.run import Choice, Level, Override
from evlint.model.source import Location, Span

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN_FILE = "evlint.toml"
SHARED_FILE = "pyproject.toml"


def _said(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


DocsForm = Literal["markdown", "html", "asyncapi", "json-schema", "eventcatalog"]


class Docs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What `evlint docs` writes, and where."""

    folder: Annotated[str, _said("The folder of the documents, relative to the configuration.")] = "docs/events"
    formats: Annotated[tuple[DocsForm, ...], _said("The forms that are written.")] = ("markdown",)
    source_url: Annotated[str, _said("The address of a line of code, with {path} and {line}; relative without.")] = ""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The keys that a configuration may hold."""

    ruleset: (
        Annotated[
            str,
            msgspec.Meta(pattern=r"^\d+(\.\d+)*$"),
            _said("The version of evlint whose rules are meant: rules that came later do not run by themselves."),
        ]
        | None
    ) = None
    select: Annotated[
        tuple[str, ...] | None, _said("The rules that run: codes, beginnings of codes, names, or ALL.")
    ] = None
    extend_select: Annotated[tuple[str, ...], _said("Rules that run besides.")] = ()
    ignore: Annotated[tuple[str, ...], _said("Rules that do not run.")] = ()
    severity: Annotated[dict[str, Level], _said("The severity of rules, by code, beginning of a code, or name.")] = {}
    fail_on: Annotated[Severity, _said("The least severity that makes the exit code 1.")] = "warning"
    exclude: Annotated[
        tuple[str, ...] | None, _said("Gitignore patterns of what not to walk into, instead of the default ones.")
    ] = None
    extend_exclude: Annotated[tuple[str, ...], _said("Gitignore patterns of what not to walk into either.")] = ()
    respect_gitignore: Annotated[bool, _said("Whether to leave out what git ignores.")] = True
    cache_dir: Annotated[str | None, _said("Where the cache is; .evlint_cache by default.")] = None
    jobs: (
        Annotated[int, msgspec.Meta(ge=1), _said("How many processes to use; by default as many as there is work for.")]
        | None
    ) = None
    rules: Annotated[dict[str, dict[str, Any]], _said("The options of rules, by name or code.")] = {}
    overrides: Annotated[tuple[Override, ...], _said("What holds for some files only; the last that speaks wins.")] = ()
    dialects: Annotated[tuple[str, ...], _said("TOML files with dialects, relative to the configuration.")] = ()
    dialect: Annotated[tuple[dict[str, Any], ...], _said("Dialects in place, in the same form.")] = ()
    bus: Annotated[dict[str, Bus], _said("Buses of one's own that evlint cannot prove, by a name for each.")] = {}
    dialects_on: Annotated[tuple[str, ...], _said("Dialects that count although they are off by default.")] = ()
    dialects_off: Annotated[tuple[str, ...], _said("Dialects that do not count.")] = ()
    external: Annotated[
        tuple[str, ...], _said("Globs of the names of events that are published or consumed outside the program.")
    ] = ()
    contracts: Annotated[
        tuple[FlowContract, ...], _said("What holds of the flow: who may publish or consume what.")
    ] = ()
    schema_lock: Annotated[str, _said("The file with the contracts of events.")] = "events.lock"
    docs: Annotated[Docs, _said("What `evlint docs` writes, and where.")] = Docs()


class Config(Table, frozen=True, kw_only=True):
    """A configuration and the file that it was read from; paths in it are relative to that file's folder."""

    path: Path | None = None

    @property
    def directory(self) -> Path:
        """The folder that relative paths start from: the file's, or the working directory where there is no file."""
        return self.path.parent if self.path else Path.cwd()

    @property
    def dialect_files(self) -> tuple[Path, ...]:
        """The dialect files, made absolute."""
        return tuple(self.directory / name for name in self.dialects)

    @property
    def buses(self) -> tuple[Dialect, ...]:
        """The dialects that the declared buses come to."""
        return tuple(dialect(name, bus) for name, bus in self.bus.items())

    @property
    def choice(self) -> Choice:
        """What the configuration says about rules."""
        return Choice(
            ruleset=self.ruleset,
            select=self.select,
            extend_select=self.extend_select,
            ignore=self.ignore,
            severity=self.severity,
            options=self.rules,
            overrides=self.overrides,
            prefix=_prefix(self.directory),
        )


def find(start: Path) -> Path | None:
    """Find the configuration that governs `start`: the nearest one, not beyond the git repository."""
    for folder in (start, *start.parents):
        if (folder / OWN_FILE).is_file():
            return folder / OWN_FILE
        shared = folder / SHARED_FILE
        if shared.is_file() and _table(shared) is not None:
            return shared
        if (folder / ".git").exists():
            return None
    return None


def load(path: Path) -> Config:
    """Read the configuration in `path`."""
    table = _table(path)
    if table is None:
        raise UsageError(f"{_shown(path)}: there is no [tool.evlint] table", "add one, or name another file")
    return parse(table, path)


def parse(table: Mapping[str, Any], path: Path | None = None) -> Config:
    """Make a configuration of a parsed TOML table; `path` is the file that messages name."""
    place = _shown(path) if path else "configuration"
    _refuse_unknown(table, place)
    _refuse_levels(table, place)
    _refuse_buses(table, place)
    _refuse_contracts(table, place)
    try:
        checked = msgspec.convert(table, Table)
    except msgspec.ValidationError as error:
        raise UsageError(f"{place}: {_explain(error)}") from error
    return Config(**msgspec.structs.asdict(checked), path=path)


def _table(path: Path) -> dict[str, Any] | None:
    """Return the table of evlint in `path`; a pyproject.toml may have none."""
    shared = path.name == SHARED_FILE
    try:
        data = path.read_bytes()
        # Other tools' files stay unparsed, so that a fault in one is not ours to report.
        if shared and b"evlint" not in data:
            return None
        content = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{_shown(path)}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{_shown(path)}: not valid TOML: {error}") from error
    if not shared and set(content) != {"tool"}:
        return content
    tool = content.get("tool")
    table = tool.get("evlint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{_shown(path)}: `tool.evlint` must be a table")
    return table


def _refuse_unknown(table: Mapping[str, Any], place: str) -> None:
    _check_keys(table, _keys(Table), place, "")
    for parent, override in _overrides(table):
        _check_keys(override, _keys(Override), place, parent)


def _keys(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(struct))


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], place: str, parent: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key.replace("_", "-"), known, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"the keys are {', '.join(known)}"
            raise UsageError(f"{place}: unknown key `{parent}{key}`", hint)


def _refuse_levels(table: Mapping[str, Any], place: str) -> None:
    """Refuse wrong severities and options here: msgspec does not say under which key of a mapping they stand."""
    for parent, owner in [("", table), *_overrides(table)]:
        severity = owner.get("severity")
        for key, level in severity.items() if isinstance(severity, dict) else ():
            if level not in get_args(Level):
                allowed = ", ".join(get_args(Level))
                raise UsageError(f"{place}: `{parent}severity.{key}` must be one of {allowed}, not {level!r}")
    rules = table.get("rules")
    for key, options in rules.items() if isinstance(rules, dict) else ():
        if not isinstance(options, dict):
            raise UsageError(f"{place}: `rules.{key}` must be a table of options, not {options!r}")


def _refuse_buses(table: Mapping[str, Any], place: str) -> None:
    buses = table.get("bus")
    for name, declared in buses.items() if isinstance(buses, dict) else ():
        here = f"bus.{name}"
        if not isinstance(declared, dict):
            raise UsageError(f"{place}: `{here}` must be a table, not {declared!r}")
        _check_keys(declared, _keys(Bus), place, f"{here}.")
        try:
            dialect(name, msgspec.convert(declared, Bus))
        except msgspec.ValidationError as error:
            raise UsageError(f"{place}: {_explain(error, here)}") from error
        except ValueError as error:
            raise UsageError(f"{place}: `{here}`: {error}") from error


def _refuse_contracts(table: Mapping[str, Any], place: str) -> None:
    """Refuse contracts one by one, so that each message says which it is about."""
    contracts = table.get("contracts")
    kinds = {str(kind.__struct_config__.tag): kind for kind in get_args(FlowContract)}
    names: set[str] = set()
    for index, declared in enumerate(contracts if isinstance(contracts, list) else ()):
        here = f"contracts[{index}]"
        if not isinstance(declared, dict) or declared.get("type") not in kinds:
            raise UsageError(f"{place}: `{here}.type` must be one of {', '.join(kinds)}")
        _check_keys(declared, ("type", *_keys(kinds[declared["type"]])), place, f"{here}.")
        try:
            contract: FlowContract = msgspec.convert(declared, FlowContract)
        except msgspec.ValidationError as error:
            raise UsageError(f"{place}: {_explain(error, here)}") from error
        wrong = "another contract has that name" if contract.name in names else fault(contract)
        if wrong:
            raise UsageError(f"{place}: `{here}`: contract `{contract.name}`: {wrong}")
        names.add(contract.name)


def declared(config: Config, *, is_whole: bool) -> tuple[Declared, ...]:
    """The contracts of a configuration, each with its place there if the run sees the whole program."""
    if not config.contracts or config.path is None or not is_whole:
        return tuple(map(Declared, config.contracts))
    lines = config.path.read_text("utf-8").splitlines()
    shown = os.path.relpath(config.path).replace(os.sep, "/")
    return tuple(Declared(item, Location(shown, _span(lines, item.name))) for item in config.contracts)


def _span(lines: Sequence[str], name: str) -> Span:
    """Where a name is given in a configuration, or its first line."""
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*(?:\{\s*)?name\s*=", line) and name in line:
            column = line.index(name) + 1
            return Span(number, column, number, column + len(name))
    return Span(1, 1, 1, 1)


def _overrides(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    overrides = table.get("overrides")
    for index, override in enumerate(overrides if isinstance(overrides, list) else ()):
        if isinstance(override, dict):
            yield f"overrides[{index}].", override


def _explain(error: msgspec.ValidationError, parent: str = "") -> str:
    text, _, place = str(error).partition(" - at `$")
    reason = text[0].lower() + text[1:].replace(" | null", "")
    for name, shown in (("object", "table"), ("array", "list"), ("str", "string")):
        reason = reason.replace(f"`{name}`", shown)
    key = f"{parent}{place.rstrip('`')}".lstrip(".")
    return f"`{key}`: {reason}" if key else reason


def _shown(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _prefix(directory: Path) -> str:
    try:
        relative = os.path.relpath(Path.cwd(), directory)
    except ValueError:  # another drive
        return ""
    return "" if relative == "." else Path(relative).as_posix()
