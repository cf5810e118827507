"""The bus stands alone: the standard library's sqlite3 and msgspec are all it needs."""

from __future__ import annotations

import subprocess
import sys

ALLOWED = {"evlint", "msgspec"}
PROGRAM = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {allowed}:
            raise ImportError(f"{{name}} is not at hand")
sys.meta_path.insert(0, Refuse())
import tempfile, evlint.bus, evlint.bus.cli
bus = evlint.bus.Bus(tempfile.mkdtemp() + "/bus.db", source="alone")
bus.drain()
print(*sorted(name for name in sys.modules if name.startswith("evlint")))
"""


def test_only_msgspec_is_needed_and_nothing_of_the_analyser() -> None:
    program = PROGRAM.format(allowed=ALLOWED)
    run = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert {name for name in run.stdout.split() if not name.startswith("evlint.bus")} == {"evlint"}
