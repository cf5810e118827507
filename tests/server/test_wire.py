"""What an editor is told, over the wire."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from lsprotocol import types

from tests.server.conftest import Editor

Evlint = Callable[..., CompletedProcess[str]]
Open = Callable[[Path], Editor]
Sample = Callable[[str], Path]

EMAIL, EVENTS, SERVICE = "payments/email.py", "payments/events.py", "payments/service.py"


@pytest.fixture
def good(sample: Sample, editor: Open) -> Editor:
    return editor(sample("good"))


def shown(editor: Editor, places: object) -> list[str]:
    """The places of an answer, as `path:line`."""
    assert isinstance(places, Sequence)
    return [f"{item.uri.removeprefix(editor.folder.as_uri() + '/')}:{item.range.start.line + 1}" for item in places]


@pytest.mark.parametrize(
    ("path", "text", "occurrence"),
    [
        pytest.param(EVENTS, "class PaymentCaptured", 0, id="the class"),
        pytest.param(SERVICE, "PaymentCaptured(", 0, id="where it is made"),
        pytest.param(SERVICE, "self.outbox.record(", 0, id="where it is published"),
        pytest.param(EMAIL, "PaymentCaptured, PaymentRefunded", 0, id="an import"),
        pytest.param(EMAIL, "send_receipt", 0, id="its handler"),
        pytest.param(EMAIL, "bus.subscribe(", 0, id="where the handler is registered"),
    ],
)
def test_all_that_speaks_of_an_event_leads_to_it(good: Editor, path: str, text: str, occurrence: int) -> None:
    place = good.at(path, text, occurrence)
    document, position = place.text_document, place.position
    hover = good.ask(good.client.text_document_hover_async(types.HoverParams(document, position)))
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    told = hover.contents.value
    assert told.startswith("**`PaymentCaptured`**: class event, in-process\n")
    assert "- `PaymentService.capture` in [`payments/service.py:21`](<file://" in told
    for handler in ("send_receipt", "post_payment", "screen_payment"):
        assert f"- `{handler}` in [`payments/" in told
    definition = good.ask(good.client.text_document_definition_async(types.DefinitionParams(document, position)))
    assert shown(good, definition) == ["payments/service.py:21"]
    declared = good.ask(good.client.text_document_declaration_async(types.DeclarationParams(document, position)))
    assert shown(good, declared) == ["payments/events.py:24"]
    handlers = good.ask(good.client.text_document_implementation_async(types.ImplementationParams(document, position)))
    taken = ["payments/email.py:10", "payments/ledger.py:10", "payments/screening.py:12"]
    assert shown(good, handlers) == taken


@pytest.mark.parametrize("whole", [True, False])
def test_all_references_are_found(good: Editor, *, whole: bool) -> None:
    place = good.at(EMAIL, "send_receipt")
    context = types.ReferenceContext(include_declaration=whole)
    params = types.ReferenceParams(context, place.text_document, place.position)
    found = shown(good, good.ask(good.client.text_document_references_async(params)))
    assert ("payments/events.py:24" in found) is whole
    assert {"payments/service.py:21", "payments/email.py:10", "payments/email.py:23"} <= set(found)
    assert found == sorted(set(found), key=found.index)


def test_what_is_about_no_event_has_no_answer(good: Editor) -> None:
    place = good.at(EMAIL, "import sqlite3")
    params = types.HoverParams(place.text_document, place.position)
    assert good.ask(good.client.text_document_hover_async(params)) is None
    outside = types.HoverParams(types.TextDocumentIdentifier("file:///elsewhere/shop.py"), place.position)
    assert good.ask(good.client.text_document_hover_async(outside)) is None
    unsaved = types.DefinitionParams(types.TextDocumentIdentifier("untitled:1"), place.position)
    assert not good.ask(good.client.text_document_definition_async(unsaved))


def test_a_file_has_an_outline_of_its_events(good: Editor) -> None:
    params = types.DocumentSymbolParams(good.document(EMAIL))
    found = good.ask(good.client.text_document_document_symbol_async(params))
    assert found is not None
    assert [(item.name, item.kind) for item in found] == [
        ("handles PaymentCaptured", types.SymbolKind.Event),
        ("handles PaymentRefunded", types.SymbolKind.Event),
        ("subscribes to PaymentCaptured", types.SymbolKind.Event),
        ("subscribes to PaymentRefunded", types.SymbolKind.Event),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["PaymentCaptured", "PaymentRefunded"], id="all"),
        pytest.param("paycap", ["PaymentCaptured"], id="letters in order"),
        pytest.param("order", [], id="none"),
    ],
)
def test_events_are_searched_for_by_name(good: Editor, query: str, expected: list[str]) -> None:
    found = good.ask(good.client.workspace_symbol_async(types.WorkspaceSymbolParams(query)))
    assert found is not None
    assert [item.name for item in found] == expected


def test_what_is_shown_is_what_a_check_finds(evlint: Evlint, sample: Sample, editor: Open) -> None:
    opened = editor(sample("bad"))
    checked = json.loads(evlint("check", "--format", "json", cwd=opened.folder).stdout)["findings"]
    expected = sorted((item["path"], item["line"], item["code"], item["message"]) for item in checked)
    found = [
        (path, item.range.start.line + 1, item.code, item.message)
        for path, items in opened.diagnostics.items()
        for item in items
    ]
    assert sorted(found) == expected
    direct = next(item for item in opened.diagnostics["payments/service.py"] if item.code == "EVL201")
    assert direct.source == "evlint"
    assert direct.severity == types.DiagnosticSeverity.Warning
    assert direct.related_information


def test_what_is_typed_counts_before_it_is_saved(good: Editor) -> None:
    """The change is in one file, and another is saved: the whole program is checked, with what is typed."""
    assert good.diagnostics == {}
    good.open(EVENTS)
    before = (good.folder / EVENTS).read_text(encoding="utf-8")
    good.type(EVENTS, before.replace("class PaymentCaptured", "\n\nclass PaymentCaptured").replace("frozen=True, ", ""))
    good.open(EMAIL)
    good.save(EMAIL)
    assert (26, "EVL102") in good.codes(EVENTS)
    place = good.at(EMAIL, "send_receipt")
    params = types.DeclarationParams(place.text_document, place.position)
    declared = good.ask(good.client.text_document_declaration_async(params))
    assert shown(good, declared) == ["payments/events.py:26"]
    assert (good.folder / EVENTS).read_text(encoding="utf-8") == before
    good.type(EVENTS, before)
    good.save(EMAIL)
    assert good.codes(EVENTS) == []


def test_what_is_typed_and_does_not_parse_is_shown(good: Editor) -> None:
    good.open(EVENTS)
    good.type(EVENTS, "class (:\n")
    good.save(EVENTS)
    assert good.codes(EVENTS) == [(1, "EVL001")]


def test_a_finding_is_accepted_where_it_stands(sample: Sample, editor: Open) -> None:
    opened = editor(sample("bad"))
    opened.open(SERVICE)
    line = next(line for line, code in opened.codes(SERVICE) if code == "EVL201")
    place = types.Range(types.Position(line - 1, 0), types.Position(line - 1, 0))
    params = types.CodeActionParams(opened.document(SERVICE), place, types.CodeActionContext([]))
    offered = opened.ask(opened.client.text_document_code_action_async(params))
    assert offered is not None
    (action,) = (item for item in offered if isinstance(item, types.CodeAction))
    assert action.title == "Accept EVL201 here, with a reason"
    assert action.edit is not None
    assert action.edit.changes is not None
    (edit,) = action.edit.changes[opened.document(SERVICE).uri]
    assert edit.new_text.strip() == "# evlint: ignore[EVL201] why?"
    assert edit.range.start == edit.range.end == types.Position(line - 1, 0)
    lines = (opened.folder / SERVICE).read_text(encoding="utf-8").splitlines(keepends=True)
    lines.insert(edit.range.start.line, edit.new_text)
    opened.type(SERVICE, "".join(lines))
    before = len(opened.codes(SERVICE))
    opened.save(SERVICE)
    assert len(opened.codes(SERVICE)) == before - 1
    assert (line + 1, "EVL201") not in opened.codes(SERVICE)


def test_a_finding_is_fixed_where_it_stands(sample: Sample, editor: Open) -> None:
    opened = editor(sample("bad"))
    opened.open(EVENTS)
    line = next(line for line, code in opened.codes(EVENTS) if code == "EVL102")
    place = types.Range(types.Position(line - 1, 0), types.Position(line - 1, 0))
    params = types.CodeActionParams(opened.document(EVENTS), place, types.CodeActionContext([]))
    offered = opened.ask(opened.client.text_document_code_action_async(params))
    action = next(item for item in offered or () if isinstance(item, types.CodeAction) and item.is_preferred)
    assert action.title.startswith("Freeze `")
    assert action.edit is not None
    assert action.edit.changes is not None
    (edit,) = action.edit.changes[opened.document(EVENTS).uri]
    assert edit.new_text == "(frozen=True)"
    lines = (opened.folder / EVENTS).read_text(encoding="utf-8").splitlines(keepends=True)
    start = edit.range.start
    lines[start.line] = lines[start.line][: start.character] + edit.new_text + lines[start.line][start.character :]
    opened.type(EVENTS, "".join(lines))
    opened.save(EVENTS)
    assert (line, "EVL102") not in opened.codes(EVENTS)


def test_a_wrong_configuration_is_told_and_survived(good: Editor) -> None:
    (good.folder / "evlint.toml").write_text("selct = []", encoding="utf-8")
    good.save(EVENTS)
    assert good.messages == ["evlint: evlint.toml: unknown key `selct`; did you mean `select`?"]
    place = good.at(EMAIL, "send_receipt")
    params = types.HoverParams(place.text_document, place.position)
    assert good.ask(good.client.text_document_hover_async(params)) is not None
    (good.folder / "evlint.toml").write_text('extend-select = ["ALL"]', encoding="utf-8")
    good.tell(
        good.client.workspace_did_change_watched_files,
        types.DidChangeWatchedFilesParams(
            [types.FileEvent((good.folder / "evlint.toml").as_uri(), types.FileChangeType.Changed)]
        ),
    )
    assert len(good.messages) == 1


def test_columns_are_counted_as_the_editor_counts(tmp_path: Path, editor: Open) -> None:
    """A character beyond the basic plane counts twice over the wire, and once in Python."""
    folder = tmp_path / "sample"
    folder.mkdir()
    lines = [
        "from pyee import EventEmitter",
        "bus = EventEmitter()",
        "def f(x): ...",
        "def place(): f('𝄞𝄞'); bus.emit('𝄞.placed')",
        "@bus.on('𝄞.placed')",
        "def bill(order): ...",
    ]
    (folder / "shop.py").write_text("\n".join(lines), encoding="utf-8")
    opened = editor(folder)
    place = opened.at("shop.py", "bus.emit")
    assert place.position.character == 24
    params = types.DefinitionParams(place.text_document, place.position)
    found = opened.ask(opened.client.text_document_definition_async(params))
    assert isinstance(found, Sequence)
    assert isinstance(found[0], types.Location)
    assert found[0].range == types.Range(types.Position(3, 24), types.Position(3, 45))
    inside = types.ImplementationParams(place.text_document, types.Position(3, 37))
    assert shown(opened, opened.ask(opened.client.text_document_implementation_async(inside))) == ["shop.py:6"]


def test_nothing_of_the_program_is_run(tmp_path: Path, editor: Open) -> None:
    """Modules named like those that evlint imports lie where the process works."""
    folder = tmp_path / "sample"
    (folder / "evlint").mkdir(parents=True)
    for name in ("msgspec.py", "libcst.py", "evlint/__init__.py", "sitecustomize.py"):
        (folder / name).write_text("open('run', 'w').close()\n", encoding="utf-8")
    opened = editor(folder)
    assert opened.messages == []
    assert not (folder / "run").exists()


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from evlint.cli import main

    monkeypatch.setitem(sys.modules, "evlint.server.features", None)
    assert main(["server"]) == 2
    assert 'pip install "evlint[server]"' in capsys.readouterr().err
