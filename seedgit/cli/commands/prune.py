"""Retire overrides that have served their purpose. Without a kind, list those that could go."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.options import CONCERNS, add_overlay
from seedgit.cli.terminal import Terminal, plain, side

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.operations.prune import Prunable

EXAMPLES = """examples:
  seedgit prune                              what could be retired; changes nothing
  seedgit prune --expired --redundant        retire these, in one change of the overlay
  seedgit prune --orphaned --dry-run flows   what that would retire below flows/
  seedgit undo                               take it back

This changes only the overlay that commands write to. Where an override is retired, the seed's value
counts again. If the override was redundant, the effective file stays as it is.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="seeds, or directories (default: all)"
    )
    parser.add_argument("--expired", action="store_true", help="their end has come")
    parser.add_argument("--redundant", action="store_true", help="the seed has their value")
    parser.add_argument("--orphaned", action="store_true", help="their place or their seed is gone")
    parser.add_argument("-n", "--dry-run", action="store_true", help="change nothing")
    add_overlay(parser, CONCERNS)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.prune import KINDS, prune

    workspace = args.session.workspace()
    kinds = [kind for kind in KINDS if getattr(args, kind)]
    done = prune(workspace, kinds, args.paths, dry_run=args.dry_run)
    terminal.table([_row(item) for item in done.found])
    following = None
    if done.commit is not None:
        terminal.line(f"overlay {done.overlay}: {done.commit[:12]}, {len(done.found)} retired")
        following = "seedgit undo"
        terminal.line(f"{following}     takes it back")
    elif not done.found:
        terminal.line(f"overlay {done.overlay}: nothing to prune")
        terminal.reason(codes.NOOP_NOTHING_TO_PRUNE)
    else:
        following = _command(args, kinds or [k for k in KINDS if _any(done.found, k)])
        terminal.line(f"overlay {done.overlay}: nothing changed; to retire them:")
        terminal.line(f"  {following}")
    terminal.data(
        {
            "overlay": done.overlay,
            "commit": done.commit,
            "overrides": [item.data() for item in done.found],
            "next": following,
        }
    )
    return 0


def _row(item: Prunable) -> tuple[str, ...]:
    from seedgit.operations.edits.expiry import until_text

    override = item.override
    notes = [until_text(override.until)] if override.until else []
    notes += [override.why] if override.why else []
    note = f"  ({'; '.join(notes)})" if notes else ""
    change = f"{side(override.local)} -> {side(override.seed)}"
    if codes.ORPHANED in item.kinds:
        change = side(override.local)
    return (
        ", ".join(item.kinds),
        item.path,
        item.name,
        change + note,
    )


def _any(found: tuple[Prunable, ...], kind: str) -> bool:
    return any(kind in item.kinds for item in found)


def _command(args: argparse.Namespace, kinds: list[str]) -> str:
    import shlex

    words = ["seedgit", "prune", *(f"--{kind}" for kind in kinds), *args.paths]
    return plain(shlex.join(words))
