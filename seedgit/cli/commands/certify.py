"""Say whether a merge's result has every change of either side, and nothing else."""

from __future__ import annotations

import os

from seedgit import codes
from seedgit.cli.terminal import Terminal, plain
from seedgit.errors import ATTENTION, OK, InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit certify base.yaml ours.yaml theirs.yaml result.yaml
  seedgit certify "$BASE" "$LOCAL" "$REMOTE" "$MERGED" --path values.yaml     in a merge tool

verdicts:
  PROVEN      every change of either side is in the result, and nothing else is
  UNDECIDED   this cannot be told; the reason is printed
  REFUTED     a change is lost, or something is there that no side has (exit status 1)

The program behind it shares no code with the merge: it has parsers and rules of its own. It knows
values, types, tags, anchors, order and comments, but not layout, or where a comment stands.
TOML needs tomlkit: pip install 'seedgit[certify]'.
"""

# It has nothing to do with any clone.
RECORDED = False


def configure(parser: argparse.ArgumentParser) -> None:
    for name in ("base", "ours", "theirs", "result"):
        parser.add_argument(name, metavar=name.upper())
    parser.add_argument("--path", metavar="NAME", help="the name that tells the format")
    parser.add_argument("--strict", action="store_true", help="exit status 1 for UNDECIDED too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.certify import as_data, certify
    from seedgit.values.pointer import format_pointer

    names = (args.base, args.ours, args.theirs, args.result)
    found = certify(args.path or args.result, [_content(name) for name in names])
    terminal.data(as_data(found))
    terminal.line(found.verdict.upper())
    for each in found.objections:
        where = format_pointer(each.pointer) or "(the whole file)"
        terminal.line(f"  {each.verdict.upper()} {plain(where)}: {plain(each.reason)}")
    accepted = {codes.PROVEN} if args.strict else {codes.PROVEN, codes.UNDECIDED}
    return OK if found.verdict in accepted else ATTENTION


def _content(name: str) -> bytes:
    from seedgit.files.safe import read_regular

    try:
        return read_regular(os.path.abspath(name))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=name) from None
