"""Off, dry-run, live: change the mode of a clone, or of one worktree."""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import Refused
from seedgit.git import settings
from seedgit.git.config import LOCAL, WORKTREE
from seedgit.mode import KEY, LIVE, OFF
from seedgit.operations.init import install_driver, remove_driver
from seedgit.operations.install.hook_install import put_hooks_in, take_hooks_out
from seedgit.operations.install.steps import Step
from seedgit.operations.install.worktree_modes import used_by
from seedgit.operations.past_merges.agreement import Agreement, agreement
from seedgit.operations.workspace import Workspace


def switch(
    workspace: Workspace, mode: str, *, worktree: bool = False, force: bool = False
) -> list[Step]:
    """Make `mode` the clone's, or only this worktree's.

    If every worktree has the mode off, driver and hooks are taken out, so that git is git to the
    byte, whatever happens to seedgit. Otherwise they are put in. Unless forced, raises Refused for
    live if the recorded agreement is poor, or nothing is on record; for another mode, if files are
    live in place. Raises RepositoryError if a worktree has no configuration of its own.
    """
    repository = workspace.repository
    if mode != LIVE and workspace.in_place:
        raise Refused(
            "the working tree is a live tree: without the filter, git would see effective values",
            hint=f"seedgit live --undo --in-place, then seedgit mode {mode}",
        )
    if worktree:
        repository.config.require_own()
    if mode == LIVE and not force and not workspace.mode.live:
        _require_record(agreement(workspace))
    scope = WORKTREE if worktree else LOCAL
    repository.config.set(KEY, mode, scope)
    steps = [Step(KEY, "set", f"{mode}, in {scope} configuration")]
    user = used_by(repository)
    if user is None:
        return [*steps, *remove_driver(repository), *take_hooks_out(repository, shared=False)]
    if mode == OFF:
        note = f"the mode is {user.value} by {user.origin}; where it is off they do nothing"
        return [*steps, Step("driver, hooks", codes.LEFT, note)]
    return [*steps, *install_driver(workspace), *put_hooks_in(repository)]


def _require_record(seen: Agreement) -> None:
    if not seen.files:
        raise Refused(
            "nothing is on record yet that says how seedgit merges here",
            hint="seedgit replay --last 200 merges your own history again, seedgit mode dry-run "
            "runs beside git; seedgit mode live --force goes live anyway",
        )
    if seen.poor:
        raise Refused(
            f"the recorded agreement is too poor to go live: {seen.line()}",
            hint="seedgit divergences shows where; seedgit mode live --force goes live anyway",
        )


def installed(workspace: Workspace) -> bool:
    """Whether git knows the merge driver here."""
    return workspace.repository.config.get(settings.DRIVER_KEY) is not None
