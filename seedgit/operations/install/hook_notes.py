"""Notes by which git's hooks see in the shell, without Python, that there is nothing to do.

They lie in the worktree's own git directory, in seedgit/, and may be removed at any moment:

    seeds         the pathspecs that find every seed of some rules, and perhaps other files
    rules-<hash>  a copy of these rules, and one of those of all layers: hooks/idle.sh compares
                  each with what is at hand
    settled       a commit at which nothing was to be rebased or told, with the overlays of then
    allowed       the process of git, the index's tree and the reason of an allowed change, and the
                  trailer that commit-msg is to put into the message

hooks/idle.sh believes a note only up to its last line, `end`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from os.path import splitext
from pathlib import Path

from seedgit import __version__
from seedgit.digest import sha1
from seedgit.errors import InputError, SeedgitError
from seedgit.files.rules_file import TEXT, read_rules
from seedgit.files.safe import make_private, read_regular, replace_regular
from seedgit.formats.rules import parse_rules
from seedgit.git import settings
from seedgit.git.names import to_bytes, to_text
from seedgit.git.overlay_names import OVERLAYS
from seedgit.git.repository import Repository
from seedgit.git.site_rules import over, site_rules
from seedgit.layers import DEFAULT_OVERLAY
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import REVIEW, Rules
from seedgit.rules.stacked import StackedRules
from seedgit.rules.wildmatch import SPECIAL, simpler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

NOTED: Final = "seedgit hook notes, 2"  # raise the number where older notes would mislead
MOST_PATTERNS: Final = 64  # git compares each with every file of the index

RUN_BY: Final = "SEEDGIT_RUN_BY"  # the process of git that runs the hook
_COPY: Final = "rules-"
_END: Final = "end"


def note_seeds(workspace: Workspace) -> None:
    """Note which files are seeds under the rules at hand, if they are valid and the mode is live.

    Raises as `read_rules`.
    """
    repository = workspace.repository
    top = str(repository.worktree)
    if not workspace.mode.live or "\n" in f"{top}{repository.common_dir}":
        return
    data, of_layers, text = read_rules(top), _every_layers(repository), _text(repository)
    about = [NOTED, top, _name(data), _name(text), str(repository.common_dir / TEXT)]
    copies = {_name(each): each for each in (data, text) if each is not None}
    by = f"by {__version__}"
    lines = _lines(repository, "seeds")
    if (lines[:5], lines[6:7], lines[-2:]) == (about, [by], [_END, ""]):
        if all(_data(repository, name) == copy for name, copy in copies.items()):
            return
    try:
        rules = Rules() if data is None else parse_rules(data, RULES_FILE)
    except InputError:
        return
    seeds = StackedRules(rules, of_layers).seeds
    review = any(e.on_seed_change == REVIEW for rule in seeds for e in rule.overlay)
    about += ["review" if review else "no-review", by]
    about += pathspecs(glob for rule in seeds for glob in rule.files)
    with suppress(SeedgitError, OSError):
        for name, copy in copies.items():
            _write(repository, name, copy)
        _write_lines(repository, "seeds", about)
        for other in _place(repository, "").glob(f"{_COPY}*"):
            if other.name not in copies:
                other.unlink(missing_ok=True)


def _every_layers(repository: Repository) -> list[Rules]:
    """The rules of all layers, also of those whose conditions do not hold just now."""
    names = [chosen.value for chosen in settings.named_overlays(repository)]
    found = over(Rules(), site_rules(repository, names[::-1] or [DEFAULT_OVERLAY]))[0]
    return list(found.layers) if isinstance(found, StackedRules) else []


def _text(repository: Repository) -> bytes | None:
    """What is noted of the layers' rules; None if they have none."""
    try:
        return read_regular(str(repository.common_dir / TEXT)) or None
    except (InputError, OSError):
        return None


def pathspecs(globs: Iterable[str]) -> list[str]:
    """A few pathspecs that match the rules file, and whatever one of the rules' patterns matches.

    They are simpler, and so match more: git tries each on all files of its index.
    """
    wide = dict.fromkeys(map(_wide, globs))
    if len(wide) > MOST_PATTERNS:
        wide = dict.fromkeys(map(_by_suffix, wide))
    if len(wide) > MOST_PATTERNS:
        wide = {"**": None}
    return [f":(top,literal){RULES_FILE}", *(f":(top,glob){glob}" for glob in wide)]


def _wide(glob: str) -> str:
    """A simpler pattern, in ASCII: git may compose the letters of its arguments in another way."""
    return re.sub(r"[^\x00-\x7f]+", "*", simpler(glob).removeprefix("/"))


def _by_suffix(glob: str) -> str:
    suffix = splitext(glob)[1]
    return "**" if not suffix or any(char in SPECIAL for char in suffix) else f"**/*{suffix}"


def state(workspace: Workspace) -> list[str]:
    """What decides whether something waits, apart from the seeds that have changed since."""
    repository = workspace.repository
    refs = repository.refs(OVERLAYS)
    head = repository.head() or ""
    rules = read_rules(repository.worktree)
    return [_name(rules), head, *(f"{id} {name}" for name, id in refs.items())]


def note_settled(workspace: Workspace, state: list[str]) -> None:
    """Note that nothing waited for a hook in a state of the clone."""
    if workspace.mode.live:
        with suppress(SeedgitError, OSError):
            _write_lines(workspace.repository, "settled", state)


def note_allowed(workspace: Workspace, reason: str, trailer: str) -> None:
    """Note for commit-msg which trailer the commit needs that pre-commit has checked.

    reason  as it is in the environment
    """
    git = os.environ.get(RUN_BY)
    if workspace.mode.live and git and "\n" not in reason:
        with suppress(SeedgitError, OSError):
            tree = workspace.repository.git("write-tree").decode().strip()
            _write_lines(workspace.repository, "allowed", [git, tree, reason, trailer])


def _name(rules: bytes | None) -> str:
    return "none" if rules is None else f"{_COPY}{sha1(rules).hex()}"


def _place(repository: Repository, name: str) -> Path:
    return repository.git_dir / "seedgit" / name


def _data(repository: Repository, name: str) -> bytes:
    """A note; nothing where it cannot be read."""
    try:
        return read_regular(str(_place(repository, name)))
    except (InputError, OSError):
        return b""


def _lines(repository: Repository, name: str) -> list[str]:
    return to_text(_data(repository, name)).split("\n")


def _write(repository: Repository, name: str, data: bytes) -> None:
    place = str(_place(repository, name))
    make_private(place)
    replace_regular(place, data)


def _write_lines(repository: Repository, name: str, lines: list[str]) -> None:
    data = to_bytes("".join(f"{line}\n" for line in [*lines, _END]))
    if _data(repository, name) != data:
        _write(repository, name, data)
