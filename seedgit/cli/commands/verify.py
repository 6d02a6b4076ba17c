"""Check, in CI, that merges are what seedgit decides, and that only upstream changed seeds."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.github import annotation, in_workspace
from seedgit.cli.terminal import Terminal, plain
from seedgit.cli.verified import NEXT, WHAT, comment, place, said, summary
from seedgit.errors import ATTENTION, OK, SeedgitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from seedgit.operations.verify.model import Deviation, Verified

EXAMPLES = """examples:
  seedgit verify                       the last merge, and everything after it
  seedgit verify origin/main..HEAD     what a branch would bring
  seedgit verify HEAD^!                one commit
  seedgit verify --json                every seed and finding, for programs
  seedgit verify --format=github       annotations too (the default if GITHUB_ACTIONS=true)
  seedgit verify --format=markdown     a comment for a pull request

findings (exit status 1):
  merged-otherwise   a merge has another value than seedgit's merge of its parents
  refuted            with --certify: seedgit's own merge is wrong, says `seedgit certify`
  lost-change        someone resolved a conflict by hand, and something else changed with it
  seed-changed       a commit that upstream does not have changes what the package owns
  orphaned           an override has no place in HEAD any more, or its place cannot be told
  undecided          the site's value holds under `review`, and nobody has decided that

This changes nothing. A `Seed-Change:` trailer in the commit's message allows what the commit does.
What upstream has is not checked; `git config seedgit.upstream REMOTE/BRANCH` names the upstream.
docs/ci.md sets up CI.
"""

FOR_PEOPLE, GITHUB, MARKDOWN = "text", "github", "markdown"

# A check changes nothing at all, so it is not in the journal either.
RECORDED = False


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "range", nargs="?", metavar="REV-RANGE", help="A..B (default: the last merge)"
    )
    parser.add_argument(
        "--certify", action="store_true", help="check merges by a second, independent program too"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--format",
        choices=(FOR_PEOPLE, GITHUB, MARKDOWN),
        help="with annotations for GitHub, or without; or a comment on a pull request",
    )


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.verify.commits import verify
    from seedgit.operations.verify.model import Verified

    github = args.format == GITHUB or (args.format is None and terminal.in_workflow)
    terminal.in_workflow = terminal.in_workflow or github

    def annotate(text: str) -> None:
        if github:
            terminal.annotation(text)

    try:
        workspace = args.session.workspace(rehearse=False)
        done = verify(workspace, args.range, terminal.progress, certifies=args.certify)
    except SeedgitError as error:
        hint = f"\n{error.hint}" if error.hint else ""
        annotate(annotation("error", f"{error}{hint}", title="seedgit verify"))
        raise
    if done is None:
        terminal.line("Nothing to verify: no rules name a seed (.seedgit.yaml)")
        terminal.reason(codes.NOOP_NO_RULES)
        terminal.data({**Verified("").data(), "reason": codes.NOOP_NO_RULES})
        return OK
    terminal.data(done.data())
    if args.format == MARKDOWN:
        terminal.lines(comment(done, terminal.masked).splitlines())
        return ATTENTION if done.failures else OK
    _print(done, terminal)
    for finding in done.findings:
        annotate(_annotation(finding, workspace.repository.worktree))
    for note in done.notes:
        annotate(annotation("notice", plain(note.text), title=f"seedgit: {note.code}"))
    return ATTENTION if done.failures else OK


def _print(done: Verified, terminal: Terminal) -> None:
    for code, title in WHAT.items():
        found = [f for f in done.failures if f.code == code]
        if not found:
            continue
        terminal.line(terminal.style(f"{title} ({code}):", "red"))
        for finding in found:
            terminal.line(f"  {place(finding)}: {said(finding)}")
        terminal.line(f"  next: {NEXT[code]}")
    for finding in done.findings:
        if finding.allowed:
            terminal.line(
                f"allowed: {place(finding)}: {said(finding)} (Seed-Change: {finding.allowed})"
            )
    for note in done.notes:
        terminal.line(f"note: {note.text}")
    if terminal.verbose:
        for seed in done.seeds:
            terminal.line(f"  {seed.commit[:10]} {seed.path}: {seed.outcome}")
    terminal.line(summary(done))


def _annotation(finding: Deviation, worktree: Path) -> str:
    commit = f"in commit {finding.commit[:10]}\n" if finding.commit else ""
    allowed = f"\nallowed: {plain(finding.allowed)}" if finding.allowed else ""
    rest = allowed or f"\n{NEXT[finding.code]}"
    return annotation(
        "notice" if finding.allowed else "error",
        f"{said(finding)}\n{commit}".rstrip("\n") + rest,
        title=f"seedgit: {finding.code}",
        file=in_workspace(worktree, finding.path),
        line=finding.line or 0,
    )
