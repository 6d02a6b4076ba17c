"""The spool, as several processes see it at once."""

from __future__ import annotations

import os
import random

import pytest

from seedgit.git import spool as module
from seedgit.git.spool import Spool, Spooled
from tests.conftest import Repo


def put(spool: Spool, path: str, text: str) -> Spooled:
    return spool.put(path, "0" * 40, b"", text.encode())


def texts(spool: Spool, path: str) -> list[str]:
    return [entry.live.decode() for entry in spool.of(path)]


def test_what_others_put_in_or_drop_is_seen(repo: Repo) -> None:
    one, two = Spool(repo.open()), Spool(repo.open())
    assert texts(one, "a") == []
    first = put(two, "a", "1")
    put(two, "b", "2")
    put(one, "a", "3")
    assert (texts(one, "a"), texts(one, "b")) == (["1", "3"], ["2"])
    two.settle({first: None})
    assert texts(one, "a") == texts(two, "a") == ["3"]


def test_an_entry_that_is_written_anew_has_its_place(repo: Repo) -> None:
    spool = Spool(repo.open())
    first, second = put(spool, "a", "1"), put(spool, "a", "2")
    spool.settle({first: b"now"})
    assert [entry.last for entry in spool.of("a")] == [b"now", b""]
    spool.join(second, first)
    assert texts(spool, "a") == ["1"]


def test_of_many_seeds_the_folder_is_read_once(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in "abc":
        put(Spool(repo.open()), path, path)
    spool = Spool(repo.open())
    os.utime(spool.folder, (1, 1))
    listed, read = list[object](), os.listdir
    monkeypatch.setattr(module.os, "listdir", lambda folder: listed.append(folder) or read(folder))
    assert [texts(spool, path) for path in "abcd"] == [["a"], ["b"], ["c"], []]
    assert len(listed) == 1


def test_a_folder_that_has_just_changed_is_looked_at_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a tick of the clock, what comes later leaves no other time."""
    one, two = Spool(repo.open()), Spool(repo.open())
    put(two, "a", "1")
    found = os.stat(one.folder)
    assert texts(one, "a") == ["1"]
    put(two, "a", "2")
    os.utime(one.folder, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert texts(one, "a") == ["1", "2"]


def test_it_says_what_reading_all_of_it_says(repo: Repo) -> None:
    rng = random.Random(7)
    spools = [Spool(repo.open()) for _ in range(3)]
    for _ in range(60):
        spool = rng.choice(spools)
        if rng.random() < 0.6 or not spool.entries():
            put(spool, rng.choice("ab"), str(rng.random()))
        else:
            spool.settle({rng.choice(spool.entries()): None})
        for each in spools:
            for path in "ab":
                assert each.of(path) == [entry for entry in each.entries() if entry.path == path]
