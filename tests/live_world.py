"""A program with its live file, a site, a colleague and an upstream: what may happen to them.

Every step is a method of `World`. It keeps what the program wrote to the site's places, and `check`
says whether laws 14 and 15 hold. A run starts from the same files each time: they are put back, not
made again. Upstream's commits are written without git, and each clone's configuration is read once.
So a sequence takes few processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from typing import Any

import yaml
from hypothesis import event

from seedgit import codes
from seedgit.errors import SeedgitError
from seedgit.files.safe import TEMPORARY
from seedgit.formats.document import Document
from seedgit.git.live_tree import live_trees
from seedgit.operations import sync as module
from seedgit.operations.live import begin
from seedgit.operations.live_tree.in_step import TreeSync
from seedgit.operations.pending import pending
from seedgit.operations.pull import pull
from seedgit.operations.resolve import Wanted, decide
from seedgit.operations.set import set_override, unset_override
from seedgit.operations.stack.effective import effective
from seedgit.operations.undo import undo
from seedgit.operations.workspace import Workspace
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import parse_pointer, resolve
from seedgit.values.value import same
from tests.conftest import Repo
from tests.documents import fitted, text_of
from tests.killed import killed, stopped
from tests.site import site_of

SEED: dict[str, Any] = {
    "name": "wiki",
    "timeout": 30,
    "paused": False,
    "queue": {"mode": "live", "items": ["a"]},
    "steps": [{"id": "fetch", "mode": "live"}, {"id": "rank", "mode": "live"}],
}
# The same where there are no lists, and all values are texts.
INI_SEED: dict[str, Any] = {
    "name": "wiki",
    "timeout": "30",
    "paused": "false",
    "queue": {"mode": "live", "items": "a"},
    "steps": {"fetch": "live", "rank": "live"},
}
INI_PLACES = {"/steps/0/mode": "/steps/fetch", "/steps/1/mode": "/steps/rank"}
RULES = """\
version: 1
seeds:
  - files: "*.ini"
    overlay: [{path: /paused}, {path: /queue}, {path: /steps}]
  - files: "f.*"
    keys: {/steps: id}
    overlay: [{path: /paused}, {path: /queue}, {path: /steps/*/mode}]
"""
OWN = ("/paused", "/queue/mode", "/queue/items", "/steps/0/mode", "/steps/1/mode")
PACKAGES = ("/name", "/timeout")
PACKAGE = "refs/heads/package"
STORM = "SEQUENCES" in os.environ  # `make storm`
NOBODY = 4194399  # a process id that no system gives
KILLING = '#!/bin/sh\n[ "$1" = prepared ] && kill -9 $PPID\n'


class World:
    """What there is, and what may happen.

    written  what the program wrote to the site's places, last, where it has to be found again
    """

    def __init__(self, upstream: Repo, path: str) -> None:
        upstream.commit({".seedgit.yaml": RULES, path: self.text(seed_of(path), path)}, "v0")
        self.site = site_of(upstream)
        self.site("update-ref", PACKAGE, "HEAD")
        self.colleague = Repo(upstream.path.parent / "colleague")
        shutil.copytree(self.site.path, self.colleague.path)
        self.site("remote", "add", "colleague", f"file://{self.colleague.path}")
        self.path = path
        self.app = upstream.path.parent / "app"
        places = (self.site.path, self.colleague.path)
        self._site, self._there = (Workspace.open(str(place)).repository for place in places)
        begin(Workspace(self._site, self.site.path), str(self.app), (), "", ())
        self.written: dict[str, Any] = {}
        self._open: Workspace | None = None
        self.sync()
        self._start = {place: files_of(place) for place in (*places, self.app)}

    @staticmethod
    def text(value: Any, path: str) -> bytes:
        return text_of(value, path.removeprefix("f."))

    def begin(self) -> None:
        """Put everything back."""
        for place, files in self._start.items():
            put_back(place, files)
        self.written.clear()
        self._open = None
        self._number = 0
        self._seed = seed_of(self.path)

    def place(self, pointer: str) -> str:
        """Where the format at hand has what is at a place of `SEED`."""
        return INI_PLACES.get(pointer, pointer) if self.path.endswith("ini") else pointer

    def said(self, value: Any) -> Any:
        """What the format at hand can say of a scalar."""
        return fitted({"": value}, self.path.removeprefix("f."))[""]

    def parsed(self, data: bytes) -> Any:
        return Document.parse(data, self.path).value

    def live(self) -> Any:
        return self.parsed((self.app / self.path).read_bytes())

    def sync(self) -> TreeSync:
        workspace = self.open()
        return module.sync(workspace, live_trees(workspace.repository)[0])

    def open(self) -> Workspace:
        """The site as it is. It is looked at again only after git has moved something."""
        if self._open is None:
            self._open = Workspace(self._site, self.site.path)
        return self._open

    # -- a program ---------------------------------------------------------------------------------

    def program(self, pointer: str, value: Any, style: str) -> None:
        owned = pointer in OWN
        pointer, value = self.place(pointer), self.said(value)
        now = self.live()
        before = changed(now, pointer, value)
        data = self.text(now, self.path)
        if style == "sorted":
            data = self.text(dict(sorted(now.items())), self.path)
        elif style == "dumped" and self.path.endswith("yaml"):
            data = yaml.safe_dump(now).encode()
        elif style in ("dumped", "flow") and self.path.endswith(("yaml", "json")):
            data = json.dumps(now).encode()
        elif style in ("dumped", "flow") and self.path.endswith("ini"):
            data = re.sub(rb"#.*\n", b"", data).replace(b" = ", b"=")
        (self.app / self.path).write_bytes(data)
        if owned and not same(before, value):  # else it wrote nothing there
            self.written[pointer] = value

    # -- a person ----------------------------------------------------------------------------------

    def set(self, pointer: str, value: Any) -> None:
        pointer = self.place(pointer)
        with contextlib.suppress(SeedgitError):
            set_override(self.open(), self.path, pointer, self.said(value))
            self.written.pop(pointer, None)

    def unset(self, pointer: str) -> None:
        pointer = self.place(pointer)
        with contextlib.suppress(SeedgitError):
            unset_override(self.open(), self.path, pointer)
            self.written.pop(pointer, None)

    def undo(self) -> None:
        with contextlib.suppress(SeedgitError):
            undo(self.open())
            self.written.clear()  # it may have been a capture

    def pull(self, pointer: str, value: Any, prefer: str) -> None:
        """A colleague's overlay, with one change."""
        with contextlib.suppress(SeedgitError):
            there = Workspace(self._there, self.colleague.path)
            set_override(there, self.path, self.place(pointer), self.said(value))
            pull(self.open(), "colleague", join=True)
            if prefer and any(entry.item.between for entry in pending(self.open()).items):
                decide(self.open(), [Wanted(codes.CLASHES, choice=prefer)])
        self.written.clear()  # any of the colleague's values may hold now

    # -- git ---------------------------------------------------------------------------------------

    def upgrade(self, pointer: str, value: Any, how: str, killed: bool = False) -> None:
        """Upstream changes a value, and the site takes it by merge, rebase or cherry-pick."""
        self._seed = json.loads(json.dumps(self._seed))
        changed(self._seed, self.place(pointer), self.said(value))
        self._number += 1
        head = self.commit({self.path: self.text(self._seed, self.path)}, PACKAGE)
        self.git(how, head, killed=killed)

    def edit(self, value: Any) -> None:
        """The site edits and commits what the package owns, so that merges are true ones."""
        if self.edited("/name", value):
            self.git("commit", "-qam", "edited")

    def edited(self, pointer: str, value: Any) -> bool:
        """Edit the seed in the working tree; whether that changed it."""
        file = self.site.path / self.path
        seed = self.parsed(file.read_bytes())
        old = changed(seed, self.place(pointer), self.said(value))
        file.write_bytes(self.text(seed, self.path))
        return not same(old, self.said(value))

    def switch(self, killed: bool = False) -> None:
        """To the first version, or back to the branch."""
        head = (self.site.path / ".git/HEAD").read_text()
        first = ("--detach", "main~0" if "ref:" not in head else self.first())
        self.git("switch", *(("main",) if "ref:" not in head else first), killed=killed)

    def first(self) -> str:
        return self._start[self.site.path][".git/refs/heads/main"].decode().strip()

    def stash(self, pointer: str, value: Any) -> None:
        """A staged edit of a seed goes away for a while."""
        if self.edited(pointer, value):
            self.git("add", self.path)
            self.sync()
            self.git("stash", "--quiet")

    def reset(self, killed: bool = False) -> None:
        self.git("reset", "--quiet", "--hard", self.first(), killed=killed)

    def git(self, *words: str, killed: bool = False) -> None:
        """Run git, and give up what it cannot finish; `killed`: before it moves a ref."""
        self.moving()
        hook = self.site.path / ".git/hooks/reference-transaction"
        if killed:
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(KILLING)
            hook.chmod(0o755)
        done = subprocess.run(["git", *words], cwd=self.site.path, capture_output=True, check=False)
        hook.unlink(missing_ok=True)
        if done.returncode:
            self.moved()
            self.sync()
            self.moving()
            git = self.site.path / ".git"
            for place in (*git.rglob("*.lock"), *git.glob("*_HEAD"), *git.glob("MERGE_*")):
                place.unlink(missing_ok=True)
            for folder in git.glob("rebase-*"):
                shutil.rmtree(folder)
            self.site("reset", "--quiet", "--hard")
        self.moved()

    def moved(self) -> None:
        self._open = None

    def moving(self) -> None:
        """What the program wrote follows the seed where it is the seed's value."""
        if self.path not in self.open().tracked:  # it is unmerged
            return
        _, seed = self.open().staged(self.path)
        for pointer, value in list(self.written.items()):
            if same(value_at(seed.value, pointer), value):
                del self.written[pointer]

    def commit(self, files: dict[str, bytes], ref: str) -> str:
        """Add files to a branch's commit, without git, and move the branch."""
        git = self.site.path / ".git"
        old = (git / ref).read_text().strip()
        tree = {".seedgit.yaml": RULES.encode(), **files}
        entries = b"".join(
            b"100644 %s\0%s" % (name.encode(), bytes.fromhex(self.put("blob", tree[name])))
            for name in sorted(tree)
        )
        who = f"Up <up@example.com> {1700000000 + self._number} +0000"
        text = (
            f"tree {self.put('tree', entries)}\nparent {old}\nauthor {who}\ncommitter {who}\n\nv\n"
        )
        new = self.put("commit", text.encode())
        (git / ref).write_text(f"{new}\n")
        return new

    def put(self, kind: str, data: bytes) -> str:
        """Write a loose object (gitformat-loose(5))."""
        data = b"%s %d\0%s" % (kind.encode(), len(data), data)
        id = sha1(data).hexdigest()
        place = self.site.path / ".git/objects" / id[:2] / id[2:]
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(zlib.compress(data, 1))
        return id

    # -- kill -9 -----------------------------------------------------------------------------------

    def killed(self, step: str, point: int, *words: Any) -> None:
        """A step that dies after it has changed something so many times."""
        (killed if STORM else stopped)(lambda: getattr(self, step)(*words), point)
        self.moved()
        for name in os.listdir(self.app):
            dead = name.replace(f"{TEMPORARY}{os.getpid()}-", f"{TEMPORARY}{NOBODY}-")
            (self.app / name).rename(self.app / dead)
        if step != "sync":
            self.written.clear()  # nobody knows what it has done

    # -- what has to hold --------------------------------------------------------------------------

    def check(self) -> None:
        before = self.live()
        done = self.sync()
        told = [file for file in done.files if file.path == self.path]
        drift = {d.pointer for file in told for d in file.drift}
        clashes = {c.pointer for file in told for c in file.clashes}
        assert not any(file.problem for file in told), told
        live, wanted = self.live(), effective(self.open(), self.path).document.value
        # Law 15: the file is the effective document, but for what is told.
        for pointer in map(self.place, (*OWN, *PACKAGES)):
            here, there = value_at(live, pointer), value_at(wanted, pointer)
            if not within(pointer, drift | clashes):
                assert same(here, there), (pointer, here, there)
            if not same(value_at(before, pointer), here):
                assert same(here, there), (pointer, "is nobody's value")
        # Law 14: what the program wrote to the site's places is there.
        for pointer, value in self.written.items():
            assert same(value_at(live, pointer), value), pointer
            assert within(pointer, clashes) or same(value_at(wanted, pointer), value), pointer
        data = (self.app / self.path).read_bytes()
        again = self.sync()
        assert not any(file.moved for file in again.files)
        assert (self.app / self.path).read_bytes() == data
        assert self.site("status", "--porcelain") == ""
        assert os.listdir(self.app) == [self.path]
        event(f"drift {bool(drift)}, clashes {bool(clashes)}")


def seed_of(path: str) -> dict[str, Any]:
    return INI_SEED if path.endswith("ini") else SEED


def changed(value: Any, pointer: str, new: Any) -> Any:
    """Put a value at a place; returns the old one."""
    *above, last = parse_pointer(pointer)
    holder = resolve(value, tuple(above))
    key: Any = int(last) if isinstance(holder, list) else last
    old, holder[key] = holder[key], new
    return old


def value_at(value: Any, pointer: str) -> Any:
    try:
        return resolve(value, parse_pointer(pointer))
    except SeedgitError:
        return ABSENT


def within(pointer: str, places: set[str]) -> bool:
    return any((pointer + "/").startswith(place + "/") for place in places) or any(
        place.startswith(pointer + "/") for place in places
    )


# -- files -----------------------------------------------------------------------------------------


def names_of(top: Path) -> Iterator[str]:
    """The files below a folder, but for git's objects."""
    for folder, below, names in os.walk(top):
        if "objects" in below:
            below.remove("objects")
        yield from (os.path.relpath(os.path.join(folder, name), top) for name in names)


def files_of(top: Path) -> dict[str, bytes]:
    return {name: (top / name).read_bytes() for name in names_of(top)}


def put_back(top: Path, files: dict[str, bytes]) -> None:
    for name in set(names_of(top)) - files.keys():
        (top / name).unlink()
    for name, data in files.items():
        file = top / name
        if not file.is_file() or file.read_bytes() != data:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
