"""Show where seedgit's merges and git's own differ, as dry-run, shadow and replay recorded it."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.commands.journal import find, moment
from seedgit.cli.terminal import WHOLE, Terminal, shown
from seedgit.errors import OK, UsageError
from seedgit.journal import VERDICTS, Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from seedgit.operations.divergences import Day, Divergences
    from seedgit.operations.workspace import Workspace

EXAMPLES = """examples:
  seedgit divergences                        each one, with the difference by pointer
  seedgit divergences --summary              one line a day: merges, verdicts, agreement; and totals
  seedgit divergences --verdict git-only --path 'flows/*'
  seedgit divergences --since '1 week ago' --html page.html
  seedgit divergences --accept 42 --why "git keeps both hosts; ours is meant"
  seedgit divergences --accepted             what was accepted, and why
  seedgit divergences --withdraw 42          count it again

An accepted divergence counts neither here nor for `seedgit mode live`. That stays so when the same
versions of the file are merged again with the same results.
"""


HEAD = ("day", "merges", "files", *VERDICTS, "accepted", "agreement")
LATEST = 5  # divergences shown below a summary


PAGED = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="WHEN", help="a date, as git reads it")
    parser.add_argument("--until", metavar="WHEN")
    parser.add_argument("--verdict", choices=VERDICTS)
    parser.add_argument("--path", metavar="GLOB")
    parser.add_argument("--summary", action="store_true", help="count per day")
    parser.add_argument("--html", metavar="FILE", help="write a page that needs no network")
    parser.add_argument("--accepted", action="store_true", help="list those that were accepted")
    decision = parser.add_mutually_exclusive_group()
    decision.add_argument("--accept", nargs="+", metavar="ID", help="do not count these any more")
    decision.add_argument("--withdraw", nargs="+", metavar="ID", help="count these again")
    parser.add_argument(
        "--why", default="", metavar="REASON", help="kept with what --accept accepts"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.divergences import by_day, divergences
    from seedgit.operations.edits.when import seconds
    from seedgit.operations.save_page import save_page

    workspace = args.session.workspace(rehearse=False)
    if args.accept or args.withdraw:
        return _decide(args, workspace, terminal)
    query: dict[str, Any] = {"path": args.path}
    for name in ("since", "until"):
        given = getattr(args, name)
        query[name] = seconds(workspace.repository, given) if given else None
    # A summary for a person ends with the newest of them.
    most = LATEST if args.summary and not (args.html or args.json) else None
    found = divergences(workspace, args.verdict, accepted=args.accepted, most=most, **query)
    days = by_day(workspace, **query) if args.html or args.summary else []
    if args.html:
        save_page(workspace, args.html, terminal.masked(html(found, days)))
        terminal.line(f"wrote {args.html}")
    elif args.summary:
        _summary(days, found, terminal)
    else:
        for row in found.rows:
            _row(row, terminal)
        terminal.lines(_ending(found))
    terminal.data(_data(days, found) if args.summary else found.rows)
    return OK


def _decide(args: argparse.Namespace, workspace: Workspace, terminal: Terminal) -> int:
    """Accept known divergences, or take that back."""
    from seedgit.operations.divergences import accept, withdraw

    if args.accept and not args.why.strip():
        raise UsageError("no reason is given", hint="--why REASON says why it is accepted")
    kept = Journal(workspace.repository.common_dir)
    rows = [find(kept, id) for id in args.accept or args.withdraw]
    if args.accept:
        accept(workspace, rows, args.why.strip())
    else:
        withdraw(workspace, rows)
    done = "accepted" if args.accept else "counted again"
    for row in rows:
        terminal.line(f"{_head(row)}: {done}")
    terminal.data({"accepted" if args.accept else "withdrawn": [row["id"] for row in rows]})
    return OK


def _data(days: list[Day], found: Divergences) -> dict[str, Any]:
    *each, total = days
    return {
        "days": [day.data() for day in each],
        "total": total.data(),
        "divergences": found.rows,
        "accepted": found.accepted,
    }


def _ending(found: Divergences) -> list[str]:
    """What is printed below the divergences, or instead of them."""
    lines = [] if found.rows else ["No divergence is on record."]
    if found.accepted:
        lines.append(f"{found.accepted} accepted, not shown: seedgit divergences --accepted")
    return lines


def _summary(days: list[Day], found: Divergences, terminal: Terminal) -> None:
    from seedgit.journal import APART

    terminal.table([HEAD, *map(_counts, days)], indent="")
    terminal.lines(_people(days[-1]))
    for row in [row for row in found.rows if row["verdict"] in APART][:LATEST]:
        terminal.line(_head(row))


def _people(total: Day) -> list[str]:
    """Whose result was committed, if the engines differ; nothing if that is not known."""
    parts = [f"{count} as {name}" for name, count in total.people.items() if count]
    return [f"Where they differ, people committed: {', '.join(parts)}."] if parts else []


def _counts(day: Day) -> tuple[str, ...]:
    figures = day.agreement.data()
    cells = [str(figures[name]) for name in ("files", *VERDICTS, "accepted")]
    rate = day.agreement.rate
    return day.day, str(day.merges), *cells, "-" if rate is None else f"{rate:.1%}"


def _head(row: dict[str, Any]) -> str:
    head = f"{row['id']}  {moment(row['time'])}  {row['verdict']}  {row['path']}"
    return f"{head}  (committed: as {row['people']})" if row.get("people") else head


def _row(row: dict[str, Any], terminal: Terminal) -> None:
    terminal.line(terminal.style(_head(row), "bold"))
    if row["accepted"]:
        terminal.line(f"  {_accepted(row['accepted'])}")
    for place, git, own, _ in _places(row):
        terminal.line(f"  {place}: git {git}, seedgit {own}")


def _accepted(known: dict[str, Any]) -> str:
    who = f" by {known['who']}" if known["who"] else ""
    return f"accepted {moment(known['time'])}{who}: {known['why']}"


def _places(row: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """(place, what git has, what seedgit has, the code of a conflict) of each difference or, if
    none is kept, conflict."""
    if row["difference"]:
        return [_difference(item) for item in row["difference"]]
    git = "a conflict" if row["verdict"] == codes.NEITHER else "clean"
    stops = [item for item in row["decisions"] or [] if item["source"] == codes.CONFLICT]
    return [(d["pointer"] or "/", git, f"conflict: {d['reason']}", d["reason"]) for d in stops]


def _difference(item: dict[str, Any]) -> tuple[str, str, str, str]:
    from seedgit.cli.told_apart import told_apart

    place = f"line {item['line']}" if "line" in item else item["pointer"] or "/"
    sides = ("git", "seedgit")
    values = told_apart([shown(item[s], WHOLE) if s in item else "(absent)" for s in sides])
    bad = [" (cannot be parsed)" * (s in item.get("unparsed", ())) for s in sides]
    git, own = map("".join, zip(values, bad, strict=True))
    if "unclear" in item:
        git = f"({item['unclear']})"
    if "conflict" in item:
        own = f"conflict: {item['conflict']}"
    return place, git, own, item.get("conflict", "")


def html(found: Divergences, days: list[Day]) -> str:
    """The divergences as a page."""
    from seedgit.cli.page import page

    return page("divergences.html.j2", **page_data(found, days))


def page_data(found: Divergences, days: list[Day]) -> dict[str, Any]:
    """What the page's template shows."""
    from seedgit.cli.page import NextCommand
    from seedgit.cli.words import words

    id = next((row["id"] for row in found.rows if not row["accepted"]), None)
    does = "does not count it any more, now and where the same is merged again"
    return {
        "accepts": [NextCommand(f"seedgit divergences --accept {id} --why REASON", does)]
        * bool(id),
        "head": HEAD,
        "days": [_counts(day) for day in (days if len(days) > 2 else days[:-1])],
        "people": _people(days[-1]),
        "rows": [
            {
                "id": row["id"],
                "time": moment(row["time"]),
                "path": row["path"],
                "verdict": row["verdict"],
                "people": row.get("people"),
                "accepted": row["accepted"] and _accepted(row["accepted"]),
                "places": [
                    (*place, words(reason) if reason else "") for *place, reason in _places(row)
                ],
            }
            for row in found.rows
        ],
        "ending": _ending(found),
    }
