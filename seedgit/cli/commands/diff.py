"""Compare effective files with their seeds, as a unified diff."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal, plain
from seedgit.errors import INPUT, OK, InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit diff
  seedgit diff flows/wiki.yaml

Where several layers lie over a file, each `@@` names those that change something below it.
"""


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="seeds (default: all with overrides)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.diff import diff
    from seedgit.operations.stack.effective import effective

    workspace = args.session.workspace()
    named = [workspace.seed_path(name) for name in args.files]
    paths = named or sorted(
        {s.path for name in workspace.names for s in workspace.stored(name) if s.path}
    )
    data = []
    status = OK
    if not named:
        for problem in workspace.problems():
            terminal.error(problem.error)
            status = INPUT
    for path in paths:
        try:
            found = effective(workspace, path)
        except InputError as error:
            if named:
                raise
            terminal.error(error)
            status = INPUT
            continue
        made = diff(found, workspace.rule(found.path))
        data.append(made.data())
        for line in made.lines:
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            terminal.exact(terminal.style(_shown(line), style) if style else _shown(line))
    terminal.data(data)
    return status


def _shown(line: str) -> str:
    """A line, safe to print. A byte order mark and the end of a CRLF line stay: they do no harm."""
    from seedgit.formats.document import BOM

    sign, rest = line[:1], line[1:]
    start = BOM if rest.startswith(BOM) else ""
    end = "\r" if rest.endswith("\r") else ""
    return sign + start + plain(rest.removeprefix(start).removesuffix(end)) + end
