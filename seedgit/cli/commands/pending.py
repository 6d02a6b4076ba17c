"""List what waits for a person: overrides whose seed changed, or that lost their place."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.options import CONCERNS, add_overlay
from seedgit.cli.terminal import SHORT, WHOLE, Terminal, grouped, moves, side
from seedgit.errors import ATTENTION, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.pending import Item, Numbered
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit pending                    numbered; each number has an id that says which item it means
  seedgit -v pending                 with long values in full
  seedgit resolve 1 --keep-local     decide one
  seedgit approve --all              accept what is proposed, except what that would park
"""


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 if something waits")
    add_overlay(parser, CONCERNS)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.clashes import rules_lines
    from seedgit.operations.pending import pending
    from seedgit.operations.sharing.apart import apart

    workspace = args.session.workspace()
    found = pending(workspace)
    width = WHOLE if terminal.verbose else SHORT
    layered = len(workspace.names) > 1
    problems = [*found.problems, *apart(workspace)]
    terminal.data({**found.data(), "problems": problems})
    for problem in problems:
        terminal.line(terminal.style("problem: ", "red") + problem)
    for path in found.conflicts:
        terminal.line(f"{path}: in conflict; resolve and commit the merge first")
    for path, items in grouped(found.items, lambda entry: entry.item.path).items():
        terminal.line(terminal.style(path, "bold"))
        terminal.table([_row(entry, width, layered) for entry in items])
        terminal.lines(moves(path, items[0].item.candidates, workspace.pasted), indent="  ")
    for clash in found.rules:
        terminal.lines(rules_lines(clash))
    if found.items:
        approve = ", or approve N" if any(entry.item.proposal for entry in found.items) else ""
        own = tuple(entry for entry in found.items if not entry.item.remote)
        if own:
            terminal.line(f"seedgit resolve N {_choices(own)}{approve}")
    live = _live(workspace, terminal)
    waits = found.items or found.rules or found.conflicts or problems or live
    if not waits:
        terminal.line("nothing waits")
    if found.unkept and (found.items or found.rules):
        terminal.remark(f"the numbers could not be stored, and cannot be used: {found.unkept}")
    return ATTENTION if args.exit_code and waits else OK


def _live(workspace: Workspace, terminal: Terminal) -> bool:
    """Whether live files wait for a person; says where, and how to decide."""
    from seedgit.git.settings import has_live_trees

    if not has_live_trees(workspace.repository):
        return False
    from seedgit.cli.synced import advice, decisions_of  # late: few clones have a live tree
    from seedgit.operations.live import states

    trees = [state.would for state in states(workspace)]
    files = [file for tree in trees for file in tree.files if file.clashes or file.withheld]
    for file in files:
        terminal.lines(decisions_of(file, workspace.pasted))
    terminal.lines(advice(trees))
    return bool(files)


def _choices(items: tuple[Numbered, ...]) -> str:
    reasons = {entry.item.reason for entry in items}
    orphans = bool(reasons & {codes.ORPHANED, codes.AMBIGUOUS})
    more = [*["--keep-here"] * orphans, *["--take-other"] * (codes.CLASH in reasons)]
    return " | ".join(["--keep-local", *more, "--take-seed", "--value V"])


def _row(entry: Numbered, width: int, layered: bool) -> tuple[str, ...]:
    item = entry.item
    return (
        str(entry.number),
        item.id,
        item.reason.replace("-", " "),
        item.name,
        _values(item, width),
        f"{_proposed(item)}{_note(item, layered)}",
    )


def _values(item: Item, width: int) -> str:
    if item.between is not None:
        from seedgit.cli.clashes import between_text  # late: few have any

        return between_text(item.between)
    base, seed, local = (
        side(v, width) for v in (item.shown.base, item.shown.seed, item.shown.local)
    )
    changed = f"{base} => {seed}" if item.seed_changed else seed
    return f"seed {changed}, local {local}"


def _proposed(item: Item) -> str:
    if item.remote:
        return f"decided where the layer is from: {item.remote}"
    if item.between is not None:
        return "a person decides"
    parked = ", parked: not in the effective file" if item.parks else ""
    return f"proposed: {item.proposal}{parked}"


def _note(item: Item, layered: bool) -> str:
    notes = [f"layer {item.overlay}"] if layered and item.overlay else []
    notes += [item.override.why] if item.override.why and not item.between else []
    notes += [f"covered by {item.covered_by}"] if item.covered_by else []
    if item.kept is not None:
        notes.append("committed in the file")
    if item.earlier is not None:
        notes.append(f"decided before {item.earlier.why}".rstrip(" "))
    return f"  ({'; '.join(notes)})" if notes else ""
