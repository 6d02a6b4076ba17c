"""Ask about each conflict of a file. `git mergetool` calls this (docs/conflicts.md)."""

from __future__ import annotations

from seedgit.cli.commands.conflicts import show, show_conflict, show_notes
from seedgit.cli.commands.set import parse_value
from seedgit.cli.terminal import Terminal
from seedgit.errors import ATTENTION, OK, InputError, SeedgitError, UsageError
from seedgit.merge.decision import BASE, OURS, THEIRS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from seedgit.formats.resolve import Choice, Draft, MarkedConflict

EXAMPLES = """set up:
  git config merge.tool seedgit
  git config mergetool.seedgit.cmd 'seedgit mergetool "$BASE" "$LOCAL" "$REMOTE" "$MERGED"'
  git config mergetool.seedgit.trustExitCode true

then: git mergetool
"""

QUESTION = "[o]urs, [t]heirs, [b]ase, [e] a value of your own, [s]kip? "
SIDES = {"o": OURS, "t": THEIRS, "b": BASE}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("base", metavar="BASE", help="may be missing: both sides added the file")
    parser.add_argument("local", metavar="LOCAL")
    parser.add_argument("remote", metavar="REMOTE")
    parser.add_argument("merged", metavar="MERGED", help="the file with the markers")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.operations.conflicts import Versions, described, opened_file, save

    workspace = args.session.workspace()
    path = workspace.path(args.merged)
    data = workspace.repository.read_file(path)
    if data is None:
        raise UsageError("is not in the working tree", where=path)
    base, ours, theirs = (
        _read(workspace.directory / name) for name in (args.base, args.local, args.remote)
    )
    versions = Versions(base, ours or b"", theirs or b"")
    opened = opened_file(workspace, path, data, versions)
    draft, file = opened.draft, described(workspace, opened)
    if not terminal.interactive:
        show(file, terminal)
        return ATTENTION
    show_notes(file, terminal)
    if not file.conflicts:
        # git would trust the exit status, and stage the file as it is.
        return ATTENTION
    after = _asked(draft, file.conflicts, terminal)
    save(workspace, draft, after)
    left = len(after.conflicts)
    done = len(file.conflicts) - left
    terminal.line(f"{path}: resolved {done}, {left} left")
    return ATTENTION if after.open else OK


def _asked(draft: Draft, conflicts: tuple[MarkedConflict, ...], terminal: Terminal) -> Draft:
    """The draft with the person's choices. The end of the input skips the rest."""
    from seedgit.formats.resolve import Put, TakeSide

    after = draft
    chosen: dict[int, Choice] = {}
    for conflict in conflicts:
        show_conflict(draft.path, conflict, terminal)
        while True:
            answer = terminal.ask(QUESTION)
            if answer is None:
                return after
            answer = answer.strip().lower()[:1]
            if answer == "s":
                break
            choice: Choice
            if answer in SIDES:
                choice = TakeSide(SIDES[answer])
            elif answer == "e":
                text = terminal.ask("value (JSON, or plain text): ")
                if text is None:
                    return after
                choice = Put(parse_value(text), text)
            else:
                continue
            try:
                after = draft.resolve({**chosen, conflict.number: choice})
            except SeedgitError as error:
                terminal.error(error)
                continue
            chosen[conflict.number] = choice
            break
    return after


def _read(place: Path) -> bytes | None:
    from seedgit.files.safe import read_regular

    try:
        return read_regular(str(place))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(place)) from None
