"""Plan one upgrade of many sites at once, and decide for groups of them."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import Terminal, shown, side
from seedgit.errors import ATTENTION, OK
from seedgit.git.names import pasted
from seedgit.values.diff import ABSENT
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.fleet.engine import Engine
    from seedgit.operations.fleet.model import FleetFinding, FleetPlan, SiteGroup

EXAMPLES = """examples:
  git fetch origin 'refs/seedgit/overlays/*:refs/seedgit/remotes/origin/*'
  seedgit fleet plan origin/main               groups sites by what happens to their overrides
  seedgit fleet plan origin/main --html plan.html
  seedgit fleet plan origin/main --json        every site and every finding
  seedgit fleet plan origin/main --sites 'berlin-*'
  seedgit fleet overrides                      which defaults most sites override
  seedgit fleet approve 3f2a91c0 origin/main   the sites of that group keep their values
  seedgit fleet resolve 3f2a91c0 origin/main --take-seed --why "too slow"
  seedgit fleet undo                           takes the last decision back, at all sites
  seedgit fleet plan origin/main --workers 4   the same answer, from four processes

A site is an overlay in refs/seedgit/overlays/, or a fetched one in refs/seedgit/remotes/.
"""

GROUPS, FINDINGS, NAMES, ROWS = 20, 5, 5, 30


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    planned = actions.add_parser("plan", help="what `git merge REF` would do to every overlay")
    planned.add_argument(
        "ref", metavar="REF", nargs="?", help="what would be merged (default: upstream)"
    )
    planned.add_argument(
        "--exit-code", action="store_true", help="exit with 1 if a person is needed"
    )
    planned.add_argument("--html", metavar="FILE", help="write a page that needs no network")
    planned.add_argument("--json", action="store_true", help="print JSON")
    _add_sites(planned)
    _add_engine(planned)
    overrides = actions.add_parser("overrides", help="which seed defaults most sites override")
    overrides.add_argument("--json", action="store_true", help="print JSON")
    _add_sites(overrides)
    _add_engine(overrides)

    approved = actions.add_parser("approve", help="let the sites of a group keep their values")
    _add_decision(approved)
    resolved = actions.add_parser("resolve", help="decide about what waits at the sites of a group")
    _add_decision(resolved)
    choice = resolved.add_mutually_exclusive_group(required=True)
    choice.add_argument("--keep-local", action="store_true", help="take the sites' values")
    choice.add_argument("--take-seed", action="store_true", help="take the package's value")
    choice.add_argument("--value", metavar="V", help="take another value: JSON, or plain text")
    resolved.add_argument("--only", default="", metavar="POINTER", help="decide about this alone")
    undone = actions.add_parser("undo", help="take a decision about a group back")
    undone.add_argument("group", metavar="GROUP", nargs="?", default="", help="default: the last")
    undone.add_argument("--json", action="store_true", help="print JSON")


def _add_decision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("group", metavar="GROUP", help="its id, as the plan has it")
    parser.add_argument("ref", metavar="REF", nargs="?", help="as of the plan (default: upstream)")
    parser.add_argument(
        "--layer", default="", metavar="NAME", help="write to this layer, not to each site's"
    )
    parser.add_argument("--why", default="", metavar="REASON", help="kept with the decision")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_sites(parser)
    _add_engine(parser)


def _add_sites(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sites", metavar="PATTERN", default="*", help="only those with such names (default: *)"
    )


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers", metavar="N", type=int, default=1, help="processes that work (default: 1)"
    )
    parser.add_argument(
        "--engine",
        metavar="URL",
        default="",
        help="a cluster that works: dask://HOST:PORT or ray://HOST:PORT",
    )


def _engine(args: argparse.Namespace) -> Engine:
    from seedgit.operations.fleet.engine import engine_of

    return engine_of(args.workers, args.engine)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.action in ("plan", "overrides"):
        # A preview changes nothing at all, so it is not in the journal either.
        args.session.silence()
        return _plan(args, terminal) if args.action == "plan" else _overrides(args, terminal)
    return _decide(args, terminal)


def _decide(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.commands.set import parse_value
    from seedgit.operations.fleet.wave import WaveChoice, WaveTarget, decide_wave, undo_wave
    from seedgit.overlay.decisions import KEEP_LOCAL, TAKE_SEED, VALUE

    workspace = args.session.workspace()
    if args.action == "undo":
        wave = undo_wave(workspace, args.group)
    else:
        wanted = WaveChoice(why=args.why)
        if args.action == "resolve":
            choice = KEEP_LOCAL if args.keep_local else TAKE_SEED if args.take_seed else VALUE
            value = None if args.value is None else parse_value(args.value)
            wanted = wanted._replace(choice=choice, value=value, only=args.only)
        target = WaveTarget(args.group, args.ref, args.layer, args.sites)
        wave = decide_wave(workspace, target, wanted, terminal.progress, _engine(args))
    terminal.data(wave.data())
    for finding in wave.findings:
        terminal.line(f"{finding.path} {finding.pointer}  {wave.choice.replace('-', ' ')}")
    taken = "taken back in" if args.action == "undo" else "decided in"
    terminal.line(f"group {wave.group}: {taken} {number_of(len(wave.commits), 'overlay')}")
    if wave.left:
        told = f"left, as their overlays are elsewhere: {_some(wave.left, NAMES)}"
        terminal.line(f"{told} (a layer below them can decide: --layer)")
    return OK


def _plan(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.fleet_page import html
    from seedgit.operations.fleet.plan import fleet_plan
    from seedgit.operations.plan.model import UP_TO_DATE
    from seedgit.operations.save_page import save_page

    workspace = args.session.workspace()
    made = fleet_plan(workspace, args.ref, terminal.progress, _engine(args), args.sites)
    if terminal.as_json:  # nothing else needs all the groups
        terminal.data(made.data())
    if args.html:
        save_page(workspace, args.html, terminal.masked(html(made)))
        terminal.line(f"wrote {args.html}")
    terminal.line(terminal.style(headline(made), "bold"))
    if len(made.groups) > GROUPS and not terminal.verbose:
        _findings(made, terminal)
        # For sites alone in their group, the findings say more.
        few = made.groups.first(GROUPS)
        shown_groups = [group for group in few if len(group.sites) > 1 or not group.findings]
    else:
        shown_groups = list(made.groups)
    for group in shown_groups:
        _group(group, made, terminal)
    if len(shown_groups) < len(made.groups):
        rest = len(made.sites) - sum(len(group.sites) for group in shown_groups)
        groups = len(made.groups) - len(shown_groups)
        more = f"{number_of(rest, 'more site')}, in {number_of(groups, 'group')}"
        terminal.line(f"  {more} (-v shows them)")
    if made.conflicts:
        terminal.line(f"conflicts in the merge itself: {_some(made.conflicts)}")
        terminal.line(f"hint: seedgit plan {pasted(made.upgrade.ref)} shows them by pointer")
    if made.upgrade.kind == UP_TO_DATE:
        terminal.reason(codes.NOOP_ALREADY_UP_TO_DATE, made.upgrade.ref)
    return ATTENTION if args.exit_code and made.needs_person else OK


def headline(made: FleetPlan) -> str:
    from seedgit.cli.fleet_page import changing

    sites = number_of(len(made.sites), "site")
    return f"{made.upgrade.ref} ({made.upgrade.kind}): {sites}, {changing(made)}"


def _findings(made: FleetPlan, terminal: Terminal) -> None:
    """The findings. If nearly every site is its own group, they say more than the groups."""
    ranked = sorted(made.findings.items(), key=lambda item: -item[1].sites)
    terminal.line("Findings, those of most sites first:")
    for finding, values in ranked[:GROUPS]:
        text = terminal.style(told(finding), _style(finding.bucket))
        terminal.line(f"  {values.sites} of {number_of(len(made.sites), 'site')}: {text}")
    if ranked[GROUPS:]:
        terminal.line(f"  and {len(ranked) - GROUPS} more (--html and --json have them)")
    terminal.line("Sites with the same outcome:")


def _style(bucket: str) -> str:
    from seedgit.operations.plan.model import AUTO_APPLY, NEEDS_APPROVAL, NO_OP, WARNINGS

    return {NEEDS_APPROVAL: "red", WARNINGS: "yellow", AUTO_APPLY: "green", NO_OP: "dim"}[bucket]


def _group(group: SiteGroup, made: FleetPlan, terminal: Terminal) -> None:
    head = f"  {len(group.sites)} of {number_of(len(made.sites), 'site')}: "
    if not group.findings:
        terminal.line(head + terminal.style("no change", "dim"))
        return
    style = _style(group.bucket)
    if len(group.findings) == 1:
        terminal.line(head + terminal.style(told(group.findings[0]), style))
    else:
        terminal.line(head.rstrip())
        limit = len(group.findings) if terminal.verbose else FINDINGS
        for finding in group.findings[:limit]:
            terminal.line(f"      {terminal.style(told(finding), _style(finding.bucket))}")
        if group.findings[limit:]:
            terminal.line(f"      and {len(group.findings) - limit} more (-v shows them)")
    terminal.line(f"      {_some(group.sites, NAMES)}")
    terminal.line(f"      group {group.id}, represented by {group.representative}")


def told(finding: FleetFinding) -> str:
    """A finding in one line."""
    words = [finding.path, finding.pointer, finding.reason]
    layer = f"layer {finding.layer}" if finding.layer else ""
    covered = f"covered by {finding.covered_by}" if finding.covered_by else ""
    more = "; ".join(filter(None, (finding.detail, layer, covered)))
    text = " ".join(filter(None, words))
    return f"{text} ({more})" if more else text


def _some(names: tuple[str, ...], count: int = 3) -> str:
    text = ", ".join(names[:count])
    return text + (f" and {len(names) - count} more" if len(names) > count else "")


def _overrides(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.fleet.overrides import fleet_overrides

    workspace = args.session.workspace()
    found = fleet_overrides(workspace, terminal.progress, _engine(args), args.sites)
    terminal.data(found.data())
    if not found.habits:
        terminal.line(f"{number_of(len(found.sites), 'site')}, no overrides")
    else:
        terminal.line(number_of(len(found.sites), "site"))
        limit = len(found.habits) if terminal.verbose else ROWS
        rows = [("share", "sites", "values", "most frequent", "seed", "where")]
        for habit in found.habits[:limit]:
            value, number = habit.values[0]
            most = f"{side(value, 24)} ({number})"
            seed = "" if habit.seed is ABSENT else shown(habit.seed, 24)
            where = f"{habit.path} {habit.pointer}"
            share = f"{habit.share:.0%}"
            rows.append((share, str(habit.sites), str(len(habit.values)), most, seed, where))
        terminal.table(rows)
        if found.habits[limit:]:
            terminal.line(f"  and {len(found.habits) - limit} more (-v shows them)")
    for site, text in found.problems if not terminal.as_json else ():
        terminal.remark(f"warning: {site}: {text}")
    return OK
