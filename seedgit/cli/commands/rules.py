"""Say whose a place is, and which line of which rules says so; or change the site's own rules."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.options import add_overlay
from seedgit.cli.terminal import Terminal
from seedgit.errors import OK, UsageError
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.rules import RuledSeed, Ruling
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit rules                                        which rules files count
  seedgit rules flows/wiki.yaml                        what they say of a file, first things first
  seedgit rules flows/wiki.yaml /steps/0/queue_mode    whose it is, and by which line
  seedgit rules --edit                                 change the rules of this site alone
  seedgit rules flows/wiki.yaml /api/token --plain     no secret, in spite of its name
  seedgit rules flows/wiki.yaml /api/account --secret  a secret from now on

A line is told as FILE:LINE:PATTERN, as by `git check-ignore -v`. The first line that fits counts.
Lines below it name the place too, and do not count. If no line names a place, it is the package's.
--edit opens the editor that git would open. What is not valid is kept until you open it again.
--plain and --secret add a line to the rules of this site, which makes the place the site's too.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="?", default="")
    parser.add_argument(
        "pointer", metavar="POINTER", nargs="?", default=None, help="a pointer or a selector"
    )
    parser.add_argument("--edit", action="store_true", help="edit the rules of an overlay")
    says = parser.add_mutually_exclusive_group()
    says.add_argument("--plain", action="store_true", help="say that the place holds no secret")
    says.add_argument("--secret", action="store_true", help="say that the place holds a secret")
    add_overlay(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.edit and args.file:
        raise UsageError("--edit is about an overlay, not about a file")
    says = args.plain or args.secret
    if says and (args.edit or args.pointer is None):
        raise UsageError("--plain and --secret are about a FILE and a POINTER")
    if args.target and not (args.edit or says):
        raise UsageError("--overlay says which rules to --edit")
    workspace = args.session.workspace()
    if args.edit:
        return _edit(workspace, terminal)
    if not args.file:
        return _files(workspace, terminal)
    path = workspace.seed_path(args.file)
    if args.pointer is None:
        return _seed(workspace, path, terminal)
    if says:
        return _say(args, workspace, path, terminal)
    from seedgit.operations.rules import rulings

    found = rulings(workspace, path, args.pointer)
    for ruling in found:
        terminal.lines(_told(ruling))
    terminal.data([ruling.data() for ruling in found])
    return OK


def _say(args: argparse.Namespace, workspace: Workspace, path: str, terminal: Terminal) -> int:
    from seedgit.operations.secrets.ruling import say_secret

    said = say_secret(workspace, path, args.pointer, args.secret)
    terminal.line(f"{path}{said.pattern} is {'a secret' if said.secret else 'no secret'}")
    if said.commit is None:
        terminal.line(f"overlay {said.overlay}: nothing changed")
        terminal.reason(codes.NOOP_UNCHANGED)
    else:
        terminal.line(f"overlay {said.overlay}: {said.commit[:12]}")
    terminal.data(said.data())
    return OK


def _told(ruling: Ruling) -> list[str]:
    lines = [f"{ruling.path}{ruling.pointer or ' (the whole file)'} is {_whose(ruling)}"]
    lines.append(f"  {ruling.decided}" if ruling.decided else "  no line names it")
    lines += [f"  {line}  does not count here" for line in ruling.others]
    return lines


def _whose(ruling: Ruling) -> str:
    from seedgit.rules.ownership import OVERLAY

    secret = ", and secret" if ruling.secret else ""
    if ruling.owner == OVERLAY:
        return f"the site's ({ruling.on_seed_change}){secret}"
    return f"the package's{', final' if ruling.final else ''}{secret}"


def _seed(workspace: Workspace, path: str, terminal: Terminal) -> int:
    from seedgit.operations.rules import ruled_seed

    found = ruled_seed(workspace, path)
    terminal.line(f"{path} is a seed by")
    terminal.lines((str(line) for line in found.named), indent="  ")
    terminal.line("the first of these that fits a place counts; all else is the package's")
    terminal.table(_entries(found))
    terminal.data(found.data())
    return OK


def _entries(found: RuledSeed) -> list[tuple[str, str]]:
    from seedgit.operations.rules import line_of
    from seedgit.rules.ownership import OVERLAY

    return [
        (
            str(line_of(entry.source, entry.path)),
            (f"the site's ({entry.on_seed_change})" if owner == OVERLAY else "the package's, final")
            + {True: ", secret", False: ", no secret", None: ""}[entry.secret],
        )
        for owner, entry in found.entries
    ]


def _files(workspace: Workspace, terminal: Terminal) -> int:
    from seedgit.operations.rules import counted_files
    from seedgit.rules.ownership import USUAL_SECRETS

    found = list(counted_files(workspace))
    terminal.table(
        [
            (
                each.file,
                f"of layer {each.layer}" if each.layer else "the package's",
                f"{number_of(each.seeds, 'group')} of files",
                number_of(each.entries, "pattern"),
            )
            for each in found
        ]
    )
    if not found:
        terminal.line("there are no rules: no file is a seed")
    else:
        terminal.line(f"secret by the name of their key: {', '.join(USUAL_SECRETS)}")
    problems = workspace.told_rules()
    terminal.lines(problems)
    terminal.data(
        {
            "files": [each.data() for each in found],
            "problems": problems,
            "secret-names": list(USUAL_SECRETS),
        }
    )
    return OK


def _edit(workspace: Workspace, terminal: Terminal) -> int:
    from seedgit.operations.edits.edit_rules import bring_attributes_up_to_date, edit_rules

    done = edit_rules(workspace)
    data = {"overlay": done.overlay, "commit": done.commit}
    if done.commit is None:
        terminal.line(f"{done.where}: nothing changed")
        terminal.reason(codes.NOOP_UNCHANGED)
        terminal.data(data)
        return OK
    terminal.line(f"overlay {done.overlay}: {done.commit[:12]}")
    if bring_attributes_up_to_date(workspace):
        terminal.line("info/attributes: updated")
    terminal.data(data)
    return OK
