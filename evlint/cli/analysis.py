"""The commands that analyse a program."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from evlint import config as configuration
from evlint.causes import grouped
from evlint.cli.outputs import Stdin, context_of, for_file, one_on_stdout, output, renderer
from evlint.cli.streams import progress, write
from evlint.cli.summary import check_summary
from evlint.config import Config
from evlint.model.errors import UsageError
from evlint.model.finding import SEVERITIES, Finding, Severity
from evlint.model.program import Program
from evlint.model.run import Choice, Run
from evlint.pack import packs
from evlint.project import BASELINE, cache_folder, root
from evlint.rulebook import load
from evlint.rulebook.selection import Selection, select

if TYPE_CHECKING:
    from evlint.app import Analysis, Request

MODULES = {
    "concise": "concise",
    "full": "full",
    "grouped": "grouped",
    "statistics": "statistics",
    "json": "findings_json",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
}
# For programs to read: nothing else may stand beside them on standard output.
DOCUMENTS = frozenset({"json", "sarif", "gitlab", "junit"})


def check(arguments: Namespace) -> int:
    """Report what breaks the guidelines; the exit code says whether anything does."""
    if arguments.watch:
        from evlint.cli.watch import watch

        return watch(arguments, _check_once)
    return _check_once(arguments)


def _check_once(arguments: Namespace) -> int:
    config = configured(arguments)
    formats = one_on_stdout(arguments.format) or [("full" if sys.stdout.isatty() else "concise", "")]
    choice = _choice(config.choice, arguments)
    selection = select(load(*packs()), choice)
    stdin = _stdin(arguments)
    if arguments.show_files or arguments.show_settings:
        from evlint.cli import show

        if arguments.show_files:
            return show.files(request(arguments, config, stdin))
        return show.settings(_with_choice(config, choice, arguments), selection)
    if arguments.add_ignores is not None:
        _add_ignores(arguments, config, selection, stdin)
    if arguments.fix or arguments.diff or arguments.unsafe_fixes:
        is_stale = _fix(arguments, config, selection, stdin)
        if arguments.diff:
            return int(is_stale and not arguments.exit_zero)
    as_json = any(name == "json" for name, _ in formats)
    each = _judged(arguments, config, selection, stdin, with_fixes=as_json)
    run = grouped(each)
    context = context_of(arguments, formats, selection.rules, stdin)
    for name, file in formats:
        # Programs are told of each place; to people, one finding speaks for all that have its cause.
        output(renderer(MODULES[name])(each if name == "json" else run, for_file(context, file)), file)
    if arguments.statistics:
        # Standard output may be a document for a program to read.
        machine = any(name in DOCUMENTS and not file for name, file in formats)
        write(renderer("statistics")(run, context), sys.stderr if machine else None)
    if not arguments.quiet:
        write(check_summary(run, config.path, verbose=arguments.verbose), sys.stderr)
    if arguments.exit_zero:
        return 0
    is_stale = bool(run.stale) and not arguments.allow_stale_baseline
    return int(is_stale or _fails(run, arguments.fail_on or config.fail_on))


def checked(arguments: Namespace, config: Config) -> tuple[Run, frozenset[str]]:
    """Check without any baseline; returns the codes of the rules that ran as well."""
    selection = select(load(*packs()), _choice(config.choice, arguments))
    run = _checked(arguments, config, selection, _stdin(arguments))
    return run, frozenset(rule.code for rule in selection.rules)


def _judged(
    arguments: Namespace, config: Config, selection: Selection, stdin: Stdin, *, with_fixes: bool = False
) -> Run:
    """Check, and leave what neither the baseline accepts nor stood there before the change in question."""
    analysis = _analyse(arguments, config, stdin)

    from evlint import app

    everything = app.check(analysis, selection, debug=arguments.debug)
    if with_fixes:
        from evlint.cli.fixes import proposed

        everything = proposed(everything, analysis.program, app.files(request(arguments, config, stdin)), stdin)
    run = _with_baseline(everything, arguments, config, selection)
    if not arguments.diff_base:
        return run

    from evlint import change, revision
    from evlint.cli.earlier import contents

    if stdin:
        raise UsageError("--diff-base compares files, so it cannot judge standard input")
    base = revision.fork(arguments.diff_base)
    then = _analyse(arguments, config, None, contents(arguments, config, base))
    earlier = app.check(then, selection, debug=arguments.debug).findings
    wanted = set(change.touched(everything.findings, revision.change(base), earlier))
    kept = tuple(finding for finding in run.findings if finding in wanted)
    return msgspec.structs.replace(run, findings=kept, untouched=len(run.findings) - len(kept))


def _add_ignores(arguments: Namespace, config: Config, selection: Selection, stdin: Stdin) -> None:
    """Write comments that accept what would be reported."""
    from evlint.cli.ignores import add

    if stdin:
        raise UsageError("--add-ignores writes to files, so it cannot accept what is on standard input")
    summary = add(_judged(arguments, config, selection, None).findings, arguments.add_ignores)
    if not arguments.quiet:
        write(summary, sys.stderr)


def _fix(arguments: Namespace, config: Config, selection: Selection, stdin: Stdin) -> bool:
    """Fix, or show what would be fixed; tells whether there was anything."""
    from evlint.cli import fixes

    if stdin:
        raise UsageError("--fix and --diff are for files, so they cannot fix standard input")
    if not (arguments.fix or arguments.diff):
        raise UsageError("--unsafe-fixes says what --fix or --diff may do", "add one of them")

    def judge(contents: Mapping[str, bytes]) -> tuple[Sequence[Finding], Program]:
        analysis = _analyse(arguments, config, None, unsaved=dict(contents))
        run = app.check(analysis, selection, debug=arguments.debug)
        return _with_baseline(run, arguments, config, selection).findings, analysis.program

    from evlint import app

    wanted = _judged(arguments, config, selection, None).findings if arguments.diff_base else None
    return fixes.fix(judge, app.files(request(arguments, config)), wanted, arguments)


def _checked(arguments: Namespace, config: Config, selection: Selection, stdin: Stdin) -> Run:
    analysis = _analyse(arguments, config, stdin)

    from evlint import app

    return app.check(analysis, selection, debug=arguments.debug)


def _with_baseline(run: Run, arguments: Namespace, config: Config, selection: Selection) -> Run:
    """Accept what the baseline accepts: the one named, or the project's where there is one."""
    path = Path(arguments.baseline).absolute() if arguments.baseline else root(config) / BASELINE
    if arguments.no_baseline or not (arguments.baseline or path.is_file()):
        return run

    from evlint import baseline

    codes = frozenset(rule.code for rule in selection.rules)
    return baseline.apply(run, baseline.read(path), arguments.paths or (".",), codes)


def configured(arguments: Namespace) -> Config:
    """Read the configuration, and let the command line have the last word."""
    if arguments.isolated and arguments.config:
        raise UsageError("--isolated and --config exclude each other")
    path = Path(arguments.config).absolute() if arguments.config else None
    if path is None and not arguments.isolated:
        path = configuration.find(Path.cwd())
    config = configuration.load(path) if path else Config()
    _refuse_later(config.ruleset)
    return msgspec.structs.replace(
        config,
        exclude=tuple(arguments.exclude) or config.exclude,
        extend_exclude=(*config.extend_exclude, *arguments.extend_exclude),
        respect_gitignore=config.respect_gitignore and not arguments.no_respect_gitignore,
        jobs=arguments.jobs or config.jobs,
    )


def _with_choice(config: Config, choice: Choice, arguments: Namespace) -> Config:
    """The configuration as the command line has it."""
    return msgspec.structs.replace(
        config,
        select=choice.select,
        extend_select=choice.extend_select,
        ignore=choice.ignore,
        severity=choice.severity,
        fail_on=arguments.fail_on or config.fail_on,
        cache_dir=arguments.cache_dir or config.cache_dir,
    )


def _refuse_later(ruleset: str | None) -> None:
    """An evlint that lacks rules which are asked for must not pass as one that found nothing."""
    if ruleset is None:
        return
    import evlint

    own = [int(part) for part in evlint.__version__.split(".") if part.isdecimal()]
    if own < [int(part) for part in ruleset.split(".")]:
        raise UsageError(f"`ruleset` is {ruleset}, and this is evlint {evlint.__version__}", "install a newer evlint")


def _choice(choice: Choice, arguments: Namespace) -> Choice:
    """Add what the command line says about rules; rules that it selects replace those of the configuration."""
    severity = {**choice.severity, **dict(arguments.severity)}
    if arguments.select:
        choice = msgspec.structs.replace(choice, select=tuple(arguments.select), extend_select=(), ignore=())
    return msgspec.structs.replace(
        choice,
        extend_select=(*choice.extend_select, *arguments.extend_select),
        ignore=(*choice.ignore, *arguments.ignore),
        severity=severity,
    )


def analysed(arguments: Namespace, config: Config, contents: dict[str, bytes] | None) -> Analysis:
    """Analyse the paths of the command line, or the files of another state of the program."""
    return _analyse(arguments, config, _stdin(arguments) if contents is None else None, contents)


def _analyse(
    arguments: Namespace,
    config: Config,
    stdin: Stdin,
    contents: dict[str, bytes] | None = None,
    unsaved: dict[str, bytes] | None = None,
) -> Analysis:
    from evlint import app

    wanted = request(arguments, config, stdin)
    if unsaved is not None:
        wanted = msgspec.structs.replace(wanted, unsaved=unsaved)
    with progress(enabled=not (arguments.quiet or arguments.debug)) as report:
        return app.analyse(msgspec.structs.replace(wanted, progress=report, contents=contents))


def request(arguments: Namespace, config: Config, stdin: Stdin = None) -> Request:
    """What the command line asks to analyse."""
    from evlint import app

    paths = tuple(path for path in arguments.paths if path != "-")
    return app.Request(
        paths=paths or (() if stdin else (".",)),
        config=config,
        root=root(config),
        jobs=config.jobs,
        cache_dir=None if arguments.no_cache else _cache(arguments, config),
        unsaved=dict([stdin]) if stdin else {},
    )


def _cache(arguments: Namespace, config: Config) -> Path:
    return Path(arguments.cache_dir).absolute() if arguments.cache_dir else cache_folder(config)


def _stdin(arguments: Namespace) -> Stdin:
    """Read the file that is given on standard input, if one is."""
    if "-" not in arguments.paths and not arguments.stdin_filename:
        return None
    name = os.path.relpath(arguments.stdin_filename or "stdin.py").replace(os.sep, "/")
    return name, sys.stdin.buffer.read()


def _fails(run: Run, least: Severity) -> bool:
    return any(SEVERITIES.index(finding.severity) >= SEVERITIES.index(least) for finding in run.findings)
