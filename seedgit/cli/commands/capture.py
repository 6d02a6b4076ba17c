"""Move a file's edits that are the site's into the overlay."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.options import add_overlay
from seedgit.cli.terminal import Terminal, side
from seedgit.errors import ATTENTION, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.capture import Capture
    from seedgit.operations.live_tree.captured import Captured, NotCaptured

EXAMPLES = """examples:
  seedgit capture flows/wiki.yaml --why "paused for the migration"
  seedgit capture 'flows/*.yaml' --dry-run    what it would do
  seedgit capture --live flows/wiki.yaml      a file that a program keeps writing

What the site owns goes into the overlay. What the package owns stays in the file.

If the file has anything that only the overlay put there, it is read as the effective document. If
the place of an override has another value, the override takes it; if it has the seed's value again,
the override ends. Otherwise the file is read as the seed with edits, and an override stays if
nobody edited its place.

If you name a file (rather than a pattern), it may be the seed, byte for byte. Then seedgit cannot
know whether a program wrote the seed's values back or git put the seed there. Its overrides stay,
and the status is 1.

--live says that a program reads and writes the effective document in FILE. An override ends if its
place has the seed's value, and the file is not written.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="seeds, or patterns of seeds")
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the overrides")
    parser.add_argument(
        "--live",
        action="store_true",
        help="FILE is a program's effective document, and stays as it is",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    add_overlay(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.capture import capture
    from seedgit.operations.seeds.named_seeds import seed_paths

    workspace = args.session.workspace()
    paths = seed_paths(workspace, args.files)
    done = capture(workspace, paths, args.why, live=args.live, dry_run=args.dry_run)
    for file in done.files:
        _tell(file, workspace.pasted(file.path), args.dry_run, terminal)
    for error in done.failed:
        terminal.error(error)
    _tell_commit(done, args.dry_run, terminal)
    terminal.data(done.data())
    named = {workspace.path(name) for name in args.files}
    waits = any(file.in_doubt and file.path in named for file in done.files)
    return ATTENTION if done.failed or waits else OK


def _tell(file: Captured, pasted: str, dry_run: bool, terminal: Terminal) -> None:
    path = file.path
    for taking in file.captured:
        change = f"{side(taking.old)} -> {side(taking.new)}"
        into = "would be in the overlay" if dry_run else "is in the overlay now"
        terminal.line(f"{path}{taking.name} {into} ({change})")
    for taking in file.ended:
        change = f"{side(taking.old)} -> {side(taking.new)}"
        follows = "would follow the seed again" if dry_run else "follows the seed again"
        terminal.line(f"{path}{taking.name} {follows} ({change})")
    for left in file.left:
        terminal.line(f"{path}{left.name} {_stays(left)}")
    if file.written and file.pure:
        terminal.line(f"{path} {'would be' if dry_run else 'is'} the seed again, byte for byte")
    if file.was:
        terminal.line(f"  what the file held: git cat-file -p {file.was}")
    if not file.written and any(left.reason == codes.SEED_VALUE for left in file.left):
        terminal.line("  if a program wrote that, to end these overrides:")
        terminal.line(f"  seedgit capture --live {pasted}")
    if file.in_doubt:
        terminal.line("  if git put the seed there, the overrides hold, and the effective file is:")
        terminal.line(f"  seedgit render {pasted}")
    if file.staged and not dry_run:
        terminal.line(f"  what is staged is now out of date: git add {pasted}")


def _stays(left: NotCaptured) -> str:
    if left.reason == codes.SEED_OWNED:
        change = f"{side(left.seed)} -> {side(left.file)}"
        return f"stays in the file: the package owns it ({change})"
    if left.reason == codes.SEED_VALUE:
        return f"stays {side(left.file)}: the file has the seed's {side(left.seed)}"
    if left.reason == codes.COMMENT_GONE:
        return f"loses a comment within what went into the overlay: {left.detail}"
    return "keeps comments or layout that the seed does not have"


def _tell_commit(done: Capture, dry_run: bool, terminal: Terminal) -> None:
    if dry_run:
        terminal.line(f"overlay {done.overlay}: nothing changed, this was a dry run")
    elif done.commit is None:
        terminal.line(f"overlay {done.overlay}: nothing changed")
        terminal.reason(codes.NOOP_UNCHANGED)
    else:
        terminal.line(f"overlay {done.overlay}: {done.commit[:12]}")
