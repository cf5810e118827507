"""How long an editor waits for the language server: `python -m bench.editor`, on a program that is made up."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from bench.generated import generate

LIMIT = 0.1  # seconds
PATH = "shop/part5/service.py"
PLACE = types.Position(12, 25)  # the event of the first publication there
ROUNDS = 50


def main() -> int:
    """Print what was measured; the exit code is 1 if a warm answer took longer than the limit."""
    parser = argparse.ArgumentParser(prog="python -m bench.editor", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="how large the program is (default: 1000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "program"
        files = generate(root, options.files)
        print(f"{files:,} files")
        return int(asyncio.run(_measure(root)) > LIMIT)


async def _measure(root: Path) -> float:
    client = LanguageClient("bench", "1")
    analysed = asyncio.Event()

    def logged(params: types.LogMessageParams) -> None:
        analysed.set()

    client.feature(types.WINDOW_LOG_MESSAGE)(logged)
    begun = time.perf_counter()
    await client.start_io(sys.executable, "-m", "evlint", "server")
    await client.initialize_async(
        types.InitializeParams(capabilities=types.ClientCapabilities(), root_uri=root.as_uri())
    )
    client.initialized(types.InitializedParams())
    await analysed.wait()
    print(f"first analysis, nothing cached: {time.perf_counter() - begun:.2f} s")
    document = types.TextDocumentIdentifier((root / PATH).as_uri())
    await _opened(client, root, document, analysed)
    slowest = 0.0
    for name, ask in _questions(client, document).items():
        slowest = max(slowest, await _ask(name, ask))
    await _saved(client, root, document, analysed)
    text = (root / PATH).read_text(encoding="utf-8") + "\n# changed again\n"
    slowest = max(slowest, await _ask_meanwhile(client, document, text, analysed))
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]  # as pygls has it
    return slowest


async def _opened(
    client: LanguageClient, root: Path, document: types.TextDocumentIdentifier, analysed: asyncio.Event
) -> None:
    analysed.clear()
    text = (root / PATH).read_text(encoding="utf-8")
    item = types.TextDocumentItem(document.uri, "python", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await analysed.wait()


async def _saved(
    client: LanguageClient, root: Path, document: types.TextDocumentIdentifier, analysed: asyncio.Event
) -> None:
    """How long after a save the findings are there."""
    text = (root / PATH).read_text(encoding="utf-8") + "\n# changed\n"
    version = types.VersionedTextDocumentIdentifier(2, document.uri)
    change = types.TextDocumentContentChangeWholeDocument(text)
    client.text_document_did_change(types.DidChangeTextDocumentParams(version, [change]))
    (root / PATH).write_text(text, encoding="utf-8")
    analysed.clear()
    begun = time.perf_counter()
    client.text_document_did_save(types.DidSaveTextDocumentParams(document))
    await analysed.wait()
    print(f"findings after a save: {time.perf_counter() - begun:.2f} s")


def _questions(
    client: LanguageClient, document: types.TextDocumentIdentifier
) -> dict[str, Callable[[], Awaitable[object]]]:
    whole = types.Range(types.Position(0, 0), types.Position(500, 0))
    return {
        "hover": lambda: client.text_document_hover_async(types.HoverParams(document, PLACE)),
        "publishers": lambda: client.text_document_definition_async(types.DefinitionParams(document, PLACE)),
        "handlers": lambda: client.text_document_implementation_async(types.ImplementationParams(document, PLACE)),
        "references": lambda: client.text_document_references_async(
            types.ReferenceParams(types.ReferenceContext(include_declaration=True), document, PLACE)
        ),
        "outline": lambda: client.text_document_document_symbol_async(types.DocumentSymbolParams(document)),
        "search for events": lambda: client.workspace_symbol_async(types.WorkspaceSymbolParams("part5")),
        "code actions": lambda: client.text_document_code_action_async(
            types.CodeActionParams(document, whole, types.CodeActionContext([]))
        ),
    }


async def _ask(name: str, ask: Callable[[], Awaitable[object]]) -> float:
    """Print how long a question takes; returns the longest."""
    times = [await _time(ask) for _ in range(ROUNDS)]
    print(f"{name}: {median(times) * 1000:.1f} ms, at most {max(times) * 1000:.1f} ms")
    return max(times)


async def _ask_meanwhile(
    client: LanguageClient, document: types.TextDocumentIdentifier, text: str, analysed: asyncio.Event
) -> float:
    """How long a question takes while an analysis is under way."""
    analysed.clear()
    # The server may not have seen this state yet, so that it has work to do.
    version = types.VersionedTextDocumentIdentifier(3, document.uri)
    change = types.TextDocumentContentChangeWholeDocument(text)
    client.text_document_did_change(types.DidChangeTextDocumentParams(version, [change]))
    client.text_document_did_save(types.DidSaveTextDocumentParams(document))
    hover = _questions(client, document)["hover"]
    times = [await _time(hover)]
    while not analysed.is_set():
        times.append(await _time(hover))
    print(f"hover during an analysis: {median(times) * 1000:.1f} ms, at most {max(times) * 1000:.1f} ms")
    return max(times)


async def _time(ask: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    answer = await ask()
    taken = time.perf_counter() - begun
    if answer is None:
        sys.exit("the server has no answer")
    return taken


if __name__ == "__main__":
    sys.exit(main())
