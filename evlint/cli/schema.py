"""The commands that keep the contracts of events: `evlint schema lock` and `evlint schema diff`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from evlint.cli.analysis import analysed, configured
from evlint.cli.earlier import contents
from evlint.cli.streams import write
from evlint.cli.summary import graph_summary
from evlint.config import Config
from evlint.model.contract import Compatibility, Lock
from evlint.model.errors import UsageError
from evlint.project import root

if TYPE_CHECKING:
    from evlint.flow import Flow
    from evlint.schema.judge import Standing


def schema(arguments: Namespace) -> int:
    """Run `lock` or `diff`."""
    config = configured(arguments)
    if arguments.file:
        config = msgspec.structs.replace(config, schema_lock=str(Path(arguments.file).absolute()))
    if arguments.action == "lock":
        _refuse(arguments, "against", "format")
        return _lock(arguments, config)
    _refuse(arguments, "check", "accept_breaking")
    return _diff(arguments, config)


def _refuse(arguments: Namespace, *names: str) -> None:
    for name in names:
        if getattr(arguments, name) not in (None, False, "text"):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"`{option}` means nothing to `evlint schema {arguments.action}`")


def _lock(arguments: Namespace, config: Config) -> int:
    from evlint.report import schema_text
    from evlint.schema.contracts import contracts
    from evlint.schema.evolve import updated
    from evlint.schema.judge import aligned, stand
    from evlint.schema.lockfile import dumps

    flow = analysed(arguments, config, None).flow
    path = root(config) / config.schema_lock
    old = flow.program.lock or Lock()
    mode: Compatibility = arguments.compatibility or old.compatibility
    old = msgspec.structs.replace(old, compatibility=mode)
    standing = stand(flow, old, mode)
    if standing.is_broken and not arguments.accept_breaking:
        write(schema_text.render(standing))
        write(f"{path.name} is left as it is: --accept-breaking locks the change all the same\n", sys.stderr)
        return 1
    current = contracts(flow.program)
    text = dumps(updated(aligned(old, current), current, standing))
    if arguments.check:
        return _checked(path, text)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write to `{path}`: {error.strerror}") from error
    if not arguments.quiet:
        write(schema_text.summary(standing, path.name), sys.stderr)
    return 0


def _checked(path: Path, text: str) -> int:
    """Whether the file says what it would be made to say."""
    if path.is_file() and path.read_bytes() == text.encode():
        return 0
    write(f"{path.name} is out of date: run `evlint schema lock`\n", sys.stderr)
    return 1


def _diff(arguments: Namespace, config: Config) -> int:
    from evlint.report import schema_text
    from evlint.schema.judge import stand

    flow = analysed(arguments, config, None).flow
    old = _against(arguments, config, flow)
    promised = flow.program.lock.compatibility if flow.program.lock is not None else old.compatibility
    standing = stand(flow, old, arguments.compatibility or promised)
    write(_as_json(standing) if arguments.format == "json" else schema_text.render(standing))
    if not arguments.quiet:
        write(graph_summary(flow.program, config.path, verbose=arguments.verbose), sys.stderr)
    return int(standing.is_broken)


def _against(arguments: Namespace, config: Config, flow: Flow) -> Lock:
    """What to compare with: a lock file, the contracts of a git revision, or the lock of this program."""
    from evlint.schema.contracts import contracts
    from evlint.schema.lockfile import loads

    given = arguments.against
    if given is None:
        if flow.program.lock is None:
            raise UsageError(
                f"there is no {Path(config.schema_lock).name} to compare with",
                "write one with `evlint schema lock`, or name a revision: --against main",
            )
        return flow.program.lock
    if Path(given).is_file():
        try:
            return loads(Path(given).read_text("utf-8"), given)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{given}: cannot be read: {error}") from error
    return contracts(analysed(arguments, config, contents(arguments, config, given)).program)


def _as_json(standing: Standing) -> str:
    import evlint
    from evlint.report import schema_json

    return schema_json.render(standing, evlint.__version__)
