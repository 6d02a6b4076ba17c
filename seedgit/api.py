"""What Python programs may build on: `import seedgit`. docs/api.md has examples that run.

The names in `__all__` and their parameters stay as they are within a major version. All else in the
package may change at any time.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from seedgit.errors import SeedgitError, UsageError
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import FORMATS, format_named
from seedgit.git.line_merge import line_merge
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.after_change import sync_live_trees
from seedgit.operations.pending import pending
from seedgit.operations.plan.preview import plan
from seedgit.operations.set import set_override, unset_overrides
from seedgit.operations.stack.effective import effective
from seedgit.operations.status import status
from seedgit.operations.workspace import Workspace
from seedgit.values.pointer import parse_selector, resolve, select
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ("MergedBytes", "Repo", "SeedgitError", "merge_bytes", "open")


class MergedBytes(NamedTuple):
    """The result of a merge. If it is not `clean`, `text` has conflict markers."""

    text: bytes
    clean: bool


def merge_bytes(base: bytes, ours: bytes, theirs: bytes, *, format: str) -> MergedBytes:
    """Merge three texts by structure, as the merge driver does without rules.

    format  "yaml", "json", "toml" or "ini"; JSON may have comments

    What cannot be parsed is merged by lines, as git does. Raises UsageError for another format.
    """
    if format not in FORMATS:
        raise UsageError(f"no such format: {format}", hint=f"one of {', '.join(FORMATS)}")
    by_lines = line_merge(base, ours, theirs)
    try:
        result = merge_texts(
            format_named(format), f"text.{format}", (base, ours, theirs), by_lines, Markers()
        )
    except NotMergeable as problem:
        if by_lines is None:
            raise UsageError(
                f"cannot be merged: {problem}", hint="git merge-file marks it"
            ) from None
        return MergedBytes(by_lines, True)
    return MergedBytes(result.text, result.clean)


class Repo:
    """A working tree whose seeds have overlays.

    Each call looks at the clone anew, so what other processes write is seen. Paths are relative to
    `directory`, pointers are JSON Pointers (RFC 6901) or selectors, as on the command line. In the
    mode dry-run nothing is written. Everything raises SeedgitError: `message`, `hint`, `exit_code`.
    """

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory).absolute()
        with self._workspace():  # raises if there is no clone
            pass

    def effective(self, path: str) -> bytes:
        """The effective file: the seed with the overlays over it. Secrets are decrypted."""
        with self._workspace() as workspace:
            workspace.reveals = True
            return effective(workspace, workspace.seed_path(path)).document.data

    def value(self, path: str, pointer: str = "") -> Value:
        """The effective value at a pointer; the whole document for "". Raises UsageError."""
        with self._workspace() as workspace:
            workspace.reveals = True
            whole = effective(workspace, workspace.seed_path(path)).document.value
        found = select(whole, parse_selector(pointer)) if pointer else [()]
        if len(found) != 1:
            many = "names several places" if found else "names nothing"
            raise UsageError(f"{pointer} {many}", where=path)
        return resolve(whole, found[0])

    def set(self, path: str, pointer: str, value: Value, *, why: str = "") -> None:
        """Override a value, in one commit of the overlay. `value` is what JSON can say.

        Whatever is new is meant: a pointer that the seed does not have, or a value of another type.
        """
        with self._workspace() as workspace:
            set_override(workspace, workspace.seed_path(path), pointer, value, why)
            sync_live_trees(workspace)

    def unset(self, path: str, pointer: str, *, why: str = "") -> None:
        """Remove an override, so that what is below it counts again."""
        with self._workspace() as workspace:
            unset_overrides(workspace, [workspace.seed_path(path)], pointer, why)
            sync_live_trees(workspace)

    def plan(self, ref: str | None = None) -> dict[str, Any]:
        """What `git merge REF` would do, as `seedgit plan --json` prints it. Changes nothing."""
        with self._workspace() as workspace:
            return plan(workspace, ref).data()

    def pending(self) -> list[dict[str, Any]]:
        """What waits for a person, as `seedgit pending --json` prints it."""
        with self._workspace() as workspace:
            items: list[dict[str, Any]] = pending(workspace).data()["items"]
            return items

    def status(self) -> dict[str, Any]:
        """The overrides and what needs a person, as `seedgit status --json` prints it."""
        with self._workspace() as workspace:
            return status(workspace).data()

    def merge(self, base: bytes, ours: bytes, theirs: bytes, *, format: str) -> MergedBytes:
        """As `seedgit.merge_bytes`."""
        return merge_bytes(base, ours, theirs, format=format)

    def _workspace(self) -> closing[Workspace]:
        return closing(Workspace.open(str(self.directory)))


def open(directory: str | Path = ".") -> Repo:
    """The clone around a directory. Raises SeedgitError if there is none."""
    return Repo(directory)
