"""Show the changes of an overlay, newest first."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal

EXAMPLES = """examples:
  seedgit log
  seedgit log -n 5 --overlay-name local
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", type=int, metavar="N", default=None, help="only the last N")
    parser.add_argument(
        "--overlay-name", metavar="NAME", help="another overlay than the active one"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.why import when

    workspace = args.session.workspace()
    entries = workspace.store.log(args.overlay_name or workspace.target, args.n)
    data = []
    for entry in entries:
        author = entry.commit.author
        date = when(author)
        subject, _, why = entry.commit.message.strip().partition("\n\n")
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
