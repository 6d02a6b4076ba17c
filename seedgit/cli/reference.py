"""docs/commands.md, written from the parser itself: python -I -m seedgit.cli.reference."""

from __future__ import annotations

import os
import sys

from seedgit.cli.parsers import Parser, build_parser
from seedgit.errors import EXIT_CODES

HEAD = """\
# Commands

`python -I -m seedgit.cli.reference` writes this page from `--help`; a test compares them.

"""


def reference() -> str:
    """The help of every command, and the exit statuses, as one page."""
    os.environ["COLUMNS"] = "100"
    parser = build_parser()
    parts = [HEAD, _block(parser.format_usage())]
    for name, command in parser.subcommands.items():
        if name != "help":
            parts += _sections(f"seedgit {name}", command)
    rows = "\n".join(f"| {code} | {text} |" for code, text in EXIT_CODES.items())
    return "".join(parts) + f"\n## Exit status\n\n| status | meaning |\n|---|---|\n{rows}\n"


def _sections(name: str, command: Parser) -> list[str]:
    parts = [f"\n## {name}\n\n{_block(command.format_help())}"]
    for inner, parser in command.subcommands.items():
        parts += _sections(f"{name} {inner}", parser)
    return parts


def _block(text: str) -> str:
    lines = (f"    {line}".rstrip() for line in text.rstrip().split("\n"))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
