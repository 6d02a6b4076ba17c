"""The pre-commit framework (pre-commit.com): which of git's hooks are its, and what it runs there.

prek, another program, is the same framework here: it reads the same configuration. Both write
hooks of their own. What was there before becomes NAME.legacy, and they run that first. The
configuration is tracked, so it is read as something that upstream wrote.
"""

from __future__ import annotations

import re
from pathlib import Path

from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.git.repository import Repository
from seedgit.operations.install.hook_scripts import HOOKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

FRAMEWORK_FILE: Final = ".pre-commit-config.yaml"
KEPT_AS: Final = ".legacy"  # what the framework adds to the name of a hook that it found

# The hooks of .pre-commit-hooks.yaml, and the stages they are for.
GUARD, KEEPER = "seedgit", "seedgit-commit-msg"
OFFERED: Final = {GUARD: ("pre-commit", "pre-merge-commit"), KEEPER: ("commit-msg",)}
_OLDER: Final = {"commit": "pre-commit", "merge-commit": "pre-merge-commit"}  # names of stages
_PROGRAM: Final = re.compile(r"pre[-_]commit|\bprek\b")
_ENTRY: Final = re.compile(r"seedgit\b.*?\bhook ([a-z-]+)")


def by_framework(text: str | None) -> bool:
    """Whether a hook is one that `pre-commit install` or `prek install` wrote."""
    return text is not None and "hook-impl" in text and _PROGRAM.search(text) is not None


def beside(place: Path) -> Path:
    """Where the framework looks for the hook that it found at a place."""
    return place.with_name(place.name + KEPT_AS)


def configured(repository: Repository) -> set[str]:
    """Those of git's hooks in which the framework's configuration calls seedgit.

    Raises InputError if that cannot be understood.
    """
    data = repository.read_file(FRAMEWORK_FILE)
    if data is None:
        return set()
    value = Document.parse(data, FRAMEWORK_FILE).value
    if not isinstance(value, dict):
        raise InputError("is not a configuration of the pre-commit framework", where=FRAMEWORK_FILE)
    found: set[str] = set()
    for source in _maps(value.get("repos")):
        for hook in _maps(source.get("hooks")):
            found |= _stages(hook, value.get("default_stages"))
    return found & set(HOOKS)


def configured_or_none(repository: Repository) -> set[str]:
    """As `configured`; none if that cannot be understood."""
    try:
        return configured(repository)
    except InputError:
        return set()


def _stages(hook: dict[str, Any], default: Any) -> set[str]:
    entry = _ENTRY.search(str(hook.get("entry", "")))
    offered = OFFERED.get(str(hook.get("id")))
    if entry is None and offered is None:
        return set()
    stages = hook.get("stages") or offered or default or HOOKS
    return {_OLDER.get(str(stage), str(stage)) for stage in stages}


def _maps(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
