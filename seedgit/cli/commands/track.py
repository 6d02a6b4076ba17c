"""Make a branch of the versions of a file that was copied here, for git to merge."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import Terminal
from seedgit.errors import OK, UsageError
from seedgit.git.names import pasted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.track import Tracked

EXAMPLES = """examples:
  seedgit track values.yaml --from 'https://example.com/{version}/values.yaml' --version 1.4.0
  seedgit track values.yaml --version 1.5.0         the next one, from the same place
  git merge vendor/values                           the upgrade
  helm show values CHART --version 1.4.0 | seedgit track values.yaml --from - --version 1.4.0
  seedgit track                                     what is tracked, and in which version

Begin with the version that the file was copied from. It gets a branch of its own, and a merge that
changes no file makes it the common ancestor. What the site has changed since stays as it is.
Nothing but the branch, and that one merge, is written. docs/tracking.md is the whole story.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", help="a committed file")
    parser.add_argument(
        "--from",
        metavar="SOURCE",
        dest="source",
        help="an https URL, a file, or - for standard input; {version} in it stands for V",
    )
    parser.add_argument("--version", metavar="V", help="the version that the source has")
    parser.add_argument("--name", metavar="NAME", help="of the branch: vendor/NAME")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.track import track, tracked

    if args.file is None:
        if args.source or args.version or args.name:
            raise UsageError("which file? --from, --version and --name go with one")
        found = tracked(args.session.workspace())
        terminal.table([_row(each) for each in found])
        terminal.data([each.data() for each in found])
        if not found:
            terminal.line("nothing is tracked: seedgit track FILE --from SOURCE --version V")
        return OK
    if not args.version:
        raise UsageError("which version? --version V")
    workspace = args.session.workspace()
    done = track(workspace, args.file, args.version, args.source, args.name)
    _tell(done, workspace.pasted(done.brought.path).removeprefix("-- "), terminal)
    terminal.data(done.data())
    return OK


def _row(found: Tracked) -> list[str]:
    brought = found.brought
    state = "merged" if found.merged else f"to merge: git merge {pasted(brought.branch)}"
    return [brought.path, brought.version, brought.branch, state]


def _tell(done: Tracked, here: str, terminal: Terminal) -> None:
    brought = done.brought
    what = f"{brought.path} {brought.version}"
    if done.is_new:
        terminal.line(f"{what} is on {brought.branch} ({brought.commit[:12]})")
    else:
        terminal.line(f"{what} was on {brought.branch} already ({brought.commit[:12]})")
        terminal.reason(codes.NOOP_ALREADY_UP_TO_DATE, brought.path)
    if done.joined:
        terminal.line(f"the branch here began with it: merge {done.joined[:12]} changes no file")
    branch = pasted(brought.branch)
    if not done.merged:
        terminal.line(f"to see what it would do: seedgit plan {branch}")
        terminal.line(f"to merge it: git merge {branch}")
    elif not done.same:
        terminal.line(f"the committed file is another: git diff {branch} HEAD -- {here}")
