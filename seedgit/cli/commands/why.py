"""Say why a value is what it is: its layer, who set it and when, and what it would be without."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import Terminal, side
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.git.blame import Blamed
    from seedgit.operations.why import Explained, RelevantOverride
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit why flows/wiki.yaml /schedule/paused
  seedgit why flows/wiki.yaml '/steps/[id=fetch]/max_items'
  seedgit why flows/wiki.yaml '/steps/*/queue_mode' --json
  seedgit why flows/wiki.yaml /api/token --reveal

--json prints a list, with one entry for each place that POINTER names.
"""


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("pointer", metavar="POINTER", help="a pointer or a selector")
    parser.add_argument("--reveal", action="store_true", help="decrypt secrets, and print them")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.why import has_parked, why

    workspace = args.session.workspace()
    workspace.reveals = args.reveal
    path = workspace.path(args.file)
    if not has_parked(workspace, path):
        workspace.seed_path(args.file)  # raises if it is not a seed, or not tracked
    places = why(workspace, path, args.pointer)
    for number, place in enumerate(places):
        if number:
            terminal.line()
        name = place.path + " " + (place.pointer or "(the whole file)")
        terminal.line(terminal.style(name, "bold"))
        terminal.table(rows(workspace, place))
    terminal.data([place.data() for place in places])
    return 0


def rows(workspace: Workspace, place: Explained) -> list[tuple[str, ...]]:
    """What is said of a place, each with its title; "" goes on with the one before."""
    said: list[tuple[str, ...]] = [("effective", side(place.value, 72)), ("from", _layer(place))]
    for held in place.held:
        said += _held(place, held)
    said.append(("seed", side(place.seed, 72)))
    if place.line is not None:
        said.append(("", f"line {place.line}: {_commit(place.blamed)}"))
    said += [(f"without {name}", side(value, 72)) for name, value in place.without]
    return said + _live(workspace, place)


def _live(workspace: Workspace, place: Explained) -> list[tuple[str, ...]]:
    """What live files have there, where that is not the effective value."""
    from seedgit.git.settings import has_live_trees

    if not has_live_trees(workspace.repository):
        return []
    from seedgit.operations.live import states  # late: few clones have a live tree

    files = [file for state in states(workspace) for file in state.would.files]
    return [
        ("live file", f"{side(found.live, 72)}, by a program, in {file.place}; see: seedgit sync")
        for file in files
        if file.path == place.path
        for found in (*file.drift, *file.clashes)
        if found.pointer == place.pointer
    ]


def _layer(place: Explained) -> str:
    from seedgit.rules.ownership import SEED
    from seedgit.values.diff import ABSENT

    if place.layer != SEED:
        return f"overlay {place.overlay}"
    inside = sum(held.in_effect for held in place.held)
    overrides = f"{number_of(inside, 'override')} in it"
    if place.seed is ABSENT:
        return f"the {overrides}" if inside else "nowhere"
    return f"the seed, with {overrides}" if inside else "the seed"


def _status(held: RelevantOverride) -> str:
    """Why an override is not simply in effect, if it is not."""
    if held.status == codes.CLASH:
        return ", undecided: seedgit pending shows both"
    if held.parked:
        return f", parked ({held.status}): not in the effective file"
    if held.status == codes.KEPT_HERE:
        return ", kept here: the seed has no such place any more"
    if held.status == codes.COVERED:
        return f", covered by overlay {held.by}" if held.by else ", covered"
    return ""


def _held(place: Explained, held: RelevantOverride) -> list[tuple[str, ...]]:
    from seedgit.operations.edits.expiry import told_until, until_text
    from seedgit.operations.why import when

    what = "absence" if held.override.op == "remove" else side(held.override.value)
    here = held.parked or held.override.pointer == place.pointer
    where = "" if here else f" at {held.override.pointer}"
    first = f"{what} of overlay {held.overlay}{where}{_status(held)}"
    rows: list[tuple[str, ...]] = [("override", first)]
    if held.commit is not None:
        author = held.commit.author
        rows.append(("", f"{held.commit.id[:12]} {when(author)[:16]} {author.name}"))
    rows += [("", line) for line in held.why.splitlines() or ["no reason given"]]
    until = told_until(held.override.until, held.override.value, place.seed)
    if until is not None:
        rows.append(("", until_text(until) + (": expired" if held.expired else "")))
    return rows


def _commit(blamed: Blamed | None) -> str:
    from seedgit.operations.why import when

    if blamed is None or blamed.commit is None:
        return "not committed yet"
    date, author = when(blamed.author)[:16], blamed.author.name
    earlier = " (or earlier: the history here is cut off)" if blamed.earlier else ""
    return f"{blamed.commit[:12]} {date} {author}: {blamed.subject}{earlier}"
