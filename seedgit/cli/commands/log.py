"""Show the changes of an overlay, newest first."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal

EXAMPLES = """examples:
  seedgit log
  seedgit log -n 5 --overlay fleet
"""


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
    from seedgit.git.messages import without_beginning
    from seedgit.operations.layer import shown
    from seedgit.operations.why import when

    workspace = args.session.workspace()
    name = shown(workspace, args.shown) if args.shown else workspace.target
    entries = workspace.store.log(name, args.n)
    data = []
    for entry in entries:
        author = entry.commit.author
        date = when(author)
        subject, _, why = without_beginning(entry.commit.message).strip().partition("\n\n")
        id = terminal.style(entry.commit.id[:12], "yellow")
        terminal.line(f"{id} {date[:16]} {author.name}: {subject}")
        terminal.lines(why.splitlines(), indent=" " * 13)
        data.append(
            {
                "commit": entry.commit.id,
                "author": author.name,
                "email": author.email,
                "date": date,
                "subject": subject,
                "why": why,
                "seeds": list(entry.seeds),
            }
        )
    terminal.data(data)
    return 0
