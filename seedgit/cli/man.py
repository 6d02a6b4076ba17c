"""The manual page, made of the same help as docs/commands.md: python -I -m seedgit.cli.man.

git shows it for `git seedgit --help` and `git help seedgit`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from seedgit.cli.commands import COMMANDS
from seedgit.cli.parsers import Parser, build_parser
from seedgit.errors import EXIT_CODES

SIGNS = {"-": "\\-", "\\": "\\e", "'": "\\(aq", "`": "\\(ga"}
HEAD = """\
.TH GIT\\-SEEDGIT 1 "" "seedgit" "seedgit"
.SH NAME
git\\-seedgit, seedgit \\- seeds, overlays and merges for vendored configuration
.SH SYNOPSIS
.nf
seedgit COMMAND [ARGUMENTS]
git seedgit COMMAND [ARGUMENTS]
.fi
.SH DESCRIPTION
seedgit separates what a package owns of a configuration file from what a site sets in it.
\\fBseedgit help COMMAND\\fR prints what is below for one command.
"""


def manual() -> str:
    """The page in the language of man(7)."""
    os.environ["COLUMNS"] = "78"
    parser = build_parser()
    parts = [HEAD, ".SH COMMANDS\n"]
    for name, summary in COMMANDS.summaries.items():
        parts.append(f".TP\n\\fBseedgit {_escaped(name)}\\fR\n{_line(summary)}\n")
    for name, command in parser.subcommands.items():
        if name != "help":
            parts += _sections(f"seedgit {name}", command)
    parts.append(".SH EXIT STATUS\n")
    parts += [f".TP\n\\fB{code}\\fR\n{_line(text)}\n" for code, text in EXIT_CODES.items()]
    return "".join(parts)


def _sections(name: str, command: Parser) -> Iterator[str]:
    yield f".SH {_escaped(name.upper())}\n.nf\n"
    yield from (f"{_line(line)}\n" for line in command.format_help().rstrip().split("\n"))
    yield ".fi\n"
    for inner, parser in command.subcommands.items():
        yield from _sections(f"{name} {inner}", parser)


def _escaped(text: str) -> str:
    """Text as it is: these signs would begin a command of man(7), or become others in print."""
    return "".join(SIGNS.get(char, char) for char in text)


def _line(text: str) -> str:
    """A line of text: one that begins with a dot would be a command."""
    return "\\&" * text.startswith(".") + _escaped(text)


if __name__ == "__main__":
    sys.stdout.write(manual())
