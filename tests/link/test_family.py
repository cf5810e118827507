"""Which classes derive from an event, wherever they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from evlint.app import Request, analyse
from evlint.config import Config

FILES = {
    "shop/__init__.py": "",
    "shop/facts.py": "class FactEvent: ...\nclass OrderPlaced(FactEvent): ...\n",
    "shop/wire.py": (
        "import redis\n\nfrom shop import facts\n\nclient = redis.Redis()\n\n"
        "def tell(channel, fact: facts.FactEvent):\n    client.publish(channel, fact)\n"
    ),
}


def test_a_class_beside_the_event_derives_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    program = analyse(Request(paths=(".",), config=Config(), root=tmp_path)).program
    assert not program.events, "a base class does not say which event is sent"
    assert len(program.unresolved) == 1
