"""The pipeline, written once: files become facts, facts a program, the program findings."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from evlint.cache import Cache
from evlint.config import Config, declared
from evlint.dialects import load_dialects
from evlint.discover import Discovery, discover
from evlint.extract import EXTRACTOR_VERSION, extract
from evlint.flow import Flow
from evlint.link import Linker, Word
from evlint.model.contract import Lock
from evlint.model.dialect import Dialect
from evlint.model.errors import UsageError
from evlint.model.facts import FileFacts
from evlint.model.program import FileSuppressions, Program, SkippedFile
from evlint.model.run import Run
from evlint.model.source import digest
from evlint.rulebook import ordered, run, unreadable
from evlint.rulebook.selection import Selection
from evlint.screen import active, admitting, screen_for, widened
from evlint.suppress import UNUSED, InForce, suppress
from evlint.workspace import Progress, Workspace


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to analyse: `paths` as given by the user.

    `unsaved` are bytes that stand for what is on disk, by path, or for files that are not there yet. `contents` are the files of another state of the program, by path, and then nothing is read from disk. `widely` reads files that only seem to speak to a bus, too.
    """

    paths: tuple[str, ...]
    config: Config
    root: Path
    jobs: int | None = None
    cache_dir: Path | None = None
    unsaved: dict[str, bytes] = {}
    progress: Progress | None = None
    contents: dict[str, bytes] | None = None
    widely: bool = False


class Analysis(msgspec.Struct, frozen=True):
    """A program, and the dialects that took part."""

    program: Program

    @property
    def flow(self) -> Flow:
        return Flow.of(self.program)


def analyse(request: Request) -> Analysis:
    """Find the event flow of the files under the paths of the request."""
    with _without_garbage_collection():
        return _analyse(request)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Facts and scopes live until the end of the run; looking for garbage among them takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def files(request: Request) -> tuple[str, ...]:
    """The files that would be analysed."""
    given, discovery = _given(request)
    return tuple(sorted({*discovery.files, *given}))


class Linked(msgspec.Struct, frozen=True):
    """A program of the files at `paths`, and what linked it, which can be asked again.

    `dialects` are all there are, whether or not they took part. `read` are the paths of the files that were looked
    into, because they could hold something.
    """

    program: Program
    linker: Linker
    dialects: tuple[Dialect, ...]
    paths: frozenset[str]
    read: tuple[str, ...]


def link(request: Request) -> Linked:
    """Link the files under the paths of the request, whatever is known of an earlier run."""
    given, discovery = _given(request)
    with _without_garbage_collection(), _workspace(request, given, discovery) as (workspace, _):
        dialects = _dialects(request.config)
        program, linker, read = _linked(workspace, dialects, request.progress, widely=request.widely)
        program = _with_external(program, request.config.external)
        return Linked(program, linker, dialects, frozenset(workspace.paths), tuple(read))


def _given(request: Request) -> tuple[Mapping[str, bytes], Discovery]:
    given = request.unsaved or request.contents or {}
    return given, Discovery(tuple(given)) if request.contents is not None else _discovered(request)


def _dialects(config: Config) -> tuple[Dialect, ...]:
    return load_dialects(
        config.dialect_files, config.dialect, config.buses, without=config.dialects_off, switched_on=config.dialects_on
    )


@contextmanager
def _workspace(
    request: Request, given: Mapping[str, bytes], discovery: Discovery
) -> Iterator[tuple[Workspace, Cache | None]]:
    """The files of a request, surveyed, and the cache that is theirs until they are done with."""
    cache = Cache.open(request.cache_dir, EXTRACTOR_VERSION) if request.cache_dir is not None else None
    try:
        workspace = Workspace(sorted({*discovery.files, *given}), request.jobs, cache, given)
        workspace.survey()
        yield workspace, cache
    finally:
        if cache is not None:
            cache.close()


def _analyse(request: Request) -> Analysis:
    config = request.config
    given, discovery = _given(request)
    with _workspace(request, given, discovery) as (workspace, cache):
        dialects = _dialects(config)
        key = _key(workspace, dialects)
        known = cache.get(key) if cache is not None else None
        program = _decoded(known)
        if program is None:
            program, _, _ = _linked(workspace, dialects, request.progress)
            if cache is not None:
                cache.put(key, msgspec.msgpack.encode(program))
    program = _with_lock(_with_external(program, config.external), request.root / config.schema_lock)
    program = msgspec.structs.replace(program, declared=declared(config, is_whole=_is_whole(request)))
    skipped = {file.path: file for file in (*discovery.skipped, *program.skipped)}
    return Analysis(msgspec.structs.replace(program, skipped=tuple(skipped[path] for path in sorted(skipped))))


def _is_whole(request: Request) -> bool:
    """Whether all that the configuration governs is analysed."""
    root = request.root.resolve()
    return any(Path(path).resolve() in (root, *root.parents) for path in request.paths)


def _discovered(request: Request) -> Discovery:
    return discover(
        request.paths,
        root=request.root,
        exclude=request.config.exclude,
        extend_exclude=request.config.extend_exclude,
        respect_gitignore=request.config.respect_gitignore,
    )


def read_lock(path: Path) -> Lock | None:
    """The schema lock in `path`, or None where there is no such file."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: cannot be read: {error}") from error
    from evlint.schema.lockfile import loads

    return loads(text, path.name)


def _with_lock(program: Program, path: Path) -> Program:
    lock = read_lock(path)
    return program if lock is None else msgspec.structs.replace(program, lock=lock)


def _with_external(program: Program, patterns: Sequence[str]) -> Program:
    """Mark the events of which the configuration says that other programs send or take them."""
    if not patterns:
        return program
    events = tuple(
        msgspec.structs.replace(event, external=True)
        if any(fnmatchcase(name, pattern) for name in (event.name, *event.aliases) for pattern in patterns)
        else event
        for event in program.events
    )
    return msgspec.structs.replace(program, events=events)


def _decoded(known: bytes | None) -> Program | None:
    if known is None:
        return None
    try:
        return msgspec.msgpack.decode(known, type=Program)
    except msgspec.DecodeError:
        return None


def _key(workspace: Workspace, dialects: Sequence[Dialect]) -> str:
    """What a linked program depends on: every file, the dialects, and evlint itself."""
    parts: list[object] = [EXTRACTOR_VERSION, _own_version()]
    parts.append(sorted(workspace.digests.items()))
    parts.append(sorted((path, failure.reason) for path, failure in workspace.failures.items()))
    parts.append([msgspec.msgpack.encode(dialect) for dialect in dialects])
    return digest(msgspec.msgpack.encode(parts))


def _own_version() -> list[tuple[str, int, int]]:
    """The state of evlint's own sources, so that a newer linker never meets an older one's program."""
    package = Path(__file__).parent
    stats = [(path.name, path.stat()) for path in sorted(package.glob("**/*.py"))]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


def _linked(
    workspace: Workspace, dialects: Sequence[Dialect], progress: Progress | None, *, widely: bool = False
) -> tuple[Program, Linker, list[str]]:
    """Link the files that may matter; what linking learns may make more files matter."""
    contents = {path: workspace.content(path) for path in workspace.paths if path in workspace.digests}
    chosen = active(dialects, contents.values())
    screen = widened(screen_for(chosen)) if widely else screen_for(chosen)
    wanted = workspace.prepare(screen, progress)
    linker = Linker(workspace.digests, workspace.facts, chosen)
    workspace.load(linker.imported(wanted))
    known: frozenset[Word] = frozenset()
    while fresh := linker.words(_readable(workspace, wanted)) - known:
        known |= fresh
        admits = admitting(fresh)
        more = {path for path, data in contents.items() if path not in wanted and admits(data)}
        if not more:
            break
        wanted |= more
        workspace.load(more)
    read = _readable(workspace, wanted)
    program = linker.link(read)
    workspace.finish()
    return _with_files(program, workspace, wanted), linker, read


def _readable(workspace: Workspace, wanted: Iterable[str]) -> list[str]:
    return [path for path in sorted(wanted) if path not in workspace.failures]


def _with_files(program: Program, workspace: Workspace, wanted: Iterable[str]) -> Program:
    """Add what a run says about its files."""
    suppressions = []
    for path in sorted(wanted):
        facts = workspace.facts(path)
        if facts is not None and facts.suppressions:
            suppressions.append(FileSuppressions(path, facts.suppressions))
    skipped = tuple(
        SkippedFile(path, failure.reason, failure.line, failure.column)
        for path, failure in sorted(workspace.failures.items())
    )
    return msgspec.structs.replace(
        program,
        suppressions=tuple(suppressions),
        analysed=len(workspace.paths) - len(skipped),
        skipped=skipped,
    )


def check(analysis: Analysis, selection: Selection, *, debug: bool = False) -> Run:
    """Hold a program against the selected rules."""
    program = analysis.program
    findings = ordered((*run(selection, analysis.flow, debug=debug), *unreadable(program, selection)))
    in_force = InForce(selection.known, selection.codes_at, selection.complete, selection.rule(UNUSED))
    kept, suppressed = suppress(findings, program.suppressions, in_force)
    return Run(
        findings=tuple(selection.adjust(kept)),
        suppressed=suppressed,
        analysed=program.analysed,
        skipped=program.skipped,
        unresolved=len(program.unresolved),
        rules=len(selection.rules),
    )


def analyse_sources(sources: Mapping[str, str], dialects: Sequence[Dialect] | None = None) -> Program:
    """The program that source texts, by path, make up; nothing is read from disk but the built-in dialects."""
    facts: dict[str, FileFacts] = {path: extract(text.encode()) for path, text in sources.items()}
    readable = [path for path in sorted(facts) if facts[path].failure is None]
    chosen = load_dialects() if dialects is None else dialects
    program = Linker(facts, facts.get, chosen).link(readable)
    suppressions = tuple(
        FileSuppressions(path, facts[path].suppressions) for path in readable if facts[path].suppressions
    )
    return msgspec.structs.replace(program, suppressions=suppressions, analysed=len(readable))
