"""A working tree of a clone: its files, its index, and the files of any tree.

Names of files are `str`, relative to the top, with `/`; bytes that are not UTF-8 are surrogate
escapes (`names.to_bytes`). git itself is asked for everything that takes more than reading an
object: sparse and split indexes, attributes.
"""

from __future__ import annotations

import os
import stat

from seedgit.errors import RepositoryError, of_the_system
from seedgit.files.safe import read_regular
from seedgit.git.names import is_id, to_bytes, to_text
from seedgit.git.places import find, plain
from seedgit.git.process import LITERAL, GitFailed
from seedgit.git.revisions import Revisions
from seedgit.git.unmade import UnmadeWrites
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from pathlib import Path
    from typing import Final

    from seedgit.git.places import Places
    from seedgit.git.writer import Writer

STAGE_MERGED: Final = 0
STAGE_BASE: Final = 1
STAGE_OURS: Final = 2
STAGE_THEIRS: Final = 3

MODE_FILE: Final = 0o100644
MODE_EXECUTABLE: Final = 0o100755
MODE_LINK: Final = 0o120000
MODE_SUBMODULE: Final = 0o160000
MODE_TREE: Final = 0o040000
TREES_KEPT: Final = 4

FILE_MODES: Final = frozenset({MODE_FILE, MODE_EXECUTABLE})


class GitEntry(NamedTuple):
    """A name in a tree or in the index (gitformat-index: `stage` is 0, or 1 to 3 unmerged)."""

    path: str
    mode: int
    id: str
    stage: int = STAGE_MERGED


class Repository(Revisions):
    """One working tree of a clone; see `discover`."""

    def __init__(self, at: Places) -> None:
        super().__init__(at)
        self.unmade = UnmadeWrites()  # what a rehearsal has not written
        # The files of the working tree that were read, or looked at, and what told then that they
        # were the same as before: device, inode, size and times. None: nothing did.
        self.looked_at: dict[str, list[int] | None] = {}
        # The paths that differ from HEAD, if git has said so when the command began.
        self.uncommitted: list[str] | None = None
        # What was seen of files before: their names, when that began, and size, inode and times of
        # each of them, as `InStep` has them.
        self.seen: tuple[bytes, int, array[int]] | None = None
        self._writer: Writer | None = None
        self._trees: dict[str, dict[str, GitEntry]] = {}  # the last ones asked for, the newest last

    @classmethod
    def discover(
        cls, path: Path | str = ".", config: bytes | None = None, top: str = ""
    ) -> Repository:
        """The clone around `path`, or the one that git's environment names (GIT_DIR and so on).

        config  git's configuration there, if git was asked already (`Config.told`); `top`: as for
                `plain`, if that is known too

        Raises RepositoryError if there is none, if it has no working tree, or if git does not trust
        it (safe.directory).
        """
        start = os.path.join(os.getcwd(), path).removesuffix("/.")
        found = cls((plain(start, top, config) if top and config else None) or find(start))
        if config is not None:
            found.config.told(config)
        return found

    @property
    def writer(self) -> Writer:
        """Makes every change of this clone, or only rehearses it."""
        if self._writer is None:
            from seedgit.git.writer import Live

            self._writer = Live(self)
        return self._writer

    def rehearse(self) -> None:
        """From now on nothing is written here. What would be written is recorded in `unmade`."""
        from seedgit.git.rehearsal import Rehearsal

        if not self.writer.rehearses:
            self._writer = Rehearsal(self)

    def rehearsing(self) -> Repository:
        """The same clone, but nothing is written through it: what would be is in its `unmade`."""
        if self.writer.rehearses:
            return self
        other = Repository(self.at)
        other.config, other._trees = self.config.of(other), self._trees
        other.rehearse()
        return other

    def writing_to(self, objects: Path) -> Repository:
        """The same clone, but every new object goes to another directory, and nothing here."""
        other = Repository(self.at)
        other.put_objects(str(objects), self._aside)
        other.config, other._trees = self.config.of(other), self._trees
        return other

    def tree(self, treeish: str) -> dict[str, GitEntry]:
        """Every file (and link, and submodule) of a tree, by path."""
        found = self._trees.pop(treeish, None)
        if found is None:
            out = self._ls_tree("-r", treeish)
            found = {entry.path: entry for entry in _tree_entries(out)}
        if is_id(treeish):  # whose content never changes
            self._trees[treeish] = found
            if len(self._trees) > TREES_KEPT:
                del self._trees[next(iter(self._trees))]
        return dict(found)

    def entry(self, treeish: str, path: str) -> GitEntry | None:
        """What a tree has at `path` (a directory too); None if there is nothing."""
        return self.entries(treeish, path).get(path)

    def entries(self, treeish: str, *paths: str) -> dict[str, GitEntry]:
        """As `entry`, of several paths, for those where there is something."""
        found = _tree_entries(self._ls_tree(treeish, "--", *paths))
        return {entry.path: entry for entry in found if entry.path in paths}

    def _ls_tree(self, *words: str) -> bytes:
        try:
            return self.git(LITERAL, "ls-tree", "-z", "--full-tree", *words)
        except GitFailed:
            treeish = next(word for word in words if not word.startswith("-"))
            tree = self.resolve(treeish, "tree")
            if tree is not None:
                self.object(tree)  # which says what git does not: the id of what is damaged
            raise

    def read(self, treeish: str, path: str) -> bytes | None:
        """A regular file of a tree; None if there is none."""
        entry = self.entry(treeish, path)
        return self.blob(entry.id) if entry and entry.mode in FILE_MODES else None

    def index(self, *paths: str, unmerged: bool = False) -> list[GitEntry]:
        """The index's entries, all stages, sorted. If `paths` are given, only theirs."""
        which = "--unmerged" if unmerged else "--stage"
        entries = map(_index_entry, self.index_lines(*paths, which=which))
        return [entry for entry in entries if not paths or entry.path in paths]

    def index_lines(self, *paths: str, which: str = "--stage") -> list[str]:
        """The lines of git-ls-files(1), "OUTPUT": mode, id and stage, a tab, the path."""
        out = self.git(LITERAL, "ls-files", which, "-z", "--", *paths)
        return to_text(out).split("\0")[:-1]

    def read_index(self, path: str, stage: int = STAGE_MERGED) -> bytes | None:
        """A regular file as it is staged; None if that stage has none."""
        for entry in self.index(path):
            if entry.stage == stage and entry.mode in FILE_MODES:
                return self.blob(entry.id)
        return None

    def file(self, path: str) -> Path:
        """As `place`, as a path."""
        from pathlib import Path  # late: see `Places`

        return Path(self.place(path))

    def place(self, path: str) -> str:
        """Where a tracked path is on the disk. Raises RepositoryError if it would lead outside."""
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts) or parts[0].lower() == ".git":
            raise RepositoryError("not a path inside the working tree", where=path)
        return os.path.join(self.at.worktree, os.fsdecode(to_bytes(path)))

    def file_mode(self, path: str) -> int | None:
        """The git mode of what is on the disk at `path`; None if it is nothing that git tracks.

        As for git, nothing lies beyond a symbolic link.
        """
        place = self.file(path)
        steps = [place, *place.parents][: path.count("/") + 1]
        try:
            if any(step.is_symlink() for step in steps[1:]):
                return None
            found = place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise of_the_system(error, "cannot be read", path) from None
        if stat.S_ISLNK(found.st_mode):
            return MODE_LINK
        if stat.S_ISDIR(found.st_mode):
            return MODE_TREE
        if not stat.S_ISREG(found.st_mode):
            return None
        return MODE_EXECUTABLE if found.st_mode & stat.S_IXUSR else MODE_FILE

    def read_file(self, path: str) -> bytes | None:
        """A regular file of the working tree, unfiltered; None if there is none."""
        self.looked_at.setdefault(path)
        if self.file_mode(path) not in FILE_MODES:
            return None
        try:
            return read_regular(str(self.file(path)), where=path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise of_the_system(error, "cannot be read", path) from None

    def attributes(self, paths: list[str], *names: str) -> dict[str, dict[str, str | bool]]:
        """gitattributes of each path: True (set), False (unset) or text; no unspecified ones."""
        stdin = b"".join(to_bytes(path) + b"\0" for path in paths)
        out = to_text(self.git("check-attr", "-z", "--stdin", *names, stdin=stdin))
        result: dict[str, dict[str, str | bool]] = {path: {} for path in paths}
        fields = iter(out.split("\0"))
        for path, name, value in zip(fields, fields, fields, strict=False):
            if value != "unspecified":
                result[path][name] = {"set": True, "unset": False}.get(value, value)
        return result


def _tree_entries(out: bytes) -> list[GitEntry]:
    entries = []
    for line in out.split(b"\0"):
        if line:
            about, path = line.split(b"\t", 1)
            mode, _, id = about.decode().split(" ")
            entries.append(GitEntry(to_text(path), int(mode, 8), id))
    return entries


def _index_entry(line: str) -> GitEntry:
    about, _, path = line.partition("\t")
    mode, id, stage = about.split(" ")
    return GitEntry(path, int(mode, 8), id, int(stage))
