"""`seedgit resolve` without a number: what waits, one at a time, decided by a key."""

from __future__ import annotations

from seedgit.cli.commands.set import parse_value
from seedgit.cli.item_keys import ItemKey, keys_of
from seedgit.cli.keys import read_key, read_text
from seedgit.cli.terminal import WHOLE, side
from seedgit.errors import SeedgitError
from seedgit.overlay.decisions import VALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from seedgit.cli.terminal import Terminal
    from seedgit.operations.pending import Numbered, Pending
    from seedgit.operations.resolve import ResolvedItem
    from seedgit.operations.workspace import Workspace

    Tell = Callable[[Workspace, list[ResolvedItem]], None]

QUESTION: Final = "key: "


class PendingWalk:
    """One person's way through what waits.

    opened   opens the workspace as it is now: what was decided, and what others did, counts
    tell     prints what was decided
    passed   the items that were decided or skipped here
    decided  what was decided here, the last one last
    """

    def __init__(
        self, opened: Callable[[], Workspace], tell: Tell, terminal: Terminal, why: str
    ) -> None:
        self.opened = opened
        self.tell = tell
        self.terminal = terminal
        self.why = why
        self.passed: list[str] = []
        self.decided: list[ResolvedItem] = []

    def run(self) -> Pending:
        """Asks until nothing is left or the person quits; what waits in the end."""
        from seedgit.operations.pending import pending

        while True:
            workspace = self.opened()
            found = pending(workspace)
            left = [one for one in found.items if one.item.key not in self.passed]
            if not left:
                return found
            self._show(left[0], len(left))
            if not self._ask(left[0], self._offered(left[0], workspace)):
                return pending(self.opened())

    def _offered(self, entry: Numbered, workspace: Workspace) -> list[ItemKey]:
        undo = self._no_undo(workspace)
        return [
            *keys_of(entry.item),
            ItemKey("s", "skip", "it goes on waiting"),
            ItemKey("u", "undo", "takes back the last decision made here", off=undo),
            ItemKey("q", "quit", "ends; what was decided stays"),
        ]

    def _show(self, entry: Numbered, left: int) -> None:
        from seedgit.cli.clashes import between_text

        item, terminal = entry.item, self.terminal
        terminal.line()
        what = f"{item.reason.replace('-', ' ')}, {left} left"
        terminal.line(f"{terminal.style(item.path, 'bold')}  {item.name}  ({what})")
        if item.between is not None:
            terminal.line(f"  {between_text(item.between)}")
            return
        rows = [("base", item.shown.base), ("seed", item.shown.seed), ("local", item.shown.local)]
        terminal.table([(name, side(value, WHOLE)) for name, value in rows])
        if item.override.why:
            terminal.line(f"  why    {item.override.why}")

    def _ask(self, entry: Numbered, offered: list[ItemKey]) -> bool:
        """Whether to go on."""
        terminal = self.terminal
        rows = [(f"[{key.letter}] {key.word}", *self._says(key)) for key in offered]
        terminal.table(rows)
        while True:
            letter = read_key(terminal, QUESTION)
            key = next((one for one in offered if one.letter == letter), None)
            if letter is None or (key and key.word == "quit"):
                return False
            if key is None:
                terminal.line(f"keys: {' '.join(one.letter for one in offered)}")
            elif key.off:
                terminal.line(f"{key.word}: {key.off}")
            elif self._done(entry, key):
                return True

    def _says(self, key: ItemKey) -> tuple[str]:
        if key.off:
            return (self.terminal.style(f"off: {key.off}", "dim"),)
        return (key.does,)

    def _done(self, entry: Numbered, key: ItemKey) -> bool:
        """Does what a key says; whether the next item follows."""
        try:
            if key.word == "undo":
                self._undo()
            elif key.choice:
                return self._decide(entry, key)
            else:
                self.passed.append(entry.item.key)
        except SeedgitError as error:
            self.terminal.error(error)
        return True

    def _decide(self, entry: Numbered, key: ItemKey) -> bool:
        from seedgit.operations.resolve import Wanted, decide

        value = None
        if key.choice == VALUE:
            text = read_text(self.terminal, "value (JSON, or plain text; nothing: no decision): ")
            if not text:
                return False
            value = parse_value(text)
        # The id binds it to what was shown: if that has changed since, it is refused.
        want = Wanted(str(entry.number), entry.item.id, key.choice, value)
        workspace = self.opened()
        done = decide(workspace, [want], self.why)
        self.tell(workspace, done)
        self.passed.append(entry.item.key)
        self.decided += done
        return True

    def _no_undo(self, workspace: Workspace) -> str:
        if not self.decided:
            return "nothing was decided here yet"
        last = self.decided[-1]
        if last.edited:
            return "the last decision edited the file: git diff shows it"
        if last.commit is None:
            return "the last decision changed no overlay"
        if last.overlay != workspace.target:
            return f"it is in another layer: seedgit undo --overlay {last.overlay} {last.commit}"
        return ""

    def _undo(self) -> None:
        from seedgit.operations.undo import undo

        last = self.decided[-1]
        workspace = self.opened()
        commit = undo(workspace, last.commit or "")
        self.terminal.line(f"overlay {last.overlay}: {commit[:12]} takes it back")
        self.decided.pop()
        self.passed.remove(last.item.key)


def walk(opened: Callable[[], Workspace], tell: Tell, terminal: Terminal, why: str) -> int:
    """Asks about each item that waits. Status 0, whatever was decided."""
    from seedgit.cli.clashes import rules_lines

    made = PendingWalk(opened, tell, terminal, why)
    found = made.run()
    terminal.line()
    for problem in found.problems:
        terminal.line(terminal.style("problem: ", "red") + problem)
    for path in found.conflicts:
        terminal.line(f"{path}: in conflict; resolve and commit the merge first")
    for clash in found.rules:
        terminal.lines(rules_lines(clash))
    if found.items:
        terminal.line(f"decided {len(made.decided)}; {len(found.items)} left: seedgit pending")
    elif not (found.problems or found.conflicts or found.rules):
        terminal.line(f"decided {len(made.decided)}; nothing waits")
    return 0
