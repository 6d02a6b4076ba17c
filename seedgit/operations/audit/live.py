"""Checks the live trees: their folders, ledgers and commands, and whether anything syncs them."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from seedgit import codes
from seedgit.errors import InputError, SeedgitError, UsageError
from seedgit.git.live_tree import LiveTree, checked_directory, live_trees
from seedgit.git.locks import TABLES
from seedgit.git.names import pasted
from seedgit.git.places import is_below
from seedgit.git.process import run_program
from seedgit.git.settings import has_live_trees
from seedgit.operations.audit.findings import FIX, Finding, fine, wrong
from seedgit.operations.audit.in_place import audit_in_place, audit_unused
from seedgit.operations.live_tree.in_step import TreeSync
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.live_tree.sync_run import LONG
from seedgit.operations.sync import sync
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.values.escapes import number_of

MEANT_FOR_THE_SHELL = set("$`*?[]~{}()!;|&<>")
TIMEOUT = 10.0  # seconds


def audit_live(workspace: Workspace) -> list[Finding]:
    """Check every live tree of this worktree. Raises InputError for invalid rules."""
    if not has_live_trees(workspace.repository):
        return list(audit_unused(workspace))
    try:
        trees = live_trees(workspace.repository)
        found = [finding for tree in trees for finding in _tree(workspace, tree)]
        return [*found, *audit_unused(workspace)]
    except InputError as error:
        return [wrong(codes.LIVE_SETTING, str(error), "git config --edit, and correct it")]


def _tree(workspace: Workspace, tree: LiveTree) -> list[Finding]:
    paths = tree.chosen(workspace.tracked)
    if tree.in_place:
        found = list(audit_in_place(workspace, tree))
    else:
        found = [*_seen_by_git(workspace, tree), *_folders(tree, paths)]
    found += _command(workspace, tree)
    damage = _ledger(workspace, tree)
    found += damage
    if not damage and not workspace.mode.switched_off:
        found += _step(workspace, tree)
    return found or [fine(codes.LIVE_TREE, f"{tree.directory}: {number_of(len(paths), 'file')}")]


# -- where the files are ---------------------------------------------------------------------------


def _seen_by_git(workspace: Workspace, tree: LiveTree) -> Iterator[Finding]:
    """The folders whose files git tracks, or would."""
    repository = workspace.repository
    top = Path(os.path.realpath(repository.worktree))
    named = [tree.directory, *(os.path.dirname(place) for _, place in tree.maps)]
    for folder in map(Path, dict.fromkeys(named)):
        below = folder.relative_to(top).as_posix() if folder.is_relative_to(top) else ""
        inside = f"{below}/"
        if below and any(entry.path.startswith(inside) for entry in repository.index()):
            detail = f"{folder}: git tracks files in it, and would commit effective values"
            remedy = f"git rm -r --cached {workspace.pasted(below)}, and ignore it"
            yield wrong(codes.LIVE_TRACKED, detail, remedy)
            continue
        try:
            checked_directory(repository, str(folder))
        except UsageError as error:
            exclude = repository.common_dir / "info" / "exclude"
            ignore = f"echo {pasted(f'/{below}/')} >> {pasted(str(exclude))}"
            remedy = ignore if below else f"seedgit live --undo {pasted(str(tree.directory))}"
            yield wrong(codes.LIVE_TRACKED, str(error), remedy)


def _folders(tree: LiveTree, paths: Sequence[str]) -> Iterator[Finding]:
    """The folders that are gone, or that nobody can write a file into."""
    places = [tree.place(path) for path in paths]
    below = [place for place in places if is_below(place, tree.directory)]
    undo = f"seedgit live --undo {pasted(str(tree.directory))}"
    if below and not os.path.lexists(tree.directory):
        files = number_of(len(below), "file")
        detail = f"{tree.directory} is gone, with {files}: it was removed, or is not mounted"
        yield wrong(codes.LIVE_MISSING, detail, f"mount it, or {FIX} makes it anew; or {undo}")
        places = [place for place in places if place not in below]
    for folder in dict.fromkeys(Path(place).parent for place in places):
        while not os.path.lexists(folder):
            folder = folder.parent
        if not folder.is_dir():
            why = f"{folder} is no folder"
        elif not os.access(folder, os.W_OK | os.X_OK):
            why = f"{folder}: no file can be made in it, so none can be replaced"
        else:
            continue
        remedy = f"ls -ld {pasted(str(folder))} shows whose it is; let this user write there"
        yield wrong(codes.LIVE_NOT_WRITABLE, why, remedy)


# -- what runs after a change ----------------------------------------------------------------------


def _command(workspace: Workspace, tree: LiveTree) -> list[Finding]:
    program = program_of(tree.command)
    if not program:
        return []
    top = workspace.repository.worktree
    words = ["sh", "-c", 'command -v -- "$1"', "sh", program]
    if run_program(words, cwd=top, env=os.environ, timeout=TIMEOUT).status in (0, None):
        return []
    detail = f"{tree.directory}: --exec: a shell finds no {program}: {tree.command}"
    remedy = "git config --edit, and correct it; or name the tree again: seedgit live DIR --exec"
    return [wrong(codes.LIVE_COMMAND_MISSING, detail, remedy)]


def program_of(command: str) -> str:
    """The program that a shell command starts first; "" if only a shell can say."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    for word in words:
        name, equals, _ = word.partition("=")
        if equals and name.isidentifier():
            continue
        return "" if MEANT_FOR_THE_SHELL & set(word) else word
    return ""


# -- the ledger, and what is out of step -----------------------------------------------------------


def _ledger(workspace: Workspace, tree: LiveTree) -> list[Finding]:
    ledger = Ledger(workspace.repository, tree)
    try:
        damage = ledger.load().damage()
    except SeedgitError as error:
        return [wrong(codes.LIVE_LEDGER_DAMAGED, str(error), error.hint)]
    if not damage:
        return []
    return [wrong(codes.LIVE_LEDGER_DAMAGED, f"{tree.directory}: {damage}", FIX)]


def _step(workspace: Workspace, tree: LiveTree) -> Iterator[Finding]:
    """What has been out of step for long, and what has not parsed for long."""
    try:
        done = sync(workspace, tree, dry_run=True)
    except SeedgitError:
        return  # another check reports it
    rows = Ledger(workspace.repository, tree).load().rows
    now = time.time()
    for file in done.files:
        row = rows.get(file.path)
        if file.reason == codes.LIVE_UNREADABLE and row and 0 < row.since < now - LONG:
            remedy = (
                f"correct it, or move it away and run: seedgit sync {workspace.pasted(file.path)}"
            )
            yield wrong(codes.LIVE_UNREADABLE, f"{file.place}: {file.problem}", remedy)
    late = [file for file in done.files if file.moved]
    quiet = (now - _last_change(workspace, done)) / 60
    if late and quiet > LONG / 60:
        files = number_of(len(late), "file")
        detail = f"{tree.directory}: {files} out of step for {quiet:.0f} minutes: {late[0].place}"
        remedy = f"{FIX}, or seedgit sync; seedgit sync --watch does it as it happens"
        yield wrong(codes.LIVE_OUT_OF_STEP, detail, remedy)


def _last_change(workspace: Workspace, done: TreeSync) -> float:
    """When anything that a sync looks at has last changed, in seconds since 1970."""
    repository = workspace.repository
    places = [Path(file.place) for file in done.files]
    places += [repository.git_dir / "logs" / "HEAD", repository.git_dir / "HEAD"]
    places += [repository.common_dir / "refs/seedgit/overlays" / n for n in workspace.names]
    places += [repository.common_dir / name for name in ("packed-refs", TABLES)]
    places.append(repository.worktree / RULES_FILE)
    times = [0.0]
    for place in places:
        with suppress(OSError):
            times.append(place.stat().st_mtime)
    return max(times)
