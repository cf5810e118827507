"""What may be said on the command line."""

from __future__ import annotations

from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from evlint.model.errors import UsageError

COMMANDS = (
    "check",
    "graph",
    "docs",
    "why",
    "baseline",
    "schema",
    "review",
    "trace",
    "explain",
    "rules",
    "dialects",
    "json-schema",
    "completion",
    "init",
    "server",
)
CHECK_FORMATS = ("concise", "full", "grouped", "json", "sarif", "github", "gitlab", "junit")
DOCS_FORMS = ("markdown", "html", "asyncapi", "json-schema", "eventcatalog")
GRAPH_FORMATS = ("text", "json", "mermaid", "dot", "markdown")
REVIEW_FORMATS = ("text", "markdown")
TRACE_FORMATS = ("text", "json")
SCHEMAS = ("config", "findings", "graph", "graph-diff", "rules", "schema-diff", "trace", "why")
SHELLS = ("bash", "zsh", "tcsh")
LEVELS = ("error", "warning", "info")

EPILOG = """\
`evlint .` is short for `evlint check .`, and `evlint COMMAND --help` lists the options of a command.

exit codes:
  0  nothing was found
  1  there are findings
  2  a wrong call, a wrong configuration, or a fault of evlint"""


def parse(arguments: Sequence[str]) -> Namespace:
    """Parse arguments, the first of which names a command; an unknown one is refused by name."""
    known = parser()
    parsed, rest = known.parse_known_args(arguments)
    if "paths" in parsed:
        # argparse takes paths in one place only: of `a.py -q b.py` it leaves the second over.
        parsed.paths = [*parsed.paths, *(word for word in rest if not _is_option(word))]
        rest = [word for word in rest if _is_option(word)]
    if rest:
        raise _unknown(rest[0], known, parsed.command)
    return parsed


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _unknown(word: str, parser: ArgumentParser, command: str) -> UsageError:
    options = sorted(option for option in _options(parser, command) if option.startswith("--"))
    near = get_close_matches(word.partition("=")[0], options, 1)
    hint = f"did you mean `{near[0]}`?" if near else f"see `evlint {command} --help`"
    return UsageError(f"unknown argument: `{word}`", hint)


class _Parser(ArgumentParser):
    """A parser whose errors are ours: one line, exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"see `{self.prog} --help`")


class _Version(Action):
    """Print the version, which costs too much to look up for every run."""

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        import evlint

        print(f"evlint {evlint.__version__}")  # noqa: T201
        parser.exit()


def parser() -> ArgumentParser:
    """The parser of the whole command line."""
    parser = _Parser(
        prog="evlint",
        description="Find out who publishes what, who handles it, and which event-driven guidelines are broken.",
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_version(parser)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for name, add, summary in (
        ("check", _add_check, "report what breaks the guidelines"),
        ("graph", _add_graph, "show the event flow"),
        ("init", _add_init, "tell what is recognised, and propose configuration, hook and CI job"),
        ("docs", _add_docs, "write the documentation of the event flow"),
        ("why", _add_why, "tell why a place is, or is not, part of the event flow"),
        ("baseline", _add_baseline, "accept the findings there are, so that only new ones count"),
        ("schema", _add_schema, "lock the contracts of events, and compare them"),
        ("review", _add_review, "answer the guideline's four questions for each flow, with evidence"),
        ("trace", _add_trace, "hold what happened while the program ran against what its code says"),
        ("explain", _add_explain, "tell all about a rule"),
        ("rules", _add_rules, "list the rules"),
        ("dialects", _add_dialects, "list the frameworks that are known, or tell all about one"),
        ("json-schema", _add_json_schema, "print the JSON Schema of the configuration, or of what evlint prints"),
        ("server", _add_server, "tell an editor about events, as a language server on standard input and output"),
        ("completion", _add_completion, "print the script that completes evlint's options in a shell"),
    ):
        command = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.", allow_abbrev=False)
        add(command)
        _add_version(command)
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _options(parser: ArgumentParser, command: str) -> list[str]:
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action.choices, dict):
            return list(action.choices[command]._option_string_actions)  # noqa: SLF001
    return []


def _add_version(parser: ArgumentParser) -> None:
    parser.add_argument("-V", "--version", action=_Version, nargs=0, help="print the version")


def _add_check(parser: ArgumentParser) -> None:
    _add_paths(parser)
    output = parser.add_argument_group("output")
    output.add_argument(
        "--format",
        action="append",
        default=[],
        type=_format_of(CHECK_FORMATS),
        metavar="FORMAT[:FILE]",
        help=f"one of {', '.join(CHECK_FORMATS)}; may be repeated (default: full on a terminal, or else concise)",
    )
    output.add_argument("-w", "--watch", action="store_true", help="check again whenever something changes")
    output.add_argument("--fix", action="store_true", help="cure what can be cured safely, and report the rest")
    output.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: cure what needs a look, too")
    output.add_argument(
        "--diff", action="store_true", help="show what --fix would change, write nothing, report nothing"
    )
    output.add_argument("--statistics", action="store_true", help="count the findings of each rule")
    output.add_argument("--exit-zero", action="store_true", help="exit with 0 even if there are findings")
    output.add_argument("--fail-on", choices=LEVELS, help="the least severity that makes the exit code 1")
    output.add_argument("--baseline", metavar="FILE", help="accept what this file accepts (default: .evlint-baseline)")
    output.add_argument("--no-baseline", action="store_true", help="accept nothing but what comments accept")
    output.add_argument(
        "--allow-stale-baseline", action="store_true", help="do not fail for entries that fit nothing any more"
    )
    output.add_argument("--show-files", action="store_true", help="print which files would be read, and nothing else")
    output.add_argument("--show-settings", action="store_true", help="print what holds for this run, and nothing else")
    output.add_argument(
        "--diff-base", metavar="REV", help="report only what is new since this git revision, or stands on changed lines"
    )
    output.add_argument(
        "--add-ignores",
        metavar="REASON",
        type=_reason,
        help="write comments that accept, for this reason, what would be reported",
    )
    _add_output(output)
    _add_rule_choice(parser)
    _add_analysis(parser)


def _add_baseline(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("create", "update", "prune"),
        help="create: write the first; update: accept what there is now; prune: take away what fits nothing any more",
    )
    _add_paths(parser)
    parser.add_argument("--baseline", metavar="FILE", help="the file (default: .evlint-baseline)")
    _add_output(parser.add_argument_group("output"))
    _add_rule_choice(parser)
    _add_analysis(parser)


def _add_rule_choice(parser: ArgumentParser) -> None:
    rules = parser.add_argument_group("rules: codes, beginnings of codes such as EVL2, names, or ALL")
    for option, effect in (
        ("--select", "run these rules, whatever the configuration says"),
        ("--extend-select", "run these rules besides"),
        ("--ignore", "do not run these rules"),
    ):
        rules.add_argument(option, action="extend", default=[], type=_list, metavar="RULES", help=effect)
    rules.add_argument(
        "--severity",
        action="append",
        default=[],
        type=_severity,
        metavar="RULES=LEVEL",
        help="error, warning, info, off",
    )


def _add_graph(parser: ArgumentParser) -> None:
    _add_paths(parser)
    questions = parser.add_argument_group("questions, of which one may be asked at a time")
    questions.add_argument("--from", dest="start", metavar="EVENT", help="what follows from an event")
    questions.add_argument("--hops", type=_count, metavar="N", help="with --from: so many steps ahead")
    questions.add_argument("--path", nargs=2, metavar=("EVENT", "EVENT"), help="how one event leads to another")
    questions.add_argument("--service", metavar="SERVICE", help="what a service publishes and handles, and with whom")
    questions.add_argument("--diff", metavar="REV", help="what came and went since a git revision")
    output = parser.add_argument_group("output")
    _add_formats(output, GRAPH_FORMATS)
    _add_output(output)
    _add_analysis(parser)


def _add_docs(parser: ArgumentParser) -> None:
    _add_paths(parser)
    output = parser.add_argument_group("output")
    output.add_argument(
        "--format",
        action="extend",
        default=[],
        type=_list,
        metavar="FORMS",
        help=f"which of {', '.join(DOCS_FORMS)}; may be repeated (default: markdown)",
    )
    output.add_argument("-o", "--out", metavar="FOLDER", help="where the documents are (default: docs/events)")
    output.add_argument("--source-url", metavar="URL", help="the address of a line of code, with {path} and {line}")
    output.add_argument(
        "--check", action="store_true", help="write nothing; show the difference, and exit with 1 if there is one"
    )
    _add_output(output)
    _add_analysis(parser)


def _add_why(parser: ArgumentParser) -> None:
    parser.add_argument("target", metavar="PATH:LINE|EVENT", help="a line of a file, or the name of an event")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="the program: files and folders (default: .)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    _add_analysis(parser)


def _add_init(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="the program: files and folders (default: .)")
    parser.add_argument(
        "--write", action="store_true", help="write what is not there yet; what is there is never overwritten"
    )
    _add_analysis(parser)


def _add_schema(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("lock", "diff"),
        help="lock: write the contracts to the lock file; diff: tell what changed, and whom it breaks",
    )
    _add_paths(parser)
    parser.add_argument("--file", metavar="FILE", help="the lock file (default: events.lock)")
    parser.add_argument("--against", metavar="REV|FILE", help="diff: a git revision or a lock file (default: the lock)")
    parser.add_argument("--compatibility", choices=("backward", "forward", "full", "none"), help="what is promised")
    parser.add_argument(
        "--check", action="store_true", help="lock: write nothing, and exit with 1 if it is out of date"
    )
    parser.add_argument("--accept-breaking", action="store_true", help="lock: lock even what breaks consumers")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="diff: what to print")
    _add_output(parser.add_argument_group("output"))
    _add_analysis(parser)


def _add_review(parser: ArgumentParser) -> None:
    _add_paths(parser)
    output = parser.add_argument_group("output")
    _add_formats(output, REVIEW_FORMATS)
    output.add_argument("--diff-base", metavar="REV", help="review only flows that were changed since a git revision")
    _add_output(output)
    _add_analysis(parser)


def _add_trace(parser: ArgumentParser) -> None:
    _add_paths(parser)
    parser.add_argument(
        "--observed",
        action="append",
        required=True,
        metavar="FILE",
        help="what was recorded: a record on each line, or spans of OpenTelemetry as JSON; may be repeated",
    )
    output = parser.add_argument_group("output")
    _add_formats(output, TRACE_FORMATS)
    _add_output(output)
    _add_analysis(parser)


def _add_explain(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE", help="a code or a name")


def _add_rules(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _add_dialects(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="the id of a dialect")


def _add_json_schema(parser: ArgumentParser) -> None:
    parser.add_argument("of", choices=SCHEMAS)


def _add_completion(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS)


def _add_server(parser: ArgumentParser) -> None:
    """Editors say by messages what they want."""


def _add_paths(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders; `-` for standard input (default: .)"
    )
    parser.add_argument(
        "--stdin-filename", metavar="PATH", help="the file whose content is read from standard input instead"
    )


def _add_formats(group: Any, known: Sequence[str]) -> None:
    group.add_argument(
        "--format",
        action="append",
        default=[],
        type=_format_of(known),
        metavar="FORMAT[:FILE]",
        help=f"one of {', '.join(known)}; may be repeated (default: text)",
    )


def _add_output(group: Any) -> None:
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    group.add_argument("-q", "--quiet", action="store_true", help="print no summary")
    group.add_argument("-v", "--verbose", action="store_true", help="say more in the summary")


def _add_analysis(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("configuration")
    group.add_argument("--config", metavar="FILE", help="read this configuration")
    group.add_argument("--isolated", action="store_true", help="read no configuration")
    for option, effect in (
        ("--exclude", "patterns of what not to walk into, instead of the default ones"),
        ("--extend-exclude", "patterns of what not to walk into either"),
    ):
        group.add_argument(option, action="extend", default=[], type=_list, metavar="PATTERNS", help=effect)
    group.add_argument("--no-respect-gitignore", action="store_true", help="walk into what git ignores")
    group.add_argument("--no-cache", action="store_true", help="neither read nor write the cache")
    group.add_argument("--cache-dir", metavar="FOLDER", help="where the cache is (default: .evlint_cache)")
    group.add_argument("-j", "--jobs", type=_count, metavar="N", help="how many processes to use (default: by size)")


def _format_of(known: Sequence[str]) -> Any:
    """Make the parser of `FORMAT[:FILE]`, which yields a pair."""

    def parsed(text: str) -> tuple[str, str]:
        name, _, file = text.partition(":")
        if name not in known:
            raise ArgumentTypeError(f"unknown format `{name}`, choose from {', '.join(known)}")
        if text.endswith(":"):
            raise ArgumentTypeError(f"`{text}` names no file")
        return name, file

    return parsed


def _list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or not reason.isprintable():
        raise ArgumentTypeError("a reason is one line of text")
    return reason


def _severity(text: str) -> tuple[str, str]:
    rules, _, level = text.partition("=")
    if not rules or level not in (*LEVELS, "off"):
        raise ArgumentTypeError(f"`{text}` is not of the form RULES=LEVEL with a level of {', '.join(LEVELS)}, off")
    return rules, level


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"`{text}` is not a number of processes")
    return int(text)
