"""A cache that may lose anything and must break nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from evlint.cache import Cache


def test_what_is_put_is_there_for_the_next_run(tmp_path: Path) -> None:
    first = Cache.open(tmp_path, 1)
    first.put_many({"a": b"1", "b": b"2"})
    first.put("program", b"3")
    first.close()
    second = Cache.open(tmp_path, 1)
    assert second.get_many(["a", "b", "c"]) == {"a": b"1", "b": b"2"}
    assert second.get("program") == b"3"
    second.close()


def test_another_version_starts_afresh(tmp_path: Path) -> None:
    old = Cache.open(tmp_path, 1)
    old.put_many({"a": b"1"})
    old.close()
    assert Cache.open(tmp_path, 2).get_many(["a"]) == {}
    assert not list(tmp_path.glob("facts-1.*"))


@pytest.mark.parametrize("damage", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_broken_file_is_set_aside(tmp_path: Path, damage: bytes) -> None:
    Cache.open(tmp_path, 1).close()
    (tmp_path / "facts-1.sqlite").write_bytes(damage)
    cache = Cache.open(tmp_path, 1)
    cache.put_many({"a": b"1"})
    assert cache.get_many(["a"]) == {"a": b"1"}
    cache.close()


def test_a_truncated_file_breaks_nothing(tmp_path: Path) -> None:
    cache = Cache.open(tmp_path, 1)
    cache.put_many({str(number): b"x" * 1000 for number in range(500)})
    cache.close()
    path = tmp_path / "facts-1.sqlite"
    path.write_bytes(path.read_bytes()[:5000])
    again = Cache.open(tmp_path, 1)
    assert set(again.get_many(["1", "2"])) <= {"1", "2"}
    again.put_many({"new": b"1"})
    again.close()


def test_a_place_that_cannot_be_written_costs_only_speed(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    cache = Cache.open(blocked, 1)
    cache.put_many({"a": b"1"})
    assert cache.get_many(["a"]) == {}
    cache.close()


def test_two_runs_may_share_it(tmp_path: Path) -> None:
    def work(name: str) -> None:
        cache = Cache.open(tmp_path, 1)
        for number in range(50):
            cache.put_many({f"{name}{number}": name.encode()})
        cache.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Cache.open(tmp_path, 1).get_many([f"{name}{number}" for name in "ab" for number in range(50)])
    assert len(found) == 100


def test_only_files_that_did_not_change_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import evlint.cache

    monkeypatch.setattr(evlint.cache, "RACY_NANOSECONDS", -1)
    same, changed = tmp_path / "same.py", tmp_path / "changed.py"
    for path in (same, changed):
        path.write_text("x = 1\n", encoding="utf-8")
    cache = Cache.open(tmp_path / "cache", 1)
    cache.remember({str(same): "s", str(changed): "c"})
    changed.write_text("x = 22\n", encoding="utf-8")
    assert cache.digests([str(same), str(changed)]) == {str(same): "s"}
    cache.close()


def test_a_file_that_changed_just_now_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "fresh.py"
    path.write_text("x = 1\n", encoding="utf-8")
    cache = Cache.open(tmp_path / "cache", 1)
    cache.remember({str(path): "d"})
    assert cache.digests([str(path)]) == {}
    cache.close()
