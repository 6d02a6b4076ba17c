"""Which overlays lie over the seeds, as git's configuration names them; for the driver too."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

OVERLAY_KEY = "seedgit.overlay"
SECTION = "seedgit-layer"
DEFAULT_OVERLAY = "local"
HOST, BRANCH, ENVIRONMENT = "host", "branch", "env"


def in_order(values: Iterable[str]) -> list[str]:
    """The names that OVERLAY_KEY lists, lowest first.

    As in git's own lists, an empty value clears those before it. Of a name that stands there twice,
    the last place counts.
    """
    names: dict[str, None] = {}
    for name in values:
        if not name:
            names.clear()
            continue
        names.pop(name, None)
        names[name] = None
    return list(names)


def unmet(
    conditions: Sequence[str],
    branch: Callable[[], str],
    environment: Mapping[str, str] = os.environ,
) -> str:
    """The first of some conditions that does not hold here; "" if all hold.

    Patterns are a shell's: * ? [a-z].

    branch  the name of the branch that is checked out; "" for none, which no pattern matches
    """
    for text in conditions:
        kind, _, pattern = text.partition("=")
        if kind == HOST:
            holds = _fits(os.uname().nodename, pattern)
        elif kind == BRANCH:
            holds = _fits(branch(), pattern)
        else:
            variable, equals, value = pattern.partition("=")
            there = environment.get(variable)
            holds = there is not None and (not equals or _fits(there, value))
        if not holds:
            return text
    return ""


def _fits(text: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase  # late: few layers have conditions

    return fnmatchcase(text, pattern)
