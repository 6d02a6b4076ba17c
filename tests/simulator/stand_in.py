"""Stands in for git where a history takes nearly all its time: in processes that write one ref.

It moves refs, stores objects, reads them, and carries them between the repositories beside each
other, on the very files that git would. Everything else is asked of git itself. Every tenth history
is played without it.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha1
from pathlib import Path
from typing import Any

import pygit2
import pytest

from seedgit.git import clone, objects
from seedgit.git.process import GitFailed

KINDS = {1: b"commit", 2: b"tree", 3: b"blob"}
NONE = 40 * "0"
ELSEWHERE = "GIT_OBJECT_DIRECTORY"  # of a dry-run, which leaves nothing
# As they are: `killed` stops seedgit at those it calls itself.
_rename, _unlink, _write, _open = os.rename, os.unlink, os.write, os.open


class StandIn:
    """For the repositories in one folder, each by its name there."""

    def __init__(self, top: Path, patch: pytest.MonkeyPatch) -> None:
        self.top = top
        self.written: dict[str, dict[str, bytes]] = {}  # what was written since: by id, compressed
        self.stores: dict[str, pygit2.Odb] = {}
        self._git = clone.run_git
        patch.setattr(clone, "run_git", self.run_git)
        real = objects.Reader

        def reader(worktree: str, env: Mapping[str, str], how: str) -> Any:
            return real(worktree, env, how) if ELSEWHERE in env else Reading(self, Path(worktree))

        patch.setattr(objects, "Reader", reader)

    def run_git(self, arguments: Iterable[str], *, cwd: str, **how: Any) -> tuple[int, bytes]:
        words, place = tuple(arguments), Path(cwd)
        rest = [*words]
        while rest and rest[0].startswith("-"):
            del rest[: 2 if rest[0] == "-c" else 1]
        answer = getattr(self, f"git_{rest[0].replace('-', '_')}", None)
        if answer is None or self.common(place) is None or ELSEWHERE in (how.get("env") or {}):
            return self._git(words, cwd=cwd, **how)
        status, out, errors = answer(place, rest[1:], how.get("stdin", b""))
        if status not in how.get("accept", (0,)):
            raise GitFailed(rest[0], status, out, errors)
        return status, out

    # -- repositories ------------------------------------------------------------------------------

    def common(self, place: Path) -> Path | None:
        """The directory that all worktrees of a repository share; None for one elsewhere."""
        git = place / ".git"
        if git.is_file():
            git = Path(git.read_text().partition(": ")[2].strip()).parent.parent
        elif not git.is_dir():
            git = place
        return git if self.top in git.parents else None

    def store(self, git: Path) -> pygit2.Odb:
        if str(git) not in self.stores:
            self.stores[str(git)] = pygit2.Odb(str(git / "objects"))
        return self.stores[str(git)]

    def put(self, git: Path, id: str, data: bytes) -> None:
        """Write a loose object, compressed."""
        known = self.written.setdefault(str(git), {})
        if id in known:
            return
        known[id] = data
        place = git / "objects" / id[:2]
        place.mkdir(exist_ok=True)
        (place / id[2:]).write_bytes(data)

    def carry(self, source: Path, target: Path) -> None:
        for id, data in self.written.get(str(source), {}).items():
            self.put(target, id, data)

    def look_again(self) -> None:
        """Another process has written objects."""
        for git in (*self.top.glob("*/.git"), self.top / "hub"):
            known = self.written.setdefault(str(git), {})
            for place in git.glob("objects/??/*") if git.is_dir() else ():
                id = place.parent.name + place.name
                if id not in known:
                    known[id] = place.read_bytes()

    def ref(self, git: Path, name: str) -> str:
        try:
            return (git / name).read_text().strip()
        except FileNotFoundError:
            return NONE

    def move(self, git: Path, name: str, old: str | None, new: str, why: str) -> bytes:
        """Move a ref, as git-update-ref(1): what is wrong, or nothing."""
        place, lock = git / name, git / f"{name}.lock"
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = _open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            return b"fatal: cannot lock ref '%s': Unable to create: File exists" % name.encode()
        _write(file, f"{new}\n".encode())
        os.close(file)
        was = self.ref(git, name)
        if old not in (None, was):
            _unlink(lock)
            return b"fatal: cannot lock ref '%s': is at another" % name.encode()
        if new == NONE:
            _unlink(lock)
            _unlink(place)
            return b""
        log = git / "logs" / name
        log.parent.mkdir(parents=True, exist_ok=True)
        who = "Sam Site <sam@site.example> 1714979289 +0000"
        with open(log, "ab") as lines:
            lines.write(f"{was} {new} {who}\t{why}\n".encode())
        _rename(lock, place)
        return b""

    # -- commands ----------------------------------------------------------------------------------

    def git_update_ref(self, cwd: Path, words: list[str], _: bytes) -> tuple[int, bytes, bytes]:
        git = self.common(cwd)
        assert git is not None and words[:2] == ["--no-deref", "-m"]
        why, how, name, *ids = words[2:]
        new, old = ids if how == "--create-reflog" else [NONE, *ids]
        wrong = self.move(git, name, old, new, why)
        return 128 if wrong else 0, b"", wrong

    def git_index_pack(self, cwd: Path, _: list[str], pack: bytes) -> tuple[int, bytes, bytes]:
        git, at = self.common(cwd), 12
        assert git is not None
        while at < len(pack) - 20:
            kind = pack[at] >> 4 & 7
            while pack[at] & 0x80:
                at += 1
            unpack = zlib.decompressobj()
            data = unpack.decompress(pack[at + 1 :])
            at = len(pack) - len(unpack.unused_data)
            whole = b"%s %d\0%s" % (KINDS[kind], len(data), data)
            self.put(git, sha1(whole).hexdigest(), zlib.compress(whole, 1))
        return 0, b"keep\t%s\n" % pack[-20:].hex().encode(), b""

    def git_merge_base(self, cwd: Path, words: list[str], _: bytes) -> tuple[int, bytes, bytes]:
        repository = pygit2.Repository(str(self.common(cwd)))
        one, other = ({str(c.id) for c in repository.walk(id)} for id in words[-2:])
        common = one & other
        first = repository.merge_base(*words[-2:])
        best = [
            id
            for id in sorted(common, key=lambda id: id != str(first))
            if not any(repository.descendant_of(each, id) for each in common)
        ]
        return (0, "\n".join([*best, ""]).encode(), b"") if best else (1, b"", b"")

    def git_ls_remote(self, cwd: Path, words: list[str], _: bytes) -> tuple[int, bytes, bytes]:
        there, *patterns = words[words.index("--") + 1 :]
        git = self.common(self.top / there)
        assert git is not None
        lines = []
        for pattern in patterns:
            for place in sorted((git / pattern).parent.rglob("*")):
                if place.is_file():
                    lines.append(f"{place.read_text().strip()}\t{place.relative_to(git)}\n")
        return 0, "".join(lines).encode(), b""

    def git_fetch(self, cwd: Path, words: list[str], _: bytes) -> tuple[int, bytes, bytes]:
        remote, refspec = words[words.index("--") + 1 :]
        name, _, copy = refspec.removeprefix("+").partition(":")
        here, there = self.common(cwd), self.common(self.top / remote)
        assert here is not None and there is not None
        new = self.ref(there, name)
        self.carry(there, here)
        wrong = b"" if self.ref(here, copy) == new else self.move(here, copy, None, new, "fetch")
        return 1 if wrong else 0, b"", wrong

    def git_push(self, cwd: Path, words: list[str], _: bytes) -> tuple[int, bytes, bytes]:
        remote, refspec = words[words.index("--") + 1 :]
        new, _, name = refspec.partition(":")
        here, there = self.common(cwd), self.common(self.top / remote)
        assert here is not None and there is not None
        old = self.ref(there, name)
        if old == new:
            return 0, f"=\t{refspec}\t[up to date]\nDone\n".encode(), b""
        mine = pygit2.Repository(str(here))
        if old != NONE and not (old in mine and mine.descendant_of(new, old)):
            return 1, f"!\t{refspec}\t[rejected] (fetch first)\nDone\n".encode(), b""
        self.carry(here, there)
        wrong = self.move(there, name, old, new, "push")
        if wrong:
            return 1, f"!\t{refspec}\t[remote rejected] (failed to lock)\nDone\n".encode(), wrong
        return 0, f"*\t{refspec}\t[new reference]\nDone\n".encode(), b""


class Reading:
    """As `objects.Reader`."""

    usable = True

    def __init__(self, git: StandIn, worktree: Path) -> None:
        place = git.common(worktree)
        assert place is not None
        self._store = git.store(place)

    def ask(self, id: str, content: bool) -> objects.Answer:
        kind, data = self._store.read(id)
        return KINDS[kind], len(data), data + b"\n" if content else b""

    def ask_all(self, ids: list[str], content: bool) -> Iterator[tuple[str, objects.Answer]]:
        for id in ids:
            try:
                kind, size, data = self.ask(id, content)
            except KeyError:
                return
            yield id, (kind, size, data[:-1] if content else b"")
