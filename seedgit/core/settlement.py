"""What the rules say where both sides changed one place: the strategies, and who owns it."""

from __future__ import annotations

from seedgit.core.merged import OURS, THEIRS
from seedgit.core.ownership import NEWER_VERSION, OVERLAY, YIELD
from seedgit.core.versions import newer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.core.merge import Settle
    from seedgit.core.ownership import SeedRule
    from seedgit.core.tree import Entry
    from seedgit.core.values import Value

OVERLAY_OWNED = "overlay-owned"
STRATEGY = "strategy-"  # and the strategy's name


def settlement(rule: SeedRule, local: bool) -> Settle:
    """The answer to each conflict: (OURS or THEIRS, reason), or None where it stays one.

    local  whether ours is the site's. It is in git merge and pull; in a rebase it is upstream's,
           and then nobody knows which side an overlay-owned place should be taken from.
    """

    def settle(
        pointer: tuple[str, ...],
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
        document: Value,
    ) -> tuple[str, str] | None:
        strategy = rule.strategy(pointer, document)
        if strategy in (OURS, THEIRS):
            return strategy, STRATEGY + strategy
        if strategy == NEWER_VERSION and ours and theirs:
            texts = [entry.node.text.strip("\"'") for entry in (ours, theirs)]
            higher = newer(*texts)
            if higher is not None:
                return (OURS if higher == texts[0] else THEIRS), STRATEGY + strategy
        if not local or rule.owner(pointer, document) != OVERLAY:
            return None
        policy = rule.on_seed_change(pointer, document)
        return (THEIRS if policy == YIELD else OURS), OVERLAY_OWNED

    return settle
