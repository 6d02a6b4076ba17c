"""Show the changes of an overlay, newest first."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from seedgit.git.history import LogEntry

EXAMPLES = """examples:
  seedgit log
  seedgit log -n 5 --overlay fleet
"""


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", type=int, metavar="N", default=None, help="only the last N")
    parser.add_argument(
        "--overlay",
        "--overlay-name",
        dest="shown",
        metavar="NAME",
        help="an overlay other than the one that commands write to",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.layer import shown

    workspace = args.session.workspace()
    name = shown(workspace, args.shown) if args.shown else workspace.target
    data = [entry_data(entry) for entry in workspace.store.log(name, args.n)]
    for told in data:
        id = terminal.style(told["commit"][:12], "yellow")
        terminal.line(f"{id} {told['date'][:16]} {told['author']}: {told['subject']}")
        terminal.lines(told["why"].splitlines(), indent=" " * 13)
    terminal.data(data)
    return 0


def entry_data(entry: LogEntry) -> dict[str, Any]:
    """A change of an overlay: who made it, when and why."""
    from seedgit.git.messages import without_beginning
    from seedgit.operations.why import when

    author = entry.commit.author
    subject, _, why = without_beginning(entry.commit.message).strip().partition("\n\n")
    return {
        "commit": entry.commit.id,
        "author": author.name,
        "email": author.email,
        "date": when(author),
        "subject": subject,
        "why": why,
        "seeds": list(entry.seeds),
    }
