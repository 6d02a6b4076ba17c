"""What git's hooks and the pre-commit framework call."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from importlib.machinery import PathFinder

from seedgit import codes
from seedgit.cli.terminal import Terminal, side
from seedgit.errors import ATTENTION, OK, SeedgitError
from seedgit.git.names import pasted
from seedgit.limits import Limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.check import Check, SeedChange
    from seedgit.operations.workspace import Workspace

# What is missing is told before anything is done. To load it takes longer than most hooks run.
if PathFinder.find_spec("pygit2") is None:
    raise ModuleNotFoundError("No module named 'pygit2'", name="pygit2")

EXAMPLES = """examples:
  seedgit hook pre-commit             refuse staged changes to what the package owns
  SEEDGIT_ALLOW="hotfix 812" git commit     allow one commit; the reason becomes a trailer
"""

CHECKS = ("pre-commit", "pre-merge-commit")
ACCELERATORS = ("post-merge", "post-rewrite", "post-checkout")
KEEPER = "commit-msg"

REASONS = {
    codes.FROM_UPSTREAM: codes.SKIP_FROM_UPSTREAM,
    codes.OVERLAY_OWNED: codes.SKIP_OVERLAY_OWNED,
    codes.SEED_ADDED: codes.SKIP_SEED_ADDED,
    codes.FORMAT_ONLY: codes.SKIP_FORMAT_ONLY,
    codes.SEED_CHANGED: codes.REFUSED_SEED_CHANGED,
    codes.EFFECTIVE_VALUE: codes.REFUSED_EFFECTIVE_VALUE,
    codes.SEED_DELETED: codes.REFUSED_SEED_DELETED,
    codes.SEED_LINKED: codes.REFUSED_SEED_LINKED,
    codes.SEED_UNPARSEABLE: codes.REFUSED_SEED_UNPARSEABLE,
    codes.SEED_UNMERGED: codes.REFUSED_SEED_UNMERGED,
    codes.SEED_CONFLICT_MARKERS: codes.REFUSED_SEED_CONFLICT_MARKERS,
    codes.SEED_UNCHECKED: codes.REFUSED_SEED_UNCHECKED,
}


def configure(parser: argparse.ArgumentParser) -> None:
    import argparse  # late: the parser has it loaded

    parser.add_argument("name", choices=(*CHECKS, KEEPER, *ACCELERATORS))
    parser.add_argument("arguments", nargs="*", help="what git gives the hook")
    parser.add_argument("--strict", action="store_true", help="refuse reformatting too")
    parser.add_argument("--json", action="store_true", help="print JSON")
    # seedgit doctor asks an installed hook this: which seedgit it is, and which store it uses.
    parser.add_argument("--probe", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace()
    if args.probe:
        from seedgit.operations.audit.identity import identity

        args.session.silence()
        terminal.raw(json.dumps(identity(workspace)).encode() + b"\n")
        return OK
    if workspace.mode.switched_off:
        terminal.reason(codes.SKIP_MODE_OFF)
        return OK
    try:
        return _checked(args, workspace, terminal)
    except Exception as error:
        if not workspace.mode.dry_run:
            raise
        args.session.failed(error, OK)
        terminal.remark(f"seedgit: the {args.name} hook failed: {error}")
        terminal.remark("dry-run: git goes on; seedgit journal --failed says more")
        return OK


def _checked(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> int:
    """Do what the hook is for. In dry-run nothing that happens here may stop git."""
    from seedgit.operations.check import ALLOW, check_staged, keep_reason, trailer_of
    from seedgit.operations.install.hook_notes import note_allowed, note_seeds

    note_seeds(workspace)
    if args.name in ACCELERATORS:
        if args.name != "post-checkout":  # another version is no reason to move overrides
            _follow(args, workspace, terminal)
        args.session.seeds_moved = True
        return OK
    check = check_staged(workspace, strict=args.strict)
    if args.name == KEEPER:
        if workspace.mode.dry_run:
            terminal.reason(codes.SKIP_MODE_DRY_RUN)
        elif args.arguments and trailer_of(check):
            keep_reason(workspace, args.arguments[0], trailer_of(check))
        else:
            terminal.reason(codes.NOOP_NOTHING_ALLOWED)
        return OK
    if check.allowed:
        note_allowed(workspace, os.environ[ALLOW], trailer_of(check))
    _print(check, terminal)
    if not check.refused:
        return OK
    if workspace.mode.dry_run:
        terminal.line("seedgit: dry-run: the commit goes on; in live it would be refused")
        terminal.reason(codes.SKIP_MODE_DRY_RUN)
        return OK
    terminal.line("")
    terminal.lines(_advice(check))
    return ATTENTION


def _follow(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> None:
    """Store the rebased overlays. Note that nothing waits, or tell what does."""
    from seedgit.git.settings import time_limit
    from seedgit.operations.install.hook_notes import note_settled, state
    from seedgit.operations.rebase import follow_git

    done = follow_git(workspace, Limit(time_limit(workspace.repository)))
    if not done.moved:
        terminal.reason(codes.NOOP_UP_TO_DATE)
    if args.arguments[:1] != ["amend"]:
        fresh = {moved.path for moved in done.moved} | {left.path for left in done.left}
        before = state(workspace)
        if _nothing_waits(workspace, fresh, terminal):
            note_settled(workspace, before)


def _nothing_waits(workspace: Workspace, fresh: Collection[str], terminal: Terminal) -> bool:
    """After a merge, one line if a person is needed, with how to see what for.

    Returns whether nothing waits, and nothing will before something changes.
    """
    from seedgit.git.settings import time_limit
    from seedgit.operations.status import lasting, waiting  # which a commit needs nothing of

    try:
        with Limit(time_limit(workspace.repository)):
            fields, problems = waiting(workspace, fresh)
            settled = lasting(workspace)
    except (SeedgitError, TimeoutError, MemoryError):
        return False  # `seedgit status` reports it
    kinds = Counter(field.status.replace("-", " ") for field in fields)
    if kinds:
        what = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        terminal.remark(f"seedgit: for you to decide: {what}; to see it: seedgit pending")
    elif problems:
        terminal.remark("seedgit: something is wrong with the overlays; to see it: seedgit status")
    return settled and not fields and not problems


def _advice(check: Check) -> Iterator[str]:
    """What to do about what is refused: each command on its own line, ready to be pasted."""
    conflicted = [f.path for f in check.refused if f.code == codes.SEED_UNMERGED]
    marked = [f.path for f in check.refused if f.code == codes.SEED_CONFLICT_MARKERS]
    paths = [
        f.path
        for f in check.refused
        if f.code not in (codes.SEED_UNMERGED, codes.SEED_CONFLICT_MARKERS)
    ]
    live = list(dict.fromkeys(f.path for f in check.refused if f.code == codes.EFFECTIVE_VALUE))
    if live and not check.merging:
        yield "The site owns these, and the files are live. To move them into the overlay:"
        yield f"  git restore --staged {_named(live)}"
        yield f"  seedgit sync {_named(live)}"
    paths = [path for path in paths if path not in live or check.merging]
    owned = {f.path for f in check.findings if f.code == codes.OVERLAY_OWNED}
    movable = [path for path in paths if path in owned]
    if conflicted:
        yield "To see the conflicts, and how to resolve them:"
        yield f"  seedgit conflicts {_named(conflicted)}"
    if marked and check.merging:
        yield "Conflicts were staged unresolved. To have them back, and see them:"
        yield f"  git checkout --merge {_named(marked)}"
        yield f"  seedgit conflicts {_named(marked)}"
    elif marked:
        yield "Take the conflict markers out, and stage the file again:"
        yield f"  git add {_named(marked)}"
    if paths and check.merging:  # HEAD's version lacks what the merge brings
        yield "The package owns these. To leave the change out, edit the file and stage it again:"
        yield f"  git add {_named(paths)}"
    elif paths:
        yield "The package owns these. To leave the change out:"
        yield f"  git restore --staged {_named(paths)}"
    if movable:
        yield "To move what the site owns of it into the overlay:"
        yield f"  seedgit capture {_named(movable)}"
    if paths or live:
        yield "To change the seed all the same, this once:"
        yield '  SEEDGIT_ALLOW="why" git commit'


def _named(paths: Iterable[str]) -> str:
    """Files as words for the shell where git was started; a hook itself runs at the top."""
    started = os.environ.get("GIT_PREFIX") or "."
    return pasted(*dict.fromkeys(os.path.relpath(path, started) for path in paths))


def _print(check: Check, terminal: Terminal) -> None:
    terminal.data(
        {"allowed": check.allowed, "findings": [finding.data() for finding in check.findings]}
    )
    for finding in check.findings:
        if finding.refused:
            terminal.line(_refusal(finding))
        elif finding.code == codes.FORMAT_ONLY:
            terminal.line(f"seedgit: {finding.path}: only format or comments differ")
        allowed = finding.refused and check.allowed
        reason = codes.SKIP_ALLOWED if allowed else REASONS[finding.code]
        terminal.reason(reason, finding.path + finding.pointer)
    if not check.findings:
        terminal.reason(codes.NOOP_NO_SEED_STAGED)
    if check.allowed and any(f.refused for f in check.findings):
        terminal.line(f"seedgit: allowed this once: {check.allowed}")


def _refusal(finding: SeedChange) -> str:
    place = finding.path + (f":{finding.line}" if finding.line else "")
    if finding.code in (codes.SEED_CHANGED, codes.EFFECTIVE_VALUE) and finding.pointer:
        change = f"{side(finding.old)} -> {side(finding.new)}"
        return f"seedgit: {place}: {finding.pointer}: {change}"
    return f"seedgit: {place}: {finding.code}: {finding.detail}"
