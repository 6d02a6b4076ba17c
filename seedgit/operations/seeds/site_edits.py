"""The site's edits in the working tree: those to capture, and those decided and to be committed."""

from __future__ import annotations

from seedgit.errors import InputError
from seedgit.git.changes import uncommitted
from seedgit.git.progress import BISECT, in_progress
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace, parsed
from seedgit.values.diff import value_at
from seedgit.values.pointer import parse_pointer
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.overlay.decisions import StoredDecision
    from seedgit.rules.ownership import SeedRule


class Edits(NamedTuple):
    """The seeds whose file has an uncommitted edit of what the site owns.

    site     what `seedgit capture` would take
    decided  has edits of `seedgit resolve`, which would wait for a decision again if captured
    """

    site: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()


def site_edits(workspace: Workspace) -> Edits:
    """The edits; none in a merge, where upstream's changes are uncommitted too."""
    repository = workspace.repository
    head = repository.head()
    if head is None or any(found.kind != BISECT for found in in_progress(repository)):
        return Edits()
    changed = [path for path in uncommitted(repository) if path in workspace.tracked]
    if not changed:
        return Edits()
    from seedgit.operations.waiting.memory import decisions  # late: mostly nothing is edited

    site: list[str] = []
    decided: list[str] = []
    for path in changed:
        if _is_base(workspace, path):
            continue
        versions = _versions(workspace, head, path)
        if versions is None or not _is_edited(workspace.rule(path), *versions):
            continue
        done = any(_is_done(one, *versions) for one in decisions(workspace, path))
        (decided if done else site).append(path)
    return Edits(tuple(site), tuple(decided))


def _is_base(workspace: Workspace, path: str) -> bool:
    """Whether overrides were made over the file as it is, as by `adopt`: it is to be committed."""
    data = workspace.repository.read_file(path)
    if data is None:
        return False
    from seedgit.git.files import cleaned

    data = cleaned(workspace.repository, path, data)
    return workspace.is_base(path, workspace.repository.blob_id(data))


def _versions(workspace: Workspace, head: str, path: str) -> tuple[Value, Value] | None:
    """A file in HEAD and in the working tree; None if either cannot be read."""
    try:
        data = workspace.repository.read(head, path)
        if data is None:
            return None
        return parsed(data, path).value, workspace.seed(path).value
    except InputError:
        return None


def _is_edited(rule: SeedRule, seed: Value, local: Value) -> bool:
    from seedgit.overlay.edit import differences  # late: mostly nothing is edited
    from seedgit.overlay.read_back import owned

    made = differences(seed, local, (), rule.key_of)
    return any(edit.tokens and owned(rule, edit, seed) for edit in made)


def _is_done(decision: StoredDecision, seed: Value, local: Value) -> bool:
    """Whether an edit is what was decided about the value that is committed there."""
    from seedgit.overlay.decisions import TAKE_SEED, VALUE

    if decision.choice not in (TAKE_SEED, VALUE):
        return False
    asked = decision.question
    chosen = asked.seed if decision.choice == TAKE_SEED else decision.value
    tokens = parse_pointer(asked.pointer)
    return same(value_at(seed, tokens), asked.local) and same(value_at(local, tokens), chosen)
