"""A package's own tests: which of them pass."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.fixes.packages import Package

SWITCHES = ("-q", "-p", "no:cacheprovider", "--continue-on-collection-errors")


class Suite:
    """The tests of a package that is unpacked at `root`; they run in an environment below `cache`.

    The package is installed as it stands there, so that its tests see what is edited.
    """

    def __init__(self, package: Package, root: Path, cache: Path, seconds: int) -> None:
        self._package = package
        self._root = root
        self._home = cache / "environments" / f"{package.name}-{package.version}"
        self._seconds = seconds

    @property
    def _python(self) -> str:
        return str(self._home / "bin" / "python")

    def install(self) -> bool:
        """Whether there are tests, and what they need can be had."""
        ready = self._home / "ready"
        if self._package.tests and not ready.exists():
            venv.create(self._home, with_pip=True, clear=True)
            wanted = ["--editable", str(self._root), "pytest", "pytest-cov", *self._package.extras]
            pip = [self._python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *wanted]
            if subprocess.run(pip, check=False, capture_output=True).returncode == 0:
                ready.touch()
        return bool(self._package.tests) and ready.exists()

    def passed(self) -> frozenset[str]:
        """The tests that pass."""
        report = self._home / "report.xml"
        report.unlink(missing_ok=True)
        command = [self._python, "-m", "pytest", *SWITCHES, f"--junitxml={report}", *self._package.tests]
        try:
            subprocess.run(command, cwd=self._root, check=False, capture_output=True, timeout=self._seconds)
        except subprocess.TimeoutExpired:
            print(f"{self._package.name}: its tests took longer than {self._seconds} s", file=sys.stderr)
        if not report.exists():
            return frozenset()
        cases = ET.parse(report).iter("testcase")  # noqa: S314  # pytest wrote it
        return frozenset(f"{case.get('classname')}::{case.get('name')}" for case in cases if not len(case))
