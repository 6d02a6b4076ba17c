"""A clone: where its parts are, and what its objects, revisions, index and files hold.

Names of files are `str`, relative to the top, with `/`; bytes that are not UTF-8 are surrogate
escapes (`process.to_bytes`). Ids are hexadecimal. libgit2 reads and writes objects; git itself is
asked wherever libgit2 does not know enough: partial clones, sparse and split indexes, attributes.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from seedgit.errors import RepositoryError
from seedgit.files.safe import read_regular
from seedgit.git.config import Config
from seedgit.git.intent import Intent
from seedgit.git.names import is_id, is_ref_name, to_bytes, to_text
from seedgit.git.object_text import Commit, Tree, parse_commit, parse_tree
from seedgit.git.objects import BLOB, COMMIT, TAG, TREE, DamagedObject, Objects, blob_id
from seedgit.git.places import ask, find
from seedgit.git.process import DAMAGED, LITERAL, GitFailed, run_git

if TYPE_CHECKING:
    import pygit2

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
FILE_MODES: Final = frozenset({MODE_FILE, MODE_EXECUTABLE})

# Set by git for its hooks, relative to where the hook starts; children run at the top instead.
PLACES: Final = {
    "GIT_DIR": "git_dir",
    "GIT_COMMON_DIR": "common_dir",
    "GIT_WORK_TREE": "worktree",
    "GIT_INDEX_FILE": "index_file",
    "GIT_OBJECT_DIRECTORY": "object_dir",
}

# git-config(1), extensions.*: the value of each that is known here.
_KNOWN: Final = {"extensions.objectFormat": "sha1", "extensions.refStorage": "files"}

ALTERNATES: Final = "GIT_ALTERNATE_OBJECT_DIRECTORIES"


class Entry(NamedTuple):
    """A name in a tree or in the index (gitformat-index: `stage` is 0, or 1 to 3 unmerged)."""

    path: str
    mode: int
    id: str
    stage: int = STAGE_MERGED


class Repository:
    """One working tree of a clone; linked worktrees share `common_dir`. See `discover`."""

    def __init__(
        self, git_dir: Path, common_dir: Path, worktree: Path, index_file: Path, object_dir: Path
    ) -> None:
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.worktree = worktree
        self.index_file = index_file
        self.object_dir = object_dir
        self._env = {
            name: str(getattr(self, place)) for name, place in PLACES.items() if name in os.environ
        }
        self.config = Config(self)
        self.intended = Intent()  # what a rehearsal has not written
        self._writer: Writer | None = None
        self.notices: list[str] = []  # what whoever runs a command should hear
        self._objects: Objects | None = None
        self._store: pygit2.Repository | None = None
        self._aside: Path | None = None

    @classmethod
    def discover(cls, path: Path | str = ".") -> Repository:
        """The clone around `path`, or the one git's own environment names (GIT_DIR and so on).

        Raises RepositoryError where there is none, where it has no working tree, and where git
        does not trust it (safe.directory).
        """
        return cls(*find(Path(path).absolute()))

    @property
    def writer(self) -> Writer:
        """Makes every change of this clone, or rehearses it."""
        if self._writer is None:
            from seedgit.git.writer import Live

            self._writer = Live(self)
        return self._writer

    def rehearse(self) -> None:
        """From now on nothing is written here: what would be is put down in `intended`."""
        from seedgit.git.rehearsal import Rehearsal

        if not self.writer.rehearses:
            self._writer = Rehearsal(self)

    def writing_to(self, objects: Path) -> Repository:
        """The same clone, but every new object goes to another directory; nothing goes to this."""
        other = Repository(
            self.git_dir, self.common_dir, self.worktree, self.index_file, self.object_dir
        )
        other.put_objects(objects, self._aside)
        return other

    def put_objects(self, place: Path, before: Path | None = None) -> None:
        """New objects go to another directory. `before`: where they went until now."""
        places = [each for each in (before, self.object_dir) if each]
        known = [*(_quoted(str(each)) for each in places), os.environ.get(ALTERNATES, "")]
        self._env |= {
            "GIT_OBJECT_DIRECTORY": str(place),
            ALTERNATES: os.pathsep.join(filter(None, known)),
        }
        self._aside = place
        self._objects = self._store = None

    # git itself

    def git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        accept: tuple[int, ...] = (0,),
        timeout: float | None = None,
    ) -> bytes:
        """git's standard output, run at the top of the working tree. As `run_git`."""
        return self.git_status(*arguments, stdin=stdin, env=env, accept=accept, timeout=timeout)[1]

    def git_status(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        accept: tuple[int, ...] = (0,),
        timeout: float | None = None,
    ) -> tuple[int, bytes]:
        """As `git`, with the exit status, one of `accept`."""
        return run_git(
            arguments,
            cwd=self.worktree,
            stdin=stdin,
            env={**self._env, **(env or {})},
            accept=accept,
            timeout=timeout,
        )

    def git_at(
        self,
        directory: Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        accept: tuple[int, ...] = (0,),
    ) -> tuple[int, bytes]:
        """As `git_status`, run in another directory."""
        return run_git(arguments, cwd=directory, env={**self._env, **(env or {})}, accept=accept)

    def git_version(self) -> tuple[int, ...]:
        """As in (2, 39, 5)."""
        found = re.search(rb"\d+(?:\.\d+)+", self.git("version"))
        return tuple(int(part) for part in found[0].split(b".")) if found else ()

    def odd_format(self) -> str:
        """What of the way that objects and refs are kept is not known here; "" for nothing."""
        for key, known in _KNOWN.items():
            value = self.config.get(key)
            if value is not None and value.lower() != known:
                return f"its {key} is {value}"
        return ""

    def require_known_format(self) -> None:
        """Raises RepositoryError where objects and refs cannot be read."""
        odd = self.odd_format()
        if odd:
            raise RepositoryError(
                f"the repository cannot be read: {odd}",
                where=str(self.git_dir),
                hint="reftable and SHA-256 repositories are not supported yet",
            )

    def path_of(self, name: str) -> Path:
        """Where git keeps a file of its own (`git rev-parse --git-path`), worktrees considered."""
        return Path(ask(self.worktree, "--git-path", name, env=self._env))

    @property
    def hooks_dir(self) -> Path:
        """Where git looks for hooks; core.hooksPath counts."""
        return self.path_of("hooks")

    # revisions

    def resolve(self, revision: str, kind: str = "commit") -> str | None:
        """The id of a revision (gitrevisions) peeled to `kind`; None where there is no such.

        Raises RepositoryError where there is one, and what it names is damaged or missing: to take
        that for "no such" would let a branch pass for one without commits.
        """
        found = self.named(f"{revision}^{{{kind}}}")
        id = None if found or is_id(revision) else self.named(revision)
        while id is not None:
            try:
                number, data = self.objects.load(id)
            except KeyError:
                raise _missing(id) from None
            first = data.partition(b"\n")[0].decode("ascii", "replace").partition(" ")[2]
            down = number == TAG or (number == COMMIT and kind == "tree")
            id = first if down and is_id(first) else None
        return found

    def named(self, revision: str) -> str | None:
        """The id that a revision says, whether or not there is such an object; None for none."""
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        status, out = self.git_status(*asked, accept=(0, 1, 128))
        return out.decode().strip() if status == 0 else None

    def head(self) -> str | None:
        """The commit that is checked out; None on a branch without commits.

        Raises RepositoryError where it is damaged, or no commit.
        """
        found = self.resolve("HEAD")
        other = None if found else self.named("HEAD")
        if other is not None:
            raise RepositoryError(f"HEAD names {other}, which is no commit", hint=DAMAGED)
        return found

    def branch(self) -> str | None:
        """The full name of the branch that is checked out; None when HEAD is detached."""
        status, out = self.git_status("symbolic-ref", "--quiet", "HEAD", accept=(0, 1))
        return to_text(out).strip() if status == 0 else None

    def upstream(self) -> str | None:
        """The full name of the current branch's upstream; None without one that exists."""
        asked = ("rev-parse", "--verify", "--quiet", "--symbolic-full-name", "@{upstream}")
        status, out = self.git_status(*asked, accept=(0, 1, 128))
        return to_text(out).strip() or None if status == 0 else None

    def refs(self, prefix: str) -> dict[str, str]:
        """The refs below `prefix` (ends in `/`), by full name, and what they point at."""
        out = self.git("for-each-ref", "--format=%(objectname) %(refname)", "--", prefix)
        lines = (line.split(" ", 1) for line in to_text(out).splitlines())
        return {name: id for id, name in lines}

    def merge_base(self, one: str, other: str) -> str | None:
        """A best common ancestor of two commits; None for unrelated ones."""
        status, out = self.git_status("merge-base", "--", one, other, accept=(0, 1))
        return out.decode().strip() if status == 0 else None

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `ancestor` is reachable from `descendant`, or is it."""
        asked = ("merge-base", "--is-ancestor", ancestor, descendant)
        return self.git_status(*asked, accept=(0, 1))[0] == 0

    def contains(self, commit: str, ancestor: str) -> bool:
        """As `is_ancestor`, of ids, and without a process; False for what is not in this clone.

        Raises RepositoryError where the history in between cannot be read.
        """
        if commit == ancestor:
            return True
        if not self.objects.has(ancestor):
            return False
        from seedgit.git.libgit2 import descends

        return descends(self.store, commit, ancestor)

    def tag(self, name: str) -> str | None:
        """The commit a tag names, annotated or not; None where there is no such tag."""
        return self.resolve(f"refs/tags/{name}")

    def is_tag_name(self, name: str) -> bool:
        """Whether git-check-ref-format(1) takes it for a tag."""
        return (
            bool(name)
            and name.isprintable()
            and not name.startswith("-")
            and is_ref_name(f"refs/tags/{name}")
        )

    def approxidate(self, text: str) -> int:
        """What git makes of a date in words, in seconds since 1970; of nonsense it makes now."""
        out = self.git("rev-parse", f"--since={text}").decode()
        return int(out.strip().rpartition("=")[2])

    def cut_off(self) -> frozenset[str]:
        """The commits at which a shallow clone stops."""
        shallow = self.common_dir / "shallow"
        return frozenset(shallow.read_text("ascii").split()) if shallow.exists() else frozenset()

    def independent(self, commits: list[str]) -> list[str]:
        """Those of some commits that no other of them descends from."""
        if len(commits) < 2:
            return commits
        return self.git("merge-base", "--independent", *commits).decode().split()

    def commit(self, revision: str) -> Commit:
        """Raises RepositoryError where `revision` is no commit."""
        id = revision if is_id(revision) else self.resolve(revision)
        if id is None:
            raise RepositoryError(f"no such commit: {revision}")
        found = self.object(id)
        if not isinstance(found, Commit):
            message = f"no such commit: {revision} is something else"
            raise RepositoryError(message, hint=DAMAGED)
        return found

    # objects

    @property
    def objects(self) -> Objects:
        """Where every object is read, and written."""
        if self._objects is None:
            places = [self._aside, self.object_dir] if self._aside else [self.object_dir]
            self._objects = Objects(self.worktree, self._env, *places)
        return self._objects

    @property
    def store(self) -> pygit2.Repository:
        """libgit2's view, opened when first needed; it gets its objects from `objects`."""
        if self._store is None:
            from seedgit.git.libgit2 import opened

            self._store = opened(self.git_dir, self.objects)
        return self._store

    def object(self, id: str) -> Commit | Tree | bytes:
        """Any object, the bytes of a blob or a tag; in a partial clone it is fetched if need be.

        Raises RepositoryError, DamagedObject among them.
        """
        self.require_known_format()
        kind, data = self._load(id)
        try:
            if kind == TREE:
                return parse_tree(data)
            return parse_commit(id, data) if kind == COMMIT else data
        except ValueError as error:  # as its id says, but not in git's form
            raise DamagedObject(id, str(error)) from None

    def tree_of(self, id: str) -> Tree:
        """As `object`, of a tree. Raises RepositoryError for anything else."""
        found = self.object(id)
        if not isinstance(found, Tree):
            raise RepositoryError(f"object {id} is not a tree")
        return found

    def blob(self, id: str) -> bytes:
        """A blob's bytes; in a partial clone it is fetched if need be.

        Raises RepositoryError, DamagedObject among them.
        """
        kind, data = self._load(id)
        if kind != BLOB:
            raise RepositoryError(f"object {id} is not a blob")
        return data

    def _load(self, id: str) -> tuple[int, bytes]:
        try:
            return self.objects.load(id)
        except KeyError:
            raise _missing(id) from None

    def write_blob(self, data: bytes) -> str:
        return self.objects.write(BLOB, data)

    def hold_blob(self, data: bytes) -> str:
        """The id of a blob that an overlay record is to have; it is written along with that."""
        return self.objects.hold_blob(data)

    def blob_id(self, data: bytes) -> str:
        """The id `data` has as a blob; nothing is written."""
        return blob_id(data)

    # trees, the index, the working tree

    def tree(self, treeish: str) -> dict[str, Entry]:
        """Every file (and link, and submodule) of a tree, by path."""
        out = self._ls_tree("-r", treeish)
        return {entry.path: entry for entry in _tree_entries(out)}

    def entry(self, treeish: str, path: str) -> Entry | None:
        """What a tree has at `path` (a directory too); None where there is nothing."""
        out = self._ls_tree(treeish, "--", path)
        return next((entry for entry in _tree_entries(out) if entry.path == path), None)

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
        """A regular file of a tree; None where there is none."""
        entry = self.entry(treeish, path)
        return self.blob(entry.id) if entry and entry.mode in FILE_MODES else None

    def index(self, *paths: str, unmerged: bool = False) -> list[Entry]:
        """The index's entries, all stages, sorted; those of `paths` only, if any are given."""
        which = "--unmerged" if unmerged else "--stage"
        out = self.git(LITERAL, "ls-files", which, "-z", "--", *paths)
        entries = [_index_entry(line) for line in out.split(b"\0") if line]
        return [entry for entry in entries if not paths or entry.path in paths]

    def read_index(self, path: str, stage: int = STAGE_MERGED) -> bytes | None:
        """A regular file as it is staged; None where that stage has none."""
        for entry in self.index(path):
            if entry.stage == stage and entry.mode in FILE_MODES:
                return self.blob(entry.id)
        return None

    def file(self, path: str) -> Path:
        """Where a tracked path is on the disk. Raises RepositoryError if it would lead outside."""
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts) or parts[0].lower() == ".git":
            raise RepositoryError("not a path inside the working tree", where=path)
        return self.worktree / os.fsdecode(to_bytes(path))

    def file_mode(self, path: str) -> int | None:
        """The git mode of what is on the disk at `path`; None for nothing, or no kind git tracks.

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
            raise RepositoryError(f"cannot be read: {error.strerror}", where=path) from None
        if stat.S_ISLNK(found.st_mode):
            return MODE_LINK
        if stat.S_ISDIR(found.st_mode):
            return MODE_TREE
        if not stat.S_ISREG(found.st_mode):
            return None
        return MODE_EXECUTABLE if found.st_mode & stat.S_IXUSR else MODE_FILE

    def read_file(self, path: str) -> bytes | None:
        """A regular file of the working tree, unfiltered; None where there is none."""
        if self.file_mode(path) not in FILE_MODES:
            return None
        try:
            return read_regular(str(self.file(path)), where=path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RepositoryError(f"cannot be read: {error.strerror}", where=path) from None

    def attributes(
        self, paths: list[str], *names: str, cached: bool = False
    ) -> dict[str, dict[str, str | bool]]:
        """gitattributes of each path: True (set), False (unset) or text; unspecified: left out.

        `cached` takes .gitattributes from the index instead of the working tree.
        """
        stdin = b"".join(to_bytes(path) + b"\0" for path in paths)
        option = ("--cached",) if cached else ()
        out = to_text(self.git("check-attr", "-z", "--stdin", *option, *names, stdin=stdin))
        result: dict[str, dict[str, str | bool]] = {path: {} for path in paths}
        fields = iter(out.split("\0"))
        for path, name, value in zip(fields, fields, fields, strict=False):
            if value != "unspecified":
                result[path][name] = {"set": True, "unset": False}.get(value, value)
        return result


def _quoted(path: str) -> str:
    """A directory as one of several in a variable (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES)."""
    if os.pathsep not in path and not path.startswith('"'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _missing(id: str) -> RepositoryError:
    return RepositoryError(f"object {id} is missing", hint=DAMAGED)


def _tree_entries(out: bytes) -> list[Entry]:
    entries = []
    for line in out.split(b"\0"):
        if line:
            about, path = line.split(b"\t", 1)
            mode, _, id = about.decode().split(" ")
            entries.append(Entry(to_text(path), int(mode, 8), id))
    return entries


def _index_entry(line: bytes) -> Entry:
    about, path = line.split(b"\t", 1)
    mode, id, stage = about.decode().split(" ")
    return Entry(to_text(path), int(mode, 8), id, int(stage))
