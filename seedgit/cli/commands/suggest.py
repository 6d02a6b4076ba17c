"""Draft ownership rules from what the site keeps changing; --write adds them to the site's own."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.options import add_overlay
from seedgit.cli.terminal import Terminal
from seedgit.errors import OK
from seedgit.rules import RULES_FILE
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.suggest.draft import Addition
    from seedgit.operations.suggest.model import SuggestedEntry, Suggestions
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit suggest                      from this branch's history against its upstream
  seedgit suggest --from v2.1          against another upstream
  seedgit suggest --all > draft.yaml   to read, and take over into .seedgit.yaml
  seedgit suggest --write              add them to the rules in the site's overlay

The draft counts the branch's own commits, and what its merges kept against upstream. A place that
was changed only once is a comment in the draft, and so is a list whose items come and go. If the
rules make files seeds already, the draft says which line of the rules each part goes after. The
places with the best evidence are shown, as many as fit on a screen. --all shows the rest.

The first entry that fits counts, so what is appended behind a wider one counts for nothing. --write
puts each place where it counts, in the rules that an overlay carries, in one commit. seedgit undo
takes it back.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="ref", metavar="REF", help="the package (default: upstream)")
    parser.add_argument("--all", action="store_true", help="also what does not fit on a screen")
    parser.add_argument("--write", action="store_true", help="add all that is suggested")
    add_overlay(parser)
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.suggest.places import suggest

    workspace = args.session.workspace()
    found = suggest(workspace, args.ref, terminal.progress)
    if args.write and found.suggested:
        return _write(workspace, found, terminal)
    terminal.data(found.data())
    terminal.lines(_lines(found) if args.all else _on_a_screen(found, terminal))
    if not found.suggested:
        terminal.reason(codes.NOOP_NOTHING_TO_SUGGEST)
    return OK


def _write(workspace: Workspace, found: Suggestions, terminal: Terminal) -> int:
    from seedgit.operations.edits.edit_rules import bring_attributes_up_to_date
    from seedgit.operations.suggest.write import write

    done = write(workspace, found)
    for name, path in done.written:
        terminal.line(f"{name} {path} is the site's")
    for name, path in done.left:
        terminal.line(f"{name} {path} stays the package's: it is final")
    if done.commit is None:
        terminal.line(f"overlay {done.overlay}: nothing changed")
    else:
        terminal.line(f"overlay {done.overlay}: {done.commit[:12]}")
        if bring_attributes_up_to_date(workspace):
            terminal.line("info/attributes: updated")
    terminal.data(done.data())
    return OK


def _on_a_screen(found: Suggestions, terminal: Terminal) -> list[str]:
    """As many places as a terminal shows at once, and how many more there are."""
    import shutil

    size = shutil.get_terminal_size()
    total = sum(len(group.found) for group in found.groups)
    low, high = min(1, total), total
    while low < high:
        most = (low + high + 1) // 2
        lines = _lines(found.within(most), total - most)
        # The prompt below needs a line too.
        rows = 1 + sum(1 + max(0, terminal.width(line) - 1) // size.columns for line in lines)
        low, high = (most, high) if rows <= size.lines else (low, most - 1)
    return _lines(found.within(low), total - low)


def _lines(found: Suggestions, left_out: int = 0) -> list[str]:
    from seedgit.git.settings import UPSTREAM_KEY
    from seedgit.git.upstream import short
    from seedgit.operations.adoption.model import counted

    name = short(found.ref)
    lines = [f"# Drafted from {counted(found.commits, 'commit')} that {name} does not have."]
    if not found.commits:
        lines.append(f"# Is the package elsewhere? --from REF, or git config {UPSTREAM_KEY} REF")
    if not found.in_place:
        lines += found.snippet()
    for group in found.groups if found.in_place else ():
        lines += _in_place(group)
    if left_out:
        lines.append(f"# {counted(left_out, 'more place')}: seedgit suggest --all")
    return lines


def _in_place(group: SuggestedEntry) -> list[str]:
    """The new lines for an entry that the rules have already, and where they go."""
    names = ", ".join(canonical(name) for name in group.files)
    line = group.known.line if group.known else 0
    lines = [f"# {RULES_FILE}:{line}, the entry of {names}:"]
    for addition in group.additions():
        lines += [f"#   {_where(addition)}", *addition.lines]
    return lines


def _where(addition: Addition) -> str:
    from seedgit.operations.suggest.draft import KEYS

    slot, name = addition.slot, addition.what
    to = f"to its `{name}`" if slot.begun else f"it has no `{name}` yet"
    if slot.column is None:
        return f"{to}: behind line {slot.line}"
    bracket = "[" if slot.begun and name != KEYS else "{"
    return f"{to}: in line {slot.line}, behind the {bracket} in column {slot.column}"
