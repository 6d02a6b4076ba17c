"""Merge this clone's last merges again, and say what seedgit would have spared. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit import codes
from seedgit.cli.terminal import Terminal
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.try_ import Spared, Tried

EXAMPLES = """examples:
  seedgit try              the last 300 merges of the branch that is checked out
  seedgit try --last 50    fewer
  seedgit -C ~/charts try  in another clone; nothing of seedgit need be installed there

Each file that both sides of a merge changed is merged again, by git and by seedgit, in memory.
Nothing is written into the clone, not even a row of the journal. After about a minute and a half
no further merge is begun, and it says how many it has seen.
"""

RECORDED = False  # the clone stays as it is, its journal too
LONGEST = 14  # lines of each side of an example
FILE = "YAML, JSON, TOML or INI file"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--last", type=int, default=300, metavar="N", help="only the last N merges (300)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.try_ import try_here

    found = try_here(args.session.workspace(), args.last, progress=terminal.progress)
    _merges(found, terminal)
    for number, example in enumerate(found.examples, 1):
        terminal.line()
        _example(number, example, terminal)
    terminal.line()
    _rules(found, terminal)
    terminal.data(found.data())
    return 0


def _merges(found: Tried, terminal: Terminal) -> None:
    files = sum(found.verdicts.values())
    seen = number_of(found.again, "merge")
    if found.again < found.merges:
        seen += f" of {found.merges} (time was up; --last N looks at fewer)"
    terminal.line(
        f"{seen}, {number_of(files, 'file')} of YAML, JSON, TOML or INI that both changed"
    )
    if not files:
        terminal.line("There is nothing to compare: no merge had two sides that changed one file.")
        return
    spared, apart = found.verdicts[codes.SEEDGIT_ONLY], found.verdicts[codes.DIVERGE]
    terminal.line(f"  {found.conflicts:>5}  in conflict for git")
    terminal.line(f"  {spared:>5}  of them clean for seedgit")
    if spared:
        terminal.line(f"  {found.people:>5}  of those with the very values that people committed")
    alike = found.verdicts[codes.AGREE]
    terminal.line(f"  {alike + apart:>5}  clean for both, {apart} of them with different results")
    terminal.line(f"  {found.verdicts[codes.GIT_ONLY]:>5}  clean for git, in conflict for seedgit")


def _example(number: int, example: Spared, terminal: Terminal) -> None:
    told = "as people committed it" if example.people else "people committed something else"
    terminal.line(f"{number}. {example.path}, merge {example.commit[:12]}")
    terminal.line("   git:")
    terminal.lines(_cut(example.git), "     ")
    terminal.line(f"   seedgit ({told}):")
    terminal.lines(_cut(example.seedgit), "     ")


def _cut(lines: Sequence[str]) -> list[str]:
    """The lines, or the first and the last of them if there are too many."""
    if len(lines) <= LONGEST:
        return list(lines)
    half = LONGEST // 2
    left_out = number_of(len(lines) - 2 * half, "line")
    return [*lines[:half], f"... {left_out} ...", *lines[-half:]]


def _rules(found: Tried, terminal: Terminal) -> None:
    from seedgit.git.upstream import short

    upstream = found.proposal.upstream
    if upstream:
        terminal.line(f"upstream: {short(upstream.ref)}, {upstream.why}")
    else:
        terminal.line("upstream: none is known; git config seedgit.upstream REMOTE/BRANCH names it")
    if found.has_rules:
        terminal.line("The rules file is here already: it counted above.")
    elif found.rules:
        terminal.line("seedgit init --yes would write .seedgit.yaml:")
        terminal.lines(found.rules.splitlines(), "  ")
    else:
        terminal.line(
            "No configuration of a known kind was found: see docs/rules.md for the rules."
        )
    others = found.proposal.others
    if others and not found.has_rules:
        terminal.line(f"{number_of(others, FILE)} of no known kind")
    terminal.line("Nothing was changed. To go on: seedgit init")
