"""Checks the live tree in place: is the filter there that keeps effective values out of commits?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from seedgit import codes
from seedgit.git.live_tree import LiveTree, in_place_elsewhere
from seedgit.git.settings import FILTER_PROCESS
from seedgit.git.spool import Spool
from seedgit.operations.audit.findings import FIX, Finding, wrong
from seedgit.operations.in_place.filter_settings import (
    REQUIRED,
    configure_filter,
    filter_line,
    remove_filter,
)
from seedgit.operations.in_place.filtered import missing_lines
from seedgit.operations.install.info_attributes import FILTER, attributes_file, written_lines
from seedgit.operations.install.steps import Step
from seedgit.operations.live_tree.sync_run import LONG
from seedgit.operations.sync import sync
from seedgit.operations.workspace import Workspace
from seedgit.values.escapes import number_of

_LEAK = "git would commit effective values"


def audit_in_place(workspace: Workspace, tree: LiveTree) -> Iterator[Finding]:
    """Check what keeps the files of the tree apart from their seeds."""
    config = workspace.repository.config
    wanted = {FILTER_PROCESS: filter_line(), REQUIRED: "true"}
    differing = [key for key, value in wanted.items() if config.get(key) != value]
    if differing:
        yield wrong(codes.FILTER_MISSING, f"git config {differing[0]}: {_LEAK}", FIX)
    missing = missing_lines(workspace, tree, ())
    if missing:
        text = f"{attributes_file(workspace.repository)}: missing: {', '.join(missing)}: {_LEAK}"
        yield wrong(codes.FILTER_MISSING, text, FIX)
    yield from _spool(workspace)


def audit_unused(workspace: Workspace) -> Iterator[Finding]:
    """The filter, where nothing is live in place any more."""
    repository = workspace.repository
    if workspace.in_place is None and not in_place_elsewhere(repository):
        if written_lines(repository, FILTER) or repository.config.get(FILTER_PROCESS):
            text = "the filter is there, but the working tree is no live tree"
            yield wrong(
                codes.FILTER_UNUSED, text, f"{FIX} takes it out; or seedgit live --in-place"
            )
        yield from _spool(workspace)


def _spool(workspace: Workspace) -> Iterator[Finding]:
    entries = Spool(workspace.repository).entries()
    minutes = (time.time() - entries[0].at) / 60 if entries else 0
    if minutes > LONG / 60:
        count = number_of(len(entries), "write")
        text = (
            f"{count} of programs wait in the spool, for {minutes:.0f} minutes: {entries[0].path}"
        )
        remedy = "seedgit sync; if the working tree is no live tree: seedgit live --in-place first"
        yield wrong(codes.SPOOL_WAITING, text, remedy)


def mend_filter(workspace: Workspace) -> list[Step]:
    """Put the filter in where files are live in place, and out where none is."""
    tree = workspace.in_place
    if tree is None:
        remove_filter(workspace.repository)
        return [Step("filter", codes.REMOVED)]
    configure_filter(workspace)
    done = sync(workspace, tree, dry_run=workspace.mode.dry_run)
    return [Step("filter", codes.UPDATED, f"{number_of(len(done.files), 'file')} synced")]
