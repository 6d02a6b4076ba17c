"""Turns edits that the site has committed into seeds into overrides.

A committed file is split in two: the seed as upstream has it, and overrides of it. Edits that
cannot be separated stay in the file and are listed. The overlay is written first, then the files:
at every moment the effective file has the value of the committed one.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import PatchError
from seedgit.git import changes
from seedgit.git.messages import message
from seedgit.git.past import steps
from seedgit.git.repository import GitEntry
from seedgit.operations.adoption.candidates import candidates, fork, refuse_uncommitted, unfit
from seedgit.operations.adoption.files import is_written, write_seeds
from seedgit.operations.adoption.model import Adopted, Adoption, NotAdopted, counted
from seedgit.operations.adoption.record import (
    adopted_file,
    check_effective,
    lower_records,
    record_of,
)
from seedgit.operations.adoption.split import Asked, Split, split_file
from seedgit.operations.edits.edit import OverlayEdit, overlay_edits
from seedgit.operations.workspace import Workspace


def take(workspace: Workspace, paths: list[str], asked: Asked) -> Adoption:
    """Split the committed seeds at `paths`; without paths, all that differ from upstream's.

    Raises Refused where one of them has uncommitted changes.
    """
    repository = workspace.repository
    name, head, bases = fork(workspace, asked.ref)
    tip, committed = repository.tree(name), repository.tree(head)
    splits, left = _splits(workspace, paths, asked, bases, head)
    written = {path for path, split in splits.items() if is_written(workspace, path, split)}
    refuse_uncommitted(workspace, [path for path in {*paths, *splits} if path not in written])
    commit = None
    if asked.dry_run:
        edit = OverlayEdit(workspace, workspace.store.read(workspace.target))
        done, problems = _laid(edit, splits, asked.why, tip, hold=False)
    else:
        for edit in overlay_edits(workspace, workspace.target):
            done, problems = _laid(edit, splits, asked.why, tip, hold=True)
            edit.message = _message(asked.subject, done, asked.why)
        commit = edit.commit
        write_seeds(workspace, [item for item in done if item.path not in written], committed)
    return Adoption(
        name,
        bases[0],
        workspace.target,
        tuple(done),
        tuple(sorted([*left, *problems], key=lambda item: item.path)),
        commit,
        not asked.dry_run and bool(done),
    )


def _splits(
    workspace: Workspace, paths: list[str], asked: Asked, bases: tuple[str, ...], head: str
) -> tuple[dict[str, Split], list[NotAdopted]]:
    """(the files that can be split, by path; what stays in them, and the files left alone)."""
    repository = workspace.repository
    trees = [repository.tree(base) for base in bases]
    committed = repository.tree(head)
    renamed = {
        c.new.path: c.old.path
        for c in changes.diff(repository, bases[0], head)
        if c.status == changes.RENAMED and c.old and c.new
    }
    splits: dict[str, Split] = {}
    left: list[NotAdopted] = []
    found = paths or candidates(workspace, steps(repository, [(base, head) for base in bases]))
    for number, path in enumerate(found):
        asked.progress(number, len(found))
        before = [tree.get(path) for tree in trees]
        why = unfit(path, before, committed.get(path), renamed)
        if why is None:
            assert before[0] is not None
            split = split_file(workspace, path, before[0], committed[path], asked, left)
            if split is not None:
                splits[path] = split
        elif why.reason != codes.UNCHANGED or paths:
            left.append(why)
    asked.progress(len(found), len(found))
    return splits, left


def _laid(
    edit: OverlayEdit, splits: dict[str, Split], why: str, tip: dict[str, GitEntry], *, hold: bool
) -> tuple[list[Adopted], list[NotAdopted]]:
    """Write a record for each split file. Returns these files, and those that must stay.

    hold  store the seeds with the records
    """
    workspace = edit.workspace
    lower = lower_records(workspace)
    items = {item.path: item for item in edit.placed}
    done: list[Adopted] = []
    problems: list[NotAdopted] = []
    for path, split in splits.items():
        item = items.get(path)
        try:
            record = record_of(workspace, path, split, item, why, write=hold)
            check_effective(workspace, path, split, item, record, lower.get(path, []))
        except PatchError as error:
            problems.append(NotAdopted(path, codes.OVERLAID, detail=error.message))
            continue
        edit.usual.add(record.path)  # nobody has said of these values which are secrets
        edit.put(record, item)
        done.append(adopted_file(workspace, path, split, record, tip.get(path)))
    return done, problems


def _message(subject: str, done: list[Adopted], why: str) -> str:
    if subject == "adopt":
        count = sum(len(item.overrides) for item in done)
        subject = f"adopt: {counted(count, 'override')} in {counted(len(done), 'seed')}"
    return message(subject, why)
