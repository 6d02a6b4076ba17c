"""What two sites changed in different ways, as lines: for `pull` and `pending`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedgit.cli.terminal import shown
from seedgit.git.names import pasted
from seedgit.overlay.override import REMOVE, Override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seedgit.operations.pull import PullClash


def clash_lines(remote: str, found: Iterable[PullClash], *options: str) -> Iterator[str]:
    """Each clash with what both sites want there, and the commands that decide it."""
    for clash in found:
        ours, theirs = side(clash.ours), side(clash.theirs)
        place = f"{clash.path}{clash.pointer}"
        yield f"  both changed {place}: here {ours}, there {theirs}"
    again = " ".join(["seedgit pull", pasted(remote), *options])
    yield f"  nothing of it was merged; {again} --keep-local | --take-remote decides"


def side(override: Override | None) -> str:
    """What one site wants at a place."""
    if override is None:
        return "no override"
    what = "removed" if override.op == REMOVE else shown(override.value)
    until = f" until {shown(override.until.value)}" if override.until else ""
    return f"{what}{until}" + (f" ({override.why})" if override.why else "")
