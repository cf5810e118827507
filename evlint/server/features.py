"""The language server: what an editor asks, and who answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from evlint.model.source import Location
from evlint.report.escape import visible
from evlint.server.actions import actions
from evlint.server.analyst import Analyst
from evlint.server.diagnostics import diagnostic, span
from evlint.server.hover import hover
from evlint.server.index import Index
from evlint.server.session import Session
from evlint.server.symbols import outline, search
from evlint.server.texts import Texts
from evlint.server.worker import Outcome

# Files by which, besides the open ones, a program changes.
WATCHED = ("**/*.{py,pyi}", "**/{pyproject.toml,evlint.toml,events.lock,.evlint-baseline}")
CHANGES = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_SAVE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
)
# pygls reads the annotation.
Changed = (
    types.DidOpenTextDocumentParams
    | types.DidSaveTextDocumentParams
    | types.DidCloseTextDocumentParams
    | types.DidChangeWatchedFilesParams
)


class Place(Protocol):
    """What all questions about a place in a document have in common."""

    text_document: types.TextDocumentIdentifier
    position: types.Position


class Server(LanguageServer):
    """A server of one folder, the first that the editor has open."""

    def __init__(self, version: str) -> None:
        super().__init__("evlint", version)
        self.texts: Texts
        self.session: Session
        self._shown: set[str] = set()

    def open_folder(self, folder: Path) -> None:
        """Begin with the program in `folder`."""
        self.texts = Texts(self.workspace, folder)
        self.session = Session(Analyst(folder), self.texts.unsaved, self._tell)

    async def _tell(self, outcome: Outcome) -> None:
        """Show the findings of every file, and take away those that are gone."""
        if outcome.error:
            text = f"evlint: {visible(outcome.error)}"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, text))
            self._log("analysed in vain")
            return
        found = self.session.findings
        for path in sorted(self._shown | set(found)):
            shown = [diagnostic(finding, self.texts) for finding in found.get(path, ())]
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(self.texts.uri(path), shown))
        self._shown = set(found)
        self._log(f"analysed {outcome.program.analysed} files")

    def _log(self, text: str) -> None:
        self.window_log_message(types.LogMessageParams(types.MessageType.Log, text))

    def events_at(self, params: Place) -> list[str]:
        """The ids of the events that a place in a document is about."""
        path = self.texts.path(params.text_document.uri)
        if path is None:
            return []
        line, column, word = self.texts.place(path, params.position)
        return self.session.index.at(path, line, column, word)

    def places(self, params: Place, find: Callable[[Index, str], Iterable[Location | None]]) -> list[types.Location]:
        """The places that `find` names for the events at a place."""
        index = self.session.index
        found = {place for event in self.events_at(params) for place in find(index, event) if place is not None}
        return [self.texts.location(place) for place in sorted(found)]


def create(version: str) -> Server:
    """A server that waits for an editor."""
    server = Server(version)
    _follow_changes(server)
    _answer_about_places(server)
    _answer_about_files(server)
    return server


def _follow_changes(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        folders = params.workspace_folders or ()
        uri = folders[0].uri if folders else params.root_uri
        server.open_folder(Path((to_fs_path(uri) if uri else None) or Path.cwd()))

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        watched = server.client_capabilities.workspace
        files = watched.did_change_watched_files if watched is not None else None
        if files is not None and files.dynamic_registration:
            patterns = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(patterns)
            registration = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await server.client_register_capability_async(types.RegistrationParams([registration]))
        server.session.refresh()

    async def changed(params: Changed) -> None:
        server.session.refresh()

    for kind in CHANGES:
        server.feature(kind)(changed)

    @server.feature(types.SHUTDOWN)
    async def shutdown(params: None) -> None:
        await server.session.close()


def _answer_about_places(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        texts = [hover(server.session.index, event, server.texts.uri) for event in server.events_at(params)]
        if not texts:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(texts)))

    @server.feature(types.TEXT_DOCUMENT_DECLARATION)
    def declaration(params: types.DeclarationParams) -> list[types.Location]:
        return server.places(params, lambda index, event: [index.definition(event)])

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location]:
        return server.places(params, Index.publishers)

    @server.feature(types.TEXT_DOCUMENT_IMPLEMENTATION)
    def implementation(params: types.ImplementationParams) -> list[types.Location]:
        return server.places(params, Index.handlers)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location]:
        whole = params.context.include_declaration
        return server.places(params, lambda index, event: index.references(event, with_definition=whole))


def _answer_about_files(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def document_symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        path = server.texts.path(params.text_document.uri)
        return outline(server.session.index, path, server.texts) if path is not None else []

    @server.feature(types.WORKSPACE_SYMBOL)
    def workspace_symbols(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        return search(server.session.index, params.query, server.texts)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    def code_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        path = server.texts.path(params.text_document.uri)
        found = server.session.findings.get(path or "", [])
        here = [finding for finding in found if _meet(span(finding, server.texts), params.range)]
        return list(actions(here, server.texts))


def _meet(one: types.Range, other: types.Range) -> bool:
    return one.start.line <= other.end.line and other.start.line <= one.end.line
