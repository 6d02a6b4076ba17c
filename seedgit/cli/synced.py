"""Prints what a sync did, for each file about which there is something to say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from seedgit import codes
from seedgit.cli.terminal import Terminal, side
from seedgit.git.names import pasted
from seedgit.values.diff import ABSENT
from seedgit.values.escapes import number_of
from seedgit.values.value import has_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from seedgit.operations.live_tree.in_step import TreeSync
    from seedgit.operations.live_tree.live_file import Difference, Synced

    Here = Callable[..., str]

SAME_MOST = 3  # files with the same problem that are named

# What is wrong with a secret that a program wrote.
_WITHHELD = {
    codes.SECRET_WITHOUT_RECIPIENTS: "is a secret, and the overlay has no recipients",
    codes.SECRET_IN_PLACE: "is a secret, and none is stored for a file that is live in place",
}


def tell_sync(
    done: TreeSync, terminal: Terminal, here: Here, *, dry_run: bool, quiet_written: bool = False
) -> None:
    """Say it in lines.

    here           gives files as words for a shell, where the user is (`Workspace.pasted`)
    quiet_written  say nothing of files that were only written
    """
    for file in done.files:
        _tell(file, terminal, dry_run, quiet_written)
        terminal.lines(decisions_of(file, here))
    terminal.lines(problems_of(done.files))
    terminal.lines(advice([done]))
    if done.commit is not None and not dry_run:
        terminal.line(f"overlay: {done.commit[:12]}")
    _tell_command(done, terminal)


def _tell_command(done: TreeSync, terminal: Terminal) -> None:
    if done.command:
        what = f"the command of live tree {done.tree.directory} ended with {done.command}"
        terminal.remark(f"warning: {what}: {done.tree.command}")


def tell_kept_in_step(done: list[TreeSync], failed: list[str], terminal: Terminal) -> None:
    """Say what a sync that nobody asked for did, on standard error, in a line for each tree."""
    for one in done:
        written = sum(file.written or file.removed for file in one.files)
        if written:
            terminal.remark(f"live tree {one.tree.directory}: {number_of(written, 'file')} written")
        waiting = sum(file.waits for file in one.files)
        if waiting:
            what = number_of(waiting, "file")
            terminal.remark(f"live tree {one.tree.directory}: {what} left alone; see: seedgit live")
        _tell_command(one, terminal)
    for text in failed:
        terminal.remark(f"warning: live tree {text}; to try again: seedgit sync")


def _tell(file: Synced, terminal: Terminal, dry_run: bool, quiet_written: bool) -> None:
    place = file.place
    would = "would be" if dry_run else "is"
    for taking in file.captured:
        change = f"{side(taking.old)} -> {side(taking.new)}"
        terminal.line(f"{file.path}{taking.name} {would} in the overlay ({change})")
    for taking in file.ended:
        change = f"{side(taking.old)} -> {side(taking.new)}"
        follows = "would follow the seed again" if dry_run else "follows the seed again"
        terminal.line(f"{file.path}{taking.name} {follows} ({change})")
    if file.written and not quiet_written:
        terminal.line(f"{place} {'would be' if dry_run else 'was'} written")
    if file.removed:
        removed = f"{'would be' if dry_run else 'was'} removed"
        terminal.line(f"{place} {removed}: the tree has no such seed")
    for drift in file.drift:
        terminal.line(tell_difference(file, drift))


def problems_of(files: Iterable[Synced]) -> Iterator[str]:
    """Why files were left alone, in lines: one thing may keep thousands of them back."""
    places: dict[str, list[str]] = {}
    for file in files:
        if file.problem:
            places.setdefault(file.problem, []).append(file.place)
    for problem, held in places.items():
        yield from (f"{place}: {problem}" for place in held[:SAME_MOST])
        if held[SAME_MOST:]:
            yield f"and {number_of(len(held) - SAME_MOST, 'more file')}: {problem}"


def advice(done: Iterable[TreeSync]) -> Iterator[str]:
    """What to do about secrets that stay in live files, once for all of them, in lines."""
    reasons = {each.reason for one in done for file in one.files for each in file.withheld}
    if codes.SECRET_WITHOUT_RECIPIENTS in reasons:
        yield "to encrypt secrets, to a key of your own: seedgit secret recipients add --own"
    if codes.SECRET_IN_PLACE in reasons:
        yield "to encrypt one, put the old value back into the file; then"
        yield "  seedgit live --undo --in-place; set it; and for the program: seedgit live DIR"


def decisions_of(file: Synced, here: Here) -> Iterator[str]:
    """What only a person can settle, and how, in lines."""
    yield from clashes_of(file, here)
    for held in file.withheld:
        yield f"{file.place}: {held.pointer} {_WITHHELD[held.reason]}: it stays in this file alone"
        if not held.by_rule:
            plain = _command("rules --plain", here(file.path), held.pointer)
            yield f"  if it is no secret: {plain}"


def clashes_of(file: Synced, here: Here) -> Iterator[str]:
    """The places that a program and somebody else changed, and how to decide, in lines."""
    for clash in file.clashes:
        yield f"{file.place}: {_values(clash)}: both changed it; the file is as the program left it"
        yield f"  to keep the program's value: {_setting(file, clash, here)}"
    if file.clashes:
        yield f"  to keep the effective values: seedgit sync --restore {here(file.path)}"


def after_drift(files: Iterable[Synced], here: Here) -> Iterator[str]:
    """What to do about run-time drift, in lines."""
    drifts = [(file, drift) for file in files for drift in file.drift]
    paths = dict.fromkeys(file.path for file, _ in drifts)
    if len(drifts) == 1:
        yield f"to keep the program's value: {_setting(*drifts[0], here)}"
    elif drifts:
        yield "to keep a program's value: seedgit set FILE POINTER VALUE"
    if drifts:
        named = here(*paths) if len(paths) <= SAME_MOST else "FILE"
        yield f"to give up what programs wrote there: seedgit sync --restore {named}"


def tell_difference(file: Synced, drift: Difference) -> str:
    """Run-time drift in a line."""
    return f"{file.place}: {_values(drift)}: run-time drift, the package owns it"


def _values(found: Difference) -> str:
    return f"{found.name} is {side(found.live)} here, {side(found.effective)} in effect"


def _setting(file: Synced, clash: Difference, here: Here) -> str:
    """The command that makes a live file's value an override."""
    name, words = "set", [here(file.path), clash.name]
    if clash.effective is ABSENT:
        name, words[1] = "set --new", clash.pointer
    if clash.live is ABSENT:
        return _command(f"{name} --delete", *words)
    if has_secret(clash.live):
        return f"{_command(f'{name} --secret', *words)}  (it asks for the value)"
    try:
        return _command(f"{name} --as-json", *words, json.dumps(clash.live))
    except TypeError:  # JSON cannot say it
        return f"edit {here(file.path)}, and commit it"


def _command(name: str, file: str, *others: str) -> str:
    """A command line of seedgit, with a file as `here` gives it."""
    dashes = ["--"] * (file.startswith("-- ") or any(each.startswith("-") for each in others))
    words = (word.removeprefix("-- ") for word in (file, *map(pasted, others)))
    return " ".join([f"seedgit {name}", *dashes, *words])
