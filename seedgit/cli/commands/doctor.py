"""Look at what is installed, and say what is wrong with it."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal, plain, table
from seedgit.errors import ATTENTION, OK
from seedgit.operations.doctor import examine

EXAMPLES = """example:
  seedgit doctor
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    findings = examine(args.session.workspace())
    for line in table([(f.code, "ok" if f.ok else "!", plain(f.detail)) for f in findings]):
        terminal.line(line)
    for finding in findings:
        if not finding.ok and finding.remedy:
            terminal.line(f"{finding.code}: {plain(finding.remedy)}")
    terminal.data(
        [{"code": f.code, "ok": f.ok, "detail": f.detail, "remedy": f.remedy} for f in findings]
    )
    return OK if all(finding.ok for finding in findings) else ATTENTION
