"""An editor: pygls's own client, at the other end of a real process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree
from threading import Thread
from typing import Any, TypeVar

import pytest

if find_spec("pygls") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from lsprotocol import types
    from pygls.lsp.client import LanguageClient

    from evlint.server.texts import Texts

Result = TypeVar("Result")
PATIENCE = 60  # seconds; a machine may be busy


class Editor:
    """An editor with one folder open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = LanguageClient("editor", "1")
        self.diagnostics: dict[str, list[types.Diagnostic]] = {}
        self.rounds = 0
        self.messages: list[str] = []
        self._news = asyncio.Event()
        self._versions: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        self._listen()
        self.ask(self._start())

    def _listen(self) -> None:
        def published(params: types.PublishDiagnosticsParams) -> None:
            path = os.path.relpath(params.uri.removeprefix("file://"), self.folder)
            self.diagnostics[path] = list(params.diagnostics)

        def shown(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

        def logged(params: types.LogMessageParams) -> None:
            self.rounds += params.message.startswith("analysed")
            self._news.set()

        for kind, heard in (
            (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, published),
            (types.WINDOW_SHOW_MESSAGE, shown),
            (types.WINDOW_LOG_MESSAGE, logged),
        ):
            self.client.feature(kind)(heard)

    async def _start(self) -> None:
        # It must not matter what lies in the folder that is analysed.
        await self.client.start_io(sys.executable, "-m", "evlint", "server", cwd=self.folder.parent)
        await self.client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(),
                workspace_folders=[types.WorkspaceFolder(self.folder.as_uri(), "sample")],
            )
        )
        self.client.initialized(types.InitializedParams())

    def ask(self, question: Coroutine[Any, Any, Result]) -> Result:
        """The answer to a question."""
        return asyncio.run_coroutine_threadsafe(question, self._loop).result(PATIENCE)

    def tell(self, say: Callable[[Any], None], params: object) -> None:
        """Send a notification, and wait until an analysis that began after it is done."""
        before = self.rounds

        async def told() -> None:
            say(params)

        self.ask(told())
        self.settle(before)

    def settle(self, before: int = 0) -> None:
        """Wait until more than `before` analyses are done, and no other is under way."""
        self.ask(self._settle(before))

    async def _settle(self, before: int) -> None:
        while self.rounds <= before:
            self._news.clear()
            await self._news.wait()

    def document(self, path: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier((self.folder / path).as_uri())

    def open(self, path: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        item = types.TextDocumentItem(self.document(path).uri, "python", 1, text)
        self.tell(self.client.text_document_did_open, types.DidOpenTextDocumentParams(item))

    def type(self, path: str, text: str) -> None:
        """Replace the whole text of an open file, without saving it."""
        self._versions[path] = self._versions.get(path, 1) + 1
        document = types.VersionedTextDocumentIdentifier(self._versions[path], self.document(path).uri)
        change = types.TextDocumentContentChangeWholeDocument(text)

        async def typed() -> None:
            self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

        self.ask(typed())

    def save(self, path: str) -> None:
        """Say that a file is saved; whoever calls has written it, or has not."""
        self.tell(self.client.text_document_did_save, types.DidSaveTextDocumentParams(self.document(path)))

    def at(self, path: str, text: str, occurrence: int = 0) -> types.TextDocumentPositionParams:
        """The place in a file, as it is on disk, where `text` begins."""
        lines = (self.folder / path).read_text(encoding="utf-8").split("\n")
        found = [(number, line.index(text)) for number, line in enumerate(lines) if text in line]
        number, column = found[occurrence]
        units = len(lines[number][:column].encode("utf-16-le")) // 2
        return types.TextDocumentPositionParams(self.document(path), types.Position(number, units))

    def codes(self, path: str) -> list[tuple[int, str]]:
        """The line and code of each finding that is shown in a file."""
        return [(item.range.start.line + 1, str(item.code)) for item in self.diagnostics.get(path, [])]

    def close(self) -> None:
        """Leave, as editors do."""
        self.ask(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _leave(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()  # type: ignore[no-untyped-call]  # as pygls has it


@pytest.fixture
def sample(root: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Copy one of the samples into a repository."""

    def make(name: str) -> Path:
        folder = tmp_path / "sample"
        copytree(root / "fixtures/payments" / name / "payments", folder / "payments")
        (folder / ".git").mkdir()
        return folder

    return make


@pytest.fixture
def editor() -> Iterator[Callable[[Path], Editor]]:
    """Open a folder in an editor."""
    opened: list[Editor] = []

    def make(folder: Path) -> Editor:
        opened.append(Editor(folder))
        opened[-1].settle()
        return opened[-1]

    yield make
    for item in opened:
        item.close()


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    """The texts of an editor that has no file open."""
    from pygls.workspace import Workspace

    return Texts(Workspace(tmp_path.as_uri()), tmp_path)
