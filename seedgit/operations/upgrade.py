"""Upgrades a clone: fetch, plan, merge, and what is to be done after it.

It stops before the merge if the plan has something for a person, and in it if git has conflicts.
Meanwhile a file in the git directory says what it is in the middle of. Whoever merges with git
instead has done the same: the file then tells nothing new, and goes.
"""

from __future__ import annotations

from pathlib import Path

from seedgit.errors import Refused, RepositoryError, UsageError
from seedgit.git.names import pasted
from seedgit.git.progress import MERGE, in_progress
from seedgit.git.repository import Repository
from seedgit.git.upstream import short
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit_rules import bring_attributes_up_to_date
from seedgit.operations.pending import pending
from seedgit.operations.plan.model import UP_TO_DATE, Plan
from seedgit.operations.plan.preview import plan
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STATE = "seedgit-upgrade"  # in the git directory of the working tree
REMOTES = "refs/remotes/"
CUT_OFF = "mend that, then give the command again; git status says how far the merge came"
CONFLICTS = 1  # git-merge(1): the status if there are conflicts


class UnderWay(NamedTuple):
    """An upgrade that has stopped: what is merged, by its name and its commit, and into what."""

    ref: str
    head: str
    commit: str


class Upgraded(NamedTuple):
    """How far an upgrade has come.

    after      what is checked out now
    plan       what the merge would do or did; None where nothing was planned anew
    stopped    it waits for `--continue`: nothing is merged yet, or the merge has `conflicts`
    waiting    how many decisions about overrides wait for a person
    taken_back whether it was taken back
    """

    ref: str
    before: str
    after: str
    plan: Plan | None = None
    stopped: bool = False
    conflicts: tuple[str, ...] = ()
    waiting: int = 0
    taken_back: bool = False

    def data(self) -> dict[str, Any]:
        return {
            "ref": self.ref,
            "before": self.before,
            "after": self.after,
            "stopped": self.stopped,
            "conflicts": list(self.conflicts),
            "waiting": self.waiting,
            "aborted": self.taken_back,
            "plan": self.plan.data() if self.plan else None,
        }


def upgrade(workspace: Workspace, ref: str | None = None) -> Upgraded:
    """Fetch, plan, and merge unless a person is needed first. REF is the upstream unless given.

    Raises Refused in mode dry-run, where another upgrade has stopped, and where git would refuse
    the merge; UsageError, RepositoryError as `plan`.
    """
    repository = workspace.repository
    _refuse_dry_run(workspace)
    left = _under_way(repository)
    if left is not None:
        hint = "seedgit upgrade --continue goes on with it, --abort takes it back"
        raise Refused(f"an upgrade to {left.ref} has stopped here", hint=hint)
    named, _ = workspace.revision(ref)
    _fetch(repository, named)
    made = plan(workspace, ref)
    if made.kind == UP_TO_DATE:
        return _finished(workspace, UnderWay(made.ref, made.head, made.commit), made)
    if made.blocked:
        files = ", ".join(made.blocked[:3])
        raise Refused(
            f"git would refuse the merge: uncommitted changes in {files}",
            hint="commit or stash them, or let seedgit capture take what is the site's",
        )
    going = UnderWay(made.ref, made.head, made.commit)
    if made.needs_person:
        text = "\n".join(going) + "\n"
        repository.writer.write_file(repository.git_dir / STATE, text.encode())
        return Upgraded(made.ref, made.head, made.head, made, stopped=True)
    return _merged(workspace, going, made)


def go_on(workspace: Workspace) -> Upgraded:
    """Merge what the plan was made for, or commit the merge whose conflicts are resolved.

    Raises Refused where nothing has stopped, where REF or the branch has moved since, and while
    files are in conflict.
    """
    repository = workspace.repository
    _refuse_dry_run(workspace)
    going = _stopped(repository)
    if _merging(repository, going):
        if workspace.unmerged:
            files = ", ".join(sorted(workspace.unmerged)[:3])
            raise Refused(f"in conflict: {files}", hint="seedgit conflicts lists the places")
        repository.git("commit", "--quiet", "--no-edit")
        return _finished(workspace, going)
    if repository.head() != going.head or repository.resolve(going.ref) != going.commit:
        raise Refused(
            f"{going.ref} or the branch has moved since the plan was made",
            hint="seedgit upgrade --abort, then seedgit upgrade plans anew",
        )
    return _merged(workspace, going)


def take_back(workspace: Workspace) -> Upgraded:
    """Give up an upgrade that has stopped: the clone is as it was before. Raises Refused."""
    repository = workspace.repository
    going = _stopped(repository)
    if _merging(repository, going):
        repository.git("merge", "--abort")
    _forget(repository)
    head = repository.head() or going.head
    return Upgraded(going.ref, going.head, head, taken_back=True)


def _refuse_dry_run(workspace: Workspace) -> None:
    if workspace.mode.dry_run:
        raise Refused(
            "the mode is dry-run, in which seedgit writes nothing",
            hint="git merge merges, and seedgit notes what it would have done; seedgit plan",
        )


def _fetch(repository: Repository, ref: str) -> None:
    """Fetch the remote that a branch is of; nothing where it is a branch or a commit of here."""
    full = repository.git("rev-parse", "--symbolic-full-name", ref, accept=(0, 128))
    name = full.decode("utf-8", "surrogateescape").strip().removeprefix(REMOTES)
    known = repository.git("remote").decode("utf-8", "surrogateescape").splitlines()
    of = [remote for remote in known if name.startswith(f"{remote}/")]
    if full.startswith(REMOTES.encode()) and of:
        repository.git("fetch", "--quiet", max(of, key=len))


def _merged(workspace: Workspace, going: UnderWay, made: Plan | None = None) -> Upgraded:
    """What `git merge REF` does, and what follows it."""
    repository = workspace.repository
    name = short(going.ref)
    try:
        words = ("merge", "--quiet", "--no-edit", name)
        status, _ = repository.git_status(*words, accept=(0, CONFLICTS))
    except RepositoryError as error:
        error.hint = error.hint or CUT_OFF
        raise
    if status == CONFLICTS:
        conflicts = tuple(sorted(Workspace(repository, workspace.directory).unmerged))
        if not conflicts:  # a hook refused it
            raise Refused(f"git merge {pasted(name)} did not succeed", hint="run it to see why")
        text = "\n".join(going) + "\n"
        repository.writer.write_file(repository.git_dir / STATE, text.encode())
        return Upgraded(going.ref, going.head, going.head, made, True, conflicts)
    return _finished(workspace, going, made)


def _finished(workspace: Workspace, going: UnderWay, made: Plan | None = None) -> Upgraded:
    repository = workspace.repository
    _forget(repository)
    now = Workspace(repository, workspace.directory)  # files, rules and index have moved
    bring_attributes_up_to_date(now)
    found = pending(now)
    head = repository.head() or going.head
    waiting = len(found.items) + len(found.rules)
    return Upgraded(going.ref, going.head, head, made, waiting=waiting)


def _under_way(repository: Repository) -> UnderWay | None:
    """The upgrade that has stopped; None if there is none, or somebody has merged it meanwhile."""
    going = _read(repository.git_dir / STATE)
    if going is None or _merging(repository, going):
        return going
    head = repository.head()
    if head is not None and repository.is_ancestor(going.commit, head):
        _forget(repository)
        return None
    return going


def _stopped(repository: Repository) -> UnderWay:
    going = _under_way(repository)
    if going is None:
        raise UsageError("no upgrade has stopped here", hint="seedgit upgrade begins one")
    return going


def _read(place: Path) -> UnderWay | None:
    if not place.is_file():
        return None
    lines = place.read_text("utf-8", "surrogateescape").splitlines()
    return UnderWay(*lines) if len(lines) == len(UnderWay._fields) else None


def _merging(repository: Repository, going: UnderWay) -> bool:
    """Whether git is in the middle of this merge."""
    found = (work.heads for work in in_progress(repository) if work.kind == MERGE)
    return any(going.commit in ids for ids in found)


def _forget(repository: Repository) -> None:
    if (repository.git_dir / STATE).exists():
        repository.writer.remove_file(repository.git_dir / STATE)
