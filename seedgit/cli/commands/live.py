"""Keep effective files in a folder, for programs to read and write."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK, UsageError
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit live /srv/app/config                     every seed's effective file, at its path
  seedgit live /srv/app/flows 'flows/**' --exec 'systemctl reload app'
  seedgit live /etc/app --map flows/wiki.yaml=/etc/app/wiki.yaml
  seedgit live --in-place 'flows/**'               the working tree's own files
  seedgit live                                     the live trees, and what waits
  seedgit live --undo /srv/app/config              stop; the files stay

A program reads and writes the files in DIR; git sees the seeds alone. seedgit sync brings both
sides into step. A file that is there already is read as the program's: what the site owns in it
goes into the overlay, the rest stays.

DIR is outside the working tree, or ignored in it. It is kept in this worktree's git configuration.
To change patterns, maps or the command, name DIR again, with all that counts from now on.

The command runs at the top of the working tree, once a sync, and its output goes to standard error.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", nargs="?", help="the folder")
    parser.add_argument("patterns", metavar="PATTERN", nargs="*", help="of seeds; none: all seeds")
    parser.add_argument(
        "--exec",
        dest="after",
        default="",
        metavar="COMMAND",
        help="run after files changed, with their names on standard input",
    )
    parser.add_argument(
        "--map",
        dest="maps",
        action="append",
        default=[],
        metavar="SEED=FILE",
        help="one seed's file is elsewhere",
    )
    parser.add_argument(
        "--in-place",
        action="store_true",
        help="the working tree itself: all arguments are patterns",
    )
    parser.add_argument("--undo", action="store_true", help="stop keeping DIR; its files stay")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.synced import tell_sync
    from seedgit.operations.live import begin, end
    from seedgit.operations.sync import sync

    workspace = args.session.workspace()
    if args.in_place:
        return _in_place(args, terminal)
    if args.dir is None:
        if args.undo:
            raise UsageError("--undo takes a DIR", hint="seedgit live lists the live trees")
        if args.after or args.maps:
            raise UsageError("name a DIR, for --exec or --map")
        return _list(args, terminal)
    if args.undo:
        tree = end(workspace, args.dir)
        terminal.line(f"{tree.directory} is no live tree any more; its files stay")
        terminal.data({"directory": str(tree.directory)})
        return OK
    tree = begin(workspace, args.dir, args.patterns, args.after, args.maps)
    done = sync(workspace, tree, dry_run=workspace.mode.dry_run)
    written = sum(file.written for file in done.files)
    terminal.line(f"{tree.directory} is a live tree: {number_of(written, 'file')} written")
    if not workspace.tracked:
        terminal.remark("warning: no tracked file is a seed: see `seeds:` in .seedgit.yaml")
    tell_sync(done, terminal, workspace.pasted, dry_run=workspace.mode.dry_run, quiet_written=True)
    terminal.line(
        "to bring it into step: seedgit sync; to do so all the time: seedgit sync --watch"
    )
    terminal.data(done.data())
    return ATTENTION if any(file.waits for file in done.files) else OK


def _in_place(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.synced import tell_sync
    from seedgit.operations.in_place.run import sync_in_place
    from seedgit.operations.in_place.setup import begin_in_place, end_in_place

    workspace = args.session.workspace()
    if args.after or args.maps:
        raise UsageError("--exec and --map are for a folder: with --in-place there is none")
    if workspace.mode.dry_run:
        raise UsageError("in dry-run no filter is put in", hint="seedgit mode live")
    patterns = [*filter(None, [args.dir]), *args.patterns]
    if args.undo:
        done = end_in_place(workspace)
        tell_sync(done, terminal, workspace.pasted, dry_run=False, quiet_written=True)
        terminal.line("the working tree is no live tree any more; its files are the seeds")
        terminal.data(done.data())
        return OK
    done = sync_in_place(workspace, begin_in_place(workspace, patterns))
    written = sum(file.written for file in done.files)
    terminal.line(f"the working tree is a live tree: {number_of(written, 'file')} written")
    tell_sync(done, terminal, workspace.pasted, dry_run=False, quiet_written=True)
    terminal.line("git sees the seeds; before a pull or a checkout: seedgit sync")
    terminal.data(done.data())
    return ATTENTION if any(file.waits for file in done.files) else OK


def _list(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.synced import tell_sync
    from seedgit.operations.live import states

    workspace = args.session.workspace()
    found = states(workspace)
    for state in found:
        which = ", ".join(state.tree.patterns) or "all seeds"
        terminal.line(f"{state.tree.directory}  {which}  {number_of(state.files, 'file')}")
        for seed, place in state.tree.maps:
            terminal.line(f"  {seed} is at {place}")
        if state.tree.command:
            terminal.line(f"  after a change: {state.tree.command}")
        tell_sync(state.would, terminal, workspace.pasted, dry_run=True)
    if not found:
        terminal.line("no live tree; to make one: seedgit live DIR")
    terminal.data([state.data() for state in found])
    return OK
