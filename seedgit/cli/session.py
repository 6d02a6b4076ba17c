"""One run of the command line: its workspace, and its row in the journal."""

from __future__ import annotations

import time

from seedgit import codes, journal
from seedgit.errors import ATTENTION, OK, Refused, SeedgitError
from seedgit.git.names import to_bytes, to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection, Iterator, Sequence
    from typing import Any

    from seedgit.answer import Invocation
    from seedgit.cli.terminal import Terminal
    from seedgit.git.repository import Repository
    from seedgit.operations.workspace import Workspace

# Commands that print values of overlays, and not because somebody asked for the file itself.
SHOWING = (
    "approve", "blame", "capture", "conflicts", "diff", "fleet", "layer", "live", "pending", "plan",
    "promote", "prune", "pull", "rebase", "resolve", "rules", "set", "status", "sync", "unset",
    "upgrade", "verify", "why",
)  # fmt: skip
READING = ("pending",)  # the commands that only look at the layer they are told
DECRYPTING = ("capture", "live", "render", "secret", "sync", "why")  # may ask for a passphrase
PRIVATE = ("value", "if_seed_is")  # the arguments whose values are not kept: they may be secrets
MASK = "..."
SHORTEST = 4  # characters of a value that is looked for in what went wrong
OUTCOMES = {OK: codes.DONE, ATTENTION: codes.ATTENTION}


def _private(args: argparse.Namespace) -> Iterator[str]:
    """The values among the arguments. Where there are several, each is named: N=VALUE."""
    for name in PRIVATE:
        given = getattr(args, name, None) or ()
        for word in (given,) if isinstance(given, str) else given:
            value = word if isinstance(given, str) else word.partition("=")[2] or word
            if value:
                yield value


class Session:
    """Opens the workspace when a command asks for it, and records how the run ended.

    A journal that cannot be written never stops the run: a remark says so.

    ready  is called before the workspace is opened, once all that the command needs is loaded
    began  whether that has been called
    """

    def __init__(
        self,
        args: argparse.Namespace,
        argv: Sequence[str],
        terminal: Terminal,
        ready: Callable[[], None],
    ) -> None:
        self._ready = ready
        self.began = False
        self._directory: str = args.directory
        self._target: str | None = getattr(args, "target", None)
        self._private = list(_private(args))
        self._argv = [self._kept(word) for word in argv]
        self._terminal = terminal
        self._by_git = args.command == "hook"
        self._entry = f"hook {args.name}" if args.command == "hook" else args.command
        self._started = time.monotonic()
        self._workspace: Workspace | None = None
        self._row: int | None = None
        self._recorded = False
        self.seeds_moved = False  # whether live trees may be out of step for all seedgit knows
        self.invocation: Invocation | None = None
        self._unseen: int | None = None
        self._warned: set[str] = set()

    def workspace(self, *, rehearse: bool = True) -> Workspace:
        """The workspace around -C DIR, opened once. In dry-run it only rehearses its writes."""
        if self._workspace is None:
            from seedgit.operations.workspace import Workspace

            self.began = True
            self._ready()
            here = self.invocation if self._directory == "." else None
            known = (here.config, here.top) if here else (None, "")
            self._workspace = Workspace.open(self._directory, *known, rehearse=rehearse)
            if self._entry in SHOWING:
                self._terminal.hidden = self._plain_secrets
            self._workspace.asks = self._entry in DECRYPTING and self._terminal.asks
            self._hand_on(self._workspace.repository)
            if self._target is not None:
                from seedgit.operations.layer import choose

                choose(self._workspace, self._target, to_write=self._entry not in READING)
            mode = self._workspace.mode
            # git may run many hooks, and in mode off it must be as if seedgit were not there.
            told = mode.odd if self._by_git else mode.warnings
            for warning in [each for each in told if each not in self._warned]:
                self._terminal.remark(f"warning: {warning}")
                self._warned.add(warning)
        return self._workspace

    def _hand_on(self, repository: Repository) -> None:
        """What the clone was asked already, to see whether a kept answer still holds."""
        if self.invocation is not None:
            repository.seen = self.invocation.seen
            changed = self.invocation.uncommitted
            if changed is not None and repository.at.worktree == self.invocation.top:
                repository.uncommitted = sorted(map(to_text, changed))

    def reopened(self) -> Workspace:
        """The workspace as it is now, for a command that goes on while things change."""
        self._workspace = None
        return self.workspace()

    def _plain_secrets(self) -> Collection[str]:
        """The texts of values that the rules call secrets, and that are stored plain.

        Records have masks for them. This is for what may be told of them in other words.
        """
        workspace = self._workspace
        if workspace is None or (self._entry == "why" and workspace.reveals):
            return ()
        return workspace.plain_texts

    def _kept(self, word: str) -> str:
        """An argument as the journal keeps it."""
        for value in self._private:
            if word == value or word.endswith(f"={value}"):
                return word.removesuffix(value) + MASK
        return word

    def _without_values(self, text: str | None) -> str | None:
        for value in self._private if text else ():
            if len(value) >= SHORTEST:
                text = (text or "").replace(value, MASK)
        return self._terminal.masked(text) if text else text

    def silence(self) -> None:
        """Leave no row: the run must not even change the journal."""
        self._recorded = True

    def answered(self, unseen: int) -> None:
        """What is printed may be kept for the next call like this one (`Invocation.keep`).

        unseen  as in `Invocation.keep`
        """
        self._unseen = unseen

    def finished(self, status: int) -> None:
        """Record the run's exit status, and say what a dry-run did not write."""
        self._keep_in_step()
        self._tell_notices()
        unmade = self._workspace.repository.unmade if self._workspace else None
        if unmade:
            self._terminal.remark("dry-run: nothing was written. It would have been:")
            for line in unmade.lines():
                self._terminal.remark(f"  {line}")
            if self._workspace is not None and self._workspace.mode.dry_run:
                self._terminal.reason(codes.SKIP_MODE_DRY_RUN)
        reason = self._terminal.reasons[-1] if self._terminal.reasons else None
        outcome = OUTCOMES.get(status, codes.REFUSED)
        if status == OK and reason:
            outcome = codes.NOTHING
        data = unmade.data() if unmade else None
        self._record(outcome, reason=reason, status=status, intended=data)
        self._keep_answer((status, outcome, reason))

    def _keep_answer(self, ended: tuple[int, str, str | None]) -> None:
        said, workspace, invocation = self._terminal.said, self._workspace, self.invocation
        if invocation is None or said is None or workspace is None or self._unseen is None:
            return
        repository = workspace.repository
        if repository.at.worktree == invocation.top:
            printed = "".join(said).encode(self._terminal.out.encoding)
            looked_at = {to_bytes(path): marks for path, marks in repository.looked_at.items()}
            invocation.keep(printed, looked_at, self._unseen, ended)

    def _keep_in_step(self) -> None:
        """Bring the live trees into step with what the command, or git, has changed."""
        workspace = self._workspace
        if workspace is None:
            return
        moved = workspace.overlay_moved and self._entry != "sync"
        if not moved and not self.seeds_moved:
            return
        from seedgit.operations.edits.after_change import sync_live_trees

        done, failed = sync_live_trees(workspace)
        if done or failed:
            from seedgit.cli.synced import tell_kept_in_step

            tell_kept_in_step(done, failed, self._terminal)

    def failed(self, error: BaseException, status: int) -> None:
        """Record a failure, which the caller then reports. A second one is recorded beside it."""
        self._tell_notices()
        import traceback

        text = self._without_values("".join(traceback.format_exception(error)))
        if self._row is not None:
            self._guard(lambda kept: kept.add_failure(self._row or 0, text or ""))
            return
        known = isinstance(error, SeedgitError)
        outcome = codes.REFUSED if isinstance(error, Refused) else codes.FAILED
        reason = self._without_values(str(error)) if known else None
        self._record(outcome, reason=reason, status=status, error=text)

    def _tell_notices(self) -> None:
        if self._workspace is not None:
            while self._workspace.repository.notices:
                self._terminal.remark(f"note: {self._workspace.repository.notices.pop(0)}")

    def _record(self, outcome: str, **fields: Any) -> None:
        if self._recorded:
            return
        self._recorded = True
        ms = round((time.monotonic() - self._started) * 1000, 3)
        mode = None
        if self._workspace is not None:
            mode = self._workspace.mode.value
        row = {"arguments": self._argv, "mode": mode, "ms": ms, **fields}
        self._guard(lambda kept: kept.add(self._entry, outcome, **row))

    def _guard(self, write: Any) -> None:
        try:
            if self._workspace is None:
                from seedgit.git.repository import Repository

                repository = Repository.discover(self._directory)
            else:
                repository = self._workspace.repository
        except (SeedgitError, OSError, MemoryError):
            return  # no repository, or one that git does not trust: nothing is written into it
        try:
            self._row = write(journal.Journal(repository.at.common_dir)) or self._row
        except (SeedgitError, OSError, MemoryError, ImportError) as error:
            # Whatever it is, what the run itself has to say counts.
            self._terminal.remark(f"journal: {str(error) or 'out of memory'}")
