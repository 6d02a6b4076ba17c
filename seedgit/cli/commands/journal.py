"""Read the journal: every run of the driver, the hooks and the commands."""

from __future__ import annotations

import json
import time

from seedgit.cli.terminal import Terminal, shown
from seedgit.errors import UsageError
from seedgit.journal import Journal
from seedgit.journal_file import KEEP
from seedgit.values.escapes import number_of
from seedgit.values.pointer import is_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

EXAMPLES = f"""examples:
  seedgit journal              the newest runs
  seedgit journal 42           everything about one run
  seedgit journal --failed     the failures, with what to do about them
  seedgit journal export       every row as a line of JSON
  seedgit journal prune --before '3 months ago'

The newest {KEEP:,} rows are kept, and older ones are removed. What `seedgit divergences --accept`
accepted is kept until it is withdrawn.
"""


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", default="", metavar="ID | export | prune")
    parser.add_argument("--failed", action="store_true", help="only the runs that failed")
    parser.add_argument("-n", "--max-count", type=int, default=20, metavar="N", help="default 20")
    parser.add_argument("--before", metavar="WHEN", help="with prune: older than this")
    parser.add_argument("--keep", type=int, metavar="N", help="with prune: all but the newest N")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.edits.when import seconds

    repository = args.session.workspace(rehearse=False).repository
    kept = Journal(repository.common_dir)
    if args.what == "export":
        for row in kept.oldest_first(failed=args.failed):
            terminal.raw(json.dumps(row, ensure_ascii=True).encode() + b"\n")
    elif args.what == "prune":
        if args.before is None and args.keep is None:
            raise UsageError("which rows are to be removed?", hint="--before WHEN, or --keep N")
        before = seconds(repository, args.before) if args.before else None
        gone = kept.prune(before, args.keep)
        terminal.line(f"{number_of(gone, 'row')} pruned")
        terminal.data({"pruned": gone})
    elif args.what:
        _one(find(kept, args.what), terminal)
    else:
        _list(kept.rows(failed=args.failed, limit=args.max_count), terminal)
    return 0


def find(kept: Journal, id: str) -> dict[str, Any]:
    """The row a user names. Raises UsageError."""
    row = kept.row(int(id)) if is_index(id) else None
    if row is None:
        raise UsageError(f"the journal has no row {id!r}", hint="seedgit journal lists them")
    return row


def _list(rows: list[dict[str, Any]], terminal: Terminal) -> None:
    lines = [
        (
            str(row["id"]),
            moment(row["time"]),
            row["entry"],
            row["outcome"],
            " ".join(filter(None, [row["path"], _reason(row)])),
        )
        for row in rows
    ]
    terminal.table(lines, indent="")
    if not rows:
        terminal.line("Nothing is on record.")
    terminal.data(rows)


def _reason(row: dict[str, Any]) -> str:
    return (row["verdict"] or row["reason"] or "").partition("\n")[0]


def _one(row: dict[str, Any], terminal: Terminal) -> None:
    for name, value in row.items():
        if value is None:
            continue
        if name == "time":
            value = moment(value)
        if name in ("error", "also"):
            terminal.line(f"{name}:")
            terminal.lines(str(value).splitlines(), indent="  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            terminal.line(f"{name}:")
            terminal.lines((shown(item, 110) for item in value), indent="  ")
        else:
            terminal.line(f"{name}: {value if isinstance(value, str) else shown(value)}")
    terminal.data(row)


def moment(seconds: float) -> str:
    """A time of the journal, in the reader's own zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
