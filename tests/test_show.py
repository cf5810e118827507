"""What a run would do can be asked; what evlint reads and prints has a schema, and that is true."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evlint import config
from evlint.cli import main
from evlint.cli.arguments import COMMANDS, SCHEMAS
from evlint.cli.schemas import DOCUMENTS, text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Capture = pytest.CaptureFixture[str]
CONFIG = """
ruleset = "0.1"
extend-exclude = ["old"]
severity = { EVL102 = "error" }
[rules.secret-in-payload]
allow = ["A \\u202e.b"]
[[overrides]]
paths = ["tests/"]
ignore = ["ALL"]
[[dialect]]
schema = 1
dialect = { id = "ours", title = "Ours", detect = { imports = ["ours"] }, identity = "topic", transport = "broker" }
types.Client = { names = ["ours.Client"] }
[[dialect.rule]]
kind = "call"
match = ["Client.send"]
act = "publish"
roles = { event = "arg[0]" }
"""
WRONG = [
    pytest.param("selct = []", id="an unknown key"),
    pytest.param("select = ['E501']", id="a code of others"),
    pytest.param("fail-on = 'never'", id="an unknown level"),
    pytest.param("jobs = 0", id="too small a number"),
    pytest.param("ruleset = 'latest'", id="no version"),
    pytest.param("rules.orphan-evnt = {}", id="options of an unknown rule"),
    pytest.param("rules.secret-in-payload.alow = []", id="an unknown option"),
    pytest.param("overrides = [{ ignore = [] }]", id="an override of nothing"),
    pytest.param("dialect = [{ schema = 1, nme = 'x' }]", id="an unknown key of a dialect"),
]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "old").mkdir()
    for name in ("shop.py", "old/bus.py", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "evlint.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_are_listed(project: Path, capsys: Capture) -> None:
    (project / "a\x1b[31m.py").touch()
    assert main(["--show-files"]) == 0
    assert capsys.readouterr().out == "a\\x1b[31m.py\nshop.py\n"


def test_the_settings_that_are_shown_are_those_that_hold(project: Path, capsys: Capture) -> None:
    assert main(["--show-settings", "--extend-select", "EVL401", "--fail-on", "error"]) == 0
    printed = capsys.readouterr().out
    assert printed.isascii()
    shown = config.parse(tomllib.loads(printed))
    given = tomllib.loads(CONFIG) | {"extend-select": ["EVL401"], "fail-on": "error"}
    assert shown == config.parse(given)
    assert "#   EVL102 mutable-event (error)\n" in printed
    assert "#   EVL401 orphan-event " in printed


def test_every_schema_can_be_asked_for(capsys: Capture) -> None:
    assert set(SCHEMAS) == {"config", *DOCUMENTS}
    for name in SCHEMAS:
        assert main(["json-schema", name]) == 0
        jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_in_the_docs_are_those_of_the_code(root: Path, name: str, request: pytest.FixtureRequest) -> None:
    path = root / "docs" / "schemas" / f"{name}.json"
    if request.config.getoption("--accept"):
        path.write_text(text(name), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text(name)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        pytest.param("findings", ["check"], id="check"),
        pytest.param("graph", ["graph"], id="graph"),
        pytest.param("rules", ["rules"], id="rules"),
        pytest.param("why", ["why", "PaymentRefunded"], id="why"),
    ],
)
def test_what_is_printed_keeps_to_its_schema(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, name: str, arguments: list[str]
) -> None:
    monkeypatch.chdir(root / "fixtures/payments/bad")
    options = [] if name == "rules" else ["--no-cache", "--isolated"]
    main([*arguments, *options, "--format", "json"])
    check(json.loads(capsys.readouterr().out), name)


def test_what_changed_keeps_to_its_schema(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    lock = str(Path.cwd() / "events.lock")
    monkeypatch.chdir(root / "fixtures/payments")
    assert main(["schema", "lock", "good", "--file", lock, "--no-cache", "--isolated"]) == 0
    main(["schema", "diff", "bad", "--file", lock, "--no-cache", "--isolated", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["removed"]
    check(document, "schema-diff")


def test_what_was_observed_keeps_to_its_schema(
    root: Path, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    record = {"at": "published", "event": "payment.lost", "id": "1", "places": [{"path": "a.py"}]}
    (project / "trace.jsonl").write_text(json.dumps(record), encoding="utf-8")
    monkeypatch.chdir(root / "fixtures/payments/bus")
    observed = ["--observed", str(project / "trace.jsonl")]
    assert main(["trace", *observed, "--no-cache", "--isolated", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["unextracted"]
    assert document["unobserved"]
    check(document, "trace")


def check(document: Any, name: str) -> None:
    """Held against a schema that allows no further keys, so that none goes unsaid."""
    schema = json.loads(text(name))
    for part in schema["$defs"].values():
        if part.get("type") == "object":
            part["additionalProperties"] = False
    jsonschema.validate(document, schema)
    assert document


def test_the_schema_takes_a_configuration() -> None:
    jsonschema.validate(tomllib.loads(CONFIG), json.loads(text("config")))


def test_the_schema_takes_our_own_configuration(root: Path) -> None:
    own = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["evlint"]
    jsonschema.validate(own, json.loads(text("config")))


@pytest.mark.parametrize("wrong", WRONG)
def test_the_schema_refuses_what_evlint_refuses(project: Path, wrong: str, capsys: Capture) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(wrong), json.loads(text("config")))
    (project / "evlint.toml").write_text(wrong, encoding="utf-8")
    assert main(["check", "--no-cache"]) == 2
    assert capsys.readouterr().err.startswith("evlint: ")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["evlint", "bas"], "baseline", id="a command"),
        pytest.param(["evlint", "check", "--diff"], "--diff-base", id="an option"),
        pytest.param(["evlint", "check", "--fail-on", "w"], "warning", id="a value"),
        pytest.param(["evlint", "check", "sho"], "shop.py", id="a file"),
    ],
)
def test_bash_completes(project: Path, words: list[str], expected: str, capsys: Capture) -> None:
    pytest.importorskip("shtab")
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    quoted = " ".join(f"'{word}'" for word in words)
    asked = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _shtab_evlint; echo ${{COMPREPLY[@]}}"
    done = subprocess.run(["bash"], input=f"{script}\n{asked}\n", check=True, capture_output=True, encoding="utf-8")  # noqa: S607
    assert expected in done.stdout.split()


def test_completion_without_its_package_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "zsh"]) == 2
    assert 'pip install "evlint[completion]"' in capsys.readouterr().err


def test_every_command_can_be_run() -> None:
    from evlint.cli import MODULES

    assert set(MODULES) == set(COMMANDS)
