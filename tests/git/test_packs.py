"""No gc takes what a write has made, whenever it looks and whenever it comes to it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from seedgit.git import packs, refs
from seedgit.git.packs import ABANDONED, LIST, MANY, MARK
from seedgit.git.process import GitFailed
from tests.conftest import Repo
from tests.git.overlay_helpers import bodies, put, record, store
from tests.git.test_refs import go, writer

REF = "refs/seedgit/overlays/local"
GC = ("gc", "--quiet", "--prune=now")


def found(repo: Repo) -> list[str]:
    return sorted(place.stem for place in (repo.path / ".git/objects/pack").glob("*.idx"))


def whole(repo: Repo, **body: int) -> None:
    repo("fsck", "--strict", "--full")
    assert bodies(store(repo).read("local"))["a.yaml"] == body


def reachable(repo: Repo) -> set[str]:
    return {line.split(" ")[0] for line in repo("rev-list", "--objects", "--all").splitlines()}


class Late:
    """A `git gc --prune=now` that has looked, and takes what it has not seen only now."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.seen = reachable(repo)
        self.packs = [
            pack
            for pack in (repo.path / ".git/objects/pack").glob("*.pack")
            if not pack.with_suffix(".keep").exists()
        ]
        self.content = [
            {line.split(" ")[1] for line in repo("show-index", stdin=index).splitlines()}
            for index in (pack.with_suffix(".idx").read_bytes() for pack in self.packs)
        ]

    def take(self) -> None:
        for folder in (self.repo.path / ".git/objects").glob("??"):
            for file in folder.iterdir():
                if folder.name + file.name not in self.seen:
                    file.unlink()
        for pack, content in zip(self.packs, self.content, strict=True):
            if not content & self.seen and pack.exists():  # else a new pack has what is seen
                pack.unlink()
                pack.with_suffix(".idx").unlink()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], object]], None]:
    """Does something just before, or just after, the ref moves."""
    move = refs._move

    def set_up(when: str, act: Callable[[], object]) -> None:
        def moved(*args: object) -> None:
            if when == "before":
                act()
            move(*args)  # type: ignore[arg-type]
            if when == "after":
                act()

        monkeypatch.setattr(refs, "_move", moved)

    return set_up


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_gc_while_a_write_is_under_way(
    repo: Repo, at: Callable[[str, Callable[[], object]], None], when: str
) -> None:
    put(repo, record(repo, v=1))
    at(when, lambda: repo(*GC))
    commit = put(repo, record(repo, v=2))
    repo(*GC)
    assert repo("rev-parse", REF) == commit
    whole(repo, v=2)


def test_a_gc_within_the_very_transaction_of_the_ref(repo: Repo) -> None:
    put(repo, record(repo, v=1))
    script = f'test "$1" = prepared || exit 0; git repack -a -d -q; git prune --expire=now; : {REF}'
    repo.hook("reference-transaction", script)
    put(repo, record(repo, v=2))
    whole(repo, v=2)


def test_a_gc_that_has_looked_before_and_takes_afterwards(repo: Repo) -> None:
    put(repo, record(repo, v=1))
    for v in range(2, 5):
        new = record(repo, v=v)
        late = Late(repo)
        put(repo, new)
        late.take()
        whole(repo, v=v)


def test_a_gc_that_looks_between_objects_and_ref_and_takes_afterwards(
    repo: Repo, at: Callable[[str, Callable[[], object]], None]
) -> None:
    put(repo, record(repo, v=1))
    looked: list[Late] = []
    at("before", lambda: looked.append(Late(repo)))
    put(repo, record(repo, v=2))
    looked[0].take()
    whole(repo, v=2)


def test_a_gc_takes_the_base_before_it_is_stored(repo: Repo) -> None:
    """Only the index kept it, and somebody has staged another content since."""
    repo.commit({"a.yaml": "a: 1\n"})
    repo.write({"a.yaml": "a: 2\n"})
    repo("add", "a.yaml")
    staged = record(repo, base="a: 2\n", v=1)
    put(repo, staged)
    repo("reset", "--hard", "--quiet")
    repo(*GC)
    assert repo.open().blob(staged.base) == b"a: 2\n"


def test_writers_and_gc_at_once(repo: Repo) -> None:
    """Slow, as it takes many of both for one to meet the other: it lost one in 30 before."""
    repo.commit()
    side = repo.worktree("side", "-b", "side")
    base = repo.blob("a: 1\n")
    put(repo, record(repo, v=1))
    writers = [writer((repo, side)[n % 2], f"w{n}", 8, base) for n in range(3)]
    for process in writers:
        go(process)
    while any(process.poll() is None for process in writers):
        repo(*GC)
        repo("rev-list", "--objects", "--quiet", REF)
        assert not store(side).read("local").problems
    for process in writers:
        assert process.communicate()[1] == b""
        assert process.returncode == 0
    fields = [field for body in bodies(store(repo).read("local")).values() for field in body]
    assert len(fields) == 25
    repo("fsck", "--strict")


def test_many_packs_become_one(repo: Repo) -> None:
    for v in range(2 * MANY + 2):
        commit = put(repo, record(repo, v=v))
    listed = (repo.path / ".git/seedgit" / LIST).read_text().splitlines()
    assert sorted(int(line.split(" ")[0]) for line in listed) == [1, 1, MANY, MANY]
    assert found(repo) == sorted(f"pack-{line.split(' ')[1]}" for line in listed)
    assert len(repo("rev-list", commit).splitlines()) == 2 * MANY + 2
    whole(repo, v=2 * MANY + 1)


def test_packs_of_packs(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MANY", 2)
    for v in range(15):
        put(repo, record(repo, v=v))
    assert len(found(repo)) == 4  # 8 + 4 + 2 + 1
    whole(repo, v=14)


def test_what_a_gc_has_taken_off_the_list(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MANY", 3)
    for v in range(10):
        put(repo, record(repo, v=v))
        if v % 4 == 1:
            repo(*GC)
    whole(repo, v=9)


@pytest.mark.parametrize("text", ["", "1\n", "x y\n", "1 ../../../a\n", "1 " + "1" * 40 + "\n"])
def test_a_list_that_says_nothing(repo: Repo, text: str) -> None:
    put(repo, record(repo, v=1))
    (repo.path / ".git/seedgit" / LIST).write_text(text)
    put(repo, record(repo, v=2))
    whole(repo, v=2)


def test_a_clone_whose_packs_git_tends(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MANY", 2)
    put(repo, record(repo, v=0))
    repo("multi-pack-index", "write")
    for v in range(1, 6):
        put(repo, record(repo, v=v))
    assert len(found(repo)) == 6
    repo("multi-pack-index", "verify")
    whole(repo, v=5)


def test_what_a_killed_writer_has_left(repo: Repo) -> None:
    put(repo, record(repo, v=1))
    place = repo.path / ".git/objects/pack" / found(repo)[0]
    keeps = [place.with_name(f"pack-{n * 40}.keep") for n in "123"]
    for keep, text in zip(keeps, (MARK, MARK, "a person's"), strict=True):
        keep.write_text(text + "\n")
    for keep in keeps[1:]:
        os.utime(keep, (time.time() - ABANDONED - 9,) * 2)
    put(repo, record(repo, v=2))
    assert [keep.exists() for keep in keeps] == [True, False, True]


def test_nothing_is_left_of_a_write_but_its_pack(repo: Repo) -> None:
    new = record(repo, v=1)
    loose = repo("count-objects")
    put(repo, new)
    assert repo("count-objects") == loose
    (pack,) = found(repo)
    assert {p.suffix for p in (repo.path / ".git/objects/pack").glob(f"{pack}.*")} <= {
        ".pack",
        ".idx",
        ".rev",
    }


def test_a_full_disk_is_told(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = put(repo, record(repo, v=1))
    new = record(repo, v=2)
    monkeypatch.setattr(packs, "_pack", lambda made, format: b"PACK")
    with pytest.raises(GitFailed, match="index-pack"):
        put(repo, new)
    assert repo("rev-parse", REF) == before
