"""Promote: an override becomes a change of the seed, on a branch for the package's author."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from seedgit import codes
from seedgit.errors import Refused, RepositoryError, UsageError
from seedgit.formats.document import Document
from seedgit.git.branches import branch_ref, commit_file, new_branch
from seedgit.git.changes import follow
from seedgit.git.messages import message
from seedgit.git.repository import FILE_MODES, GitEntry
from seedgit.named_tuple import NamedTuple
from seedgit.operations.check import TRAILER
from seedgit.operations.set import named_overrides, nothing_overridden, unset_override
from seedgit.operations.stack.effective import layer_on
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import Override
from seedgit.overlay.patch import patch_of
from seedgit.overlay.rebase import PARKED, Outcome, rebase
from seedgit.values.diff import ABSENT
from seedgit.values.value import has_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST = 60  # characters of a branch's default name, without its prefix


class Promoted(NamedTuple):
    """What was promoted. `commit` is None if upstream has all of it already.

    path, target  the seed here, and upstream
    overrides     as they are over upstream's seed; `seed` is what that seed has there
    dropped       the overlay's commit that removed them, if one did
    """

    path: str
    target: str
    ref: str
    overlay: str
    overrides: tuple[Override, ...]
    branch: str
    commit: str | None = None
    dropped: str | None = None

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "target": self.target,
            "from": self.ref,
            "overlay": self.overlay,
            "branch": self.branch if self.commit else None,
            "commit": self.commit,
            "dropped": self.dropped,
            "overrides": [
                {
                    "pointer": o.pointer,
                    "op": o.op,
                    **o.value_member,
                    **({} if o.seed is ABSENT else {"seed": o.seed}),
                    "why": o.why,
                }
                for o in self.overrides
            ],
        }


def promote(
    workspace: Workspace,
    name: str,
    selector: str,
    *,
    ref: str | None = None,
    branch: str | None = None,
    drop: bool = False,
) -> Promoted:
    """One commit on a new branch that starts at upstream, with the overrides a selector names.

    Neither the working tree nor the index is touched. The overrides stay, unless `drop`. Raises
    UsageError if nothing is overridden there, and Refused if upstream has no place for it.
    """
    repository = workspace.repository
    path = workspace.seed_path(name)
    upstream, start = workspace.revision(ref)
    branch = branch or f"seedgit/promote-{slug(path, selector)}"
    branch_ref(branch)
    overlay, chosen, seed = _chosen(workspace, path, selector)
    if drop and overlay != workspace.target:
        raise UsageError(
            f"it is in the overlay {overlay!r}; commands write to {workspace.target!r} only",
            where=path,
            hint="promote it without --drop",
        )
    target, entry = _target(workspace, path, start)
    document = Document.parse(repository.blob(entry.id), target)
    overrides = _on(chosen, seed, document, workspace, path, upstream)
    done = Promoted(path, target, upstream, overlay, overrides, branch)
    changing = tuple(o for o in overrides if not o.redundant)
    if not changing:
        return done
    blob = repository.write_blob(document.apply(patch_of(changing)).data)
    text = _message(target, selector, changing, overlay)
    commit = commit_file(repository, start, GitEntry(target, entry.mode, blob), text)
    new_branch(repository, branch, commit, f"promote {path} {selector}")
    dropped = None
    if drop:
        dropped = unset_override(workspace, path, selector, f"promoted to {branch}").commit
    return done._replace(commit=commit, dropped=dropped)


def slug(path: str, selector: str) -> str:
    """The name of a branch for a place in a seed."""
    text = f"{PurePosixPath(path).stem} {selector}".lower()
    words = re.findall(r"[a-z0-9]+", text)
    return "-".join(words)[:LONGEST].strip("-") or "override"


def _chosen(
    workspace: Workspace, path: str, selector: str
) -> tuple[str, tuple[Override, ...], Document]:
    """The overrides at and below what a selector names, of the topmost overlay that has any."""
    seed = workspace.staged(path)[1]
    for item in reversed(list(workspace.stored_for(path))):
        rebased = layer_on(workspace, item, seed).rebased
        record = item.record._replace(overrides=rebased.overrides, parked=rebased.parked)
        named = [o for o, _ in named_overrides(workspace.rule(path), record, seed, selector)]
        found = tuple(o for o in rebased.overrides if any(o is other for other in named))
        if any(has_secret(override.value) for override in found):
            raise Refused(
                "is a secret: in the package everybody could read it",
                where=f"{path}{selector}",
                hint="promote what is beside it, pointer by pointer",
            )
        if found:
            return item.overlay, found, seed
        if named:
            raise Refused(
                f"the override at {selector} has no place in the seed now; nothing was changed",
                where=path,
                hint="seedgit pending lists what waits for a decision",
            )
    raise nothing_overridden(path, selector)


def _target(workspace: Workspace, path: str, start: str) -> tuple[str, GitEntry]:
    """The seed as upstream has it, under its name there."""
    repository = workspace.repository
    target: str | None = path
    entry = repository.entry(start, path)
    if entry is None:
        target = follow(repository, path, start)
        entry = repository.entry(start, target) if target else None
    if entry is None or target is None or entry.mode not in FILE_MODES:
        raise RepositoryError("upstream has no such file", where=path)
    return target, entry


def _on(
    chosen: tuple[Override, ...],
    seed: Document,
    upstream: Document,
    workspace: Workspace,
    path: str,
    ref: str,
) -> tuple[Override, ...]:
    outcomes = rebase(chosen, seed.value, upstream.value, workspace.rule(path)).outcomes
    lost: list[Outcome] = [o for o in outcomes if o.status in PARKED and o.status != codes.YIELDED]
    if lost:
        raise Refused(
            f"{lost[0].override.pointer} has no place in {ref} ({lost[0].status}); "
            "nothing was changed",
            where=path,
        )
    return tuple(outcome.override for outcome in outcomes)


def _message(path: str, selector: str, overrides: tuple[Override, ...], overlay: str) -> str:
    whys = list(dict.fromkeys(o.why for o in overrides if o.why))
    reason = " ".join("; ".join(whys).split()) or f"promoted from the overlay {overlay}"
    return message(f"{path}: change {' '.join(selector.split())}", *whys, f"{TRAILER}: {reason}")
