"""Show what needs a person. With --overlay, show every override, field by field."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import SIDE, WHOLE, Terminal, grouped, moves, side
from seedgit.errors import ATTENTION, OK
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.status import Field, Status
    from seedgit.operations.workspace import Workspace
    from seedgit.values.value import Value

EXAMPLES = """examples:
  seedgit status               only what needs a person
  seedgit status --overlay     overlay drift, per field
  seedgit status --exit-code   status 1 if something needs a person
"""

SIGNS = {codes.UNCHANGED: "set", codes.MOVED: "set", codes.SEED_GONE: codes.ORPHANED}


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--overlay", action="store_true", help="show overlay drift, per field")
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 1 if a person is needed"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.sharing.apart import apart
    from seedgit.operations.status import status

    workspace = args.session.workspace()
    found = status(workspace)
    unknown = apart(workspace)
    if terminal.as_json:
        terminal.data({**found.data(), "problems": [*found.problems, *unknown]})
    for problem in [*found.problems, *unknown]:
        terminal.line(terminal.style("problem: ", "red") + problem)
    if args.overlay:
        _fields("Overlay drift:", found.fields, workspace, terminal)
    elif found.attention:
        _fields("Needs you:", found.attention, workspace, terminal)
    if found.package_drift:
        terminal.line("Package drift (the seed differs from the installed upstream version):")
        terminal.lines(found.package_drift, indent="  ")
    if found.edits.decided:
        terminal.line("Edited as decided, but not committed:")
        names = workspace.pasted(*found.edits.decided).removeprefix("-- ")
        terminal.line(f"  git commit -m 'decided after the merge' -- {names}")
    if found.edits.site:
        terminal.line("Edited in the file, but owned by the site; to move it into the overlay:")
        terminal.line(f"  seedgit capture {workspace.pasted(*found.edits.site)}")
    _live(found, workspace, terminal)
    if not found.mode.live:
        terminal.line(f"mode {found.mode.value} ({found.mode.origin})")
    if found.divergences:
        what = number_of(found.divergences, "new divergence")
        terminal.line(f"{what}; to see: seedgit divergences")
    terminal.line(summary(found, waits=bool(unknown)))
    if not found.fields:
        terminal.reason(codes.NOOP_NO_OVERLAY)
    waits = found.attention or found.problems or unknown or found.live_waiting
    if found.lasts and not unknown:
        args.session.answered(found.divergences)
    return ATTENTION if args.exit_code and waits else OK


def _live(found: Status, workspace: Workspace, terminal: Terminal) -> None:
    """Live files that wait, run-time drift, and how many live files are out of step."""
    if not found.live:
        return
    from seedgit.cli.synced import (  # late: few have a live tree
        advice,
        after_drift,
        decisions_of,
        problems_of,
        tell_difference,
    )

    if found.live_waiting:
        terminal.line("Live files that need you:")
    for file in found.live_waiting:
        terminal.lines(decisions_of(file, workspace.pasted), indent="  ")
    terminal.lines(problems_of(found.live_waiting), indent="  ")
    terminal.lines(advice(found.live), indent="  ")
    for tree in found.live:
        if any(file.drift for file in tree.files):
            terminal.line("Run-time drift (a program changed what the package owns):")
        for file in tree.files:
            for drift in file.drift:
                terminal.line(f"  {tell_difference(file, drift)}")
        terminal.lines(after_drift(tree.files, workspace.pasted), indent="  ")
        out = sum(file.moved for file in tree.files)
        if out:
            what = number_of(out, "file")
            terminal.line(f"live tree {tree.tree.directory}: {what} out of step; seedgit sync")


def summary(found: Status, *, waits: bool = False) -> str:
    """The whole state in one line."""
    counts = found.counts()
    parts = [f"{number_of(counts.pop('active'), 'override')} active"]
    parts += [f"{n} {name.replace('-', ' ')}" for name, n in counts.items() if n]
    live = found.live_waiting
    if live:
        parts.append(f"{number_of(len(live), 'live file')} left alone")
    if not (found.attention or found.problems or live or waits):
        parts.append("nothing needs you")
    return ", ".join(parts)


def _fields(
    title: str, fields: tuple[Field, ...], workspace: Workspace, terminal: Terminal
) -> None:
    from seedgit.operations.status import MOST_NAMED, named

    terminal.line(title if fields else "No overlay drift.")
    width, most = (WHOLE, len(fields)) if terminal.verbose else (SIDE, MOST_NAMED)
    told = named(workspace, fields, most)
    for path, found in grouped(told, lambda field: field.path).items():
        terminal.line(f"  {terminal.style(path, 'bold')}")
        layered = len(workspace.names) > 1
        rows: list[tuple[str, ...]] = []
        below: dict[str, Value] = {}
        for each in found:
            values = _values(each, below.get(each.name, each.seed), width)
            rows.append((_sign(each), each.name, values + _note(each, layered, width)))
            if not each.parked:
                below[each.name] = each.value  # what a higher layer lies over
        terminal.table(rows, indent="    ")
        gone = (field.candidates for field in found if field.candidates)
        terminal.lines(moves(path, next(gone, ()), workspace.pasted), indent="    ")


def _values(field: Field, below: Value, width: int) -> str:
    seed, value = side(below, width), side(field.value, width)
    if field.status == codes.CLASH:
        return f"{side(field.over, width)}, or {value}: two people set it"
    if not field.parked:
        return f"{seed} -> {value}"
    return f"{seed}, parked {value}" if field.status == codes.YIELDED else f"parked {value}"


def _sign(field: Field) -> str:
    from seedgit.operations.status import NEEDS_PERSON

    if field.expired and field.status not in NEEDS_PERSON:
        return "expired"
    if field.expiring and field.status in SIGNS and field.status not in NEEDS_PERSON:
        return "expiring"
    return SIGNS.get(field.status, field.status.replace("-", " "))


def _note(field: Field, layered: bool, width: int) -> str:
    from seedgit.operations.edits.expiry import until_text

    notes = [f"layer {field.overlay}"] if layered and field.overlay else []
    if field.covered_by:
        notes.append(f"covered by {field.covered_by}")
    if field.status in (codes.MOVED_UNDER, codes.MOVED_UNDER_LAYER):
        notes.append(f"made over {side(field.over, width)}")
    if field.merge:
        notes.append("committed in the file")
    if field.until:
        notes.append(until_text(field.until))
    if field.why:
        notes.append(field.why)
    return f"  ({'; '.join(notes)})" if notes else ""
