"""Bring the live trees into step with seeds and overlays, both ways."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.git.live_tree import LiveTree
    from seedgit.operations.live_tree.in_step import TreeSync

EXAMPLES = """examples:
  seedgit sync                       every live tree
  seedgit sync flows/wiki.yaml       one seed's file
  seedgit sync --dry-run             what it would do
  seedgit sync --check               the same; the status is 1 if anything is out of step
  seedgit sync --watch               stay, and do it as it happens
  seedgit sync --restore flows/wiki.yaml   give up what programs changed of the package's values

What a program changed goes into the overlay where the site owns it. An override ends if the program
wrote the seed's value. What the package owns is run-time drift: it is told, and stays in the file.
What upstream or an overlay changed is written into the file.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", help="seeds; none: all of them")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit with 1 if out of step"
    )
    parser.add_argument(
        "--watch", action="store_true", help="stay, and sync as it happens; ^C ends it"
    )
    parser.add_argument(
        "--restore",
        action="store_true",
        help="give the files their effective values back, run-time drift or not",
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON; with --watch, a line for each round"
    )


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.git.live_tree import live_trees
    from seedgit.operations.live_tree.in_step import in_turn
    from seedgit.operations.live_tree.sync_if_moved import sync_if_moved

    workspace = args.session.workspace()
    if args.watch:
        return _watch(args, terminal)
    if args.restore and not args.files:
        raise UsageError("--restore gives up what programs wrote: name the files")
    paths = None
    if args.files:
        from seedgit.operations.seeds.named_seeds import seed_paths  # late: mostly all are meant

        paths = seed_paths(workspace, args.files)
    trees = live_trees(workspace.repository)
    if not trees:
        raise UsageError("there is no live tree", hint="seedgit live DIR makes one")
    dry_run = args.dry_run or args.check or workspace.mode.dry_run
    if dry_run and len(trees) > 1:  # what is found in one of them would reach the others
        from seedgit.operations.live_tree.rehearsed import rehearsed  # late: most have one tree

        workspace = rehearsed(workspace)

    def sync_one(tree: LiveTree) -> TreeSync:
        done = sync_if_moved(workspace, tree, paths, dry_run=dry_run, restore=args.restore)
        if done.files:
            from seedgit.cli.synced import tell_sync

            tell_sync(done, terminal, workspace.pasted, dry_run=dry_run)
        return done

    done = in_turn(trees, sync_one)
    if all(one.in_step for one in done):
        terminal.line("in step")
        terminal.reason(codes.NOOP_UP_TO_DATE)
    terminal.data([one.data() for one in done])
    if all(one.still for one in done) and workspace.mode.live:
        args.session.answered(0)
    if args.check:
        return OK if all(one.in_step for one in done) else ATTENTION
    waits = any(file.waits for one in done for file in one.files)
    return ATTENTION if waits or any(one.command for one in done) else OK


def _watch(args: argparse.Namespace, terminal: Terminal) -> int:
    import signal
    from threading import Event

    from seedgit.cli.synced import tell_sync

    if args.files or args.dry_run or args.check or args.restore:
        raise UsageError("--watch keeps every live tree in step: give no other option")
    from seedgit.operations.watch import watch  # late: it loads another library

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # a round that has begun is finished
        signal.signal(number, lambda *_: stop.set())
    told = False
    workspace = args.session.workspace()
    for done, failed in watch(workspace, stop):
        for one in done:
            tell_sync(one, terminal, workspace.pasted, dry_run=False)
        for text in failed:
            terminal.remark(f"warning: {text}")
        if not told or any(one.files for one in done):
            terminal.row([one.data() for one in done])
        if not told:
            places = ", ".join(str(one.tree.directory) for one in done)
            terminal.line(f"watching {places or 'the live trees'}; ^C ends it")
            told = True
        terminal.out.flush()
    return OK
