"""Where seedgit's merges and git's own differ, as dry-run, shadow and replay recorded it."""

from __future__ import annotations

import argparse
from typing import Any

from seedgit.cli.commands.journal import moment
from seedgit.cli.page import grid, page, text
from seedgit.cli.terminal import Terminal, plain, shown, table
from seedgit.git.files import write_file
from seedgit.journal import VERDICTS
from seedgit.operations.divergences import APART, by_day, divergences
from seedgit.operations.when import seconds

EXAMPLES = """examples:
  seedgit divergences                        each, with the difference by pointer
  seedgit divergences --summary              a line a day: merges, verdicts, agreement
  seedgit divergences --verdict git-only --path 'flows/*'
  seedgit divergences --since '1 week ago' --html page.html
"""


HEAD = ("day", "merges", "files", *VERDICTS, "agreement")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="WHEN", help="as git takes dates")
    parser.add_argument("--until", metavar="WHEN")
    parser.add_argument("--verdict", choices=VERDICTS)
    parser.add_argument("--path", metavar="GLOB")
    parser.add_argument("--summary", action="store_true", help="count per day")
    parser.add_argument("--html", metavar="FILE", help="write a page that needs no network")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    workspace = args.session.workspace(rehearse=False)
    query: dict[str, Any] = {"path": args.path}
    for name in ("since", "until"):
        given = getattr(args, name)
        query[name] = seconds(workspace.repository, given) if given else None
    rows = divergences(workspace, args.verdict, **query)
    days = by_day(workspace, **query)
    if args.html:
        place = workspace.directory / args.html
        write_file(workspace.repository, place, html(rows, days).encode())
        terminal.line(f"wrote {plain(args.html)}")
    elif args.summary:
        _summary(days, rows, terminal)
    else:
        for row in rows:
            _row(row, terminal)
        if not rows:
            terminal.line("No divergence is on record.")
    summary = {"days": [day.data() for day in days]} if args.summary else {}
    terminal.data({**summary, "divergences": rows} if summary else rows)
    return 0


def _summary(days: list[Any], rows: list[dict[str, Any]], terminal: Terminal) -> None:
    for line in table([HEAD, *map(_counts, days)], indent=""):
        terminal.line(line)
    last = [row for row in rows if row["verdict"] in APART][:5]
    for row in last:
        terminal.line(f"{row['id']}  {moment(row['time'])}  {row['verdict']}  {plain(row['path'])}")


def _counts(day: Any) -> tuple[str, ...]:
    counts, rate = day.agreement.counts, day.agreement.rate
    cells = [str(counts[name]) for name in VERDICTS]
    share = "-" if rate is None else f"{rate:.1%}"
    return day.day, str(day.merges), str(sum(counts.values())), *cells, share


def _row(row: dict[str, Any], terminal: Terminal) -> None:
    head = f"{row['id']}  {moment(row['time'])}  {row['verdict']}  {plain(row['path'])}"
    terminal.line(terminal.style(head, "bold"))
    rows = [(plain(d["pointer"]) or "/", *map(_shown, _sides(d))) for d in _pointers(row)]
    for pointer, git, own in rows:
        terminal.line(f"  {pointer}: git {git}, seedgit {own}")


def _pointers(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The difference of a row by pointer; where there is none, the decisions that conflict."""
    if row["difference"]:
        return list(row["difference"])
    return [d for d in row["decisions"] or [] if d["source"] == "conflict"]


def _sides(item: dict[str, Any]) -> tuple[Any, Any]:
    """What git and seedgit have at a pointer, or why seedgit stops there."""
    missing = "(absent)"
    if "reason" in item:
        return missing, f"conflict: {item['reason']}"
    return item.get("git", missing), item.get("seedgit", missing)


def _shown(value: Any) -> str:
    words = isinstance(value, str) and value.startswith(("(absent)", "conflict: "))
    return str(value) if words else shown(value, 40)


def html(rows: list[dict[str, Any]], days: list[Any]) -> str:
    """The same as a page."""
    parts = [grid(HEAD, [_counts(day) for day in days])]
    for row in rows:
        places = [(d["pointer"] or "/", *map(_shown, _sides(d))) for d in _pointers(row)]
        head = f"{row['id']} {moment(row['time'])} {row['verdict']} {row['path']}"
        parts.append(
            f"<details open><summary>{text(head)}</summary>\n"
            f"{grid(('pointer', 'git', 'seedgit'), places)}</details>"
        )
    if not rows:
        parts.append("<p>No divergence is on record.</p>")
    return page("seedgit: divergences", "\n".join(parts))
