"""What the objects and revisions of a clone are: commits, trees, blobs, by id or by name."""

from __future__ import annotations

import os

from seedgit.errors import RepositoryError, SeedgitError
from seedgit.files.safe import read_regular
from seedgit.git.clone import Clone
from seedgit.git.names import is_id, is_ref_name, to_text
from seedgit.git.object_text import (
    Commit,
    Tree,
    parse_commit,
    parse_tree,
    split_tree,
    tree_text,
    tree_with,
)
from seedgit.git.objects import BLOB, COMMIT, TAG, TREE, DamagedObject
from seedgit.git.process import DAMAGED
from seedgit.git.refs import LIMIT, read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from seedgit.git.object_text import TreeItem

# Refs that all worktrees share; each is what its file says (gitrepository-layout(5)).
SHARED: Final = ("refs/heads/", "refs/remotes/", "refs/tags/")

# Where git looks for a ref by its short name. In these folders each worktree has its own.
_PLACES: Final = ("refs/", *SHARED[2:], *SHARED[:2])
_OWN: Final = ("bisect/", "worktree/", "rewritten/")
_FEW: Final = 100_000  # bytes of packed refs that are read once for each place

READ_KEPT: Final = 8  # commits and trees: those of an overlay before and after a change


class Revisions(Clone):
    """A clone, asked for revisions (gitrevisions) and objects. Ids are hexadecimal."""

    def resolve(self, revision: str, kind: str = "commit") -> str | None:
        """The id of a revision (gitrevisions) peeled to `kind`; None if there is no such revision.

        Raises RepositoryError if there is one, but what it names is damaged or missing. If that
        counted as "no such revision", a damaged branch would pass for one without commits.
        """
        if kind == "commit":
            shared = revision.startswith(SHARED)
            found = self._read_commit(revision) if shared else self._read_named(revision)
            if found:
                return found
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
        """The id that a revision names, whether or not there is such an object; None if none."""
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        status, out = self.git_status(*asked, accept=(0, 1, 128))
        return out.decode().strip() if status == 0 else None

    def head(self) -> str | None:
        """The commit that is checked out; None on a branch without commits.

        Raises RepositoryError if it is damaged, or not a commit.
        """
        found = self._read_head() or self.resolve("HEAD")
        other = None if found else self.named("HEAD")
        if other is not None:
            raise RepositoryError(f"HEAD names {other}, which is not a commit", hint=DAMAGED)
        return found

    def _read_head(self) -> str | None:
        """As `head`, from the files, without a process; None wherever git has to be asked."""
        try:
            place = os.path.join(self.at.git_dir, "HEAD")
            found = to_text(read_regular(place, limit=LIMIT)).strip()
        except (OSError, SeedgitError):
            return None
        return self._read_commit(found.removeprefix("ref: "))

    def _read_commit(self, name: str) -> str | None:
        """The commit that an id or a shared ref names; None wherever git has to be asked."""
        try:
            shared = name.startswith(SHARED) and is_ref_name(name)
            id = read_ref(self, name) or "" if shared else name
            return id if is_id(id) and self.objects.load(id)[0] == COMMIT else None
        except (KeyError, SeedgitError):
            return None

    def _read_named(self, name: str) -> str | None:
        """The commit that the short name of a shared ref stands for, as gitrevisions(7) looks for
        it; None wherever git has to be asked."""
        if not self.refs_in_files or name == "@" or is_id(name) or name.startswith(_OWN):
            return None
        if not is_ref_name(f"refs/heads/{name}"):
            return None
        try:
            packed, at = self.shared("packed-refs"), self.at
            if os.path.exists(packed) and os.stat(packed).st_size > _FEW:
                return None
            folders = (at.git_dir, at.common_dir)
            if any(os.path.lexists(os.path.join(folder, name)) for folder in folders):
                return None
            there = (ref for ref in (place + name for place in _PLACES) if read_ref(self, ref))
            return self._read_commit(next(there, ""))
        except (OSError, SeedgitError):
            return None

    def branch(self) -> str | None:
        """The full name of the branch that is checked out; None when HEAD is detached."""
        status, out = self.git_status("symbolic-ref", "--quiet", "HEAD", accept=(0, 1))
        return to_text(out).strip() if status == 0 else None

    def upstream(self) -> str | None:
        """The full name of the current branch's upstream; None without one that exists."""
        if not any(key.startswith("branch.") for key in self.config.keys()):  # noqa: SIM118
            return None
        asked = ("rev-parse", "--verify", "--quiet", "--symbolic-full-name", "@{upstream}")
        status, out = self.git_status(*asked, accept=(0, 1, 128))
        return to_text(out).strip() or None if status == 0 else None

    def refs(self, prefix: str) -> dict[str, str]:
        """The refs below `prefix` (ends in `/`), by full name, and what they point at."""
        out = self.git("for-each-ref", "--format=%(objectname) %(refname)", "--", prefix)
        lines = (line.split(" ", 1) for line in to_text(out).splitlines())
        return {name: id for id, name in lines}

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits, as git chooses; None for unrelated ones."""
        return next(iter(self.merge_bases(one, other)), None)

    def merge_bases(self, one: str, other: str) -> tuple[str, ...]:
        """Every best common ancestor of two commits, given by their ids."""
        if (one, other) not in self._merge_bases:
            asked = ("merge-base", "--all", "--", one, other)
            out = self.git_status(*asked, accept=(0, 1))[1]
            self._merge_bases[one, other] = tuple(out.decode().split())
        return self._merge_bases[one, other]

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `ancestor` is reachable from `descendant`, or the same commit."""
        asked = ("merge-base", "--is-ancestor", ancestor, descendant)
        return self.git_status(*asked, accept=(0, 1))[0] == 0

    def contains(self, commit: str, ancestor: str) -> bool:
        """As `is_ancestor`, for ids; False if a commit is not in this clone.

        Raises RepositoryError if the history in between cannot be read.
        """
        if commit == ancestor:
            return True
        if not self.objects.has(ancestor):
            return False
        return self.backend.descends(commit, ancestor)

    def tag(self, name: str) -> str | None:
        """The commit that a tag names, annotated or not; None if there is no such tag."""
        return self.resolve(f"refs/tags/{name}")

    def is_tag_name(self, name: str) -> bool:
        """Whether git-check-ref-format(1) accepts a name for a tag."""
        return (
            bool(name)
            and name.isprintable()
            and not name.startswith("-")
            and is_ref_name(f"refs/tags/{name}")
        )

    def approxidate(self, text: str) -> int:
        """A date in words as git reads it, in seconds since 1970. git reads nonsense as now."""
        out = self.git("rev-parse", f"--since={text}").decode()
        return int(out.strip().rpartition("=")[2])

    def cut_off(self) -> frozenset[str]:
        """The commits at which a shallow clone stops."""
        try:
            with open(self.shared("shallow"), encoding="ascii") as file:
                return frozenset(file.read().split())
        except FileNotFoundError:
            return frozenset()

    def independent(self, commits: list[str]) -> list[str]:
        """The commits, of these, that no other of these descends from."""
        if len(commits) < 2:
            return commits
        return self.git("merge-base", "--independent", *commits).decode().split()

    def commit(self, revision: str) -> Commit:
        """A commit; without parents where a shallow clone stops there, as git has it.

        Raises RepositoryError if `revision` is not a commit.
        """
        id = revision if is_id(revision) else self.resolve(revision)
        if id is None:
            raise RepositoryError(f"no such commit: {revision}")
        found = self._object_again(id)
        if not isinstance(found, Commit):
            message = f"no such commit: {revision} is something else"
            raise RepositoryError(message, hint=DAMAGED)
        cut = found.parents and found.id in self.cut_off()
        return found._replace(parents=()) if cut else found

    def object(self, id: str) -> Commit | Tree | bytes:
        """Any object; a blob or a tag as its bytes. In a partial clone it is fetched if needed.

        Raises RepositoryError, DamagedObject among them.
        """
        kind, data = self._load(id)
        try:
            if kind == TREE:
                return parse_tree(data, self.object_format.size)
            return parse_commit(id, data) if kind == COMMIT else data
        except ValueError as error:  # as its id says, but not in git's form
            raise DamagedObject(id, str(error)) from None

    def tree_of(self, id: str) -> Tree:
        """A tree, as `object`. Raises RepositoryError for anything else."""
        found = self._object_again(id)
        if not isinstance(found, Tree):
            raise RepositoryError(f"object {id} is not a tree")
        return found

    def split_tree(self, id: str) -> list[bytes]:
        """The entries of a tree, each as its bytes (`tree_entry`). Raises as `tree_of`."""
        kind, data = self._load(id)
        if kind != TREE:
            raise RepositoryError(f"object {id} is not a tree")
        try:
            return split_tree(data, self.object_format.size)
        except ValueError as error:
            raise DamagedObject(id, str(error)) from None

    def _object_again(self, id: str) -> Commit | Tree | bytes:
        """As `object`. One change of an overlay asks for the same few commits and trees often."""
        found = self._read.pop(id, None) or self.object(id)
        if not isinstance(found, bytes):
            self._remember(id, found)
        return found

    def _remember(self, id: str, found: Commit | Tree) -> None:
        self._read[id] = found
        if len(self._read) > READ_KEPT:
            del self._read[next(iter(self._read))]

    def write_tree(self, entries: Mapping[str, TreeItem]) -> str:
        """Write a tree with these entries; returns its id."""
        made = tree_with(entries.items())
        id = self.objects.write(TREE, tree_text(made))
        self._remember(id, made)
        return id

    def blob(self, id: str) -> bytes:
        """A blob's bytes. In a partial clone it is fetched if needed.

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
        """The id of a blob for an overlay record; it is written together with the record."""
        return self.objects.hold_blob(data)

    def blob_id(self, data: bytes) -> str:
        """The id `data` has as a blob; nothing is written."""
        return self.objects.blob_id(data)


def _missing(id: str) -> RepositoryError:
    return RepositoryError(f"object {id} is missing", hint=DAMAGED)
