"""The labels that git itself writes at conflict markers. Loaded only where git found a conflict."""

from __future__ import annotations

import os

from seedgit.driver.git import HEADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def git_labels(style: str, ask: Callable[..., str]) -> tuple[str, str, str]:
    """The labels of ours, base and theirs, as far as git tells.

    style  merge.conflictStyle; only a style that shows the base has a label for it
    ask    calls git with some arguments, and returns its output
    """
    heads = {
        key.removeprefix(HEADS): os.environ[key] for key in os.environ if key.startswith(HEADS)
    }
    if len(heads) == 1:
        ((id, name),) = heads.items()
        if style == "merge":
            return "HEAD", "base", name
        bases = ask("merge-base", "--all", "HEAD", id).split()
        return "HEAD", _short(bases[0], ask) if len(bases) == 1 else "merged common ancestors", name
    picked = _picked(ask)
    if not picked:
        return "HEAD", "base", "theirs"
    return "HEAD", f"parent of {picked}", picked


def _picked(ask: Callable[..., str]) -> str:
    """The commit that a rebase is applying, as git labels it; "" where no rebase is going on."""
    place = ask("rev-parse", "--git-path", "rebase-merge/done").strip()
    if not os.path.exists(place):
        return ""
    with open(place, encoding="utf-8", errors="surrogateescape") as file:
        words = file.read().rstrip("\n").rpartition("\n")[2].split(" ", 2)
    if len(words) < 3:
        return ""
    return f"{_short(words[1], ask)} ({words[2].removeprefix('# ')})"


def _short(id: str, ask: Callable[..., str]) -> str:
    return ask("rev-parse", "--short", id).strip()
