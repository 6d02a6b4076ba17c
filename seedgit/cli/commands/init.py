"""Set up this clone: rules file, attributes, merge driver, hooks."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.rules import RULES_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.init import InitChoice
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit init           set up, or bring up to date after the rules changed
  seedgit init --overlay berlin
                         in a new clone: the name of its overlay; without it, this machine's name
  seedgit init --yes     take the rules and the mode that it proposes, without asking
  seedgit init --dry-run show them, and what else it would write; write nothing
  seedgit init --undo    take everything out again; overlays stay
  seedgit init --hooks   put the hooks where core.hooksPath points, outside .git, too

Where there is no rules file, and files of known kinds are tracked (Helm, Compose, GitHub
workflows, Home Assistant, VS Code, pyproject.toml, package.json), it proposes rules for them on a
terminal, and mode dry-run to begin with. Without a terminal it asks nothing, and proposes nothing
without --yes.

A directory that core.hooksPath names may be tracked, or shared with other repositories. Without
--hooks nothing is written there. docs/configuration.md says how the hooks there can call seedgit.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--undo", action="store_true", help="take out what init put in")
    way.add_argument("--yes", action="store_true", help="take what it proposes, and ask nothing")
    way.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")
    parser.add_argument(
        "--hooks", action="store_true", help="write hooks also into a directory outside .git"
    )
    parser.add_argument(
        "--overlay",
        dest="named",
        default="",
        metavar="NAME",
        help="the name of this clone's overlay",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.git.settings import has_live_trees
    from seedgit.operations.init import install, uninstall

    workspace = args.session.workspace()
    if args.undo:
        steps = uninstall(workspace)
    else:
        choice = _choice(args, workspace, terminal)
        steps = install(workspace, hooks=args.hooks, overlay=args.named, choice=choice)
    rows = [(s.what, s.outcome, s.note) for s in steps]
    terminal.table(rows)
    if args.undo and workspace.mode.dry_run:
        terminal.line("to take it out in mode dry-run: seedgit mode off, then seedgit init --undo")
    if not (args.undo or args.dry_run or has_live_trees(workspace.repository)):
        terminal.line(f"next: {_next(workspace)}")
    terminal.data([{"what": s.what, "outcome": s.outcome, "note": s.note} for s in steps])
    return 0


def _choice(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> InitChoice:
    """The rules and the mode that are proposed, if they are wanted."""
    from seedgit.git.settings import DEFAULT
    from seedgit.mode import DRY_RUN
    from seedgit.operations.init import InitChoice, has_rules_file
    from seedgit.operations.proposal.proposed import proposed
    from seedgit.operations.proposal.text import rules_text

    asks = terminal.interactive and not (terminal.as_json or args.yes or args.dry_run)
    if has_rules_file(workspace.repository) or not (asks or args.yes or args.dry_run):
        return InitChoice(dry_run=args.dry_run)
    found = proposed(workspace.repository)
    rules = rules_text(found) if found.entries else ""
    mode = DRY_RUN if rules and workspace.mode.origin == DEFAULT else ""
    if rules and not args.yes:
        terminal.line(f"{RULES_FILE} for what is tracked here:")
        terminal.lines(rules.splitlines(), "  ")
    if asks and rules and not _agreed(terminal, f"Write it to {RULES_FILE}?"):
        return InitChoice()
    question = "Begin in mode dry-run, where git merges, and seedgit only notes what it would do?"
    if asks and mode and not _agreed(terminal, question):
        mode = ""
    return InitChoice(rules, mode, args.dry_run)


def _agreed(terminal: Terminal, question: str) -> bool:
    answer = terminal.ask(f"{question} [Y/n] ")
    return answer is not None and answer.strip().lower() in ("", "y", "yes")


def _next(workspace: Workspace) -> str:
    from seedgit.errors import InputError
    from seedgit.git.settings import mode

    try:
        seeds = len(workspace.tracked)
    except InputError as error:
        return f"{error}; then seedgit init"
    if not seeds:
        return "say in .seedgit.yaml which files are seeds, then seedgit init"
    if mode(workspace.repository).dry_run:  # now: it may have been set just before
        return "seedgit replay --last 200 tries it on your history; then seedgit mode live"
    return "for programs that read and write these files, seedgit live DIR; see: seedgit help live"
