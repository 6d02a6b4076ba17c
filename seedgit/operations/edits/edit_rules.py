"""Changes the rules that an overlay carries: in an editor, checked, in one commit."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from seedgit.errors import InputError, Refused, RepositoryError
from seedgit.files.safe import make_private, read_regular, replace_regular
from seedgit.formats.rules import parse_rules
from seedgit.git import settings
from seedgit.git.layer_settings import refuse_read_only
from seedgit.git.names import pasted
from seedgit.git.site_rules import place_of, read_rules_at
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.git.store import Overlay

STARTING_RULES = """\
# Rules of this site alone, over those in .seedgit.yaml. See docs/rules.md, "Rules of a site".
version: 1

seeds: []
#  - files: "flows/**/*.yaml"
#    overlay:                        # also the site's
#      - path: /steps/*/timeout
"""


class EditedRules(NamedTuple):
    """What came of it. `commit` is the overlay's new one; None if nothing changed."""

    overlay: str
    commit: str | None

    @property
    def where(self) -> str:
        return place_of(self.overlay)


def edit_rules(workspace: Workspace) -> EditedRules:
    """Open the rules of the overlay that commands write to in the person's editor (git-var(1)).

    What is not valid, or is only rehearsed, is kept, and is what the editor shows the next time.
    Without any content, the overlay has no rules any more.

    Raises InputError, with the line, for rules that are not valid, Refused if somebody else changed
    them meanwhile, and RepositoryError if the editor fails.
    """
    name = workspace.target
    refuse_read_only(workspace.repository, name)
    before = own_rules(workspace)
    draft = _draft(workspace, name)
    if not draft.exists():
        _write(draft, STARTING_RULES.encode() if before is None else before)
    _run_editor(workspace, draft)
    data = read_regular(str(draft), RULES_LIMIT)
    untouched = before is None and data == STARTING_RULES.encode()
    new = None if untouched or not data.strip() else data
    again = f"seedgit rules --edit --overlay {pasted(name)}"
    if new is not None:
        try:
            parse_rules(new, str(draft), of_site=True)
        except InputError as error:
            said = f"{error.hint}; " if error.hint else ""
            error.hint = f"{said}what you wrote is kept: {again} shows it again"
            raise
    commit = store_rules(workspace, before, new, "rules: change what is the site's")
    workspace.repository.writer.remove_file(draft)
    return EditedRules(name, commit)


def own_rules(workspace: Workspace) -> bytes | None:
    """The rules of the overlay that commands write to. Raises InputError, Refused."""
    refuse_read_only(workspace.repository, workspace.target)
    return _rules(workspace, workspace.store.read(workspace.target))


def store_rules(
    workspace: Workspace, before: bytes | None, new: bytes | None, message: str
) -> str | None:
    """Make `new` the rules of the overlay that commands write to; returns the commit, if any.

    before  what they were made from. Raises Refused if they are something else now.
    """
    name = workspace.target
    refuse_read_only(workspace.repository, name)
    for update in workspace.store.updates(name):
        if _rules(workspace, update.overlay) != before:
            hint = f"seedgit rules --edit --overlay {pasted(name)} shows your text, and git show "
            hint += f"{pasted(f'refs/seedgit/overlays/{name}:rules.yaml')} theirs"
            message = "somebody else has changed the rules meanwhile: nothing was stored"
            raise Refused(message, where=place_of(name), hint=hint)
        if new != before:
            update.write({}, f"{message}\n")
            update.write_rules(new)
    return update.commit


def bring_attributes_up_to_date(workspace: Workspace) -> bool:
    """Give the driver to what new rules make seeds, where seedgit is installed.

    Returns whether there was anything to write.
    """
    from seedgit.operations.install.info_attributes import attribute_lines, write_lines

    if workspace.repository.config.get(settings.DRIVER_KEY) is None:
        return False
    now = Workspace(workspace.repository, workspace.directory)
    return write_lines(workspace.repository, attribute_lines(now))


def _rules(workspace: Workspace, overlay: Overlay) -> bytes | None:
    if overlay.commit is None:
        return None
    found = read_rules_at(workspace.repository, overlay.name, overlay.commit)
    if found.problem is not None:
        raise found.problem
    return found.data


def _draft(workspace: Workspace, name: str) -> Path:
    """The file that is edited: nothing of the working tree, and there until it is stored."""
    word = re.sub(r"[^\w.-]", "-", name)
    return workspace.repository.git_dir / "seedgit" / f"edited-{word}.yaml"


def _write(draft: Path, data: bytes) -> None:
    make_private(str(draft))
    replace_regular(str(draft), data)


def _run_editor(workspace: Workspace, draft: Path) -> None:
    editor = workspace.repository.git("var", "GIT_EDITOR").decode().strip()
    words = ["sh", "-c", f'{editor} "$@"', editor, os.fspath(draft)]
    done = subprocess.run(words, cwd=workspace.repository.worktree, check=False)
    if done.returncode:
        raise RepositoryError(
            f"the editor failed, with exit status {done.returncode}: {editor}",
            where=str(draft),
            hint="nothing was stored, and the file is kept; VISUAL or EDITOR names another editor",
        )
