"""Track: versions of a file that was copied from elsewhere become a branch that git can merge.

A copied file shares no history with where it came from. So its first version gets a branch of its
own, and a merge that changes no file makes that version the common ancestor. Later versions are
commits on the branch, and `git merge vendor/NAME` is an upgrade like any other.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath

from seedgit.errors import InputError, Refused, RepositoryError, UsageError
from seedgit.formats.document import Document
from seedgit.formats.registry import format_of
from seedgit.git.branches import branch_ref, commit_file, commit_tree
from seedgit.git.messages import message
from seedgit.git.names import pasted
from seedgit.git.progress import in_progress
from seedgit.git.repository import FILE_MODES, GitEntry
from seedgit.git.vendored import Vendored, vendor_branch, vendored
from seedgit.named_tuple import NamedTuple
from seedgit.operations.download import STDIN, VERSION, download
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Tracked(NamedTuple):
    """What was brought.

    is_new  the branch has got a commit
    joined  the merge that made the first version the common ancestor; None: there is one already
    merged  HEAD has this version
    same    the committed file is this version, byte for byte
    """

    brought: Vendored
    is_new: bool
    joined: str | None
    merged: bool
    same: bool

    def data(self) -> dict[str, Any]:
        return {
            **self.brought._asdict(),
            "new": self.is_new,
            "joined": self.joined,
            "merged": self.merged,
            "same": self.same,
        }


def track(
    workspace: Workspace,
    name: str,
    version: str,
    source: str | None = None,
    branch: str | None = None,
) -> Tracked:
    """Bring a version of a file onto its branch; the first time, join that to what is checked out.

    source  where it is; None: where the version before came from
    branch  the NAME of vendor/NAME; None: the one that has the file, or one named after it

    Neither the working tree nor the index is touched. Raises UsageError, Refused, RepositoryError,
    and InputError where the source cannot be read or its file not be parsed.
    """
    path = workspace.path(name)
    here = _committed(workspace, path)
    before = [each for each in vendored(workspace.repository) if each.path == path]
    known = _of_branch(before, branch, path)
    source = _kept(workspace, source) if source else _before(workspace, path, version, known)
    ours = known.branch if known else vendor_branch(branch or _named_after(path))
    data = download(source, version, workspace.repository.worktree)
    _check(data, path, source.replace(VERSION, version))
    brought = Vendored(path, version, source, ours)
    return _Tracking(workspace, brought, here).bring(data)


def tracked(workspace: Workspace) -> list[Tracked]:
    """All that is tracked, in its newest version."""
    repository, found = workspace.repository, []
    head = repository.head()
    for each in vendored(repository):
        merged = head is not None and repository.contains(head, each.commit)
        entries = [repository.entry(at, each.path) if at else None for at in (head, each.commit)]
        ids = {entry.id if entry else None for entry in entries}
        found.append(Tracked(each, False, None, merged, len(ids) == 1))
    return found


def _committed(workspace: Workspace, path: str) -> GitEntry:
    """The file as HEAD has it. Raises UsageError, Refused."""
    repository = workspace.repository
    going = in_progress(repository)
    if going:
        raise Refused(f"in the middle of a {going[0].kind}", hint="end it first; see: git status")
    head = repository.head()
    entry = repository.entry(head, path) if head else None
    if entry is None or entry.mode not in FILE_MODES:
        raise UsageError(
            f"{path} is not committed here",
            hint="to begin with a version of it: copy it there, commit it, and track that version",
        )
    return entry


def _check(data: bytes, path: str, where: str) -> None:
    """Refuse what is no document of the file's kind. Raises InputError."""
    if format_of(path) is None:
        return
    try:
        value = Document.parse(data, path).value
    except InputError as error:
        raise InputError(error.message, where=where, line=error.line, hint=error.hint) from None
    if isinstance(value, str):  # to YAML nearly all that is written is one
        raise InputError(
            "is a mere text, not a file of settings",
            where=where,
            hint="did a server say that it has no such file? curl --fail ends with an error then",
        )


def _kept(workspace: Workspace, source: str) -> str:
    """A source as it is kept: a relative file starts at the top of the working tree."""
    if source == STDIN or "://" in source or os.path.isabs(source):
        return source
    return os.path.relpath(workspace.directory / source, workspace.repository.worktree)


def _before(workspace: Workspace, path: str, version: str, known: Vendored | None) -> str:
    """Where the version before came from. Raises UsageError where this one cannot be there."""
    words = f"--version {pasted(version)} {workspace.pasted(path)}"
    if known is None:
        raise UsageError(
            f"{path} is not tracked yet: nobody has said where it comes from",
            hint=f"seedgit track --from URL-or-path {words}",
        )
    if known.source == STDIN:
        raise UsageError(
            f"version {known.version} of {path} came from standard input: where is this one?",
            hint=f"seedgit track --from {STDIN} {words}, with the file on its standard input",
        )
    return known.source


def _of_branch(before: list[Vendored], branch: str | None, path: str) -> Vendored | None:
    """The newest version of a file on the branch that is meant."""
    if branch is not None:
        before = [each for each in before if each.branch == vendor_branch(branch)]
    if len(before) > 1:
        names = ", ".join(each.branch for each in before)
        raise UsageError(f"{path} is on several branches: {names}", hint="name one with --name")
    return before[0] if before else None


def _named_after(path: str) -> str:
    """The usual name of the branch for a file."""
    plain = PurePosixPath(path).with_suffix("").as_posix()
    return re.sub(r"[^\w.]+", "-", plain).strip("-.") or "file"


class _Tracking:
    """Brings one version of one file onto its branch.

    here  the file as HEAD has it
    """

    def __init__(self, workspace: Workspace, brought: Vendored, here: GitEntry) -> None:
        self._repository = workspace.repository
        self._brought = brought
        self._here = here
        self._head = workspace.repository.commit("HEAD").id
        self._branch = workspace.repository.branch()

    def bring(self, data: bytes) -> Tracked:
        repository, brought = self._repository, self._brought
        blob = repository.write_blob(data)
        is_new, joined = False, False
        for attempt in repository.writer.attempts(branch_ref(brought.branch)):
            joined = self._is_joined(attempt.old)
            if not joined and self._branch is None:
                raise Refused("HEAD is detached", hint="git switch to the branch with the file")
            if self._has(attempt.old, blob, joined):
                commit = attempt.old or ""
                break
            if not joined and attempt.old and not repository.contains(self._head, attempt.old):
                raise Refused(
                    f"{brought.branch} has versions of other files that are not merged here",
                    hint=f"git merge {brought.branch}, then track {brought.path} again; or --name",
                )
            entry = GitEntry(brought.path, self._here.mode, blob)
            commit = commit_file(repository, attempt.old, entry, brought.message)
            attempt.new, attempt.why = commit, f"track {brought.path} {brought.version}"
            is_new = True
        made = None if joined else self._join(commit)
        merged = made is not None or repository.contains(self._head, commit)
        same = blob == self._here.id
        return Tracked(brought._replace(commit=commit), is_new, made, merged, same)

    def _is_joined(self, tip: str | None) -> bool:
        """Whether an ancestor that HEAD and the branch share has the file."""
        base = self._repository.merge_base(self._head, tip) if tip else None
        return base is not None and self._repository.entry(base, self._brought.path) is not None

    def _has(self, tip: str | None, blob: str, joined: bool) -> bool:
        """Whether the branch has this version already, as its newest."""
        entry = self._repository.entry(tip, self._brought.path) if tip else None
        if entry is None or entry.id != blob:
            return False
        known = (each for each in vendored(self._repository) if each.branch == self._brought.branch)
        last = next((each for each in known if each.path == self._brought.path), None)
        return not joined or (last is not None and last.version == self._brought.version)

    def _join(self, commit: str) -> str:
        """A merge on the branch that is checked out, which changes no file."""
        repository, brought = self._repository, self._brought
        branch, made = self._branch or "", ""
        for attempt in repository.writer.attempts(branch):
            if attempt.old != self._head:
                raise Refused(f"{branch} has moved meanwhile", hint="try again")
            subject = f"Merge {brought.branch}: {brought.path} began as {brought.version}"
            why = "No file changes: the version is now the common ancestor of later ones."
            tree = repository.commit(self._head).tree
            made = commit_tree(repository, tree, [self._head, commit], message(subject, why))
            attempt.new, attempt.why = made, f"track {brought.path}: joined {brought.branch}"
        if not made:
            raise RepositoryError(f"{branch} could not be moved")
        return made
