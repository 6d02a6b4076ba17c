"""Capture: move what the site owns of the edits in a seed's file into the overlay.

The overlay is written first. Then the file is written, if it is still what was read. If not,
everything is done again with what it holds now. At every moment each edit is in the overlay or in
the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedgit.errors import InputError, Refused, RepositoryError
from seedgit.git.files import Changed
from seedgit.git.messages import message
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import Edit, edit_records, try_edit
from seedgit.operations.live_tree.captured import Captured
from seedgit.operations.live_tree.written_file import NO_CHANGES, Changes, WrittenFile
from seedgit.operations.stack.effective import revealing
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

ATTEMPTS = 5  # how often a file may change while it is captured

Failure: TypeAlias = InputError | Refused | RepositoryError


class Capture(NamedTuple):
    """What capture did, or would do. `failed`: the files that it could not capture."""

    overlay: str
    commit: str | None
    files: tuple[Captured, ...]
    failed: tuple[Failure, ...] = ()

    def data(self) -> dict[str, Any]:
        return {
            "overlay": self.overlay,
            "commit": self.commit,
            "files": [item.data() for item in self.files],
            "failed": [{"path": error.where, "error": str(error)} for error in self.failed],
        }


def capture(
    workspace: Workspace,
    paths: Sequence[str],
    why: str = "",
    *,
    live: bool = False,
    dry_run: bool = False,
) -> Capture:
    """Move what the site owns of the edits of some seeds' files into the overlay.

    live     each file is a program's effective document, and stays as it is
    dry_run  only say what would be done

    For one file, an error is raised; for several, it is in `failed`.
    """
    run = _Run(workspace, why, live, dry_run)
    left = list(paths)
    with revealing(workspace):  # the files have the values themselves
        for _ in range(ATTEMPTS):
            left = run.attempt(left)
            if not left:
                break
    failed = [*run.failed, *map(_restless, left)]
    if len(paths) == 1 and failed:
        raise failed[0]
    done = tuple(run.done[path] for path in paths if path in run.done)
    return Capture(workspace.target, run.commit, done, tuple(failed))


class _Run:
    """What happened to the files so far."""

    def __init__(self, workspace: Workspace, why: str, live: bool, dry_run: bool) -> None:
        self.workspace = workspace
        self.why = why
        self.live = live
        self.dry_run = dry_run
        self.changes: dict[str, Changes] = {}
        self.done: dict[str, Captured] = {}
        self.failed: list[Failure] = []
        self.commit: str | None = None

    def attempt(self, paths: list[str]) -> list[str]:
        """Capture some files in one change; returns those that changed meanwhile."""
        ready = [file for path in paths if (file := self.read(path)) is not None]
        edits = {file.path: file.edit for file in ready if file.edit is not None}
        told = self.store(edits, ready) if edits else {}
        changed = []
        for file in ready:
            self.changes[file.path] = told.get(file.path, file.earlier)
            try:
                self.done[file.path] = file.finish(self.changes[file.path])
            except Changed:
                changed.append(file.path)
            except (Refused, RepositoryError) as error:
                self.fail(file.path, error)
        return changed

    def store(
        self, edits: Mapping[str, Edit[Changes]], ready: list[WrittenFile]
    ) -> dict[str, Changes]:
        """Make the edits in one commit, or only see what they would change; returns that."""
        if self.dry_run:
            return {path: try_edit(self.workspace, edit) for path, edit in edits.items()}
        for file in ready:
            file.begin()
        subject = next(iter(edits)) if len(edits) == 1 else f"{len(edits)} seeds"
        text = message(f"capture {subject}", self.why)
        commit, told = edit_records(self.workspace, list(edits.values()), text)
        self.commit = commit or self.commit
        return dict(zip(edits, told, strict=True))

    def read(self, path: str) -> WrittenFile | None:
        """Read one file, and see that its edit can be made; None if it cannot."""
        try:
            if self.workspace.staged_in_place(path):
                raise Refused(
                    "its file is live in place",
                    where=path,
                    hint=f"seedgit sync {self.workspace.pasted(path)} captures it",
                )
            file = WrittenFile(
                self.workspace,
                path,
                self.why,
                live=self.live,
                write=not self.dry_run,
                earlier=self.changes.get(path, NO_CHANGES),
            )
            if file.edit is not None:
                try_edit(self.workspace, file.edit)
        except (InputError, Refused, RepositoryError) as error:
            self.fail(path, error)
            return None
        return file

    def fail(self, path: str, error: Failure) -> None:
        error.where = error.where or path
        self.failed.append(error)


def _restless(path: str) -> Refused:
    return Refused(
        "a program keeps writing to it; the overlay has what it held, and the file is as it was",
        where=path,
        hint="stop that program and try again, or leave the file as it is: seedgit capture --live",
    )
