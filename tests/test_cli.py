"""The command line does what it is told, and says in one line what it cannot do."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from evlint.cli import main
from evlint.cli.streams import is_coloured

Capture = pytest.CaptureFixture[str]

MUTABLE = """\
from dataclasses import dataclass


class EventBus:
    def __init__(self):
        self.handlers = {}

    def subscribe(self, event, handler):
        self.handlers.setdefault(event, []).append(handler)

    def publish(self, event):
        for handler in self.handlers.get(type(event), []):
            handler(event)


bus = EventBus()


@dataclass
class OrderPlaced:
    order_id: str


def place(order_id):
    bus.publish(OrderPlaced(order_id))


def bill(event: OrderPlaced):
    print(event.order_id)


bus.subscribe(OrderPlaced, bill)
"""
FROZEN = MUTABLE.replace("@dataclass\n", "@dataclass(frozen=True)\n")
CHECK = ["check", "--no-cache"]
FOUND = "shop.py:20:1: EVL102"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose one file has one finding, as the working directory."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop.py").write_text(MUTABLE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def configure(project: Path, text: str) -> None:
    (project / "evlint.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["check", "gone"], "no such file or folder: `gone`", id="a missing path"),
        pytest.param(["gone\n.py"], "no such file or folder: `gone\\n.py`", id="a missing path of two lines"),
        pytest.param(["grpah"], "did you mean `graph`?", id="a slip in a command"),
        pytest.param(
            ["--selct", "EVL1"], "unknown argument: `--selct`; did you mean `--select`?", id="a slip in an option"
        ),
        pytest.param(["--zzz"], "see `evlint check --help`", id="an unknown option"),
        pytest.param(["rules", "more"], "unknown argument: `more`", id="an argument too many"),
        pytest.param(["explain"], "the following arguments are required: RULE", id="an argument too few"),
        pytest.param(["explain", "EVL999"], "unknown rule `EVL999`", id="an unknown rule"),
        pytest.param(["explain", "mutable-evnt"], "did you mean `mutable-event`?", id="a slip in a rule"),
        pytest.param(["--select", "EVL9"], "unknown rule `EVL9`", id="an unknown code"),
        pytest.param(["--ignore", "mutable_event"], "did you mean `mutable-event`?", id="an unknown name"),
        pytest.param(["--severity", "EVL102=fatal"], "not of the form RULES=LEVEL", id="an unknown severity"),
        pytest.param(["--fail-on", "never"], "invalid choice: 'never'", id="an unknown level"),
        pytest.param(["--format", "xml"], "unknown format `xml`", id="an unknown format"),
        pytest.param(["--format", "json:"], "`json:` names no file", id="a format without its file"),
        pytest.param(["graph", "--format", "concise"], "unknown format `concise`", id="a format of another command"),
        pytest.param(
            ["--format", "json", "--format", "full"],
            "two formats for standard output: json and full; write `full:FILE`",
            id="two formats",
        ),
        pytest.param(
            ["--format", "json:no/where.json"], "cannot write to `no/where.json`", id="a folder that is not there"
        ),
        pytest.param(["-j", "0"], "`0` is not a number of processes", id="no process"),
        pytest.param(["--config", "gone.toml"], "gone.toml: cannot be read", id="a configuration that is not there"),
        pytest.param(["--config", "shop.py"], "shop.py: not valid TOML", id="a configuration that is none"),
        pytest.param(["--config", "x", "--isolated"], "exclude each other", id="options that contradict"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: list[str], expected: str, capsys: Capture) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("evlint: ")
    assert expected in printed.err
    assert printed.err.count("\n") == 1


def test_a_wrong_configuration_is_said_in_one_line(project: Path, capsys: Capture) -> None:
    configure(project, "selct = []")
    assert main(["."]) == 2
    assert capsys.readouterr().err == "evlint: evlint.toml: unknown key `selct`; did you mean `select`?\n"


def test_an_error_can_be_debugged(capsys: Capture) -> None:
    assert main(["gone", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param([], 1, id="a finding"),
        pytest.param(["--exit-zero"], 0, id="a finding that does not matter"),
        pytest.param(["--ignore", "EVL102"], 0, id="a finding that is ignored"),
        pytest.param(["--fail-on", "error"], 0, id="a finding that is not severe enough"),
        pytest.param(["--severity", "EVL102=info"], 0, id="a finding made less severe"),
        pytest.param(["--severity", "EVL102=info", "--fail-on", "info"], 1, id="a finding that is just severe enough"),
        pytest.param(["--severity", "mutable-event=off"], 0, id="a finding that is off"),
        pytest.param(["--select", "EVL2,EVL3"], 0, id="other rules"),
        pytest.param(["--select", "EVL2", "--extend-select", "mutable-event"], 1, id="other rules and this one"),
        pytest.param(["--extend-exclude", "shop.py"], 0, id="a file that is excluded"),
        pytest.param(["--exclude", "a,shop*"], 0, id="a file that a pattern excludes"),
        pytest.param(["--exclude", "shop.py", "shop.py"], 1, id="an excluded file that is named"),
    ],
)
def test_the_exit_code_says_whether_there_are_findings(arguments: list[str], expected: int) -> None:
    assert main([*CHECK, *arguments]) == expected


@pytest.mark.parametrize("path", ["tests/shop.py", "test_shop.py", "shop_test.py", "conftest.py"])
def test_tests_are_held_to_the_rules_only_where_an_override_says_so(project: Path, path: str) -> None:
    (project / path).parent.mkdir(exist_ok=True)
    (project / "shop.py").rename(project / path)
    assert main(CHECK) == 0
    configure(project, "severity.EVL102 = 'error'")
    assert main(CHECK) == 0
    configure(project, f"[[overrides]]\npaths = ['{path}']\nseverity.EVL102 = 'warning'")
    assert main(CHECK) == 1
    configure(project, "")
    (project / path).write_text("def (", encoding="utf-8")
    assert main(CHECK) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ignore = ['EVL1']", 0, id="ignore"),
        pytest.param("severity.EVL102 = 'info'", 0, id="severity"),
        pytest.param("fail-on = 'error'", 0, id="fail-on"),
        pytest.param("extend-exclude = ['*.py']", 0, id="exclude"),
        pytest.param("[[overrides]]\npaths = ['shop.py']\nignore = ['ALL']", 0, id="overrides"),
        pytest.param("[[overrides]]\npaths = ['tests']\nignore = ['ALL']", 1, id="overrides of other files"),
    ],
)
def test_the_configuration_counts(project: Path, text: str, expected: int) -> None:
    configure(project, text)
    assert main(CHECK) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--select", "EVL102"], id="a selection"),
        pytest.param(["--isolated"], id="no configuration"),
        pytest.param(["--config", "other.toml"], id="another configuration"),
    ],
)
def test_the_command_line_is_stronger(project: Path, arguments: list[str]) -> None:
    configure(project, "ignore = ['EVL102']")
    (project / "other.toml").touch()
    assert main([*CHECK, *arguments]) == 1


@pytest.mark.parametrize("arguments", [[], ["."], ["check"], ["-q"], ["shop.py"], ["check", ".", "-q", "shop.py"]])
def test_check_is_what_is_done_without_a_command(arguments: list[str], capsys: Capture) -> None:
    assert main([*arguments, "--no-cache"]) == 1
    assert capsys.readouterr().out.startswith(FOUND)


def test_the_summary_says_what_was_read_and_found(project: Path, capsys: Capture) -> None:
    (project / "broken.py").write_text("def place(:\n", encoding="utf-8")
    assert main(CHECK) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("broken.py:1:11: EVL001 ")
    assert printed.err == "1 file analysed, 1 skipped:\n  broken.py: invalid syntax\n2 findings: 1 error, 1 warning\n"


def test_a_file_that_cannot_be_read_is_a_finding_whatever_is_selected(project: Path) -> None:
    (project / "shop.py").write_text("def place(:\n", encoding="utf-8")
    assert main([*CHECK, "--select", "EVL102"]) == 1


def test_no_files_are_no_findings(project: Path, capsys: Capture) -> None:
    (project / "empty").mkdir()
    assert main([*CHECK, "empty"]) == 0
    assert capsys.readouterr().err == "No Python files found\nNo findings\n"


def test_quiet_prints_no_summary(capsys: Capture) -> None:
    main([*CHECK, "-q"])
    assert capsys.readouterr().err == ""


def test_verbose_names_the_configuration(project: Path, capsys: Capture) -> None:
    configure(project, "")
    main([*CHECK, "-v"])
    assert f"Configuration: {project / 'evlint.toml'}\n" in capsys.readouterr().err


def test_a_comment_accepts_a_finding(project: Path, capsys: Capture) -> None:
    accepted = MUTABLE.replace("class OrderPlaced:", "class OrderPlaced:  # evlint: ignore[EVL102] so be it")
    (project / "shop.py").write_text(accepted, encoding="utf-8")
    assert main(CHECK) == 0
    assert "No findings; 1 suppressed" in capsys.readouterr().err


def test_several_formats_are_written(project: Path, capsys: Capture) -> None:
    files = ["--format", "json:out.json", "--format", "full:out.txt", "--format", "concise"]
    assert main([*CHECK, *files]) == 1
    assert capsys.readouterr().out.startswith(FOUND)
    assert json.loads((project / "out.json").read_text(encoding="utf-8"))["findings"][0]["code"] == "EVL102"
    assert (project / "out.txt").read_text(encoding="utf-8").startswith("warning EVL102 mutable-event\n")


def test_a_format_for_a_file_leaves_standard_output_empty(capsys: Capture) -> None:
    main([*CHECK, "--format", "concise:out.txt"])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("form", ["concise", "full", "grouped", "json"])
def test_every_format_of_check_renders(form: str, capsys: Capture) -> None:
    assert main([*CHECK, "--format", form]) == 1
    assert "EVL102" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["text", "json", "mermaid", "dot"])
def test_every_format_of_graph_renders(form: str, capsys: Capture) -> None:
    assert main(["graph", "--no-cache", "--format", form]) == 0
    assert "OrderPlaced" in capsys.readouterr().out


def test_statistics_count_the_findings(capsys: Capture) -> None:
    main([*CHECK, "--statistics"])
    assert capsys.readouterr().out.endswith("1  EVL102  mutable-event\n")


def test_statistics_do_not_spoil_a_document(capsys: Capture) -> None:
    main([*CHECK, "--statistics", "--format", "json"])
    printed = capsys.readouterr()
    assert json.loads(printed.out)
    assert "1  EVL102  mutable-event\n" in printed.err


@pytest.mark.parametrize(
    ("arguments", "content", "expected"),
    [
        pytest.param(["-"], MUTABLE, 1, id="standard input alone"),
        pytest.param(["-"], FROZEN, 0, id="standard input alone, and good"),
        pytest.param([".", "--stdin-filename", "shop.py"], FROZEN, 0, id="instead of a file"),
        pytest.param(["--stdin-filename", "./new.py"], MUTABLE, 1, id="a file that is not there yet"),
    ],
)
def test_standard_input_is_analysed(
    arguments: list[str], content: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert main([*CHECK, *arguments]) == expected


def test_standard_input_is_shown(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"# moved\n{MUTABLE}".encode())))
    main([*CHECK, "--format", "full", "--stdin-filename", "shop.py"])
    assert "21 │ class OrderPlaced:" in capsys.readouterr().out


@pytest.mark.parametrize("rule", ["EVL102", "mutable-event", "evl102"])
def test_a_rule_is_explained(rule: str, capsys: Capture) -> None:
    assert main(["explain", rule]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("EVL102 mutable-event\nwarning, on by default, since ")
    assert "## Why is this bad?" in printed


def test_rules_are_listed(capsys: Capture) -> None:
    assert main(["rules"]) == 0
    assert "  EVL102  mutable-event " in capsys.readouterr().out


def test_rules_are_listed_for_programs(capsys: Capture) -> None:
    assert main(["rules", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "evlint.rules/1"
    assert {"code", "name", "category", "severity", "status", "since", "summary", "guideline"} == set(
        document["rules"][0]
    )


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "expected"),
    [
        pytest.param("auto", {}, True, True, id="a terminal"),
        pytest.param("auto", {}, False, False, id="no terminal"),
        pytest.param("auto", {"NO_COLOR": "1"}, True, False, id="NO_COLOR"),
        pytest.param("auto", {"NO_COLOR": ""}, True, True, id="an empty NO_COLOR"),
        pytest.param("auto", {"FORCE_COLOR": "1"}, False, True, id="FORCE_COLOR"),
        pytest.param("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False, id="both"),
        pytest.param("auto", {"TERM": "dumb"}, True, False, id="a terminal without colours"),
        pytest.param("always", {"NO_COLOR": "1"}, False, True, id="always"),
        pytest.param("never", {"FORCE_COLOR": "1"}, True, False, id="never"),
    ],
)
def test_colours(choice: str, environment: dict[str, str], terminal: bool, expected: bool) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    assert is_coloured(choice, Stream(), environment) is expected


def test_colours_can_be_forced(capsys: Capture) -> None:
    main([*CHECK, "--format", "full", "--color", "always"])
    assert "\x1b[" in capsys.readouterr().out


def test_the_module_runs(evlint: Callable[..., CompletedProcess[str]], project: Path) -> None:
    run = evlint(*CHECK, cwd=project)
    assert (run.returncode, run.stdout.startswith(FOUND)) == (1, True)


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise there")
def test_a_closed_pipe_is_no_error(project: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run(
        [sys.executable, "-m", "evlint", "graph", "--no-cache", "--format", "json"],
        cwd=project,
        check=False,
        stdout=write,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    os.close(write)
    assert (run.returncode, run.stderr) == (0, "1 file analysed, 0 skipped\n")


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="such names cannot be there")
@pytest.mark.parametrize(
    "name", [pytest.param("\udcff.py", id="bytes"), pytest.param("a\n\x1b[31m\u202e.py", id="control characters")]
)
@pytest.mark.parametrize("form", ["concise", "full", "grouped", "json"])
def test_odd_names_are_printed(project: Path, evlint: Any, name: str, form: str) -> None:
    (project / "shop.py").rename(project / name)
    run = evlint(*CHECK, "--format", form, cwd=project)
    assert run.returncode == 1
    assert all(line.isprintable() for line in run.stdout.splitlines())


def test_any_number_of_reports_is_made_of_one_analysis(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evlint import app

    runs: list[app.Request] = []
    analyse = app.analyse

    def counted(request: app.Request) -> app.Analysis:
        runs.append(request)
        return analyse(request)

    monkeypatch.setattr(app, "analyse", counted)
    names = ("json", "sarif", "gitlab", "junit", "github")
    assert main([*CHECK, *(f"--format={name}:out.{name}" for name in names)]) == 1
    assert len(runs) == 1
    assert all((project / f"out.{name}").stat().st_size for name in names)
