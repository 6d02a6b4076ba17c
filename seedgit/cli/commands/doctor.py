"""Check what is installed, try it out, and say what is wrong with it."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.audit.findings import Finding
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit doctor          what is installed, and what is wrong with it (docs/doctor.md)
  seedgit doctor --fix    mend what is safe to mend; unset nothing that a person set
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fix", action="store_true", help="mend what is safe to mend")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.doctor import examine, mend
    from seedgit.operations.workspace import Workspace

    workspace: Workspace = args.session.workspace()
    findings = examine(workspace)
    steps = mend(workspace, findings) if args.fix else []
    rehearses = workspace.repository.writer.rehearses
    if steps and not rehearses:
        findings = examine(Workspace.open(args.directory))
    _print(terminal, findings)
    if args.fix:
        done = "It would be fixed:" if rehearses else "Fixed:"
        terminal.line(done if steps else "Nothing to fix.")
        terminal.table([(s.what, s.outcome, s.note) for s in steps])
    terminal.data(
        {
            "findings": [finding.data() for finding in findings],
            "dry-run": rehearses,
            "fixed": [{"what": s.what, "outcome": s.outcome, "note": s.note} for s in steps],
        }
    )
    return OK if all(finding.ok for finding in findings) else ATTENTION


def _print(terminal: Terminal, findings: list[Finding]) -> None:
    from seedgit.operations.audit.findings import NOTE, WRONG

    marks = {NOTE: "-", WRONG: "!"}
    rows = [(f.code, marks.get(f.level, f.level), f.detail) for f in findings]
    terminal.table(rows)
    told: set[tuple[str, str]] = set()
    for finding in findings:
        if finding.remedy and (finding.code, finding.remedy) not in told:
            told.add((finding.code, finding.remedy))
            terminal.line(f"{finding.code}: {finding.remedy}")
