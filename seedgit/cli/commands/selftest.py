"""Try on this machine, in a temporary folder, what seedgit promises. Says what is safe here."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit selftest                 on the file system of this folder
  seedgit selftest --in /srv/app   on another one, where a live tree is to be
  seedgit selftest --json

verdicts:
  safe       what seedgit promises was tried, and holds here
  limited    it works, but something is missing here; the line says what
  unsafe     it does not work here (exit status 1)

It takes under a minute, and leaves nothing behind. docs/promises.md lists what is promised.
"""

# It has nothing to do with any clone.
RECORDED = False


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--in",
        dest="place",
        metavar="DIR",
        default=".",
        help="the folder to try (default: this one)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from pathlib import Path

    from seedgit.operations.selftest.model import SAFE, UNSAFE
    from seedgit.operations.selftest.run import selftest

    found = selftest(Path(args.directory or ".", args.place).absolute(), terminal.progress)
    marks = {SAFE: "ok", UNSAFE: "!"}
    terminal.table([(marks.get(each.verdict, "-"), each.part, each.detail) for each in found])
    unsafe = [each.part for each in found if each.verdict == UNSAFE]
    if unsafe:
        terminal.line(f"Do not rely here on: {', '.join(unsafe)}")
    else:
        terminal.line("seedgit is safe to use here.")
    terminal.data([each.data() for each in found])
    return ATTENTION if unsafe else OK
