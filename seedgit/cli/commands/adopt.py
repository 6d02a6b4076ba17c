"""Split committed seeds with the site's state in them into upstream's seeds and overrides."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import Terminal, side
from seedgit.errors import OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.adoption.model import Adopted, Adoption
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit adopt --dry-run                    what would move, and what would stay
  seedgit adopt --why "state of the site"    every seed of this branch
  seedgit adopt --from v2.1 flows/wiki.yaml  with an upstream other than the configured one

The seeds become those of the merge base of HEAD and REF. What the site owns in them goes into the
overlay, in one change. What the package owns stays in the files. Nothing is staged.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", help="seeds (default: all)")
    options(parser)


def options(parser: argparse.ArgumentParser) -> None:
    """The options that adopt and demote have in common."""
    parser.add_argument("--from", dest="ref", metavar="REF", help="the package (default: upstream)")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the overrides")
    parser.add_argument("-n", "--dry-run", action="store_true", help="change nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.adopt import adopt

    workspace, shown = args.session.workspace(), terminal.progress
    dry = args.dry_run
    done = adopt(workspace, args.files, args.ref, args.why, dry_run=dry, progress=shown)
    tell(workspace, done, terminal, dry_run=dry)
    return OK


def tell(workspace: Workspace, done: Adoption, terminal: Terminal, *, dry_run: bool) -> None:
    """What was split, what stayed, and what to do next."""
    for item in done.adopted:
        kind = "as upstream has it" if item.pure else "upstream's, with the package's edits kept"
        terminal.line(f"{terminal.style(item.path, 'bold')}: {kind}")
        terminal.table([_row(item, n) for n in range(len(item.overrides))])
        if item.reworded:
            terminal.line("  comments or layout of the committed file are not kept")
    if done.left:
        terminal.line("Left as it is:")
        rows = []
        for left in done.left:
            values = f" ({side(left.old)} -> {side(left.new)})" if left.pointer else ""
            about = left.data()["detail"] + values
            rows.append((left.reason, left.path, left.pointer or "(file)", about))
        terminal.table(rows)
    following = _next(workspace, done)
    if not done.adopted:
        terminal.line(f"overlay {done.overlay}: nothing to move")
        terminal.reason(codes.NOOP_NOTHING_TO_ADOPT)
    elif dry_run:
        terminal.line(f"overlay {done.overlay}: nothing changed, this was a dry run")
    else:
        terminal.line(f"overlay {done.overlay}: {done.commit[:12] if done.commit else 'unchanged'}")
        terminal.line("nothing is staged; to commit the seeds:")
        terminal.lines(following, indent="  ")
    terminal.data({**done.data(), "next": following})


def _row(item: Adopted, number: int) -> tuple[str, ...]:
    override = item.overrides[number]
    note = f"  ({override.why})" if override.why else ""
    return override.pointer, f"{side(override.seed)} -> {side(override.local)}{note}"


def _next(workspace: Workspace, done: Adoption) -> list[str]:
    """The commands that commit the seeds. The check accepts what upstream itself has."""
    if not done.adopted:
        return []
    allow = "SEEDGIT_ALLOW='back to upstream' " if done.allow else ""
    files = workspace.pasted(*(item.path for item in done.adopted)).removeprefix("-- ")
    return [f"git add -- {files}", f"{allow}git commit -m 'Seeds as upstream has them'"]
