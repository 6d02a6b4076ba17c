"""What two people set at one place, as lines: for `pull`, `push` and `pending`."""

from __future__ import annotations

from seedgit.cli.terminal import shown
from seedgit.overlay.override import REMOVE, Override

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seedgit.operations.sharing.merged_overlay import PullClash
    from seedgit.operations.sharing.rivals import Between
    from seedgit.operations.waiting.rules_clash import RulesClash


def clash_lines(found: Sequence[PullClash]) -> Iterator[str]:
    """Each clash with what both sites want there, and how to decide it."""
    for clash in found:
        place = f"{clash.path}{clash.pointer}"
        there = f"{side(clash.theirs)}{_signed(clash.by, clash.on)}"
        yield f"  both changed {place}: here {side(clash.ours)}, there {there}"
    if found:
        yield "  what is here holds until a person decides: seedgit pending"


def between_text(found: Between) -> str:
    """Both values, with who set them, when and why."""
    rival = found.rival
    own = found.own[0] if found.own else None
    here = f"{side(own)}{_signed(found.by, found.on)}"
    other = side(rival.wanted)
    return f"local {here}, other {other}{_signed(rival.by, rival.on)}"


def rules_lines(clash: RulesClash) -> Iterator[str]:
    """Rules that two people changed, and how to decide."""
    rival = clash.rival
    other = "took the rules away" if rival.gone else "has others"
    who = f"{rival.by or 'somebody'} {other}{f', {rival.on[:10]}' if rival.on else ''}"
    yield f"rules of the layer {clash.overlay}: two people changed them"
    yield f"  {clash.number}  {clash.id}  clash  yours hold; {who}: {clash.shown_by}"
    yield f"  seedgit resolve {clash.number} --keep-local | --take-other"


def undecided_line(places: Iterable[tuple[str, str]]) -> str:
    """That some places are undecided, and how to decide."""
    named = [f"{path}{pointer}" for path, pointer in places]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    return f"undecided: {', '.join(named[:3])}{more}; seedgit pending shows both values"


def _signed(by: str, on: str) -> str:
    return f", {by} {on[:10]}".rstrip() if by else ""


def side(override: Override | None) -> str:
    """What one site wants at a place."""
    if override is None:
        return "no override"
    what = "removed" if override.op == REMOVE else shown(override.value)
    until = f" until {shown(override.until.value)}" if override.until else ""
    return f"{what}{until}" + (f" ({override.why})" if override.why else "")
